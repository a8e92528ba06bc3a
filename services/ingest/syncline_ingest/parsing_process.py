"""The process that reads one large document: a job comes in, bundles and the outcome go out."""

import pickle
import struct
import sys
from collections.abc import Sequence
from typing import Any, NamedTuple

from syncline_ingest.batcher import Limits
from syncline_ingest.readers.refusal import RefusedDocumentError
from syncline_ingest.reading import read
from syncline_ingest.spool import Spool
from syncline_ingest.staged import StagedBatch

LENGTH = struct.Struct(">I")
"""Stands before every pickled object: a bundle, and at last `Parsed` or the refusal."""


class Job(NamedTuple):
    """What to read; the descriptor is inherited."""

    name: str
    descriptor: int
    size: int
    limits: Limits | None


def main() -> None:
    """Read the job from standard input and send until it is done; ends with its parent's pipe."""
    job: Job = pickle.load(sys.stdin.buffer)  # noqa: S301  # nosec B301 - from the parent process
    spool = Spool(job.descriptor, job.size, "", is_too_large=False)
    try:
        outcome: Any = read(job.name, spool, _put, job.limits)
    except RefusedDocumentError as refusal:
        outcome = refusal
    _send(outcome)


def _put(bundle: Sequence[StagedBatch]) -> None:
    _send(bundle)


def _send(what: Any) -> None:
    data = pickle.dumps(what, protocol=5)
    sys.stdout.buffer.write(LENGTH.pack(len(data)) + data)
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
