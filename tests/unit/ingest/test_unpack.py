"""Packed, split and re-encoded documents: the same lines, or a refusal that says what is wrong."""

import gzip
import itertools
import zlib
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from syncline_ingest.readers import unpack
from syncline_ingest.readers.refusal import RefusedDocumentError

from tests.unit.ingest.samples import read, read_spooled, recon, zipped

PLAIN = recon(*({"Subtotal": f"{number}.5"} for number in range(40)))


def split(data: bytes, at: int) -> list[bytes]:
    rows = data.splitlines(keepends=True)
    return [b"".join(rows[:at]), b"".join(rows[at:])]


HEADER = PLAIN.splitlines(keepends=True)[0]
WAYS: dict[str, Callable[[bytes], bytes]] = {
    "plain": lambda data: data,
    "gzip": gzip.compress,
    "gzip in members": lambda data: b"".join(map(gzip.compress, split(data, 7))),
    "gzip in members with padding": lambda data: bytes(9).join(map(gzip.compress, split(data, 7))),
    "an empty member first": lambda data: gzip.compress(b"") + gzip.compress(data),
    "zip": lambda data: zipped({"recon.csv": data}),
    "zip with a folder": lambda data: zipped({"a/": b"", "a/recon.csv": data, "__MACOSX/x": b"?"}),
    "header in part 1 only": lambda data: zipped(
        {f"part-{10 - number}.csv": part for number, part in enumerate(split(data, 9)[::-1])}
    ),
    "header in every part": lambda data: zipped(
        {"1.csv": split(data, 9)[0].rstrip(), "2.csv": HEADER + split(data, 9)[1]}
    ),
    "UTF-16, little end first": lambda data: data.decode().encode("utf-16"),
    "UTF-16, big end first": lambda data: b"\xfe\xff" + data.decode().encode("utf-16-be"),
    "UTF-16 in gzip": lambda data: gzip.compress(data.decode().encode("utf-16")),
    "a BOM": lambda data: b"\xef\xbb\xbf" + data,
}


@pytest.mark.parametrize("way", WAYS)
def test_however_it_is_packed_the_lines_are_the_same(way: str) -> None:
    assert read_spooled(WAYS[way](PLAIN)) == read(PLAIN)


@given(st.lists(st.integers(0, 41), max_size=5), st.integers(0, 9))
def test_any_split_into_members_gives_the_same_lines(cuts: list[int], level: int) -> None:
    rows = PLAIN.splitlines(keepends=True)
    edges = [0, *sorted(cuts), len(rows)]
    parts = [b"".join(rows[a:b]) for a, b in itertools.pairwise(edges)]
    packed = b"".join(gzip.compress(part, level) for part in parts)
    assert read_spooled(packed) == read(PLAIN)


def refusal(data: bytes) -> RefusedDocumentError:
    with pytest.raises(RefusedDocumentError) as caught:
        read_spooled(data)
    assert caught.value.message.startswith("october.zip")
    return caught.value


@pytest.mark.parametrize("keep", [1, 5, 11, 60, 200, -9, -4, -1])
def test_a_gzip_archive_that_is_cut_off_is_refused(keep: int) -> None:
    assert refusal(gzip.compress(PLAIN)[:keep]).code in ("broken_archive", "unknown_format")


def test_a_second_member_that_is_cut_off_is_not_lost_silently() -> None:
    first, second = map(gzip.compress, split(PLAIN, 20))
    assert refusal(first + second[:-3]).code == "broken_archive"


def test_rubbish_behind_an_archive_is_refused() -> None:
    assert refusal(gzip.compress(PLAIN) + b"rubbish").code == "broken_archive"


def test_a_damaged_archive_is_refused() -> None:
    packed = bytearray(zipped({"recon.csv": PLAIN}))
    packed[len(packed) // 2] ^= 0xFF
    assert refusal(bytes(packed)).code == "broken_archive"
    damaged = bytearray(gzip.compress(PLAIN))
    damaged[-6] ^= 0xFF  # its check sum
    assert refusal(bytes(damaged)).code == "broken_archive"


def test_a_name_that_is_no_text_is_refused() -> None:
    packed = zipped({"rÃ©con.csv": PLAIN}).replace("Ã©".encode(), b"\xff\xfe\xff\xff")
    assert refusal(packed).code == "broken_archive"


def test_a_bomb_is_refused_before_it_goes_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpack, "FREE_BYTES", 1024 * 1024)
    monkeypatch.setattr(unpack, "MAX_RATIO", 20)
    repeated = PLAIN + split(PLAIN, 40)[1] * 10_000
    for bomb in (gzip.compress(repeated), zipped({"0.csv": repeated})):
        assert refusal(bomb).code == "archive_bomb"


def test_rows_without_end_that_hold_nothing_are_refused() -> None:
    assert refusal(gzip.compress(PLAIN + b"\r\n" * 200_000)).code == "too_many_blank_rows"


def test_a_small_file_of_one_repeated_row_is_no_bomb() -> None:
    repeated = recon(*({} for _ in range(20_000)))
    packed = zlib.compress(repeated, 9)
    assert len(repeated) > unpack.MAX_RATIO / 2 * len(packed)
    assert len(read_spooled(gzip.compress(repeated, 9))[0]) == 20_000


@pytest.mark.parametrize(
    ("files", "code"),
    [
        ({}, "empty"),
        ({"__MACOSX/recon.csv": b"x"}, "empty"),
        ({"inner.gz": gzip.compress(PLAIN)}, "nested_archive"),
        ({"inner.zip": zipped({"recon.csv": PLAIN})}, "nested_archive"),
        ({"[Content_Types].xml": b"<x/>", "xl/workbook.xml": b"<x/>"}, "unknown_format"),
        ({"../../etc/passwd": b"root:x:0:0\n"}, "unknown_format"),
        ({f"{number}.csv": b"x\n" for number in range(1001)}, "too_many_files"),
    ],
)
def test_what_an_archive_must_not_hold(files: dict[str, bytes], code: str) -> None:
    assert refusal(zipped(files)).code == code


def test_two_invoices_in_one_archive_are_refused() -> None:
    other = recon({"InvoiceNumber": "G009"})
    assert refusal(zipped({"1.csv": PLAIN, "2.csv": other})).code == "two_invoices"


def test_utf_16_that_breaks_off_is_refused_with_its_row() -> None:
    broken = PLAIN.decode().encode("utf-16")[:-1]
    error = refusal(broken)
    assert (error.code, error.row) == ("not_utf16", 40)
