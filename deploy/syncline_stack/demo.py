"""The main job, start to finish, on a real stack; every figure is checked independently."""

import shutil
import tempfile
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from syncline_sandbox.invoices import DistributorInvoice, generate_distributor_invoice
from syncline_sandbox.reconciliation import Reconciliation, generate_reconciliation

from syncline_stack import expected, report
from syncline_stack.narrator import DemoError, Narrator, states
from syncline_stack.proof import DoesNotTieError, Proof
from syncline_stack.psa import Json
from syncline_stack.release.environment import install
from syncline_stack.road import IN_PSA, PERCENTS, Road
from syncline_stack.stack import Stack

RESULT = Path("build/demo.json")
WRITES = ("write_requests", "records_created", "records_updated")


@dataclass(frozen=True, slots=True)
class Partner:
    """Whose invoices the demo walks."""

    name: str
    connector: str
    tenants: int
    """On the distributor's invoice."""
    file_tenants: int
    """In the Partner Center file."""


PARTNERS = (
    Partner("acme-it", "xero", 40, 12),
    Partner("brightside-it", "connectwise", 12, 4),
    Partner("coastal-msp", "autotask", 12, 4),
)


@dataclass
class Demo:
    """One run."""

    narrator: Narrator
    directory: Path
    apart: tuple[str, ...] = ()
    """Services that run as their images do: their wheel and locked dependencies, nothing else."""
    seed: int = 1

    def run(self) -> str:
        """Run everything; the last line. Raises `DemoError`."""
        environments = {name: self.directory / "apart" / name for name in self.apart}
        for name, folder in environments.items():
            with self.narrator.step(f"install {name} apart, from its wheel and its lock"):
                install(name, folder)
        self.narrator.begin()
        stack = Stack(self.directory, apart=environments)
        proofs: dict[str, Proof] = {}
        writes = 0
        try:
            with self.narrator.step("start broker, database, sandbox and services"):
                stack.start()
            for partner in PARTNERS:
                road = Road(
                    stack,
                    partner=partner.name,
                    people=partner.tenants,
                    seed=self.seed,
                    connector=partner.connector,
                    on_progress=self.narrator.progress,
                )
                try:
                    walk = Walk(self.narrator, road, partner, self.seed)
                    proofs[partner.name], wrote = walk.run()
                    writes += wrote
                finally:
                    road.close()
        finally:
            with self.narrator.step("stop everything"):
                stack.stop()
        for name, proof in proofs.items():
            report.show(name, proof, self.narrator.console)
        found = report.figures(proofs, writes)
        seconds = self.narrator.seconds
        report.write_json(RESULT, proofs, found, seconds)
        self.narrator.console.print(report.time_taken(seconds))
        return report.last_line(found)


