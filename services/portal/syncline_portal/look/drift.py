"""What a person changed in the PSA after it was written: which record, how, by how much."""

from typing import Any

from syncline_contracts.mapping_query import TenantDetails
from syncline_contracts.money import add

from syncline_portal.look.marks import without_marks
from syncline_portal.look.money import shown


def drifts(found: TenantDetails) -> list[dict[str, Any]]:
    """A tenant's changed records, for the template."""
    written = {one.external_key: one.amount for one in found.row.records}
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
  <p class="q-my-sm">Sync Now shows the update that would put it right, and writes nothing before
    Confirm. A record that is gone has to be restored in the PSA. If the change is meant, leave it:
    nothing is put right by itself.</p>
</section>
"""
