"""Work queue: who waits, how long, and where it is put right; what is ignored apart."""

from datetime import timedelta

from syncline_contracts.mapping_query import HoldRow, Holds, ListHolds
from syncline_contracts.tenant import Hold, TenantIgnoredV1
from syncline_portal.look.table import Listing
from syncline_portal.pages.queue import queue

from tests.unit.portal.answers import KEY
from tests.unit.portal.fakes import NOW, FakePortal, fact
from tests.unit.portal.visitor import opened, seeing, until

HOLD = Hold(code="client_not_mapped", message="\u202eIt\u2066 is not mapped.", fix="mapping")


def waiting(number: int, cost: str, days: int, reason: str | None = None) -> HoldRow:
    return HoldRow(
        invoice_key=KEY,
        invoice_no="DD-1",
        billing_month="2026-10",
        tenant_id=f"t-{number}",
        tenant_name=f"Customer {number}",
        state="ignored" if reason else "held",
        cost=cost,
        since=NOW - timedelta(days=days),
        holds=(HOLD,),
        ignored_reason=reason,
    )


async def test_what_failed_or_was_changed_in_the_psa_says_why_and_leads_to_the_invoice(
    fakes: FakePortal,
) -> None:
    words = "INV-1 was changed in the PSA: the amount is 90.00 instead of 100.10, off by -10.10."
    row = waiting(1, "900", 2).model_copy(
        update={"state": "drifted", "holds": (), "trouble": words}
    )
    fakes.bus.answers[ListHolds] = Holds(rows=(row,))
    page = await opened(fakes)
    async with seeing(lambda: queue(page)) as user:
        with user as client:
            listed = next(one for one in client.elements.values() if isinstance(one, Listing))
        assert listed.rows[0]["trouble"] == words
        assert listed.rows[0]["href"] == f"/p/acme/azure/{KEY}"
        assert "Invoice Details" in listed._props["templates"]["body-cell-why"]


async def test_who_waits_is_sorted_by_age_and_what_is_ignored_stands_apart(
    fakes: FakePortal,
) -> None:
    rows = [waiting(1, "900", 2), waiting(2, "80", 11), waiting(3, "7", 0)]
    fakes.bus.answers[ListHolds] = lambda _: Holds(rows=tuple(rows))
    page = await opened(fakes)
    async with seeing(lambda: queue(page)) as user:
        with user as client:
            every = [one for one in client.elements.values() if isinstance(one, Listing)]
        listed, ignored = every  # what has nothing in it is there, and not seen
        assert [(row["days"], row["age"]) for row in listed.rows] == [
            (2, "2 days"),
            (11, "11 days"),
            (0, "today"),
        ]
        assert {one["name"] for one in listed.columns if one["sortable"]} == {"tenant", "days"}
        assert listed.rows[0]["why"][0]["message"] == "It is not mapped."  # from left to right
        assert listed.rows[0]["why"][0]["fix"] == {
            "words": "Edit Mappings",
            "href": f"/p/acme/azure/{KEY}?edit=t-1",
        }
        section = next(iter(ignored.ancestors()))
        assert not section.visible
        rows[0] = waiting(1, "900", 2, "Billed by hand.")
        fakes.bus.facts.put_nowait(
            fact(
                TenantIgnoredV1(
                    partner_id="acme",
                    invoice_key=KEY,
                    invoice_no="DD-1",
                    tenant_id="t-1",
                    version=2,
                    actor="Kim",
                    reason="Billed by hand.",
                )
            )
        )
        await until(lambda: ignored.rows)  # somebody else ignored it: the page is live
        assert ignored.rows[0]["reason"] == "Billed by hand."
        assert section.visible
        assert len(listed.rows) == 2
