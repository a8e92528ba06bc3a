"""HTTP of a service: /healthz, /readyz, /metrics, and an application mounted beside them."""

import asyncio
import contextlib
import socket
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import uvicorn
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route

from syncline_chassis.metrics import Metrics
from syncline_chassis.settings import ServiceSettings


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals belong to the service, which drains in its own order."""
        yield


class HttpServer:
    """Serves until it is stopped; port 0 takes a free one."""

    def __init__(
        self, settings: ServiceSettings, metrics: Metrics, ready: Callable[[], Awaitable[str]]
    ) -> None:
        self._settings = settings
        self._metrics = metrics
        self._ready = ready
        self._mounted: list[Mount] = []
        self._server: _Server | None = None
        self._task: asyncio.Task[None] | None = None
        self.port = settings.http_port

    def mount(self, app: Any) -> None:
        """Serve an application at the root, behind health and metrics."""
        self._mounted.append(Mount("/", app=app))

    async def _readyz(self, _: Request) -> Response:
        why_not = await self._ready()
        return JSONResponse({"ready": not why_not, "why": why_not}, 503 if why_not else 200)

    async def _metricsz(self, _: Request) -> Response:
        return Response(generate_latest(self._metrics.registry), media_type=CONTENT_TYPE_LATEST)

    async def _healthz(self, _: Request) -> Response:
        return PlainTextResponse("ok")

    async def start(self) -> None:
        """Listen. Raises `OSError` when the port is taken."""
        app = Starlette(
            routes=[
                Route("/healthz", self._healthz),
                Route("/readyz", self._readyz),
                Route("/metrics", self._metricsz),
                *self._mounted,
            ]
        )
        listener = socket.create_server((self._settings.http_host, self._settings.http_port))
        self.port = listener.getsockname()[1]
        self._server = _Server(
            uvicorn.Config(
                app,
                log_config=None,
                access_log=False,
                lifespan="off",
                # Longer than clients and proxies keep an idle connection: whoever closes it
                # first must not be the one that a request is on its way to.
                timeout_keep_alive=75,
                timeout_graceful_shutdown=5,
                server_header=False,
            )
        )
        self._task = asyncio.create_task(self._server.serve(sockets=[listener]))
        # uvicorn has no event for this, only a flag.
        while not self._server.started and not self._task.done():  # noqa: ASYNC110
            await asyncio.sleep(0.01)

    async def stop(self) -> None:
        """Answer what is under way, then close."""
        if self._server is not None and self._task is not None:
            self._server.should_exit = True
            await self._task
