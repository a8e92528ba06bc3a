"""API tokens as models, and how one is made."""

import hashlib
import secrets
from datetime import datetime
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from syncline_contracts.identity import PartnerId

from syncline_portal.actor import PartnerRole

PREFIX = "slt_"
TokenName = Annotated[str, Field(min_length=1, max_length=100)]


class Grant(BaseModel):
    """What a token is to be allowed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: TokenName
    """Who or what will use it; stands in every audit entry."""
    roles: dict[PartnerId, PartnerRole] = Field(default_factory=dict)
    operator: bool = False

    @model_validator(mode="after")
    def _reaches_something(self) -> Self:
        if not self.roles and not self.operator:
            raise ValueError("a token needs a role for a partner, or to be an operator's")
        return self


class TokenView(BaseModel):
    """A token without the token."""

    model_config = ConfigDict(frozen=True)

    token_id: str
    name: str
    roles: dict[str, PartnerRole]
    operator: bool
    created_at: datetime
    created_by: str
    last_used_at: datetime | None = None
    """To the minute."""
    revoked_at: datetime | None = None


class MadeToken(BaseModel):
    """A new token: the one time that it is told."""

    model_config = ConfigDict(frozen=True)

    token: str = Field(repr=False)
    view: TokenView


class TokenViews(BaseModel):
    """Tokens, newest first."""

    model_config = ConfigDict(frozen=True)

    tokens: tuple[TokenView, ...]
    next_cursor: str | None = None


def new_token() -> str:
    """A token of 256 random bits."""
    return PREFIX + secrets.token_urlsafe(32)


def digest_of(token: str) -> str:
    """What is stored of a token. It is random, so a plain hash cannot be guessed back."""
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest()
