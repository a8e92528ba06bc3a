"""Users as models: people who sign in by the company's identity provider."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from syncline_contracts.identity import PartnerId

from syncline_portal.actor import PartnerRole

Email = Annotated[
    str,
    StringConstraints(to_lower=True, max_length=254, pattern=r"^[^@\s/]{1,64}@[^@\s/]{1,189}$"),
]
"""Compared in lower case."""
UserName = Annotated[str, Field(min_length=1, max_length=100)]


class UserAccess(BaseModel):
    """What a user is to be allowed; roles for partners that are not named stay as they are."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: UserName
    """Kept from the first time on."""
    roles: dict[PartnerId, PartnerRole] = Field(default_factory=dict)
    operator: bool | None = None
    """None leaves it as it is; a new user is none."""


class UserView(BaseModel):
    """A user."""

    model_config = ConfigDict(frozen=True)

    email: str
    name: str
    roles: dict[str, PartnerRole]
    operator: bool
    created_at: datetime
    created_by: str
    signed_in_at: datetime | None = None
    revoked_at: datetime | None = None
    version: int = 1
    """Rises with every change of what the user may do."""


class UserViews(BaseModel):
    """Users by e-mail address."""

    model_config = ConfigDict(frozen=True)

    users: tuple[UserView, ...]
    next_cursor: str | None = None
