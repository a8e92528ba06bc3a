"""However a command ends: a code that a script can trust, a sentence for a person, no traceback."""

import json
import os
from pathlib import Path

import httpx
import pytest
from syncline_cli import whereabouts
from syncline_cli.problem import CommandError, ExitCode

from tests.unit.cli.conftest import Answer, Api, Syncline
from tests.unit.cli.samples import BASE, KEY, invoice, tenant

DOCUMENT = {
    "invoice_key": KEY,
    "invoice_no": "G1",
    "revision": 1,
    "lines": 3,
    "cost": "1234.50",
    "message": None,
    "status": "committed",
}


def test_no_answer_is_5(api: Api, syncline: Syncline) -> None:
    api.answers["GET", "/v1/partners"] = httpx.ConnectError("refused")
    code, out, err = syncline("invoices")
    assert (code, out) == (5, "")
    assert "does not answer at http://syncline.test" in err
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("status", "code"), [(401, 1), (403, 1), (404, 3), (409, 1), (412, 1), (422, 1), (503, 5)]
)
def test_each_refusal_has_its_code_and_its_own_words(
    api: Api, syncline: Syncline, status: int, code: int
) -> None:
    api.refuse("GET", f"{BASE}/holds", status, "Because of [this].", field="month")
    found, out, err = syncline("holds", "--json")
    assert (found, out) == (code, "")
    assert "Refused: Because of [this]. (field month)" in err


def test_something_else_at_the_address_is_told(api: Api, syncline: Syncline) -> None:
    api.on("GET", f"{BASE}/holds", "<html>hello</html>")
    code, _, err = syncline("holds")
    assert code == 5
    assert "not as Syncline does" in err


@pytest.mark.parametrize("line", [["nope"], ["show"], ["ingest"], ["invoices", "--nope"], []])
def test_what_cannot_be_understood_is_2(syncline: Syncline, line: list[str]) -> None:
    code, _, err = syncline(*line)
    assert code == 2
    assert "--help" in err


def test_which_partner_has_to_be_said_where_there_are_several(api: Api, syncline: Syncline) -> None:
    both = [{"partner_id": name} for name in ("acme", "other")]
    api.on("GET", "/v1/partners", {"partners": both})
    code, _, err = syncline("holds")
    assert code == 2
    assert "acme, other" in err


def test_a_refused_file_says_where_and_why(api: Api, syncline: Syncline, tmp_path: Path) -> None:
    file = tmp_path / "bad.csv"
    file.write_text("x")
    said = {**DOCUMENT, "message": "bad.csv, row 2, column Subtotal: 'x' is not a number."}
    api.on("POST", f"{BASE}/documents", {"outcome": "rejected", "document": said})
    code, out, err = syncline("ingest", str(file))
    assert (code, out) == (1, "")
    assert "row 2, column Subtotal" in err


@pytest.mark.parametrize(("state", "code"), [("ready", 0), ("held", 4), ("failed", 4)])
def test_a_file_that_is_in_ends_by_what_waits(
    api: Api, syncline: Syncline, tmp_path: Path, state: str, code: int
) -> None:
    file = tmp_path / "good.csv"
    file.write_text("x")
    api.on("POST", f"{BASE}/documents", {"outcome": "accepted", "document": DOCUMENT}, 201)
    rows = [tenant(state=state)]
    details = {"invoice": invoice(tenants_by_state={state: 1}), "tenants": rows}
    api.on("GET", f"{BASE}/invoices/{KEY}", details)
    found, out, _ = syncline("ingest", str(file), "--wait", "--json")
    assert found == code
    assert json.loads(out)["tenants"][0]["state"] == state
    upload = next(one for one in api.asked if one.method == "POST")
    assert (upload.content, upload.url.params["name"]) == (b"x", "good.csv")


def test_a_stack_is_found_from_a_folder_below_it(tmp_path: Path) -> None:
    (tmp_path / ".syncline").mkdir()
    (tmp_path / "token").write_text("slt_x\n")
    told = {"portal_url": "http://127.0.0.1:1", "token_file": str(tmp_path / "token")}
    (tmp_path / ".syncline" / "stack.json").write_text(json.dumps(told))
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    assert whereabouts.find({}, below) == whereabouts.Whereabouts("http://127.0.0.1:1", "slt_x")


def test_no_stack_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="make up") as caught:
        whereabouts.find({}, tmp_path)
    assert caught.value.code == ExitCode.UNREACHABLE


