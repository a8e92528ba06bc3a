"""What a stack keeps stays the same, whatever services come later."""

import json
from pathlib import Path

from syncline_stack.keepsake import Keepsake


def test_it_is_made_once_and_read_ever_after(tmp_path: Path) -> None:
    assert Keepsake.of(tmp_path) == Keepsake.of(tmp_path)
    assert (tmp_path / "secrets.json").stat().st_mode & 0o077 == 0


def test_a_service_that_came_later_gets_its_own_and_the_others_keep_theirs(tmp_path: Path) -> None:
    first = Keepsake.of(tmp_path)
    file = tmp_path / "secrets.json"
    kept = json.loads(file.read_text())
    for part in ("ports", "passwords", "vault_keys"):
        del kept[part]["autotask"]
    file.write_text(json.dumps(kept))
    later = Keepsake.of(tmp_path)
    assert later.ports.keys() == first.ports.keys()
    assert len(set(later.ports.values())) == len(later.ports)
    assert {**later.ports, "autotask": 0} == {**first.ports, "autotask": 0}
    assert later.vault_keys["xero"] == first.vault_keys["xero"]
    assert later == Keepsake.of(tmp_path)
