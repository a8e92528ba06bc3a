"""The main job, start to finish, on a real stack; every figure is checked independently."""

import shutil
import tempfile
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from syncline_sandbox.invoices import DistributorInvoice, generate_distributor_invoice
from syncline_sandbox.reconciliation import Reconciliation, generate_reconciliation

from syncline_stack import expected, report
from syncline_stack.narrator import DemoError, Narrator, states
from syncline_stack.proof import DoesNotTieError, Proof
from syncline_stack.road import IN_XERO, PERCENTS, Json, Road
from syncline_stack.stack import Stack

TENANTS = 40
FILE_TENANTS = 12
RESULT = Path("build/demo.json")
WRITES = ("write_requests", "records_created", "records_updated")


@dataclass
class Demo:
    """One run."""

    narrator: Narrator
    directory: Path
    seed: int = 1
    contacts: dict[str, Json | None] = field(default_factory=dict)

    def run(self) -> str:
        """Run everything; the last line. Raises `DemoError`."""
        stack = Stack(self.directory)
        try:
            with self.narrator.step("start broker, database, sandbox and services"):
                stack.start()
            road = Road(stack, people=TENANTS, seed=self.seed, on_progress=self.narrator.progress)
            try:
                proof, writes = self._walk(road)
            finally:
                road.close()
        finally:
            with self.narrator.step("stop everything"):
                stack.stop()
        report.show(proof, self.narrator.console)
        found = report.figures(proof, writes)
        report.write_json(RESULT, proof, found, self.narrator.seconds)
        return report.last_line(found)

    def _walk(self, road: Road) -> tuple[Proof, int]:
        step = self.narrator.step
        invoice = generate_distributor_invoice(self.seed, TENANTS)
        recon = generate_reconciliation(self.seed, FILE_TENANTS)
        with step("set up a partner: Xero connection, billing profile, distributor feed"):
            road.set_up()
            road.watch_the_feed()
        with step(f"invoice {invoice.invoice_number} appears in the distributor's feed"):
            road.publish(invoice)
            road.drop("reconciliation-2026-10.csv", recon.to_csv().encode())
            key = road.await_priced(invoice.invoice_number)["invoice_key"]
            self.narrator.say(f"detected, priced, held: {states(road.details(key))}")
        with step("map each tenant to its Xero contact, searched in the live Xero"):
            self._map(road, key)
        with step("Sync Now: plan over the live Xero, confirm, write, read back"):
            self._sync(road, key)
        with step(f"{recon.invoice_number}, a Partner Center file in the watched folder"):
            second = road.await_priced(recon.invoice_number)["invoice_key"]
            self._map(road, second)
            self._sync(road, second)
        with step("compare every hop: document, lines, charges, plan, Xero"):
            proof = _prove(road, {key: invoice, second: recon})
        with step("sync the same invoices again"):
            writes = self._sync_again(road, [key, second])
        return proof, writes

    def _map(self, road: Road, key: str) -> None:
        unknown = road.map_tenants(key, self.contacts)
        details = road.await_mapped(key, unknown)
        for row in unknown:
            name, cost = row["tenant_name"], Decimal(row["cost"])
            self.narrator.say(f"Xero has no contact {name}: stays held, cost {cost:,.2f}")
        self.narrator.say(states(details))

    def _sync(self, road: Road, key: str) -> None:
        rows = road.plan(key)
        made = [row for row in rows if row["plan"]]
        creates = sum(
            write["action"] == "create" for row in made for write in row["plan"]["writes"]
        )
        total = sum((Decimal(row["plan"]["total"]) for row in made), Decimal(0))
        self.narrator.say(f"planned: {creates} invoices to create, {total:,} before tax")
        road.approve(key, rows)
        details = road.await_rest(key)
        failed = [row for row in details["tenants"] if row["state"] not in (*IN_XERO, "held")]
        if failed:
            raise DoesNotTieError(f"{failed[0]['tenant_name']}: {failed[0]['failure']}")
        self.narrator.say(states(details))

    def _sync_again(self, road: Road, keys: list[str]) -> int:
        before = road.xero_stats()
        for key in keys:
            rows = road.plan(key)
            if not rows or any(row["plan"] is None for row in rows):
                raise DoesNotTieError("the second plan is not complete")
            actions = {write["action"] for row in rows for write in row["plan"]["writes"]}
            if actions != {"unchanged"}:
                raise DoesNotTieError(f"the second plan wants to {', '.join(sorted(actions))}")
            done = road.approve(key, rows)
            if done["refused"]:
                raise DoesNotTieError(f"refused: {done['refused'][0]['why']}")
            road.await_rest(key)
        after = road.xero_stats()
        writes = sum(int(after[name]) - int(before[name]) for name in WRITES)
        calls = after["request_count"] - before["request_count"]
        self.narrator.say(f"{calls} calls to look, {writes} writes")
        if writes:
            raise DoesNotTieError(f"the second sync wrote {writes} times")
        return writes


def _prove(road: Road, documents: dict[str, DistributorInvoice | Reconciliation]) -> Proof:
    proof, xero = Proof(), road.xero_invoices()
    for key, document in documents.items():
        if isinstance(document, Reconciliation):
            wanted = expected.of_reconciliation(document)
        else:
            wanted = expected.of_feed(document, PERCENTS)
        proof.document(wanted, road.details(key), xero)
    proof.equal("tenants synced = invoices in Xero", proof.synced, len(xero))
    return proof


def run_demo(*, svg: Path | None = None, keep: bool = False) -> int:
    """Run it in a temporary directory, which stays when something failed; the exit code."""
    directory = Path(tempfile.mkdtemp(prefix="syncline-demo-"))
    narrator = Narrator(directory, record=svg is not None)
    try:
        line = Demo(narrator, directory).run()
    except DemoError as error:
        narrator.console.print(f"\n{error}", style="red", highlight=False, markup=False)
        return 1
    if not keep:
        shutil.rmtree(directory, ignore_errors=True)
    narrator.console.print(line, highlight=False, soft_wrap=svg is None)
    if svg is not None:
        svg.write_text(narrator.picture())
    return 0
