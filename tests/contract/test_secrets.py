"""The secrets that the guide has made are exactly what each service reads at its start."""

import importlib
import json
import subprocess
import sys
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import certifi
import pytest
import yaml
from syncline_chassis.backup.command import BackupSettings
from syncline_chassis.provision import ProvisionSettings
from syncline_chassis.settings import read
from syncline_contracts.catalog import SERVICES
from syncline_stack.release.secrets import OPTIONS, objects

ROOT = Path(__file__).parents[2]
HOSTS = "db-0:27017,db-1:27017"
PERCONA_USERS = ("backup", "clusterAdmin", "clusterMonitor", "databaseAdmin", "userAdmin")
ADMIN = "mongodb://admin:x@db-0:27017/?replicaSet=rs0"


def mounted(name: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As Kubernetes mounts it, with the settings of the overlay around it."""
    made = {
        one["metadata"]["name"]: one for one in objects(mongo_hosts=HOSTS, mongo_admin_url=ADMIN)
    }
    for key, text in made[name]["stringData"].items():
        (folder / key).write_text(text)
    shared = yaml.safe_load((ROOT / "deploy/base/shared/settings.yaml").read_text())["data"]
    for key, text in shared.items():
        monkeypatch.setenv(key, text)
    monkeypatch.setenv("SYNCLINE_NATS_CA_FILE", certifi.where())  # in place of what is mounted
    monkeypatch.setenv("SYNCLINE_SECRETS_DIR", str(folder))


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_finds_every_setting_that_it_needs(
    service: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mounted(f"syncline-{service}", tmp_path, monkeypatch)
    settings = read(importlib.import_module(f"syncline_{service}.settings").Settings)
    assert settings.nats_user == service
    assert settings.mongo_database == f"syncline_{service}"
    assert f"@{HOSTS}/" in settings.mongo_url.get_secret_value()
    assert settings.nats_url == "tls://nats:4222"


def test_so_does_the_provisioning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mounted("syncline-provision", tmp_path, monkeypatch)
    settings = read(ProvisionSettings)
    assert set(settings.mongo_passwords) == set(SERVICES)


def test_services_and_broker_know_the_same_passwords_which_nobody_else_reads(
    tmp_path: Path,
) -> None:
    file = tmp_path / "secrets.yaml"
    command = [sys.executable, "-m", "syncline_stack.release.secrets", "--into", str(file)]
    command += ["--mongo-hosts", HOSTS, "--mongo-admin-url", ADMIN]
    subprocess.run(command, check=True, capture_output=True)
    assert file.stat().st_mode & 0o777 == 0o600
    made = {
        one["metadata"]["name"]: one["stringData"] for one in yaml.safe_load_all(file.read_text())
    }
    assert "psmdb-users" not in made  # an administrator was given
    databases = json.loads(made["syncline-provision"]["syncline_mongo_passwords"])
    for service in SERVICES:
        own = made[f"syncline-{service}"]
        assert own["syncline_nats_password"] == made["syncline-broker-passwords"][service]
        assert f":{databases[service]}@" in own["syncline_mongo_url"]
    assert len(set(databases.values())) == len(SERVICES)
    again = subprocess.run(command, capture_output=True, text=True)
    assert again.returncode == 1  # what may be in use is not written over
    assert "is there already" in again.stderr


def test_without_an_administrator_one_is_made_for_perconas_operator() -> None:
    made = {
        one["metadata"]["name"]: one["stringData"]
        for one in objects(mongo_hosts=HOSTS, options=OPTIONS)
    }
    values = yaml.safe_load((ROOT / "deploy/values/mongodb.yaml").read_text())
    administrator = made[values["secrets"]["users"]]
    address = urlsplit(made["syncline-provision"]["syncline_mongo_admin_url"])
    assert address.username == administrator["MONGODB_USER_ADMIN_USER"]
    assert unquote(address.password or "") == administrator["MONGODB_USER_ADMIN_PASSWORD"]
    assert parse_qs(address.query)["authSource"] == ["admin"]


def test_the_backup_has_a_user_of_its_own_whom_the_database_knows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mounted("syncline-backup", tmp_path, monkeypatch)
    settings = read(BackupSettings)
    address = urlsplit(settings.mongo_admin_url.get_secret_value())
    values = yaml.safe_load((ROOT / "deploy/values/mongodb.yaml").read_text())
    (user,) = values["users"]
    assert user["name"] == address.username
    assert user["name"] not in PERCONA_USERS
    assert user["passwordSecretRef"]["name"] == "syncline-backup"
    password = (tmp_path / user["passwordSecretRef"]["key"]).read_text()
    assert unquote(address.password or "") == password


def test_each_authority_is_mounted_where_the_addresses_say_it_is() -> None:
    settings = yaml.safe_load((ROOT / "deploy/base/shared/settings.yaml").read_text())["data"]
    named = {settings["SYNCLINE_NATS_CA_FILE"], parse_qs(OPTIONS)["tlsCAFile"][0]}
    job, _ = yaml.safe_load_all((ROOT / "deploy/base/shared/provision.yaml").read_text())
    deployment = yaml.safe_load((ROOT / "deploy/base/workload/deployment.yaml").read_text())
    backup, *_ = yaml.safe_load_all((ROOT / "deploy/components/backup/backup.yaml").read_text())
    templates = [one["spec"] for one in (job, deployment, backup["spec"]["jobTemplate"])]
    for pod in (one["template"]["spec"] for one in templates):
        (volume,) = (one for one in pod["volumes"] if one["name"] == "ca")
        mounts = {one["name"]: one["mountPath"] for one in pod["containers"][0]["volumeMounts"]}
        sources = [one["secret"] for one in volume["projected"]["sources"]]
        assert [one["name"] for one in sources] == ["nats-server-tls", "psmdb-ssl"]
        items = [item for one in sources for item in one["items"]]
        assert {item["key"] for item in items} == {"ca.crt"}  # never a key
        assert {f"{mounts['ca']}/{item['path']}" for item in items} == named
