"""A partner with as much to show as the pages are measured with; every line came in as a file."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from syncline_stack.api import until
from syncline_stack.bench.usage import UsageFile, write_daily_usage
from syncline_stack.bench.walk import DONE
from syncline_stack.psa import Json
from syncline_stack.road import Road

PATIENCE_S = 600.0
CONTACTS = 20
MONTHS = (
    *("2025-10", "2025-11", "2025-12", "2026-01", "2026-02", "2026-03", "2026-04"),
    *("2026-05", "2026-06", "2026-07", "2026-08", "2026-09", "2026-10"),
)
LINES_PER_TENANT, SMALL_LINES = 3, 2
OnInvoices = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Sizes:
    """What there is to show, and to how many."""

    invoices: int = 1_000
    tenants: int = 1_000
    lines: int = 100_000
    browsers: int = 50

    @classmethod
    def of(cls, part: float) -> "Sizes | None":
        """So much of the whole, a few at least; None for nothing."""
        if not part:
            return None
        whole = cls()
        return cls(
            invoices=max(5, round(whole.invoices * part)),
            tenants=max(5, round(whole.tenants * part)),
            lines=max(500, round(whole.lines * part)),
            browsers=max(2, round(whole.browsers * part)),
        )


@dataclass(frozen=True, slots=True)
class Seeded:
    """The partner's road, and where the large ones are."""

    road: Road
    many_tenants: str
    """Key of the invoice with so many tenants."""
    many_lines: str
    """Key of the invoice of one tenant with so many lines."""
    tenant_id: str
    newest: str
    """Key of the small invoice that stands highest in the list."""

    @property
    def home(self) -> str:
        """Where the partner's pages begin."""
        return f"/p/{self.road.partner}"


def seed(road: Road, sizes: Sizes, folder: Path, on_invoices: OnInvoices) -> Seeded:
    """Drop every file, map every tenant, and wait until all is ready. Raises `TimeoutError`."""
    folder.mkdir(parents=True, exist_ok=True)
    road.set_up()
    road.portal.put(
        f"{road.base}/sources/folder",
        {"kind": "watched_folder", "settings": {"bill_from_usage": True}},
    )
    rows = sizes.tenants * LINES_PER_TENANT
    tenants = write_daily_usage(folder / "tenants.csv", rows=rows, tenants=sizes.tenants)
    lines = write_daily_usage(folder / "lines.csv", rows=sizes.lines, tenants=1)
    files = [tenants, lines]
    for number in range(sizes.invoices - len(files)):
        files.append(_small(folder, number))
        _drop(road, files[-1])
    _map(road, tenants)  # while those come in
    for file in (tenants, lines):
        _drop(road, file)

    def look() -> dict[str, Json] | None:
        found = {one["invoice_no"]: one for one in every_invoice(road) if _is_ready(one)}
        on_invoices(len(found))
        return found if len(found) == len(files) else None

    found = until(look, f"{len(files)} invoices", PATIENCE_S)
    newest = next(one for one in every_invoice(road) if one["lines"] == SMALL_LINES)
    return Seeded(
        road=road,
        many_tenants=found[tenants.invoice_no]["invoice_key"],
        many_lines=found[lines.invoice_no]["invoice_key"],
        tenant_id=lines.tenants[0].tenant_id,
        newest=newest["invoice_key"],
    )


def every_invoice(road: Road) -> list[Json]:
    """The whole list, the newest first."""
    found: list[Json] = []
    more: Json = {"limit": 200}
    while more:
        answer = road.portal.get(f"{road.base}/invoices", **more)
        found += answer["invoices"]
        cursor = answer["next_cursor"]
        more = {"limit": 200, "cursor": cursor} if cursor else {}
    return found


def _drop(road: Road, file: UsageFile) -> None:
    road.drop(file.path.name, file.path.read_bytes())
    file.path.unlink()


def _small(folder: Path, number: int) -> UsageFile:
    """An invoice of one tenant; the months take turns."""
    return write_daily_usage(
        folder / f"{number}.csv",
        rows=SMALL_LINES,
        tenants=1,
        edition=f"small-{number}",
        month=MONTHS[number % len(MONTHS)],
    )


def _map(road: Road, file: UsageFile) -> None:
    contacts = until(lambda: road.search("contacts"), "the contacts")
    for number, tenant in enumerate(file.tenants):
        contact = contacts[number % len(contacts)]
        until(partial(road.map_tenant, tenant.tenant_id, contact), tenant.company_name)


def _is_ready(invoice: Json) -> bool:
    states = {state for state, count in invoice["tenants_by_state"].items() if count}
    return bool(states) and states <= DONE
