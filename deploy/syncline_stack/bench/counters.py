"""How many lines have passed each service, as its own metrics say."""

import re
from collections.abc import Mapping

import httpx

from syncline_stack.stack import Stack

STAGES = {
    "published": ("ingest", "lines.published.v1"),
    "priced": ("pricing", "lines.priced.v1"),
    "kept": ("mapping", "lines.priced.v1"),
}
"""Stage -> the service that counts there, and the type that it counts by."""
_SAMPLE = re.compile(r"^syncline_lines_total\{(.*)\} (\S+)$", re.MULTILINE)


def lines_passed(stack: Stack) -> Mapping[str, int]:
    """Lines by stage since the stack's start; a service that does not answer is left out."""
    found = {}
    for stage, (service, kind) in STAGES.items():
        url = f"http://127.0.0.1:{stack.keepsake.ports[service]}/metrics"
        try:
            text = httpx.get(url, timeout=2.0, trust_env=False).text
        except httpx.HTTPError:
            continue
        found[stage] = sum(
            int(float(count)) for labels, count in _SAMPLE.findall(text) if f'"{kind}"' in labels
        )
    return found
