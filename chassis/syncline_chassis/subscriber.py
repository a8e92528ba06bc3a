"""Another system that reads chosen events of chosen partners, and can do nothing else.

It gets a durable of its own, made for it by `python -m syncline_chassis.subscribers`, and may only
pull from that one: whoever could make consumers could have the broker deliver anything anywhere.
"""

import json
from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, field_validator
from syncline_contracts import subjects
from syncline_contracts.catalog import EVENTS
from syncline_contracts.identity import PartnerId

NAMES = frozenset(event.type_name for event in EVENTS)


class Subscriber(BaseModel):
    """As an operator declares it: facts only; there are no line batches and no commands for it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, Field(pattern=r"^[a-z0-9-]{1,40}$")]
    events: Annotated[tuple[str, ...], Field(min_length=1)]
    """Types, such as `tenant.synced.v1`."""
    partners: Annotated[tuple[PartnerId, ...], Field(min_length=1)]

    @field_validator("events")
    @classmethod
    def _are_known(cls, given: tuple[str, ...]) -> tuple[str, ...]:
        unknown = sorted(set(given) - NAMES)
        if unknown:
            raise ValueError(f"{', '.join(unknown)}: there is no such event")
        return given

    @property
    def user(self) -> str:
        """Its user at the broker; also the name of its durable."""
        return f"subscriber-{self.name}"

    @property
    def account(self) -> str:
        """Its account at the broker, in which it is alone."""
        return f"SUBSCRIBER-{self.name.upper()}"

    @property
    def filters(self) -> tuple[str, ...]:
        """Subjects of what it hears."""
        return tuple(
            dict.fromkeys(
                subjects.event(event, partner) for event in self.events for partner in self.partners
            )
        )

    @classmethod
    def read_all(cls, file: Path) -> tuple[Self, ...]:
        """Those that a JSON file declares. Raises `ValueError` that says what is wrong."""
        one_of_them = TypeAdapter(cls)
        found = tuple(one_of_them.validate_python(one) for one in json.loads(file.read_text()))
        names = [one.name for one in found]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"{file}: {', '.join(twice)} stands there twice")
        return found
