"""A stack whose processes are killed on purpose, as impatient as the tests need it."""

from collections.abc import Iterator

import pytest
from syncline_stack.stack import Stack

from tests.e2e.conftest import QUICK

ACK_WAIT_S = 3.0
"""How long the broker waits for what a killed process had in hand."""


@pytest.fixture(scope="package")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    directory = tmp_path_factory.mktemp("chaos")
    extra = {**QUICK, "*": {"SYNCLINE_RETRY_DELAY_S": "0.2"}}  # patience as in production
    with Stack(directory, extra=extra, ack_wait_s=ACK_WAIT_S).running() as running:
        yield running
