"""Every overlay rendered by kustomize and checked against the schemas of what it contains."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import kubernetes_validate
import yaml
from cloudcoil.models.cert_manager import v1 as certificates
from cloudcoil.models.keda import v1alpha1 as keda
from cloudcoil.models.prometheus_operator import v1 as monitoring
from pydantic import BaseModel, ValidationError
from syncline_chassis.subscriber import Subscriber

from syncline_stack.release import broker
from syncline_stack.release.cilium import CiliumNetworkPolicy

OVERLAYS = ("dev", "staging", "prod")
KUBERNETES = "1.32"
OLDEST = (5, 0)
"""Kustomize before 5 deletes no part of a list and knows fewer of the fields used here."""
NONE_THERE = (
    "No kustomize 5 or newer is at hand: take kubectl 1.27 or newer, which brings it, or the "
    "binary of the kustomize project. Debian 12's own kubectl has 2.0 and does not do."
)
CUSTOM: dict[tuple[str, str], type[BaseModel]] = {
    ("keda.sh/v1alpha1", "ScaledObject"): keda.ScaledObject,
    ("monitoring.coreos.com/v1", "ServiceMonitor"): monitoring.ServiceMonitor,
    ("monitoring.coreos.com/v1", "PrometheusRule"): monitoring.PrometheusRule,
    ("cert-manager.io/v1", "Certificate"): certificates.Certificate,
    ("cert-manager.io/v1", "Issuer"): certificates.Issuer,
    ("cilium.io/v2", "CiliumNetworkPolicy"): CiliumNetworkPolicy,
}
Object = dict[str, Any]


class ManifestError(RuntimeError):
    """An overlay cannot be rendered, or an object in it is not valid."""


class NoKustomizeError(RuntimeError):
    """No kustomize that is new enough."""


def kustomize() -> list[str]:
    """The command that renders. Raises `NoKustomizeError`."""
    if shutil.which("kustomize"):
        said = _said(["kustomize", "version"])
        if _is_new_enough(said):
            return ["kustomize", "build"]
    if shutil.which("kubectl"):
        said = _said(["kubectl", "version", "--client", "--output=json"])
        try:
            if _is_new_enough(json.loads(said)["kustomizeVersion"]):
                return ["kubectl", "kustomize"]
        except (ValueError, KeyError):
            pass
    raise NoKustomizeError(NONE_THERE)


def _said(command: list[str]) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


def _is_new_enough(text: str) -> bool:
    found = re.search(r"v?(\d+)\.(\d+)", text)
    return found is not None and (int(found[1]), int(found[2])) >= OLDEST


def render(overlay: Path) -> list[Object]:
    """Objects of an overlay. Raises `ManifestError`, `NoKustomizeError`."""
    ended = subprocess.run(
        [*kustomize(), str(overlay)], capture_output=True, text=True, check=False
    )
    if ended.returncode:
        raise ManifestError(f"{overlay}: {ended.stderr.strip()}")
    return [one for one in yaml.safe_load_all(ended.stdout) if one]


def check(one: Object) -> None:
    """Raises `ManifestError`: unknown fields, wrong types, kinds that nobody has a schema of."""
    name = f"{one['kind']} {one['metadata']['name']}"
    kind = (one["apiVersion"], one["kind"])
    try:
        if kind in CUSTOM:
            unknown = _unknown(one, CUSTOM[kind].model_validate(one).model_dump(by_alias=True))
            if unknown:
                raise ManifestError(f"{name}: no such field: {', '.join(unknown)}")
        else:
            kubernetes_validate.validate(one, KUBERNETES, strict=True)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise ManifestError(f"{name}: {place}: {first['msg']}") from error
    except kubernetes_validate.SchemaNotFoundError as error:
        raise ManifestError(
            f"{name}: nobody here knows {kind[0]}, so nothing of it was checked. Add its model to "
            "CUSTOM in deploy/syncline_stack/release/manifests.py, or take it out."
        ) from error
    except kubernetes_validate.ValidationError as error:
        place = ".".join(str(part) for part in error.path)
        raise ManifestError(f"{name}: {place}: {error.message}") from error


def _unknown(given: Any, known: Any, place: str = "") -> list[str]:
    """Fields that the schema's model left out."""
    if isinstance(given, dict) and isinstance(known, dict):
        found: list[str] = []
        for name, inner in given.items():
            here = f"{place}.{name}" if place else name
            found += _unknown(inner, known[name], here) if name in known else [here]
        return found
    if isinstance(given, list) and isinstance(known, list):
        pairs = enumerate(zip(given, known, strict=False))
        return [bad for at, (one, other) in pairs for bad in _unknown(one, other, f"{place}[{at}]")]
    return []


def main() -> int:
    """Write what is generated, render every overlay into build/, check every object."""
    declared = Subscriber.read_all(broker.SUBSCRIBERS)
    broker.FILE.write_text(broker.values(declared))
    build = Path("build/manifests")
    build.mkdir(parents=True, exist_ok=True)
    try:
        for overlay in OVERLAYS:
            objects = render(Path("deploy/overlays") / overlay)
            for one in objects:
                check(one)
            file = build / f"{overlay}.yaml"
            file.write_text(yaml.safe_dump_all(objects, sort_keys=False))
            print(f"{file}: {len(objects)} objects, every one valid for Kubernetes {KUBERNETES}")
    except (ManifestError, NoKustomizeError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