class Walk:
    """One partner's two invoices, from the distributor into the PSA, and once more."""

    def __init__(self, narrator: Narrator, road: Road, partner: Partner, seed: int) -> None:
        self._narrator, self._road, self._psa = narrator, road, road.psa
        self._partner, self._seed = partner, seed
        self._clients: dict[str, Json | None] = {}

    def run(self) -> tuple[Proof, int]:
        """Walk it; what was compared, and what the second sync wrote."""
        road, psa, step = self._road, self._psa, self._narrator.step
        invoice = generate_distributor_invoice(self._seed, self._partner.tenants)
        recon = generate_reconciliation(self._seed, self._partner.file_tenants)
        self._narrator.title(f"{self._partner.name}, which bills from {psa.title}")
        with step(f"set up: {psa.title} connection, billing profile, distributor feed"):
            road.set_up()
            road.watch_the_feed()
        with step(f"invoice {invoice.invoice_number} appears in the distributor's feed"):
            road.publish(invoice)
            road.drop("reconciliation-2026-10.csv", recon.to_csv().encode())
            key = road.await_priced(invoice.invoice_number)["invoice_key"]
            self._narrator.say(f"detected, priced, held: {states(road.details(key))}")
        with step(f"map each tenant, searched in the live {psa.title}"):
            self._map(key)
        with step(f"Sync Now: plan over the live {psa.title}, confirm, write, read back"):
            self._sync(key)
        with step(f"{recon.invoice_number}, a Partner Center file in the watched folder"):
            second = road.await_priced(recon.invoice_number)["invoice_key"]
            self._map(second)
            self._sync(second)
        with step(f"compare every hop: document, lines, charges, plan, {psa.title}"):
            proof = self._prove({key: invoice, second: recon})
        with step("sync the same invoices again"):
            writes = self._sync_again([key, second])
        return proof, writes

    def _map(self, key: str) -> None:
        unknown = self._road.map_tenants(key, self._clients)
        details = self._road.await_mapped(key, unknown)
        for row in unknown:
            name, cost = row["tenant_name"], Decimal(row["cost"])
            self._narrator.say(
                f"{self._psa.title} does not know {name}: stays held, cost {cost:,.2f}"
            )
        self._narrator.say(states(details))

    def _sync(self, key: str) -> None:
        rows = self._road.plan(key)
        made = [row for row in rows if row["plan"]]
        creates = sum(
            write["action"] == "create" for row in made for write in row["plan"]["writes"]
        )
        total = sum((Decimal(row["plan"]["total"]) for row in made), Decimal(0))
        self._narrator.say(f"planned: {creates} {self._psa.record} to create, {total:,} before tax")
        self._road.approve(key, rows)
        details = self._road.await_rest(key)
        failed = [row for row in details["tenants"] if row["state"] not in (*IN_PSA, "held")]
        if failed:
            raise DoesNotTieError(f"{failed[0]['tenant_name']}: {failed[0]['failure']}")
        self._narrator.say(states(details))

    def _sync_again(self, keys: list[str]) -> int:
        before = self._psa.stats()
        for key in keys:
            rows = self._road.plan(key)
            if not rows or any(row["plan"] is None for row in rows):
                raise DoesNotTieError("the second plan is not complete")
            actions = {write["action"] for row in rows for write in row["plan"]["writes"]}
            if actions != {"unchanged"}:
                raise DoesNotTieError(f"the second plan wants to {', '.join(sorted(actions))}")
            done = self._road.approve(key, rows)
            if done["refused"]:
                raise DoesNotTieError(f"refused: {done['refused'][0]['why']}")
            self._road.await_rest(key)
        after = self._psa.stats()
        writes = sum(int(after.get(name, 0)) - int(before.get(name, 0)) for name in WRITES)
        calls = after["request_count"] - before["request_count"]
        self._narrator.say(f"{calls} calls to look, {writes} writes")
        if writes:
            raise DoesNotTieError(f"the second sync wrote {writes} times")
        return writes

    def _prove(self, documents: dict[str, DistributorInvoice | Reconciliation]) -> Proof:
        proof = Proof()
        for key, document in documents.items():
            if isinstance(document, Reconciliation):
                wanted = expected.of_reconciliation(document)
            else:
                wanted = expected.of_feed(document, PERCENTS)
            proof.document(wanted, self._road.details(key), self._psa)
        proof.all_stand(self._psa)
        return proof


def run_demo(*, svg: Path | None = None, keep: bool = False, apart: tuple[str, ...] = ()) -> int:
    """Run it in a temporary directory, which stays when something failed; the exit code."""
    directory = Path(tempfile.mkdtemp(prefix="syncline-demo-"))
    narrator = Narrator(directory, record=svg is not None)
    try:
        line = Demo(narrator, directory, apart).run()
    except DemoError as error:
        narrator.console.print(f"\n{error}", style="red", highlight=False, markup=False)
        return 1
    if not keep:
        shutil.rmtree(directory, ignore_errors=True)
    narrator.console.print(line, highlight=False, soft_wrap=svg is None)
    if svg is not None:
        svg.write_text(narrator.picture())
    return 0
