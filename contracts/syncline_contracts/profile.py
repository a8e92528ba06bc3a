"""Azure Billing Profiles: vendor item -> PSA product and Percentage Off RRP."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Self

from pydantic import Field, model_validator

from syncline_contracts import subjects
from syncline_contracts.identity import Key, TenantId, VendorItem, deterministic_id, key
from syncline_contracts.message import Command, Event, Model
from syncline_contracts.money import ZERO, Amount


class ProfileEntry(Model):
    """A product mapping. `percent_off_rrp`: 0 sells at RRP, positive above, negative below."""

    vendor_item: VendorItem
    product_id: Annotated[str, Field(min_length=1, max_length=120)]
    product_name: Annotated[str, Field(max_length=200)] = ""
    percent_off_rrp: Annotated[Amount, Field(ge=-100, le=1000)] = ZERO


class ProfileSettings(Model):
    """What a person edits of a billing profile."""

    name: Annotated[str, Field(min_length=1, max_length=120)]
    entries: tuple[ProfileEntry, ...] = ()

    @model_validator(mode="after")
    def _one_entry_per_vendor_item(self) -> Self:
        items = [entry.vendor_item for entry in self.entries]
        twice = sorted({item for item in items if items.count(item) > 1})
        if twice:
            raise ValueError(f"vendor item {', '.join(twice)} is mapped more than once")
        return self


def profile_for(
    assignments: Mapping[tuple[str, str | None], str],
    default: str | None,
    tenant_id: str,
    vendor_item: str,
) -> str | None:
    """Profile that applies: the item's own, else the tenant's, else the default.

    `assignments` are by tenant and vendor item; `None` stands for all its vendor items.
    """
    return (
        assignments.get((tenant_id, vendor_item)) or assignments.get((tenant_id, None)) or default
    )


class ProfileChangedV1(Event):
    """Something that prices depend on changed: a profile, an assignment or the RRP policy."""

    type_name: ClassVar[str] = "profile.changed.v1"
    producers: ClassVar[tuple[str, ...]] = ("pricing",)
    consumers: ClassVar[tuple[str, ...]] = ("mapping", "portal")

    pricing_version: Annotated[int, Field(ge=1)]
    what: str
    """Sentence for a person."""
    actor: str
    rrp_policy: bool = False
    """It was the RRP policy: the RRP of lines that have none of their own is another one."""

    def event_key(self) -> str:
        """See `Event.event_key`."""
        return key("pricing", self.partner_id)

    def natural_id(self) -> str:
        """See `Message.natural_id`."""
        return deterministic_id(self.type_name, self.partner_id, str(self.pricing_version))


class RepriceInvoiceV1(Command):
    """Price an invoice's lines again by replay, with at least this pricing version."""

    type_name: ClassVar[str] = "invoice.reprice.v1"
    producers: ClassVar[tuple[str, ...]] = ("mapping",)
    consumers: ClassVar[tuple[str, ...]] = ("pricing",)

    invoice_key: Key
    revision: Annotated[int, Field(ge=1)]
    lane: subjects.Lane
    pricing_version: Annotated[int, Field(ge=0)]
    tenant_ids: tuple[TenantId, ...] = ()
    """Only these; all where empty."""
