"""The rules for one line of an invoice."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import uuid4

from syncline_sandbox.decimals import as_decimal, round_half_up
from syncline_sandbox.xero.invoice import AmountTypes, Line, Tracking, line_tax, line_total
from syncline_sandbox.xero.organisation import (
    Account,
    Item,
    Organisation,
    Organisations,
    TaxRate,
    TrackingCategory,
)

_MOST_TEXT = 4000
_MOST_TAGS = 2
_QUANTITY_PLACES = 4


class LineDrafts:
    """Checks lines against one organisation's setup."""

    def __init__(
        self, organisation: Organisation, organisations: Organisations, places: int
    ) -> None:
        org = organisation.organisation_id
        self._places = places
        self._items = {item.code: item for item in organisations.list(Item, org)}
        self._accounts = organisations.list(Account, org)
        self._taxes = {rate.tax_type: rate for rate in organisations.list(TaxRate, org)}
        self._categories = organisations.list(TrackingCategory, org)

    def read(
        self, given: object, before: Sequence[Line], amount_types: AmountTypes
    ) -> tuple[list[Line], dict[int, list[str]]]:
        """Return the lines, and what is wrong by position.

        A line without the id of an earlier one becomes a new line; earlier ones not named go.
        """
        lines: list[Line] = []
        by_line: dict[int, list[str]] = {}
        known = {line.line_item_id: line for line in before}
        for at, element in enumerate(given if isinstance(given, list) else [given]):
            errors: list[str] = []
            if isinstance(element, Mapping):
                base = known.get(str(element.get("LineItemID") or "").lower())
                lines.append(self._line(element, base, amount_types, errors))
            else:
                errors.append("A line item must be an object")
            if errors:
                by_line[at] = errors
        return lines, by_line

    def _line(
        self,
        element: Mapping[str, Any],
        base: Line | None,
        amount_types: AmountTypes,
        errors: list[str],
    ) -> Line:
        line = base or Line(line_item_id=str(uuid4()), description="")
        item = self._item(element, line, errors)
        description = element.get("Description")
        if description is None:
            description = line.description or (item.description or item.name if item else "")
        if not 1 <= len(str(description)) <= _MOST_TEXT:
            errors.append(f"Description must have 1 to {_MOST_TEXT} characters")
        account = self._account(element, line, item, errors)
        tax = self._tax(element, line, item, account, amount_types, errors)
        quantity, unit_amount, discount = self._numbers(element, line, item, errors)
        amount = Decimal(0)
        if quantity is not None and unit_amount is not None:
            amount = line_total(quantity, unit_amount, discount)
            if amount == 0:
                # Xero's own words: the cause is the amount, the message says something else.
                errors += ["Account must be valid", "Tax rate must be valid"]
            self._check_stated(element, amount, errors)
        stated_tax = as_decimal(element.get("TaxAmount"))
        rate = tax.rate if tax else Decimal(0)
        return Line(
            line_item_id=line.line_item_id,
            description=str(description),
            quantity=quantity,
            unit_amount=unit_amount,
            line_amount=amount,
            tax_type="NONE" if amount_types == "NoTax" else (tax.tax_type if tax else "NONE"),
            tax_amount=round_half_up(stated_tax)
            if stated_tax is not None and amount_types != "NoTax"
            else line_tax(amount, rate, amount_types),
            tax_stated=stated_tax is not None,
            account_code=account.code if account else "",
            account_id=account.account_id if account else "",
            item_code=item.code if item else "",
            discount_rate=discount,
            tracking=self._tracking(element, line, errors),
        )

    def _item(self, element: Mapping[str, Any], line: Line, errors: list[str]) -> Item | None:
        code = str(element.get("ItemCode") or line.item_code)
        if code and code not in self._items:
            errors.append(f"Item code '{code}' is not valid")
        return self._items.get(code)

    def _account(
        self, element: Mapping[str, Any], line: Line, item: Item | None, errors: list[str]
    ) -> Account | None:
        identity = element.get("AccountID")
        code = str(element.get("AccountCode") or line.account_code)
        if not code and not identity:
            code = item.account_code if item else ""
        if not code and not identity:
            return None
        for account in self._accounts:
            named = account.account_id == identity or (not identity and account.code == code)
            usable = account.status == "ACTIVE" and not account.system and account.type != "BANK"
            if named and usable:
                return account
        errors.append(f"Account code '{code or identity}' is not valid")
        return None

    def _tax(
        self,
        element: Mapping[str, Any],
        line: Line,
        item: Item | None,
        account: Account | None,
        amount_types: AmountTypes,
        errors: list[str],
    ) -> TaxRate | None:
        kept = line.tax_type if line.description else ""
        code = str(element.get("TaxType") or kept or (item.tax_type if item else ""))
        code = code or (account.tax_type if account else "")
        if not code or (amount_types == "NoTax" and "TaxType" not in element):
            return None
        rate = self._taxes.get(code)
        if rate is None or rate.status != "ACTIVE" or not rate.revenue:
            errors.append(f"The TaxType code '{code}' does not exist or cannot be used here")
        return rate

    def _numbers(
        self, element: Mapping[str, Any], line: Line, item: Item | None, errors: list[str]
    ) -> tuple[Decimal | None, Decimal | None, Decimal | None]:
        def read(name: str, base: Decimal | None, places: int) -> Decimal | None:
            if element.get(name) is None:
                return base
            number = as_decimal(element[name])
            if number is None:
                errors.append(f"{name} must be a number")
                return base
            return round_half_up(number, places)

        quantity = read("Quantity", line.quantity, _QUANTITY_PLACES)
        price = read("UnitAmount", line.unit_amount, self._places)
        discount = read("DiscountRate", line.discount_rate, 4)
        stated = as_decimal(element.get("LineAmount"))
        if price is None and stated is not None:
            quantity = quantity or Decimal(1)
            price = round_half_up(stated / quantity, self._places)
        elif price is None and item is not None and quantity is not None:
            price = item.unit_price
        if price is not None and quantity is None:
            quantity = Decimal(1)
        if discount is not None and not 0 <= discount <= 100:
            errors.append("DiscountRate must be between 0 and 100")
            discount = None
        return quantity, price, discount

    def _check_stated(self, element: Mapping[str, Any], amount: Decimal, errors: list[str]) -> None:
        stated = as_decimal(element.get("LineAmount"))
        if stated is not None and stated != amount:
            errors.append(
                f"The line total {stated} does not match the expected line total {amount}"
            )

    def _tracking(
        self, element: Mapping[str, Any], line: Line, errors: list[str]
    ) -> tuple[Tracking, ...]:
        if "Tracking" not in element:
            return line.tracking
        given = element["Tracking"] or []
        if not isinstance(given, list) or len(given) > _MOST_TAGS:
            errors.append(f"A line takes at most {_MOST_TAGS} tracking categories")
            return ()
        found = [self._tag(tag) for tag in given]
        if None in found:
            errors.append("The tracking category or option does not exist")
        return tuple(tag for tag in found if tag is not None)

    def _tag(self, given: object) -> Tracking | None:
        if not isinstance(given, Mapping):
            return None
        for category in self._categories:
            if category.category_id != given.get("TrackingCategoryID", category.category_id):
                continue
            if category.name != given.get("Name", category.name):
                continue
            for option in category.options:
                wanted = (given.get("TrackingOptionID"), given.get("Option"))
                if option.option_id == wanted[0] or (not wanted[0] and option.name == wanted[1]):
                    return Tracking(
                        category_id=category.category_id,
                        option_id=option.option_id,
                        name=category.name,
                        option=option.name,
                    )
        return None
