"""The form of a connection."""

import pytest
from cryptography.fernet import Fernet
from jsonschema_rs import Draft202012Validator
from pydantic import SecretStr
from syncline_autotask.connector import AutotaskConnector
from syncline_autotask.manifest import connection_form
from syncline_autotask.settings import Settings

FORM = {"user_name": "api@acme.example", "secret": "s", "integration_code": "c"}
VALID = Draft202012Validator(connection_form())


@pytest.mark.parametrize(
    ("url", "is_valid"),
    [
        ("https://webservices2.autotask.net/ATServicesRest", True),
        ("http://127.0.0.1:8090/ATServicesRest", True),
        ("http://webservices2.autotask.net/ATServicesRest", False),
        ("http://127.0.0.1@evil.example/", False),
        ("https://user:secret@webservices2.autotask.net/", False),
    ],
)
def test_addresses_are_encrypted_or_of_this_machine(url: str, is_valid: bool) -> None:
    assert VALID.is_valid({**FORM, "zone_url": url}) is is_valid


def settings(**fields: float) -> Settings:
    return Settings.model_validate(
        {
            "nats_url": "nats://unused",
            "nats_user": "autotask",
            "nats_password": SecretStr("unused"),
            "mongo_url": SecretStr("mongodb://unused"),
            "mongo_database": "unused",
            "vault_keys": SecretStr(Fernet.generate_key().decode()),
            **fields,
        }
    )


def test_secrets_and_the_words_of_the_vendor() -> None:
    manifest = AutotaskConnector(settings()).manifest
    assert manifest.secrets() == {"secret", "integration_code"}
    assert manifest.addresses() == {"zone_url"}
    assert manifest.defaults()["charge_type"] == "Operational"
    assert manifest.vocabulary.agreement == "Contract"
    Draft202012Validator(manifest.connection_form)  # refuses what is no schema


def test_a_lease_outlives_every_call() -> None:
    with pytest.raises(ValueError, match="more than twice"):
        AutotaskConnector(settings(connector_lease_s=20, autotask_timeout_s=10))
