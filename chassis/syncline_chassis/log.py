"""Structured logs: JSON lines with ids, and no secret in them."""

import logging
import re
import sys
from pathlib import Path
from typing import Any, TextIO

import orjson
import structlog
from structlog.typing import EventDict, WrappedLogger

_SECRET_NAME = re.compile(r"secret|password|token|authorization|api[-_]?key|credential|vault", re.I)
_SECRET_TEXT = re.compile(
    r"(?i)(bearer\s+|basic\s+|://[^:/@\s]+:|\bslt_|"
    r"(?:token|secret|password|access_?key|api_?key)[\"']?\s*[=:]\s*[\"']?)"
    r"([^\s@\"',}&]+)"
)
REDACTED = "[redacted]"
_NO_SECRETS = {"token_file", "tokens", "secrets"}


def redact(value: Any, name: str = "") -> Any:
    """Replace what looks like a secret, by its name or by its form, at any depth."""
    if isinstance(value, dict):
        return {key: redact(inner, str(key)) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [redact(inner, name) for inner in value]
    if name not in _NO_SECRETS and _SECRET_NAME.search(name) and value not in (None, "", True):
        return REDACTED
    if isinstance(value, str):
        return _SECRET_TEXT.sub(lambda match: match.group(1) + REDACTED, value)
    return value


def _redact_event(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    return {key: redact(value, key) for key, value in event.items()}


def _to_json(event: Any, **_: Any) -> str:
    return orjson.dumps(event, default=str).decode()


class _Forward(logging.Handler):
    """Libraries' records take the same road, redacted likewise."""

    def emit(self, record: logging.LogRecord) -> None:
        event = structlog.get_logger(record.name).bind()
        error = record.exc_info[1] if record.exc_info else None
        event.log(record.levelno, record.getMessage(), **({"error": repr(error)} if error else {}))


_opened: TextIO | None = None


def configure(service: str, level: str = "INFO", file: str = "") -> None:
    """Set logging up for a process; `file` empty is standard output."""
    global _opened
    if _opened is not None:
        _opened.close()
    # It stays open for as long as the process logs.
    _opened = Path(file).open("a", buffering=1, encoding="utf-8") if file else None  # noqa: SIM115
    stream = _opened or sys.stdout
    minimum = logging.getLevelNamesMapping()[level.upper()]
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            _redact_event,
            structlog.processors.JSONRenderer(serializer=_to_json),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(minimum),
        logger_factory=structlog.PrintLoggerFactory(stream),
        cache_logger_on_first_use=False,
    )
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(service=service)
    logging.basicConfig(handlers=[_Forward()], level=max(minimum, logging.WARNING), force=True)
