"""Documents: what came in, and a file to take in now."""

from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import Path, Query, Request, Response
from starlette.datastructures import UploadFile
from syncline_chassis.errors import UnprocessableError
from syncline_contracts.identity import Sha256
from syncline_contracts.ingest_query import (
    Documents,
    GetOriginalRow,
    ListDocuments,
    OriginalRow,
    Submitted,
)

from syncline_portal.guard import UPLOAD, TheCall, command, may, router
from syncline_portal.intake import take_in
from syncline_portal.paging import ThePage

routes = router("documents")
CHUNK_BYTES = 256 * 1024
ORIGINAL_TIMEOUT_S = 60.0
"""The last row of a document of a million takes a while to reach."""
_BINARY = {"schema": {"type": "string", "format": "binary"}}
_FORM = {
    "schema": {
        "type": "object",
        "required": ["file"],
        "properties": {"file": {"type": "string", "format": "binary"}},
    }
}
_BODY: dict[str, Any] = {
    "required": True,
    "content": {"application/octet-stream": _BINARY, "multipart/form-data": _FORM},
}


@routes.get("/partners/{partner_id}/documents", openapi_extra=may("viewer"))
async def list_documents(call: TheCall, partner_id: str, page: ThePage) -> Documents:
    """Documents, newest first; a refused one says row, column and why."""
    return await call.ask(ListDocuments(partner_id=partner_id, page=page))


@routes.get(
    "/partners/{partner_id}/documents/{document_sha256}/rows/{row}", openapi_extra=may("viewer")
)
async def get_original_row(
    call: TheCall, partner_id: str, document_sha256: Sha256, row: Annotated[int, Path(ge=1)]
) -> OriginalRow:
    """A row as the supplier wrote it, cell by cell; text of a supplier, to be escaped."""
    query = GetOriginalRow(partner_id=partner_id, document_sha256=document_sha256, row=row)
    return await call.ask(query, timeout_s=ORIGINAL_TIMEOUT_S)


@routes.post(
    "/partners/{partner_id}/documents",
    openapi_extra=command("billing", requestBody=_BODY, **{UPLOAD: True}),
    status_code=201,
)
async def submit_document(
    call: TheCall,
    partner_id: str,
    request: Request,
    response: Response,
    name: Annotated[
        str, Query(max_length=1000, description="File name, where the body is the file itself")
    ] = "",
) -> Submitted:
    """Take in a file: the body itself, or the field `file` of a form.

    201 where it is accepted; 200 where it is known already, or refused with row, column and reason.
    """
    if request.headers.get("content-type", "").startswith("multipart/form-data"):
        async with request.form(max_files=1, max_fields=8) as form:
            file = form.get("file")
            if not isinstance(file, UploadFile):
                raise UnprocessableError("The form has no file in its field `file`.", "file")
            answer = await take_in(call, partner_id, name or file.filename or "", _chunks(file))
    else:
        answer = await take_in(call, partner_id, name, request.stream())
    if answer.outcome != "accepted":
        response.status_code = 200
    return answer


async def _chunks(file: UploadFile) -> AsyncIterator[bytes]:
    while chunk := await file.read(CHUNK_BYTES):
        yield chunk
