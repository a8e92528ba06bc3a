"""The form of a connection."""

import pytest
from cryptography.fernet import Fernet
from jsonschema_rs import Draft202012Validator
from pydantic import SecretStr
from syncline_chassis.connector.protocol import Consenting
from syncline_xero.connector import XeroConnector
from syncline_xero.manifest import connection_form
from syncline_xero.settings import Settings

FORM = {"client_id": "id", "client_secret": "secret", "identity_url": "https://id.example/token"}
VALID = Draft202012Validator(connection_form())


@pytest.mark.parametrize(
    "url",
    [
        "https://api.xero.com/api.xro/2.0",
        "https://api.xero.com",
        "http://127.0.0.1:8090/api.xro/2.0",
        "http://localhost/api",
        "http://[::1]:9/",
    ],
)
def test_addresses_are_encrypted_or_of_this_machine(url: str) -> None:
    assert VALID.is_valid({**FORM, "api_url": url})


@pytest.mark.parametrize(
    "url",
    [
        "http://api.xero.com",
        "http://127.0.0.1.evil.example/",
        "http://127.0.0.1@evil.example/",
        "http://localhost:80@evil.example/",
        "https://user:secret@api.xero.com/",
        "https://evil.example/@api.xero.com",
        "file:///etc/passwd",
        "https://",
        "https://a b/",
        "https://api.xero.com/\nHost: x",
    ],
)
def test_other_addresses_are_refused(url: str) -> None:
    assert not VALID.is_valid({**FORM, "api_url": url})


def settings(**fields: float) -> Settings:
    return Settings.model_validate(
        {
            "nats_url": "nats://unused",
            "nats_user": "xero",
            "nats_password": SecretStr("unused"),
            "mongo_url": SecretStr("mongodb://unused"),
            "mongo_database": "unused",
            "vault_keys": SecretStr(Fernet.generate_key().decode()),
            **fields,
        }
    )


@pytest.mark.parametrize(
    ("fields", "is_valid"),
    [
        ({"grant": "custom_connection"}, True),
        ({"grant": "authorisation_code"}, True),
        ({"grant": "authorisation_code", "refresh_token": "x"}, True),
        ({"grant": "authorisation_code", "authorise_url": "http://login.example"}, False),
        ({"grant": "password"}, False),
    ],
)
def test_a_connection_by_consent_is_there_before_anybody_consents(
    fields: dict[str, str], is_valid: bool
) -> None:
    form = {**FORM, "api_url": "https://api.example/2.0", **fields}
    assert VALID.is_valid(form) is is_valid


def test_the_form_has_two_secrets() -> None:
    manifest = XeroConnector(settings()).manifest
    assert manifest.secrets() == {"client_secret", "refresh_token"}
    assert manifest.defaults()["grant"] == "custom_connection"
    assert manifest.addresses() == {"api_url", "identity_url"}
    assert manifest.defaults()["due_days"] == "14"
    Draft202012Validator(manifest.connection_form)  # refuses what is no schema


def test_the_manifest_says_how_a_consent_opens_a_connection() -> None:
    made = XeroConnector(settings())
    consent, fields = made.manifest.consent, made.manifest.connection_form["properties"]
    assert consent is not None
    assert isinstance(made, Consenting)
    assert set(consent.brings) <= made.manifest.secrets()
    assert consent.choice is not None
    assert consent.choice.field in fields
    assert consent.choice.list in made.manifest.picks.values()
    assert [consent.opens({"grant": one}) for one in fields["grant"]["enum"]] == [False, True]


def test_a_lease_outlives_every_call() -> None:
    with pytest.raises(ValueError, match="more than twice"):
        XeroConnector(settings(connector_lease_s=20, xero_timeout_s=10))
