"""ConnectWise systems, each of one service provider, in the store."""

from collections.abc import Iterable
from typing import TypeVar

from pydantic import BaseModel, ConfigDict

from syncline_sandbox.connectwise.records import Addition, Agreement, Company, Product
from syncline_sandbox.store import Store

R = TypeVar("R", Company, Agreement, Product, Addition)
_SYSTEM = "cw_system"
_KINDS: dict[type, str] = {
    Company: "cw_company",
    Agreement: "cw_agreement",
    Product: "cw_product",
    Addition: "cw_addition",
}


class System(BaseModel):
    """Keys of an API member, and the limit that is set for it."""

    model_config = ConfigDict(frozen=True)

    company_id: str
    """What the provider is called at log-in."""
    public_key: str
    private_key: str
    client_id: str
    hides_refusals: bool = False
    """Wrong keys are answered with a 404, as the vendor's cloud may do under v4_6_release."""
    per_minute: int = 1000
    currencies: tuple[str, ...] = ("AUD",)


class Systems:
    """All of them, and what each holds."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def save(self, system: System) -> None:
        """Make or change a system."""
        self._store.put(_SYSTEM, "", system.company_id, system.model_dump(mode="json"))

    def get(self, company_id: str) -> System | None:
        """A system by its log-in name."""
        found = self._store.get(_SYSTEM, "", company_id)
        return System.model_validate(found) if found else None

    def put(self, owner: str, records: Iterable[R]) -> None:
        """Store records."""
        with self._store.transaction():
            for one in records:
                body = one.model_dump(mode="json")
                self._store.put(_KINDS[type(one)], owner, str(one.id), body)

    def find(self, kind: type[R], owner: str, identity: int) -> R | None:
        """A record by id."""
        found = self._store.get(_KINDS[kind], owner, str(identity))
        return kind.model_validate(found) if found else None

    def list(self, kind: type[R], owner: str) -> list[R]:
        """All records of a kind, oldest first."""
        return [kind.model_validate(one) for one in self._store.all(_KINDS[kind], owner)]

    def remove(self, owner: str, addition: Addition) -> None:
        """Take an addition away."""
        self._store.execute(
            "DELETE FROM document WHERE kind = ? AND owner = ? AND id = ?",
            _KINDS[Addition],
            owner,
            str(addition.id),
        )

    def next_id(self, owner: str) -> int:
        """A number that was never given before."""
        return self._store.count(f"connectwise-ids:{owner}", "id") + 100
