"""Mails in Mongo until the mail server has taken them: each once per person, tried again for days.

A process that dies between the server's answer and the note of it sends a mail twice, with the same
Message-ID: SMTP has no way to ask.
"""

from collections.abc import Sequence
from datetime import timedelta
from email.message import EmailMessage
from email.utils import format_datetime

import aiosmtplib
import structlog
from syncline_chassis.mongo import Document, DuplicateKeyError, Index
from syncline_chassis.service import Service

from syncline_portal.mail.notice import Notice
from syncline_portal.settings import Settings

MAILS = "mails"
KEPT = timedelta(days=90)
INDEXES = (
    Index(MAILS, (("state", 1), ("next_at", 1))),
    Index(MAILS, (("expires_at", 1),), expire_after_s=0),
)
LEASE = timedelta(minutes=5)
LONGEST_PAUSE = timedelta(hours=1)
MOST_ATTEMPTS = 60
TIMEOUT_S = 30.0


class PostOffice:
    """Keeps and sends mails."""

    def __init__(self, service: Service, settings: Settings) -> None:
        self._clock = service.clock
        self._rows = service.mongo.collection(MAILS)
        self._settings = settings

    async def put(self, partner_id: str, notice: Notice, recipients: Sequence[str]) -> None:
        """Have everybody told who was not told yet."""
        now = self._clock.now()
        for address in recipients:
            row: Document = {
                "_id": f"{partner_id}/{notice.key}/{address}",
                "partner_id": partner_id,
                "to": address,
                "subject": notice.subject,
                "text": notice.text,
                "state": "due",
                "attempts": 0,
                "next_at": now,
                "expires_at": now + KEPT,
            }
            try:
                await self._rows.insert_one(row)
            except DuplicateKeyError:
                continue

    async def send_due(self) -> None:
        """Send all that is due now."""
        while (row := await self._take()) is not None:
            await self._send(row)

    async def _take(self) -> Document | None:
        now = self._clock.now()
        return await self._rows.find_one_and_update(
            {"state": "due", "next_at": {"$lte": now}},
            {"$set": {"next_at": now + LEASE}, "$inc": {"attempts": 1}},
        )

    async def _send(self, row: Document) -> None:
        log = structlog.get_logger().bind(partner=row["partner_id"], mail=row["_id"])
        try:
            await self._hand_over(row)
        except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
            await self._fail(row, error)
            log.warning("a mail was not taken", attempts=row["attempts"], error=str(error))
            return
        await self._rows.update_one({"_id": row["_id"]}, {"$set": {"state": "sent"}})
        log.info("mail sent")

    async def _fail(self, row: Document, error: Exception) -> None:
        is_final = row["attempts"] >= MOST_ATTEMPTS or _is_refused(error)
        pause = min(timedelta(seconds=5 * 2 ** min(row["attempts"], 12)), LONGEST_PAUSE)
        now = self._clock.now()
        state = {"state": "refused"} if is_final else {"next_at": now + pause}
        await self._rows.update_one({"_id": row["_id"]}, {"$set": {**state, "error": str(error)}})

    async def _hand_over(self, row: Document) -> None:
        chosen = self._settings
        message = EmailMessage()
        message["From"] = chosen.portal_smtp_from
        message["To"] = row["to"]
        message["Subject"] = row["subject"]
        message["Date"] = format_datetime(self._clock.now())
        domain = chosen.portal_smtp_from.rpartition("@")[2].strip("> ") or "syncline"
        message["Message-ID"] = f"<{row['_id'].encode().hex()[-120:]}@{domain}>"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(row["text"])
        await aiosmtplib.send(
            message,
            hostname=chosen.portal_smtp_host,
            port=chosen.portal_smtp_port,
            username=chosen.portal_smtp_user or None,
            password=chosen.portal_smtp_password.get_secret_value() or None,
            use_tls=chosen.portal_smtp_security == "tls",
            start_tls=chosen.portal_smtp_security == "starttls",
            timeout=TIMEOUT_S,
        )


def _is_refused(error: Exception) -> bool:
    """The server will never take it; it says so with a 5xx about this very recipient."""
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused):
        return all(500 <= one.code < 600 for one in error.recipients)
    return False
