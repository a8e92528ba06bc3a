"""What every connector promises, as tests: subclass it beside fixtures `service` and `desks`.

    class TestXero(Conformance):
        exempt = {"test_name": "the reason"}

The sandbox behind `desks` is as strict as the vendor; a desk speaks as mapping and portal do.
"""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar

import pytest
from httpx import URL
from syncline_contracts.money import add
from syncline_contracts.query import ListConnections
from syncline_contracts.tenant import (
    TenantDriftedV1,
    TenantSyncedV1,
    TenantSyncFailedV1,
    TenantVerifiedV1,
)

from syncline_chassis.log import configure
from syncline_chassis.testing.change import Change
from syncline_chassis.testing.desk import DeskMaker, charge, total
from syncline_chassis.testing.offsets import Offsets
from syncline_chassis.testing.psa import RotatingPsa, Trouble, Verb
from syncline_chassis.testing.untrue_answers import UntrueAnswers
from syncline_chassis.testing.wait import until

TROUBLES: tuple[Trouble, ...] = (
    "429",
    "500",
    "502",
    "503",
    "500_after_commit",
    "slow_after_commit",
    "cut_after_commit",
    "cut_before",
    "malformed_json",
)
READ_TROUBLES: tuple[Trouble, ...] = (
    "429",
    "500",
    "502",
    "503",
    "slow",
    "cut_before",
    "malformed_json",
)
AMOUNTS = ("0.01", "0.10", "19.99", "1234567.89", "100000000.01")
COLLECTIONS = (
    *("connections", "audit", "jobs", "plans", "ledger", "ledger_history", "inbox", "outbox"),
    *("leases", "limits"),
)
UGLY = "Kunde \"Größe\" <b>&amp;</b> 'x'; DROP -- \N{PARTY POPPER} " * 200


