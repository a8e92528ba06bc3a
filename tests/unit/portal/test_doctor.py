"""Each thing that can be wrong is named, with what to do; what is as it should be is not."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from syncline_chassis.errors import ProblemError, TransientError
from syncline_chassis.standing import StandingDurable, StandingStream
from syncline_contracts.mapping_query import ListPartners, Partners, PartnerView
from syncline_contracts.partner import PartnerSettings
from syncline_contracts.presence import Presence
from syncline_contracts.query import Connections, ConnectionView, ListConnections
from syncline_contracts.stream import DEADLETTERS, DURABLES, STREAMS, durable
from syncline_contracts.stuck_query import ListStuck, Stuck, StuckTenant
from syncline_portal.doctor.checks import MOST_OF_A_KIND, Finding, examine
from syncline_portal.doctor.facts import Facts, PartnerFacts
from syncline_portal.doctor.look import Look

from tests.unit.portal.answers import KEY, TENANT
from tests.unit.portal.conftest import caller
from tests.unit.portal.fakes import NOW, FakePortal

LONG_AGO = NOW - timedelta(hours=2)
JUST_NOW = NOW - timedelta(seconds=5)
WORK = durable("mapping", "small")


def process(service: str, **changes: Any) -> Presence:
    fields = {
        "service": service,
        "instance": f"{service}-1",
        "version": "1.0.0",
        "contracts": "1.2.0",
        "started_at": LONG_AGO,
        "said_at": JUST_NOW,
        **changes,
    }
    return Presence.model_validate(fields)


def connection(**changes: Any) -> ConnectionView:
    fields = {"partner_id": "acme", "connection_id": "main", "connector": "xero", "version": 1}
    return ConnectionView.model_validate({**fields, "form": {}, "status": "working", **changes})


def partner(**changes: Any) -> PartnerFacts:
    settings = PartnerSettings(name="Acme", currency="AUD", connector="xero", connection_id="main")
    return replace(PartnerFacts("acme", settings, connection()), **changes)


def stuck(state: str, partner_id: str = "acme") -> StuckTenant:
    fields = {"invoice_key": KEY, "invoice_no": "G1", "tenant_id": TENANT, "since": LONG_AGO}
    return StuckTenant.model_validate({**fields, "state": state, "partner_id": partner_id})


HEALTHY = Facts(
    now=NOW,
    contracts="1.0.0",
    patience=timedelta(minutes=15),
    max_clock_skew=timedelta(seconds=30),
    streams=tuple(StandingStream(one, is_there=True) for one in STREAMS),
    durables=tuple(StandingDurable(one, is_there=True) for one in DURABLES),
    present=tuple(process(one) for one in ("ingest", "pricing", "mapping", "portal", "xero")),
    partners=(partner(),),
)


def only(facts: Facts) -> Finding:
    (found,) = examine(facts)
    assert found.todo
    return found


def with_durable(**changes: Any) -> Facts:
    changed = StandingDurable(WORK, is_there=True, **changes)
    rest = [one for one in HEALTHY.durables if one.declared != WORK]
    return replace(HEALTHY, durables=(*rest, changed))


def with_process(**changes: Any) -> Facts:
    return replace(HEALTHY, present=(*HEALTHY.present, process("xero", instance="x2", **changes)))


def test_a_healthy_system_has_no_finding() -> None:
    assert examine(HEALTHY) == []


def test_a_missing_stream_and_a_missing_durable_are_to_be_provisioned() -> None:
    facts = replace(
        HEALTHY,
        streams=(StandingStream(STREAMS[0], is_there=False), *HEALTHY.streams[1:]),
        durables=(StandingDurable(WORK, is_there=False),),
    )
    found = {one.code: one for one in examine(facts)}
    assert set(found) == {"stream_missing", "durable_missing"}
    assert found["durable_missing"].where == "mapping-small"
    assert all("syncline-provision" in one.todo for one in found.values())


def test_another_configuration_is_named_by_its_setting() -> None:
    found = only(with_durable(differs=("max_deliver",)))
    assert (found.code, found.severity) == ("durable_differs", "problem")
    assert "max_deliver" in found.what


def test_a_broker_that_says_nothing_is_a_finding_and_no_failure() -> None:
    assert only(replace(HEALTHY, silent=frozenset({"bus"}))).code == "broker_silent"


def test_messages_that_nobody_takes_name_the_service_that_should() -> None:
    found = only(with_durable(waiting=3, given_at=LONG_AGO, acked_at=LONG_AGO))
    assert (found.code, found.where) == ("not_taken", "mapping-small")
    assert "3 messages wait" in found.what
    assert "mapping" in found.todo


def test_messages_that_are_in_nobodys_hand_since_ever_are_found() -> None:
    assert only(with_durable(waiting=1)).code == "not_taken"


def test_messages_that_come_back_again_and_again_are_told_from_those_that_nobody_takes() -> None:
    found = only(with_durable(unacked=2, redelivered=2, given_at=JUST_NOW, acked_at=LONG_AGO))
    assert found.code == "tried_again_and_again"


def test_work_that_goes_on_is_no_finding() -> None:
    facts = with_durable(waiting=900, unacked=9, redelivered=1, given_at=NOW, acked_at=JUST_NOW)
    assert examine(facts) == []


def test_what_is_paused_is_said_once_and_is_not_taken_for_silence() -> None:
    until = NOW + timedelta(minutes=40)
    found = only(with_durable(waiting=1500, given_at=LONG_AGO, paused_until=until))
    assert (found.code, found.severity, found.where) == ("paused", "warning", "mapping-small")
    assert "until 2026-11-20 09:40 UTC" in found.what
    assert "backup" in found.todo


def test_whoever_is_far_behind_is_a_warning() -> None:
    found = only(with_durable(waiting=1001, given_at=NOW, acked_at=NOW))
    assert (found.code, found.severity) == ("far_behind", "warning")


def test_dead_letters_are_counted() -> None:
    rest = [one for one in HEALTHY.streams if one.declared != DEADLETTERS]
    letters = StandingStream(DEADLETTERS, is_there=True, messages=7)
    found = only(replace(HEALTHY, streams=(*rest, letters)))
    assert found.code == "dead_letters"
    assert "7 messages" in found.what


def test_a_connector_that_is_not_running_matters_where_a_partner_bills_through_it() -> None:
    without = replace(HEALTHY, present=HEALTHY.present[:-1])
    found = only(without)
    assert (found.code, found.where) == ("not_running", "xero")
    assert examine(replace(without, partners=())) == []


def test_a_service_that_runs_and_does_not_answer_is_another_thing() -> None:
    assert only(replace(HEALTHY, silent=frozenset({"mapping"}))).code == "no_answer"


def test_contracts_of_another_major_are_a_problem_and_a_newer_minor_is_none() -> None:
    assert examine(with_process(contracts="1.9.0")) == []
    found = only(with_process(contracts="2.0.0"))
    assert (found.code, found.severity) == ("contracts_differ", "problem")
    assert "2.0.0" in found.what
    assert "xero" in found.todo


def test_two_versions_side_by_side_are_a_release_that_is_under_way_or_stuck() -> None:
    found = only(with_process(version="1.1.0"))
    assert (found.code, found.severity) == ("versions_mixed", "warning")


@pytest.mark.parametrize(
    ("said_after_s", "side"), [(45, "ahead of"), (-120, "behind"), (29, ""), (-75, "")]
)
def test_a_clock_that_is_off_is_told_from_a_process_that_fell_silent(
    said_after_s: int, side: str
) -> None:
    facts = with_process(said_at=NOW + timedelta(seconds=said_after_s))
    if side:
        found = only(facts)
        assert found.code == "clock_off"
        assert side in found.what
    else:
        assert examine(facts) == []


@pytest.mark.parametrize(
    ("state", "severity"),
    [
        ("received", "problem"),
        ("planned", "warning"),
        ("approved", "problem"),
        ("syncing", "problem"),
    ],
)
def test_tenants_that_do_not_move_on_are_counted_per_invoice(state: str, severity: str) -> None:
    found = only(replace(HEALTHY, partners=(partner(stuck=(stuck(state), stuck(state))),)))
    assert (found.code, found.severity) == ("tenants_stuck", severity)
    assert f"2 tenants are {state} since 2026-11-20 07:00" in found.what
    assert "acme" in found.where


@pytest.mark.parametrize(
    ("view", "code", "severity"),
    [
        (None, "connection_missing", "problem"),
        (connection(status="reauth_required"), "connection_parked", "problem"),
        (connection(status="failing"), "connection_failing", "warning"),
        (connection(waits_until=NOW + timedelta(hours=3)), "connection_limited", "warning"),
    ],
)
def test_a_connection_in_trouble_is_named_with_its_partner(
    view: ConnectionView | None, code: str, severity: str
) -> None:
    found = only(replace(HEALTHY, partners=(partner(connection=view),)))
    assert (found.code, found.severity, found.where) == (code, severity, "acme: xero/main")


def test_a_limit_that_is_over_in_a_minute_is_no_finding() -> None:
    view = connection(waits_until=NOW + timedelta(minutes=1))
    assert examine(replace(HEALTHY, partners=(partner(connection=view),))) == []


@pytest.mark.parametrize("state", ["held", "failed"])
def test_sums_that_do_not_tie_are_a_problem_whatever_their_tenant_waits_for(state: Any) -> None:
    found = only(replace(HEALTHY, partners=(partner(untied=(stuck(state),)),)))
    assert (found.code, found.severity) == ("tie_out_failed", "problem")
    assert found.what == "1 tenant is off: the sums do not tie."


def test_of_a_kind_that_everybody_has_the_first_are_shown_and_the_others_counted() -> None:
    partners = tuple(partner(partner_id=f"p{n}", connection=None) for n in range(10_000))
    found = examine(replace(HEALTHY, partners=partners))
    assert len(found) == MOST_OF_A_KIND + 1
    assert {one.code for one in found} == {"connection_missing"}
    assert found[-1].what == f"{10_000 - MOST_OF_A_KIND} more of this kind are not shown."


def test_what_was_cut_short_is_said_and_what_was_not_seen_is_not_taken_for_missing() -> None:
    facts = replace(HEALTHY, partners=(partner(connection=None),), cut_short=frozenset({"xero"}))
    assert (only(facts).code, only(facts).where) == ("not_all_seen", "xero")


class Many:
    """Ten thousand partners, each with a connection."""

    def __init__(self, fakes: FakePortal, more: bool = False) -> None:
        self.names = [f"p{number:05}" for number in range(10_000)]
        settings = PartnerSettings(
            name="Many", currency="AUD", connector="xero", connection_id="main"
        )
        views = tuple(PartnerView(partner_id=n, version=1, settings=settings) for n in self.names)
        late = (stuck("approved", "p00007"), stuck("approved", "p09999"))
        fakes.bus.answers[ListPartners] = Partners(partners=views)
        untied = (stuck("held", "p00008"),)
        fakes.bus.answers[ListStuck] = Stuck(rows=late, untied=untied, more=more)
        fakes.bus.answers[ListConnections] = self._page
        self.portal = fakes.portal

    def _page(self, query: ListConnections) -> Connections:
        assert query.page
        begin = int(query.page.cursor or 0)
        end = begin + query.page.limit
        return Connections(
            connections=tuple(connection(partner_id=name) for name in self.names[begin:end]),
            next_cursor=str(end) if end < len(self.names) else None,
        )


async def test_ten_thousand_partners_are_examined_with_a_few_questions(fakes: FakePortal) -> None:
    many = Many(fakes)
    facts = await Look(many.portal, timedelta(minutes=15)).facts()
    found = {(one.code, one.where.split(":")[0]) for one in examine(facts) if ":" in one.where}
    assert found == {
        ("tenants_stuck", "p00007"),
        ("tenants_stuck", "p09999"),
        ("tie_out_failed", "p00008"),
    }
    assert len(facts.partners) == 10_000
    assert len(fakes.bus.asked) < 30
    assert not facts.cut_short


async def test_an_examination_that_takes_too_long_ends_and_says_of_whom_it_saw_not_all(
    fakes: FakePortal,
) -> None:
    many = Many(fakes, more=True)
    facts = await Look(many.portal, timedelta(minutes=15), longest_s=0).facts()
    assert facts.cut_short == {"xero", "mapping"}
    codes = {one.code for one in examine(facts)}
    assert "not_all_seen" in codes
    assert "connection_missing" not in codes


def test_problems_stand_before_warnings() -> None:
    facts = replace(with_process(contracts="2.0.0"), partners=(partner(stuck=(stuck("planned"),)),))
    assert [one.severity for one in examine(facts)] == ["problem", "warning"]


async def test_the_route_is_for_operators(app: FastAPI, fakes: FakePortal) -> None:
    async with caller(app, fakes.tokens.give(acme="admin")) as client:
        assert (await client.get("/v1/doctor")).status_code == 403


async def test_what_does_not_answer_is_a_finding_of_the_route(
    app: FastAPI, fakes: FakePortal
) -> None:
    away = ProblemError(503, "unavailable", "Not available", "Nobody answers.")
    fakes.bus.answers[ListConnections] = away
    fakes.bus.answers[ListStuck] = Stuck(rows=(stuck("approved"),))
    fakes.bus.values = {
        one.key: one.model_dump_json().encode()
        for one in (process("mapping", contracts="7.0.0"), process("xero"))
    }

    async def fail() -> list[StandingStream]:
        raise TransientError("The bus says nothing.")

    fakes.standing.streams = fail  # type: ignore[method-assign]
    async with caller(app, fakes.tokens.give(operator=True)) as client:
        body = (await client.get("/v1/doctor")).json()
    codes = {(one["code"], one["where"].split(":")[0]) for one in body["findings"]}
    assert ListPartners in {type(query) for query, _ in fakes.bus.asked}
    assert {
        ("broker_silent", "broker"),
        ("not_running", "ingest"),
        ("no_answer", "xero"),
        ("tenants_stuck", "acme"),
    } <= codes
    assert len(body["running"]) == 2
