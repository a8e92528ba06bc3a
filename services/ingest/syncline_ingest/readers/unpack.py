"""Documents as they were before they were packed: plain, gzip, zip; UTF-16 becomes UTF-8.

Nothing is written anywhere and no name inside an archive is used as a path.
"""

import codecs
import io
import lzma
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from syncline_ingest.readers.refusal import RefusedDocumentError, refuse, shown
from syncline_ingest.spool import CHUNK, Spool

MAX_RATIO = 200
"""Times its packed size; daily usage, which repeats itself most, comes to about 40."""
FREE_BYTES = 64 * 1024 * 1024
"""Below this the ratio is not looked at: a small file of one repeated row is harmless."""
MAX_BYTES = 8 * 1024 * 1024 * 1024
MAX_MEMBERS = 1000
_GZIP, _ZIP = b"\x1f\x8b", b"PK\x03\x04"
_EMPTY_ZIP = b"PK\x05\x06"
_ZIP_ERRORS = (
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError),
    *(NotImplementedError, OSError, ValueError, struct.error),  # a field of it is nonsense
)
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_AGAIN = "Export it again, or ask the supplier for it again."
_DIGITS = re.compile(r"(\d+)")
Chunks = Callable[[], Iterator[bytes]]
Members = Callable[[], Iterator[tuple[str, Iterator[bytes]]]]


class Unpacked:
    """Bytes of one document, as its reader wants them; any number of times from the start."""

    def __init__(self, name: str, chunks: Chunks, members: "Members | None" = None) -> None:
        self.name = name
        self.chunks = chunks
        """The files of it as one: the header that each part of an export repeats comes once."""
        self.members: Members = members or (lambda: iter([(name, chunks())]))
        """Its files one by one, with their names."""

    def start(self, length: int) -> bytes:
        """The first bytes. Raises `RefusedDocumentError` where they cannot be unpacked."""
        found = bytearray()
        for chunk in self.chunks():
            found += chunk
            if len(found) >= length:
                break
        return bytes(found[:length])


def is_packed(spool: Spool) -> bool:
    """Tell whether it has to be unpacked before it can be read."""
    start = spool.start(4)
    return start.startswith(_GZIP) or start in (_ZIP, _EMPTY_ZIP)


def unpack(name: str, spool: Spool) -> Unpacked:
    """Look into a document; reading it raises `RefusedDocumentError` where it is broken."""
    start = spool.start(4)
    if start.startswith(_GZIP):
        packed = Unpacked(name, lambda: _Allowance(name, spool).spent(_gunzipped(name, spool)))
    elif start in (_ZIP, _EMPTY_ZIP):
        packed = Unpacked(
            name,
            lambda: _Allowance(name, spool).spent(_joined(_unzipped(name, spool))),
            lambda: _Allowance(name, spool).spent_by(_unzipped(name, spool)),
        )
    else:
        packed = Unpacked(name, spool.chunks)
    if packed.start(2) in _UTF16:
        return Unpacked(name, lambda: _as_utf8(name, packed.chunks()))
    return packed


