"""One whole stack for all of these tests; each walks the road with partners of its own."""

import itertools
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser
from syncline_stack.road import Road
from syncline_stack.stack import Stack

from tests.collector import Collector
from tests.e2e.browser import Clerk, chromium

QUICK = {
    "*": {"SYNCLINE_RETRY_DELAY_S": "0.1", "SYNCLINE_MAX_ATTEMPTS": "3"},
    "xero": {
        "SYNCLINE_XERO_TIMEOUT_S": "2",
        "SYNCLINE_XERO_SETTLE_S": "0.4",
        "SYNCLINE_CONNECTOR_LEASE_S": "6",
        "SYNCLINE_CONNECTOR_EVERY_S": "0.3",
    },
}
"""Patience for tests: every service is as in production, only less patient."""
RoadMaker = Callable[..., Road]


@pytest.fixture(scope="package")
def collector() -> Iterator[Collector]:
    with Collector.listening() as listening:
        yield listening


@pytest.fixture(scope="package")
def stack(tmp_path_factory: pytest.TempPathFactory, collector: Collector) -> Iterator[Stack]:
    extra = {**QUICK, "*": {**QUICK["*"], "SYNCLINE_TRACES_URL": collector.url}}
    with Stack(tmp_path_factory.mktemp("stack"), extra=extra).running() as running:
        yield running


@pytest.fixture
def roads(stack: Stack) -> Iterator[RoadMaker]:
    made: list[Road] = []

    def make(people: int = 6, **fields: object) -> Road:
        road = Road(stack, partner=f"p{next(_numbers)}", people=people, **fields)  # type: ignore[arg-type]
        made.append(road)
        return road

    yield make
    for road in made:
        road.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


@pytest.fixture
def clerk(browser: Browser, stack: Stack) -> Iterator[Clerk]:
    one = Clerk(browser, stack)
    yield one
    one.context.close()
    assert one.troubles == []


_numbers = itertools.count(1)
