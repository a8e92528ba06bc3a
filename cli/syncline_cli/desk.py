"""What a command works at: the client, the output, a partner; finding things by what people say."""

from dataclasses import dataclass
from typing import Annotated, Any

import typer

from syncline_cli import whereabouts
from syncline_cli.client import Client, Json, segment
from syncline_cli.output import Output
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


@dataclass(frozen=True, slots=True)
class Desk:
    """Everything that a command needs."""

    client: Client
    output: Output
    chosen: str | None = None

    @property
    def partner(self) -> str:
        """The partner that was named, or the only one. Raises `CommandError`."""
        if self.chosen:
            return self.chosen
        names = [one["partner_id"] for one in self.client.get("/v1/partners")["partners"]]
        if len(names) == 1:
            return str(names[0])
        if not names:
            raise CommandError("There is no partner yet. `syncline partner` adds one.")
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
            keys = ", ".join(f"{one['invoice_key']} ({one['source_id']})" for one in found)
            raise CommandError(f"{name} is there more than once. Say its key: {keys}.")
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
        exact = [
            row
            for row in rows
            if wanted in (row["tenant_id"].casefold(), row["tenant_name"].casefold())
        ]
        found = exact or [row for row in rows if wanted in row["tenant_name"].casefold()]
        different = {row["tenant_id"]: row for row in found}
        if len(different) == 1:
            return found[0]
        if not different:
            raise CommandError(f"There is no tenant {name!r} here.", ExitCode.NOT_FOUND)
        named = "; ".join(f"{row['tenant_name']} = {key}" for key, row in different.items())
        raise CommandError(f"{name!r} may be several tenants. Say the id: {named}.")

    def register(self) -> Json:
        """The partner's register entry."""
        found: Json = self.client.get(self.base)
        return found

    def connection_path(self) -> str:
        """Path of the connection that the partner's charges are written through."""
        settings = self.register()["settings"]
        if not settings["connector"] or not settings["connection_id"]:
            raise CommandError(
                f"Partner {self.partner} has no connection to a PSA. `syncline connection` makes "
                "one, `syncline partner --connector --connection` chooses it."
            )
        connector, connection = settings["connector"], settings["connection_id"]
        return f"{self.base}/connectors/{segment(connector)}/connections/{segment(connection)}"

    def pick_list(self, thing: str) -> str:
        """Name of the pick list that the partner's connector has for a thing, such as `client`."""
        connector = self.register()["settings"]["connector"]
        for one in self.client.get("/v1/connectors")["connectors"]:
            if one["name"] == connector and thing in one["picks"]:
                return str(one["picks"][thing])
        raise CommandError(f"The connector {connector!r} does not run, or has no {thing} to pick.")


def open_desk(partner: str | None = None, *, as_json: bool = False) -> Desk:
    """Find Syncline and sit down. Raises `CommandError`."""
    return Desk(Client(whereabouts.find()), Output(as_json=as_json), partner)


def version_of(found: Any) -> int | None:
    """The version that an edit has to name; None for what is not there yet."""
    return None if found is None else int(found["version"])
