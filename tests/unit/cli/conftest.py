"""An API that answers what a test tells it to, and the command line before it."""

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from syncline_cli import desk
from syncline_cli.client import Client
from syncline_cli.command import run
from syncline_cli.whereabouts import Whereabouts

Answer = tuple[int, Any]
Reply = Callable[[httpx.Request], Answer]


class Api:
    """Answers by method and path; remembers what it was asked."""

    def __init__(self) -> None:
        self.answers: dict[tuple[str, str], Answer | Exception | Reply] = {}
        self.asked: list[httpx.Request] = []
        partners = {"partners": [{"partner_id": "acme", "version": 1, "settings": {}}]}
        self.answers["GET", "/v1/partners"] = (200, partners)

    def on(self, method: str, path: str, body: Any, status: int = 200) -> None:
        self.answers[method, path] = (status, body)

    def refuse(self, method: str, path: str, status: int, detail: str, **more: Any) -> None:
        body = {"title": "Refused", "detail": detail, "status": status, **more}
        self.answers[method, path] = (status, body)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        request.read()
        self.asked.append(request)
        default = (404, {"title": "Not found", "detail": f"Nothing at {request.url.path}."})
        answer = self.answers.get((request.method, request.url.path), default)
        if isinstance(answer, Exception):
            raise answer
        status, body = answer(request) if callable(answer) else answer
        if isinstance(body, str):
            return httpx.Response(status, text=body)
        return httpx.Response(status, json=body)

    def sent(self, method: str) -> list[Any]:
        """Bodies that were sent with this method."""
        return [json.loads(one.content) for one in self.asked if one.method == method]


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Api:
    made = Api()

    def client(where: Whereabouts) -> Client:
        return Client(where, httpx.MockTransport(made))

    monkeypatch.setattr(desk, "Client", client)
    monkeypatch.setenv("SYNCLINE_URL", "http://syncline.test")
    monkeypatch.setenv("SYNCLINE_TOKEN", "slt_secret")
    monkeypatch.delenv("SYNCLINE_PARTNER", raising=False)
    return made


Syncline = Callable[..., tuple[int, str, str]]


@pytest.fixture
def syncline(api: Api, capsys: pytest.CaptureFixture[str]) -> Syncline:
    """Run a command line: exit code, standard output, standard error."""

    def call(*arguments: str) -> tuple[int, str, str]:
        code = run(list(arguments))
        out, err = capsys.readouterr()
        return code, out, err

    return call
