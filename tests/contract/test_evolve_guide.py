"""The guide's own changes, applied to a copy of the contracts: the gate says what it says there."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from syncline_contracts.schema import FOLDER

CONTRACTS = FOLDER.parent
GUIDE = CONTRACTS.parent / "docs" / "guides" / "evolve-a-contract.md"


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", GUIDE.read_text(), re.DOTALL)


def judged(change: str, root: Path) -> tuple[int, list[str]]:
    """Exit code of the gate after a change, and what it says of the message."""
    shutil.copytree(CONTRACTS, root / "contracts", symlinks=True)
    (root / "change.diff").write_text(change)
    environment = {**os.environ, "PYTHONPATH": str(root / "contracts")}
    for command in (
        ["git", "apply", "--recount", "change.diff"],
        [sys.executable, "-m", "syncline_contracts.schema"],
    ):
        ended = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True)
        assert ended.returncode == 0, ended.stderr
    gate = subprocess.run(
        [sys.executable, "-m", "syncline_contracts.compatibility"],
        cwd=root,
        env=environment,
        capture_output=True,
        text=True,
    )
    return gate.returncode, [one for one in gate.stdout.splitlines() if " tenant.held.v1" in one]


@pytest.mark.parametrize(("number", "said", "code"), [(0, "adds", 0), (1, "breaks", 1)])
def test_the_gate_says_of_the_guides_change_what_the_guide_says(
    tmp_path: Path, number: int, said: str, code: int
) -> None:
    (words,) = blocks(said)
    assert judged(blocks("diff")[number], tmp_path) == (code, words.splitlines())
