"""The syncline commands of docs/guides/deploy.md, as they stand there: to charges in Xero."""

import json
import os
import re
import shlex
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

from syncline_sandbox.reconciliation import generate_reconciliation
from syncline_sandbox.tenants import contact_names, make_tenants
from syncline_stack.api import until
from syncline_stack.road import PRODUCTS
from syncline_stack.stack import Stack

from tests.e2e.conftest import RoadMaker

GUIDE = Path(__file__).parents[2] / "docs" / "guides" / "deploy.md"
IN_GUIDE = ".venv/bin/syncline "
ALL = """
import json, sys
from syncline_cli.command import run
for line in json.loads(sys.argv[1]):
    code = run(line)
    if code not in (0, 4):  # done; done, and something waits for a person
        sys.exit(f"{line}: {code}")
"""
"""In one process: each of its own would take most of the time to start."""
ORDER = [
    *("doctor", "user", "partner", "connection", "profile", "source", "ingest", "holds", "map"),
    *("plan", "sync"),
]


def commands() -> list[list[str]]:
    blocks = re.findall(r"^```\n(.*?)^```", GUIDE.read_text(), re.MULTILINE | re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines()]
    return [shlex.split(line.removeprefix(IN_GUIDE)) for line in lines if line.startswith(IN_GUIDE)]


def run_all(lines: list[list[str]], environment: dict[str, str], folder: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", ALL, json.dumps(lines)],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ended.returncode == 0, (ended.stdout[-3000:], ended.stderr)


def test_from_nobody_to_charges_in_xero_by_the_commands_of_the_guide(
    stack: Stack, roads: RoadMaker, tmp_path: Path
) -> None:
    road = roads(people=1)  # the guide's partner, who has one customer
    names = contact_names(make_tenants(road.seed, road.people))
    xero = road.psa.make(names, PRODUCTS)
    token = f"access-of-{road.partner}"
    road.sandbox.post(
        "/_sandbox/dicker/accounts", {"account_code": road.account, "access_token": token}
    )
    recon = generate_reconciliation(road.seed, road.people)
    (tmp_path / "reconciliation.csv").write_bytes(recon.to_csv().encode())
    (tenant_id,) = recon.tenant_totals
    theirs = {
        "acme-it": road.partner,
        "client_id=CLIENT_ID": f"client_id={xero['client_id']}",
        "base_url=https://feed.example.com": f"base_url={stack.sandbox_url}/dicker",
        "account_code=ACCOUNT": f"account_code={road.account}",
        "TENANT": tenant_id,
        "CLIENT": names[0],
        "INVOICE": recon.invoice_number,
    }
    # Where the sandbox plays the vendor, and that nobody sits at a terminal.
    more = {
        "connection": [f"--set={name}={xero[name]}" for name in ("api_url", "identity_url")],
        "sync": ["--yes"],
    }
    environment = {
        **{name: value for name, value in os.environ.items() if "SYNCLINE" not in name},
        "SYNCLINE_URL": stack.portal_url,
        "SYNCLINE_TOKEN": stack.keepsake.token,
        "SYNCLINE_PARTNER": road.partner,
        "XERO_SECRET": xero["client_secret"],
        "FEED_TOKEN": token,
    }
    lines = []
    for name, *words in commands():
        own = [theirs.get(word, word) for word in words]
        lines.append([name, *own, *([] if "--check" in words else more.get(name, []))])
    assert list(dict.fromkeys(line[0] for line in lines)) == ORDER
    mapped = next(at for at, line in enumerate(lines) if line[0] == "plan")
    run_all(lines[:mapped], environment, tmp_path)

    def is_ready() -> bool | None:
        """A person who types is slower than what a mapping sets off; a test is not."""
        found = road.invoice(recon.invoice_number)
        tenants = road.details(found["invoice_key"])["tenants"] if found else []
        return {row["state"] for row in tenants} == {"ready"} or None

    until(is_ready, "a tenant that is ready")
    run_all(lines[mapped:], environment, tmp_path)
    written = road.xero_invoices()
    assert sum(Decimal(one["sub_total"]) for one in written) > 0
