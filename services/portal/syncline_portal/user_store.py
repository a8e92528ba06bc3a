"""Users in Mongo: who may sign in by the identity provider, and what they may do then."""

from syncline_chassis.errors import NotFoundError, ProblemError
from syncline_chassis.mongo import Document
from syncline_chassis.service import Service
from syncline_chassis.unit_of_work import UnitOfWork

from syncline_portal.access_log import AccessLog, reaching, taken_back
from syncline_portal.actor import Actor
from syncline_portal.user import UserAccess, UserView

USERS = "users"


class UserStore:
    """See `ports.Users`. A user is known by their e-mail address in lower case."""

    def __init__(self, service: Service, log: AccessLog) -> None:
        self._service = service
        self._log = log
        self._rows = service.mongo.collection(USERS)

    async def find(self, email: str) -> Actor | None:
        """A user who still has access."""
        row = await self._rows.find_one({"_id": email, "revoked_at": None})
        return Actor(row["_id"], row["name"], row["roles"], row["operator"]) if row else None

    async def admit(self, email: str, subject: str) -> Actor:
        """Sign a person in. Raises `ProblemError`, 403.

        The first account at the provider that signs in with the address keeps it: an address that
        is given to somebody else later does not inherit its access.
        """
        found = await self._rows.find_one_and_update(
            {"_id": email, "revoked_at": None, "subject": {"$in": [None, subject]}},
            {"$set": {"subject": subject, "signed_in_at": self._service.clock.now()}},
        )
        if found is not None:
            return Actor(found["_id"], found["name"], found["roles"], found["operator"])
        if await self.find(email) is None:
            why = f"{email} has no access yet. Ask an admin to give it, under Settings."
        else:
            why = (
                f"Another account signed in as {email} before. Ask an admin to take its access "
                "back and to give it anew."
            )
        raise ProblemError(403, "no_access", "No access", why)

    async def grant(
        self, email: str, access: UserAccess, by: Actor, expected_version: int | None = None
    ) -> UserView:
        """Give or change access; the same again changes nothing. Raises `ProblemError`, 412."""

        async def work(unit: UnitOfWork) -> Document:
            rows = unit.collection(USERS)
            before = await rows.find_one({"_id": email})
            check_version(email, before, expected_version)
            is_anew = before is None or before["revoked_at"] is not None
            kept = self._new(email, access, by) if before is None or is_anew else before
            after = {
                **kept,
                "roles": {**kept["roles"], **access.roles},
                "operator": kept["operator"] if access.operator is None else access.operator,
            }
            if after != before:
                after = {**after, "version": version_of(before) + 1}
                await rows.replace_one({"_id": email}, after, upsert=True)
                what = f"{email} was given access."
                await self._log.note(unit, by, what, before, after)
            return after

        return _view(await self._service.in_transaction(work))

    async def get(self, email: str, partner_id: str | None) -> UserView:
        """A user who reaches a partner, or any. Raises `NotFoundError`."""
        row = await self._rows.find_one({"_id": email, **reaching(partner_id)})
        if row is None:
            raise _unknown(email)
        return _view(row)

    async def reaching(self, partner_id: str | None) -> list[UserView]:
        """Users who reach a partner, or all; by address."""
        rows = await self._rows.find(reaching(partner_id), sort=[("_id", 1)])
        return [_view(row) for row in rows]

    async def revoke(
        self, email: str, partner_id: str | None, by: Actor, expected_version: int | None = None
    ) -> UserView:
        """End a user's access, or only that to one partner.

        Raises `NotFoundError`, and `ProblemError`, 412.
        """

        async def work(unit: UnitOfWork) -> Document:
            rows = unit.collection(USERS)
            before = await rows.find_one({"_id": email, **reaching(partner_id)})
            if before is None:
                raise _unknown(email)
            check_version(email, before, expected_version)
            after = taken_back(before, partner_id, self._service.clock.now())
            if after != before:
                after = {**after, "version": version_of(before) + 1}
                await rows.replace_one({"_id": email}, after)
                what = f"{email}'s access was taken back."
                await self._log.note(unit, by, what, before, after)
            return after

        return _view(await self._service.in_transaction(work))

    def _new(self, email: str, access: UserAccess, by: Actor) -> Document:
        return {
            "_id": email,
            "name": access.name,
            "roles": {},
            "operator": False,
            "subject": None,
            "created_at": self._service.clock.now(),
            "created_by": by.label,
            "signed_in_at": None,
            "revoked_at": None,
        }


def _view(row: Document) -> UserView:
    fields = ("name", "roles", "operator", "created_at", "created_by", "signed_in_at", "revoked_at")
    return UserView(
        email=row["_id"], version=version_of(row), **{name: row[name] for name in fields}
    )


def version_of(row: Document | None) -> int:
    """Version of a stored user; 0 of none, 1 of one that was never changed."""
    return 0 if row is None else int(row.get("version", 1))


def check_version(email: str, row: Document | None, expected: int | None) -> None:
    """Refuse a change of what is not as its author saw it; who did not look is not refused."""
    if expected is not None and expected != version_of(row):
        why = (
            f"{email} is at version {version_of(row)}, and version {expected} was expected. Load "
            "it again, and repeat your change."
        )
        raise ProblemError(412, "conflict", "Changed by somebody else", why)


def _unknown(email: str) -> NotFoundError:
    return NotFoundError(f"There is no user {email} here.")
