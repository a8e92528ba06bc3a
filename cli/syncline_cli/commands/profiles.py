"""`profile`: billing profiles, with the effect of each percentage in words."""

from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Annotated

import typer

from syncline_cli.client import Json, segment
from syncline_cli.desk import AsJson, Desk, Partner, open_desk, version_of
from syncline_cli.problem import CommandError, ExitCode

_SAMPLE = Decimal("100.00")
_CENT = Decimal("0.01")
SetItem = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        help="VENDOR_ITEM=PRODUCT:PERCENT, such as AZ-CONS=AZURE:-5 (5 % below RRP); repeat.",
    ),
]
RemoveItem = Annotated[
    list[str] | None, typer.Option("--unset", help="VENDOR_ITEM to take out; repeat.")
]
IsDefault = Annotated[
    bool, typer.Option("--default", help="For every tenant that has no other one.")
]
Assign = Annotated[
    str | None, typer.Option(help="Give it to this tenant (id or name), not the default.")
]
Unassign = Annotated[
    str | None, typer.Option(help="The tenant (id or name) has the default again.")
]
OnlyItem = Annotated[
    str | None, typer.Option(help="With --assign, --unassign: only for this vendor item.")
]


def effect(percent: str) -> str:
    """What a Percentage Off RRP does: 0 sells at RRP, positive above, negative below."""
    value = Decimal(percent)
    sell = (_SAMPLE * (1 + value / 100)).quantize(_CENT, ROUND_HALF_UP)
    if value == 0:
        return f"sells at RRP: {_SAMPLE} stays {sell}"
    side = "above" if value > 0 else "below"
    return f"sells {abs(value).normalize():f} % {side} RRP: {_SAMPLE} becomes {sell}"


def profile(
    name: Annotated[str | None, typer.Argument(help="The profile's id; all without it.")] = None,
    set_item: SetItem = None,
    remove_item: RemoveItem = None,
    title: Annotated[str | None, typer.Option(help="What people call it.")] = None,
    default: IsDefault = False,
    assign: Assign = None,
    unassign: Unassign = None,
    item: OnlyItem = None,
    partner: Partner = None,
    as_json: AsJson = False,
) -> int:
    """Show, make or change billing profiles. Invoices that are not synced yet are priced again."""
    desk = open_desk(partner, as_json=as_json)
    known = desk.client.whole(f"{desk.base}/profiles")
    changes = bool(set_item or remove_item or title or default)
    _check_words(name, assign, unassign, item, changes=changes)
    if unassign is not None:
        _assign(desk, known, unassign, item, None)
        known = desk.client.whole(f"{desk.base}/profiles")
    if name is None:
        _show(desk, known["profiles"], known)
        return ExitCode.DONE
    there = next((one for one in known["profiles"] if one["profile_id"] == name), None)
    if changes:
        body = _edited(there, name, set_item or [], remove_item or [], title, default=default)
        path = f"{desk.base}/profiles/{segment(name)}"
        desk.client.put(path, body, version=version_of(there))
        there = desk.client.get(path)
    if there is None:
        words = f"There is no profile {name!r}. --set ITEM=PRODUCT:PERCENT makes it."
        raise CommandError(words, ExitCode.NOT_FOUND)
    if assign is not None:
        who = _assign(desk, known, assign, item, name)
        desk.output.say(f"{who['tenant_name']} has {name}{f' for {item}' if item else ''} now.")
    _show(desk, [there], there)
    return ExitCode.DONE


def _check_words(
    name: str | None, assign: str | None, unassign: str | None, item: str | None, *, changes: bool
) -> None:
    """Raise `CommandError` for what makes no sense together."""
    if name is None and (changes or assign):
        raise CommandError("Say which profile.", ExitCode.USAGE)
    if unassign is not None and (name or assign):
        raise CommandError("--unassign goes alone, without a profile.", ExitCode.USAGE)
    if item is not None and not (assign or unassign):
        raise CommandError("--item belongs to --assign or --unassign.", ExitCode.USAGE)


def _edited(
    there: Json | None,
    name: str,
    wanted: list[str],
    unwanted: list[str],
    title: str | None,
    *,
    default: bool,
) -> Json:
    settings: Json = there["settings"] if there else {"name": name, "entries": []}
    entries = {one["vendor_item"]: one for one in settings["entries"]}
    for item in unwanted:
        if entries.pop(item, None) is None:
            raise CommandError(f"The profile has no entry {item!r}.", ExitCode.NOT_FOUND)
    for text in wanted:
        entry = _entry(text)
        entries[entry["vendor_item"]] = {**entries.get(entry["vendor_item"], {}), **entry}
    return {
        "name": title or settings["name"],
        "entries": list(entries.values()),
        "is_default": default or bool(there and there["is_default"]),
    }


def _entry(text: str) -> Json:
    item, sign, rest = text.partition("=")
    product, colon, percent = rest.rpartition(":")
    try:
        number = Decimal(percent)
        colon = colon if number.is_finite() else ""
    except InvalidOperation:
        number, colon = Decimal(0), ""
    if not (sign and colon and item and product):
        raise CommandError(
            f"--set takes VENDOR_ITEM=PRODUCT:PERCENT, not {text!r}. 0 sells at RRP, 10 sells "
            "10 % above it, -5 sells 5 % below it.",
            ExitCode.USAGE,
        )
    return {"vendor_item": item, "product_id": product, "percent_off_rrp": f"{number:f}"}


def _assign(desk: Desk, known: Json, tenant: str, item: str | None, name: str | None) -> Json:
    """Give a tenant a profile, or take it back; the tenant."""
    assigned = {(one["tenant_id"], one["vendor_item"]): one for one in known["assignments"]}
    if any(tenant == tenant_id for tenant_id, _ in assigned):
        who = {"tenant_id": tenant, "tenant_name": tenant}
    else:
        who = desk.any_tenant(tenant)
    there = assigned.get((who["tenant_id"], item))
    if name is None and there is None:
        raise CommandError(f"{who['tenant_name']} has no profile of its own.", ExitCode.NOT_FOUND)
    path = f"{desk.base}/assignments/{segment(who['tenant_id'])}"
    query = f"?vendor_item={segment(item)}" if item is not None else ""
    desk.client.put(f"{path}{query}", {"profile_id": name}, version=version_of(there))
    return who


def _show(desk: Desk, profiles: list[Json], whole: Json) -> None:
    if desk.output.as_json:
        desk.output.json(whole)
        return
    if not profiles:
        desk.output.say("There are no billing profiles yet; every line waits for one.")
    for one in profiles:
        is_default = ", the default" if one["is_default"] else ""
        desk.output.table(
            f"{one['settings']['name']} ({one['profile_id']}){is_default}",
            ("Vendor item", "Product", ">% off RRP", "So it"),
            [
                (
                    entry["vendor_item"],
                    entry["product_name"] or entry["product_id"],
                    entry["percent_off_rrp"],
                    effect(entry["percent_off_rrp"]),
                )
                for entry in one["settings"]["entries"]
            ],
        )
    for one in whole.get("assignments", []):
        item = f" for {one['vendor_item']}" if one["vendor_item"] else ""
        desk.output.say(f"Tenant {one['tenant_id']} has {one['profile_id']}{item}.")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(profile)
