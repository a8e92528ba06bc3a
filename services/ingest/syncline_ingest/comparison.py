"""Two revisions of one document, line by line: added, removed, changed; pure, in bounded memory.

The first pass keeps 64 bits a line, and equal content cancels out one for one. The second keeps a
few numbers of each line that is left, by which they are paired. Only the largest differences are
told line by line; where more than these differ, a third pass fetches them.
"""

from array import array
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal
from heapq import nlargest
from typing import NamedTuple

import orjson
from syncline_contracts.money import EXACT, ZERO, add, subtract
from syncline_contracts.revision import (
    MAX_LINES_TOLD,
    MAX_TENANTS_TOLD,
    FieldChange,
    RevisedLine,
    TenantRevision,
)

from syncline_ingest.line_identity import Fields, content_digest, content_of, fields_of
from syncline_ingest.line_pairing import ALONE, BUCKET_BITS, BUCKETS, Pair, Unmatched, pairs
from syncline_ingest.readers.document import SourceLine

_BEFORE, _AFTER = 0, 1


class Edition(NamedTuple):
    """One of the two documents."""

    currency: str
    lines: Callable[[], Iterable[SourceLine]]
    """All of its lines, in the same order each time that it is called."""


class KeptLine(NamedTuple):
    """A differing line until it is told: its fields as JSON, before and after."""

    before: bytes | None
    after: bytes | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """What was found; counts and sums are of all lines, `kept` are the largest differences."""

    previous_lines: int
    lines: int
    previous_cost: Decimal
    cost: Decimal
    added: int
    removed: int
    changed: int
    unchanged: int
    tenants: tuple[TenantRevision, ...]
    tenants_changed: int
    tenants_unchanged: int
    left_out: int
    """Differing lines that are not among `kept`."""
    kept: tuple[KeptLine, ...]

    def without_lines(self) -> "Comparison":
        """Counts and sums alone."""
        return replace(self, kept=())

    def differing(self) -> Iterator[RevisedLine]:
        """Lines that differ, the largest difference first."""
        for before, after in self.kept:
            yield _revised(
                None if before is None else orjson.loads(before),
                None if after is None else orjson.loads(after),
            )


def compare(before: Edition, after: Edition, *, most: int = MAX_LINES_TOLD) -> Comparison:
    """Compare two editions; at most `most` lines are told one by one."""
    tenants = _Tenants()
    old, new = _count(before, _BEFORE, tenants), _count(after, _AFTER, tenants)
    previous_lines, lines = len(old), len(new)
    only_old, only_new = _excess(old, new)
    del old, new
    olds, news = _Left(before, only_old, tenants, most), _Left(after, only_new, tenants, most)
    del only_old, only_new
    largest = nlargest(
        most,
        _counted(pairs(olds.unmatched, news.unmatched), olds, news),
        key=lambda pair: (pair.difference, -pair.before, -pair.after),
    )
    told, tenants_changed = tenants.told()
    added, removed, changed = (
        sum(getattr(one, name) for one in tenants.all) for name in ("added", "removed", "changed")
    )
    return Comparison(
        previous_lines=previous_lines,
        lines=lines,
        previous_cost=add(one.costs[_BEFORE] for one in tenants.all),
        cost=add(one.costs[_AFTER] for one in tenants.all),
        added=added,
        removed=removed,
        changed=changed,
        unchanged=lines - len(news.unmatched),
        tenants=told,
        tenants_changed=tenants_changed,
        tenants_unchanged=len(tenants.all) - tenants_changed,
        left_out=added + removed + changed - len(largest),
        kept=_kept(olds, news, largest),
    )


@dataclass(slots=True)
class _Tenant:
    tenant_id: str
    name: str = ""
    costs: list[Decimal] = field(default_factory=lambda: [ZERO, ZERO])
    added: int = 0
    removed: int = 0
    changed: int = 0

    @property
    def differs(self) -> bool:
        return bool(self.added or self.removed or self.changed)

    @property
    def difference(self) -> Decimal:
        return subtract(self.costs[_AFTER], self.costs[_BEFORE])

    def told(self) -> TenantRevision:
        return TenantRevision(
            tenant_id=self.tenant_id,
            tenant_name=self.name or self.tenant_id,
            added=self.added,
            removed=self.removed,
            changed=self.changed,
            cost_before=self.costs[_BEFORE],
            cost_after=self.costs[_AFTER],
        )


class _Tenants:
    """Tenants of both documents, by number."""

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {}
        self.all: list[_Tenant] = []

    def of(self, source: SourceLine) -> _Tenant:
        owner = source.owner
        number = self.numbers.setdefault(owner.tenant_id, len(self.all))
        if number == len(self.all):
            self.all.append(_Tenant(owner.tenant_id))
        tenant = self.all[number]
        if not tenant.name:
            tenant.name = owner.tenant_name
        return tenant

    def told(self) -> tuple[tuple[TenantRevision, ...], int]:
        """Those that differ, and how many they are."""
        differ = [one for one in self.all if one.differs]
        differ.sort(key=lambda one: (-abs(one.difference), one.tenant_id))
        return tuple(one.told() for one in differ[:MAX_TENANTS_TOLD]), len(differ)


