"""Lines -> batches of one tenant, and exact control totals; pure, in bounded memory."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal

import orjson
from syncline_contracts.invoice import ControlTotal, TenantManifest
from syncline_contracts.line import MAX_BATCH_BYTES, MAX_BATCH_LINES, LineKind
from syncline_contracts.money import EXACT, ZERO, add

from syncline_ingest.bundle import Bundle
from syncline_ingest.readers.document import Owner, SourceLine

HEAD_BYTES = 8 * 1024
"""Room that a batch keeps for its envelope."""
MAX_TENANTS = 20_000
"""More in one document, or rates that differ from line to line, is no invoice."""


class TooManyTenantsError(Exception):
    """The document would not fit into its own manifest."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of a batch, and of all that is open at once whatever the size of the invoice."""

    batch_lines: int = MAX_BATCH_LINES
    batch_bytes: int = MAX_BATCH_BYTES - HEAD_BYTES
    open_bytes: int = 24 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Batch:
    """Finished lines of one tenant, priced in one currency at one rate."""

    tenant_id: str
    batch_no: int
    pricing_currency: str
    fx_rate: str
    lines: int
    cost: Decimal
    data: bytes
    """The lines as a JSON array."""


@dataclass(slots=True)
class _Tenant:
    tenant_id: str
    name: str = ""
    domain: str = ""
    batches: int = 0
    kinds: dict[LineKind, tuple[int, Decimal]] = field(default_factory=dict)


@dataclass(slots=True)
class _Open:
    """Open lines of one tenant at one rate; those with a reference wait for their other half."""

    tenant: _Tenant
    pricing_currency: str
    fx_rate: str
    plain: Bundle = field(default_factory=Bundle)
    linked: dict[str, Bundle] = field(default_factory=dict)
    count: int = 0


class Batcher:
    """Takes lines in any order; `batches` gives each of them back once, in some batch."""

    def __init__(self, limits: Limits | None = None) -> None:
        self._limits = limits or Limits()
        self._tenants: dict[str, _Tenant] = {}
        self._open: dict[tuple[str, str, str], _Open] = {}
        self._held = 0
        self.lines = 0
        self.cost = ZERO
        self.tax = ZERO

    def batches(self, lines: Iterable[SourceLine]) -> Iterator[Batch]:
        """Batches as they fill up, the rest at the end."""
        limits = self._limits
        dumps = orjson.dumps
        for source in lines:
            owner, line, cost, _ = source
            opened = self._opened(owner)
            # A copy of its own size: what orjson returns keeps kilobytes behind it.
            data = bytes(memoryview(dumps(line)))
            self._count(opened.tenant, source)
            reference = line.get("reference_id")
            if reference is None:
                bundle = opened.plain
                if (
                    bundle.count >= limits.batch_lines
                    or bundle.size + len(data) >= limits.batch_bytes
                ):
                    yield from self._flush_plain(opened)
                    bundle = opened.plain
            else:
                bundle = opened.linked.setdefault(reference, Bundle())
            self._held += bundle.add(data, cost)
            opened.count += 1
            if self._held > limits.open_bytes:
                yield from self._make_room()
        for opened in self._open.values():
            yield from self._flush(opened)

    def manifest(self) -> tuple[TenantManifest, ...]:
        """What of each tenant there is, after the last batch."""
        return tuple(_manifest(self._tenants[tenant_id]) for tenant_id in sorted(self._tenants))

    def _opened(self, owner: Owner) -> _Open:
        key = (owner.tenant_id, owner.pricing_currency, owner.fx_rate)
        opened = self._open.get(key)
        if opened is None:
            if len(self._open) >= MAX_TENANTS:
                raise TooManyTenantsError
            tenant = self._tenants.get(owner.tenant_id)
            if tenant is None:
                tenant = self._tenants[owner.tenant_id] = _Tenant(owner.tenant_id)
            opened = self._open[key] = _Open(tenant, owner.pricing_currency, owner.fx_rate)
        tenant = opened.tenant
        if not tenant.name:
            tenant.name = owner.tenant_name
        if not tenant.domain:
            tenant.domain = owner.domain
        return opened

    def _count(self, tenant: _Tenant, source: SourceLine) -> None:
        _, line, cost, tax = source
        kind = line["kind"]
        lines, total = tenant.kinds.get(kind, (0, ZERO))
        tenant.kinds[kind] = (lines + 1, EXACT.add(total, cost))
        self.lines += 1
        self.cost = EXACT.add(self.cost, cost)
        if tax:
            self.tax = EXACT.add(self.tax, tax)

    def _make_room(self) -> Iterator[Batch]:
        """Go down to half of the budget, so that it is not done per line: pack, then flush."""
        for opened in sorted(self._open.values(), key=_unpacked_bytes, reverse=True):
            if self._has_room():
                return
            self._held -= opened.plain.held
            opened.plain.pack()
            self._held += opened.plain.held
        by_size = sorted(self._open.values(), key=lambda opened: opened.count, reverse=True)
        # Linked lines last: once flushed, they no longer meet their other half.
        for flush in (self._flush_plain, self._flush):
            for opened in by_size:
                if self._has_room():
                    return
                yield from flush(opened)

    def _has_room(self) -> bool:
        return self._held * 2 <= self._limits.open_bytes

    def _flush_plain(self, opened: _Open) -> Iterator[Batch]:
        bundle, opened.plain = opened.plain, Bundle()
        if bundle.count:
            yield self._batch(opened, bundle)

    def _flush(self, opened: _Open) -> Iterator[Batch]:
        """Everything that is open; a bundle is split only where no batch could hold it."""
        current, opened.plain = opened.plain, Bundle()
        bundles, opened.linked = opened.linked, {}
        for bundle in bundles.values():
            if current.count and not self._fits(current, bundle):
                yield self._batch(opened, current)
                current = Bundle()
            for line, cost in zip(bundle.lines, bundle.costs, strict=True):
                if current.count and (
                    current.count >= self._limits.batch_lines
                    or current.size + len(line) >= self._limits.batch_bytes
                ):
                    yield self._batch(opened, current)
                    current = Bundle()
                current.add(line, cost)
        if current.count:
            yield self._batch(opened, current)

    def _fits(self, current: Bundle, more: Bundle) -> bool:
        return (
            current.count + more.count <= self._limits.batch_lines
            and current.size + more.size < self._limits.batch_bytes
        )

    def _batch(self, opened: _Open, bundle: Bundle) -> Batch:
        opened.tenant.batches += 1
        opened.count -= bundle.count
        self._held -= bundle.held
        return Batch(
            tenant_id=opened.tenant.tenant_id,
            batch_no=opened.tenant.batches,
            pricing_currency=opened.pricing_currency,
            fx_rate=opened.fx_rate,
            lines=bundle.count,
            cost=bundle.cost(),
            data=bundle.to_json(),
        )


def _unpacked_bytes(opened: _Open) -> int:
    return opened.plain.unpacked_bytes()


def _manifest(tenant: _Tenant) -> TenantManifest:
    kinds = sorted(tenant.kinds.items())
    return TenantManifest(
        tenant_id=tenant.tenant_id,
        tenant_name=tenant.name or tenant.tenant_id,
        domain=tenant.domain,
        batches=tenant.batches,
        lines=sum(lines for _, (lines, _) in kinds),
        cost=add(cost for _, (_, cost) in kinds),
        by_kind=tuple(
            ControlTotal(kind=kind, lines=lines, cost=cost) for kind, (lines, cost) in kinds
        ),
    )
