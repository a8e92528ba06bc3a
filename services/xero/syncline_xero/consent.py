"""A person's consent in Xero: where it is given, and what its code becomes."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import httpx
from syncline_chassis.connector import exact_json
from syncline_chassis.connector.protocol import Consented
from syncline_chassis.connector.reading import patiently
from syncline_chassis.errors import ReauthRequiredError

from syncline_xero import errors, tenants
from syncline_xero.auth import SCOPES, Tokens
from syncline_xero.schemas import XeroTenant

AUTHORISE_URL = "https://login.xero.com/identity/connect/authorize"


def page(form: Mapping[str, str], redirect_uri: str, state: str, challenge: str) -> str:
    """Address of Xero's page; `offline_access` is what gives a refresh token."""
    asked = {
        "response_type": "code",
        "client_id": form["client_id"],
        "redirect_uri": redirect_uri,
        "scope": f"offline_access {form.get('scopes') or SCOPES}",
        "state": state,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    return str(httpx.URL(form.get("authorise_url") or AUTHORISE_URL, params=asked))


async def exchange(
    http: httpx.AsyncClient, tokens: Tokens, form: Mapping[str, str], consented: Consented
) -> dict[str, str]:
    """The refresh token, and the organisation if there is no choice; else that stays as it was."""
    given = await tokens.exchange(form, consented)
    refresh_token = given.get("refresh_token")
    if not isinstance(refresh_token, str) or not refresh_token:
        raise ReauthRequiredError(
            "Xero gave no refresh token. The app may lack the scope offline_access; change it at "
            "developer.xero.com, then connect again."
        )
    # The code is spent: a moment's trouble here must not cost the person another consent.
    opened = await patiently(partial(_opened, http, form, given["access_token"]))
    ids = [one.tenant_id for one in opened]
    stated = form.get("tenant_id", "")
    only = ids[0] if len(ids) == 1 else ""
    return {"refresh_token": refresh_token, "tenant_id": stated if stated in ids else only}


async def _opened(
    http: httpx.AsyncClient, form: Mapping[str, str], access_token: str
) -> list[XeroTenant]:
    """With the very token of the exchange: nothing is stored yet that another could come from."""
    headers = {"Accept": "application/json", "Authorization": f"Bearer {access_token}"}
    try:
        response = await http.get(tenants.listed(form["api_url"]), headers=headers)
    except httpx.HTTPError as error:
        raise errors.ANSWERS.of_transport(error, writing=False) from None
    if response.status_code != 200:
        raise errors.of_answer(response, writing=False)
    try:
        body: Any = exact_json.loads(response.content)
    except ValueError:
        raise errors.ANSWERS.of_malformed(writing=False) from None
    return tenants.read(body)
