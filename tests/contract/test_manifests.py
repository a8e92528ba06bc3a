"""What Kubernetes is given: rendered, valid, closed, and true to the catalogue."""

import json
import os
import re
import subprocess
from collections.abc import Iterator
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml
from syncline_chassis.connector.settings import ConnectorSettings
from syncline_chassis.rights import ACCOUNT, users
from syncline_chassis.subscriber import Subscriber
from syncline_chassis.testing.servers import find_nats_server
from syncline_contracts.catalog import SERVICES
from syncline_contracts.message import CONNECTORS
from syncline_contracts.stream import DURABLES
from syncline_portal.runbook import FOLDER, PATH
from syncline_stack.release import broker
from syncline_stack.release.lock import locks
from syncline_stack.release.manifests import (
    OVERLAYS,
    ManifestError,
    check,
    render,
)

ROOT = Path(__file__).parents[2]
Object = dict[str, Any]


@pytest.fixture(scope="module")
def prod(overlays: dict[str, list[Object]]) -> list[Object]:
    return overlays["prod"]


def of_kind(objects: list[Object], kind: str) -> dict[str, Object]:
    return {one["metadata"]["name"]: one for one in objects if one["kind"] == kind}


def pods(objects: list[Object]) -> Iterator[Object]:
    for one in objects:
        if one["kind"] in ("Deployment", "Job"):
            yield one["spec"]["template"]["spec"]


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_every_object_of_every_overlay_is_valid(
    overlays: dict[str, list[Object]], overlay: str
) -> None:
    for one in overlays[overlay]:
        check(one)
    assert len({(one["kind"], one["metadata"]["name"]) for one in overlays[overlay]}) == len(
        overlays[overlay]
    )


def test_a_field_that_is_written_wrong_is_found(prod: list[Object]) -> None:
    scaling = next(iter(of_kind(prod, "ScaledObject").values()))
    wrong = {**scaling, "spec": {**scaling["spec"], "minReplicas": 3}}
    with pytest.raises(ManifestError, match="minReplicas"):
        check(wrong)
    deployment = next(iter(of_kind(prod, "Deployment").values()))
    with pytest.raises(ManifestError, match="replica"):
        check({**deployment, "spec": {**deployment["spec"], "replica": 3}})


def test_a_kind_that_nobody_knows_is_refused_in_a_sentence() -> None:
    unknown = {"apiVersion": "example.com/v1", "kind": "Moon", "metadata": {"name": "full"}}
    with pytest.raises(ManifestError, match=r"Moon full: nobody here knows example.com/v1"):
        check(unknown)


def test_each_service_is_one_workload_of_the_same_shape(prod: list[Object]) -> None:
    names = {f"syncline-{service}" for service in SERVICES}
    for kind in ("Deployment", "Service", "ServiceAccount", "PodDisruptionBudget", "ScaledObject"):
        assert set(of_kind(prod, kind)) == names, kind
    for name, one in of_kind(prod, "Deployment").items():
        labels = one["spec"]["template"]["metadata"]["labels"]
        assert one["spec"]["selector"]["matchLabels"] == labels
        assert f"syncline-{labels['app.kubernetes.io/name']}" == name
        for spread in one["spec"]["template"]["spec"]["topologySpreadConstraints"]:
            assert spread["labelSelector"]["matchLabels"] == labels
        assert of_kind(prod, "Service")[name]["spec"]["selector"] == labels
        disruption = of_kind(prod, "PodDisruptionBudget")[name]
        assert disruption["spec"]["selector"]["matchLabels"] == labels
        assert of_kind(prod, "ScaledObject")[name]["spec"]["scaleTargetRef"]["name"] == name


def assert_closed(pod: Object) -> None:
    assert pod["automountServiceAccountToken"] is False
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    (container,) = pod["containers"]
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert {"cpu", "memory"} <= set(container["resources"]["requests"])
    assert "memory" in container["resources"]["limits"]


def test_no_pod_may_do_more_than_it_needs(prod: list[Object]) -> None:
    for pod in pods(prod):
        assert_closed(pod)


def measured(title: str) -> dict[str, list[str]]:
    """Rows of a table of docs/performance.md by service, without its name."""
    text = (ROOT / "docs" / "performance.md").read_text()
    table = text.partition(f"## {title}\n")[2].partition("\n## ")[0]
    rows = [re.split(r" *\| *", line.strip("| ")) for line in table.splitlines() if "|" in line]
    found = {row[0]: row[1:] for row in rows if row[0] in SERVICES}
    assert set(found) == set(SERVICES)
    return found


