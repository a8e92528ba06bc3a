"""The API's documentation as one page of its own, and the events' document beside it.

No script, nothing from another host.
"""

import base64
import hashlib
import json
from html import escape
from typing import Any

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from syncline_contracts.asyncapi import PUBLISHED

METHODS = ("get", "put", "post", "delete")
STYLE = """
:root { color-scheme: light dark; --line: #8884; --soft: #8882; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }
h1 { margin-bottom: 0 } h2 { margin-top: 2.5rem; border-bottom: 1px solid var(--line) }
nav a { margin-right: 1rem } code, pre { font: 13px/1.5 ui-monospace, monospace }
details { border: 1px solid var(--line); border-radius: 6px; margin: .5rem 0; padding: .4rem .8rem }
summary { cursor: pointer } summary code { overflow-wrap: anywhere }
.method { display: inline-block; min-width: 4rem; font-weight: 600; text-transform: uppercase }
.role { float: right; background: var(--soft); border-radius: 4px; padding: 0 .5rem }
table { border-collapse: collapse; width: 100% } td, th { text-align: left; padding: .2rem .8rem }
td, th { border-bottom: 1px solid var(--line); vertical-align: top } pre { overflow-x: auto }
pre { background: var(--soft); padding: .6rem; border-radius: 6px }
"""
_STYLE_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
POLICY = (
    f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; frame-ancestors 'none'; base-uri 'none'"
)
INTRODUCTION = """
<p>Send a token with each request: <code>Authorization: Bearer slt_...</code>. It is made for a
partner by <code>POST /v1/partners/{partner_id}/tokens</code>. Roles: a <b>viewer</b> reads;
<b>billing</b> also maps, prices, uploads, plans and approves; an <b>admin</b> also connects, gives
tokens and changes the register; an <b>operator</b> does everything for every partner.</p>
<p>Amounts are exact decimals as strings. What a person edits carries a version: send its
<code>ETag</code> back in <code>If-Match</code>, or none for what is new; <code>412</code> or
<code>409</code> say that somebody else was there first. Errors are
<code>application/problem+json</code> with a <code>code</code> for programs and a
<code>detail</code> for people. Lists take <code>limit</code> and <code>cursor</code>.</p>
"""


def register(app: FastAPI) -> None:
    """Serve `/docs` and `/asyncapi.json`; say in the OpenAPI document how to sign in."""
    describe = app.openapi
    events = (PUBLISHED / "asyncapi.json").read_bytes()

    def described() -> dict[str, Any]:
        if app.openapi_schema is None:
            document = describe()
            schemes = document.setdefault("components", {}).setdefault("securitySchemes", {})
            schemes["token"] = {"type": "http", "scheme": "bearer"}
            document["security"] = [{"token": []}]
            app.openapi_schema = document
        return app.openapi_schema

    async def docs(_: Request) -> Response:
        headers = {"Content-Security-Policy": POLICY}
        return HTMLResponse(page(described()), headers=headers)

    async def asyncapi(_: Request) -> Response:
        return Response(events, media_type="application/json")

    # FastAPI's documented way to add to it.
    app.openapi = described  # type: ignore[method-assign]
    app.add_route("/docs", docs, include_in_schema=False)
    app.add_route("/asyncapi.json", asyncapi, include_in_schema=False)


def page(document: dict[str, Any]) -> str:
    """The OpenAPI document for people."""
    nouns: dict[str, list[str]] = {}
    for path, operations in document["paths"].items():
        for method in METHODS:
            if method in operations:
                operation = operations[method]
                noun = operation.get("tags", ["other"])[0]
                nouns.setdefault(noun, []).append(_operation(path, method, operation))
    links = "".join(f'<a href="#{escape(noun)}">{escape(noun)}</a>' for noun in nouns)
    parts = "".join(
        f'<h2 id="{escape(noun)}">{escape(noun.capitalize())}</h2>{"".join(operations)}'
        for noun, operations in nouns.items()
    )
    schemas = "".join(
        f'<details id="schema-{escape(name)}"><summary><code>{escape(name)}</code></summary>'
        f"{_json(schema)}</details>"
        for name, schema in document["components"]["schemas"].items()
    )
    info = document["info"]
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(info['title'])} API</title><style>{STYLE}</style></head><body>"
        f"<h1>{escape(info['title'])} API</h1><p>{escape(info['summary'])} "
        'For programs: <a href="/openapi.json">openapi.json</a>; the events on the bus: '
        '<a href="/asyncapi.json">asyncapi.json</a>.</p>'
        f"{INTRODUCTION}<nav>{links}</nav><main>{parts}<h2>Models</h2>{schemas}</main></body></html>"
    )


def _operation(path: str, method: str, operation: dict[str, Any]) -> str:
    words = escape(operation.get("description", "")).replace("\n\n", "</p><p>")
    return (
        f'<details><summary><span class="role">{escape(operation.get("x-role", ""))}</span>'
        f'<span class="method">{method}</span> <code>{escape(path)}</code></summary>'
        f"<p>{words}</p>{_parameters(operation.get('parameters', []))}"
        f"{_body(operation.get('requestBody', {}))}{_answers(operation['responses'])}</details>"
    )


def _parameters(parameters: list[dict[str, Any]]) -> str:
    if not parameters:
        return ""
    rows = "".join(
        f"<tr><td><code>{escape(one['name'])}</code></td><td>{escape(one['in'])}</td>"
        f"<td>{'yes' if one.get('required') else ''}</td>"
        f"<td>{_type(one.get('schema', {}))} {escape(one.get('description', ''))}</td></tr>"
        for one in parameters
    )
    return (
        "<table><thead><tr><th>Parameter</th><th>In</th><th>Required</th><th></th></tr></thead>"
        f"<tbody>{rows}</tbody></table>"
    )


def _body(body: dict[str, Any]) -> str:
    kinds = (
        f"<li><code>{escape(kind)}</code> {_type(content.get('schema', {}))}</li>"
        for kind, content in body.get("content", {}).items()
    )
    return f"<p>Body</p><ul>{''.join(kinds)}</ul>" if body else ""


def _answers(responses: dict[str, Any]) -> str:
    rows = "".join(
        f"<tr><td>{escape(status)}</td><td>{escape(answer.get('description', ''))}</td>"
        f"<td>{_types(answer.get('content', {}))}</td></tr>"
        for status, answer in responses.items()
    )
    return f"<table><thead><tr><th>Answer</th><th></th><th></th></tr></thead>{rows}</table>"


def _types(contents: dict[str, Any]) -> str:
    return " ".join(_type(one.get("schema", {})) for one in contents.values())


def _type(schema: dict[str, Any]) -> str:
    """A schema in a few characters; a model is a link."""
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[-1]
        return f'<a href="#schema-{escape(name)}">{escape(name)}</a>'
    if "anyOf" in schema:
        return " or ".join(_type(one) for one in schema["anyOf"])
    kind = escape(str(schema.get("type", "any")))
    pattern = f" <code>{escape(schema['pattern'])}</code>" if "pattern" in schema else ""
    return f"{kind}{pattern}"


def _json(value: Any) -> str:
    return f"<pre>{escape(json.dumps(value, indent=2, ensure_ascii=False))}</pre>"