class Conformance(Change, Offsets, UntrueAnswers):
    """The suite."""

    exempt: ClassVar[dict[str, str]] = {}
    """Test -> why this vendor cannot keep it."""

    @pytest.fixture(autouse=True)
    def _exempted(self, request: pytest.FixtureRequest) -> None:
        reason = self.exempt.get(request.function.__name__)
        if reason:
            pytest.skip(reason)

    async def test_a_plan_writes_nothing_and_an_apply_exactly_what_it_says(
        self, service: Any, desks: DeskMaker
    ) -> None:
        desk = desks()
        await desk.connect()
        plan = await desk.plan(desk.charges(0))
        assert {write.action for write in plan.writes} == {"create"}
        assert (desk.psa.writes_sent(), desk.psa.standing()) == (0, [])
        synced = await desk.apply(plan)
        (verified,) = await desk.answer(TenantVerifiedV1, synced.request_id)
        planned = sorted((write.label, write.amount) for write in plan.writes)
        assert sorted((one.label, one.amount) for one in desk.psa.standing()) == planned
        assert total(desk) == str(verified.total) == "120.15"
        assert all(URL(one.url).host for one in verified.records)  # where a person sees it

    async def test_a_second_sync_writes_nothing(self, service: Any, desks: DeskMaker) -> None:
        desk = desks()
        await desk.connect()
        first = await desk.sync(desk.charges(0))
        written = desk.psa.writes_sent()
        second = await desk.sync(desk.charges(0))
        assert (second.records, desk.psa.writes_sent()) == (first.records, written)

    async def test_a_plan_that_is_confirmed_twice_is_carried_out_once(
        self, service: Any, desks: DeskMaker
    ) -> None:
        desk = desks()
        await desk.connect()
        plan = await desk.plan(desk.charges(0))
        requests = [await desk.ask_apply(plan.tenant_id, plan.plan_hash) for _ in range(2)]
        ends = [await desk.end(request) for request in requests]
        assert [type(end) for end in ends] == [TenantVerifiedV1, TenantVerifiedV1]
        assert (total(desk), len(desk.psa.standing())) == ("120.15", len(plan.writes))

    async def test_another_price_changes_the_very_records(
        self, service: Any, desks: DeskMaker
    ) -> None:
        desk = desks()
        await desk.connect()
        first = await desk.sync(desk.charges(0))
        dearer = desk.charges(0, charge("110.00"), charge("20.05", "AZ-RI"), version=2)
        plan = await desk.plan(dearer)
        assert "update" in {write.action for write in plan.writes} <= {"update", "unchanged"}
        second = await desk.sync(dearer)
        refs = [{record.ref for record in one.records} for one in (first, second)]
        assert refs[0] == refs[1]
        assert total(desk) == "130.05"

    async def test_a_charge_that_vanished_leaves_nothing_behind(
        self, service: Any, desks: DeskMaker
    ) -> None:
        desk = desks()
        await desk.connect()
        await desk.sync(desk.charges(0))
        await desk.sync(desk.charges(0, charge("100.10"), version=2))
        assert total(desk) == "100.10"

    async def test_charges_that_all_come_to_nothing_write_nothing_and_are_verified(
        self, service: Any, desks: DeskMaker
    ) -> None:
        desk = desks()
        await desk.connect()
        charges = desk.charges(0, charge("0.00"), charge("0.00", "AZ-RI", sell_exact="0.004"))
        verified = await desk.sync(charges)
        assert (verified.total, verified.records) == (Decimal(0), ())
        assert verified.charge_set_version == charges.version
        assert (desk.psa.writes_sent(), desk.psa.standing()) == (0, [])
        await desk.sync(desk.charges(0, version=2))
        assert total(desk) == "120.15"

    async def test_when_every_charge_vanished_nothing_stands_and_that_is_verified(
        self, service: Any, desks: DeskMaker
    ) -> None:
        desk = desks()
        await desk.connect()
        await desk.sync(desk.charges(0))
        none = desk.charges(0, version=2).model_copy(
            update={"charges": (), **dict.fromkeys(("cost", "rrp", "sell"), Decimal(0))}
        )
        plan = await desk.plan(none)
        assert {write.action for write in plan.writes} == {"delete"}
        synced = await desk.apply(plan)
        (verified,) = await desk.answer(TenantVerifiedV1, synced.request_id)
        assert (verified.total, verified.records) == (Decimal(0), ())
        assert verified.charge_set_version == 2
        assert desk.psa.standing() == []
        again = await desk.sync(none)
        assert again.total == Decimal(0)

    async def test_a_reversal_leaves_nothing_and_a_sync_comes_back(
        self, service: Any, desks: DeskMaker
    ) -> None:
        desk = desks()
        await desk.connect()
        synced = await desk.sync(desk.charges(0))
        done = await desk.reverse("tenant-0")
        assert add(record.amount for record in done.records) == synced.total
        assert desk.psa.standing() == []
        await desk.sync(desk.charges(0))
        assert total(desk) == "120.15"

    @pytest.mark.parametrize("kind", TROUBLES)
    @pytest.mark.parametrize("verb", ["create", "update", "delete"])
    async def test_whatever_happens_to_a_write_each_record_is_there_once_and_right(
        self, service: Any, desks: DeskMaker, verb: Verb, kind: Trouble
    ) -> None:
        desk = desks()
        await desk.connect()
        if verb != "create":
            await desk.sync(desk.charges(0))
        desk.disturb(kind, verb)
        if verb == "delete":
            await desk.reverse("tenant-0")
            assert desk.psa.standing() == []
            return
        charges = desk.charges(0, charge("110.00"), charge("21.05", "AZ-RI"), version=2)
        plan = await desk.plan(charges)
        synced = await desk.apply(plan)
        await desk.answer(TenantVerifiedV1, synced.request_id)
        assert total(desk) == "131.05"
        assert len(desk.psa.standing()) == len(plan.writes)

    @pytest.mark.parametrize("kind", ["500", "malformed_json"])
    async def test_what_the_psa_said_of_a_lost_write_stays_on_the_ledger(
        self, service: Any, desks: DeskMaker, kind: Trouble
    ) -> None:
        desk = desks()
        await desk.connect()
        desk.disturb(kind, "create")
        await desk.sync(desk.charges(0, charge("100.10")))
        (row,) = await desk.ledger("tenant-0")
        sent, lost = [entry for entry in row.history if entry["state"] == "sending"][:2]
        assert sent["request"]["method"]
        assert lost["why"]
        assert (lost["answer"]["status"] == 500) is (kind == "500")
        assert lost["answer"]["body"]
        assert row.history[-1]["state"] == "verified"

    @pytest.mark.parametrize("kind", READ_TROUBLES)
    @pytest.mark.parametrize(
        ("during", "verb"), [("plan", "read"), ("plan", "look_up"), ("verify", "read")]
    )
    async def test_a_read_that_fails_is_tried_again(
        self, service: Any, desks: DeskMaker, during: str, verb: Verb, kind: Trouble
    ) -> None:
        desk = desks()
        await desk.connect()
        if during == "verify":
            await desk.sync(desk.charges(0))
        desk.disturb(kind, verb)
        if during == "plan":
            await desk.sync(desk.charges(0))
        else:
            await desk.verify("tenant-0")
        assert total(desk) == "120.15"

    @pytest.mark.parametrize("verb", ["create", "update"])
    async def test_a_cent_too_many_is_an_error_that_says_by_how_much(
        self, service: Any, desks: DeskMaker, verb: Verb
    ) -> None:
        desk = desks()
        await desk.connect()
        if verb == "update":
            await desk.sync(desk.charges(0, charge("7.00")))
        plan = await desk.plan(desk.charges(0, charge("100.10"), version=2))
        desk.disturb("off_by_cent", verb)
        failed = await desk.fail_apply(plan)
        assert (failed.code, abs(failed.off_by or 0)) == ("tie_out_failed", Decimal("0.01"))

    async def test_refused_credentials_stop_one_partner_until_there_are_new_ones(
        self, service: Any, desks: DeskMaker
    ) -> None:
        broken, fine = desks(), desks()
        await broken.connect()
        await fine.connect()
        plan = await broken.plan(broken.charges(0))
        await broken.connect(expected=1, **broken.psa.wrong_form())
        request = await broken.ask_apply(plan.tenant_id, plan.plan_hash)
        await fine.sync(fine.charges(0))

        async def parked() -> bool:
            listed = await broken.ask(ListConnections(partner_id=broken.partner_id))
            return bool(listed.connections[0].status == "reauth_required")

        await until(parked)
        assert broken.psa.standing() == []
        await broken.connect(expected=2)
        await broken.answer(TenantSyncedV1, request)
        assert (total(broken), total(fine)) == ("120.15", "120.15")

    async def test_a_rotated_token_is_kept(self, service: Any, desks: DeskMaker) -> None:
        desk = desks()
        psa = desk.psa
        assert isinstance(psa, RotatingPsa)
        await desk.connect(None, **psa.rotating_form())
        for number in range(3):
            await desk.sync(desk.charges(number))
            psa.outlive_tokens()
        await desk.sync(desk.charges(0, charge("1.00"), version=2))

    async def test_partners_with_the_same_tenants_and_invoice_never_mix(
        self, service: Any, desks: DeskMaker
    ) -> None:
        one, two = desks(), desks()
        for desk in (one, two):
            await desk.connect()
            await desk.sync(desk.charges(0))
        assert total(one) == total(two) == "120.15"
        keys = [{row.external_key for row in await desk.ledger()} for desk in (one, two)]
        assert keys[0].isdisjoint(keys[1])
        await one.reverse("tenant-0")
        assert (one.psa.standing(), total(two)) == ([], "120.15")

    async def test_what_a_person_changed_is_told_and_not_repaired(
        self, service: Any, desks: DeskMaker
    ) -> None:
        desk = desks()
        await desk.connect()
        synced = await desk.sync(desk.charges(0, charge("100.10")))
        desk.psa.meddle(synced.records[0].label, Decimal("90.00"))
        (drift,) = (await desk.drift("tenant-0")).drifts
        assert (str(drift.off_by), total(desk)) == ("-10.10", "90.00")
        assert "90.00 instead of 100.10" in drift.what
        assert [row.state for row in await desk.ledger()] == ["drifted"]

    async def test_what_a_person_deleted_is_told_and_not_written_again(
        self, service: Any, desks: DeskMaker
    ) -> None:
        desk = desks()
        await desk.connect()
        synced = await desk.sync(desk.charges(0, charge("100.10")))
        desk.psa.remove(synced.records[0].label)
        (drift,) = (await desk.drift("tenant-0")).drifts
        assert str(drift.off_by) == "-100.10"
        failed = await desk.fail_plan(desk.charges(0, charge("100.10")))
        assert (failed.code, desk.psa.standing()) == ("drifted", [])
        facts = [fact for fact in await desk.facts() if fact.request_id == failed.request_id]
        assert {type(fact) for fact in facts} == {TenantDriftedV1, TenantSyncFailedV1}

    async def test_amounts_survive_the_way_there_and_back(
        self, service: Any, desks: DeskMaker
    ) -> None:
        desk = desks()
        await desk.connect()
        items = ("AZ-CONS", "AZ-RI")
        for number, amount in enumerate(AMOUNTS):
            charges = desk.charges(0, charge(amount, items[number % 2]), version=number + 1)
            assert str((await desk.sync(charges)).total) == amount
            assert total(desk) == amount

    async def test_ugly_text_survives(self, service: Any, desks: DeskMaker) -> None:
        desk = desks()
        await desk.connect()
        charges = desk.charges(0, charge("100.10", description=UGLY), tenant_name=UGLY[:200])
        assert str((await desk.sync(charges)).total) == "100.10"

    async def test_no_secret_is_told_logged_or_kept_in_the_open(
        self, service: Any, desks: DeskMaker, tmp_path: Path
    ) -> None:
        log = tmp_path / "log"
        configure(service.name, "DEBUG", str(log))
        desk = desks()
        await desk.connect(None, **desk.psa.wrong_form())
        await desk.fail_plan(desk.charges(0))
        await desk.connect(1)
        await desk.sync(desk.charges(0))
        desk.disturb("500", "create")
        await desk.sync(desk.charges(1))
        view = await desk.ask(ListConnections(partner_id=desk.partner_id))
        rows = {
            name: await service.mongo.collection(name).find({"partner_id": desk.partner_id})
            for name in COLLECTIONS
        }
        configure(service.name, service.settings.log_level, service.settings.log_file)
        told = [fact.model_dump_json() for fact in desk.heard]
        logged = log.read_text()
        assert "credentials are refused" in logged
        everything = json.dumps([told, view.model_dump_json(), repr(rows), logged])
        assert [secret for secret in desk.psa.secrets if secret in everything] == []
