"""All that one run of the benchmark measured."""

from dataclasses import dataclass

from syncline_stack.bench.full_road import Measured
from syncline_stack.bench.loop import Looped
from syncline_stack.bench.naive_run import Ran
from syncline_stack.bench.pages import PagesMeasured
from syncline_stack.bench.vendor_calls import VendorCalls


@dataclass(frozen=True, slots=True)
class Results:
    """The first case is the one that the others are compared with."""

    rows: int
    cases: tuple[Measured, ...]
    naive: Ran
    loop: Looped
    calls: tuple[VendorCalls, ...]
    pages: PagesMeasured | None = None
    """None where they were left out."""
