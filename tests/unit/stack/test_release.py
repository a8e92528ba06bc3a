"""A release of one service changes its version, its changelog and its image's tag, nothing else."""

import shutil
import subprocess
from datetime import date
from pathlib import Path

import pytest
from syncline_stack.release.version import ReleaseError, next_version, prepare, release

ROOT = Path(__file__).parents[3]
KEPT = ("services/xero", "services/portal", "chassis", "contracts", "deploy/base")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    for folder in KEPT:
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("*.pyc"))
    for arguments in (
        ["init", "--quiet"],
        ["config", "user.email", "operator@example.com"],
        ["config", "user.name", "Operator"],
        ["add", "--all"],
        ["commit", "--quiet", "-m", "start"],
    ):
        subprocess.run(["git", "-C", str(tmp_path), *arguments], check=True)
    return tmp_path


def git(root: Path, *arguments: str) -> str:
    return subprocess.run(
        ["git", "-C", str(root), *arguments], check=True, capture_output=True, text=True
    ).stdout


def test_three_files_change_and_the_commit_has_its_tag_and_its_wheel(checkout: Path) -> None:
    log = checkout / "services/xero/CHANGELOG.md"
    log.write_text("# Changelog\n\n## Unreleased\n\nTracking.\n\n## 0.1.0\n\nFirst.\n")
    git(checkout, "commit", "--quiet", "--all", "-m", "log")
    assert release(checkout, "xero", "4.5.6") == "xero-v4.5.6"
    changed = git(checkout, "show", "--name-only", "--format=", "xero-v4.5.6^{commit}").split()
    assert changed == [
        "deploy/base/services/xero/kustomization.yaml",
        "services/xero/CHANGELOG.md",
        "services/xero/pyproject.toml",
    ]
    assert 'newTag: "4.5.6"' in (checkout / changed[0]).read_text()
    head, _, rest = log.read_text().partition("## 4.5.6 - ")
    assert head == "# Changelog\n\n## Unreleased\n\n"
    assert "Tracking.\n\n## 0.1.0" in rest
    assert (checkout / "dist" / "syncline_xero-4.5.6-py3-none-any.whl").exists()
    assert 'syncline/portal\n    newTag: "4.5.6"' not in git(checkout, "show")


def test_what_was_not_written_down_is_not_released(checkout: Path) -> None:
    (checkout / "services/xero/CHANGELOG.md").write_text(
        "# Changelog\n\n## Unreleased\n\n## 0.1.0\n"
    )
    with pytest.raises(ReleaseError, match="uncommitted"):
        release(checkout, "xero", "minor")
    with pytest.raises(ReleaseError, match="nothing under Unreleased"):
        prepare(checkout, "xero", "minor", date(2026, 11, 28))
    with pytest.raises(ReleaseError, match="no service 'zero'"):
        prepare(checkout, "zero", "minor", date(2026, 11, 28))


@pytest.mark.parametrize(
    ("now", "part", "then"),
    [
        ("0.1.0", "patch", "0.1.1"),
        ("0.1.9", "minor", "0.2.0"),
        ("0.9.9", "major", "1.0.0"),
        ("0.9.9", "0.10.0", "0.10.0"),
    ],
)
def test_the_next_version(now: str, part: str, then: str) -> None:
    assert next_version(now, part) == then


@pytest.mark.parametrize("part", ["0.9.9", "0.1", "next", "0.2.0-rc1"])
def test_a_version_goes_up(part: str) -> None:
    with pytest.raises(ReleaseError, match="is no version after"):
        next_version("0.9.9", part)
