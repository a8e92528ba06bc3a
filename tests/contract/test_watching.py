"""Metrics, dashboards, alerts and runbooks belong together."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from syncline_chassis.metrics import Metrics
from syncline_contracts.catalog import SERVICES

ROOT = Path(__file__).parents[2]
SHARED = ROOT / "deploy" / "base" / "shared"
RULES: list[dict[str, Any]] = yaml.safe_load((SHARED / "alerts.yaml").read_text())["spec"][
    "groups"
][0]["rules"]
DASHBOARDS = sorted((SHARED / "dashboards").glob("*.json"))
RUNBOOKS = {file.stem: file.read_text() for file in (ROOT / "docs" / "runbooks").glob("*.md")}
_METRIC = re.compile(r"\bsyncline_[a-z_]+")


def declared() -> set[str]:
    """Names as Prometheus has them."""
    names: set[str] = set()
    for family in Metrics("x").registry.collect():
        names.add(family.name + ("_total" if family.type == "counter" else ""))
        if family.type == "histogram":
            names |= {f"{family.name}_{part}" for part in ("bucket", "sum", "count")}
    return names


def expressions() -> dict[str, str]:
    found = {rule["alert"]: rule["expr"] for rule in RULES}
    for file in DASHBOARDS:
        for panel in json.loads(file.read_text())["panels"]:
            for target in panel["targets"]:
                found[f"{file.stem}: {panel['title']}"] = target["expr"]
    return found


@pytest.mark.parametrize("where", expressions())
def test_only_metrics_that_are_declared_are_asked_for(where: str) -> None:
    assert set(_METRIC.findall(expressions()[where])) <= declared()


def test_every_metric_has_a_sentence_and_is_looked_at_somewhere() -> None:
    asked = {name for text in expressions().values() for name in _METRIC.findall(text)}
    for family in Metrics("x").registry.collect():
        assert family.documentation.endswith("."), family.name
        assert any(name.startswith(family.name) for name in asked), family.name


def test_every_alert_has_a_runbook_of_its_name_and_every_runbook_an_alert() -> None:
    assert {rule["alert"] for rule in RULES} == set(RUNBOOKS)
    for rule in RULES:
        assert rule["annotations"]["runbook_url"].endswith(f"/{rule['alert']}.md")
        assert rule["labels"]["severity"] in ("critical", "warning", "info")
        assert rule["annotations"]["summary"].endswith(".")


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
