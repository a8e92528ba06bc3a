"""Zone, pace, pick lists, and how the vendor's own kinds of trouble end."""

import pytest
from syncline_autotask.connector import AutotaskConnector
from syncline_chassis.connector.service import connector_service
from syncline_chassis.errors import ProblemError
from syncline_chassis.service import Service
from syncline_chassis.testing.desk import CONNECTION, charge
from syncline_chassis.testing.wait import until
from syncline_contracts.query import CheckConnection, PickItem, SearchPicks
from syncline_contracts.tenant import (
    TenantPlannedV1,
    TenantReversedV1,
    TenantSyncedV1,
    TenantSyncFailedV1,
    TenantVerifiedV1,
)

from tests.conftest import Servers
from tests.integration.autotask.conftest import autotask_settings
from tests.integration.autotask.desk import AutotaskDesk, DeskMaker


async def search(desk: AutotaskDesk, name: str, text: str, client: str = "") -> list[PickItem]:
    query = SearchPicks(
        partner_id=desk.partner_id,
        connection_id=CONNECTION,
        list=name,
        text=text,
        client_id=client,
    )
    return list((await desk.ask(query)).items)


async def test_pick_lists_come_from_the_live_database(service: Service, desks: DeskMaker) -> None:
    desk = desks()
    await desk.connect()
    made = desk.psa.made
    desk.psa.edit("Contracts", made["contracts"][1], contract_type="Retainer")
    (company,) = await search(desk, "companies", "customer 1")
    assert (company.id, company.inactive) == (desk.psa.client(1), False)
    of_it = desk.psa.client(1)
    for text, client in (("azure of customer 1", ""), ("customer 1", ""), ("", of_it)):
        (contract,) = await search(desk, "contracts", text, client)
        assert (contract.id, contract.inactive) == (desk.psa.agreement(1), True)
        assert contract.detail == "Customer 1, Retainer"
    assert len(await search(desk, "contracts", "")) == 3
    assert await search(desk, "contracts", "customer 2", of_it) == []
    assert {item.id for item in await search(desk, "services", "a")} == {
        f"service:{made['services']['Azure plan']}",
        f"code:{made['codes']['AZ-CONS']}",
        f"code:{made['codes']['AZ-RI']}",
    }
    assert await search(desk, "companies", "\"'[]*%\\ nobody") == []
    with pytest.raises(ProblemError, match="no list"):
        await search(desk, "spells", "")


async def test_a_company_comes_with_what_it_can_be_known_by(
    service: Service, desks: DeskMaker
) -> None:
    desk = desks()
    await desk.connect()
    values = {
        "companyNumber": "3f0b6f5e-2a71-4c55-9a0e-5d3f6f1c2b7a",
        "webAddress": "https://www.contoso.example",
    }
    desk.psa.edit("Companies", desk.psa.companies[0], values=values)
    (found,) = await search(desk, "companies", "customer 0")
    assert found.clues == tuple(values.values())


@pytest.mark.parametrize("field", ["user_name", "integration_code", "secret"])
async def test_each_wrong_credential_parks_the_connection(
    service: Service, desks: DeskMaker, field: str
) -> None:
    desk = desks()
    await desk.connect(None, **{field: "someone@else.example"})
    failed = await desk.fail_plan(desk.charges(0))
    assert failed.code == "reauth_required"
    query = CheckConnection(partner_id=desk.partner_id, connection_id=CONNECTION)
    assert (await desk.ask(query)).status == "reauth_required"
    await desk.connect(expected=1)
    checked = await desk.ask(query)
    assert checked.status == "working"
    assert "of 10000 requests" in checked.status_detail


async def test_a_sync_costs_a_write_per_charge_and_few_searches(
    servers: Servers, desks: DeskMaker
) -> None:
    # Patient enough for eight commands on a machine that is busy with something else.
    settings = autotask_settings(servers, connector_gather_s=1.0, autotask_look_s=60.0)
    service = connector_service(AutotaskConnector(settings), settings)
    await service.start()
    try:
        desk = desks(8)
        await desk.connect()
        many = [desk.charges(number) for number in range(8)]
        plans = await desk.answer(
            TenantPlannedV1, {one.tenant_id: await desk.ask_plan(one) for one in many}
        )
        planned = desk.psa.stats()
        applied = {p.tenant_id: await desk.ask_apply(p.tenant_id, p.plan_hash) for p in plans}
        await desk.answer(TenantVerifiedV1, applied)
        stats = desk.psa.stats()
    finally:
        await service.stop()
    assert (stats["write_requests"], len(desk.psa.charges())) == (16, 16)
    # Zone, threshold, three lists of fields, currencies; then for each batch, and there may be two:
    # charges by key, companies, contracts, services, codes.
    assert planned["request_count"] <= 6 + 2 * 5
    looks = stats["requests"]["POST /ContractCharges/query"]
    assert looks <= 2 + 2 * 3  # to plan; to apply, after writing, to verify
    assert stats["refused_429_count"] == 0


