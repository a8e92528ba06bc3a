"""Which subjects a type of message travels on."""

from syncline_contracts import subjects
from syncline_contracts.message import Command, Event, Message

from syncline_chassis.errors import InvalidMessageError


def check_subject(model: type[Message], service: str, subject: str) -> None:
    """Raises `InvalidMessageError` where a type came to a service on another type's subject.

    Rights are given by subject: whoever may say one thing must not say another there.
    """
    if not subjects.matches(_pattern(model, service), subject):
        raise InvalidMessageError(f"{model.type_name} does not travel on {subject!r}.")


def _pattern(model: type[Message], service: str) -> str:
    if issubclass(model, Event):
        return subjects.event(model.type_name)
    if issubclass(model, Command):
        return subjects.command(service, model.type_name)
    return subjects.lines(model.type_name)
