"""Secrets: from a file, a variable or a prompt; never from the command line, never printed."""

import io
import sys
from pathlib import Path

import pytest
import typer
from syncline_cli import fields
from syncline_cli.problem import CommandError

from tests.unit.cli.conftest import Api, Syncline
from tests.unit.cli.samples import BASE

CONNECTIONS = f"{BASE}/connectors/xero/connections"
SECRET = "s3cret-of-acme"
NEW = ("connection", "xero", "main", "--set", "client_id=me")
FEED = ("source", "dicker", "--kind", "dicker_feed", "--set", "account_code=A")


@pytest.fixture(autouse=True)
def _answers(api: Api) -> None:
    properties = {"client_id": {}, "client_secret": {"title": "Secret", "writeOnly": True}}
    form = {"properties": properties, "required": ["client_id", "client_secret"]}
    api.on("GET", "/v1/connectors", {"connectors": [{"name": "xero", "connection_form": form}]})
    api.on("GET", CONNECTIONS, {"connections": []})
    made = {
        "connector": "xero",
        "connection_id": "main",
        "version": 1,
        "status": "unchecked",
        "status_detail": "",
        "form": {"client_id": "me"},
    }
    api.on("PUT", f"{CONNECTIONS}/main", made)
    feed = {
        "source_id": "dicker",
        "kind": "dicker_feed",
        "version": 1,
        "enabled": True,
        "settings": {"account_code": "A"},
        "last_polled_at": None,
        "last_error": "",
    }
    form = {"properties": {"access_token": {"title": "Access token", "writeOnly": True}}}
    api.on("GET", f"{BASE}/source-kinds", {"kinds": [{"kind": "dicker_feed", "form": form}]})
    api.on("GET", f"{BASE}/sources", {"sources": []})
    api.on("PUT", f"{BASE}/sources/dicker", {"version": 1})
    api.on("GET", f"{BASE}/sources/dicker", feed)


@pytest.mark.parametrize("command", [NEW, FEED])
@pytest.mark.parametrize("field", ["client_secret", "access_token", "Password", "api_key"])
def test_a_secret_on_the_command_line_is_refused_and_goes_nowhere(
    api: Api, syncline: Syncline, command: tuple[str, ...], field: str
) -> None:
    code, out, err = syncline(*command, "--set", f"{field}={SECRET}")
    assert code == 2
    assert f"--secret-file {field}=FILE" in err
    assert SECRET not in out + err
    assert api.sent("PUT") == []


def test_a_secret_comes_from_a_variable(
    api: Api, syncline: Syncline, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FEED_KEY", SECRET)
    code, out, err = syncline(*FEED, "--secret-env", "access_token=FEED_KEY", "--json")
    assert code == 0
    assert api.sent("PUT")[0]["settings"] == {"account_code": "A", "access_token": SECRET}
    assert SECRET not in out + err


def test_a_secret_comes_from_standard_input(
    api: Api, syncline: Syncline, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{SECRET}\n"))
    assert syncline(*NEW, "--secret-file", "client_secret=-")[0] == 0
    assert api.sent("PUT")[0]["form"]["client_secret"] == SECRET


@pytest.mark.parametrize("option", ["--secret-file", "--secret-env"])
def test_a_secret_typed_where_its_place_belongs_is_not_repeated(
    api: Api, syncline: Syncline, option: str
) -> None:
    for given in (f"client_secret={SECRET}", SECRET):
        code, out, err = syncline(*NEW, option, given)
        assert code in (2, 3)
        assert SECRET not in out + err
    assert api.sent("PUT") == []


def test_an_empty_or_unreadable_file_is_told(api: Api, syncline: Syncline, tmp_path: Path) -> None:
    (tmp_path / "empty").write_text("\n")
    (tmp_path / "bytes").write_bytes(b"\xff\xfe\x00")
    for name, words in (("empty", "is empty"), ("bytes", "it is no text"), ("", "cannot be read")):
        _, _, err = syncline(*NEW, "--secret-file", f"client_secret={tmp_path / name}")
        assert words in err
    assert api.sent("PUT") == []


@pytest.mark.parametrize("command", [NEW, FEED])
def test_without_anybody_to_ask_it_says_how_to_give_the_secret(
    api: Api, syncline: Syncline, command: tuple[str, ...]
) -> None:
    code, _, err = syncline(*command)
    assert code == 2
    assert "--secret-env" in err
    assert api.sent("PUT") == []


def test_a_secret_is_asked_for_without_being_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    hidden = []

    def prompt(title: str, *, hide_input: bool, err: bool) -> str:
        hidden.append((title, hide_input, err))
        return SECRET

    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(typer, "prompt", prompt)
    assert fields.given(None, None, ["client_secret"]) == {"client_secret": SECRET}
    assert hidden == [("client_secret", True, True)]


def test_a_look_at_a_connection_that_is_not_there_makes_none(api: Api, syncline: Syncline) -> None:
    code, _, err = syncline("connection", "xero", "nope", "--check")
    assert code == 3
    assert "the fields: client_id, client_secret" in err
    assert [one.method for one in api.asked if one.method != "GET"] == []


def test_an_empty_variable_is_no_secret() -> None:
    with pytest.raises(CommandError, match="not set or empty"):
        fields.given(None, ["client_secret=NOPE"], None, {"NOPE": ""})
