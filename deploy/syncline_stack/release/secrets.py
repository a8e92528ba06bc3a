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
PERCONA_ADMINISTRATOR = "userAdmin"
BACKUP = "syncline-backup"
"""Who saves and restores the databases: with the roles `backup` and `restore`, no others."""
OPTIONS = "&replicaSet=rs0&tls=true&tlsCAFile=/run/ca/database.crt"
"""For a replica set whose certificate authority is mounted; a managed one may need none."""


def objects(
    *, mongo_hosts: str, mongo_admin_url: str | None = None, options: str = ""
) -> list[dict[str, Any]]:
    """One Secret per service, and those of provisioning, backup and broker; new in every call.

    `mongo_hosts` as in an address: `host:27017,host:27017`; `options` follow the question mark.
    Without an administrator's address one is made, in the Secret that Percona's operator takes.
    """
    # The broker reads them as bare words: one that began like a number or a date would be none.
    passwords = {user: "p" + secrets.token_urlsafe(24) for user in users()}
    databases = {service: secrets.token_urlsafe(24) for service in SERVICES}
    found = [_secret("syncline-broker-passwords", passwords)]

    def address(user: str, password: str, database: str) -> str:
        return f"mongodb://{user}:{quote(password)}@{mongo_hosts}/?authSource={database}{options}"

    for service in SERVICES:
        database = DATABASE_PREFIX + service
        data = {
            "syncline_nats_user": service,
            "syncline_nats_password": passwords[service],
            "syncline_mongo_url": address(service, databases[service], database),
            "syncline_mongo_database": database,
        }
        if service in SEALING:
            data["syncline_vault_keys"] = Fernet.generate_key().decode()
        found.append(_secret(f"syncline-{service}", data))
    if mongo_admin_url is None:
        password = secrets.token_urlsafe(24)
        mongo_admin_url = address(PERCONA_ADMINISTRATOR, password, "admin")
        user = "MONGODB_USER_ADMIN"
        made = {f"{user}_USER": PERCONA_ADMINISTRATOR, f"{user}_PASSWORD": password}
        found.append(_secret("psmdb-users", made))
    broker = {
        "syncline_nats_user": ADMINISTRATOR,
        "syncline_nats_password": passwords[ADMINISTRATOR],
    }
    provision = {
        "syncline_mongo_admin_url": mongo_admin_url,
        "syncline_mongo_passwords": json.dumps(databases),
    }
    password = secrets.token_urlsafe(24)
    backup = {
        "syncline_mongo_admin_url": address(BACKUP, password, "admin"),
        "database-password": password,
    }
    found.append(_secret("syncline-provision", broker | provision))
    return [*found, _secret("syncline-backup", broker | backup)]


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
    parser.add_argument(
        "--mongo-admin-url", help="address of a user administrator; without it, one is made"
    )
    parser.add_argument("--mongo-options", default=OPTIONS)
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
