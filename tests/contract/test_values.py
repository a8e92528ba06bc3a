"""What the charts of broker and database are told: it fits namespace, addresses and guide."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
VALUES = ROOT / "deploy" / "values"
Object = dict[str, Any]


def values(name: str) -> Object:
    found: Object = yaml.safe_load((VALUES / name).read_text())
    return found


def is_closed(container: Object) -> bool:
    return (
        container["allowPrivilegeEscalation"] is False
        and container["capabilities"] == {"drop": ["ALL"]}
        and container.get("runAsUser", 1) != 0
    )


def contexts() -> Iterator[tuple[str, Object, list[Object]]]:
    """Pod and containers of each chart, by the paths that its templates read."""
    nats = values("nats.yaml")
    yield (
        "nats",
        nats["podTemplate"]["merge"]["spec"]["securityContext"],
        [
            nats[one]["merge"]["securityContext"]
            for one in ("container", "reloader", "promExporter")
        ],
    )
    operator = values("mongodb-operator.yaml")
    yield "psmdb-operator", operator["podSecurityContext"], [operator["securityContext"]]
    mongo = values("mongodb.yaml")
    for name, one in mongo["replsets"].items():
        yield (
            f"psmdb-{name}",
            one["podSecurityContext"],
            [one["containerSecurityContext"], mongo["initContainerSecurityContext"]],
        )


@pytest.mark.parametrize(("name", "pod", "containers"), list(contexts()))
def test_pod_security_lets_broker_and_database_in(
    name: str, pod: Object, containers: list[Object]
) -> None:
    namespace = yaml.safe_load((ROOT / "deploy/overlays/prod/namespace.yaml").read_text())
    assert namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
    assert pod["runAsNonRoot"] is True
    assert pod["seccompProfile"] == {"type": "RuntimeDefault"}
    assert pod["fsGroup"]
    assert all(is_closed(one) for one in containers), name


def test_no_container_runs_that_nothing_was_said_of() -> None:
    assert values("nats.yaml")["natsBox"]["enabled"] is False
    mongo = values("mongodb.yaml")
    assert not any(mongo[one]["enabled"] for one in ("logcollector", "backup", "sharding"))


def test_the_guide_installs_each_chart_with_its_values() -> None:
    guide = (ROOT / "docs" / "guides" / "deploy.md").read_text()
    for chart, file in (
        ("nats/nats", "nats.yaml"),
        ("percona/psmdb-operator", "mongodb-operator.yaml"),
        ("percona/psmdb-db", "mongodb.yaml"),
    ):
        (command,) = (one for one in guide.splitlines() if chart in one and "helm upgrade" in one)
        assert f"-f deploy/values/{file}" in command
