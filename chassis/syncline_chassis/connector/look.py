"""A look at the live PSA: what stands there for write units, in as few calls as it allows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from syncline_chassis.connector.ledger import Row
from syncline_chassis.connector.protocol import Record, Session, Unit


@dataclass(frozen=True, slots=True)
class Sought:
    """A unit to look for; one whose id the ledger knows is read by that."""

    unit: Unit
    ref: str | None = None
    is_doubtful: bool = False
    """An answer about it got lost: it may be there unseen, or twice."""

    @classmethod
    def of(cls, unit: Unit, row: Row | None, ref: str | None = None) -> Self:
        """What the ledger's row of a unit tells where to look."""
        if row is None:
            return cls(unit, ref)
        return cls(unit, row.ref or ref, row.is_doubtful or row.state == "sending")


@dataclass(frozen=True, slots=True)
class Sight:
    """What was found."""

    record: Record | None = None
    several: tuple[Record, ...] = ()
    """More than one living record carries the key."""
    vanished: bool = False
    """Its id is known, and nothing is there any more."""

    @property
    def living(self) -> tuple[Record, ...]:
        """All that is there and counts."""
        single = () if self.record is None or self.record.gone else (self.record,)
        return self.several or single

    @property
    def stands(self) -> bool:
        """Something is there that counts."""
        return bool(self.living)


async def look(session: Session, sought: Sequence[Sought]) -> dict[str, Sight]:
    """Sights by external key. One that is missed and may be there is looked for twice."""
    by_ref = [one for one in sought if one.ref is not None]
    by_key = [one for one in sought if one.ref is None or one.is_doubtful]
    records: Mapping[str, Record | None] = {}
    if by_ref:
        records = await session.read([one.ref for one in by_ref if one.ref is not None])
    sights = await _find(session, by_key)
    missed = [one for one in by_key if one.is_doubtful and not sights[_key(one)].stands]
    sights |= await _find(session, missed)
    for one in by_ref:
        record = records.get(one.ref or "")
        living = {copy.ref: copy for copy in sights.get(_key(one), Sight()).living}
        if record is not None and not record.gone:
            living[record.ref] = record
        found = _of(tuple(living.values()))
        sights[_key(one)] = found or Sight(record, vanished=record is None)
    return sights


async def _find(session: Session, sought: Sequence[Sought]) -> dict[str, Sight]:
    found = await session.find([one.unit for one in sought]) if sought else {}
    return {_key(one): _by_key(found.get(_key(one), ())) for one in sought}


def _key(sought: Sought) -> str:
    return sought.unit.external_key


def _by_key(records: Sequence[Record]) -> Sight:
    found = _of(tuple(record for record in records if not record.gone))
    return found or Sight(records[0] if records else None)


def _of(living: tuple[Record, ...]) -> Sight | None:
    if len(living) > 1:
        return Sight(several=living)
    return Sight(living[0]) if living else None
