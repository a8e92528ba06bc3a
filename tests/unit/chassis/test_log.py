"""No secret reaches a log line, by whatever road it comes."""

import json
from pathlib import Path

import pytest
import structlog
from syncline_chassis import log


@pytest.mark.parametrize(
    "text",
    [
        "Authorization: Bearer eyJhbGciOi.s3cr3t",
        "mongodb://mapping:s3cr3t@127.0.0.1:1/",
        'body {"client_secret": "s3cr3t"}',
        "access_token=s3cr3t&x=1",
        "AccessKey: s3cr3t",
        "token slt_s3cr3t was refused",
        "Basic czNjcjN0OnMzY3IzdA==s3cr3t",
    ],
)
def test_secrets_in_running_text_are_redacted(text: str) -> None:
    assert "s3cr3t" not in log.redact(text)


def test_secrets_by_name_are_redacted_at_any_depth() -> None:
    event = {"form": {"client_secret": "s3cr3t", "name": "Acme"}, "rows": [{"api_key": "s3cr3t"}]}
    assert log.redact(event) == {
        "form": {"client_secret": "[redacted]", "name": "Acme"},
        "rows": [{"api_key": "[redacted]"}],
    }


def test_a_log_line_is_json_with_the_service_and_without_secrets(tmp_path: Path) -> None:
    file = tmp_path / "log"
    log.configure("pricing", "INFO", str(file))
    try:
        raise_with = ValueError("refused password=s3cr3t")
        structlog.get_logger().info("tried", partner="acme", token="s3cr3t", error=str(raise_with))
    finally:
        log.configure("tests")
    line = json.loads(file.read_text())
    assert line["service"] == "pricing"
    assert line["partner"] == "acme"
    assert "s3cr3t" not in file.read_text()
