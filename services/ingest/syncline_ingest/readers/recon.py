"""Reader of the Partner Center reconciliation: file or pages (invoice formats 2)."""

import re
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, ClassVar, cast

from syncline_contracts.line import Line

from syncline_ingest.readers.partner_center import PartnerCenterReader, Shared
from syncline_ingest.readers.recon_columns import DATED, RECON
from syncline_ingest.readers.recon_kind import WHOLE_CYCLE_CHARGES, Nature, recon_nature
from syncline_ingest.readers.text import clean_reference

_EARNED_CREDIT = re.compile(r"([0-9]{1,3}(?:\.[0-9]{1,10})?)\s?% partner earned credit", re.I)
_HALF = Decimal("0.5")


class ReconReader(PartnerCenterReader):
    """Reads one reconciliation file, or its pages, once."""

    format: ClassVar[str] = "partner_center_recon"
    columns = RECON
    dated = DATED

    def nature(self, row: int, cells: tuple[str, ...]) -> Nature:
        """See `PartnerCenterReader.nature`."""
        text = self._cells.text
        charge, term, subscription, publisher, publisher_id, end, reason, sku_name = cells
        return recon_nature(
            charge_type=text(charge),
            term=text(term),
            subscription=text(subscription),
            publisher=text(publisher),
            publisher_id=text(publisher_id),
            has_end=bool(self._cells.day(row, "ChargeEndDate", end)),
            credit_reason=text(reason),
            sku_name=text(sku_name),
        )

    def add_repeated(self, row: int, fields: dict[str, Any], cells: tuple[str, ...]) -> None:
        """See `PartnerCenterReader.add_repeated`."""
        product, sku, adjustments, _ = cells
        catalogue_id = self.sku(row, product, sku)
        if catalogue_id:
            fields["sku"] = catalogue_id
        if earned := _earned_credit(adjustments):
            fields["pec_percent"] = earned

    def finish(self, row: int, line: dict[str, Any], cells: list[str], shared: Shared) -> None:
        """See `PartnerCenterReader.finish`."""
        reference, ordered = self._plan.single(cells)
        if reference:
            linked = self._cells.parsed(row, "ReferenceId", reference, clean_reference)
            if linked:
                line["reference_id"] = linked
        nature = shared.nature
        if nature.kind not in ("consumption", "credit", "unknown"):
            frequency = self._plan.repeated(cells)[-1]
            prorated = is_prorated(cast("Line", line), nature, frequency)
            if prorated is not None:
                line["prorated"] = prorated
        start = line.get("charge_start")
        if start is None and self._pages:  # pages leave the charge dates out
            start = self._cells.day(row, "OrderDate", ordered) or None
        self.count_month(start, of_plan=nature.kind == "consumption")


def _earned_credit(adjustments: str) -> str:
    """Percent of the partner earned credit; empty where none or more than one is named."""
    named = set(_EARNED_CREDIT.findall(adjustments))
    return named.pop() if len(named) == 1 else ""


def is_prorated(line: Line, nature: Nature, frequency: str) -> bool | None:
    """Whether a charge is for part of a cycle; None where the cells do not tell for sure."""
    if nature.charge not in WHOLE_CYCLE_CHARGES:
        return True
    listed, effective = line.get("list_unit_price"), line.get("effective_unit_price")
    if listed is None or effective is None:
        return None
    # A list price of another cycle (per month beside a year's charge) must not pass for this one.
    if not Decimal(listed) * _HALF <= Decimal(effective) <= Decimal(listed):
        return None
    start, end = line.get("charge_start"), line.get("charge_end_inclusive")
    months = {"monthly": 1, "annual": 12}.get(frequency.strip().casefold())
    if months is None or start is None or end is None:
        return False if line["kind"] == "perpetual_software" and end is None else None
    return date.fromisoformat(end) != _cycle_end(date.fromisoformat(start), months)


def _cycle_end(start: date, months: int) -> date:
    """Last day, inclusive, of a cycle that begins on `start`."""
    years, month = divmod(start.month - 1 + months, 12)
    first = date(start.year + years, month + 1, 1)
    following = (first + timedelta(days=32)).replace(day=1)
    return min(first + timedelta(days=start.day - 2), following - timedelta(days=1))
