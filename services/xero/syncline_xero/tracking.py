"""Tags on lines: a category and one of its options, written `Region: North`, two at most."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from syncline_xero.schemas import XeroLineTag, XeroTrackingCategory

MOST_TAGS = 2


@dataclass(frozen=True, slots=True)
class Tag:
    """One option of a category."""

    category_id: str
    option_id: str
    text: str
    """As people write it in the connection."""
    is_active: bool


def tags(categories: Iterable[XeroTrackingCategory]) -> list[Tag]:
    """Every option of every category."""
    return [
        Tag(
            category.tracking_category_id,
            option.tracking_option_id,
            f"{category.name}: {option.name}",
            category.status in ("ACTIVE", "") and option.status in ("ACTIVE", ""),
        )
        for category in categories
        for option in category.options
    ]


def tags_of(found: Iterable[XeroLineTag]) -> tuple[Tag, ...]:
    """The tags that a line in Xero bears."""
    return tuple(
        Tag(
            one.tracking_category_id,
            one.tracking_option_id,
            f"{one.name}: {one.option}",
            is_active=True,
        )
        for one in found
    )


def wanted(setting: str) -> list[str]:
    """The tags that a connection names, by semicolons."""
    return [part.strip() for part in setting.split(";") if part.strip()]


def find(text: str, known: Sequence[Tag]) -> Tag | None:
    """An active tag by its text, whatever the case and the spaces."""
    plain = _plain(text)
    return next((tag for tag in known if tag.is_active and _plain(tag.text) == plain), None)


def _plain(text: str) -> str:
    category, _, option = text.partition(":")
    return ":".join(" ".join(part.casefold().split()) for part in (category, option))
