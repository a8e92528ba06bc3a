"""What a ConnectWise system holds of a bill: companies, agreements, products, additions."""

from datetime import date
from decimal import Decimal
from typing import Literal

from pydantic import BaseModel, ConfigDict

ProductClass = Literal["Agreement", "Bundle", "Inventory", "NonInventory", "Service"]
InvoicingCycle = Literal["ContractYear", "CalendarYear"]
BillCustomer = Literal["Billable", "DoNotBill", "NoCharge"]


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True)

    id: int


class Company(_Record):
    """A customer of the service provider."""

    identifier: str
    name: str
    status: str = "Active"
    currency: str = ""
    deleted: bool = False


class Agreement(_Record):
    """What a company is billed on."""

    name: str
    company_id: int
    currency: str = "AUD"
    cancelled: bool = False
    start: date = date(2020, 1, 1)
    end: date | None = None
    bill_start: date | None = None
    billing_cycle: str = "Monthly"
    invoicing_cycle: InvoicingCycle = "CalendarYear"
    one_time: bool = False
    prorates: bool = False
    invoices_prorated: bool = False
    next_invoice: date | None
    """Lies in the billing period that is open."""

    def status(self, today: date) -> str:
        """As the vendor computes it."""
        if self.cancelled:
            return "Cancelled"
        if self.end is not None and self.end < today:
            return "Expired"
        return "Active" if self.start <= today else "Inactive"


class Product(_Record):
    """An entry of the catalogue."""

    identifier: str
    description: str
    product_class: ProductClass = "Agreement"
    price: Decimal = Decimal(0)
    cost: Decimal = Decimal(0)
    inactive: bool = False


class Addition(_Record):
    """A line on an agreement; it is billed in the periods between its dates."""

    agreement_id: int
    product_id: int
    bill_customer: BillCustomer
    quantity: Decimal
    unit_price: Decimal
    unit_cost: Decimal
    effective: date
    cancelled: date | None = None
    taxable: bool = False
    description: str = ""
    invoice_description: str = ""
    serial_number: str = ""
    billed_quantity: Decimal = Decimal(0)

    @property
    def is_billed(self) -> bool:
        """It stands on an invoice."""
        return self.billed_quantity != 0
