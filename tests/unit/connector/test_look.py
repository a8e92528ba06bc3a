"""What is looked for by its id, by its key, and once more."""

from collections.abc import Sequence
from typing import Any

import pytest
from syncline_chassis.connector.look import Sight, Sought, look
from syncline_chassis.connector.protocol import Record, Unit

from tests.unit.connector.samples import record

UNIT = Unit("unit", "SL-1", "INV SL-1")


class Psa:
    """Answers as written down, one answer per request."""

    def __init__(self, by_id: Record | None, *by_key: Sequence[Record]) -> None:
        self.by_id, self.by_key, self.asked = by_id, list(by_key), list[str]()

    async def read(self, refs: Sequence[str]) -> dict[str, Record | None]:
        self.asked.append("read")
        return dict.fromkeys(refs, self.by_id)

    async def find(self, units: Sequence[Unit]) -> dict[str, Sequence[Record]]:
        self.asked.append("find")
        return {unit.external_key: self.by_key.pop(0) for unit in units}


KNOWN, COPY, GONE = record(ref="r-1"), record(ref="r-2"), record(ref="r-1", gone=True)
DOUBTFUL = Sought(UNIT, "r-1", is_doubtful=True)


@pytest.mark.parametrize(
    ("sought", "psa", "asked", "sight"),
    [
        (Sought(UNIT), Psa(None, []), ["find"], Sight()),
        (Sought(UNIT), Psa(None, [COPY]), ["find"], Sight(COPY)),
        (Sought(UNIT, is_doubtful=True), Psa(None, [], [COPY]), ["find", "find"], Sight(COPY)),
        (Sought(UNIT, "r-1"), Psa(KNOWN), ["read"], Sight(KNOWN)),
        (Sought(UNIT, "r-1"), Psa(None), ["read"], Sight(vanished=True)),
        (DOUBTFUL, Psa(KNOWN, [KNOWN]), ["read", "find"], Sight(KNOWN)),
        (DOUBTFUL, Psa(KNOWN, [KNOWN, COPY]), ["read", "find"], Sight(several=(KNOWN, COPY))),
        (DOUBTFUL, Psa(KNOWN, [COPY]), ["read", "find"], Sight(several=(COPY, KNOWN))),
        (DOUBTFUL, Psa(GONE, [COPY]), ["read", "find"], Sight(COPY)),
        (DOUBTFUL, Psa(None, [COPY]), ["read", "find"], Sight(COPY)),
        (DOUBTFUL, Psa(GONE, [GONE], []), ["read", "find", "find"], Sight(GONE)),
    ],
)
async def test_a_look_sees(sought: Sought, psa: Any, asked: list[str], sight: Sight) -> None:
    assert await look(psa, [sought]) == {"SL-1": sight}
    assert psa.asked == asked
