"""Pick lists: what a person chooses from."""

import pytest
from syncline_xero.picks import tracking
from syncline_xero.schemas import XeroTrackingCategory
from syncline_xero.tracking import find, tags

CATEGORIES = [
    XeroTrackingCategory.model_validate(one)
    for one in (
        {
            "TrackingCategoryID": "r",
            "Name": "Region",
            "Status": "ACTIVE",
            "Options": [
                {"TrackingOptionID": "n", "Name": "North", "Status": "ACTIVE"},
                {"TrackingOptionID": "s", "Name": "South", "Status": "ARCHIVED"},
            ],
        },
        {
            "TrackingCategoryID": "o",
            "Name": "Old",
            "Status": "ARCHIVED",
            "Options": [{"TrackingOptionID": "x", "Name": "X"}],
        },
        {"TrackingCategoryID": "e", "Name": "Empty", "Options": None},
    )
]


def test_tags_are_offered_as_the_connection_takes_them() -> None:
    known = tags(CATEGORIES)
    offered = tracking(known, "")
    assert [(one.id, one.inactive) for one in offered] == [
        ("Region: North", False),
        ("Region: South", True),
        ("Old: X", True),
    ]
    assert [find(one.id, known) is None for one in offered] == [one.inactive for one in offered]


@pytest.mark.parametrize(("text", "names"), [(" NORTH ", 1), ("region", 2), ("nowhere", 0)])
def test_tags_are_searched_whatever_the_case(text: str, names: int) -> None:
    assert len(tracking(tags(CATEGORIES), text)) == names
