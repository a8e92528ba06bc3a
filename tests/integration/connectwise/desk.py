"""A desk whose PSA is the sandbox's ConnectWise."""

from collections.abc import Callable

from syncline_chassis.testing.desk import Desk

from tests.integration.connectwise.system import ConnectWiseSystem


class ConnectWiseDesk(Desk):
    """One partner with one system."""

    psa: ConnectWiseSystem


DeskMaker = Callable[..., ConnectWiseDesk]
