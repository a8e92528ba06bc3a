"""Clients, their access tokens of 30 minutes, and refresh tokens that rotate."""

import base64
import binascii
import hashlib
import secrets
from typing import Literal
from uuid import uuid4

from pydantic import BaseModel, ConfigDict

from syncline_sandbox.clock import Clock
from syncline_sandbox.store import Store

ACCESS_LIFETIME_S = 30 * 60
REFRESH_LIFETIME_S = 60 * 24 * 3600
CODE_LIFETIME_S = 5 * 60
GRACE_S = 30 * 60
"""A replaced refresh token still works this long, for a client that lost the answer."""
SCOPES = frozenset(
    {
        "offline_access",
        "accounting.invoices",
        "accounting.invoices.read",
        "accounting.transactions",
        "accounting.transactions.read",
        "accounting.contacts",
        "accounting.contacts.read",
        "accounting.settings",
        "accounting.settings.read",
    }
)
_CLIENT = "xero_client"
_BOUND = "xero_code"
"""What a code is bound to."""


class Connection(BaseModel):
    """A client's access to one organisation."""

    connection_id: str
    organisation_id: str


class Client(BaseModel):
    """An app: a custom connection speaks for one organisation, the other kind for several."""

    model_config = ConfigDict(extra="forbid")

    client_id: str
    client_secret: str
    flow: Literal["client_credentials", "authorization_code"] = "client_credentials"
    connections: list[Connection] = []
    redirect_uris: list[str] = []
    """Where a person may be sent back to after a consent: exactly these."""


class Grant(BaseModel):
    """A token as handed out."""

    access_token: str
    expires_in: int = ACCESS_LIFETIME_S
    token_type: str = "Bearer"  # noqa: S105 - the name of the scheme
    scope: str
    refresh_token: str | None = None


class GrantError(Exception):
    """An OAuth error code."""


