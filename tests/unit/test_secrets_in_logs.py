"""The search for secrets in logs can fail, and says where."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.secrets_in_logs import leaks

PASSWORD = "Zm9yLWEtdGVzdC1vbmx5"
TESTS = """
import secrets

def test_that_logs(tmp_path):
    (tmp_path / "log").write_text('{"event": "n' + secrets.token_urlsafe(16) + '"}')

def test_that_prints():
    print("password=" + secrets.token_urlsafe(16))

def test_that_keeps_it_to_itself(tmp_path):
    (tmp_path / "log").write_text("started")
    (tmp_path / "operator-token").write_text(secrets.token_urlsafe(16))
"""


@pytest.fixture
def place() -> Iterator[Path]:
    """Away from this session's own logs, in which it looks."""
    with TemporaryDirectory() as directory:
        yield Path(directory)


@pytest.mark.parametrize(
    ("file", "text", "is_found"),
    [
        ("xero/log", f"password={PASSWORD}", True),
        ("xero/log", f"a\\n{PASSWORD}--", True),
        ("server.log", f"mongodb://a:{PASSWORD}@host", True),
        ("output", "access-of-p1", True),
        ("xero/log", PASSWORD[:-1], False),
        ("nats.json", PASSWORD, False),
        ("data/log", PASSWORD, False),
    ],
)
def test_a_secret_of_a_stack_is_found_in_its_logs(
    place: Path, file: str, text: str, is_found: bool
) -> None:
    (place / "secrets.json").write_text(json.dumps({"passwords": {"xero": PASSWORD}}))
    (place / file).parent.mkdir(exist_ok=True)
    (place / file).write_text(text)
    assert [one.split(":")[0] for one in leaks(place)] == ([file] if is_found else [])


def test_a_session_with_a_secret_in_a_log_or_in_what_it_printed_fails(place: Path) -> None:
    (place / "test_it.py").write_text(TESTS)
    arguments = ["-p", "tests.secrets_in_logs", "-c", "/dev/null"]
    ended = subprocess.run(
        [sys.executable, "-m", "pytest", *arguments, "--basetemp", f"{place}/temp", str(place)],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
    )
    assert ended.returncode == 1, ended.stdout
    assert "3 passed, 1 error" in ended.stdout
    told = ended.stdout.split("Secrets stand in logs of this session:\n")[1].split("====")[0]
    assert "test_that_logs0/log: " in told
    assert "test_it.py::test_that_prints, captured stdout call: " in told
    assert len(told.splitlines()) == 2
