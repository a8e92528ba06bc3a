"""A desk whose PSA is the sandbox's Xero."""

from collections.abc import Callable

from syncline_chassis.testing.desk import CONNECTION, Desk, charge

from tests.integration.xero.organisation import Organisation

__all__ = ["CONNECTION", "DeskMaker", "XeroDesk", "charge"]


class XeroDesk(Desk):
    """One partner with one organisation."""

    psa: Organisation

    @property
    def xero(self) -> Organisation:
        """The organisation, with all that only Xero has."""
        return self.psa


DeskMaker = Callable[..., XeroDesk]
