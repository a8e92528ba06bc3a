"""The place where each hold is put right."""

import pytest
from syncline_contracts.tenant import Hold
from syncline_portal.look.fix import place

KEY = "k7f3"
TENANT = "3f0b/6f5e"


@pytest.mark.parametrize(
    ("fix", "item", "words", "href"),
    [
        ("mapping", None, "Edit Mappings", "/p/acme/azure/k7f3?edit=3f0b%2F6f5e"),
        (
            "profile",
            "AZ & CO",
            "Azure Billing Profiles",
            "/p/acme/profiles?tenant=3f0b%2F6f5e&item=AZ+%26+CO",
        ),
        ("connection", None, "Connections", "/p/acme/connections"),
        ("partner", "AZ-CONS", "Settings", "/p/acme/settings"),
        (
            "document",
            "AZ-CONS",
            "Show Breakdown",
            "/p/acme/azure/k7f3/tenants/3f0b%2F6f5e?item=AZ-CONS",
        ),
    ],
)
def test_a_hold_leads_to_the_place_to_fix_it(
    fix: str, item: str | None, words: str, href: str
) -> None:
    hold = Hold(code="rrp_unknown", message="-", fix=fix, vendor_item=item)
    assert place("acme", KEY, TENANT, hold) == (words, href)
