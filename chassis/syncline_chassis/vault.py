"""Secrets at rest: encrypted with the newest key, readable with every key still listed."""

from typing import Annotated

import orjson
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from pydantic import AfterValidator, SecretStr

from syncline_chassis.errors import DisabledError


def keys_of(text: SecretStr) -> list[str]:
    """The keys of a setting, the newest first."""
    return [key.strip() for key in text.get_secret_value().split(",") if key.strip()]


def _checked(text: SecretStr) -> SecretStr:
    for number, key in enumerate(keys_of(text), start=1):
        try:
            Fernet(key)
        except ValueError:
            raise ValueError(
                f"key {number} is no Fernet key, which is 32 bytes in URL-safe base64; separate "
                "several by commas"
            ) from None
    return text


VaultKeys = Annotated[SecretStr, AfterValidator(_checked)]
"""Fernet keys, separated by commas, the newest first."""


class Vault:
    """Seals small dictionaries. Keys are Fernet keys, the newest first."""

    def __init__(self, keys: list[str]) -> None:
        if not keys:
            raise DisabledError("No vault key is set: set SYNCLINE_VAULT_KEYS to a Fernet key.")
        self._fernet = MultiFernet([Fernet(key) for key in keys])

    def seal(self, secrets: dict[str, str]) -> str:
        """Encrypt."""
        return self._fernet.encrypt(orjson.dumps(secrets)).decode()

    def open(self, sealed: str) -> dict[str, str]:
        """Decrypt. Raises `DisabledError` when no listed key fits."""
        try:
            opened: dict[str, str] = orjson.loads(self._fernet.decrypt(sealed.encode()))
        except InvalidToken:
            raise DisabledError(
                "A stored secret fits none of the keys in SYNCLINE_VAULT_KEYS: "
                "put the former key back behind the new one."
            ) from None
        return opened

    def rotate(self, sealed: str) -> str:
        """Seal again with the newest key."""
        return self._fernet.rotate(sealed.encode()).decode()
