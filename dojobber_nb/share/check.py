"""One file, looked through: what was taken out of it, and what is left that must not be handed on."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from dojobber_nb.core.errors import ShareError
from dojobber_nb.share import files, notebook


class Checked(NamedTuple):
    """How messages call the file, what was taken out of it, and what is left in it."""

    name: str
    taken: list[notebook.Finding]
    left: list[notebook.Finding]


def checked(path: Path, *, strip: bool = False) -> Checked:
    """What must not be handed on in that file; with `strip` it is written without what can be taken out."""
    file = files.read(path)
    try:
        taken = notebook.strip(file.notebook) if strip else []
        left = notebook.findings(file.notebook)
        if strip and (taken or path == files.STDIN):
            files.write(file, changed=bool(taken))
    except RecursionError:
        raise ShareError(files.name_of(path), "it is nested too deeply to be looked through") from None
    return Checked(files.name_of(path), taken, left)
