"""A service in an environment of its own, by the very steps that make its image."""

import subprocess
from pathlib import Path

INSTALL = Path(__file__).parents[2] / "install"


class NotInstalledError(RuntimeError):
    """The steps failed; the text is what they said."""


def install(service: str, folder: Path) -> None:
    """Run `deploy/install`. Raises `NotInstalledError`."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    ended = subprocess.run(
        [str(INSTALL), service, str(folder)], capture_output=True, text=True, check=False
    )
    if ended.returncode:
        raise NotInstalledError(f"{service} could not be installed: {ended.stderr[-2000:]}")
