"""Evaluation of a tenant: all that came and is set now, to its facts; old facts do not add up.

Level-triggered: whatever changed, and in which order, the same inputs give the same facts.
"""

from dataclasses import dataclass

from syncline_contracts.charge import Charge
from syncline_contracts.invoice import TenantManifest
from syncline_contracts.money import add
from syncline_contracts.partner import PartnerSettings
from syncline_contracts.tenant import Hold

from syncline_mapping.domain import charges as charging
from syncline_mapping.domain import tie_out
from syncline_mapping.domain.facts import Charged, Facts
from syncline_mapping.domain.holds import Case, holds_and_warnings
from syncline_mapping.domain.manifest import ConnectorManifest
from syncline_mapping.domain.state import SETTLED, SYNCING, derive, is_undone
from syncline_mapping.domain.summary import Summary, merge


@dataclass(frozen=True, slots=True)
class Mapped:
    """Where a tenant goes."""

    client_id: str | None = None
    client_name: str = ""
    agreements: dict[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Arrived:
    """The batches that are here: how many, of which versions of prices, and what is in them."""

    batches: int
    oldest: int
    newest: int
    summary: Summary

    def and_also(self, more: "Arrived") -> "Arrived":
        """Both together, in any order."""
        return Arrived(
            self.batches + more.batches,
            min(self.oldest, more.oldest),
            max(self.newest, more.newest),
            merge((self.summary, more.summary)),
        )


@dataclass(frozen=True, slots=True)
class Inputs:
    """Everything that facts follow from."""

    tenant_name: str
    currency: str
    revision: int
    superseded: bool
    manifest: TenantManifest | None
    arrived: Arrived | None
    prices: int
    """Newest version of the partner's prices that is known."""
    rrp_policies: tuple[int, ...]
    """Versions that changed the RRP policy."""
    mapped: Mapped
    partner: PartnerSettings | None
    connectors: dict[str, ConnectorManifest]


@dataclass(frozen=True, slots=True)
class Evaluated:
    """New facts, and the version of prices that the lines wait for."""

    facts: Facts
    reprice: int | None = None


def evaluate(facts: Facts, inputs: Inputs) -> Evaluated:
    """Facts as they follow from the inputs; what people and the PSA said is kept."""
    manifest, arrived = inputs.manifest, inputs.arrived
    facts = facts.but(superseded=inputs.superseded, warnings=())
    if inputs.superseded and facts.synced is not None:
        facts = facts.but(warnings=(_superseded(inputs),))
    if manifest is None or inputs.superseded:
        return Evaluated(facts)
    facts = facts.but(lines=manifest.lines, document_cost=tie_out.document_cost(manifest))
    if arrived is None or arrived.batches != manifest.batches:
        return Evaluated(facts.but(complete=False))
    newest = max(inputs.prices, facts.prices_asked)
    if arrived.oldest == arrived.newest:
        complete = _complete(facts, manifest, arrived, inputs)
        if arrived.oldest >= _prices_due(complete, newest):
            return Evaluated(complete)
    waiting = facts.but(complete=False)
    waits = arrived.oldest < newest and derive(waiting).state not in SETTLED
    return Evaluated(waiting, newest if waits else None)


def _prices_due(facts: Facts, newest: int) -> int:
    """Oldest version of prices that will do.

    What is in the PSA keeps its prices, whatever else of it changes, until a person says Re-price.
    """
    state = derive(facts).state
    if state in SYNCING:
        return 0
    is_settled = facts.synced is not None or state in SETTLED or is_undone(facts)
    return facts.prices_asked if is_settled else newest


def _complete(facts: Facts, manifest: TenantManifest, arrived: Arrived, inputs: Inputs) -> Facts:
    partner, summary = inputs.partner, arrived.summary
    connector = inputs.connectors.get(partner.connector or "") if partner else None
    # Where the PSA has no agreements, one that is left over from another PSA means nothing.
    uses_agreements = connector is not None and connector.vocabulary.agreement is not None
    agreements = (inputs.mapped.agreements or {}) if uses_agreements else {}
    charges = charging.charges_of(summary, inputs.currency, agreements)
    off = tuple(tie_out.differences(manifest, summary.kinds))
    case = Case(
        tenant_name=inputs.tenant_name,
        currency=inputs.currency,
        summary=summary,
        charges=charges,
        differences=off,
        partner=partner,
        connector=connector,
        client_id=inputs.mapped.client_id,
        agreements=agreements,
    )
    holds, warnings = holds_and_warnings(case)
    return facts.but(
        complete=True,
        lines_cost=tie_out.lines_cost(summary.kinds),
        items_cost=add(item.cost for item in summary.items.values()),
        ties=not off,
        unpriced=any(not charging.is_priced(item) for item in case.billable),
        charge_set=_charged(facts, charges, inputs),
        prices=arrived.oldest,
        rrp_policy=max(
            (one for one in inputs.rrp_policies if one <= arrived.oldest), default=facts.rrp_policy
        ),
        holds=holds,
        warnings=warnings,
    )


def _charged(facts: Facts, charges: tuple[Charge, ...], inputs: Inputs) -> Charged:
    former, mapped = facts.charge_set, inputs.mapped
    connector, connection_id = _connection(facts, inputs.partner)
    digest = charging.digest(charges, inputs.currency, mapped.client_id, connector, connection_id)
    version = former.version if former else 0
    if former is None or former.digest != digest:
        version += 1
    totals = charging.totals(charges)
    return Charged(
        version=version,
        digest=digest,
        revision=inputs.revision,
        currency=inputs.currency,
        client_id=mapped.client_id,
        client_name=mapped.client_name,
        connector=connector,
        connection_id=connection_id,
        charges=charges,
        cost=totals.cost,
        rrp=totals.rrp,
        sell_exact=totals.sell_exact,
        sell=totals.sell,
        residual=totals.residual,
    )


def _connection(facts: Facts, partner: PartnerSettings | None) -> tuple[str | None, str | None]:
    """Where the charges go. What is synced belongs to its connection until it is reversed."""
    if facts.synced is not None:
        return facts.synced.connector, facts.synced.connection_id
    if partner is None:
        return None, None
    return partner.connector, partner.connection_id


def _superseded(inputs: Inputs) -> Hold:
    return Hold(
        code="tie_out_failed",
        message=(
            f"{inputs.tenant_name} is in the PSA, and a newer revision of the invoice no longer "
            "has it. Look whether what was billed has to be taken back."
        ),
        fix="document",
    )
