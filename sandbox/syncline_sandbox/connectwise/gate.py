"""Who calls: keys of an API member, and the limit of requests."""

import base64
import binascii
import hmac

from starlette.requests import Request

from syncline_sandbox.asgi import Reply, Scope, header
from syncline_sandbox.clock import Clock
from syncline_sandbox.connectwise.errors import not_found, throttled, unauthorised
from syncline_sandbox.connectwise.system import System, Systems
from syncline_sandbox.stats import Stats


class ConnectWiseGate:
    """Stands before every call."""

    def __init__(self, systems: Systems, stats: Stats, clock: Clock) -> None:
        self._systems = systems
        self._stats = stats
        self._clock = clock
        self._counted: dict[str, tuple[int, int]] = {}

    def enter(self, request: Request) -> System | Reply:
        """The system that the keys open, or what to answer instead."""
        name, public, private = keys_of(request.scope)
        system = self._systems.get(name)
        given = (public, private, request.headers.get("clientid", ""))
        wanted = (system.public_key, system.private_key, system.client_id) if system else ("",) * 3
        pairs = zip(given, wanted, strict=True)
        if system is None or not all(hmac.compare_digest(one, two) for one, two in pairs):
            return not_found().reply() if system and system.hides_refusals else unauthorised()
        minute = int(self._clock.timestamp() // 60)
        since, count = self._counted.get(name, (minute, 0))
        count = count + 1 if since == minute else 1
        self._counted[name] = (minute, count)
        if count > system.per_minute:
            self._stats.refused("connectwise", name, "minute")
            return throttled(max(1, 60 - int(self._clock.timestamp() % 60)))
        return system


def keys_of(scope: Scope) -> tuple[str, str, str]:
    """Log-in name of the provider, public and private key; empty where there are none."""
    scheme, _, text = (header(scope, "authorization") or "").partition(" ")
    try:
        plain = base64.b64decode(text, validate=True).decode() if scheme == "Basic" else ""
    except (binascii.Error, UnicodeDecodeError):
        plain = ""
    user, _, private = plain.partition(":")
    name, _, public = user.partition("+")
    return name, public, private
