"""Every alert, by Prometheus' own word: when it fires, what it says then, and when it is quiet."""

import os
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml
from syncline_contracts.catalog import SERVICES
from syncline_stack.release.manifests import OVERLAYS

Object = dict[str, Any]
Series = dict[str, str]
"""Values by series, one a minute, as promtool writes them: `0+3x240` grows by 3 240 times."""
END = 240
"""The minute in which every series ends."""

NONE_THERE = (
    "No promtool is at hand: take it from a release of Prometheus, or out of your system's package "
    "(Debian: prometheus; .ci/run does so)."
)
EVERYBODY: Series = {
    f'up{{job="syncline-{name}",instance="10.0.0.1:9090"}}': "1x240" for name in SERVICES
}


def up(service: str, *values: str) -> Series:
    """All services answer, and this one has pods with these values."""
    others = {name: value for name, value in EVERYBODY.items() if f"-{service}" not in name}
    pods = enumerate(values, 1)
    return others | {
        f'up{{job="syncline-{service}",instance="10.0.0.{at}:9090"}}': value for at, value in pods
    }


def calls(answered: str, failed: str) -> Series:
    name = 'syncline_vendor_calls_total{service="xero",operation="POST Invoices",outcome="%s"}'
    return {name % "answered": answered, name % "failed": failed}


def limits(ours: str, theirs: str) -> Series:
    name = 'syncline_vendor_limits_total{service="autotask",by="%s"}'
    return {name % "our count": ours, name % "the vendor": theirs}


@dataclass(frozen=True)
class Case:
    """What fires, with which labels and words; and what is near to it and does not."""

    alert: str
    severity: str
    fires: Series
    labels: dict[str, str]
    summary: str
    quiet: tuple[Series, ...]
    since: int = 0
    """The minute in which it begins to be true; it fires when it was for as long as it says."""
    id: str = field(default="", kw_only=True)


CASES = (
    Case(
        "SynclineServiceDown",
        "critical",
        up("xero", "1x240", "0x240"),
        {"job": "syncline-xero", "instance": "10.0.0.2:9090"},
        "syncline-xero does not answer.",
        (EVERYBODY, up("xero", "1x240", "0x3 1x240")),
        id="one pod",
    ),
    *(
        Case(
            "SynclineServiceDown",
            "critical",
            up(service),
            {"job": f"syncline-{service}"},
            f"syncline-{service} does not answer.",
            (up(service, "_x3 1x240"),),
            id=f"no pod of {service}",
        )
        for service in SERVICES
    ),
    Case(
        "SynclineConsumerLag",
        "warning",
        {
            'syncline_consumer_lag{service="pricing",durable="pricing-bulk",pod="a"}': "1001x240",
            'syncline_consumer_lag{service="pricing",durable="pricing-bulk",pod="b"}': "1200x240",
        },
        {"service": "pricing", "durable": "pricing-bulk"},
        "pricing-bulk has 1200 messages waiting.",
        (
            {'syncline_consumer_lag{service="pricing",durable="pricing-bulk"}': "1000x240"},
            {'syncline_consumer_lag{service="pricing",durable="pricing-bulk"}': "5000x10 0x240"},
        ),
    ),
    Case(
        "SynclineDeadLetters",
        "warning",
        {'syncline_dead_letters{service="mapping",type="lines.priced.v1"}': "1x240"},
        {"service": "mapping", "type": "lines.priced.v1"},
        "1 of lines.priced.v1 could not be handled by mapping.",
        ({'syncline_dead_letters{service="mapping",type="lines.priced.v1"}': "0x240"},),
    ),
    *(
        Case(
            "SynclineTieOut",
            "warning" if hop == "document" else "critical",
            {f'syncline_tie_out_differences{{service="{service}",hop="{hop}"}}': "2x240"},
            {"hop": hop},
            f'The money does not add up at the hop "{hop}": 2 differ from the hop before.',
            ({f'syncline_tie_out_differences{{service="{service}",hop="{hop}"}}': "0x240"},),
            id=hop,
        )
        for service, hop in (
            ("ingest", "document"),
            ("mapping", "lines"),
            ("mapping", "charges"),
            ("mapping", "plan"),
            ("mapping", "psa"),
        )
    ),
    Case(
        "SynclineDrift",
        "warning",
        {
            f'syncline_ledger_rows{{service="xero",state="{state}",pod="{pod}"}}': f"{rows}x240"
            for pod in "ab"
            for state, rows in (("drifted", 2), ("duplicated", 1), ("verified", 900))
        },
        {"service": "xero"},
        "3 records in xero are not as they were written.",
        ({'syncline_ledger_rows{service="xero",state="verified"}': "900x240"},),
    ),
    Case(
        "SynclineVendorFailing",
        "warning",
        calls("0+3x240", "0+1x240"),
        {"service": "xero"},
        "One call in five to the vendor of xero fails.",
        (
            calls("0+5x240", "0+1x240"),
            calls("7x240", "9x240"),
            calls("0+5x240", "0+5x9 50x240"),
        ),
        since=1,
    ),
    Case(
        "SynclineVendorLimit",
        "info",
        limits("0+0.5x240", "0+0.5x240"),
        {"service": "autotask"},
        "autotask keeps being put off for its vendor's limit.",
        (limits("0+0.3x240", "0x240"), limits("0+20x10 200x240", "0x240")),
        since=21,
    ),
    Case(
        "SynclineWorkerFailing",
        "warning",
        {'syncline_worker_failures_total{service="mapping",worker="outbox-relay"}': "0+4x240"},
        {"service": "mapping", "worker": "outbox-relay"},
        "The worker outbox-relay of mapping fails again and again.",
        (
            {'syncline_worker_failures_total{service="mapping",worker="roll-up"}': "0+0.5x240"},
            {'syncline_worker_failures_total{service="mapping",worker="roll-up"}': "0+4x9 36x240"},
        ),
        since=1,
    ),
    Case(
        "SynclineOutboxStuck",
        "critical",
        {'syncline_outbox_pending{service="pricing"}': "200x240"},
        {"service": "pricing"},
        "pricing cannot publish what it decided.",
        (
            {'syncline_outbox_pending{service="pricing"}': "199x240"},
            {'syncline_outbox_pending{service="pricing"}': "200x8 0x1 200x8 0x240"},
        ),
    ),
    Case(
        "SynclineHeldForLong",
        "info",
        {
            'syncline_oldest_hold_seconds{service="mapping",reason="rrp_unknown"}': "691200x240",
            'syncline_oldest_hold_seconds{service="mapping",reason="no_connection"}': "86400x240",
        },
        {"reason": "rrp_unknown"},
        "A tenant is held for rrp_unknown since 8d 0h 0m 0s.",
        ({'syncline_oldest_hold_seconds{service="mapping",reason="rrp_unknown"}': "604800x240"},),
    ),
)


