"""What is named in one call fits on one page, twins included.

So nothing shifts from one page to the next, and nothing is missed or read twice, while other
people add and remove records of their own. ConnectWise pages by the last id: nothing shifts there.
"""

import pytest
from syncline_autotask import client as autotask
from syncline_xero import client as xero


@pytest.mark.parametrize(
    ("named", "page"),
    [
        (autotask.VALUES_PER_CALL, autotask.PAGE_SIZE),
        (xero.NAMES_PER_CALL, xero.PAGE_SIZE),
    ],
)
def test_what_is_named_in_one_call_fits_on_one_page(named: int, page: int) -> None:
    assert 2 * named <= page
