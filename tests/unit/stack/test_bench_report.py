import os
from decimal import Decimal
from pathlib import Path

import pytest
from syncline_stack.bench import gauges, report
from syncline_stack.bench.crowd import Crowd
from syncline_stack.bench.full_road import Case, Measured
from syncline_stack.bench.loop import Looped
from syncline_stack.bench.naive_run import Ran
from syncline_stack.bench.pages import PagesMeasured, Timed
from syncline_stack.bench.results import Results
from syncline_stack.bench.run import cases_of
from syncline_stack.bench.seeded import Sizes
from syncline_stack.bench.vendor_calls import Requests, VendorCalls
from syncline_stack.bench.walk import Took


def measured(rows: int, tenants: int, cpu_s: float, peak: int, took: Took) -> Measured:
    return Measured(
        case=Case(rows, tenants),
        took=took,
        file_bytes=rows * 1100,
        cost=Decimal("12.30"),
        cpu_s={"ingest": cpu_s},
        idle_cpu_per_s={"ingest": 0.01},
        peak_rss_mib={"ingest": peak},
        stored_bytes={"nats": 1, "mongo": 2},
    )


THREE = Requests(20, 1, 0), Requests(4, 0, 0), Requests(2, 0, 0)
CALLS = (VendorCalls("xero", 50, 50, *THREE, 3.0, 0.5),)

CROWD = Crowd(3, (500.0, 700.0, 900.0), (100.0, 300.0, 200.0), 1.25, 180, 0.5, 0.01)
PAGES = PagesMeasured(
    sizes=Sizes(browsers=3),
    times={"list": {"filter": Timed(300, (410.0, 120.4, 130.0))}},
    crowd=CROWD,
    rss_mib={"portal": 170},
    peak_rss_mib={"portal": 190},
)


@pytest.fixture
def found() -> report.Figures:
    beside: dict[str, float | None] = {"reading": 1.5, "flowing": 2.5}
    first = Took(seconds=2.0, small_alone_s=1.0, small_beside_s=beside)
    cases = (
        measured(40_000, 20, 4.0, 150, first),
        measured(40_000, 2_000, 8.0, 170, Took(seconds=4.0)),
        measured(10_000, 20, 2.0, 90, Took(seconds=1.0)),
    )
    naive, loop = Ran(20_000, 10.0, Decimal(1)), Looped(40_000, 1.0, Decimal(1), Decimal(2), 3)
    return report.figures(Results(40_000, cases, naive, loop, CALLS, PAGES), 60.0)


def test_the_first_number_of_tenants_stands_on_top_with_its_ratios(found: report.Figures) -> None:
    speeds = [found[f"{name}lines_per_s"] for name in ("", "naive_", "loop_")]
    assert speeds == [20_000, 2_000, 40_000]
    assert found["ratio"] == {"naive": 10.0, "loop": 0.5}
    assert found["cpu_s"] == {"ingest": 4.0}
    assert found["peak_rss_mib"] == {"ingest": 170}
    assert {name: one["lines_per_s"] for name, one in found["by_tenants"].items()} == {
        "20": 20_000,
        "2000": 10_000,
    }


def test_requests_at_the_vendor_stand_beside_the_tenants_they_are_for(
    found: report.Figures,
) -> None:
    calls = found["vendor_calls"]["xero"]
    assert (calls["tenants"], calls["first_sync"]["requests_per_tenant"]) == (50, 0.4)
    assert [calls[name]["writes"] for name in ("first_sync", "second_sync", "verify")] == [1, 0, 0]


def test_pages_have_the_middle_the_end_and_the_first_beside_what_is_wanted(
    found: report.Figures,
) -> None:
    pages = found["pages"]
    assert pages["times"]["list"]["filter"] == {
        "median_ms": 130,
        "worst_ms": 410,
        "first_ms": 410,
        "n": 3,
        "target_ms": 300,
    }
    assert pages["crowd"]["opened_ms"] == {"median": 700, "worst": 900}
    assert pages["crowd"]["seen_ms"] == {"median": 200, "worst": 300}
    assert pages["sizes"]["lines"] == 100_000


def test_pages_can_be_left_out_and_are_never_measured_with_nothing() -> None:
    assert Sizes.of(0) is None
    assert Sizes.of(1) == Sizes(1_000, 1_000, 100_000, 50)
    assert Sizes.of(0.001) == Sizes(5, 5, 500, 2)


def test_flatness_compares_sizes_of_one_number_of_tenants(found: report.Figures) -> None:
    assert list(found["by_rows"]) == ["10000", "40000"]
    assert found["flatness"] == {
        "cpu_us_per_line": {"10000": 200.0, "40000": 100.0},
        "highest_over_lowest": 2.0,
    }


def test_the_slower_small_invoice_counts_and_a_missing_one_is_none(found: report.Figures) -> None:
    assert found["small_invoice_s"] == {
        "alone": 1.0,
        "beside": 2.5,
        "while_reading": 1.5,
        "while_flowing": 2.5,
    }
    case = measured(10, 1, 1.0, 1, Took(seconds=1.0))
    results = Results(
        10, (case,), Ran(1, 1.0, Decimal(0)), Looped(1, 1.0, Decimal(0), Decimal(0), 0), CALLS
    )
    assert report.figures(results, 1.0)["small_invoice_s"] == {
        "alone": None,
        "beside": None,
        "while_reading": None,
        "while_flowing": None,
    }


def test_smaller_sizes_are_measured_with_the_first_number_of_tenants_only() -> None:
    cases = [(one.rows, one.tenants, one.with_small) for one in cases_of(1_000_000, (20, 2_000))]
    assert cases == [
        (1_000_000, 20, True),
        (1_000_000, 2_000, False),
        (10_000, 20, False),
        (100_000, 20, False),
    ]
    assert len(cases_of(2_000, (3,))) == 1


def test_gauges_count_this_process_and_a_restarted_one_from_its_start(tmp_path: Path) -> None:
    me = {"me": os.getpid()}
    assert gauges.cpu_seconds(me)["me"] > 0
    assert gauges.peak_rss_mib(me)["me"] > 10
    assert gauges.used({"a": 5.0, "b": 5.0}, {"a": 7.0, "b": 1.0}) == {"a": 2.0, "b": 1.0}
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "file").write_bytes(b"12345")
    assert gauges.bytes_below(tmp_path) == 5
