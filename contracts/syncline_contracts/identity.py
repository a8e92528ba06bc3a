"""Names of things: partner slugs, hashed subject tokens, external keys, message ids."""

import hashlib
import os
import time
import uuid
from typing import Annotated

from pydantic import StringConstraints

PARTNER_PATTERN = r"^[a-z0-9-]{1,40}$"
PartnerId = Annotated[str, StringConstraints(pattern=PARTNER_PATTERN)]
Key = Annotated[str, StringConstraints(pattern=r"^[0-9a-z]{16}$")]
"""A hashed token: safe in a subject, whatever the supplier wrote."""
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
BillingMonth = Annotated[str, StringConstraints(pattern=r"^[0-9]{4}-(0[1-9]|1[0-2])$")]
TenantId = Annotated[str, StringConstraints(min_length=1, max_length=120)]
VendorItem = Annotated[str, StringConstraints(min_length=1, max_length=120)]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]

EVERY_PARTNER = "_"
"""Stands where a subject has its partner, for what concerns all of them; no partner is named so."""

_CROCKFORD = "0123456789abcdefghjkmnpqrstvwxyz"


def key(*parts: str, length: int = 16) -> str:
    """Hash parts to a lower-case Crockford base32 token; parts cannot run into each other."""
    digest = hashlib.sha256(
        b"".join(len(raw).to_bytes(4, "big") + raw for raw in (part.encode() for part in parts))
    ).digest()
    number = int.from_bytes(digest, "big")
    return "".join(_CROCKFORD[(number >> (5 * place)) & 31] for place in range(length))


def invoice_key(partner_id: str, source_account: str, invoice_no: str) -> str:
    """Key of an invoice; its revisions share it."""
    return key("invoice", partner_id, source_account, invoice_no)


def tenant_key(tenant_id: str) -> str:
    """Key of a tenant for subjects and deterministic ids."""
    return key("tenant", tenant_id)


def external_key(*parts: str) -> str:
    """Short key that a PSA record carries, by which a lost answer is found again."""
    return "SL-" + key("external", *parts, length=10).upper()


def deterministic_id(*parts: str) -> str:
    """Message id of a fact with a natural key: said twice, it is the same message."""
    return key("id", *parts, length=32)


def new_id() -> str:
    """UUIDv7 (RFC 9562): unique, and in order of time to the millisecond."""
    milliseconds = time.time_ns() // 1_000_000
    random = int.from_bytes(os.urandom(10), "big")
    value = (
        (milliseconds << 80)
        | (7 << 76)
        | ((random >> 68 & 0xFFF) << 64)
        | (2 << 62)
        | (random & ((1 << 62) - 1))
    )
    return str(uuid.UUID(int=value))