class _Allowance:
    """What a document may unpack to."""

    def __init__(self, name: str, spool: Spool) -> None:
        self._name = name
        self._packed = spool.size
        self._most = min(max(FREE_BYTES, spool.size * MAX_RATIO), MAX_BYTES)
        self._total = 0

    def spent(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        for chunk in chunks:
            self._total += len(chunk)
            if self._total > self._most:
                detail = (
                    f"it has {self._packed} bytes and unpacks to more than {self._most}: no "
                    "invoice does. Unpack it, and give what is in it."
                )
                raise refuse("archive_bomb", self._name, detail)
            yield chunk

    def spent_by(
        self, members: Iterable[tuple[str, Iterator[bytes]]]
    ) -> Iterator[tuple[str, Iterator[bytes]]]:
        for member, chunks in members:
            yield member, self.spent(chunks)


def _gunzipped(name: str, spool: Spool) -> Iterator[bytes]:
    """Every member of it: a reader that stops at the first loses rows silently."""
    member, begun = zlib.decompressobj(wbits=31), False
    try:
        for chunk in spool.chunks():
            data = chunk
            while data:
                if not begun:
                    data = data.lstrip(b"\0")  # padding between members
                    begun = bool(data)
                    continue
                out = member.decompress(data, CHUNK)
                if out:
                    yield out
                data = member.unconsumed_tail
                if member.eof:
                    data = member.unused_data
                    member, begun = zlib.decompressobj(wbits=31), False
    except zlib.error:
        raise _broken(name, "gzip archive") from None
    if begun:
        raise refuse("broken_archive", name, f"the gzip archive is cut off. {_AGAIN}")


def _unzipped(name: str, spool: Spool) -> Iterator[tuple[str, Iterator[bytes]]]:
    """The files of it, each to be read before the next one."""
    with (
        _damage_told(name),
        zipfile.ZipFile(io.BufferedReader(_SpoolFile(spool))) as archive,
    ):
        for part in _parts(name, archive):
            yield part.filename, _member(name, archive, part)


def _member(name: str, archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> Iterator[bytes]:
    with _damage_told(name), archive.open(part) as content:
        start = content.read(CHUNK)
        if start.startswith((_GZIP, _ZIP)):
            detail = f"'{shown(part.filename)}' in it is packed again. Unpack it."
            raise refuse("nested_archive", name, detail)
        yield start
        while chunk := content.read(CHUNK):
            yield chunk


@contextmanager
def _damage_told(name: str) -> Iterator[None]:
    try:
        yield
    except RuntimeError:  # a password is wanted
        detail = f"the zip archive is encrypted. Unpack it, and give what is in it. {_AGAIN}"
        raise refuse("encrypted", name, detail) from None
    except _ZIP_ERRORS:
        raise _broken(name, "zip archive") from None


def _joined(members: Iterable[tuple[str, Iterator[bytes]]]) -> Iterator[bytes]:
    """The files one after the other; a header that each part repeats comes once."""
    header: bytes | None = None
    last = b"\n"
    for _, chunks in members:
        if not last.endswith(b"\n"):
            yield b"\n"
        first = next(chunks, b"")
        line, _, rest = first.partition(b"\n")
        if header is None:
            header = line.rstrip()
            yield first
        elif line.rstrip() == header:
            yield rest
        else:
            yield first
        last = first
        for chunk in chunks:
            yield chunk
            last = chunk


def _parts(name: str, archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    """Its files in the order of their numbers, without what computers add by themselves."""
    found = [
        info
        for info in archive.infolist()
        if not info.is_dir() and not re.search(r"(^|/)(__MACOSX/|\.[^./])", info.filename)
    ]
    if any(info.filename.casefold().endswith((".xml", ".rels")) for info in found):
        detail = "it is an Excel workbook or another office file. Save it as 'CSV UTF-8'."
        raise refuse("unknown_format", name, detail)
    if not found:
        raise refuse("empty", name, "the zip archive has no file in it.")
    if len(found) > MAX_MEMBERS:
        detail = f"the zip archive has {len(found)} files, more than {MAX_MEMBERS}."
        raise refuse("too_many_files", name, detail)
    return sorted(found, key=lambda info: _in_order(info.filename))


def _in_order(file: str) -> list[tuple[int, str]]:
    """Part 10 after part 9."""
    return [(int(one), "") if one.isdecimal() else (0, one) for one in _DIGITS.split(file)]


def _as_utf8(name: str, chunks: Iterable[bytes]) -> Iterator[bytes]:
    decoder = codecs.getincrementaldecoder("utf-16")()
    row = 0
    try:
        for chunk in chunks:
            text = decoder.decode(chunk)
            row += text.count("\n")
            yield text.encode()
        yield decoder.decode(b"", final=True).encode()
    except UnicodeError:
        detail = f"it begins as UTF-16 and is broken from about here. {_AGAIN}"
        raise refuse("not_utf16", name, detail, row=row) from None


def _broken(name: str, what: str) -> RefusedDocumentError:
    return refuse("broken_archive", name, f"the {what} is damaged. {_AGAIN}")


class _SpoolFile(io.RawIOBase):
    """A spool as a file that can be sought in, with a place of its own."""

    def __init__(self, spool: Spool) -> None:
        self._spool = spool
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._spool.size}[whence]
        self._at = max(0, base + offset)
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: "memoryview | bytearray") -> int:  # type: ignore[override]
        data = self._spool.read_at(self._at, len(buffer))
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)
