"""Xero's page where a person consents that an app may use an organisation."""

from html import escape
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from syncline_sandbox.xero.organisation import Organisation, Organisations
from syncline_sandbox.xero.token import SCOPES, Client, Tokens

_PATH = "/identity/connect/authorize"
_ASKED = (
    *("response_type", "client_id", "redirect_uri", "scope", "state"),
    *("code_challenge", "code_challenge_method"),
)


def consent_router(tokens: Tokens, organisations: Organisations) -> APIRouter:
    """Build the routes."""
    router = APIRouter()

    @router.get(_PATH)
    async def ask(request: Request) -> Response:
        asked = {name: request.query_params.get(name, "") for name in _ASKED}
        client = _known(tokens, asked)
        if client is None:
            return _refused()
        error = _error(asked)
        if error:
            return _back(asked, error=error)
        return HTMLResponse(_page(client, asked, organisations.all()))

    @router.post(_PATH)
    async def decide(request: Request) -> Response:
        form = {name: str(value) for name, value in (await request.form()).items()}
        asked = {name: form.get(name, "") for name in _ASKED}
        client = _known(tokens, asked)
        if client is None:
            return _refused()
        error = _error(asked)
        if error or form.get("decision") != "allow":
            return _back(asked, error=error or "access_denied")
        organisation = organisations.get(form.get("organisation", ""))
        if organisation is None:
            return _back(asked, error="access_denied")
        org = organisation.organisation_id
        if org not in {one.organisation_id for one in client.connections}:
            tokens.connect(client, org)
        code = tokens.new_code(
            client, asked["scope"], asked["redirect_uri"], asked["code_challenge"]
        )
        return _back(asked, code=code, scope=asked["scope"])

    return router


def _known(tokens: Tokens, asked: dict[str, str]) -> Client | None:
    """The app, if the address to go back to is one of its own; else nobody is sent anywhere."""
    client = tokens.client(asked["client_id"])
    is_own = client is not None and asked["redirect_uri"] in client.redirect_uris
    return client if is_own else None


def _error(asked: dict[str, str]) -> str:
    if asked["response_type"] != "code":
        return "unsupported_response_type"
    scopes = asked["scope"].split()
    if not scopes or not SCOPES.issuperset(scopes):
        return "invalid_scope"
    method = asked["code_challenge_method"]
    return "invalid_request" if asked["code_challenge"] and method != "S256" else ""


def _back(asked: dict[str, str], **answer: str) -> Response:
    state = {"state": asked["state"]} if asked["state"] else {}
    address = f"{asked['redirect_uri']}?{urlencode({**answer, **state})}"
    return RedirectResponse(address, 303)


def _refused() -> Response:
    return HTMLResponse(
        "<h1>Sorry</h1><p>Error: unauthorized_client, invalid redirect_uri</p>", 400
    )


def _page(client: Client, asked: dict[str, str], organisations: list[Organisation]) -> str:
    hidden = "".join(
        f'<input type="hidden" name="{name}" value="{escape(value)}">'
        for name, value in asked.items()
    )
    options = "".join(
        f'<option value="{escape(one.organisation_id)}">{escape(one.name)}</option>'
        for one in organisations
    )
    return f"""<!doctype html><html lang="en"><head><meta charset="utf-8">
<title>Xero (sandbox)</title></head><body><main><h1>Xero, sandbox</h1>
<p><b>{escape(client.client_id)}</b> wants: {escape(asked["scope"])}</p>
<form method="post" action="{_PATH}">{hidden}
<label>Organisation <select name="organisation">{options}</select></label>
<button name="decision" value="allow">Allow access</button>
<button name="decision" value="deny">Cancel</button></form></main></body></html>"""
