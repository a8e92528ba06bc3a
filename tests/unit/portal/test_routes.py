"""What routes ask, and what they pass on."""

import json
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from syncline_contracts.breakdown_query import ListLines
from syncline_contracts.catalog import EVENTS
from syncline_contracts.ingest_query import GetRevisionComparison, Submitted, SubmitUpload
from syncline_contracts.mapping_query import (
    ListHolds,
    ListInvoices,
    ListMappings,
    ListPartners,
    MapTenant,
)
from syncline_contracts.plan_query import Approved, ApprovePlans, SkippedTenant
from syncline_contracts.pricing_query import ListProfiles
from syncline_contracts.query import LedgerQuery, Page, Query, SearchPicks
from syncline_portal.actor import Actor
from syncline_portal.app import create_app
from syncline_portal.intake import plain_name
from syncline_portal.user import UserAccess

from tests.unit.portal.answers import DOCUMENT, KEY, TENANT, answer_all
from tests.unit.portal.conftest import caller
from tests.unit.portal.fakes import FakePortal, settings

BY = Actor("t1", "Ann", {}, is_operator=True)


@pytest.mark.parametrize(
    ("path", "version"),
    [
        ("/v1/partners/acme", 1),
        ("/v1/partners/acme/connectors/xero/connections/main", 2),
        ("/v1/partners/acme/sources/dicker", 4),
        ("/v1/partners/acme/profiles/standard", 5),
        (f"/v1/partners/acme/mappings/{TENANT}", 6),
        (f"/v1/partners/acme/invoices/{KEY}", 7),
        (f"/v1/partners/acme/invoices/{KEY}/tenants/{TENANT}", 3),
    ],
)
async def test_what_can_be_edited_tells_its_version(
    app: FastAPI, fakes: FakePortal, path: str, version: int
) -> None:
    async with caller(app, fakes.tokens.give(acme="viewer")) as client:
        answer = await client.get(path)
    assert answer.headers["etag"] == f'"{version}"'


@pytest.mark.parametrize(
    "path",
    [
        "/v1/partners/acme/connectors/xero/connections/none",
        "/v1/partners/acme/sources/none",
        "/v1/partners/acme/profiles/none",
        "/v1/partners/acme/mappings/none",
    ],
)
async def test_what_is_not_there_is_not_found(app: FastAPI, fakes: FakePortal, path: str) -> None:
    async with caller(app, fakes.tokens.give(acme="viewer")) as client:
        assert (await client.get(path)).status_code == 404


async def test_a_pick_list_is_narrowed_to_a_client_and_a_currency(
    app: FastAPI, fakes: FakePortal
) -> None:
    path = "/v1/partners/acme/connectors/autotask/connections/main/picks/contracts"
    async with caller(app, fakes.tokens.give(acme="viewer")) as client:
        narrowed = await client.get(path, params={"client_id": "8", "currency": "AUD"})
        whole = await client.get(path)
        nonsense = await client.get(path, params={"currency": "aud"})
    assert (narrowed.status_code, whole.status_code, nonsense.status_code) == (200, 200, 422)
    asked = [query for query, _ in fakes.bus.asked if isinstance(query, SearchPicks)]
    assert [(one.client_id, one.currency) for one in asked] == [("8", "AUD"), ("", None)]


async def test_an_edit_names_its_author_and_the_version_that_they_saw(
    app: FastAPI, fakes: FakePortal
) -> None:
    async with caller(app, fakes.tokens.give(acme="billing")) as client:
        answer = await client.put(
            f"/v1/partners/acme/mappings/{TENANT}",
            json={"client_id": "c-1", "client_name": "O'Brien"},
            headers={"If-Match": '"6"'},
        )
    ((query, service),) = fakes.bus.asked
    assert isinstance(query, MapTenant)
    assert (query.actor, query.expected_version, service) == ("Ann [t0]", 6, None)
    assert answer.headers["etag"] == '"7"'


async def test_pages_and_filters_are_passed_on(app: FastAPI, fakes: FakePortal) -> None:
    async with caller(app, fakes.tokens.give(acme="viewer")) as client:
        answer = await client.get(
            "/v1/partners/acme/invoices",
            params={
                "month": "2026-10",
                "status": "synced",
                "text": "DD",
                "limit": "5",
                "cursor": "abc",
            },
        )
        too_many = await client.get("/v1/partners/acme/invoices", params={"limit": "1001"})
    (query, _) = fakes.bus.asked[0]
    assert isinstance(query, ListInvoices)
    assert (query.billing_month, query.status, query.text) == ("2026-10", "synced", "DD")
    assert (query.page.limit, query.page.cursor) == (5, "abc")
    assert answer.json()["next_cursor"] == "more"
    assert too_many.status_code == 422


