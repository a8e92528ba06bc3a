"""`source`: where a partner's invoices come from."""

from typing import Annotated

import typer

from syncline_cli.client import Json, segment
from syncline_cli.desk import AsJson, Desk, Partner, open_desk, version_of
from syncline_cli.fields import Fields, SecretFile, SecretPrompt, SecretVariable, ask, given, plain
from syncline_cli.output import moment
from syncline_cli.problem import CommandError, ExitCode


def source(
    source_id: Annotated[str | None, typer.Argument(help="Such as dicker.")] = None,
    kind: Annotated[str | None, typer.Option(help="Such as dicker_feed.")] = None,
    fields: Fields = None,
    secret: SecretPrompt = None,
    secret_file: SecretFile = None,
    secret_env: SecretVariable = None,
    enable: Annotated[bool | None, typer.Option("--enable/--disable")] = None,
    partner: Partner = None,
    as_json: AsJson = False,
) -> int:
    """List the sources that invoices come from, or make or change one.

    A new dicker_feed takes --set base_url=.. --set account_code=.. and asks for access_token.
    """
    desk = open_desk(partner, as_json=as_json)
    found: list[Json] = desk.client.get(f"{desk.base}/sources")["sources"]
    is_edit = bool(kind or fields or secret or secret_file or secret_env or enable is not None)
    if source_id is None:
        if is_edit:
            raise CommandError("Say which source, such as dicker.", ExitCode.USAGE)
        _show_sources(desk, found)
        return ExitCode.DONE
    there = next((one for one in found if one["source_id"] == source_id), None)
    what = kind or (there["kind"] if there else None)
    if what is None:
        raise CommandError(
            f"There is no source {source_id!r}. --kind makes it.", ExitCode.NOT_FOUND
        )
    if is_edit:
        secrets = _secrets(desk, what)
        settings = {**plain(fields, secrets), **given(secret_file, secret_env, secret)}
        if there is None:
            settings |= {
                name: ask(name, title) for name, title in secrets.items() if name not in settings
            }
        is_on = enable if enable is not None else there["enabled"] if there else True
        there = _save(desk, source_id, there, {"kind": what, "enabled": is_on}, settings)
    _show_sources(desk, [there] if there else [])
    return ExitCode.DONE


def _save(desk: Desk, source_id: str, there: Json | None, head: Json, changed: Json) -> Json:
    """Change what was named and keep the rest; the source as it is then."""
    settings = {**(there["settings"] if there else {}), **changed}
    path = f"{desk.base}/sources/{segment(source_id)}"
    desk.client.put(path, {**head, "settings": settings}, version=version_of(there))
    found: Json = desk.client.get(path)
    return found


def _secrets(desk: Desk, kind: str) -> dict[str, str]:
    """Secrets of a kind with their titles; none of a kind that is not known, which is refused."""
    for one in desk.client.get(f"{desk.base}/source-kinds")["kinds"]:
        if one["kind"] == kind:
            fields = one["form"]["properties"]
            return {
                name: shape.get("title", name)
                for name, shape in fields.items()
                if shape.get("writeOnly")
            }
    return {}


def _show_sources(desk: Desk, sources: list[Json]) -> None:
    if desk.output.as_json:
        desk.output.json({"sources": sources})
        return
    if not sources:
        desk.output.say("There is no source yet; the watched folder and `ingest` work without one.")
        return
    desk.output.table(
        f"Sources of {desk.partner}",
        ("Id", "Kind", "On", "Last polled", "Last error", "Settings"),
        [
            (
                one["source_id"],
                one["kind"],
                "yes" if one["enabled"] else "no",
                moment(one["last_polled_at"]),
                one["last_error"],
                tuple(f"{name}={value}" for name, value in one["settings"].items()),
            )
            for one in sources
        ],
    )


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(source)
