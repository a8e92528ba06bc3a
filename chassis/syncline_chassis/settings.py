"""Settings that every service has: from files and the environment, refused at start when wrong."""

import logging
import os
import sys
from pathlib import Path
from typing import Self, TypeVar

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from pymongo.errors import PyMongoError
from pymongo.uri_parser import parse_uri

from syncline_chassis.tls import tls_of

S = TypeVar("S", bound=BaseSettings)
PREFIX = "SYNCLINE_"
WRONG_SETTINGS = 2
"""Exit code: starting again changes nothing before a person has changed a setting."""
CONFIG = SettingsConfigDict(env_prefix=PREFIX, extra="ignore", frozen=True)


def read(kind: type[S]) -> S:
    """Settings from `SYNCLINE_<NAME>`, or from a file of that name in `SYNCLINE_SECRETS_DIR`.

    The environment comes first. Ends the process with `WRONG_SETTINGS` and a sentence that names
    every variable which is missing or not valid, but no value.
    """
    try:
        return kind(_secrets_dir=os.environ.get(f"{PREFIX}SECRETS_DIR") or None)
    except ValidationError as error:
        wrong = [_in_words(one["loc"], one["type"], one["msg"]) for one in error.errors()]
        sys.stderr.write(f"Cannot start: {'; '.join(wrong)}.\n")
        raise SystemExit(WRONG_SETTINGS) from None


def _in_words(place: tuple[int | str, ...], kind: str, message: str) -> str:
    reason = message.removeprefix("Value error, ")
    if not place:  # about several: it names them itself
        return reason
    name = PREFIX + "_".join(str(part) for part in place).upper().removeprefix(PREFIX)
    return f"{name} is missing" if kind == "missing" else f"{name} is not valid ({reason})"


class ServiceSettings(BaseSettings):
    """Environment variables `SYNCLINE_<NAME>`; each service adds its own."""

    model_config = CONFIG

    nats_url: str
    """`nats://`, or `tls://` for an encrypted connection."""
    nats_ca_file: Path | None = None
    """Whose certificates the broker's is checked against; the system's where not set."""
    nats_user: str
    nats_password: SecretStr
    mongo_url: SecretStr
    """With user, password and replica set."""
    mongo_database: str
    start_timeout_s: float = Field(default=30.0, gt=0)
    """How long broker and database may let a start wait."""
    max_clock_skew_s: float = Field(default=30.0, gt=0)
    """How far this machine's clock may be from the database's."""
    http_host: str = "127.0.0.1"
    http_port: int = Field(default=0, ge=0, le=65535)
    http_proxies: str = "127.0.0.1"
    """Addresses and networks, by commas, whose `X-Forwarded-For` and `-Proto` are believed."""
    metrics_port: int | None = Field(default=None, ge=0, le=65535)
    """Metrics on a port of their own; on `http_port` where not set."""
    log_level: str = "INFO"
    log_file: str = ""
    """Standard output where empty."""

    traces_url: str = Field(default="", pattern=r"^(https?://\S+)?$")
    """Where spans go by OTLP over HTTP, such as http://collector:4318/v1/traces; empty: nowhere."""

    max_attempts: int = Field(default=8, ge=1)
    """Deliveries of one message before it becomes a dead letter."""
    retry_delay_s: float = Field(default=1.0, gt=0)
    """After the first failure; doubles each time, up to a minute."""
    deadletter_limit: int = Field(default=100, ge=1)
    """Invalid messages within a minute before consuming stops and the queue is left to grow."""
    fetch_batch: int = Field(default=32, ge=1)
    """Messages that one pull asks for, and so the most handled at once per durable."""
    fetch_wait_s: float = Field(default=2.0, gt=0)
    """How long a pull waits for the first message; a drain waits for the last pull."""
    drain_timeout_s: float = 20.0

    @field_validator("nats_ca_file", mode="before")
    @classmethod
    def _empty_is_none(cls, value: object) -> object:
        return value or None

    @model_validator(mode="after")
    def _certificates_are_there(self) -> Self:
        try:
            tls_of(self.nats_url, self.nats_ca_file)
        except OSError as error:
            raise ValueError(
                f"{PREFIX}NATS_CA_FILE cannot be read as certificates: {self.nats_ca_file} "
                f"({error.strerror or error})"
            ) from None
        return self

    @field_validator("mongo_url")
    @classmethod
    def _is_an_address(cls, value: SecretStr) -> SecretStr:
        """Says nothing of what stands there: the parser's own words may hold the password."""
        url = value.get_secret_value()
        try:
            if not url.startswith("mongodb+srv://"):  # which would be looked up
                parse_uri(url)
        except (PyMongoError, ValueError):
            raise ValueError(
                "it is to be mongodb://<user>:<password>@<host>:<port>/?replicaSet=<name>, with "
                "what is not a letter or a digit in the password percent-encoded"
            ) from None
        return value

    @field_validator("log_level")
    @classmethod
    def _is_a_level(cls, value: str) -> str:
        if value.upper() not in logging.getLevelNamesMapping():
            raise ValueError("it is one of DEBUG, INFO, WARNING, ERROR, CRITICAL")
        return value
