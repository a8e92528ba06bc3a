"""Reader of the Partner Center daily rated usage: file or pages (invoice formats 3)."""

import re
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, ClassVar

from syncline_contracts.line import Role
from syncline_contracts.money import EXACT, to_text

from syncline_ingest.readers.partner_center import PartnerCenterReader, Shared
from syncline_ingest.readers.recon_kind import Nature
from syncline_ingest.readers.text import clean_id
from syncline_ingest.readers.usage_columns import USAGE
from syncline_ingest.readers.usage_kind import usage_nature

_RESERVATION = re.compile(r'"ReservationOrderId"\s*:\s*"([0-9A-Za-z-]{1,100})"', re.I)
_HUNDRED = Decimal(100)


class UsageReader(PartnerCenterReader):
    """Reads daily usage: the detail behind an invoice, unless a source bills from it."""

    format: ClassVar[str] = "partner_center_usage"
    role: ClassVar[Role] = "detail"
    columns = USAGE

    def nature(self, row: int, cells: tuple[str, ...]) -> Nature:
        """See `PartnerCenterReader.nature`."""
        return usage_nature(*map(self._cells.text, cells))

    def add_repeated(self, row: int, fields: dict[str, Any], cells: tuple[str, ...]) -> None:
        """See `PartnerCenterReader.add_repeated`."""
        product, sku, unit_type, resource, percent, rate, benefit_order = cells
        catalogue_id = self.sku(row, product, sku)
        if catalogue_id:
            fields["sku"] = catalogue_id
        if "unit" not in fields and (unit := self._cells.text(unit_type)):
            fields["unit"] = unit
        if resource_id := self._cells.text(resource):
            fields["resource_id"] = resource_id
        if earned := self._earned_credit(row, percent, rate):
            fields["pec_percent"] = earned
        if order := self._cells.parsed(row, "BenefitOrderId", benefit_order, clean_id):
            fields["commitment_order_id"] = order

    def finish(self, row: int, line: dict[str, Any], cells: list[str], shared: Shared) -> None:
        """See `PartnerCenterReader.finish`."""
        (additional,) = self._plan.single(cells)
        if "eservationOrderId" in additional and "commitment_order_id" not in line:
            covered = _RESERVATION.search(additional)
            if covered:
                line["commitment_order_id"] = covered[1]
        end = line.get("charge_end_inclusive")
        if end is not None and end.endswith("-01"):
            line["charge_end_inclusive"] = _last_day(line.get("charge_start"), end)
        is_of_plan = shared.nature.kind == "consumption"
        self.count_month(line.get("charge_start"), of_plan=is_of_plan)

    def _earned_credit(self, row: int, percent: str, rate: str) -> str | None:
        """Percent of the partner earned credit: pages give a rate. Empty is not 0."""
        given = self._cells.number(row, "PartnerEarnedCreditPercentage", percent)
        if given is not None:
            return given
        share = self._cells.number(row, "RateOfPartnerEarnedCredit", rate)
        return None if share is None else to_text(EXACT.multiply(Decimal(share), _HUNDRED))


def _last_day(start: str | None, end: str) -> str:
    """Suppliers write a month's end as its last day, or as the first of the next one."""
    if start is None or start >= end:
        return end
    return (date.fromisoformat(end) - timedelta(days=1)).isoformat()