class _Digests:
    """64-bit numbers in 8 bytes each, by their first bits, so that they can be taken in parts."""

    def __init__(self) -> None:
        self.buckets: list[array[int]] = [array("Q") for _ in range(BUCKETS)]

    def add(self, digest: int) -> None:
        self.buckets[digest >> BUCKET_BITS].append(digest)

    def __len__(self) -> int:
        return sum(map(len, self.buckets))


def _count(edition: Edition, side: int, tenants: _Tenants) -> _Digests:
    digests = _Digests()
    for source in edition.lines():
        costs = tenants.of(source).costs
        costs[side] = EXACT.add(costs[side], source.cost)
        digests.add(content_digest(content_of(fields_of(source, edition.currency))))
    return digests


class _Excess:
    """Digests that the other document lacks, and how many times."""

    def __init__(self) -> None:
        self._buckets: list[tuple[array[int], array[int]]] = []
        self.lines = 0

    def add_bucket(self, found: Counter[int]) -> None:
        digests = sorted(found)
        self._buckets.append((array("Q", digests), array("I", map(found.__getitem__, digests))))
        self.lines += found.total()

    def take(self, digest: int) -> bool:
        """Tell whether a line with this digest is left over, and count it as taken."""
        digests, counts = self._buckets[digest >> BUCKET_BITS]
        at = bisect_left(digests, digest)
        if at == len(digests) or digests[at] != digest or not counts[at]:
            return False
        counts[at] -= 1
        return True


def _excess(before: _Digests, after: _Digests) -> tuple[_Excess, _Excess]:
    only_before, only_after = _Excess(), _Excess()
    for mine, others in zip(before.buckets, after.buckets, strict=True):
        old, new = Counter(mine), Counter(others)
        only_before.add_bucket(old - new)
        only_after.add_bucket(new - old)
    return only_before, only_after


class _Left:
    """Lines of one document that are left over; their fields as well while they are few."""

    def __init__(self, edition: Edition, excess: _Excess, tenants: _Tenants, most: int) -> None:
        self._edition = edition
        self._fields: dict[int, bytes] | None = {} if excess.lines <= most else None
        self.tenants = tenants
        self.unmatched = Unmatched()
        if excess.lines:
            self._collect(excess)

    def _collect(self, excess: _Excess) -> None:
        for ordinal, source in enumerate(self._edition.lines()):
            fields = fields_of(source, self._edition.currency)
            content = content_of(fields)
            if excess.take(content_digest(content)):
                number = self.tenants.numbers[source.owner.tenant_id]
                self.unmatched.add(ordinal, number, source.cost, content)
                if self._fields is not None:
                    self._fields[ordinal] = _packed(fields)

    def tenant(self, index: int) -> _Tenant:
        return self.tenants.all[self.unmatched.tenants[index]]

    def fields(self, indexes: Iterable[int]) -> dict[int, bytes]:
        """Fields by index; reads the document once more where they were too many to be kept."""
        wanted = {self.unmatched.ordinals[one]: one for one in indexes if one != ALONE}
        if self._fields is not None:
            return {index: self._fields[ordinal] for ordinal, index in wanted.items()}
        if not wanted:
            return {}
        return {
            wanted[ordinal]: _packed(fields_of(source, self._edition.currency))
            for ordinal, source in enumerate(self._edition.lines())
            if ordinal in wanted
        }


def _packed(fields: Fields) -> bytes:
    # A copy: the bytes that orjson gives hold on to a buffer ten times as large.
    return bytes(memoryview(orjson.dumps(fields)))


def _counted(found: Iterable[Pair], olds: _Left, news: _Left) -> Iterator[Pair]:
    """All of them, counted for their tenants on the way."""
    for pair in found:
        if pair.after == ALONE:
            olds.tenant(pair.before).removed += 1
        elif pair.before == ALONE:
            news.tenant(pair.after).added += 1
        else:
            news.tenant(pair.after).changed += 1
        yield pair


def _kept(olds: _Left, news: _Left, largest: list[Pair]) -> tuple[KeptLine, ...]:
    before = olds.fields(pair.before for pair in largest)
    after = news.fields(pair.after for pair in largest)
    return tuple(KeptLine(before.get(pair.before), after.get(pair.after)) for pair in largest)


def _revised(before: Fields | None, after: Fields | None) -> RevisedLine:
    shown = after or before or {}
    cost_before, cost_after = (Decimal(one["cost"]) if one else None for one in (before, after))
    return RevisedLine(
        what="added" if before is None else "removed" if after is None else "changed",
        tenant_id=shown["tenant_id"],
        tenant_name=shown["tenant_name"] or shown["tenant_id"],
        vendor_item=shown["vendor_item"],
        description=shown.get("description") or shown.get("product_name") or "",
        row_before=before["row"] if before else None,
        row_after=after["row"] if after else None,
        cost_before=cost_before,
        cost_after=cost_after,
        difference=subtract(cost_after or ZERO, cost_before or ZERO),
        fields=_changes(before, after) if before and after else (),
    )


def _changes(before: Fields, after: Fields) -> tuple[FieldChange, ...]:
    old, new = content_of(before), content_of(after)
    names = (*new, *(name for name in old if name not in new))
    return tuple(
        FieldChange(field=name, before=_text(before.get(name)), after=_text(after.get(name)))
        for name in names
        if old.get(name) != new.get(name)
    )


def _text(value: str | bool | None) -> str | None:
    return str(value).lower() if isinstance(value, bool) else value
