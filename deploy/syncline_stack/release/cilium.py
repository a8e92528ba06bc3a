"""The part of CiliumNetworkPolicy that is used here; nobody publishes models of it."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Selector(_Part):
    """Pods by their labels."""

    matchLabels: dict[str, str] = Field(min_length=1)  # noqa: N815 - as it is written there


class Name(_Part):
    """A host, or a pattern of hosts."""

    matchName: str | None = None  # noqa: N815
    matchPattern: str | None = None  # noqa: N815


class Port(_Part):
    """A port, as text."""

    port: str = Field(pattern=r"^\d{1,5}$")
    protocol: Literal["TCP", "UDP", "SCTP", "ANY"] = "ANY"


class Rules(_Part):
    """What may be asked there."""

    dns: list[Name]


class Ports(_Part):
    """Ports, and what may be asked there."""

    ports: list[Port]
    rules: Rules | None = None


class Egress(_Part):
    """Whom a pod may call."""

    toEndpoints: list[Selector] | None = None  # noqa: N815
    toFQDNs: list[Name] | None = None  # noqa: N815
    toPorts: list[Ports]  # noqa: N815


class Spec(_Part):
    """Which pods, and whom they may call."""

    endpointSelector: Selector  # noqa: N815
    egress: list[Egress]


class CiliumNetworkPolicy(BaseModel):
    """See `deploy/components/vendor-names`."""

    model_config = ConfigDict(extra="forbid")

    apiVersion: Literal["cilium.io/v2"]  # noqa: N815
    kind: Literal["CiliumNetworkPolicy"]
    metadata: dict[str, object]
    spec: Spec
