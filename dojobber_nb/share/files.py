"""Notebook files: find them in folders, read them from files or standard input, write them in their own format.

They are parsed as plain JSON: importing nbformat takes too long for a commit hook.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

from dojobber_nb.core.atomic_write import write_atomically
from dojobber_nb.core.errors import ShareError

STDIN: Final = Path("-")
_BOM: Final = b"\xef\xbb\xbf"
_WIDE: Final = (b"\xff\xfe", b"\xfe\xff")  # how UTF-16 and UTF-32 begin
_LONE: Final = re.compile("[\ud800-\udfff]")  # a lone surrogate, which JSON can encode and UTF-8 cannot


class NotebookFile(NamedTuple):
    """A notebook, its path, and the bytes of its file."""

    path: Path
    data: bytes
    notebook: Any


def name_of(path: Path) -> str:
    """The file's name in messages."""
    return "standard input" if path == STDIN else str(path)


def notebooks_in(path: Path) -> list[Path]:
    """All notebooks in a folder, except in hidden folders and checkpoints; the path itself if it is a file.

    Folders that cannot be read are included, so that reading them reports the error.
    """
    if path == STDIN or not path.is_dir():
        return [path]
    shut = list[Path]()
    found = list[Path]()
    for here, folders, files in os.walk(path, onerror=lambda error: shut.append(Path(error.filename))):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        found += (Path(here, name) for name in sorted(files) if name.endswith(".ipynb"))
    return [*found, *shut]


def read(path: Path) -> NotebookFile:
    """Read the notebook. Raises ShareError if that is not possible."""
    try:
        data = sys.stdin.buffer.read() if path == STDIN else path.read_bytes()
    except OSError as error:
        raise ShareError(name_of(path), f"it cannot be read: {error.strerror}") from None
    try:
        notebook = json.loads(data.removeprefix(_BOM).decode())
    except (ValueError, RecursionError):
        wide = data.startswith(_WIDE)
        how = " in UTF-8; it looks like UTF-16, save it as UTF-8" if wide else ""
        raise ShareError(name_of(path), f"it is no notebook: its content is not JSON{how}") from None
    if reason := _fault(notebook):
        raise ShareError(name_of(path), reason)
    return NotebookFile(path, data, notebook)


def write(file: NotebookFile, *, changed: bool = True) -> None:
    """Replace the file atomically, or write to standard output. Raises ShareError."""
    data = dumped(file) if changed else file.data
    if file.path == STDIN:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
        return
    try:
        write_atomically(file.path, data)
    except OSError as error:
        raise ShareError(name_of(file.path), f"it cannot be written: {error.strerror}") from None


def dumped(file: NotebookFile) -> bytes:
    """The notebook as JSON in the format of its file: indentation, line ends, byte order mark."""
    indent = re.match(rb"\{\r?\n( *|\t*)\S", file.data.removeprefix(_BOM).lstrip())
    text = json.dumps(file.notebook, ensure_ascii=False, indent=indent[1].decode() if indent else None)
    text = _LONE.sub(lambda lone: f"\\u{ord(lone[0]):04x}", text) + "\n" * file.data.endswith(b"\n")
    if indent and b"\r\n" in indent[0]:
        text = text.replace("\n", "\r\n")
    return _BOM * file.data.startswith(_BOM) + text.encode()


# --- is it a notebook? -----------------------------------------------------------------------------------------------


def _fault(notebook: Any) -> str:
    """Why it cannot be checked; "" if it can."""
    if not isinstance(notebook, dict) or not isinstance(notebook.get("nbformat"), int):
        return "it is no notebook: nbformat, its version, is missing"
    if notebook["nbformat"] != 4:
        return f"it has nbformat {notebook['nbformat']}, not 4; open it in JupyterLab and save it"
    reason = next(_faults(notebook), "")
    return f"it is no valid notebook: {reason}" if reason else ""


def _faults(notebook: dict[str, Any]) -> Iterator[str]:
    if not isinstance(notebook.get("nbformat_minor"), int):
        yield "nbformat_minor is no number"
    if not isinstance(notebook.get("metadata"), dict):
        yield "it has no metadata"
    if not isinstance(notebook.get("cells"), list):
        yield "it has no list of cells"
        return
    for number, cell in enumerate(notebook["cells"], 1):
        yield from (f"cell {number}: {reason}" for reason in _faults_of_cell(cell))


def _faults_of_cell(cell: Any) -> Iterator[str]:
    if not isinstance(cell, dict):
        yield "it is no object"
        return
    if cell.get("cell_type") not in {"code", "markdown", "raw"}:
        yield "its cell_type is none of code, markdown and raw"
    if not _is_text(cell.get("source")):
        yield "its source is no text"
    if not isinstance(cell.get("metadata"), dict):
        yield "it has no metadata"
    if not _holds(cell.get("attachments", {}), dict):
        yield "its attachments are no objects"
    outputs = cell.get("outputs", [])
    if not isinstance(outputs, list) or not all(map(_is_output, outputs)):
        yield "its outputs are none"


def _is_text(value: Any) -> bool:
    return isinstance(value, str) or (isinstance(value, list) and all(isinstance(line, str) for line in value))


def _holds(value: Any, kind: type) -> bool:
    return isinstance(value, dict) and all(isinstance(each, kind) for each in value.values())


def _is_output(output: Any) -> bool:
    return (
        isinstance(output, dict)
        and isinstance(output.get("output_type"), str)
        and _is_text(output.get("text", ""))
        and isinstance(output.get("data", {}), dict)
        and isinstance(output.get("metadata", {}), dict)
        and _is_text(output.get("traceback", []))
    )
