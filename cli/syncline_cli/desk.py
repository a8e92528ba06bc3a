"""What a command works at: the client, the output, a partner; finding things by what people say."""

import time
from functools import cached_property
from typing import Annotated, Any

import typer

from syncline_cli import whereabouts
from syncline_cli.client import Client, Json, segment
from syncline_cli.output import Output, money
from syncline_cli.problem import CommandError, ExitCode

Partner = Annotated[
    str | None,
    typer.Option(
        "--partner",
        "-p",
        envvar="SYNCLINE_PARTNER",
        help="Which partner; not needed where the token reaches one only.",
        show_envvar=True,
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="JSON alone on standard output.")]
MOST_NAMED = 8
NEWEST_INVOICES = 12
LOOKS = 4
LOOK_AGAIN_S = 0.1


class Desk:
    """Everything that a command needs."""

    def __init__(self, client: Client, output: Output, chosen: str | None = None) -> None:
        self.client = client
        self.output = output
        self._chosen = chosen

    @cached_property
    def partner(self) -> str:
        """The partner that was named, or the only one. Raises `CommandError`."""
        if self._chosen:
            return self._chosen
        names = [one["partner_id"] for one in self.client.get("/v1/partners")["partners"]]
        if len(names) == 1:
            return str(names[0])
        if not names:
            raise CommandError(
                "There is no partner yet. `syncline partner ID --set name=... --set currency=AUD` "
                "makes one."
            )
        raise CommandError(
            f"Which partner? Say --partner with one of: {', '.join(names)}.", ExitCode.USAGE
        )

    @property
    def base(self) -> str:
        """Path of the partner."""
        return f"/v1/partners/{segment(self.partner)}"

    def invoice(self, name: str) -> Json:
        """An invoice by the supplier's number or by its key. Raises `CommandError`."""
        rows = list(self.client.pages(f"{self.base}/invoices", "invoices", limit=1000))
        found = [one for one in rows if name in (one["invoice_no"], one["invoice_key"])]
        if len(found) == 1:
            return found[0]
        if found:
            raise CommandError(
                f"{name} is there more than once. Say its key:",
                choices=tuple(
                    f"{one['invoice_key']}  {one['billing_month']}  from {one['source_id']}, "
                    f"cost {money(one['cost'])}"
                    for one in found
                ),
            )
        known = ", ".join(one["invoice_no"] for one in rows[:MOST_NAMED])
        raise CommandError(
            f"Partner {self.partner} has no invoice {name!r}. "
            + (f"The newest are: {known}." if known else "It has none at all yet."),
            ExitCode.NOT_FOUND,
        )

    def path_of(self, invoice: Json) -> str:
        """Path of an invoice."""
        return f"{self.base}/invoices/{segment(invoice['invoice_key'])}"

    def tenant(self, rows: list[Json], name: str) -> Json:
        """A tenant by id, by name, or by a part of its name that only it has."""
        wanted = name.casefold()
        by_id = [row for row in rows if wanted == row["tenant_id"].casefold()]
        by_name = [row for row in rows if wanted == row["tenant_name"].casefold()]
        found = by_id or by_name or [row for row in rows if wanted in row["tenant_name"].casefold()]
        different = {row["tenant_id"]: row for row in reversed(found)}
        if len(different) == 1:
            return found[0]
        if not different:
            raise CommandError(f"There is no tenant {name!r} here.", ExitCode.NOT_FOUND)
        raise CommandError(
            f"{name!r} may be several tenants. Say the id:",
            choices=tuple(
                f"{key}  {row['tenant_name']}, cost {money(row['cost'])}"
                for key, row in different.items()
            ),
        )

    def any_tenant(self, name: str) -> Json:
        """A tenant of what waits or of the newest invoices.

        A name is looked for in all of them, so that it is never taken for the one that happens to
        wait. Raises `CommandError`.
        """
        rows = list(self.client.whole(f"{self.base}/holds")["rows"])
        for row in rows:
            if row["tenant_id"].casefold() == name.casefold():
                return dict(row)
        newest = self.client.get(f"{self.base}/invoices", limit=NEWEST_INVOICES)["invoices"]
        for invoice in newest:
            rows += self.client.get(self.path_of(invoice))["tenants"]
        return self.tenant(rows, name)

    @cached_property
    def register(self) -> Json:
        """The partner's register entry, as it was when it was first looked at."""
        found: Json = self.client.get(self.base)
        return found

    def connection_path(self) -> str:
        """Path of the connection that the partner's charges are written through."""
        settings = self.register["settings"]
        if not settings["connector"] or not settings["connection_id"]:
            raise CommandError(
                f"Partner {self.partner} has no connection to a PSA. `syncline connection xero "
                f"main` makes one, `syncline partner {self.partner} --set connector=xero "
                "--set connection_id=main` chooses it."
            )
        connector, connection = settings["connector"], settings["connection_id"]
        return f"{self.base}/connectors/{segment(connector)}/connections/{segment(connection)}"

    def connectors(self) -> list[Json]:
        """Connectors that run.

        The list is empty now and then though there are some, so an empty one is asked for again.
        """
        for _ in range(LOOKS):
            found: list[Json] = self.client.get("/v1/connectors")["connectors"]
            if found:
                return found
            time.sleep(LOOK_AGAIN_S)
        return []

    def pick_list(self, thing: str) -> str:
        """Name of the pick list that the partner's connector has for a thing, such as `client`."""
        connector = self.register["settings"]["connector"]
        for one in self.connectors():
            if one["name"] == connector and thing in one["picks"]:
                return str(one["picks"][thing])
        raise CommandError(f"The connector {connector!r} does not run, or has no {thing} to pick.")


def open_desk(partner: str | None = None, *, as_json: bool = False) -> Desk:
    """Find Syncline and sit down. Raises `CommandError`."""
    return Desk(Client(whereabouts.find()), Output(as_json=as_json), partner)


def version_of(found: Any) -> int | None:
    """The version that an edit has to name; None for what is not there yet."""
    return None if found is None else int(found["version"])
