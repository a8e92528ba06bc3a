"""`doctor` says what is wrong and what to do, and a script sees it by the exit code."""

import json

from tests.unit.cli.conftest import Api, Syncline

PATH = "/v1/doctor"
RUNNING = [
    {"service": "xero", "instance": number, "version": "0.2.0", "contracts": "0.3.0"}
    for number in "ab"
]
FINDING = {
    "severity": "problem",
    "code": "not_running",
    "where": "mapping",
    "what": "No process of it says that it is running.",
    "todo": "Start it.",
}


def answer(*findings: object) -> dict[str, object]:
    return {
        "examined_at": "2026-11-20T09:00:00Z",
        "findings": list(findings),
        "running": RUNNING,
    }


def test_a_healthy_system_ends_with_0(api: Api, syncline: Syncline) -> None:
    api.on("GET", PATH, answer())
    code, out, _ = syncline("doctor")
    assert code == 0
    assert "Everything is as it should be." in out
    assert "0.2.0" in out


def test_a_finding_ends_with_4_and_says_what_to_do(api: Api, syncline: Syncline) -> None:
    api.on("GET", PATH, answer(FINDING))
    code, out, _ = syncline("doctor")
    assert code == 4
    assert all(FINDING[name] in out for name in ("severity", "where", "what", "todo"))
    code, out, _ = syncline("doctor", "--json", "--patience", "3")
    assert (code, json.loads(out)["findings"]) == (4, [FINDING])
    assert api.asked[-1].url.params["patience_minutes"] == "3.0"


def test_a_portal_that_is_away_is_no_healthy_system(api: Api, syncline: Syncline) -> None:
    api.refuse("GET", PATH, 503, "The portal's database does not answer now.")
    assert syncline("doctor")[0] == 5
