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


class _Listening:
    """An application on a port; 0 takes a free one."""

    def __init__(self, app: Starlette, settings: ServiceSettings, port: int) -> None:
        """Raises `OSError` when the port is taken."""
        self._listener = socket.create_server((settings.http_host, port))
        self.port: int = self._listener.getsockname()[1]
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
                forwarded_allow_ips=settings.http_proxies,
            )
        )
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._task = asyncio.create_task(self._server.serve(sockets=[self._listener]))
        # uvicorn has no event for this, only a flag.
        while not self._server.started and not self._task.done():  # noqa: ASYNC110
            await asyncio.sleep(0.01)

    async def stop(self) -> None:
        self._server.should_exit = True
        if self._task is not None:
            await self._task
        self._listener.close()  # the server's own work, if it ever ran


class HttpServer:
    """Serves until it is stopped."""

    def __init__(
        self, settings: ServiceSettings, metrics: Metrics, ready: Callable[[], Awaitable[str]]
    ) -> None:
        self._settings = settings
        self._metrics = metrics
        self._ready = ready
        self._mounted: list[Mount] = []
        self._listening: list[_Listening] = []
        self.port = settings.http_port
        self.metrics_port = settings.metrics_port

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
        """Listen on every port, or, where one is taken, on none. Raises `OSError`."""
        metrics = [Route("/metrics", self._metricsz)]
        routes = [Route("/healthz", self._healthz), Route("/readyz", self._readyz)]
        shared = metrics if self._settings.metrics_port is None else []
        app = Starlette(routes=[*routes, *shared, *self._mounted])
        front = _Listening(app, self._settings, self._settings.http_port)
        self._listening, self.port = [front], front.port
        if self._settings.metrics_port is not None:
            try:
                own = _Listening(
                    Starlette(routes=metrics), self._settings, self._settings.metrics_port
                )
            except OSError:
                await front.stop()
                raise
            self._listening.append(own)
            self.metrics_port = own.port
        for one in self._listening:
            await one.start()

    async def stop(self) -> None:
        """Answer what is under way, then close."""
        for one in self._listening:
            await one.stop()
