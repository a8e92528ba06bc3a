"""Dead letters and the audit from the command line."""

import json
from pathlib import Path

import pytest

from tests.unit.cli.conftest import Api, Syncline
from tests.unit.cli.samples import BASE

LETTERS = "/v1/dead-letters"


def test_a_letter_is_replayed_as_it_came_or_corrected(
    api: Api, syncline: Syncline, tmp_path: Path
) -> None:
    api.on("POST", f"{LETTERS}/7/replay", {"letter_id": 7, "message_id": "m"})
    file = tmp_path / "body.json"
    file.write_text('{"version": 7}')
    assert syncline("deadletter", "7", "--replay")[0] == 0
    assert syncline("deadletter", "7", "--replay", "--body", str(file), "-r", "A typo.")[0] == 0
    assert api.sent("POST") == [
        {"body": None, "why": ""},
        {"body": '{"version": 7}', "why": "A typo."},
    ]


def test_a_letter_is_discarded_for_a_reason(api: Api, syncline: Syncline) -> None:
    api.on("POST", f"{LETTERS}/7/discard", {"letter_id": 7})
    code, out, _ = syncline("deadletter", "7", "--discard", "--reason", "Not ours.")
    assert (code, api.sent("POST")) == (0, [{"why": "Not ours."}])
    assert "discarded" in out


@pytest.mark.parametrize(
    "wrong",
    [
        ("7", "--replay", "--discard"),
        ("--discard",),
        ("--replay",),
        ("7", "--body", __file__),
    ],
)
def test_half_a_wish_does_nothing(api: Api, syncline: Syncline, wrong: tuple[str, ...]) -> None:
    assert syncline("deadletter", *wrong)[0] == 2
    assert api.sent("POST") == []


def test_the_audit_is_shown_and_says_what_is_missing_and_how_to_go_on(
    api: Api, syncline: Syncline
) -> None:
    entry = {"at": "2026-11-02T09:30:00Z", "actor": "ann", "what": "Mapped.", "why": "Asked."}
    answer = {"entries": [entry], "next_cursor": "c~1", "without": ["xero"]}
    api.on("GET", f"{BASE}/audit", answer)
    code, out, err = syncline("audit", "--who", "ann", "--since", "2026-11-01T00:00:00Z")
    assert code == 0
    assert "Mapped." in out
    assert "Asked." in out
    assert "xero does not answer" in err
    assert "--cursor c~1" in err
    asked = api.asked[-1].url.params
    assert (asked["who"], asked["since"]) == ("ann", "2026-11-01T00:00:00Z")
    assert "what" not in asked
    assert json.loads(syncline("audit", "--json")[1]) == answer
