"""Lines that stay together until their batch is made."""

import zlib
from dataclasses import dataclass, field
from decimal import Decimal

from syncline_contracts.money import ZERO, add

LINE_OVERHEAD = 200
"""Bytes that a line needs beside its text: objects for text and cost, and their places."""


@dataclass(slots=True)
class Bundle:
    """Lines as JSON in their order, and their cost. Earlier ones may be packed to save memory."""

    count: int = 0
    size: int = 0
    """Bytes of the lines' text with a comma each."""
    held: int = 0
    """Bytes of memory, about."""
    lines: list[bytes] = field(default_factory=list)
    costs: list[Decimal] = field(default_factory=list)
    """Of those that are not packed."""
    _packed: list[bytes] = field(default_factory=list)
    _packed_cost: Decimal = ZERO

    def add(self, line: bytes, cost: Decimal) -> int:
        """Append a line; how many bytes of memory it takes."""
        self.lines.append(line)
        self.costs.append(cost)
        self.count += 1
        self.size += len(line) + 1
        taken = len(line) + LINE_OVERHEAD
        self.held += taken
        return taken

    def pack(self) -> None:
        """Compress what is here; it can then only be taken out as a whole."""
        if self.lines:
            self._packed.append(zlib.compress(b",".join(self.lines), 1))
            self._packed_cost = add((self._packed_cost, *self.costs))
            self.lines, self.costs = [], []
            self.held = sum(len(run) for run in self._packed)

    def unpacked_bytes(self) -> int:
        """Memory of the lines that `pack` would compress, about."""
        return self.held - sum(len(run) for run in self._packed)

    def cost(self) -> Decimal:
        """Exact sum over all lines."""
        return add((self._packed_cost, *self.costs))

    def to_json(self) -> bytes:
        """All lines as a JSON array."""
        runs = [zlib.decompress(run) for run in self._packed]
        return b"[" + b",".join(runs + self.lines) + b"]"
