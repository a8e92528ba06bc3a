"""What an alert links to."""

from fastapi import FastAPI

from tests.unit.portal.conftest import caller


async def test_a_runbook_is_read_without_signing_in_and_one_that_is_not_there_names_those_that_are(
    app: FastAPI,
) -> None:
    async with caller(app) as client:
        client.headers.pop("Authorization", None)
        found = await client.get("/runbooks/SynclineTieOut.md")
        missing = await client.get("/runbooks/settings.md")
    assert found.status_code == 200
    assert found.headers["content-type"] == "text/plain; charset=utf-8"
    assert found.text.startswith("# SynclineTieOut\n")
    assert missing.status_code == 404
    assert "SynclineTieOut.md" in missing.json()["detail"]
