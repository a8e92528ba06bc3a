"""`make release SERVICE=xero`: a new version of one service, and of nothing else."""

import argparse
import re
import subprocess
import sys
import tomllib
from datetime import UTC, date, datetime
from pathlib import Path

UNRELEASED = "## Unreleased\n"
_VERSION = re.compile(r"(\d+)\.(\d+)\.(\d+)")
_IN_PROJECT = re.compile(r'^version = "[^"]+"$', re.MULTILINE)
_IN_IMAGES = re.compile(r'(newName: syncline/{name}\n\s+newTag: )"[^"]+"')


class ReleaseError(RuntimeError):
    """Why there is no release; nothing was changed."""


def folder_of(root: Path, name: str) -> Path:
    """Folder of a service or of another member. Raises `ReleaseError`."""
    for folder in (root / "services" / name, root / name):
        if (folder / "pyproject.toml").exists():
            return folder
    raise ReleaseError(
        f"There is no service {name!r}: services/{name}/pyproject.toml is not there."
    )


def next_version(now: str, part: str) -> str:
    """`part` is major, minor, patch, or the version itself. Raises `ReleaseError`."""
    parts = [int(one) for one in now.split(".")]
    if part in ("major", "minor", "patch"):
        at = ("major", "minor", "patch").index(part)
        return ".".join(map(str, [*parts[:at], parts[at] + 1, *[0] * (2 - at)]))
    if not _VERSION.fullmatch(part) or [int(one) for one in part.split(".")] <= parts:
        raise ReleaseError(f"{part!r} is no version after {now}: say major, minor, patch or X.Y.Z.")
    return part


def prepare(root: Path, name: str, part: str, today: date) -> tuple[str, dict[Path, str]]:
    """The new version, and each file that changes with its new text. Raises `ReleaseError`."""
    folder = folder_of(root, name)
    project, changelog = folder / "pyproject.toml", folder / "CHANGELOG.md"
    version = next_version(tomllib.loads(project.read_text())["project"]["version"], part)
    history = changelog.read_text()
    head, found, rest = history.partition(UNRELEASED)
    if not found or not rest.split("\n## ")[0].strip():
        raise ReleaseError(f"{changelog.relative_to(root)} says nothing under Unreleased.")
    files = {
        project: _IN_PROJECT.sub(f'version = "{version}"', project.read_text(), count=1),
        changelog: f"{head}{UNRELEASED}\n## {version} - {today.isoformat()}\n{rest}",
    }
    image = _manifest_of(root, name)
    if image is not None:
        tag = re.compile(_IN_IMAGES.pattern.replace("{name}", re.escape(name)))
        files[image] = tag.sub(rf'\g<1>"{version}"', image.read_text())
    return version, files


def _manifest_of(root: Path, name: str) -> Path | None:
    """The kustomization that names the member's image."""
    base = root / "deploy" / "base"
    own = base / ("shared" if name == "chassis" else f"services/{name}") / "kustomization.yaml"
    return own if own.exists() else None


def release(root: Path, name: str, part: str) -> str:
    """Change the files, commit, tag, build the wheel into dist/; the tag. Raises `ReleaseError`."""
    if _git(root, "status", "--porcelain"):
        raise ReleaseError("There are uncommitted changes. Commit or stash them first.")
    version, files = prepare(root, name, part, datetime.now(UTC).date())
    tag = f"{name}-v{version}"
    if _git(root, "tag", "--list", tag):
        raise ReleaseError(f"The tag {tag} is there already.")
    for file, text in files.items():
        file.write_text(text)
    _git(root, "add", *(str(file) for file in files))
    _git(root, "commit", "--quiet", "-m", f"release({name}): {version}")
    _git(root, "tag", "--annotate", tag, "-m", f"{name} {version}")
    subprocess.run(
        [
            *(sys.executable, "-m", "pip", "wheel", "--quiet", "--disable-pip-version-check"),
            *("--no-deps", "--no-build-isolation", "--wheel-dir", str(root / "dist")),
            str(folder_of(root, name)),
        ],
        check=True,
    )
    return tag


def _git(root: Path, *arguments: str) -> str:
    ended = subprocess.run(
        ["git", "-C", str(root), *arguments], capture_output=True, text=True, check=False
    )
    if ended.returncode:
        raise ReleaseError(f"git {arguments[0]}: {ended.stderr.strip()}")
    return ended.stdout.strip()


def main() -> int:
    """Release what the command line names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("service")
    parser.add_argument("part", nargs="?", default="minor", help="major, minor, patch or X.Y.Z")
    chosen = parser.parse_args()
    try:
        tag = release(Path.cwd(), chosen.service, chosen.part)
    except ReleaseError as error:
        print(error, file=sys.stderr)
        return 1
    image = f"docker build -f deploy/Dockerfile --build-arg SERVICE={chosen.service} ."
    print(f"Released {tag}; its wheel is in dist/. Push the tag, and build its image: {image}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
