"""The demo says by itself whether it took longer than it promises."""

import json
from pathlib import Path

import pytest
from syncline_stack import report


@pytest.mark.parametrize(
    ("seconds", "told", "in_time"),
    [
        (41.23, "41.2 s of the 60 s promised", True),
        (60.04, "60.0 s of the 60 s promised", True),
        (60.06, "60.1 s of the 60 s promised: TOO SLOW", False),
    ],
)
def test_a_demo_that_is_too_slow_says_so(
    tmp_path: Path, seconds: float, told: str, *, in_time: bool
) -> None:
    report.write_json(tmp_path / "build" / "demo.json", {}, {}, seconds)
    written = json.loads((tmp_path / "build" / "demo.json").read_text())
    assert (written["in_time"], written["most_seconds"]) == (in_time, 60)
    assert report.time_taken(seconds).plain == told
