"""The form of a connection."""

import pytest
from cryptography.fernet import Fernet
from jsonschema_rs import Draft202012Validator
from pydantic import SecretStr
from syncline_connectwise.connector import ConnectWiseConnector
from syncline_connectwise.manifest import connection_form
from syncline_connectwise.settings import Settings

from tests.unit.connectwise.samples import connection

FORM = dict(connection().form)
VALID = Draft202012Validator(connection_form())


@pytest.mark.parametrize(
    ("url", "is_valid"),
    [
        ("https://api-na.myconnectwise.net/v2025_1/apis/3.0", True),
        ("http://127.0.0.1:8090/v4_6_release/apis/3.0", True),
        ("http://api-na.myconnectwise.net/v2025_1/apis/3.0", False),
        ("http://127.0.0.1@evil.example/", False),
        ("https://acme:geheim@api-na.myconnectwise.net/", False),
    ],
)
def test_addresses_are_encrypted_or_of_this_machine(url: str, *, is_valid: bool) -> None:
    assert VALID.is_valid({**FORM, "api_url": url}) is is_valid


@pytest.mark.parametrize(
    ("fields", "is_valid"),
    [
        ({}, True),
        ({"billing_period": "usage", "monthly_cycles": "MRR, Azure month"}, True),
        ({"monthly_cycles": ""}, True),
        ({"billing_period": "sometime"}, False),
        ({"private_key": ""}, False),
        ({"other": "x"}, False),
    ],
)
def test_the_form_takes_what_it_names(fields: dict[str, str], *, is_valid: bool) -> None:
    assert VALID.is_valid({**FORM, **fields}) is is_valid


def settings(**fields: float) -> Settings:
    return Settings.model_validate(
        {
            "nats_url": "nats://unused",
            "nats_user": "connectwise",
            "nats_password": SecretStr("unused"),
            "mongo_url": SecretStr("mongodb://unused"),
            "mongo_database": "unused",
            "vault_keys": SecretStr(Fernet.generate_key().decode()),
            **fields,
        }
    )


def test_secrets_and_the_words_of_the_vendor() -> None:
    manifest = ConnectWiseConnector(settings()).manifest
    assert manifest.secrets() == {"private_key", "client_id"}
    assert manifest.addresses() == {"api_url"}
    assert manifest.defaults()["billing_period"] == "open"
    assert (manifest.vocabulary.agreement, manifest.max_writes_per_call) == ("Agreement", 1)
    Draft202012Validator(manifest.connection_form)  # refuses what is no schema


def test_a_lease_outlives_every_call() -> None:
    with pytest.raises(ValueError, match="more than twice"):
        ConnectWiseConnector(settings(connector_lease_s=20, connectwise_timeout_s=10))
