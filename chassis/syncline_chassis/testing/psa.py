"""A PSA as tests need it: a sandbox's organisation and what a person could do in it."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal, Protocol, runtime_checkable

Verb = Literal["create", "update", "delete", "read", "look_up"]
"""What is done to a record of ours, or a look at anything else: clients, agreements, products."""
Trouble = Literal[
    "429",
    "500",
    "502",
    "503",
    "500_after_commit",
    "slow",
    "slow_after_commit",
    "cut_after_commit",
    "cut_before",
    "malformed_json",
    "off_by_cent",
    "left_out",
    "not_done",
]


ODD_NAME = 'O\'Brien "Süd" \N{PARTY POPPER}'


@dataclass(frozen=True, slots=True)
class Standing:
    """A record that counts there."""

    label: str
    amount: Decimal
    """Before tax."""
    client: str
    """Id of who is billed."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """A request as it came in, by the PSA's own clock in seconds."""

    at: float
    is_write: bool


def names(count: int, odd_name: str) -> list[str]:
    """What the clients of a PSA are called."""
    return [odd_name or "Customer 0", *(f"Customer {number}" for number in range(1, count))]


class Psa(Protocol):
    """One organisation with some clients, all of one partner.

    Made with `odd_name`, its first client and one more product bear that name.
    """

    @property
    def connector(self) -> str:
        """Who speaks to it."""
        ...

    @property
    def secrets(self) -> tuple[str, ...]:
        """What nobody may ever read anywhere."""
        ...

    def client(self, number: int) -> str:
        """Id of one of its clients, from 0."""
        ...

    def agreement(self, number: int) -> str | None:
        """Agreement that this client is billed on, where it has such a thing."""
        ...

    def form(self, **fields: str) -> dict[str, str]:
        """What opens it."""
        ...

    def wrong_form(self) -> dict[str, str]:
        """What does not open it, but for a person's mistake would."""
        ...

    def standing(self) -> list[Standing]:
        """Every record of ours that counts."""
        ...

    def writes_sent(self) -> int:
        """Requests so far that change something, refused ones too."""
        ...

    def arrivals(self) -> list[Arrival]:
        """The latest requests, in their order."""
        ...

    def trouble(self, kind: Trouble, verb: Verb, **fields: Any) -> str:
        """Have the next request of a verb go wrong; the sandbox's id of that fault."""
        ...

    def fired(self, fault_id: str) -> int:
        """How many requests a fault has met so far."""
        ...

    def let_go(self) -> None:
        """Requests that are held up go on; nothing goes wrong any more."""
        ...

    def meddle(self, label: str, amount: Decimal) -> None:
        """A person gives a record another amount."""
        ...

    def remove(self, label: str) -> None:
        """A person deletes a record."""
        ...

    def invoice(self, label: str) -> None:
        """A record is billed to the customer: it can no longer change."""
        ...


@runtime_checkable
class RotatingPsa(Psa, Protocol):
    """One that can also be opened with a token that is replaced at every use."""

    def rotating_form(self) -> dict[str, str]:
        """What opens it so."""
        ...

    def outlive_tokens(self) -> None:
        """Time passes, until nothing opens it any more but the newest token."""
        ...