@pytest.mark.parametrize(
    ("noun", "kind"), [("holds", ListHolds), ("mappings", ListMappings), ("profiles", ListProfiles)]
)
async def test_what_owners_list_comes_in_pages_as_well(
    app: FastAPI, fakes: FakePortal, noun: str, kind: type[Query[Any]]
) -> None:
    async with caller(app, fakes.tokens.give(acme="viewer")) as client:
        answer = await client.get(
            f"/v1/partners/acme/{noun}", params={"limit": "5", "cursor": "abc"}
        )
    (query, _) = fakes.bus.asked[0]
    assert isinstance(query, kind)
    assert query.page == Page(limit=5, cursor="abc")  # type: ignore[attr-defined]
    assert answer.json()["next_cursor"] is None


@pytest.mark.parametrize(("noun", "key"), [("users", "email"), ("tokens", "token_id")])
async def test_users_and_tokens_come_in_pages_without_gaps(
    app: FastAPI, fakes: FakePortal, noun: str, key: str
) -> None:
    admin = fakes.tokens.give(acme="admin")
    for name in "edcba":
        fakes.tokens.give(acme="viewer")
        access = UserAccess(name=name, roles={"acme": "viewer"})
        await fakes.users.grant(f"{name}@example.com", access, BY)
    async with caller(app, admin) as client:
        whole = (await client.get(f"/v1/partners/acme/{noun}")).json()
        assert whole["next_cursor"] is None
        seen: list[str] = []
        cursor: str | None = None
        while True:
            params = {"limit": "2", **({"cursor": cursor} if cursor else {})}
            part = (await client.get(f"/v1/partners/acme/{noun}", params=params)).json()
            seen += [one[key] for one in part[noun]]
            cursor = part["next_cursor"]
            if cursor is None:
                break
        refused = await client.get(f"/v1/partners/acme/{noun}", params={"cursor": "?"})
    assert seen == [one[key] for one in whole[noun]]
    assert refused.status_code == 422


async def test_a_comparison_is_asked_for_as_it_was_wished_and_keeps_every_digit(
    app: FastAPI, fakes: FakePortal
) -> None:
    url = f"/v1/partners/acme/invoices/{KEY}/comparison"
    wishes = {"revision": "2", "tenant_id": "AC/77", "role": "detail", "limit": "5", "cursor": "c"}
    async with caller(app, fakes.tokens.give(acme="viewer")) as client:
        answer = await client.get(url, params=wishes)
        await client.get(url)
        wrong = await client.get(url, params={"revision": "0"})
    wished, plain = (query for query, _ in fakes.bus.asked)
    assert isinstance(wished, GetRevisionComparison)
    assert isinstance(plain, GetRevisionComparison)
    assert (wished.revision, wished.tenant_id, wished.role) == (2, "AC/77", "detail")
    assert (wished.page.limit, wished.page.cursor) == (5, "c")
    assert (plain.revision, plain.tenant_id, plain.role) == (None, None, "billing")
    assert answer.json()["lines"][0]["difference"] == "21.39"
    assert wrong.status_code == 422


async def test_a_tenant_whose_code_has_a_slash_can_be_reached(
    app: FastAPI, fakes: FakePortal
) -> None:
    async with caller(app, fakes.tokens.give(acme="viewer")) as client:
        await client.get(f"/v1/partners/acme/invoices/{KEY}/tenants/AC%2F77/lines")
    (query, _) = fakes.bus.asked[0]
    assert isinstance(query, ListLines)
    assert query.tenant_id == "AC/77"


async def test_the_ledger_is_that_of_the_partners_connector(
    app: FastAPI, fakes: FakePortal
) -> None:
    async with caller(app, fakes.tokens.give(acme="viewer")) as client:
        await client.get(f"/v1/partners/acme/invoices/{KEY}/ledger")
        await client.get(
            f"/v1/partners/acme/invoices/{KEY}/ledger?connector=autotask&tenant_id=AC%2F77"
        )
    assert [(type(query), service) for query, service in fakes.bus.asked] == [
        (ListPartners, None),
        (LedgerQuery, "xero"),
        (LedgerQuery, "autotask"),
    ]
    asked = [query.tenant_id for query, _ in fakes.bus.asked if isinstance(query, LedgerQuery)]
    assert asked == [None, "AC/77"]


