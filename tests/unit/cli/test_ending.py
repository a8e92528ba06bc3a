"""However a command ends: a code that a script can trust, a sentence for a person, no traceback."""

import json
from pathlib import Path

import httpx
import pytest
from syncline_cli import whereabouts
from syncline_cli.problem import CommandError, ExitCode

from tests.unit.cli.conftest import Api, Syncline
from tests.unit.cli.samples import BASE, KEY, invoice, tenant

DOCUMENT = {
    "invoice_key": KEY,
    "invoice_no": "G1",
    "lines": 3,
    "cost": "1.5",
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
    details = {"invoice": invoice(), "tenants": [tenant(state=state)]}
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
