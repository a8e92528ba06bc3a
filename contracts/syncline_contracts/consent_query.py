"""Opening a connection by a person's consent in the PSA: where it is given, what it becomes."""

from typing import Annotated, ClassVar

from pydantic import ConfigDict, Field

from syncline_contracts.message import Model
from syncline_contracts.query import ConnectionView, ConnectorQuery

Short = Annotated[str, Field(min_length=1, max_length=400)]


class ConsentPage(Model):
    """Answer to `BeginConsent`."""

    url: str
    """Of the PSA's identity service; it sends the person back to the portal with a code."""


class BeginConsent(ConnectorQuery[ConsentPage]):
    """Where a person consents that this stored connection may use the PSA."""

    name: ClassVar[str] = "begin_consent"

    connection_id: str
    redirect_uri: Short
    state: Short
    challenge: Short
    """Of PKCE, by S256."""


class FinishConsent(ConnectorQuery[ConnectionView]):
    """Exchange the code that a consent ended with, once, and keep what it gives, sealed.

    No edit in the sense of `Edit`: the PSA is asked in between, which no transaction may wait for.
    The answer tells what the connection opens, or what is still to be chosen.
    """

    model_config = ConfigDict(hide_input_in_errors=True)

    name: ClassVar[str] = "finish_consent"

    actor: Annotated[str, Field(min_length=1, max_length=200)]
    connection_id: str
    redirect_uri: Short
    code: Annotated[str, Field(min_length=1, max_length=4000, repr=False)]
    verifier: Annotated[str, Field(min_length=43, max_length=128, repr=False)]
