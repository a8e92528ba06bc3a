"""What the charts of broker and database are told: it fits namespace, addresses and guide."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml
from pymongo import MongoClient
from syncline_chassis.testing.servers import die_with_parent, find_mongod, free_port
from syncline_stack.release.manifests import check, render
from syncline_stack.release.secrets import OPTIONS

from tests.contract.authority import Authority

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
        commands = [one for one in guide.splitlines() if chart in one and "helm upgrade" in one]
        assert commands
        assert all(f"-f deploy/values/{file}" in one for one in commands)


def test_the_database_has_the_name_that_the_guide_gives_its_address() -> None:
    guide = (ROOT / "docs" / "guides" / "deploy.md").read_text()
    mongo = values("mongodb.yaml")
    hosts = re.findall(r"--mongo-hosts (\S+)", guide)
    # The operator's certificate has this name, and none that ends in svc.
    service = f"{mongo['fullnameOverride']}-{mongo['replsets']['rs0']['name']}"
    namespaces = ("syncline", "syncline-dev")
    assert hosts == [f"{service}.{one}.svc.cluster.local:27017" for one in namespaces]
    assert f"replicaSet={mongo['replsets']['rs0']['name']}" in OPTIONS


def test_the_database_lets_in_whoever_has_a_password_and_no_certificate(tmp_path: Path) -> None:
    configuration = tmp_path / "mongod.yaml"
    configuration.write_text(values("mongodb.yaml")["replsets"]["rs0"]["configuration"])
    authority = Authority(tmp_path)
    port = free_port()
    # As the operator starts it.
    command = [find_mongod(), "--dbpath", str(tmp_path), "--port", str(port)]
    command += ["--config", str(configuration), "--tlsMode=preferTLS"]
    command += ["--tlsCertificateKeyFile", str(authority.issue("localhost"))]
    command += ["--tlsCAFile", str(authority.file), "--tlsAllowInvalidCertificates"]
    with (tmp_path / "log").open("w") as log:
        mongod = subprocess.Popen(command, stdout=log, preexec_fn=die_with_parent)
    try:
        address = f"mongodb://localhost:{port}/?tls=true&tlsCAFile={authority.file}"
        with MongoClient[Object](address) as client:
            assert client.admin.command("ping")["ok"] == 1
    finally:
        mongod.terminate()
        mongod.wait()


def test_replicas_of_the_broker_trust_each_other_and_services_trust_them(tmp_path: Path) -> None:
    nats = values("nats.yaml")
    made = {
        (one["kind"], one["metadata"]["name"]): one
        for one in render(ROOT / "deploy" / "certificates")
    }
    for one in made.values():
        check(one)
    secret = nats["config"]["nats"]["tls"]["secretName"]
    assert nats["config"]["cluster"]["tls"]["secretName"] == secret
    assert nats["tlsCA"] == {"enabled": True, "secretName": secret}
    certificate = made["Certificate", secret]["spec"]
    assert certificate["secretName"] == secret
    assert {"server auth", "client auth"} <= set(certificate["usages"])
    routes = {f"nats-{n}.nats-headless" for n in range(nats["config"]["cluster"]["replicas"])}
    settings = yaml.safe_load((ROOT / "deploy/base/shared/settings.yaml").read_text())["data"]
    asked = {*routes, urlsplit(settings["SYNCLINE_NATS_URL"]).hostname, "localhost"}
    assert asked <= set(certificate["dnsNames"])
    authority = made["Issuer", certificate["issuerRef"]["name"]]["spec"]["ca"]["secretName"]
    assert made["Certificate", authority]["spec"]["isCA"] is True


def test_browsers_get_a_certificate_of_an_issuer_that_is_there() -> None:
    ingress = yaml.safe_load((ROOT / "deploy/base/services/portal/ingress.yaml").read_text())
    issuers = {
        one["metadata"]["name"]
        for one in render(ROOT / "deploy" / "certificates")
        if one["kind"] == "Issuer"
    }
    assert ingress["metadata"]["annotations"]["cert-manager.io/issuer"] in issuers
    assert ingress["spec"]["tls"][0]["secretName"] == "syncline-portal-tls"


def test_the_operator_reaches_the_database_under_the_label_of_its_chart() -> None:
    policies = yaml.safe_load_all((ROOT / "deploy/base/shared/network.yaml").read_text())
    (database,) = (one for one in policies if one["metadata"]["name"] == "syncline-database")
    allowed = [
        value
        for peer in database["spec"]["ingress"][0]["from"]
        for one in peer["podSelector"]["matchExpressions"]
        for value in one["values"]
    ]
    assert "psmdb-operator" in allowed  # app.kubernetes.io/name: the chart's name
    assert "nameOverride" not in values("mongodb-operator.yaml")


def test_the_broker_of_a_laptop_is_one_without_tls_as_its_overlay_says() -> None:
    overlay = yaml.safe_load((ROOT / "deploy/overlays/dev/settings.yaml").read_text())["data"]
    nats = values("dev/nats.yaml")
    assert overlay["SYNCLINE_NATS_URL"].startswith("nats://")
    assert nats["config"]["nats"]["tls"]["enabled"] is False
    assert nats["config"]["cluster"]["enabled"] is False
    assert nats["tlsCA"]["enabled"] is False
    mongo = values("dev/mongodb.yaml")
    assert mongo["replsets"]["rs0"]["size"] == 1
    assert mongo["unsafeFlags"]["replsetSize"] is True


def cores(text: str) -> float:
    return float(text[:-1]) / 1000 if text.endswith("m") else float(text)


@pytest.mark.parametrize("name", ["mongodb.yaml", "dev/mongodb.yaml"])
def test_the_database_asks_for_no_more_than_it_may_have(name: str) -> None:
    resources = values(name)["replsets"]["rs0"]["resources"]
    # Said in both: what is left out is the chart's own limit, which is less.
    assert cores(resources["requests"]["cpu"]) <= cores(resources["limits"]["cpu"])
    assert resources["requests"]["memory"] == resources["limits"]["memory"]
