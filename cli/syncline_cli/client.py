"""The REST API, with its problems as sentences and exit codes."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit
from uuid import uuid4

import httpx

from syncline_cli.problem import CommandError, ExitCode
from syncline_cli.whereabouts import Whereabouts

Json = dict[str, Any]
_CODES = {
    404: ExitCode.NOT_FOUND,
    502: ExitCode.UNREACHABLE,
    503: ExitCode.UNREACHABLE,
    504: ExitCode.UNREACHABLE,
}
_STALE = "Somebody else changed it meanwhile: look at it again, and repeat your change."
_SECONDS = 60.0
UPLOAD_SECONDS = 900.0
PAGE = 1000
KEY = "Idempotency-Key"


class LostAnswerError(CommandError):
    """The request may have been carried out: no answer came."""


class Client:
    """Calls Syncline. Raises `CommandError` for whatever is no success."""

    def __init__(
        self, whereabouts: Whereabouts, transport: httpx.BaseTransport | None = None
    ) -> None:
        host = urlsplit(whereabouts.url).hostname or ""
        self._url = whereabouts.url
        self._http = httpx.Client(
            base_url=whereabouts.url,
            headers={"Authorization": f"Bearer {whereabouts.token}"},
            timeout=_SECONDS,
            transport=transport,
            trust_env=host not in ("127.0.0.1", "localhost", "::1"),  # no proxy to this machine
        )

    def get(self, path: str, **params: Any) -> Any:
        """GET; parameters that are None are left out."""
        kept = {name: value for name, value in params.items() if value is not None}
        return self._call("GET", path, params=kept)

    def pages(self, path: str, rows: str, **params: Any) -> Iterator[Json]:
        """Every row of a list that comes in pages."""
        cursor = None
        while True:
            page = self.get(path, cursor=cursor, **params)
            yield from page[rows]
            cursor = page["next_cursor"]
            if cursor is None:
                return

    def whole(self, path: str) -> Json:
        """A list that comes in pages, put together to one answer."""
        found: Json = self.get(path, limit=PAGE)
        cursor = found.pop("next_cursor", None)
        while cursor is not None:
            page = self.get(path, limit=PAGE, cursor=cursor)
            cursor = page.pop("next_cursor")
            for name, rows in page.items():
                found[name] = [*found[name], *rows] if isinstance(rows, list) else rows
        return found

    def download(self, path: str, file: Path, **params: Any) -> int:
        """Write what is there to a file, as it comes; its bytes.

        An existing file is replaced only once all of it has come.
        """
        kept = {name: value for name, value in params.items() if value is not None}
        part = file.with_name(f"{file.name}.part")
        try:
            with (
                self._http.stream("GET", path, params=kept, timeout=UPLOAD_SECONDS) as answer,
                part.open("wb") as out,
            ):
                if answer.is_error:
                    answer.read()
                    raise _refused(answer)
                size = sum(out.write(piece) for piece in answer.iter_bytes())
            part.replace(file)
        except httpx.HTTPError as error:
            raise self._unreachable(error) from error
        except OSError as error:
            raise CommandError(f"{file} cannot be written: {error.strerror}.") from error
        finally:
            part.unlink(missing_ok=True)
        return size

    def post(self, path: str, body: Any = None) -> Any:
        """POST, carried out once: where the answer is lost it is sent again under the same key."""
        options = {"json": body if body is not None else {}, "headers": {KEY: str(uuid4())}}
        try:
            return self._call("POST", path, **options)
        except LostAnswerError:
            return self._call("POST", path, **options)

    def put(self, path: str, body: Any, *, version: int | None = None) -> Any:
        """PUT; `version` is what was seen, where it is there already."""
        headers = {} if version is None else {"If-Match": f'"{version}"'}
        return self._call("PUT", path, json=body, headers=headers)

    def delete(self, path: str) -> Any:
        """DELETE."""
        return self._call("DELETE", path)

    def upload(self, path: str, file: Path) -> Any:
        """POST a file, read as it is sent."""
        try:
            with file.open("rb") as content:
                return self._call(
                    "POST",
                    path,
                    params={"name": file.name},
                    content=content,
                    headers={"Content-Type": "application/octet-stream", KEY: str(uuid4())},
                    timeout=UPLOAD_SECONDS,
                )
        except OSError as error:
            raise CommandError(f"{file} cannot be read: {error.strerror}.") from error

    def events(self, path: str, *, quiet_s: float | None = None, **params: Any) -> Iterator[Json]:
        """Server-sent events as they come, for ever or until it is quiet for `quiet_s`."""
        kept = {name: value for name, value in params.items() if value is not None}
        timeout = httpx.Timeout(_SECONDS, read=quiet_s or _SECONDS)
        try:
            with self._http.stream("GET", path, params=kept, timeout=timeout) as answer:
                if answer.is_error:
                    answer.read()
                    raise _refused(answer)
                for line in answer.iter_lines():
                    if line.startswith("data: "):
                        yield self._object(line.removeprefix("data: "))
        except httpx.ReadTimeout as error:
            if quiet_s is None:
                raise self._unreachable(error) from error
        except httpx.HTTPError as error:
            raise self._unreachable(error) from error

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def _call(self, method: str, path: str, **options: Any) -> Any:
        try:
            answer = self._http.request(method, path, **options)
        except httpx.ConnectError as error:
            raise self._unreachable(error) from error
        except httpx.HTTPError as error:
            raise LostAnswerError(str(self._unreachable(error)), ExitCode.UNREACHABLE) from error
        if answer.is_error:
            raise _refused(answer)
        return self._object(answer.text) if answer.content else None

    def _object(self, text: str) -> Json:
        """What Syncline says is always a JSON object."""
        try:
            found = json.loads(text)
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise CommandError(
                f"{self._url} answers, and not as Syncline does. Is the address right?",
                ExitCode.UNREACHABLE,
            )
        return found

    def _unreachable(self, error: httpx.HTTPError) -> CommandError:
        return CommandError(
            f"Syncline does not answer at {self._url} ({type(error).__name__}). Is it running?",
            ExitCode.UNREACHABLE,
        )


def segment(text: str) -> str:
    """A value as one part of a path, whatever is in it."""
    return quote(text, safe="")


def _refused(answer: httpx.Response) -> CommandError:
    code = _CODES.get(answer.status_code, ExitCode.PROBLEM)
    try:
        body = answer.json()
        text = f"{body['title']}: {body['detail']}"
        field = body.get("field")
    except (ValueError, KeyError, TypeError):
        return CommandError(f"Refused with {answer.status_code}, without a reason.", code)
    if field and str(field) not in text:
        text += f" (field {field})"
    is_stale = answer.request.method == "PUT" and answer.status_code in (409, 412)
    if is_stale and "somebody else" not in text:
        text += f" {_STALE}"
    return CommandError(text, code)
