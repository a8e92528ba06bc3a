"""The process that compares two large originals: a job comes in, the outcome goes out."""

import pickle
import sys

from syncline_ingest.originals import Outcome, compared
from syncline_ingest.readers.refusal import RefusedDocumentError


def main() -> None:
    """Read the job from standard input, write what became of it to standard output."""
    before, after = pickle.load(sys.stdin.buffer)  # noqa: S301  # nosec B301 - from the parent process
    try:
        outcome: Outcome | RefusedDocumentError = compared(before, after, lambda: None)
    except RefusedDocumentError as refusal:
        outcome = refusal
    sys.stdout.buffer.write(pickle.dumps(outcome, protocol=5))


if __name__ == "__main__":
    main()
