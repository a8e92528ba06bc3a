"""A document on its way in: copied once to a private temporary file, hashed, then read from there.

What is parsed, stored and hashed is the same bytes, whatever happens to the original meanwhile.
"""

import asyncio
import hashlib
import os
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

CHUNK = 256 * 1024
_BLOB_CHUNK = 1024 * 1024


class Spool:
    """Bytes of one document; any number of readers, each at a place of its own."""

    def __init__(self, descriptor: int, size: int, sha256: str, *, is_too_large: bool) -> None:
        self.descriptor = descriptor
        self.size = size
        self.sha256 = sha256
        self.is_too_large = is_too_large
        """Then only the hash is of the whole document; its bytes were not kept."""

    def start(self, length: int) -> bytes:
        """The first bytes."""
        return os.pread(self.descriptor, length, 0)

    def read_at(self, at: int, length: int) -> bytes:
        """Up to `length` bytes from a place."""
        return os.pread(self.descriptor, length, at)

    def chunks(self) -> Iterator[bytes]:
        """All bytes; blocks, so it is for a thread."""
        at = 0
        while chunk := os.pread(self.descriptor, CHUNK, at):
            at += len(chunk)
            yield chunk

    async def blob_chunks(self) -> AsyncIterator[bytes]:
        """All bytes, in the pieces in which they are stored."""
        at = 0
        while chunk := await asyncio.to_thread(os.pread, self.descriptor, _BLOB_CHUNK, at):
            at += len(chunk)
            yield chunk


@asynccontextmanager
async def spooled(chunks: AsyncIterator[bytes], max_bytes: int) -> AsyncIterator[Spool]:
    """Copy and hash; past `max_bytes` only hash, so that a refusal can say what was refused."""
    digest, size = hashlib.sha256(), 0
    with tempfile.TemporaryFile(buffering=0) as file:
        async for chunk in chunks:
            size += len(chunk)
            digest.update(chunk)
            if size <= max_bytes:
                await asyncio.to_thread(_write, file.fileno(), chunk)
        yield Spool(file.fileno(), size, digest.hexdigest(), is_too_large=size > max_bytes)


def _write(descriptor: int, chunk: bytes) -> None:
    view = memoryview(chunk)
    while view:
        view = view[os.write(descriptor, view) :]
