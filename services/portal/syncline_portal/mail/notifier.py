"""Looks what the people of each partner are to be told, and has it posted."""

from datetime import timedelta

from syncline_chassis.errors import ProblemError
from syncline_contracts.holds import week_due
from syncline_contracts.identity import EVERY_PARTNER
from syncline_contracts.mapping_query import ListHolds, ListInvoices, ListPartners, PartnerView
from syncline_contracts.query import Page

from syncline_portal.mail import notice
from syncline_portal.mail.post import PostOffice
from syncline_portal.ports import Portal
from syncline_portal.user import UserView

WORKER = "mail"
NEWEST = 50
FRESH = timedelta(days=7)
"""An invoice that came earlier is no news."""
TOLD = ("billing", "admin")


class Notifier:
    """One round looks at every partner that has somebody to tell."""

    def __init__(self, portal: Portal, post: PostOffice) -> None:
        self._portal = portal
        self._post = post

    async def run(self) -> None:
        """Look, and send."""
        for partner in (
            await self._portal.bus.ask(ListPartners(partner_id=EVERY_PARTNER))
        ).partners:
            users = await self._portal.users.reaching(partner.partner_id)
            told = [one for one in users if _is_told(one, partner.partner_id)]
            if told:
                await self._look(partner, told)
        await self._post.send_due()

    async def _look(self, partner: PartnerView, users: list[UserView]) -> None:
        try:
            await self._arrivals(partner, users)
            await self._week(partner, users)
        except ProblemError as error:
            if error.status != 404:
                raise

    async def _arrivals(self, partner: PartnerView, users: list[UserView]) -> None:
        query = ListInvoices(partner_id=partner.partner_id, page=Page(limit=NEWEST))
        oldest = self._portal.clock.now() - FRESH
        for invoice in (await self._portal.bus.ask(query)).invoices:
            if invoice.detected_at < oldest or invoice.status == "detected":
                continue
            address = self._address(partner, "azure", invoice.invoice_key)
            told = notice.arrived(invoice, partner.settings.name, address)
            # Who was given access later did not wait for this one.
            waited = [one.email for one in users if one.created_at <= invoice.detected_at]
            await self._post.put(partner.partner_id, told, waited)

    async def _week(self, partner: PartnerView, users: list[UserView]) -> None:
        week = week_due(self._portal.clock.now(), partner.settings.time_zone)
        # The week in which somebody was given access is not told: it is on the pages before them.
        zone = partner.settings.time_zone
        waited = [one.email for one in users if week_due(one.created_at, zone) != week]
        if not waited:
            return
        rows = (await self._portal.bus.ask(ListHolds(partner_id=partner.partner_id))).rows
        address = self._address(partner, "queue")
        told = notice.weekly(rows, partner.settings.name, week, address)
        if told is not None:
            await self._post.put(partner.partner_id, told, waited)

    def _address(self, partner: PartnerView, *page: str) -> str:
        base = self._portal.settings.portal_url
        return "/".join((base, "p", partner.partner_id, *page)) if base else ""


def _is_told(user: UserView, partner_id: str) -> bool:
    return user.revoked_at is None and user.roles.get(partner_id) in TOLD
