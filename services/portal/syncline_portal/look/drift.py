"""What a person changed in the PSA after it was written: which record, how, by how much."""

from typing import Any

from syncline_contracts.mapping_query import TenantDetails, TenantRow
from syncline_contracts.money import add

from syncline_portal.look.marks import without_marks
from syncline_portal.look.money import shown

BILLED = (
    "Sync Now shows the update that would put it right, and writes nothing before Confirm. A "
    "record that is gone is restored in the PSA, or the tenant is undone and synced again. If the "
    "change is meant, leave it: nothing is put right by itself."
)
UNDONE = (
    "This tenant was undone: what the PSA had billed already stays there, and a record of its own "
    "takes it back. Where that record is gone, Undo takes the billed one back anew. Where it was "
    "changed, change it back or delete it in the PSA, then Undo. Nothing is put right by itself, "
    "and Sync Now would bill the tenant anew."
)


def was_undone(row: TenantRow) -> bool:
    """Whether nothing of a tenant is billed any more, and offsets take back what was."""
    return bool(row.offsets) and not row.records


def advice(row: TenantRow) -> str:
    """What can be done about its changed records."""
    return UNDONE if was_undone(row) else BILLED


def drifts(found: TenantDetails) -> list[dict[str, Any]]:
    """A tenant's changed records, for the template."""
    stood = (*found.row.records, *found.row.offsets)
    written = {one.external_key: one.amount for one in stood}
    return [
        {
            "label": without_marks(one.label),
            "what": without_marks(one.what),
            "written": shown(written.get(one.external_key)),
            "now": shown(
                add((written[one.external_key], one.off_by))
                if one.external_key in written
                else None
            ),
            "off": shown(one.off_by, sign=True),
        }
        for one in found.drifts
    ]


TEMPLATE = """
<section v-if="props.row.drifts.length" class="note bad" aria-label="Changed in the PSA">
  <b>Changed in the PSA since it was written</b>
  <div class="wide"><table class="inner">
    <thead><tr><th>Record</th><th>What changed</th><th class="num">Written</th>
      <th class="num">In the PSA</th><th class="num">Off by</th></tr></thead>
    <tbody><tr v-for="drift in props.row.drifts"><td>{{ drift.label }}</td>
      <td>{{ drift.what }}</td><td class="num">{{ drift.written }}</td>
      <td class="num">{{ drift.now }}</td><td class="num">{{ drift.off }}</td></tr></tbody>
  </table></div>
  <p class="q-my-sm">{{ props.row.drift_advice }}</p>
</section>
"""