@pytest.fixture(scope="module")
def promtool() -> str:
    found = shutil.which("promtool")
    if found is None:
        if os.environ.get("CI"):
            pytest.fail(NONE_THERE)
        pytest.skip(f"NO ALERT IS TESTED. {NONE_THERE}")
    return found


def rules_of(objects: list[Object]) -> list[Object]:
    (found,) = (one["spec"] for one in objects if one["kind"] == "PrometheusRule")
    (group,) = found["groups"]
    return list(group["rules"])


def said(promtool: str, what: str, file: Path) -> str:
    """What promtool has against a file; nothing where it is content."""
    ended = subprocess.run([promtool, what, "rules", file], capture_output=True, text=True)
    return f"{ended.stdout}{ended.stderr}" if ended.returncode else ""


def write(folder: Path, rules: list[Object]) -> Path:
    file = folder / "rules.yaml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "syncline", "rules": rules}]}))
    return file


def minutes(text: str) -> int:
    return int(text[:-1]) * {"m": 1, "h": 60}[text[-1]]


def when(series: Series, alert: str, minute: int, fired: list[Object]) -> Object:
    """Nothing fires before this minute, and then what is given."""
    expected = [*([] for _ in range(minute)), fired]
    return {
        "interval": "1m",
        "input_series": [{"series": name, "values": value} for name, value in series.items()],
        "alert_rule_test": [
            {"eval_time": f"{at}m", "alertname": alert, "exp_alerts": alerts}
            for at, alerts in enumerate(expected)
        ],
    }


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_prometheus_takes_the_rules(
    promtool: str, overlays: dict[str, list[Object]], overlay: str, tmp_path: Path
) -> None:
    problem = said(promtool, "check", write(tmp_path, rules_of(overlays[overlay])))
    assert not problem, problem


def test_a_wrong_rule_is_found(promtool: str, tmp_path: Path) -> None:
    assert "parse error" in said(
        promtool, "check", write(tmp_path, [{"alert": "Wrong", "expr": "sum by (x (up)"}])
    )


def test_every_alert_has_a_case(overlays: dict[str, list[Object]]) -> None:
    there = {(rule["alert"], rule["labels"]["severity"]) for rule in rules_of(overlays["prod"])}
    assert {(case.alert, case.severity) for case in CASES} == there


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.alert} {case.id}".strip())
def test_an_alert_fires_when_it_should_and_at_no_other_time(
    promtool: str, overlays: dict[str, list[Object]], case: Case, tmp_path: Path
) -> None:
    rules = rules_of(overlays["prod"])
    (rule,) = (
        one
        for one in rules
        if (one["alert"], one["labels"]["severity"]) == (case.alert, case.severity)
    )
    due = case.since + minutes(rule.get("for", "0m"))
    fired = {
        "exp_labels": {"severity": case.severity, **case.labels},
        "exp_annotations": {**rule["annotations"], "summary": case.summary},
    }
    tests = [when(case.fires, case.alert, due, [fired])]
    tests += [when(series, case.alert, END, []) for series in case.quiet]
    file = tmp_path / "tests.yaml"
    file.write_text(
        yaml.safe_dump(
            {
                "rule_files": [str(write(tmp_path, rules))],
                "evaluation_interval": "1m",
                "tests": tests,
            }
        )
    )
    problem = said(promtool, "test", file)
    assert not problem, problem
