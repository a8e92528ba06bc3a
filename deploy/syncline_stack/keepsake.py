"""What a stack keeps between runs: ports, passwords, keys, the first token."""

import json
import secrets
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Self

from cryptography.fernet import Fernet
from syncline_chassis.rights import users
from syncline_chassis.testing.servers import free_port

SERVICES = ("ingest", "pricing", "mapping", "xero", "portal")
LISTENERS = ("nats", "mongo", "sandbox", *SERVICES)


def _ports() -> dict[str, int]:
    found: dict[str, int] = {}
    while len(found) < len(LISTENERS):
        port = free_port()
        if port not in found.values():
            found[LISTENERS[len(found)]] = port
    return found


@dataclass(frozen=True, slots=True)
class Keepsake:
    """Made once per directory; the file is readable by its owner only."""

    ports: dict[str, int] = field(default_factory=_ports)
    passwords: dict[str, str] = field(
        default_factory=lambda: {name: secrets.token_urlsafe(16) for name in users()}
    )
    vault_keys: dict[str, str] = field(
        default_factory=lambda: {name: Fernet.generate_key().decode() for name in SERVICES}
    )
    token: str = field(default_factory=lambda: "slt_" + secrets.token_urlsafe(32))

    @classmethod
    def of(cls, directory: Path) -> Self:
        """Read it, or make it."""
        file = directory / "secrets.json"
        if file.exists():
            return cls(**json.loads(file.read_text()))
        made = cls()
        file.touch(mode=0o600)
        file.write_text(json.dumps(asdict(made), indent=1))
        return made