async def test_it_stops_before_others_have_to(servers: Servers, desks: DeskMaker) -> None:
    settings = autotask_settings(servers, autotask_look_s=0.1)
    service = connector_service(AutotaskConnector(settings), settings)
    await service.start()
    try:
        desk = desks(per_hour=1000)
        await desk.connect()
        plan = await desk.plan(desk.charges(0))
        desk.psa.set(used_by_others=900)
        before = desk.psa.stats()["request_count"]
        await desk.ask_apply(plan.tenant_id, plan.plan_hash)

        async def blocked() -> bool:
            limits = service.mongo.collection("limits")
            found = await limits.find({"partner_id": desk.partner_id})
            return any("blocked_until" in one for one in found)

        await until(blocked)
        after = desk.psa.stats()
        assert (after["write_requests"], after["refused_429_count"]) == (0, 0)
        assert after["request_count"] - before == 1  # the look at the threshold
    finally:
        await service.stop()


@pytest.mark.parametrize("kind", ["429", "errors_in_500", "error_in_200"])
async def test_the_vendors_own_kinds_of_trouble(
    service: Service, desks: DeskMaker, kind: str
) -> None:
    desk = desks()
    await desk.connect()
    plan = await desk.plan(desk.charges(0))
    desk.psa.trouble(kind, "create", problem="threads", message="The code is not valid.")
    if kind == "errors_in_500":
        failed = await desk.fail_apply(plan)
        assert (failed.code, "The code is not valid" in failed.message) == ("rejected", True)
        # The other charge was written, and stays known: the next sync adds what is missing.
        assert len(desk.psa.charges()) == 1
        (refused,) = [row for row in await desk.ledger() if row.state == "failed"]
        assert refused.history[-1]["answer"]["status"] == 500
        await desk.sync(desk.charges(0))
    else:
        await desk.apply(plan)
    assert sorted(str(one.amount) for one in desk.psa.standing()) == ["100.10", "20.05"]


async def test_trouble_in_the_middle_of_many_charges_leaves_each_once(
    service: Service, desks: DeskMaker
) -> None:
    items = [f"AZ-{number}" for number in range(6)]
    desk = desks(codes=items)
    await desk.connect()
    charges = desk.charges(0, *(charge("1.00", item) for item in items))
    plan = await desk.plan(charges)
    for match, kind in (("AZ-3", "cut_after_commit"), ("AZ-4", "429"), ("AZ-5", "500")):
        fields = {"retry_after_s": 1} if kind == "429" else {}
        desk.psa.trouble(kind, "create", match=match, **fields)
    request = await desk.ask_apply(plan.tenant_id, plan.plan_hash)
    await desk.answer(TenantSyncedV1, request)
    await desk.answer(TenantVerifiedV1, request)
    assert sorted(one["name"] for one in desk.psa.charges()) == [
        f"{item} of October 2026-10" for item in items
    ]
    assert desk.psa.writes_sent() == 6 + 2


async def test_a_refused_delete_of_what_stands_is_a_failure(
    service: Service, desks: DeskMaker
) -> None:
    desk = desks()
    await desk.connect()
    await desk.sync(desk.charges(0, charge("5.00")))
    desk.psa.trouble("errors_in_500", "delete", message="Somebody looks at it.")
    (failed,) = await desk.answer(TenantSyncFailedV1, await desk.ask_reverse("tenant-0"))
    assert (failed.stage, "Somebody looks at it" in failed.message) == ("reverse", True)
    assert len(desk.psa.charges()) == 1
    await desk.reverse("tenant-0")
    assert desk.psa.charges() == []


async def test_a_delete_of_what_a_person_deleted_a_moment_ago_is_done(
    service: Service, desks: DeskMaker
) -> None:
    desk = desks()
    await desk.connect()
    synced = await desk.sync(desk.charges(0, charge("5.00")))
    desk.psa.trouble("slow", "delete", delay_s=1.0)
    written = desk.psa.writes_sent()
    request = await desk.ask_reverse("tenant-0")

    async def sent() -> bool:
        return desk.psa.writes_sent() > written

    await until(sent)
    desk.psa.remove(synced.records[0].label)
    await desk.answer(TenantReversedV1, request)
    assert desk.psa.charges() == []
