"""The broker's users for the NATS chart: deploy/values/nats-users.yaml, from the catalogue."""

from collections.abc import Sequence
from pathlib import Path

import yaml
from syncline_chassis.rights import MAX_PAYLOAD_BYTES, accounts, users
from syncline_chassis.subscriber import Subscriber

FILE = Path("deploy/values/nats-users.yaml")
SUBSCRIBERS = Path("deploy/values/subscribers.json")
"""Other systems that read events, as the operator declares them."""
HEAD = """\
# Written by `make manifests` from the catalogue: a second values file for the chart nats/nats.
# Passwords are variables of the broker, from the secret syncline-broker-passwords.
"""


def variable(user: str) -> str:
    """Name of the variable that has a user's password."""
    return f"SYNCLINE_{user.upper().replace('-', '_')}_PASSWORD"


def values(subscribers: Sequence[Subscriber]) -> str:
    """Text of the values file."""
    # The chart writes << >> without quotes, so that the broker reads a variable and not a text.
    passwords = {user: f"<< ${variable(user)} >>" for user in users(subscribers)}
    secrets = {
        variable(user): {
            "valueFrom": {"secretKeyRef": {"name": "syncline-broker-passwords", "key": user}}
        }
        for user in users(subscribers)
    }
    merged = {
        "config": {
            "merge": {
                "max_payload": MAX_PAYLOAD_BYTES,
                "accounts": accounts(passwords, subscribers),
            }
        },
        "container": {"env": secrets},
    }
    return HEAD + yaml.safe_dump(merged, sort_keys=False, width=120)
