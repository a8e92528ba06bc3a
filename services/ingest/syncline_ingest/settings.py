"""Settings of ingest, beside those that every service has."""

from pathlib import Path

from pydantic import Field, SecretStr
from syncline_chassis.settings import ServiceSettings
from syncline_chassis.vault import VaultKeys


class Settings(ServiceSettings):
    """Environment variables `SYNCLINE_<NAME>`."""

    vault_keys: VaultKeys = SecretStr("")
    """They encrypt what opens a source."""
    ingest_folder_root: Path | None = None
    """`<root>/<partner>/inbox` is watched; no folder is where this is not set."""
    ingest_folder_scan_s: float = Field(default=1.0, gt=0)
    """How often the inboxes are looked at; a file is taken when two looks find it unchanged."""
    ingest_feed_interval_s: float = Field(default=300.0, gt=0)
    """How often a feed is asked for invoices, where its source does not say."""
    ingest_feed_look_s: float = Field(default=1.0, gt=0)
    """How often due sources are looked for."""
    ingest_feed_timeout_s: float = Field(default=30.0, gt=0)
    """Of one call."""
    ingest_max_upload_bytes: int = Field(default=2 * 1024 * 1024 * 1024, ge=1)
    """Largest document, from whichever source."""
    ingest_concurrency: int = Field(default=4, ge=1)
    """Documents taken in side by side, per kind of source."""
    ingest_publish_concurrency: int = Field(default=2, ge=1)
    """Documents whose lines are published side by side."""
    ingest_publish_window: int = Field(default=32, ge=1)
    """Batches on their way to the bus at once, each up to 512 KiB."""
    ingest_publish_every_s: float = Field(default=2.0, gt=0)
    """How often the publisher looks for documents that nobody woke it for."""
    ingest_compare_every_s: float = Field(default=5.0, gt=0)
    """How often revisions are looked for that nobody woke the comparer for."""
    ingest_lease_s: float = Field(default=30.0, gt=0)
    """After this, what a silent replica worked on goes to another one."""
    ingest_sweep_every_s: float = Field(default=60.0, gt=0)
    """How often left-over staging is looked for."""
