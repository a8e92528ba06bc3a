"""Which client of the PSA a tenant probably is, and why: a proposal, never a mapping."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from pydantic import BaseModel, ConfigDict, computed_field
from rapidfuzz import fuzz, process
from syncline_contracts.query import PickItem

SURE = 95
"""From this score on a proposal may be accepted with others, unseen."""
ALIKE = 80
"""Names that are less similar propose nothing."""
_LEGAL = frozenset(
    (
        *("ab", "ag", "as", "bv", "co", "company", "corp", "corporation", "gmbh", "inc"),
        *("incorporated", "kg", "limited", "llc", "llp", "lp", "ltd", "nv", "oy", "plc"),
        *("proprietary", "pte", "pty", "sa", "sarl", "sas", "srl"),
    )
)
_PUBLIC = frozenset(
    (
        *("bigpond.com", "gmail.com", "hotmail.com", "icloud.com", "live.com", "onmicrosoft.com"),
        *("outlook.com", "outlook.com.au", "yahoo.com", "yahoo.com.au"),
    )
)
_DOMAIN = re.compile(r"(?:[a-z0-9-]{1,63}\.)+[a-z]{2,63}")


class Proposal(BaseModel):
    """A client for a tenant, with a reason in words."""

    model_config = ConfigDict(frozen=True)

    tenant_id: str
    tenant_name: str
    client_id: str
    client_name: str
    score: int
    """Of 100."""
    reason: str
    caution: str = ""
    """Why a person has to look at it; empty where nothing speaks against it."""

    @computed_field  # type: ignore[prop-decorator]
    @property
    def sure(self) -> bool:
        """Good enough to be accepted with others."""
        return self.score >= SURE and not self.caution


@dataclass(frozen=True, slots=True)
class Unmapped:
    """A tenant without a client."""

    tenant_id: str
    name: str
    domain: str = ""


@dataclass(slots=True)
class Clients:
    """What the PSA knows, ready to be compared with."""

    items: Sequence[PickItem]
    chosen: Mapping[str, Collection[str]] = field(default_factory=dict)
    """Bare name of tenants that were mapped already, on whichever invoice -> their clients' ids."""
    _by_name: dict[str, list[PickItem]] = field(init=False)
    _by_clue: dict[str, list[PickItem]] = field(init=False)
    _by_id: dict[str, PickItem] = field(init=False)

    def __post_init__(self) -> None:
        self._by_name, self._by_clue = defaultdict(list), defaultdict(list)
        self._by_id = {item.id: item for item in self.items}
        for item in self._by_id.values():
            self._by_name[bare(item.name)].append(item)
            for clue in {found for text in item.clues for found in _found_in(text)}:
                self._by_clue[clue].append(item)

    def propose(self, tenant: Unmapped) -> Proposal | None:
        """The best one; None where nothing is alike."""
        found = self._best(tenant)
        if found is None:
            return None
        items, score, reason = found
        items = sorted(items, key=lambda item: (item.inactive, item.name, item.id))
        return Proposal(
            tenant_id=tenant.tenant_id,
            tenant_name=tenant.name,
            client_id=items[0].id,
            client_name=items[0].name,
            score=score,
            reason=reason,
            caution=_caution(items),
        )

    def _best(self, tenant: Unmapped) -> tuple[list[PickItem], int, str] | None:
        if holds_id := self._by_clue.get(tenant.tenant_id.lower()):
            return holds_id, 100, "Its record holds this Microsoft tenant id."
        for domain in _domains(tenant.domain):
            if at_domain := self._by_clue.get(domain):
                return at_domain, 97, f"An address in its record is at {domain}."
        name = bare(tenant.name)
        chosen = [self._by_id[one] for one in self.chosen.get(name, ()) if one in self._by_id]
        if chosen:
            return chosen, 96, "Another tenant of this name is mapped to it."
        if same := self._by_name.get(name):
            exact = [item for item in same if item.name.strip() == tenant.name.strip()]
            what = "Same name." if exact else "Same name but for legal form, spaces and case."
            return same, SURE, what
        names = list(self._by_name)
        alike = process.extractOne(name, names, scorer=fuzz.ratio, score_cutoff=ALIKE)
        if alike is None:
            return None
        score = int(alike[1])
        return self._by_name[alike[0]], min(score, SURE - 1), f"Similar name ({score} %)."


def bare(name: str) -> str:
    """A name without case, accents, punctuation, spaces and legal form."""
    plain = unicodedata.normalize("NFKD", name.casefold().replace("&", " and "))
    letters = "".join(one for one in plain if not unicodedata.combining(one))
    words = re.sub(r"[^\w\s]", "", letters).split()
    kept = [word for word in words if word not in _LEGAL]
    return "".join(kept or words)


def _caution(items: Sequence[PickItem]) -> str:
    active = [item for item in items if not item.inactive]
    if len(active) > 1:
        return f"{len(active)} records are as likely: choose one."
    if not active:
        return "It is inactive in the PSA."
    return ""


def _found_in(text: str) -> Iterable[str]:
    """Domains in a text, and the text itself, which may be an id."""
    whole = text.strip().lower()
    return [one for one in (whole, *_domains(whole)) if one]


def _domains(text: str) -> list[str]:
    found: list[str] = [one.removeprefix("www.") for one in _DOMAIN.findall(text.lower())]
    return [one for one in found if one not in _PUBLIC and not one.endswith(".onmicrosoft.com")]
