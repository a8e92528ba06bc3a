"""Lines of two documents that have no equal: which of them are the same charge, changed; pure.

Some 50 bytes a line are kept, so that a million of them fit; pairing goes from strict to loose.
"""

from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import NamedTuple

from syncline_ingest.line_identity import ROUNDS, Fields, round_digests

ALONE = -1
BUCKETS = 64
BUCKET_BITS = 58
"""The first bits of a digest say which bucket it is in."""
_SIZE_PLACES, _SIZE_MOST = 8, 2**62
_CLOSE_LOOK = 4096
"""Lines of one identity times those of the other document, up to which the closest are sought."""


class Pair(NamedTuple):
    """Indexes of two lines that belong together; one of them may be `ALONE`."""

    before: int
    after: int
    difference: int
    """In cost, without its sign: a whole number for order alone."""


class Unmatched:
    """Lines of one document that have no equal in the other, as numbers."""

    def __init__(self) -> None:
        self.ordinals: array[int] = array("I")
        """Place of each among all lines of its document, from 0."""
        self.tenants: array[int] = array("I")
        self.sizes: array[int] = array("q")
        self.rounds: tuple[array[int], ...] = tuple(array("Q") for _ in range(ROUNDS))

    def __len__(self) -> int:
        return len(self.ordinals)

    def add(self, ordinal: int, tenant: int, cost: Decimal, content: Fields) -> None:
        """Keep what pairing needs of a line."""
        self.ordinals.append(ordinal)
        self.tenants.append(tenant)
        whole = int(cost.scaleb(_SIZE_PLACES))
        self.sizes.append(max(-_SIZE_MOST, min(_SIZE_MOST, whole)))
        for digests, digest in zip(self.rounds, round_digests(content), strict=True):
            digests.append(digest)


def pairs(before: Unmatched, after: Unmatched) -> Iterator[Pair]:
    """Each line once: with its counterpart, or alone."""
    old_left: Iterable[int] = range(len(before))
    new_left: Iterable[int] = range(len(after))
    for number in range(ROUNDS):
        old_rest: array[int] = array("I")
        new_rest: array[int] = array("I")
        for old_group, new_group in _groups(
            before.rounds[number], old_left, after.rounds[number], new_left
        ):
            for old, new in _closest(before.sizes, old_group, after.sizes, new_group):
                yield Pair(old, new, abs(after.sizes[new] - before.sizes[old]))
            old_rest.extend(old_group)
            new_rest.extend(new_group)
        old_left, new_left = old_rest, new_rest
    yield from (Pair(old, ALONE, abs(before.sizes[old])) for old in old_left)
    yield from (Pair(ALONE, new, abs(after.sizes[new])) for new in new_left)


def _groups(
    old_digests: "array[int]",
    old: Iterable[int],
    new_digests: "array[int]",
    new: Iterable[int],
) -> Iterator[tuple[list[int], list[int]]]:
    """Lines of one identity; a bucket at a time, so that few are more than numbers at once."""
    for mine, others in zip(_bucketed(old_digests, old), _bucketed(new_digests, new), strict=True):
        groups: dict[int, tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
        for index in mine:
            groups[old_digests[index]][0].append(index)
        for index in others:
            groups[new_digests[index]][1].append(index)
        yield from groups.values()


def _bucketed(digests: "array[int]", indexes: Iterable[int]) -> "list[array[int]]":
    buckets: list[array[int]] = [array("I") for _ in range(BUCKETS)]
    for index in indexes:
        buckets[digests[index] >> BUCKET_BITS].append(index)
    return buckets


def _closest(
    old_sizes: "array[int]", old: list[int], new_sizes: "array[int]", new: list[int]
) -> list[tuple[int, int]]:
    """Pairs, taken out of both lists: the closest in cost; of very many those of equal rank."""
    if not old or not new:
        return []
    if len(old) * len(new) > _CLOSE_LOOK:
        old.sort(key=old_sizes.__getitem__, reverse=True)
        new.sort(key=new_sizes.__getitem__, reverse=True)
        chosen = list(zip(old, new, strict=False))
        del old[: len(chosen)], new[: len(chosen)]
        return chosen
    near = sorted((abs(new_sizes[two] - old_sizes[one]), one, two) for one in old for two in new)
    olds, news = set(old), set(new)
    chosen = []
    for _, one, two in near:
        if one in olds and two in news:
            chosen.append((one, two))
            olds.remove(one)
            news.remove(two)
    old[:], new[:] = sorted(olds), sorted(news)
    return chosen
