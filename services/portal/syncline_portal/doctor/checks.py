"""Facts in, findings out: what is not as it should be, where, and what to do about it."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import chain
from typing import Literal

from pydantic import BaseModel, ConfigDict
from syncline_chassis.standing import StandingDurable, StandingStream
from syncline_contracts.message import CONNECTORS
from syncline_contracts.presence import FORGOTTEN_AFTER, Presence, major
from syncline_contracts.stream import DEADLETTERS
from syncline_contracts.tenant import TenantState

from syncline_portal.doctor.facts import Facts, PartnerFacts

ALWAYS_NEEDED = ("ingest", "pricing", "mapping", "portal")
FAR_BEHIND = 1000
"""Messages; the alert SynclineConsumerLag has the same."""
MOST_OF_A_KIND = 100
BUS = "bus"
_PROVISION = "Run the provisioning command (syncline-provision): it deletes nothing."
_WHY_STUCK: dict[TenantState, str] = {
    "received": "Its lines have not all come with prices: look for dead letters and lag of "
    "pricing and mapping.",
    "planned": "A person has to confirm the plan, or to plan anew: syncline sync {invoice}.",
    "approved": "The connector has not begun: is it running, is its connection parked?",
    "syncing": "The connector has not finished: look at the connection and the connector's log.",
}


class Finding(BaseModel):
    """One thing that is not as it should be."""

    model_config = ConfigDict(frozen=True)

    severity: Literal["problem", "warning"]
    code: str
    where: str
    what: str
    todo: str


def examine(facts: Facts) -> list[Finding]:
    """Everything that is found, problems first."""
    checks = (
        *(_broker, _paused, _lag, _dead_letters, _services, _cut_short, _versions, _clocks),
        _partners,
    )
    found = list(chain.from_iterable(check(facts) for check in checks))
    return sorted(_shortened(found), key=lambda one: one.severity)


def _shortened(found: list[Finding]) -> Iterator[Finding]:
    """Of each kind the first, and how many more there are: nobody reads ten thousand."""
    counted: Counter[tuple[str, str]] = Counter()
    for one in found:
        counted[one.severity, one.code] += 1
        if counted[one.severity, one.code] <= MOST_OF_A_KIND:
            yield one
    for one in found:
        more = counted.pop((one.severity, one.code), 0) - MOST_OF_A_KIND
        if more > 0:
            what = f"{more} more of this kind are not shown."
            yield one.model_copy(update={"where": "elsewhere", "what": what})


def _problem(code: str, where: str, what: str, todo: str) -> Finding:
    return Finding(severity="problem", code=code, where=where, what=what, todo=todo)


def _warning(code: str, where: str, what: str, todo: str) -> Finding:
    return Finding(severity="warning", code=code, where=where, what=what, todo=todo)


def _broker(facts: Facts) -> Iterator[Finding]:
    if BUS in facts.silent:
        yield _problem(
            "broker_silent",
            "broker",
            "JetStream does not tell the portal what stands on it.",
            "Are the broker's rights those of this version? Render and load them anew.",
        )
    standing: list[tuple[str, StandingStream | StandingDurable]] = [
        *(("stream", stream) for stream in facts.streams),
        *(("durable", durable) for durable in facts.durables),
    ]
    for kind, one in standing:
        name = one.declared.name
        if not one.is_there:
            yield _problem(
                f"{kind}_missing",
                name,
                f"The {kind} {name} is declared and is not there.",
                f"{_PROVISION} Services that use it go on by themselves.",
            )
        elif one.differs:
            yield _problem(
                f"{kind}_differs",
                name,
                f"The {kind} {name} has another {', '.join(one.differs)} than declared.",
                _PROVISION,
            )


def _paused(facts: Facts) -> Iterator[Finding]:
    paused = {one.declared.name: one.paused_until for one in facts.durables if one.paused_until}
    if paused:
        yield _warning(
            "paused",
            ", ".join(sorted(paused)),
            f"Nothing is given out until {max(paused.values()):%Y-%m-%d %H:%M} UTC at the latest.",
            "A backup does that, and ends it. If none runs, one was killed: it ends by itself "
            "then, or with the next backup.",
        )


def _lag(facts: Facts) -> Iterator[Finding]:
    for one in facts.durables:
        if one.paused_until:
            continue
        undone = one.waiting + one.unacked
        quiet_since = max((at for at in (one.given_at, one.acked_at) if at), default=None)
        service = one.declared.service
        if undone and one.redelivered and _long_ago(facts, one.acked_at):
            yield _problem(
                "tried_again_and_again",
                one.declared.name,
                f"{one.redelivered} of its {undone} messages are given out again and again, and "
                f"none was done {_since(one.acked_at)}.",
                f"The log of {service} says at each try what it waits for.",
            )
        elif undone and _long_ago(facts, quiet_since):
            yield _problem(
                "not_taken",
                one.declared.name,
                f"{_count(one)}; none was taken {_since(quiet_since)}.",
                f"Is {service} running, and does /readyz say so? If it is, start it anew.",
            )
        elif one.waiting > FAR_BEHIND:
            yield _warning(
                "far_behind",
                one.declared.name,
                f"{_count(one)}.",
                f"Does it get less? Else scale {service} out; see the runbook SynclineConsumerLag.",
            )


def _count(one: StandingDurable) -> str:
    return f"{one.waiting} messages wait, {one.unacked} are in somebody's hand"


def _long_ago(facts: Facts, at: datetime | None) -> bool:
    return at is None or facts.now - at > facts.patience


def _since(at: datetime | None) -> str:
    return f"since {at:%Y-%m-%d %H:%M} UTC" if at else "ever"


def _dead_letters(facts: Facts) -> Iterator[Finding]:
    for one in facts.streams:
        if one.declared == DEADLETTERS and one.messages:
            yield _warning(
                "dead_letters",
                "DEADLETTERS",
                f"{one.messages} messages could not be handled.",
                "syncline deadletter lists them with the error; mend the cause, then --replay.",
            )


def _services(facts: Facts) -> Iterator[Finding]:
    there = {one.service for one in facts.present}
    chosen = {one.settings.connector for one in facts.partners}
    used = [one for one in CONNECTORS if one in chosen]
    for service in (*ALWAYS_NEEDED, *used):
        if service not in there:
            what = "No process of it says that it is running."
            if service in used:
                partners = [
                    one.partner_id for one in facts.partners if one.settings.connector == service
                ]
                what += f" Partners who bill through it: {len(partners)}."
            todo = "Start it; if it does not stay up, its log ends with the reason."
            yield _problem("not_running", service, what, todo)
        elif service in facts.silent:
            yield _problem(
                "no_answer",
                service,
                "It says that it is running, and does not answer.",
                "Look at /readyz and its log; its database may be away.",
            )


def _cut_short(facts: Facts) -> Iterator[Finding]:
    for service in sorted(facts.cut_short):
        yield _warning(
            "not_all_seen",
            service,
            "It has more to tell than one examination hears.",
            "What is found here is true, and there may be more: mend it, then examine again.",
        )


def _versions(facts: Facts) -> Iterator[Finding]:
    for one in facts.present:
        if major(one.contracts) != major(facts.contracts):
            yield _problem(
                "contracts_differ",
                _process(one),
                f"Version {one.version} speaks contracts {one.contracts}, the portal "
                f"{facts.contracts}: they do not understand each other.",
                f"Stop it, or release {one.service} and the portal with the same major version.",
            )
    for service in sorted({one.service for one in facts.present}):
        versions = sorted({one.version for one in facts.present if one.service == service})
        if len(versions) > 1:
            yield _warning(
                "versions_mixed",
                service,
                f"Versions {' and '.join(versions)} run side by side.",
                "While it is being released that is as it should be; else finish the release.",
            )


def _clocks(facts: Facts) -> Iterator[Finding]:
    for one in facts.present:
        ahead = one.said_at - facts.now
        # It was said within the time that the broker remembers it, whatever its clock says.
        behind = -ahead - FORGOTTEN_AFTER
        for skew, side in ((ahead, "ahead of"), (behind, "behind")):
            if skew > facts.max_clock_skew:
                yield _problem(
                    "clock_off",
                    _process(one),
                    f"Its clock is at least {_seconds(skew)} s {side} the portal's.",
                    "Set both by NTP, then start it anew: leases and token lifetimes are wrong.",
                )


def _process(one: Presence) -> str:
    return f"{one.service}.{one.instance[-8:]}"


def _seconds(span: timedelta) -> int:
    return int(span.total_seconds())


def _partners(facts: Facts) -> Iterator[Finding]:
    for one in facts.partners:
        yield from _connection(facts, one)
        yield from _stuck(one)
        yield from _sums(one)


def _connection(facts: Facts, one: PartnerFacts) -> Iterator[Finding]:
    connector, name = one.settings.connector, one.settings.connection_id or "main"
    if not connector or connector in facts.silent:
        return
    where, view = f"{one.partner_id}: {connector}/{name}", one.connection
    if view is None and connector in facts.cut_short:
        return
    if view is None:
        yield _problem(
            "connection_missing",
            where,
            "The partner bills through it, and it is not there.",
            f"syncline connection {connector} {name} --partner {one.partner_id} makes it.",
        )
    elif view.status == "reauth_required":
        yield _problem(
            "connection_parked",
            where,
            f"The PSA refuses its credentials. {view.status_detail}",
            "Its work waits. The partner's administrator has to enter new credentials or connect "
            "again; then it goes on by itself.",
        )
    elif view.status == "failing":
        yield _warning(
            "connection_failing",
            where,
            f"The PSA does not answer as it should. {view.status_detail}",
            "It is tried again by itself. If it lasts: the vendor's "
            "status page, then the runbook SynclineVendorFailing.",
        )
    elif view.waits_until is not None and view.waits_until - facts.now > facts.patience:
        yield _warning(
            "connection_limited",
            where,
            f"The vendor's limit is reached until {view.waits_until:%Y-%m-%d %H:%M} UTC.",
            "It goes on by itself; see the runbook SynclineVendorLimit if that is too late.",
        )


def _stuck(one: PartnerFacts) -> Iterator[Finding]:
    counted = Counter((row.invoice_no, row.state) for row in one.stuck)
    for (invoice, state), tenants in sorted(counted.items()):
        oldest = min(
            row.since for row in one.stuck if (row.invoice_no, row.state) == (invoice, state)
        )
        finding = _warning if state == "planned" else _problem
        yield finding(
            "tenants_stuck",
            f"{one.partner_id}: invoice {invoice}",
            f"{_tenants(tenants)} {state} {_since(oldest)}.",
            _WHY_STUCK[state].format(invoice=invoice),
        )


def _sums(one: PartnerFacts) -> Iterator[Finding]:
    for invoice, tenants in sorted(Counter(row.invoice_no for row in one.untied).items()):
        yield _problem(
            "tie_out_failed",
            f"{one.partner_id}: invoice {invoice}",
            f"{_tenants(tenants)} off: the sums do not tie.",
            "syncline holds says by how much and where; see the runbook SynclineTieOut.",
        )


def _tenants(number: int) -> str:
    return "1 tenant is" if number == 1 else f"{number} tenants are"
