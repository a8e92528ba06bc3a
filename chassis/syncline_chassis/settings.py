"""Settings that every service has; from the environment only, refused at start when wrong."""

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class ServiceSettings(BaseSettings):
    """Environment variables `SYNCLINE_<NAME>`; each service adds its own."""

    model_config = SettingsConfigDict(env_prefix="SYNCLINE_", extra="ignore", frozen=True)

    nats_url: str
    nats_user: str
    nats_password: SecretStr
    mongo_url: SecretStr
    """With user, password and replica set."""
    mongo_database: str
    http_host: str = "127.0.0.1"
    http_port: int = Field(default=0, ge=0, le=65535)
    log_level: str = "INFO"
    log_file: str = ""
    """Standard output where empty."""

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
