"""How a command ends: an exit code that a script can trust, and a sentence for a person."""

from enum import IntEnum


class ExitCode(IntEnum):
    """What a script may rely on."""

    DONE = 0
    PROBLEM = 1
    """Refused, or failed on the other side."""
    USAGE = 2
    NOT_FOUND = 3
    NEEDS_ATTENTION = 4
    """It worked, and something waits for a person: a hold, or a tenant that failed."""
    UNREACHABLE = 5


class CommandError(Exception):
    """Ends a command. The text says what happened, where, and what to do."""

    def __init__(
        self, message: str, code: ExitCode = ExitCode.PROBLEM, *, choices: tuple[str, ...] = ()
    ) -> None:
        super().__init__(message)
        self.code = code
        self.choices = choices
        """Printed below, one a line."""
