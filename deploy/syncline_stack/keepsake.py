"""What a stack keeps between runs: ports, passwords, keys, the first token."""

import json
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Self

from cryptography.fernet import Fernet
from syncline_chassis.rights import users
from syncline_chassis.testing.servers import free_port

SERVICES = ("ingest", "pricing", "mapping", "xero", "connectwise", "autotask", "portal")
LISTENERS = ("nats", "mongo", "sandbox", *SERVICES)


def _ports(known: Mapping[str, int] | None = None) -> dict[str, int]:
    found = dict(known or {})
    for name in LISTENERS:
        while name not in found:
            port = free_port()
            if port not in found.values():
                found[name] = port
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
        kept = json.loads(file.read_text()) if file.exists() else {}
        made = cls()
        if kept:  # a service that has come since then gets its own, the others keep theirs
            made = cls(
                ports=_ports(kept["ports"]),
                passwords={**made.passwords, **kept["passwords"]},
                vault_keys={**made.vault_keys, **kept["vault_keys"]},
                token=kept["token"],
            )
        if asdict(made) != kept:
            file.touch(mode=0o600)
            file.write_text(json.dumps(asdict(made), indent=1))
        return made
