"""Files as spreadsheets, broken downloads and people who mean harm send them back."""

import gzip
import random
from collections.abc import Callable

from syncline_sandbox.reconciliation import generate_reconciliation

from tests.unit.ingest.samples import feed, page, recon, usage, zipped

TOKENS = [
    *(b"\0", b"\r", b"\n", b'"', b'""', b",", b";", b"\t", b"'", b"\\", b"{", b"}", b"[", b"]"),
    *(b"\xef\xbb\xbf", b"\xff\xfe", b"\xff", b"\xc3", b"\xc2\xa0", b"\xe2\x80\xae"),
    *(b"1e400", b"1E-40", b"-0", b"NaN", b"Infinity", b"NULL", b"=1+1", b"0x10", b"1,5", b"9" * 60),
    *(b"2026-02-30", b"../../x", b"syncline.>", b"<script>", b"${x}", b"%s", b"\x1b[2J"),
]
Mutate = Callable[[bytes, random.Random], bytes]


def seeds() -> list[bytes]:
    """Good documents, small, in every form."""
    plain = [
        recon({}, {"Subtotal": "-1.25"}, {"CustomerId": ""}),
        generate_reconciliation(3, 3).to_csv().encode(),
        feed({}, {"LineTotalExTax": "0"}, TotalExTax="21.39", TotalTax="4.278"),
        usage({}, {"BillingPreTaxTotal": "-7.58469E-05"}, {"CustomerId": ""}),
        page({}, {"subtotal": -1}),
    ]
    packed = [gzip.compress(one) for one in plain]
    packed.append(gzip.compress(plain[0]) + gzip.compress(b"\n"))
    packed.append(zipped({"recon.csv": plain[0]}))
    packed.append(
        zipped({"page1.json": page({}, follows="t"), "page2.json": page({"taxTotal": 0})})
    )
    return [*plain, *packed, plain[0].decode().encode("utf-16")]


def mutated(data: bytes, dice: random.Random) -> bytes:
    """A document with one to four things done to it, inside its archive or outside."""
    if data.startswith(b"\x1f\x8b") and dice.random() < 0.5:
        return gzip.compress(mutated(gzip.decompress(data), dice))
    for _ in range(dice.randint(1, 4)):
        data = dice.choice(_MUTATIONS)(data, dice)
    return data


def _place(data: bytes, dice: random.Random) -> tuple[int, int]:
    start = dice.randint(0, len(data))
    return start, min(len(data), start + dice.choice((1, 2, 8, 64, 1000)))


def _flip(data: bytes, dice: random.Random) -> bytes:
    start, end = _place(data, dice)
    return (
        data[:start]
        + bytes(byte ^ (1 << dice.randrange(8)) for byte in data[start:end][:3])
        + (data[start:end][3:] + data[end:])
    )


def _drop(data: bytes, dice: random.Random) -> bytes:
    start, end = _place(data, dice)
    return data[:start] + data[end:]


def _double(data: bytes, dice: random.Random) -> bytes:
    start, end = _place(data, dice)
    return data[:end] + data[start:end] * dice.choice((1, 2, 50)) + data[end:]


def _insert(data: bytes, dice: random.Random) -> bytes:
    start, _ = _place(data, dice)
    return data[:start] + dice.choice(TOKENS) * dice.choice((1, 1, 2, 300)) + data[start:]


def _cut(data: bytes, dice: random.Random) -> bytes:
    return data[: dice.randint(0, len(data))]


def _swap(data: bytes, dice: random.Random) -> bytes:
    one, other = dice.sample(TOKENS, 2)
    return data.replace(one, other, dice.choice((1, 5, -1)))


def _shuffle(data: bytes, dice: random.Random) -> bytes:
    rows = data.split(b"\n")
    dice.shuffle(rows)
    return b"\n".join(rows)


_MUTATIONS: tuple[Mutate, ...] = (_flip, _drop, _double, _insert, _cut, _swap, _shuffle)
