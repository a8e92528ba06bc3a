"""What a fresh organisation starts with: a small Australian or New Zealand chart of accounts."""

from decimal import Decimal

from syncline_sandbox.catalogue import STOCK
from syncline_sandbox.xero.organisation import (
    Account,
    Item,
    Organisations,
    TaxRate,
    TrackingCategory,
    TrackingOption,
)


def seed_setup(organisations: Organisations, organisation_id: str, country: str) -> None:
    """Store tax rates, accounts, items and one tracking category."""
    nz = country == "NZ"
    income = "OUTPUT2" if nz else "OUTPUT"
    expense = "INPUT2" if nz else "INPUT"
    rate = Decimal(15) if nz else Decimal(10)
    free = "ZERORATED" if nz else "EXEMPTOUTPUT"
    organisations.put(
        organisation_id,
        [
            TaxRate(tax_type=income, name=f"{rate}% GST on Income", rate=rate),
            TaxRate(tax_type=expense, name=f"{rate}% GST on Expenses", rate=rate, revenue=False),
            TaxRate(tax_type=free, name="GST Free Income"),
            TaxRate(tax_type="BASEXCLUDED", name="BAS Excluded"),
            TaxRate(tax_type="NONE", name="No GST"),
            TaxRate(tax_type="CAPEXOUTPUT", name="Old capital rate", status="ARCHIVED"),
        ],
    )
    organisations.put(
        organisation_id,
        [
            Account(code="090", name="Business Bank Account", type="BANK",
                    account_class="ASSET"),
            Account(code="200", name="Sales", tax_type=income),
            Account(code="205", name="Cloud Services", tax_type=income),
            Account(code="260", name="Other Revenue", tax_type=income),
            Account(code="270", name="Interest Income", tax_type="NONE"),
            Account(code="299", name="Old Sales", tax_type=income, status="ARCHIVED"),
            Account(code="310", name="Cost of Goods Sold", type="DIRECTCOSTS",
                    account_class="EXPENSE", tax_type=expense),
            Account(code="610", name="Accounts Receivable", type="CURRENT",
                    account_class="ASSET", system="DEBTORS"),
            Account(code="820", name="GST", type="CURRLIAB",
                    account_class="LIABILITY", system="GST"),
        ],
    )  # fmt: skip
    organisations.put(
        organisation_id,
        [
            *(
                Item(code=stock.code, name=stock.description[:50], description=stock.description,
                     account_code="200", tax_type=income)
                for stock in STOCK
            ),
            Item(code="AZURE", name="Microsoft Azure", description="Microsoft Azure services",
                 account_code="205", tax_type=income),
            Item(code="HOURS", name="Consulting hours", unit_price=Decimal("185.00"),
                 account_code="200", tax_type=income),
        ],
    )  # fmt: skip
    options = tuple(TrackingOption(name=name) for name in ("Azure", "Microsoft 365", "Services"))
    organisations.put(organisation_id, [TrackingCategory(name="Service line", options=options)])