def test_half_an_environment_is_not_guessed() -> None:
    with pytest.raises(CommandError, match="SYNCLINE_TOKEN is not set"):
        whereabouts.find({"SYNCLINE_URL": "http://x"})


@pytest.mark.parametrize(
    "url", ["localhost:9", "http://[bad", "ftp://x", "http://a b", "http://", "http://x:99999"]
)
def test_an_address_that_is_none_is_told_without_repeating_it(url: str) -> None:
    with pytest.raises(CommandError, match="is no address") as caught:
        whereabouts.find({"SYNCLINE_URL": url, "SYNCLINE_TOKEN": "t"})
    assert caught.value.code == ExitCode.USAGE
    assert url not in str(caught.value)


@pytest.mark.parametrize("token", ["schl\u00fcssel", "a\nb", "a b"])
def test_a_token_that_no_header_can_carry_is_told_without_repeating_it(token: str) -> None:
    with pytest.raises(CommandError, match="SYNCLINE_TOKEN") as caught:
        whereabouts.find({"SYNCLINE_URL": "http://x", "SYNCLINE_TOKEN": token})
    assert token not in str(caught.value)


def test_a_stack_of_another_user_is_not_trusted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".syncline").mkdir()
    told = {"portal_url": "http://127.0.0.1:1", "token_file": "/etc/hostname"}
    (tmp_path / ".syncline" / "stack.json").write_text(json.dumps(told))
    monkeypatch.setattr(os, "getuid", lambda: -7)
    with pytest.raises(CommandError, match="belongs to another user"):
        whereabouts.find({}, tmp_path)


@pytest.mark.parametrize("status", [502, 504])
def test_a_gateway_without_syncline_behind_it_is_5(
    api: Api, syncline: Syncline, status: int
) -> None:
    api.on("GET", f"{BASE}/holds", "<html>gone</html>", status)
    assert syncline("holds")[0] == 5


@pytest.mark.parametrize("body", [{"ok": True}, [1]])
def test_another_api_at_the_address_is_told(api: Api, syncline: Syncline, body: object) -> None:
    api.on("GET", f"{BASE}/holds", body)
    code, out, err = syncline("holds")
    assert (code, out) == (5, "")
    assert "Is the address right" in err


@pytest.mark.parametrize("status", [409, 412])
def test_whatever_the_api_says_a_stale_edit_says_that_somebody_else_was_there(
    api: Api, syncline: Syncline, status: int
) -> None:
    partner = {"partner_id": "acme", "version": 1, "settings": {"name": "A"}}
    api.on("GET", "/v1/partners", {"partners": [partner]})
    api.refuse("PUT", BASE, status, "It is at version 2, not None.")
    code, _, err = syncline("partner", "acme", "--set", "name=B")
    assert code == 1
    assert "Somebody else changed it meanwhile" in err


def test_a_folder_is_no_file(syncline: Syncline, tmp_path: Path) -> None:
    code, _, err = syncline("ingest", str(tmp_path))
    assert code == 2
    assert "is a folder" in err


def test_help_tells_every_exit_code_and_the_version_is_told(syncline: Syncline) -> None:
    out = syncline("--help")[1]
    assert all(f"{code} " in out for code in (*ExitCode, 130))
    assert syncline("--version")[:2] == (0, "0.1.0\n")


def test_a_command_whose_answer_is_lost_is_sent_once_more_under_the_same_key(
    api: Api, syncline: Syncline
) -> None:
    keys: list[str] = []

    def lost_once(request: httpx.Request) -> Answer:
        keys.append(request.headers["Idempotency-Key"])
        if len(keys) == 1:
            raise httpx.ReadTimeout("no answer", request=request)
        return 201, {"token": "slt_new", "view": {}}

    api.answers["POST", f"{BASE}/tokens"] = lost_once
    code, out, _ = syncline("token", "robot")
    assert (code, len(keys), len(set(keys))) == (0, 2, 1)
    assert "slt_new" in out
    syncline("token", "robot")
    assert len(set(keys)) == 2  # another command has another key


def test_where_no_answer_comes_at_all_it_says_so_after_two(api: Api, syncline: Syncline) -> None:
    api.answers["POST", f"{BASE}/tokens"] = httpx.ReadTimeout("no answer")
    assert syncline("token", "robot")[0] == 5
    assert len(api.sent("POST")) == 2
    api.answers["POST", f"{BASE}/tokens"] = httpx.ConnectError("nobody there")
    assert syncline("token", "robot")[0] == 5
    assert len(api.sent("POST")) == 3  # it was not even sent
