"""One good request for each route; a test holds this table and the application together."""

from typing import Any

from tests.unit.portal.answers import CONNECTION, HASH, KEY, PARTNER, TENANT, body_of

PARAMETERS = {
    "partner_id": "acme",
    "invoice_key": KEY,
    "tenant_id:path": TENANT,
    "connector": "xero",
    "connection_id": CONNECTION.connection_id,
    "list": "contacts",
    "source_id": "dicker",
    "profile_id": "standard",
    "request_id": "r1",
    "token_id": "t0",
    "email": "kim@example.com",
    "letter_id": "2",
    "document_sha256": "ab" * 32,
    "row": "4",
}
P = "/v1/partners/{partner_id}"
C = P + "/connectors/{connector}/connections"
I = P + "/invoices/{invoice_key}"  # noqa: E741
T = I + "/tenants/{tenant_id:path}"
BODIES: dict[tuple[str, str], dict[str, Any]] = {
    ("PUT", P): {"json": body_of(PARTNER)},
    ("PUT", C + "/{connection_id}"): {"json": {"form": {"client_secret": "s3cret"}}},
    ("POST", C + "/{connection_id}/check"): {},
    ("PUT", P + "/sources/{source_id}"): {"json": {"kind": "folder", "settings": {}}},
    ("POST", P + "/documents"): {"content": b"a,b\n", "params": {"name": "recon.csv"}},
    ("PUT", P + "/profiles/{profile_id}"): {"json": {"name": "Standard"}},
    ("PUT", P + "/assignments/{tenant_id:path}"): {"json": {"profile_id": "standard"}},
    ("PUT", P + "/mappings/{tenant_id:path}"): {"json": {"client_id": "c-1"}},
    ("PUT", T + "/ignore"): {"json": {"reason": "already billed elsewhere"}},
    ("POST", P + "/profiles/{profile_id}/preview"): {"json": {"name": "Standard"}},
    ("POST", I + "/reprice"): {"json": {"reason": "the contract was renewed"}},
    ("POST", I + "/plans"): {"json": {}},
    ("POST", I + "/approvals"): {"json": {"approvals": [{"tenant_id": TENANT, "plan_hash": HASH}]}},
    ("POST", I + "/reversals"): {"json": {"reason": "billed elsewhere"}},
    ("POST", "/v1/dead-letters/{letter_id}/replay"): {},
    ("POST", "/v1/dead-letters/{letter_id}/discard"): {"json": {"why": "Not wanted."}},
    ("POST", "/v1/tokens"): {"json": {"name": "robot", "operator": True}},
    ("DELETE", "/v1/tokens/{token_id}"): {},
    ("POST", P + "/tokens"): {"json": {"name": "robot", "role": "viewer"}},
    ("DELETE", P + "/tokens/{token_id}"): {},
    ("PUT", "/v1/users/{email}"): {"json": {"name": "Kim", "operator": True}},
    ("DELETE", "/v1/users/{email}"): {},
    ("PUT", P + "/users/{email}"): {"json": {"name": "Kim", "role": "viewer"}},
    ("DELETE", P + "/users/{email}"): {},
}


def address(path: str, **others: str) -> str:
    """A path with its parameters filled in."""
    for name, value in {**PARAMETERS, **others}.items():
        path = path.replace("{" + name + "}", value)
    return path
