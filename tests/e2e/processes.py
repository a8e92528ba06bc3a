"""Which processes work in a directory: what a run leaves behind shows here."""

from pathlib import Path


def working_in(directory: Path) -> dict[int, str]:
    """Command lines of the live processes whose arguments or environment name the directory."""
    found: dict[int, str] = {}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            command = (entry / "cmdline").read_bytes()
            environment = (entry / "environ").read_bytes()
        except OSError:  # it ended meanwhile
            continue
        if str(directory).encode() in command + environment:
            found[int(entry.name)] = command.replace(b"\0", b" ").decode(errors="replace").strip()
    return found
