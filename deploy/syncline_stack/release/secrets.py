"""The secrets that the overlays name, made anew: passwords, database addresses, keys."""

import argparse
import json
import secrets
import sys
from pathlib import Path
from typing import Any
from urllib.parse import quote

import yaml
from cryptography.fernet import Fernet
from syncline_chassis.provision import DATABASE_PREFIX
from syncline_chassis.rights import ADMINISTRATOR, users
from syncline_contracts.catalog import SERVICES
from syncline_contracts.message import CONNECTORS

SEALING = ("ingest", *CONNECTORS)
"""Services that encrypt what opens somebody else's system."""


def objects(*, mongo_hosts: str, mongo_admin_url: str, options: str = "") -> list[dict[str, Any]]:
    """One Secret per service, one for provisioning, one for the broker; new in every call.

    `mongo_hosts` as in an address: `host:27017,host:27017`; `options` follow the question mark.
    """
    # The broker reads them as bare words: one that began like a number or a date would be none.
    passwords = {user: "p" + secrets.token_urlsafe(24) for user in users()}
    databases = {service: secrets.token_urlsafe(24) for service in SERVICES}
    found = [_secret("syncline-broker-passwords", passwords)]
    for service in SERVICES:
        database = DATABASE_PREFIX + service
        found.append(
            _secret(
                f"syncline-{service}",
                {
                    "syncline_nats_user": service,
                    "syncline_nats_password": passwords[service],
                    "syncline_mongo_url": f"mongodb://{service}:{quote(databases[service])}@"
                    f"{mongo_hosts}/?authSource={database}{options}",
                    "syncline_mongo_database": database,
                    **(
                        {"syncline_vault_keys": Fernet.generate_key().decode()}
                        if service in SEALING
                        else {}
                    ),
                },
            )
        )
    found.append(
        _secret(
            "syncline-provision",
            {
                "syncline_nats_user": ADMINISTRATOR,
                "syncline_nats_password": passwords[ADMINISTRATOR],
                "syncline_mongo_admin_url": mongo_admin_url,
                "syncline_mongo_passwords": json.dumps(databases),
            },
        )
    )
    return found


def _secret(name: str, data: dict[str, str]) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": name, "labels": {"app.kubernetes.io/part-of": "syncline"}},
        "stringData": data,
    }


def main() -> int:
    """Write them into a file that only its owner can read."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mongo-hosts", required=True, help="host:27017,host:27017,host:27017")
    parser.add_argument("--mongo-admin-url", required=True, help="address of a user administrator")
    parser.add_argument("--mongo-options", default="&replicaSet=rs0&tls=true")
    parser.add_argument("--into", type=Path, default=Path("build/secrets.yaml"))
    chosen = parser.parse_args()
    made = objects(
        mongo_hosts=chosen.mongo_hosts,
        mongo_admin_url=chosen.mongo_admin_url,
        options=chosen.mongo_options,
    )
    chosen.into.parent.mkdir(parents=True, exist_ok=True)
    if chosen.into.exists():
        print(f"{chosen.into} is there already: it may be in use. Remove it.", file=sys.stderr)
        return 1
    chosen.into.touch(mode=0o600)
    chosen.into.write_text(yaml.safe_dump_all(made, sort_keys=False, width=10**6))
    print(f"{chosen.into}: {len(made)} secrets. Apply it, keep the keys in it safe, delete it.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
