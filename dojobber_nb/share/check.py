"""Check one notebook file: what was removed from it, and what is left that must not be shared."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from dojobber_nb.core.errors import ShareError
from dojobber_nb.share import files, notebook


class Checked(NamedTuple):
    """Result of a check: the file's name in messages, findings that were removed, findings that are left."""

    name: str
    taken: list[notebook.Finding]
    left: list[notebook.Finding]


def checked(path: Path, *, strip: bool = False) -> Checked:
    """Check that file. strip: remove what can be removed, and write the file."""
    file = files.read(path)
    try:
        taken = notebook.strip(file.notebook) if strip else []
        left = notebook.findings(file.notebook)
        if strip and (taken or path == files.STDIN):
            files.write(file, changed=bool(taken))
    except RecursionError:
        raise ShareError(files.name_of(path), "it is nested too deeply to be checked") from None
    return Checked(files.name_of(path), taken, left)
