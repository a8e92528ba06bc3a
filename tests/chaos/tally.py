"""What came of a series of runs, in all and for each connector."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from syncline_chassis.testing.psa import Verb

from tests.chaos.connector_rig import Victim

COUNTED = ("runs", "syncs", "reversals", "billed", "tried_again", "lost", "duplicated", "cents_off")
Table = defaultdict[str, Counter[str]]


def _table() -> Table:
    return defaultdict(Counter)


@dataclass
class Score:
    """What one connector has been through."""

    runs: int = 0
    faults: Table = field(default_factory=_table)
    """Verb of a request that went wrong -> how, as often as it did."""
    struck: Table = field(default_factory=_table)
    """What a tenant was at -> who died in that moment."""

    def to_json(self) -> dict[str, Any]:
        return {
            "runs": self.runs,
            "faults": {verb: dict(sorted(kinds.items())) for verb, kinds in _sorted(self.faults)},
            "struck": {verb: dict(sorted(who.items())) for verb, who in _sorted(self.struck)},
        }


@dataclass
class Tally:
    """The whole series."""

    runs: int = 0
    syncs: int = 0
    reversals: int = 0
    billed: int = 0
    tried_again: int = 0
    lost: int = 0
    duplicated: int = 0
    cents_off: int = 0
    at: dict[tuple[str, str, int], tuple[str, ...]] = field(default_factory=dict)
    """Connector, partner, tenant -> the verbs that it is at right now."""
    by_connector: defaultdict[str, Score] = field(default_factory=lambda: defaultdict(Score))
    _ordered: dict[str, tuple[str, Verb, str]] = field(default_factory=dict)

    def played(self, connector: str) -> None:
        """A run came to its end."""
        self.runs += 1
        self.by_connector[connector].runs += 1

    def order(self, fault_id: str, connector: str, verb: Verb, kind: str) -> None:
        """A request is to go wrong; whether one did is known later."""
        self._ordered[fault_id] = connector, verb, kind

    def fired(self, fired: Mapping[str, int]) -> None:
        """How many requests each fault has met so far."""
        for score in self.by_connector.values():
            score.faults.clear()
        for fault_id, times in fired.items():
            connector, verb, kind = self._ordered[fault_id]
            if times:
                self.by_connector[connector].faults[verb][kind] += times

    def missed(self, wrong: Mapping[Verb, Sequence[str]]) -> list[str]:
        """What no request of any connector has met yet."""
        scores = self.by_connector.values()
        met = {
            (verb, kind) for one in scores for verb, kinds in one.faults.items() for kind in kinds
        }
        return [
            f"{verb}: {kind}"
            for verb, kinds in wrong.items()
            for kind in kinds
            if (verb, kind) not in met
        ]

    def strike(self, victim: Victim, connector: str) -> None:
        """Somebody dies: under everybody who is at something, a connector under its own."""
        for (mine, _, _), verbs in self.at.items():
            if victim != "connector" or mine == connector:
                for verb in verbs:
                    self.by_connector[mine].struck[verb][victim] += 1

    def to_json(self, kills: Counter[str]) -> dict[str, Any]:
        scores = self.by_connector
        return {
            **{name: getattr(self, name) for name in COUNTED},
            "kills": kills.total(),
            "kills_by_victim": dict(sorted(kills.items())),
            "faults": sum(
                kinds.total() for score in scores.values() for kinds in score.faults.values()
            ),
            "by_connector": {name: scores[name].to_json() for name in sorted(scores)},
        }


def _sorted(table: Table) -> list[tuple[str, Counter[str]]]:
    return sorted(table.items())
