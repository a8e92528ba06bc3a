"""A desk whose PSA is the sandbox's Autotask."""

from collections.abc import Callable

from syncline_chassis.testing.desk import Desk

from tests.integration.autotask.system import AutotaskSystem


class AutotaskDesk(Desk):
    """One partner with one system."""

    psa: AutotaskSystem


DeskMaker = Callable[..., AutotaskDesk]
