"""Connections: a partner's credentials, sealed; what people see of them holds no secret."""

from datetime import datetime
from typing import Any

from jsonschema_rs import Draft202012Validator
from syncline_contracts.query import Connections as ConnectionList
from syncline_contracts.query import ConnectionView, Page

from syncline_chassis import audit, cursor
from syncline_chassis.connector.jobs import Jobs
from syncline_chassis.connector.keeper import CONNECTIONS, StoredKeeper
from syncline_chassis.connector.manifest import Manifest
from syncline_chassis.connector.protocol import Connection
from syncline_chassis.connector.turn import WORKER, Turn
from syncline_chassis.errors import ConflictError, UnprocessableError
from syncline_chassis.mongo import Index
from syncline_chassis.service import Service
from syncline_chassis.unit_of_work import UnitOfWork
from syncline_chassis.vault import Vault

INDEXES = (Index(CONNECTIONS, (("partner_id", 1),)),)


class Connections:
    """The stored connections of one connector."""

    def __init__(self, service: Service, manifest: Manifest, vault: Vault, lease_s: float) -> None:
        self._service = service
        self._lease_s = lease_s
        self._manifest = manifest
        self._vault = vault

    async def find(self, partner_id: str, connection_id: str) -> Connection | None:
        """A connection with its secrets. Raises `DisabledError` when no key opens them."""
        row = await self._row(self._service.reading(), partner_id, connection_id)
        if row is None:
            return None
        form = {**row["form"], **self._vault.open(row["sealed"])}
        version: int = row["version"]
        keeper = StoredKeeper(
            self._service, self._vault, partner_id, connection_id, version, self._lease_s
        )
        return Connection(partner_id, connection_id, version, form, keeper)

    async def view(self, partner_id: str, connection_id: str) -> ConnectionView | None:
        """A connection without its secrets."""
        row = await self._row(self._service.reading(), partner_id, connection_id)
        return None if row is None else self._view(row)

    async def all(self, partner_id: str) -> tuple[ConnectionView, ...]:
        """Every connection of a partner."""
        rows = (
            await self._service.reading()
            .collection(CONNECTIONS)
            .find({"partner_id": partner_id}, sort=[("connection_id", 1)])
        )
        return tuple(self._view(row) for row in rows)

    async def page(self, page: Page) -> ConnectionList:
        """A page of every partner's."""
        after = cursor.opened(page.cursor)
        rows = (
            await self._service.reading()
            .collection(CONNECTIONS)
            .find({"_id": {"$gt": after or ""}}, sort=[("_id", 1)], limit=page.limit)
        )
        more = cursor.closed(rows[-1]["_id"]) if len(rows) == page.limit else None
        shown = tuple(self._view(row) for row in rows)
        return ConnectionList(connections=shown, next_cursor=more)

    async def save(
        self,
        uow: UnitOfWork,
        partner_id: str,
        connection_id: str,
        form: dict[str, str],
        *,
        expected_version: int | None,
        actor: str,
    ) -> ConnectionView:
        """Create or change a connection; a secret that is left out stays.

        Raises `ConflictError` and `UnprocessableError`.
        """
        now = self._service.clock.now()
        before = await self._row(uow, partner_id, connection_id)
        version = before["version"] if before else None
        if version != expected_version:
            raise _conflict(connection_id, version, expected_version)
        given = self._manifest.defaults() | {
            name: value.strip() for name, value in form.items() if value.strip()
        }
        whole = self._completed(given, before)
        self._check(whole)
        secrets = self._manifest.secrets()
        row = {
            "partner_id": partner_id,
            "connection_id": connection_id,
            "version": (version or 0) + 1,
            "form": {name: value for name, value in whole.items() if name not in secrets},
            "sealed": self._vault.seal(
                {name: value for name, value in whole.items() if name in secrets}
            ),
            "status": "unchecked",
            "status_detail": "",
            "updated_at": now,
        }
        await uow.collection(CONNECTIONS).replace_one(
            {"_id": f"{partner_id}/{connection_id}", "partner_id": partner_id}, row, upsert=True
        )
        await self._audit(uow, before, row, actor, now, sorted(secrets & set(given)))
        await Jobs(uow).wake(partner_id, connection_id, now)
        uow.wake(WORKER)
        return self._view(row)

    async def note(self, connection: Connection, status: str, detail: str) -> None:
        """Note how the last try went, unless somebody has changed the connection since."""
        await self._service.mongo.collection(CONNECTIONS).update_one(
            {
                "_id": f"{connection.partner_id}/{connection.connection_id}",
                "partner_id": connection.partner_id,
                "version": connection.version,
            },
            {"$set": {"status": status, "status_detail": detail}},
        )

    async def note_working(self, turn: Turn) -> None:
        """The vendor answered."""
        await self._service.mongo.collection(CONNECTIONS).update_one(
            {
                "_id": f"{turn.partner_id}/{turn.connection_id}",
                "partner_id": turn.partner_id,
                "status": {"$ne": "working"},
            },
            {"$set": {"status": "working", "status_detail": ""}},
        )

    async def note_failing(self, turn: Turn, detail: str) -> None:
        """The vendor does not answer."""
        await self._service.mongo.collection(CONNECTIONS).update_one(
            {"_id": f"{turn.partner_id}/{turn.connection_id}", "partner_id": turn.partner_id},
            {"$set": {"status": "failing", "status_detail": detail}},
        )

    async def note_limited(self, turn: Turn, until: datetime) -> None:
        """The vendor answers no more before then."""
        await self._service.mongo.collection(CONNECTIONS).update_one(
            {"_id": f"{turn.partner_id}/{turn.connection_id}", "partner_id": turn.partner_id},
            {"$set": {"waits_until": until}},
        )

    async def note_refused(
        self, uow: UnitOfWork, turn: Turn, version: int | None, detail: str
    ) -> bool:
        """The vendor refuses the credentials of this version; False where there are others by now.

        Always a change of the row: who saves new ones at this moment collides with it, so that one
        of the two sees what the other did.
        """
        of_version = {} if version is None else {"version": version}
        outcome = await uow.collection(CONNECTIONS).update_one(
            {
                "_id": f"{turn.partner_id}/{turn.connection_id}",
                "partner_id": turn.partner_id,
                **of_version,
            },
            {
                "$set": {"status": "reauth_required", "status_detail": detail},
                "$inc": {"refused": 1},
            },
        )
        return outcome.matched > 0

    def _completed(self, given: dict[str, str], before: dict[str, Any] | None) -> dict[str, str]:
        """Fill in the secrets that were left out, unless they would now go somewhere else."""
        missing = self._manifest.secrets() - set(given)
        if before is None or not missing:
            return given
        kept = {
            name: value
            for name, value in self._vault.open(before["sealed"]).items()
            if name in missing
        }
        for name in self._manifest.addresses():
            if kept and given.get(name) != before["form"].get(name):
                raise UnprocessableError(
                    f"{name} changed: give {', '.join(sorted(kept))} again, since it would be sent "
                    "to another address.",
                    name,
                )
        return {**given, **kept}

    def _check(self, form: dict[str, str]) -> None:
        schema = self._manifest.connection_form
        errors = sorted(
            Draft202012Validator(schema).iter_errors(form),
            key=lambda error: [str(part) for part in error.instance_path],
        )
        if not errors:
            return
        field = str(errors[0].instance_path[0]) if errors[0].instance_path else None
        if field is None:
            raise UnprocessableError(f"The form is not valid: {errors[0].message}.")
        # The validator's own message repeats the value, which may be a secret.
        rule = schema["properties"][field].get("description") or errors[0].schema_path[-1]
        raise UnprocessableError(f"{field} is not valid: {rule}", field)

    async def _audit(
        self,
        uow: UnitOfWork,
        before: dict[str, Any] | None,
        after: dict[str, Any],
        actor: str,
        now: datetime,
        secrets: list[str],
    ) -> None:
        told = f", with new {', '.join(secrets)}." if secrets else "."
        await audit.note(
            uow,
            after["partner_id"],
            now,
            actor=actor,
            what=f"{self._manifest.title} connection {after['connection_id']!r} was "
            f"{'changed' if before else 'made'}{told}",
            before=before["form"] if before else None,
            after=after["form"],
        )

    async def _row(
        self, uow: UnitOfWork, partner_id: str, connection_id: str
    ) -> dict[str, Any] | None:
        return await uow.collection(CONNECTIONS).find_one(
            {"_id": f"{partner_id}/{connection_id}", "partner_id": partner_id}
        )

    def _view(self, row: dict[str, Any]) -> ConnectionView:
        return ConnectionView(
            partner_id=row["partner_id"],
            connection_id=row["connection_id"],
            connector=self._manifest.name,
            version=row["version"],
            form=row["form"],
            status=row["status"],
            status_detail=row["status_detail"],
            waits_until=row.get("waits_until"),
        )


def _conflict(connection_id: str, version: int | None, expected: int | None) -> ConflictError:
    what = f"The connection {connection_id!r}"
    if version is None:
        return ConflictError(f"{what} is not there yet. Load the list again.")
    if expected is None:
        return ConflictError(f"{what} is there, at version {version}. Load it, change that.")
    return ConflictError(
        f"{what} was changed by somebody else: it is at version {version}, and version {expected} "
        "was expected. Load it again, and repeat your change."
    )