async def test_a_manifest_that_cannot_be_read_hides_no_other(
    app: FastAPI, fakes: FakePortal
) -> None:
    fakes.bus.values["autotask"] = b'{"name": 1}'
    async with caller(app, fakes.tokens.give(acme="viewer")) as client:
        connectors = (await client.get("/v1/connectors")).json()["connectors"]
    assert [one["name"] for one in connectors] == ["xero"]


def _upload(fakes: FakePortal) -> tuple[SubmitUpload, bytes]:
    ((query, _),) = fakes.bus.asked
    assert isinstance(query, SubmitUpload)
    return query, fakes.bus.objects[f"uploads:acme/{query.object_name}"]


async def test_a_file_as_the_body_lands_under_its_partner(app: FastAPI, fakes: FakePortal) -> None:
    async with caller(app, fakes.tokens.give(acme="billing")) as client:
        answer = await client.post(
            "/v1/partners/acme/documents", params={"name": "recon.csv"}, content=b"a,b\n1,2\n"
        )
    query, data = _upload(fakes)
    assert answer.status_code == 201
    assert answer.json()["outcome"] == "accepted"
    assert (query.file_name, data) == ("recon.csv", b"a,b\n1,2\n")


async def test_a_file_in_a_form_lands_likewise(app: FastAPI, fakes: FakePortal) -> None:
    files = {"file": ("../../etc/recon.csv", b"x" * 3_000_000)}
    async with caller(app, fakes.tokens.give(acme="billing")) as client:
        answer = await client.post("/v1/partners/acme/documents", files=files)
    query, data = _upload(fakes)
    assert answer.status_code == 201
    assert (query.file_name, len(data)) == ("recon.csv", 3_000_000)


@pytest.mark.parametrize("outcome", ["already_known", "rejected"])
async def test_a_file_that_is_not_taken_is_no_creation(
    app: FastAPI, fakes: FakePortal, outcome: Any
) -> None:
    fakes.bus.answers[SubmitUpload] = Submitted(
        outcome=outcome,
        document=DOCUMENT.model_copy(
            update={"message": "row 17 is wrong", "row": 17, "column": "Subtotal"}
        ),
    )
    async with caller(app, fakes.tokens.give(acme="billing")) as client:
        answer = await client.post("/v1/partners/acme/documents", content=b"x")
    assert answer.status_code == 200
    document = answer.json()["document"]
    assert (document["row"], document["column"]) == (17, "Subtotal")


async def test_a_form_without_a_file_and_an_empty_file_are_refused(
    app: FastAPI, fakes: FakePortal
) -> None:
    async with caller(app, fakes.tokens.give(acme="billing")) as client:
        url = "/v1/partners/acme/documents"
        wrong = await client.post(url, files={"other": ("a", b"x")})
        empty = await client.post(url, content=b"")
    assert (wrong.status_code, empty.status_code) == (422, 422)
    assert fakes.bus.asked == []
    assert fakes.bus.objects == {}


@pytest.mark.parametrize("declared", [True, False])
@pytest.mark.parametrize("as_form", [True, False])
async def test_a_file_above_the_limit_is_refused(declared: bool, as_form: bool) -> None:
    fakes = FakePortal(settings(portal_upload_limit_bytes=1000))
    answer_all(fakes.bus)
    made = httpx.Request("POST", "http://x", files={"file": ("a.csv", b"x" * 2000)})
    body = made.read() if as_form else b"x" * 2000
    headers = {"content-type": made.headers["content-type"]} if as_form else {}

    async def chunks() -> Any:
        for start in range(0, len(body), 300):
            yield body[start : start + 300]

    async with caller(create_app(fakes.portal), fakes.tokens.give(acme="billing")) as client:
        answer = await client.post(
            "/v1/partners/acme/documents", content=body if declared else chunks(), headers=headers
        )
    assert answer.status_code == 413
    assert answer.json()["code"] == "too_large"
    assert fakes.bus.asked == []


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("C:\\Users\\ann\\recon.csv", "recon.csv"),
        ("../../etc/passwd", "passwd"),
        ("re\x1b[31mcon\n.csv", "re[31mcon.csv"),
        ("‮fdp.csv", "fdp.csv"),
        ("", "upload"),
        ("x" * 300 + ".csv", "x" * 251 + ".csv"),
    ],
)
def test_an_uploaded_name_is_just_text(given: str, kept: str) -> None:
    assert plain_name(given) == kept


