"""Ports of a service."""

import socket

import pytest
from pydantic import SecretStr
from syncline_chassis.health import HttpServer
from syncline_chassis.metrics import Metrics
from syncline_chassis.settings import ServiceSettings


async def ready() -> str:
    return ""


async def test_where_the_metrics_port_is_taken_the_other_one_is_free_again() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        settings = ServiceSettings(
            nats_url="nats://localhost",
            nats_user="pricing",
            nats_password=SecretStr("secret"),
            mongo_url=SecretStr("mongodb://localhost"),
            mongo_database="syncline_pricing",
            http_host="127.0.0.1",
            http_port=0,
            metrics_port=taken.getsockname()[1],
        )
        server = HttpServer(settings, Metrics("pricing"), ready)
        with pytest.raises(OSError, match="already in use"):
            await server.start()
    socket.create_server(("127.0.0.1", server.port)).close()
