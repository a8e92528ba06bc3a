"""Metrics, dashboards, alerts and runbooks belong together."""

import inspect
import json
import re
from pathlib import Path
from types import ModuleType
from typing import Any, get_args
from urllib.parse import urlsplit

import pytest
import yaml
from prometheus_client import Counter, Gauge, Histogram
from syncline_chassis.connector import ledger, limits
from syncline_chassis.metrics import Metrics
from syncline_contracts.catalog import SERVICES
from syncline_ingest.sources import dicker_client
from syncline_mapping.domain.hops import Hop
from syncline_portal.runbook import FOLDER, PATH

ROOT = Path(__file__).parents[2]
SHARED = ROOT / "deploy" / "base" / "shared"
RULES: list[dict[str, Any]] = yaml.safe_load((SHARED / "alerts.yaml").read_text())["spec"][
    "groups"
][0]["rules"]
DASHBOARDS = sorted((SHARED / "dashboards").glob("*.json"))
RUNBOOKS = {Path(file.name).stem: file.read_text() for file in FOLDER.iterdir()}
_METRIC = re.compile(r"\b((?:syncline_|up\b)[a-z_]*)(?:\{([^}]*)\})?")
_MATCHER = re.compile(r'(\w+)(=~|!~|!=|=)"([^"]*)"')
_BY = re.compile(r"\bby \(([^)]*)\)")
_SHOWN = re.compile(r"\$labels\.(\w+)")


def endings(caller: ModuleType) -> set[str]:
    """How a call ends, in the words of who makes it."""
    return {*re.findall(r'\boutcome = "(\w+)"', inspect.getsource(caller))}


VALUES: dict[tuple[str, str], set[str]] = {
    ("up", "job"): {f"syncline-{service}" for service in SERVICES},
    ("syncline_tie_out_differences", "hop"): {"document", *get_args(Hop)},
    ("syncline_ledger_rows", "state"): {*get_args(ledger.State)},
    ("syncline_vendor_calls_total", "outcome"): endings(limits),
}
"""Of the labels that are asked for by value: every value that is ever set."""


def declared() -> dict[str, set[str]]:
    """Names as Prometheus has them, with their labels."""
    found = {"up": {"job"}}
    metrics = Metrics("x")
    for one in vars(metrics).values():
        if isinstance(one, Counter | Gauge | Histogram):
            (family,), labels = one.describe(), {*one._labelnames}
            found[family.name + ("_total" if family.type == "counter" else "")] = labels
            if family.type == "histogram":
                found |= {f"{family.name}_{part}": labels for part in ("sum", "count")}
                found[f"{family.name}_bucket"] = {*labels, "le"}
    return found


def expressions() -> dict[str, str]:
    found = {f"{rule['alert']} ({rule['labels']['severity']})": rule["expr"] for rule in RULES}
    assert len(found) == len(RULES)
    for file in DASHBOARDS:
        for panel in json.loads(file.read_text())["panels"]:
            for target in panel["targets"]:
                found[f"{file.stem}: {panel['title']}"] = target["expr"]
    return found


@pytest.mark.parametrize("where", expressions())
def test_only_metrics_labels_and_values_that_there_are_are_asked_for(where: str) -> None:
    expression, known = expressions()[where], declared()
    names = _METRIC.findall(expression)
    assert names
    for name, matchers in names:
        for label, how, value in _MATCHER.findall(matchers):
            assert label in known[name], f"{name} has no label {label}"
            for one in value.split("|") if how.endswith("~") else [re.escape(value)]:
                there = VALUES[name, label]
                assert any(re.fullmatch(one, each) for each in there), f"no {label} is {one}"
    for grouped in _BY.findall(expression):
        for name, _ in names:
            assert {*grouped.split(", ")} <= known[name], f"{name} has not all of {grouped}"


def test_every_caller_of_a_vendor_says_in_the_same_words_how_it_ended() -> None:
    assert endings(limits) == endings(dicker_client) == {"answered", "failed"}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: str(rule["alert"]))
def test_an_alert_shows_only_labels_that_its_result_has(rule: dict[str, Any]) -> None:
    grouped = _BY.search(rule["expr"])
    left = {*grouped[1].split(", ")} if grouped else declared()[_METRIC.findall(rule["expr"])[0][0]]
    assert {*_SHOWN.findall(rule["annotations"]["summary"])} <= left


def test_every_metric_has_a_sentence_and_is_looked_at_somewhere() -> None:
    asked = {name for text in expressions().values() for name, _ in _METRIC.findall(text)}
    for family in Metrics("x").registry.collect():
        assert family.documentation.endswith("."), family.name
        assert any(name.startswith(family.name) for name in asked), family.name


def test_every_alert_has_a_runbook_of_its_name_and_every_runbook_an_alert() -> None:
    assert {rule["alert"] for rule in RULES} == set(RUNBOOKS)
    for rule in RULES:
        assert urlsplit(rule["annotations"]["runbook_url"]).path == PATH.format(name=rule["alert"])
        assert rule["labels"]["severity"] in ("critical", "warning", "info")
        assert rule["annotations"]["summary"].endswith(".")


def test_sums_that_differ_are_critical_except_in_a_document_of_which_nothing_was_taken() -> None:
    found = {r["labels"]["severity"]: r["expr"] for r in RULES if r["alert"] == "SynclineTieOut"}
    series = "max by (hop) (syncline_tie_out_differences{%s}) > 0"
    assert found == {
        "critical": series % 'hop!="document"',
        "warning": series % 'hop="document"',
    }


def test_a_service_without_any_pod_is_missed_too() -> None:
    (down,) = [rule["expr"] for rule in RULES if rule["alert"] == "SynclineServiceDown"]
    for service in SERVICES:
        assert f'absent(up{{job="syncline-{service}"}})' in down
    assert down.count("absent(") == len(SERVICES)


def test_no_alert_waits_for_a_counter_to_leave_zero() -> None:
    """Its series begins at 1, and that is no increase."""
    for rule in RULES:
        assert not re.search(r"(increase|rate)\(.*> 0$", rule["expr"]), rule["alert"]


@pytest.mark.parametrize("name", sorted(RUNBOOKS))
def test_a_runbook_says_what_it_is_what_to_do_and_what_happens_meanwhile(name: str) -> None:
    text = RUNBOOKS[name]
    assert text.startswith(f"# {name}\n\n")
    assert "\n## What to do\n\n1. " in text
    assert "\n## Meanwhile\n" in text
    assert set(re.findall(r"`(syncline_\w+)`", text)) <= set(declared())