class Tokens:
    """Clients and tokens."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def save(self, client: Client) -> None:
        """Add or change a client."""
        self._store.put(_CLIENT, "", client.client_id, client.model_dump())

    def client(self, client_id: str) -> Client | None:
        """Return a client."""
        found = self._store.get(_CLIENT, "", client_id)
        return Client(**found) if found else None

    def clients(self) -> list[Client]:
        """Return every client."""
        return [Client(**found) for found in self._store.all(_CLIENT)]

    def connect(self, client: Client, organisation_id: str) -> Connection:
        """Give a client access to an organisation."""
        connection = Connection(connection_id=str(uuid4()), organisation_id=organisation_id)
        client.connections.append(connection)
        self.save(client)
        return connection

    def grant(self, authorization: str, form: dict[str, str]) -> Grant:
        """Answer a token request.

        Raises:
            GrantError: with the OAuth error code.
        """
        client = self._authenticate(authorization)
        scope = " ".join(form.get("scope", "").split()) or " ".join(sorted(SCOPES))
        if not SCOPES.issuperset(scope.split()):
            raise GrantError("invalid_scope")
        kind = form.get("grant_type")
        if kind == "client_credentials" and client.flow == kind:
            return Grant(access_token=self._issue(client, scope), scope=scope)
        if kind == "refresh_token" and client.flow == "authorization_code":
            return self._refresh(client, form.get("refresh_token", ""))
        if kind == "authorization_code" and client.flow == kind:
            return self._exchange(client, form)
        raise GrantError("unauthorized_client" if kind in _KINDS else "unsupported_grant_type")

    def new_refresh_token(self, client: Client, scope: str = "") -> str:
        """Return a refresh token, as the code flow would after a person's consent."""
        value = secrets.token_urlsafe(32)
        scope = scope or " ".join(sorted(SCOPES))
        self._insert("xero_refresh", value, client, scope, REFRESH_LIFETIME_S)
        return value

    def new_code(self, client: Client, scope: str, redirect_uri: str, challenge: str) -> str:
        """Return what a consent ends with: good once, for five minutes."""
        value = secrets.token_urlsafe(32)
        self._insert("xero_code", value, client, scope, CODE_LIFETIME_S)
        bound = {"redirect_uri": redirect_uri, "challenge": challenge}
        self._store.put(_BOUND, client.client_id, value, bound)
        return value

    def expire(self, client_id: str) -> None:
        """End a client's access tokens now."""
        self._store.execute(
            "UPDATE token SET expires = 0 WHERE kind = 'xero_access' AND owner = ?", client_id
        )

    def age(self, client_id: str, seconds: float) -> None:
        """Let time pass for all tokens of a client."""
        self._store.execute(
            "UPDATE token SET expires = expires - ?"
            " WHERE kind IN ('xero_access', 'xero_refresh') AND owner = ?",
            seconds,
            client_id,
        )

    def given(self, client_id: str) -> int:
        """Return how many access tokens a client was given."""
        found = self._store.row(
            "SELECT count(*) FROM token WHERE kind = 'xero_access' AND owner = ?", client_id
        )
        return int(found[0]) if found else 0

    def texts(self, client_id: str) -> list[str]:
        """Return every access and refresh token that a client was given."""
        found = self._store.rows("SELECT value FROM token WHERE owner = ?", client_id)
        return [str(row[0]) for row in found]

    def bearer(self, token: str) -> tuple[Client, frozenset[str], bool] | None:
        """Return whose token this is, its scopes, and whether it is still valid."""
        found = self._store.row(
            "SELECT owner, scope, expires FROM token WHERE kind = 'xero_access' AND value = ?",
            token,
        )
        client = self.client(found[0]) if found else None
        if found is None or client is None:
            return None
        return client, frozenset(found[1].split()), found[2] > self._clock.timestamp()

    def _authenticate(self, authorization: str) -> Client:
        scheme, _, encoded = authorization.partition(" ")
        try:
            name, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            raise GrantError("invalid_client") from None
        client = self.client(name) if scheme.lower() == "basic" else None
        if client is None or not secrets.compare_digest(
            client.client_secret.encode(), secret.encode()
        ):
            raise GrantError("invalid_client")
        return client

    def _exchange(self, client: Client, form: dict[str, str]) -> Grant:
        code = form.get("code", "")
        with self._store.transaction():
            found = self._store.row(
                "SELECT scope, expires FROM token WHERE kind = 'xero_code' AND value = ?"
                " AND owner = ?",
                code,
                client.client_id,
            )
            bound = self._store.get(_BOUND, client.client_id, code)
            self._store.execute("DELETE FROM token WHERE kind = 'xero_code' AND value = ?", code)
        if found is None or bound is None or found[1] <= self._clock.timestamp():
            raise GrantError("invalid_grant")
        if form.get("redirect_uri") != bound["redirect_uri"]:
            raise GrantError("invalid_grant")
        if bound["challenge"] and challenge_of(form.get("code_verifier", "")) != bound["challenge"]:
            raise GrantError("invalid_grant")
        scope: str = found[0]
        lasts = "offline_access" in scope.split()
        return Grant(
            access_token=self._issue(client, scope),
            scope=scope,
            refresh_token=self.new_refresh_token(client, scope) if lasts else None,
        )

    def _refresh(self, client: Client, token: str) -> Grant:
        found = self._store.row(
            "SELECT scope, expires FROM token WHERE kind = 'xero_refresh' AND value = ?"
            " AND owner = ?",
            token,
            client.client_id,
        )
        now = self._clock.timestamp()
        if found is None or found[1] <= now:
            raise GrantError("invalid_grant")
        with self._store.transaction():
            self._store.execute(
                "UPDATE token SET expires = min(expires, ?) WHERE value = ?", now + GRACE_S, token
            )
            access = self._issue(client, found[0])
            return Grant(
                access_token=access,
                scope=found[0],
                refresh_token=self.new_refresh_token(client, found[0]),
            )

    def _issue(self, client: Client, scope: str) -> str:
        value = secrets.token_urlsafe(48)
        self._insert("xero_access", value, client, scope, ACCESS_LIFETIME_S)
        return value

    def _insert(self, kind: str, value: str, client: Client, scope: str, lifetime_s: int) -> None:
        self._store.execute(
            "INSERT INTO token VALUES (?, ?, ?, ?, ?)",
            kind,
            value,
            client.client_id,
            scope,
            self._clock.timestamp() + lifetime_s,
        )


def challenge_of(verifier: str) -> str:
    """Return the PKCE challenge of a verifier, by S256."""
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


_KINDS = ("client_credentials", "refresh_token", "authorization_code")
