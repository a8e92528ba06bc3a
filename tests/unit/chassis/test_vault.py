"""Secrets at rest can be read with an old key and are sealed with the new one."""

import pytest
from cryptography.fernet import Fernet
from syncline_chassis.errors import DisabledError
from syncline_chassis.vault import Vault

OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()


def test_what_was_sealed_opens_and_shows_nothing() -> None:
    sealed = Vault([OLD]).seal({"client_secret": "s3cr3t"})
    assert "s3cr3t" not in sealed
    assert Vault([OLD]).open(sealed) == {"client_secret": "s3cr3t"}


def test_keys_rotate() -> None:
    sealed = Vault([OLD]).seal({"a": "b"})
    rotated = Vault([NEW, OLD]).rotate(sealed)
    assert Vault([NEW]).open(rotated) == {"a": "b"}


def test_a_key_that_does_not_fit_says_what_to_do() -> None:
    sealed = Vault([OLD]).seal({"a": "b"})
    with pytest.raises(DisabledError, match="SYNCLINE_VAULT_KEYS"):
        Vault([NEW]).open(sealed)


def test_no_key_says_what_to_do() -> None:
    with pytest.raises(DisabledError, match="SYNCLINE_VAULT_KEYS"):
        Vault([])
