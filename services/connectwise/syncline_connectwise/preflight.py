"""What ConnectWise would refuse, or take and never bill: told in words before a write. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from syncline_chassis.errors import NotBillableError
from syncline_contracts.charge import Charge, ChargeSet

from syncline_connectwise.schemas import CwAgreement, CwCompany, CwProduct

MONTHLY = "Monthly"
"""What the vendor calls the recurrence; a provider may have named its cycle otherwise."""
_UNUSABLE = frozenset({"Cancelled", "Expired", "Inactive"})


@dataclass(frozen=True, slots=True)
class Rules:
    """What a partner set in the connection."""

    in_open_period: bool = True
    monthly_cycles: frozenset[str] = frozenset({MONTHLY.casefold()})

    @classmethod
    def of(cls, form: Mapping[str, str]) -> "Rules":
        """Read a connection's form."""
        named = (form.get("monthly_cycles") or "").split(",")
        own = {_bare(name) for name in named if name.strip()}
        return cls(
            in_open_period=form.get("billing_period", "open") == "open",
            monthly_cycles=frozenset({_bare(MONTHLY), *own}),
        )


@dataclass(frozen=True, slots=True)
class Place:
    """Where a charge goes, as ConnectWise knows it."""

    company: CwCompany | None
    agreement: CwAgreement | None
    product: CwProduct | None
    own_currency: str = ""
    """Of the system; empty where it keeps several, does not tell, or was not asked."""

    @property
    def currency(self) -> str:
        """What the agreement bills in: its own, else the company's, else the only one there is."""
        named = [one.currency.code for one in (self.agreement, self.company) if one is not None]
        return next(filter(None, [*named, self.own_currency]), "")


def find_agreement(charges: ChargeSet, charge: Charge, place: Place) -> CwAgreement:
    """The charge's agreement, of its company and currency: so also where nothing is to be written.

    Raises `NotBillableError`.
    """
    who, agreement = charges.client_name or charges.tenant_name, place.agreement
    if agreement is None:
        raise NotBillableError(
            f"The agreement {charge.agreement_id or ''} of {who} is not in ConnectWise any more. "
            "Choose another one for this tenant."
        )
    if str(agreement.company.id) != charges.client_id:
        raise NotBillableError(
            f"The agreement {agreement.name!r} belongs to {agreement.company.name or 'another'!r} "
            f"in ConnectWise, and the tenant to {who!r}. Choose an agreement of that company."
        )
    if place.currency and place.currency != charges.currency:
        raise NotBillableError(
            f"The agreement {agreement.name!r} is in {place.currency} and the charges are in "
            f"{charges.currency}; an addition has none of its own. Choose another agreement.",
            "currency_mismatch",
        )
    return agreement


def check_write(charges: ChargeSet, charge: Charge, place: Place, rules: Rules) -> None:
    """Whether an addition may be made or changed here now. Raises `NotBillableError`."""
    _company(charges, place.company)
    agreement = find_agreement(charges, charge, place)
    check_agreement(agreement, rules)
    if not place.currency:
        raise NotBillableError(
            f"Neither the agreement {agreement.name!r} nor its company names a currency in "
            "ConnectWise, and it is not known to keep a single one; the charges are in "
            f"{charges.currency}. Set the currency of the agreement there.",
            "currency_mismatch",
        )
    _product(charge, place.product)


def check_agreement(agreement: CwAgreement, rules: Rules) -> None:
    """Whether what is added to an agreement is billed by the month. Raises `NotBillableError`."""
    if agreement.cancelled_flag or agreement.agreement_status in _UNUSABLE:
        state = "Cancelled" if agreement.cancelled_flag else agreement.agreement_status
        since = f" (it starts on {agreement.start_date})" if state == "Inactive" else ""
        raise NotBillableError(
            f"The agreement {agreement.name!r} is {state} in ConnectWise{since}: what is added to "
            "it is never billed. Renew or activate it there, or choose another one."
        )
    if agreement.bill_one_time_flag:
        raise NotBillableError(
            f"The agreement {agreement.name!r} is billed one time only, and the charges come "
            "every month. Choose an agreement that is billed monthly."
        )
    cycle = agreement.billing_cycle.name
    if not cycle:
        raise NotBillableError(
            f"The agreement {agreement.name!r} has no billing cycle in ConnectWise, so that it is "
            "never invoiced by itself. Set it to monthly there, or choose another one."
        )
    if _bare(cycle) not in rules.monthly_cycles:
        raise NotBillableError(
            f"The agreement {agreement.name!r} is billed {cycle}, and the charges are of one "
            "month. Choose an agreement that is billed monthly; if this cycle recurs every month, "
            "name it in the connection under Monthly billing cycles."
        )


def _company(charges: ChargeSet, company: CwCompany | None) -> None:
    who = charges.client_name or charges.tenant_name
    if company is None or company.deleted_flag:
        raise NotBillableError(
            f"The company {who!r} is not in ConnectWise any more. Map the tenant to another one."
        )
    if not company.is_active:
        raise NotBillableError(
            f"The company {company.name or who!r} is {company.status.name} in ConnectWise. "
            "Activate it there, or map the tenant to another one."
        )


def _product(charge: Charge, product: CwProduct | None) -> None:
    if product is None or product.inactive_flag or product.product_class == "Bundle":
        why = "missing" if product is None else "inactive" if product.inactive_flag else "a bundle"
        raise NotBillableError(
            f"The product {charge.product_id!r} is {why} in ConnectWise. Choose another one in the "
            "billing profile."
        )


def _bare(name: str) -> str:
    return " ".join(name.casefold().split())
