"""Errors, named for what happens next; `delivery.py` alone turns them into ack, nak or dead letter.

    SynclineError
    |- TransientError            may pass by itself          -> redelivered with back-off
    |  `- RateLimitedError       the vendor said how long    -> redelivered after that
    |- UnknownOutcomeError       sent, the answer was lost   -> redelivered; starts with find
    |- ReauthRequiredError       credentials are refused     -> that partner's work is parked
    |- DisabledError             switched off or not there   -> that partner's work is parked
    |- RejectedError             vendor or rule says no      -> dead letter with the reason
    |  |- NotBillableError       a PSA would not bill it     -> that tenant fails
    |  `- ProblemError           what a query answers instead of data
    |     |- NotFoundError
    |     |- ConflictError
    |     `- UnprocessableError
    |- CannotStartError          what it stands on is wrong  -> the process ends with 3
    |- UnknownTypeError          of a newer release, perhaps -> redelivered a few times: another
    |                                                           replica may know it
    `- InvalidMessageError       breaks its own contract     -> dead letter at once

Any other exception is our bug: redelivered a few times, then a dead letter.
"""

from collections.abc import Mapping

from syncline_contracts.query import Problem


class SynclineError(Exception):
    """Root of what our code raises on purpose; the text is a sentence for a person."""

    answer: Mapping[str, object] | None = None
    """What the other side said, as it came; it may hold secrets."""


class CannotStartError(SynclineError):
    """What the process stands on is not there or not as it must be."""


class TransientError(SynclineError):
    """May pass by itself."""


class RateLimitedError(TransientError):
    """The other side asked us to wait."""

    def __init__(self, message: str, retry_after_s: float) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class UnknownOutcomeError(SynclineError):
    """A write was sent and its answer was lost; look for it before trying again."""


class ReauthRequiredError(SynclineError):
    """The credentials no longer work; a person has to give new ones."""


class DisabledError(SynclineError):
    """What the work needs is switched off or was never set up."""


class RejectedError(SynclineError):
    """The vendor or one of our rules says no; trying again changes nothing."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


class NotBillableError(RejectedError):
    """The PSA would refuse it, or never bill it; the detail says what to do."""

    def __init__(self, detail: str, code: str = "rejected") -> None:
        super().__init__(code, detail)


class ProblemError(RejectedError):
    """What a query answers instead of data."""

    def __init__(
        self, status: int, code: str, title: str, detail: str, field: str | None = None
    ) -> None:
        super().__init__(code, detail)
        self.status = status
        self.title = title
        self.field = field

    @classmethod
    def of(cls, problem: Problem) -> "ProblemError":
        """The error that a problem on the wire stands for."""
        return cls(problem.status, problem.code, problem.title, problem.detail, problem.field)

    def to_problem(self) -> Problem:
        """Form in which it travels."""
        return Problem(
            status=self.status,
            code=self.code,
            title=self.title,
            detail=self.detail,
            field=self.field,
        )


class NotFoundError(ProblemError):
    """It is not there, or not for this partner."""

    def __init__(self, detail: str) -> None:
        super().__init__(404, "not_found", "Not found", detail)


class ConflictError(ProblemError):
    """Somebody else changed it meanwhile."""

    def __init__(self, detail: str) -> None:
        super().__init__(409, "conflict", "Changed by somebody else", detail)


class UnprocessableError(ProblemError):
    """Well formed, but not valid."""

    def __init__(self, detail: str, field: str | None = None) -> None:
        super().__init__(422, "unprocessable", "Not valid", detail, field)


class UnknownTypeError(SynclineError):
    """A message of a type that this release does not handle."""


class InvalidMessageError(SynclineError):
    """A message breaks its own contract."""
