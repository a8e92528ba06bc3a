"""The main job, start to finish, on a real stack; every figure is checked independently."""

import contextlib
import json
import shutil
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text
from syncline_sandbox.invoices import DistributorInvoice, generate_distributor_invoice
from syncline_sandbox.reconciliation import Reconciliation, generate_reconciliation

from syncline_stack import expected
from syncline_stack.proof import DoesNotTieError, Proof
from syncline_stack.road import IN_XERO, PERCENTS, Json, Road
from syncline_stack.stack import Stack

TENANTS = 40
RESULT = Path("build/demo.json")


class DemoError(RuntimeError):
    """A step failed; the text says which, why, and where the logs are."""


@dataclass
class Demo:
    """One run."""

    console: Console
    directory: Path
    seed: int = 1
    contacts: dict[str, Json | None] = field(default_factory=dict)
    began: float = field(default_factory=time.monotonic)

    def run(self) -> str:
        """Run everything; the last line. Raises `DemoError`."""
        stack = Stack(self.directory)
        invoice = generate_distributor_invoice(self.seed, TENANTS)
        recon = generate_reconciliation(self.seed, 12)
        with self.step("start broker, database, sandbox and services"):
            stack.start()
        road = Road(stack, people=TENANTS, seed=self.seed)
        try:
            return self._walk(road, invoice, recon)
        finally:
            road.close()
            with self.step("stop everything"):
                stack.stop()

    def _walk(self, road: Road, invoice: DistributorInvoice, recon: Reconciliation) -> str:
        with self.step("set up a partner: Xero connection, billing profile, distributor feed"):
            road.set_up()
            road.watch_the_feed()
        with self.step(f"invoice {invoice.invoice_number} appears in the distributor's feed"):
            road.publish(invoice)
            road.drop("reconciliation-2026-10.csv", recon.to_csv().encode())
            key = road.await_priced(invoice.invoice_number)["invoice_key"]
            self.say(f"detected and priced: {_states(road.details(key))}")
        with self.step("map each tenant to its Xero contact, searched in the live Xero"):
            self._map(road, key)
        with self.step("Sync Now: plan over the live Xero, confirm, write, read back"):
            self._sync(road, key)
        with self.step(f"{recon.invoice_number}, a Partner Center file in the watched folder"):
            second = road.await_priced(recon.invoice_number)["invoice_key"]
            self._map(road, second)
            self._sync(road, second)
        proof = Proof()
        with self.step("compare every hop: document, lines, charges, plan, Xero"):
            xero = road.xero_invoices()
            first_document = expected.of_feed(invoice, PERCENTS)
            proof.document(first_document, road.details(key), xero)
            proof.document(expected.of_reconciliation(recon), road.details(second), xero)
            proof.equal("tenants synced = invoices in Xero", proof.synced, len(xero))
        with self.step("sync the same invoices again"):
            writes = self._sync_again(road, [key, second])
        self.table(proof)
        line = _last_line(proof, writes)
        _store(proof, writes, self.began)
        return line

    def _map(self, road: Road, key: str) -> None:
        unknown = road.map_tenants(key, self.contacts)
        details = road.await_mapped(key, unknown)
        for row in unknown:
            self.say(f"no contact for {row['tenant_name']}: held, {row['cost']} at cost")
        self.say(_states(details))

    def _sync(self, road: Road, key: str) -> None:
        rows = road.plan(key)
        made = [row for row in rows if row["plan"]]
        creates = sum(
            write["action"] == "create" for row in made for write in row["plan"]["writes"]
        )
        total = sum((Decimal(row["plan"]["total"]) for row in made), Decimal(0))
        self.say(f"planned: {creates} invoices to create, {total:,} before tax")
        road.approve(key, rows)
        details = road.await_rest(key)
        failed = [row for row in details["tenants"] if row["state"] not in (*IN_XERO, "held")]
        if failed:
            raise DoesNotTieError(f"{failed[0]['tenant_name']}: {failed[0]['failure']}")
        self.say(f"{_states(details)}; the invoice is {details['invoice']['status']}")

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
        names = ("write_requests", "records_created", "records_updated")
        writes = sum(after[name] - before[name] for name in names)
        self.say(f"{after['request_count'] - before['request_count']} calls to look, {writes} writes")
        if writes:
            raise DoesNotTieError(f"the second sync wrote {writes} times")
        return writes

    # -- telling -----------------------------------------------------------------------------

    @contextlib.contextmanager
    def step(self, what: str) -> Iterator[None]:
        """A step that a person can follow. Raises `DemoError` that names it."""
        self.console.print(f"[bold]{self._elapsed()}[/]  {what}", highlight=False)
        try:
            yield
        except DemoError:
            raise
        except Exception as error:
            raise DemoError(
                f"demo failed at: {what}\n{type(error).__name__}: {error}\n"
                f"logs: {self.directory}/<service>/log"
            ) from error

    def say(self, what: str) -> None:
        """Something worth knowing within a step."""
        self.console.print(f"         [dim]{what}[/]", highlight=False)

    def _elapsed(self) -> str:
        return f"{time.monotonic() - self.began:6.1f} s"

    def table(self, proof: Proof) -> None:
        """A row per tenant, and the tie-out."""
        table = Table(title="Tenants", title_justify="left", header_style="bold")
        table.add_column("Tenant", no_wrap=True, max_width=38)
        for name in ("Lines", "Cost", "RRP", "Sell"):
            table.add_column(name, justify="right", no_wrap=True)
        table.add_column("Status", no_wrap=True)
        table.add_column("Xero number", no_wrap=True)
        for number in dict.fromkeys(one["invoice"] for one in proof.tenants):
            mine = [one for one in proof.tenants if one["invoice"] == number]
            for one in sorted(mine, key=lambda one: -Decimal(one["cost"])):
                status = Text(one["status"], "green" if one["status"] in IN_XERO else "yellow")
                table.add_row(
                    one["tenant"],
                    str(one["lines"]),
                    *(_cents(one[name]) for name in ("cost", "rrp", "sell")),
                    status,
                    one["xero_number"] or ", ".join(one["holds"]),
                )
            table.add_section()
        self.console.print(table)
        ties = Table(title="Tie-out", title_justify="left", header_style="bold")
        ties.add_column("Hop")
        ties.add_column("Left", justify="right", no_wrap=True)
        ties.add_column("Right", justify="right", no_wrap=True)
        for what, left, right in proof.hops:
            ties.add_row(what, str(left), str(right))
        ties.add_row("residual of rounding each charge once", str(proof.total("residual")), "")
        self.console.print(ties)