def resources_of(service: str, objects: list[Object]) -> Object:
    pod = of_kind(objects, "Deployment")[f"syncline-{service}"]["spec"]["template"]["spec"]
    resources: Object = pod["containers"][0]["resources"]
    return resources


def test_a_pod_asks_for_the_memory_that_was_measured_and_may_have_twice_that(
    prod: list[Object],
) -> None:
    for service, (*seen, _, request, limit) in measured("Memory, and what a pod asks for").items():
        resources = resources_of(service, prod)
        assert resources["requests"]["memory"] == f"{request}Mi", service
        assert resources["limits"]["memory"] == f"{limit}Mi", service
        assert 1.2 * max(map(int, seen)) <= int(request) <= int(limit) / 2, service


def test_a_pod_asks_for_the_cpu_that_was_measured_and_is_never_throttled(
    prod: list[Object],
) -> None:
    for service, (cores, _, request) in measured("CPU, and what a pod asks for").items():
        resources = resources_of(service, prod)
        assert resources["requests"]["cpu"] == request, service
        assert "cpu" not in resources["limits"], service
        # Connectors ask for the mean of the three: the rest of the month they are idle.
        assert int(request.removesuffix("m")) >= 750 * float(cores), service


def test_a_pod_has_longer_to_end_than_a_message_waits_for_its_ack(prod: list[Object]) -> None:
    longest = max(one.ack_wait.total_seconds() for one in DURABLES)
    for one in of_kind(prod, "Deployment").values():
        assert one["spec"]["template"]["spec"]["terminationGracePeriodSeconds"] > longest


@pytest.mark.parametrize("overlay", ["staging", "prod"])
def test_an_overlay_names_its_registry_for_every_image(
    overlays: dict[str, list[Object]], overlay: str
) -> None:
    of_all = [container for pod in pods(overlays[overlay]) for container in pod["containers"]]
    images = {container["image"] for container in of_all}
    assert {one.split(":")[0] for one in images} == {
        f"registry.example.com/syncline/{name}" for name in (*SERVICES, "chassis")
    }