async def test_the_documentation_names_every_route_and_needs_no_other_host(
    app: FastAPI,
) -> None:
    async with caller(app) as client:
        page = await client.get("/docs")
        document = (await client.get("/openapi.json")).json()
    assert page.headers["content-type"].startswith("text/html")
    for path in document["paths"]:
        assert f"<code>{path}</code>" in page.text
    for outside in ("http://", "https://", "<script", "src="):
        assert outside not in page.text
    assert document["components"]["securitySchemes"]["token"]["scheme"] == "bearer"
    assert json.dumps(document).count('"x-role"') == sum(
        len(operations) for operations in document["paths"].values()
    )


async def test_the_events_on_the_bus_have_their_document_too(app: FastAPI) -> None:
    async with caller(app) as client:
        document = (await client.get("/asyncapi.json")).json()
    assert document["asyncapi"] == "3.0.0"
    assert {event.type_name for event in EVENTS} <= set(document["channels"])


async def test_dead_letters_come_in_pages_newest_first_and_one_by_one_with_their_body(
    app: FastAPI, fakes: FakePortal
) -> None:
    async with caller(app, fakes.tokens.give(operator=True)) as client:
        page = (await client.get("/v1/dead-letters", params={"limit": 2})).json()
        rest = (
            await client.get("/v1/dead-letters", params={"limit": 2, "before": page["next_before"]})
        ).json()
        one = (await client.get("/v1/dead-letters/2")).json()
        none = await client.get("/v1/dead-letters/9")
    assert [letter["letter_id"] for letter in page["dead_letters"]] == [3, 2]
    assert [letter["letter_id"] for letter in rest["dead_letters"]] == [1]
    assert rest["next_before"] is None
    assert page["dead_letters"][0]["body"] is None
    assert (one["partner_id"], one["service"], one["body"]) == ("acme", "pricing", "{}")
    assert "not a number" in one["error"]
    assert none.status_code == 404


def _refused(tenant: str, *, is_passing: bool) -> SkippedTenant:
    return SkippedTenant(
        tenant_id=tenant, tenant_name=tenant, state="planned", why="So.", is_passing=is_passing
    )


@pytest.mark.parametrize("is_over", [True, False])
async def test_a_confirmation_outlasts_what_is_over_in_a_moment(
    app: FastAPI, fakes: FakePortal, monkeypatch: pytest.MonkeyPatch, *, is_over: bool
) -> None:
    monkeypatch.setattr("syncline_portal.approval.ASK_AGAIN_S", 0)

    def approve(query: ApprovePlans) -> Approved:
        ids = [one.tenant_id for one in query.approvals]
        if ids == ["a", "b", "c"]:
            refused = (_refused("b", is_passing=True), _refused("c", is_passing=False))
            return Approved(approved=("a",), nothing_to_write=(), refused=refused)
        assert (ids, query.expected_version) == (["b"], None)
        if is_over:
            return Approved(approved=("b",), nothing_to_write=(), refused=())
        return Approved(approved=(), nothing_to_write=(), refused=(_refused("b", is_passing=True),))

    fakes.bus.answers[ApprovePlans] = approve
    async with caller(app, fakes.tokens.give(acme="billing")) as client:
        answer = await client.post(
            f"/v1/partners/acme/invoices/{KEY}/approvals",
            headers={"If-Match": '"7"'},
            json={"approvals": [{"tenant_id": one, "plan_hash": "h"} for one in ("a", "b", "c")]},
        )
    found = answer.json()
    assert found["approved"] == (["a", "b"] if is_over else ["a"])
    refused = [one["tenant_id"] for one in found["refused"]]
    assert refused == (["c"] if is_over else ["c", "b"])


async def test_a_dead_letter_goes_to_its_service_corrected_or_to_be_given_up(
    app: FastAPI, fakes: FakePortal
) -> None:
    async with caller(app, fakes.tokens.give(operator=True)) as client:
        plain = await client.post("/v1/dead-letters/2/replay")
        body = {"body": "{}", "why": "A typo."}
        corrected = await client.post("/v1/dead-letters/2/replay", json=body)
        bare = await client.post("/v1/dead-letters/2/discard", json={"why": ""})
        given_up = await client.post("/v1/dead-letters/2/discard", json={"why": "Not ours."})
    assert [one.status_code for one in (plain, corrected, bare, given_up)] == [200, 200, 422, 200]
    asked = [(query, service) for query, service in fakes.bus.asked if "letter" in query.name]
    assert {service for _, service in asked} == {"pricing"}
    assert [getattr(query, "body", None) for query, _ in asked] == [None, "{}", None]
    assert [query.why for query, _ in asked] == ["", "A typo.", "Not ours."]  # type: ignore[attr-defined]
