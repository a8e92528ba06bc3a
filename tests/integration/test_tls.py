"""A broker that speaks TLS: its certificate is checked, and without trust nothing is said to it."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from syncline_chassis.errors import CannotStartError
from syncline_chassis.presence import running
from syncline_chassis.provision import provision_bus
from syncline_chassis.rights import ADMINISTRATOR
from syncline_chassis.settings import ServiceSettings
from syncline_chassis.startup import connect_bus
from syncline_chassis.testing.servers import NatsServer
from syncline_chassis.testing.service import idle_service
from syncline_chassis.tls import tls_of

from tests.conftest import Servers
from tests.integration.test_start import refused, right


def made(folder: Path) -> tuple[Path, Path]:
    """A certificate for the loopback address that signs itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "broker")])
    now, day = datetime.now(UTC), timedelta(days=1)
    hosts = [x509.IPAddress(ip_address("127.0.0.1"))]
    usage = x509.KeyUsage(True, False, False, False, False, True, False, False, False)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - day)
        .not_valid_after(now + day)
        .add_extension(x509.SubjectAlternativeName(hosts), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    files = folder / "broker.crt", folder / "broker.key"
    files[0].write_bytes(certificate.public_bytes(Encoding.PEM))
    form = (Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    files[1].write_bytes(key.private_bytes(*form))
    return files


class TlsServer(NatsServer):
    """A broker that lets nobody in without TLS."""

    certificate: Path
    key: Path

    def command(self) -> list[str]:
        command = super().command()
        file = Path(command[-1])
        tls = {"cert_file": str(self.certificate), "key_file": str(self.key)}
        file.write_text(json.dumps({**json.loads(file.read_text()), "tls": tls}))
        return command


@dataclass(frozen=True)
class Encrypted:
    url: str
    ca_file: Path


@pytest.fixture(scope="module")
def encrypted(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Encrypted]:
    folder = tmp_path_factory.mktemp("tls")
    broker = TlsServer(folder / "nats", servers.nats.passwords)
    broker.certificate, broker.key = made(folder)
    broker.start()
    yield Encrypted(f"tls://127.0.0.1:{broker.port}", broker.certificate)
    broker.stop()


async def test_a_service_starts_and_works_over_tls_with_the_brokers_ca(
    servers: Servers, encrypted: Encrypted
) -> None:
    tls = tls_of(encrypted.url, encrypted.ca_file)
    password = servers.nats.passwords[ADMINISTRATOR]
    await provision_bus(encrypted.url, ADMINISTRATOR, password, tls=tls)
    settings = servers.settings(
        ServiceSettings, "pricing", nats_url=encrypted.url, nats_ca_file=encrypted.ca_file
    )
    service = idle_service("pricing", settings)
    await service.start()
    try:
        assert [one.service for one in await running(service.bus)] == ["pricing"]
    finally:
        await service.stop()


def test_without_the_ca_it_is_refused_in_one_sentence(
    servers: Servers, encrypted: Encrypted
) -> None:
    said = refused(right(servers) | {"SYNCLINE_NATS_URL": encrypted.url}, 3)
    host = encrypted.url.removeprefix("tls://")
    assert said.startswith(f"The certificate of the broker at {host} is not trusted")
    assert "SYNCLINE_NATS_CA_FILE" in said


async def test_a_broker_of_another_name_is_not_taken_for_ours(
    servers: Servers, encrypted: Encrypted
) -> None:
    elsewhere = encrypted.url.replace("127.0.0.1", "localhost")
    settings = servers.settings(
        ServiceSettings,
        "pricing",
        nats_url=elsewhere,
        nats_ca_file=encrypted.ca_file,
        start_timeout_s=1.5,
    )
    service = idle_service("pricing", settings)
    with pytest.raises(CannotStartError, match="is not trusted"):
        await connect_bus(service.bus, settings)