def _states(details: Json) -> str:
    states = details["invoice"]["tenants_by_state"]
    return ", ".join(f"{count} {state.replace('_', ' ')}" for state, count in states.items())


def _cents(amount: str | None) -> str:
    return "" if amount is None else f"{Decimal(amount):,.2f}"


def _last_line(proof: Proof, writes: int) -> str:
    return (
        f"demo: ok tenants={len(proof.tenants)} synced={proof.synced} held={proof.count()['held']}"
        f" lines={proof.total('lines')} cost={proof.total('cost')} rrp={proof.total('rrp')}"
        f" sell={proof.total('sell')} residual={proof.total('residual')}"
        f" second_sync_writes={writes}"
    )


def _store(proof: Proof, writes: int, began: float) -> None:
    RESULT.parent.mkdir(exist_ok=True)
    result = {
        "tenants": len(proof.tenants),
        "synced": proof.synced,
        "held": proof.count()["held"],
        "lines": int(proof.total("lines")),
        **{name: str(proof.total(name)) for name in ("cost", "rrp", "sell", "residual")},
        "second_sync_writes": writes,
        "seconds": round(time.monotonic() - began, 1),
        "per_tenant": proof.tenants,
        "tie_out": [
            {"hop": what, "left": str(left), "right": str(right)} for what, left, right in proof.hops
        ],
    }
    RESULT.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n")


def run_demo(*, svg: Path | None = None, keep: bool = False) -> int:
    """Run it in a temporary directory, which stays when something failed; the exit code."""
    console = Console(record=svg is not None, width=118 if svg else None, soft_wrap=False)
    directory = Path(tempfile.mkdtemp(prefix="syncline-demo-"))
    try:
        line = Demo(console, directory).run()
    except DemoError as error:
        console.print(f"\n[red]{error}[/]", highlight=False, markup=True)
        return 1
    if not keep:
        shutil.rmtree(directory, ignore_errors=True)
    console.print(line, highlight=False, soft_wrap=True)
    if svg is not None:
        console.save_svg(str(svg), title="make demo")
    return 0
