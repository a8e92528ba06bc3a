"""The tie-out as a picture: green where a hop ties, or by how much it is off."""

from decimal import Decimal

from nicegui import ui
from syncline_contracts.mapping_query import TieOut
from syncline_portal.look.hops import hops

from tests.unit.portal.answers import TIE_OUT
from tests.unit.portal.visitor import seeing


async def badges(tie: TieOut, aside: str = "0") -> dict[str, str]:
    """What stands at each hop, with its tone."""

    async def build() -> None:
        hops(tie, "Xero", Decimal(aside))

    async with seeing(build) as user:
        with user as client:
            items = [one for one in client.elements.values() if one.tag == "li"]
        found = {}
        for item in items:
            label, _, badge = (one for one in item if isinstance(one, ui.label))
            tone = next(one for one in badge.classes if one in ("good", "warn", "bad", "calm"))
            found[label.text] = f"{badge.text} [{tone}]"
        return found


async def test_a_document_that_ties_is_green_at_every_hop() -> None:
    tie = TIE_OUT.model_copy(update={"planned": "1552.35", "psa": "1552.35"})
    assert await badges(tie) == {
        "Document, cost": "as sent [good]",
        "Lines, cost": "✓ ties [good]",
        "Charges, cost": "✓ ties [good]",
        "Charges, sell": "✓ ties [good]",
        "Planned": "✓ ties [good]",
        "In Xero": "✓ ties [good]",
    }


async def test_a_hop_that_is_off_says_by_how_much_and_the_others_stay_green() -> None:
    tie = TIE_OUT.model_copy(
        update={"charges_cost": "1347.83", "planned": "1552.35", "psa": "1562.40", "ties": False}
    )
    found = await badges(tie)
    assert found["Charges, cost"] == "off by -0.01 [bad]"
    assert found["In Xero"] == "off by +10.05 [bad]"
    assert found["Planned"] == "✓ ties [good]"


async def test_what_is_held_is_a_hop_of_its_own_and_what_is_not_done_yet_is_said() -> None:
    found = await badges(TIE_OUT.model_copy(update={"planned": "1500.35"}), aside="52")
    assert found["Held or ignored"] == "not billed now [warn]"
    assert found["Planned"] == "✓ ties [good]"
    assert found["In Xero"] == "not yet [calm]"
