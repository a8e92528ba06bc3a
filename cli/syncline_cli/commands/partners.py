"""`partner`: the register of partners."""

from decimal import Decimal, InvalidOperation
from typing import Annotated

import typer

from syncline_cli.client import Json
from syncline_cli.desk import AsJson, Desk, open_desk, version_of
from syncline_cli.fields import Fields, pairs
from syncline_cli.problem import CommandError, ExitCode

_SHOWN = ("name", "currency", "time_zone", "connector", "connection_id")
_PLAIN = (*_SHOWN, "sell_below_cost", "unusual_rrp")


def partner(
    partner_id: Annotated[str | None, typer.Argument(help="Lower-case letters, digits, -.")] = None,
    fields: Fields = None,
    rrp: Annotated[
        list[str] | None,
        typer.Option(
            "--rrp",
            help="KIND=hold, KIND=cost or KIND=cost_plus:PERCENT, such as seat=cost_plus:15: what "
            "to take where the supplier states no RRP; repeat.",
        ),
    ] = None,
    as_json: AsJson = False,
) -> int:
    """List the partners, show one, or make or change it: --set name=.. --set currency=AUD.

    Fields: name, currency, time_zone, connector, connection_id; sell_below_cost and unusual_rrp,
    which are warn or hold.
    """
    desk = open_desk(partner_id, as_json=as_json)
    known = desk.client.get("/v1/partners")["partners"]
    if partner_id is None:
        if fields or rrp:
            raise CommandError("Say which partner.", ExitCode.USAGE)
        _show_partners(desk, known)
        return ExitCode.DONE
    there = next((one for one in known if one["partner_id"] == partner_id), None)
    if fields or rrp:
        settings = _edited(there, pairs(fields), pairs(rrp, "--rrp"))
        desk.client.put(desk.base, settings, version=version_of(there))
        there = desk.register
    if there is None:
        raise CommandError(
            f"There is no partner {partner_id!r}. --set name=... --set currency=... makes it.",
            ExitCode.NOT_FOUND,
        )
    _show_partners(desk, [there])
    return ExitCode.DONE


def _edited(there: Json | None, fields: dict[str, str], policies: dict[str, str]) -> Json:
    settings = dict(there["settings"]) if there else {}
    for name, value in fields.items():
        if name not in _PLAIN:
            raise CommandError(
                f"{name!r} is not set here; these are: {', '.join(_PLAIN)}.", ExitCode.USAGE
            )
        settings[name] = value or None
    if policies:
        new = {kind: _policy(text) for kind, text in policies.items()}
        settings["rrp_policy"] = {**settings.get("rrp_policy", {}), **new}
    return settings


def _policy(text: str) -> Json:
    mode, _, percent = text.partition(":")
    try:
        is_number = Decimal(percent).is_finite()
    except InvalidOperation:
        is_number = False
    if mode not in ("hold", "cost", "cost_plus") or is_number != (mode == "cost_plus"):
        raise CommandError(
            "--rrp takes KIND=hold, KIND=cost or KIND=cost_plus:PERCENT (seat=cost_plus:15).",
            ExitCode.USAGE,
        )
    return {"mode": mode, "percent": f"{Decimal(percent):f}"} if percent else {"mode": mode}


def policy_words(policies: Json) -> tuple[str, ...]:
    """What is taken for RRP per line kind, in words."""
    words = {"hold": "waits", "cost": "at cost", "cost_plus": "cost + {percent} %"}
    return tuple(f"{kind}: {words[one['mode']].format(**one)}" for kind, one in policies.items())


def _show_partners(desk: Desk, partners: list[Json]) -> None:
    if desk.output.as_json:
        desk.output.json({"partners": partners})
        return
    if not partners:
        desk.output.say(
            "There is no partner yet. `syncline partner ID --set name=... --set currency=AUD` "
            "makes one."
        )
        return
    desk.output.table(
        "Partners",
        ("=Id", "Name", "Currency", "Time zone", "Connector", "Connection", "RRP if unknown"),
        [
            (
                one["partner_id"],
                *(one["settings"][name] or "none" for name in _SHOWN),
                policy_words(one["settings"]["rrp_policy"]) or "waits",
            )
            for one in partners
        ],
    )


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(partner)