def test_the_portal_stays_until_nobody_is_sent_to_it(prod: list[Object]) -> None:
    pod = of_kind(prod, "Deployment")["syncline-portal"]["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    program, seconds = container["lifecycle"]["preStop"]["exec"]["command"]
    assert program == "sleep"
    assert 0 < int(seconds) < pod["terminationGracePeriodSeconds"] - 30


def test_metrics_are_asked_for_on_a_port_that_no_browser_reaches(prod: list[Object]) -> None:
    settings = of_kind(prod, "ConfigMap")["syncline-settings"]["data"]
    (endpoint,) = of_kind(prod, "ServiceMonitor")["syncline"]["spec"]["endpoints"]
    (ingress,) = of_kind(prod, "Ingress").values()
    (path,) = ingress["spec"]["rules"][0]["http"]["paths"]
    assert path["backend"]["service"]["port"]["name"] != endpoint["port"]
    policies = of_kind(prod, "NetworkPolicy")
    for service in SERVICES:
        pod = of_kind(prod, "Deployment")[f"syncline-{service}"]["spec"]["template"]["spec"]
        ports = {one["name"]: one["containerPort"] for one in pod["containers"][0]["ports"]}
        assert ports["http"] == int(settings["SYNCLINE_HTTP_PORT"])
        assert ports["metrics"] == int(settings["SYNCLINE_METRICS_PORT"])
        offered = of_kind(prod, "Service")[f"syncline-{service}"]["spec"]["ports"]
        assert {one["name"]: one["targetPort"] for one in offered} == {name: name for name in ports}
        (rule,) = policies[f"syncline-{service}"]["spec"]["ingress"]
        assert [one["port"] for one in rule["ports"]] == [ports["metrics"]]
    (browsers,) = policies["syncline-browsers-portal"]["spec"]["ingress"]
    assert [one["port"] for one in browsers["ports"]] == [int(settings["SYNCLINE_HTTP_PORT"])]


def test_only_addresses_of_the_cluster_speak_for_others(prod: list[Object]) -> None:
    settings = of_kind(prod, "ConfigMap")["syncline-settings"]["data"]
    believed = [ip_network(one) for one in settings["SYNCLINE_HTTP_PROXIES"].split(",")]
    assert all(one.is_private or one == ip_network("100.64.0.0/10") for one in believed)


def test_each_service_scales_by_the_lag_of_its_own_durables_and_no_others(
    prod: list[Object],
) -> None:
    for name, one in of_kind(prod, "ScaledObject").items():
        service = name.removeprefix("syncline-")
        lags = {
            (trigger["metadata"]["stream"], trigger["metadata"]["consumer"])
            for trigger in one["spec"]["triggers"]
            if trigger["type"] == "nats-jetstream"
        }
        assert lags == {(own.stream, own.name) for own in DURABLES if own.service == service}
        assert one["spec"]["triggers"]
        assert all(
            trigger["metadata"].get("account", ACCOUNT) == ACCOUNT
            for trigger in one["spec"]["triggers"]
        )


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_only_connectors_scale_by_the_partners_that_wait_for_a_worker_as_well(
    overlays: dict[str, list[Object]], overlay: str
) -> None:
    """Their commands are acked once they are jobs, which wait in the database."""
    (namespace,) = of_kind(overlays[overlay], "Namespace")
    at_once = ConnectorSettings.model_fields["connector_concurrency"].default
    for name, one in of_kind(overlays[overlay], "ScaledObject").items():
        found = [t["metadata"] for t in one["spec"]["triggers"] if t["type"] == "prometheus"]
        if name.removeprefix("syncline-") not in CONNECTORS:
            assert found == []
            continue
        (asked,) = found
        labels = f'{{namespace="{namespace}",job="{name}"}}'
        assert asked["query"] == f"max(syncline_waiting_partners{labels})"
        assert asked["threshold"] == str(at_once)
        assert urlsplit(asked["serverAddress"]).port == 9090


def test_our_own_label_service_is_kept(prod: list[Object]) -> None:
    (monitor,) = of_kind(prod, "ServiceMonitor").values()
    assert all(one["honorLabels"] for one in monitor["spec"]["endpoints"])


def reached(policy: Object) -> set[str]:
    """Whom a policy lets its pods call, in words."""
    found = set()
    for rule in policy["spec"].get("egress", []):
        for peer in rule.get("to", [{}]):
            if "ipBlock" in peer:
                found.add("public")
            for one in peer.get("podSelector", {}).get("matchExpressions", []):
                found.update(one["values"])
    return found


def test_everything_is_closed_but_what_a_service_needs(prod: list[Object]) -> None:
    policies = of_kind(prod, "NetworkPolicy")
    deny = policies["syncline-default-deny"]["spec"]
    assert deny == {
        "podSelector": {"matchLabels": {"app.kubernetes.io/part-of": "syncline"}},
        "policyTypes": ["Ingress", "Egress"],
    }
    for service in SERVICES:
        assert reached(policies[f"syncline-{service}"]) == {"nats", "percona-server-mongodb"}
        has_https = f"syncline-https-{service}" in policies
        assert has_https == (service in (*CONNECTORS, "ingest", "portal")), service
        if has_https:
            assert reached(policies[f"syncline-https-{service}"]) == {"public"}


def with_component(name: str, folder: Path) -> list[Object]:
    """Production with a component, every object checked."""
    deploy = ROOT / "deploy"
    (folder / "kustomization.yaml").write_text(
        yaml.safe_dump(
            {
                "resources": [os.path.relpath(deploy / "overlays/prod", folder)],
                "components": [os.path.relpath(deploy / "components" / name, folder)],
            }
        )
    )
    objects = render(folder)
    for one in objects:
        check(one)
    return objects


def test_with_the_backup_component_a_closed_pod_saves_every_night(
    tmp_path: Path, overlays: dict[str, list[Object]]
) -> None:
    assert not of_kind(overlays["prod"], "CronJob")
    objects = with_component("backup", tmp_path)
    (job,) = of_kind(objects, "CronJob").values()
    template = job["spec"]["jobTemplate"]["spec"]["template"]
    assert_closed(template["spec"])
    (container,) = template["spec"]["containers"]
    provision = of_kind(objects, "Job")["syncline-provision"]["spec"]["template"]["spec"]
    assert container["image"] == provision["containers"][0]["image"]
    (volume,) = (one for one in template["spec"]["volumes"] if "persistentVolumeClaim" in one)
    (claim,) = of_kind(objects, "PersistentVolumeClaim")
    assert volume["persistentVolumeClaim"]["claimName"] == claim
    policy = of_kind(objects, "NetworkPolicy")["syncline-backup"]
    assert reached(policy) == {"nats", "percona-server-mongodb"}
    chosen = policy["spec"]["podSelector"]["matchLabels"]
    assert chosen.items() <= template["metadata"]["labels"].items()


def test_what_is_applied_before_a_restore_is_everything_but_the_services(
    tmp_path: Path, overlays: dict[str, list[Object]]
) -> None:
    guide = (ROOT / "docs" / "guides" / "backup.md").read_text()
    (left_out,) = re.findall(r"app\.kubernetes\.io/name notin \((.*)\)", guide)
    assert set(left_out.split(", ")) == set(SERVICES)
    applied = {
        (one["kind"], one["metadata"]["name"])
        for one in with_component("backup", tmp_path)
        if one["metadata"].get("labels", {}).get("app.kubernetes.io/name") not in SERVICES
    }
    needed = {("Job", "syncline-provision"), ("CronJob", "syncline-backup")}
    needed |= {("ConfigMap", "syncline-settings"), ("NetworkPolicy", "syncline-provision")}
    assert needed <= applied
    assert not {kind for kind, _ in applied} & {"Deployment", "ScaledObject", "Ingress"}


def test_with_cilium_a_connector_reaches_its_vendor_by_name_and_nothing_else(
    tmp_path: Path, overlays: dict[str, list[Object]]
) -> None:
    objects = with_component("vendor-names", tmp_path)
    policies = of_kind(objects, "NetworkPolicy")
    assert not {f"syncline-https-{one}" for one in CONNECTORS} & set(policies)
    assert "syncline-https-ingest" in policies
    named = of_kind(objects, "CiliumNetworkPolicy")
    assert set(named) == {f"syncline-vendor-{one}" for one in CONNECTORS}
    for name, one in named.items():
        hosts = [host for rule in one["spec"]["egress"] for host in rule.get("toFQDNs", [])]
        assert hosts
        chosen = one["spec"]["endpointSelector"]["matchLabels"]["app.kubernetes.io/name"]
        assert name.endswith(chosen)


def test_a_browser_comes_back_to_the_replica_that_has_its_page(prod: list[Object]) -> None:
    (ingress,) = of_kind(prod, "Ingress").values()
    notes = ingress["metadata"]["annotations"]
    assert notes["nginx.ingress.kubernetes.io/affinity"] == "cookie"
    (path,) = ingress["spec"]["rules"][0]["http"]["paths"]
    assert path["backend"]["service"]["name"] == "syncline-portal"


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_an_alert_names_its_runbook_at_the_portal_of_the_same_overlay(
    overlays: dict[str, list[Object]], overlay: str
) -> None:
    objects = overlays[overlay]
    (ingress,) = of_kind(objects, "Ingress").values()
    (rules,) = of_kind(objects, "PrometheusRule").values()
    urls = [rule["annotations"]["runbook_url"] for rule in rules["spec"]["groups"][0]["rules"]]
    scheme = "https" if "tls" in ingress["spec"] else "http"
    portal = f"{scheme}://{ingress['spec']['rules'][0]['host']}"
    served = {f"{portal}{PATH.format(name=Path(one.name).stem)}" for one in FOLDER.iterdir()}
    assert set(urls) == served
    stated = of_kind(objects, "ConfigMap")["syncline-settings"]["data"].get("SYNCLINE_PORTAL_URL")
    assert stated in (portal, None)


def test_the_brokers_users_are_those_of_the_catalogue_and_a_real_broker_takes_them(
    tmp_path: Path,
) -> None:
    text = (ROOT / broker.FILE).read_text()
    declared = Subscriber.read_all(ROOT / broker.SUBSCRIBERS)
    assert text == broker.values(declared), "Run make manifests."
    values = yaml.safe_load(text)
    file = tmp_path / "nats.conf"
    # As the chart writes it: JSON, with variables that are not quoted.
    config = json.dumps({**values["config"]["merge"], "jetstream": {"store_dir": str(tmp_path)}})
    file.write_text(config.replace('"<< ', "").replace(' >>"', ""))
    passwords = {broker.variable(user): "secret" for user in users(declared)}
    ended = subprocess.run(
        [find_nats_server(), "-t", "-c", str(file)],
        env={**os.environ, **passwords},
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 0, ended.stderr
    assert set(values["container"]["env"]) == set(passwords)


def test_each_services_lock_is_the_part_of_the_whole_one_that_it_needs() -> None:
    whole = (ROOT / "requirements.lock").read_text()
    for file, text in locks(ROOT).items():
        assert file.read_text() == text, f"{file.relative_to(ROOT)} is stale: run make lock."
        for pin in text.split("\n")[1:]:
            assert pin in whole
    portal = (ROOT / "services/portal/requirements.lock").read_text()
    xero = (ROOT / "services/xero/requirements.lock").read_text()
    assert "nicegui==" in portal
    assert "nicegui==" not in xero
    assert "pytest==" not in portal
