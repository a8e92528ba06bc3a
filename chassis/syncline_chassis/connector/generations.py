"""A write unit over time: each of its records is a generation.

A generation ends when its record is removed, or, once the PSA has billed it and it can no longer
change, when an offset stands beside it: a record of its own, equal and opposite.
"""

from collections.abc import Iterable, Sequence

from syncline_contracts.identity import external_key

from syncline_chassis.connector.ledger import Row
from syncline_chassis.connector.look import Sought
from syncline_chassis.connector.protocol import Unit


def closed(rows: Iterable[Row]) -> list[Row]:
    """Of one tenant: billed records that were taken back, each with its offset."""
    found = list(rows)
    offsets = [row for row in found if row.offsets and row.stands]
    standing = {(row.connection_id, row.unit, row.generation): row for row in found if row.stands}
    pairs = [(standing.get((row.connection_id, row.unit, row.offsets)), row) for row in offsets]
    return [row for billed, offset in pairs if billed is not None for row in (billed, offset)]


def living(rows: Iterable[Row]) -> list[Row]:
    """Rows of records that may stand in the PSA and bill what nothing takes back."""
    found = list(rows)
    past = {row.row_id for row in closed(found)}
    return [row for row in found if row.may_stand and row.row_id not in past]


class Generations:
    """Write units of one tenant on one invoice, through one connection."""

    def __init__(
        self,
        partner_id: str,
        connection_id: str,
        invoice_key: str,
        tenant_id: str,
        rows: Iterable[Row],
    ) -> None:
        self._identity = (partner_id, connection_id, invoice_key, tenant_id)
        self._rows: dict[str, list[Row]] = {}
        for row in sorted(rows, key=lambda row: row.generation):
            self._rows.setdefault(row.unit, []).append(row)
        self.closed = closed(row for found in self._rows.values() for row in found)
        """See `closed`."""
        self._past = {row.row_id for row in self.closed}
        self._begun: dict[str, dict[tuple[str, int], int]] = {}

    def row(self, unit: Unit) -> Row | None:
        """The ledger's row of exactly this generation."""
        found = self._rows.get(unit.name, ())
        return next((row for row in found if row.generation == unit.generation), None)

    def sought(self, unit: Unit) -> Sought:
        """What to look for: by id where the ledger knows it."""
        return Sought.of(unit, self.row(unit))

    def key(self, name: str) -> str:
        """External key of a unit's present record, or of its next one."""
        return self._key(name, self._present(name))

    def present(self, unit: Unit) -> Unit:
        """A connector's unit as the ledger knows it: a label that was given once stays."""
        generation = self._present(unit.name)
        return self._unit(unit.name, generation, unit.label)

    def standing(self) -> Sequence[Unit]:
        """Records that may stand in the PSA, and that nothing takes back; offsets come last."""
        rows = [row for found in self._rows.values() for row in found]
        return [unit_of(row) for row in sorted(living(rows), key=lambda row: row.offsets)]

    def offset(self, unit: Unit) -> Unit:
        """The record that takes this one back."""
        found = self._open(unit.name, offsets=unit.generation)
        generation = found.generation if found else self._begin(unit, "offset")
        return self._another(unit, generation, offsets=unit.generation)

    def successor(self, unit: Unit) -> Unit:
        """The record that bills the charges once this one is taken back."""
        found = [row for row in self._open_rows(unit.name, 0) if row.generation > unit.generation]
        self.offset(unit)  # which comes first
        generation = found[0].generation if found else self._begin(unit, "successor")
        return self._another(unit, generation)

    def _present(self, name: str) -> int:
        found = self._open(name, offsets=0)
        return found.generation if found else self._last(name) + 1

    def _open(self, name: str, *, offsets: int) -> Row | None:
        return next(iter(self._open_rows(name, offsets)), None)

    def _open_rows(self, name: str, offsets: int) -> list[Row]:
        return [
            row
            for row in self._rows.get(name, ())
            if row.offsets == offsets and row.state != "removed" and row.row_id not in self._past
        ]

    def _begin(self, unit: Unit, what: str) -> int:
        """A generation that nothing else has, the same whenever it is asked for."""
        begun = self._begun.setdefault(unit.name, {})
        return begun.setdefault((what, unit.generation), self._last(unit.name) + len(begun) + 1)

    def _last(self, name: str) -> int:
        return max((row.generation for row in self._rows.get(name, ())), default=0)

    def _key(self, name: str, generation: int) -> str:
        return external_key(*self._identity, name, str(generation))

    def _another(self, unit: Unit, generation: int, *, offsets: int = 0) -> Unit:
        """Of another generation: its label bears its own key."""
        old, new = unit.external_key, self._key(unit.name, generation)
        label = unit.label.replace(old.removeprefix("SL-"), new.removeprefix("SL-"))
        return self._unit(unit.name, generation, label, offsets=offsets)

    def _unit(self, name: str, generation: int, label: str, *, offsets: int = 0) -> Unit:
        unit = Unit(name, self._key(name, generation), label, generation, offsets)
        row = self.row(unit)
        return unit if row is None else unit_of(row)


def unit_of(row: Row) -> Unit:
    """The unit of a row."""
    return Unit(row.unit, row.external_key, row.label, row.generation, row.offsets)
