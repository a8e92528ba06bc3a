"""Which profile applies to a tenant's vendor item."""

from decimal import Decimal

from syncline_contracts.partner import RrpPolicy
from syncline_pricing.domain.book import PriceBook, binding_policy

from tests.unit.pricing.samples import entry

VM, DISK = entry("AZ-VM"), entry("AZ-DISK")
BOOK = PriceBook(
    version=4,
    profiles={"std": {"AZ-VM": VM, "AZ-DISK": DISK}, "gold": {"AZ-VM": VM}, "disks": {}},
    default="std",
    assignments={("contoso", None): "gold", ("contoso", "AZ-DISK"): "disks"},
)


def test_the_default_serves_whoever_has_no_profile() -> None:
    assert BOOK.entry_for("fabrikam", "AZ-VM") == ("std", VM)


def test_a_tenants_own_profile_comes_before_the_default() -> None:
    assert BOOK.entry_for("contoso", "AZ-VM") == ("gold", VM)


def test_a_profile_for_one_vendor_item_comes_before_the_tenants_own() -> None:
    assert BOOK.profile_for("contoso", "AZ-DISK") == "disks"


def test_a_missing_entry_is_not_looked_for_in_another_profile() -> None:
    assert BOOK.entry_for("contoso", "AZ-DISK") == ("disks", None)
    assert BOOK.entry_for("contoso", "AZ-NET") == ("gold", None)


def test_without_a_default_no_profile_applies() -> None:
    assert PriceBook().entry_for("fabrikam", "AZ-VM") == (None, None)


def test_hold_is_no_policy_that_changes_prices() -> None:
    cost = RrpPolicy(mode="cost_plus", percent=Decimal(5))
    assert binding_policy({"seat": RrpPolicy(), "reservation": cost}) == {"reservation": cost}
