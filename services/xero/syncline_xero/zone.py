"""Which day it is where an organisation keeps its books."""

from collections.abc import Mapping
from datetime import date, datetime
from zoneinfo import ZoneInfo

ZONES: Mapping[str, str] = {
    "AUSCENTRALSTANDARDTIME": "Australia/Darwin",
    "AUSCENTRALWSTANDARDTIME": "Australia/Eucla",
    "AUSEASTERNSTANDARDTIME": "Australia/Sydney",
    "CENAUSTRALIASTANDARDTIME": "Australia/Adelaide",
    "CHATHAMISLANDSSTANDARDTIME": "Pacific/Chatham",
    "EAUSTRALIASTANDARDTIME": "Australia/Brisbane",
    "GMTSTANDARDTIME": "Europe/London",
    "LORDHOWESTANDARDTIME": "Australia/Lord_Howe",
    "NEWZEALANDSTANDARDTIME": "Pacific/Auckland",
    "NORFOLKSTANDARDTIME": "Pacific/Norfolk",
    "TASMANIASTANDARDTIME": "Australia/Hobart",
    "WAUSTRALIASTANDARDTIME": "Australia/Perth",
}
"""Xero's names of the zones of Australia, New Zealand and the United Kingdom."""


def day_in(zone: str, now: datetime) -> date:
    """The day in a zone as Xero calls it; in UTC where we do not know the name."""
    return now.astimezone(ZoneInfo(ZONES.get(zone, "UTC"))).date()
