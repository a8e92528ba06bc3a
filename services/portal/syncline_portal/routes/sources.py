"""Where a partner's invoices come from."""

from typing import Annotated, Any

from fastapi import Path, Response
from pydantic import BaseModel, ConfigDict
from syncline_chassis.errors import NotFoundError
from syncline_contracts.ingest_query import (
    ListSourceKinds,
    ListSources,
    SaveSource,
    SourceKinds,
    Sources,
    SourceView,
)
from syncline_contracts.query import Done

from syncline_portal.guard import TheCall, may, router
from syncline_portal.versions import IfMatch, set_etag

routes = router("sources")
SourceId = Annotated[str, Path(pattern=r"^[a-z0-9-]{1,40}$")]


class SourceBody(BaseModel):
    """A source; `settings` are those of its kind, secrets among them, which never come back."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    kind: str
    settings: dict[str, Any]
    enabled: bool = True


@routes.get("/partners/{partner_id}/sources", openapi_extra=may("viewer"))
async def list_sources(call: TheCall, partner_id: str) -> Sources:
    """Sources of a partner, with the last error of each."""
    return await call.ask(ListSources(partner_id=partner_id))


@routes.get("/partners/{partner_id}/source-kinds", openapi_extra=may("viewer"))
async def list_source_kinds(call: TheCall, partner_id: str) -> SourceKinds:
    """Kinds of sources that there can be, with the form of each; secrets are `writeOnly`."""
    return await call.ask(ListSourceKinds(partner_id=partner_id))


@routes.get("/partners/{partner_id}/sources/{source_id}", openapi_extra=may("viewer"))
async def get_source(
    call: TheCall, partner_id: str, source_id: SourceId, response: Response
) -> SourceView:
    """One source, without its secrets."""
    for one in (await call.ask(ListSources(partner_id=partner_id))).sources:
        if one.source_id == source_id:
            set_etag(response, one.version)
            return one
    raise NotFoundError(f"There is no source {source_id!r}.")


@routes.put("/partners/{partner_id}/sources/{source_id}", openapi_extra=may("admin"))
async def save_source(
    call: TheCall,
    partner_id: str,
    source_id: SourceId,
    body: SourceBody,
    if_match: IfMatch,
    response: Response,
) -> Done:
    """Create or change a source."""
    done = await call.ask(
        SaveSource(
            partner_id=partner_id,
            actor=call.actor.label,
            expected_version=if_match,
            source_id=source_id,
            kind=body.kind,
            settings=body.settings,
            enabled=body.enabled,
        )
    )
    set_etag(response, done.version)
    return done
