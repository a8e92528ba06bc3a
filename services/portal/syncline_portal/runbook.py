"""The runbook of every alert, as plain text: whoever is called at night needs no account for it."""

from importlib.resources import files

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from syncline_chassis.errors import NotFoundError

FOLDER = files("syncline_portal") / "runbooks"
PATH = "/runbooks/{name}.md"


def register(app: FastAPI) -> None:
    """Serve what the alerts' `runbook_url` names."""
    texts = {one.name: one.read_text("utf-8") for one in FOLDER.iterdir()}

    async def runbook(request: Request) -> Response:
        text = texts.get(f"{request.path_params['name']}.md")
        if text is None:
            raise NotFoundError(f"There is no such runbook. There are: {', '.join(sorted(texts))}.")
        return PlainTextResponse(text)

    app.add_route(PATH, runbook, include_in_schema=False)
