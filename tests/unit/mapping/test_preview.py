"""What other prices would make of charges: the same that they make of them once they hold."""

from decimal import Decimal
from typing import Any

import pytest
from syncline_contracts.pricing_query import AssignmentView, Profiles, ProfileView
from syncline_contracts.profile import ProfileEntry, ProfileSettings
from syncline_mapping.domain.charges import charges_of
from syncline_mapping.domain.evaluation import evaluate
from syncline_mapping.domain.facts import Facts
from syncline_mapping.domain.preview import Effect, PriceList, effect_on
from syncline_mapping.domain.summary import Summary, summarise, valued

from tests.unit.mapping.samples import AT, line
from tests.unit.mapping.test_evaluation import inputs

HELD = evaluate(Facts(), inputs()).facts


def profile(profile_id: str, *, default: bool = False, **percents: str) -> ProfileView:
    """A profile; items are named without their dash."""
    entries = tuple(
        ProfileEntry(vendor_item=item, product_id=f"P-{item}", percent_off_rrp=Decimal(percent))
        for item, percent in percents.items()
    )
    return ProfileView(
        profile_id=profile_id,
        version=1,
        is_default=default,
        settings=ProfileSettings(name=profile_id, entries=entries),
        changed_by="ann",
        changed_at=AT,
    )


def prices(*profiles: ProfileView, **assigned: str) -> Profiles:
    """Prices; assignments are by vendor item, and `tenant` stands for all of them."""
    views = tuple(
        AssignmentView(
            tenant_id="contoso",
            vendor_item=None if item == "tenant" else item,
            profile_id=profile_id,
            version=1,
        )
        for item, profile_id in assigned.items()
    )
    return Profiles(pricing_version=2, profiles=profiles, assignments=views)


LINES = [line("80", "100.005", "100.005", item="A"), line("-5", "-6", "-6", item="A")]


def summary(*lines: Any) -> Summary:
    return summarise(valued(lines))


SUMMARY = summary(*LINES, line("3", "4", "4", item="B"))


def facts() -> Facts:
    charged = HELD.charge_set
    assert charged is not None
    now = charged.model_copy(update={"charges": charges_of(SUMMARY, "AUD")})
    return HELD.but(charge_set=now, document_cost=Decimal(78))


@pytest.mark.parametrize(
    ("given", "charges", "after", "below_cost"),
    [
        (prices(profile("std", default=True, A="0", B="0")), 0, "98.01", 0),
        (prices(profile("std", default=True, A="10", B="0")), 1, "107.41", 0),
        (prices(profile("std", default=True, A="10", B="-50")), 2, "105.41", 1),
        (prices(profile("std", default=True, A="0")), 1, "94.01", 0),
        (prices(), 2, "0", 0),
        (
            prices(profile("std", default=True), profile("own", A="1", B="0"), A="own"),
            2,
            "94.95",
            0,
        ),
        (
            prices(profile("std", A="1", B="1"), profile("own", A="0", B="0"), tenant="own"),
            0,
            "98.01",
            0,
        ),
    ],
    ids=["same", "raised", "below cost", "entry gone", "no profile", "by item", "by tenant"],
)
def test_the_effect_is_what_the_charges_would_be(
    given: Profiles, charges: int, after: str, below_cost: int
) -> None:
    effect = effect_on(facts(), PriceList.of(given).sold("contoso", SUMMARY), "AUD")
    assert (effect.charges, str(effect.sell_after)) == (charges, after)
    assert (effect.sell, effect.below_cost) == (Decimal("98.01"), below_cost)
    assert effect.tenants == (1 if charges else 0)


def test_an_entry_for_what_had_none_brings_a_charge() -> None:
    waiting = summary(line("3", "4", None, item="B", entry=False))
    assert charges_of(waiting, "AUD") == ()
    given = PriceList.of(prices(profile("std", default=True, B="25")))
    effect = effect_on(Facts(), given.sold("contoso", waiting), "AUD")
    assert (effect.charges, effect.sell, effect.sell_after) == (1, Decimal(0), Decimal("5.00"))


def test_what_has_no_rrp_is_not_made_up() -> None:
    unknown = summary(line("3", None, item="B"))
    given = PriceList.of(prices(profile("std", default=True, B="25")))
    assert effect_on(Facts(), given.sold("contoso", unknown), "AUD").charges == 0


def test_effects_add_up_exactly() -> None:
    one: dict[str, Any] = {"tenants": 1, "charges": 2, "below_cost": 1}
    first = Effect(**one, cost=Decimal("0.1"), sell=Decimal("0.2"), sell_after=Decimal("0.7"))
    total = sum((first, first, first), Effect())
    assert (total.tenants, total.charges, total.below_cost) == (3, 6, 3)
    assert (total.cost, total.sell, total.sell_after) == (
        Decimal("0.3"),
        Decimal("0.6"),
        Decimal("2.1"),
    )
