import pytest
from syncline_ingest.readers.distributor import distributor_kind
from syncline_ingest.readers.recon_kind import recon_nature


def nature(**cells: str | bool):  # type: ignore[no-untyped-def]
    given = {
        "charge_type": "new",
        "term": "",
        "subscription": "Azure plan",
        "publisher": "Microsoft",
        "publisher_id": "",
        "has_end": True,
        "credit_reason": "",
        "sku_name": "",
        **cells,
    }
    return recon_nature(**given)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        ({"term": "Standard_D4s, Reservation, 1 Year"}, "reservation"),
        ({"term": "Compute Savings Plan, 1 Year"}, "savings_plan"),
        ({"term": "1 Year Subscription"}, "software_subscription"),
        (
            {"term": "One-Year commitment", "sku_name": "Windows Server 2022"},
            "software_subscription",
        ),
        ({"term": "One-Year commitment for monthly billing", "subscription": "M365"}, "seat"),
        ({"term": "one-month", "subscription": "M365"}, "seat"),
        ({"term": "three-year commitment", "subscription": "M365"}, "seat"),
        ({"subscription": "Visio 2021", "has_end": False}, "perpetual_software"),
        ({}, "consumption"),
        ({"subscription": "Our renamed plan", "term": "P10 LRS"}, "consumption"),
        ({"publisher": "Northwall, Inc.", "publisher_id": "123"}, "marketplace"),
        ({"publisher": "microsoft corporation", "publisher_id": "1"}, "consumption"),
        ({"charge_type": "customerCredit", "subscription": "Something"}, "credit"),
        ({"charge_type": "customerCredit"}, "consumption"),
        ({"charge_type": "CYCLECHARGE"}, "consumption"),
        ({"charge_type": "mysteryFee"}, "unknown"),
        ({"charge_type": ""}, "unknown"),
    ],
)
def test_kind_of_a_reconciliation_line(cells: dict[str, str | bool], kind: str) -> None:
    found = nature(**cells)
    assert found.kind == kind
    assert found.vendor_item


def test_a_credit_says_that_it_is_one_whatever_its_kind() -> None:
    assert nature(charge_type="customerCredit").credit_reason == "customerCredit"
    reason = "Azure Consumption Credit"
    assert nature(charge_type="customerCredit", credit_reason=reason).credit_reason == reason


@pytest.mark.parametrize(
    ("stock", "description", "charge", "kind"),
    [
        ("AZ-CONS", "", "Usage", "consumption"),
        ("az-ri", "", "Refund", "reservation"),
        ("AZ-SP", "", "New", "savings_plan"),
        ("AZ-MKT", "", "Usage", "marketplace"),
        ("AZ-CREDIT", "", "Credit", "credit"),
        ("AZ-CONS", "", "Tax", "tax"),
        ("NEW-CODE", "Azure Reserved Instance D4s", "New", "reservation"),
        ("NEW-CODE", "Azure Savings Plan", "New", "savings_plan"),
        ("NEW-CODE", "Something", "Usage", "consumption"),
        ("NEW-CODE", "Something", "Credit", "credit"),
        ("NEW-CODE", "Something", "New", "unknown"),
        ("", "", "", "unknown"),
    ],
)
def test_kind_of_a_distributors_line(stock: str, description: str, charge: str, kind: str) -> None:
    assert distributor_kind(stock, description, charge) == kind
