"""A notebook as it would be handed on: what in it must not be, and the same without."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import re
import shutil
import tempfile
import warnings
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

from dojobber_nb.core.errors import ShareError
from dojobber_nb.core.secrets import is_secret_key
from dojobber_nb.share.literals import literals
from dojobber_nb.share.patterns import shapes, signs

VIEW: Final = "application/vnd.jupyter.widget-view+json"
_PICTURE: Final = re.compile(r"data:image/svg\+xml;base64,([A-Za-z0-9+/=\s]+)")
_TAG: Final = re.compile(r"<[^>\n]{0,2000}>")
_COLOUR: Final = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")

STRIP = "--strip removes it"
BY_HAND = "take it out by hand"
READ = "read it from the environment, or have it asked for: ArgsForm(dj, token=secret)"


class Finding(NamedTuple):
    """What must not be handed on: where, what it is (never its value), the way out. `cell` counts from 1; 0: none."""

    cell: int
    where: str
    what: str
    way: str

    @property
    def place(self) -> str:
        """ "cell 3, output"."""
        return f"cell {self.cell}, {self.where}" if self.cell else self.where


def read(path: Path) -> Any:
    """The notebook; ShareError when it is none that can be read."""
    import nbformat

    try:
        found = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise ShareError(path, f"it cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError):
        raise ShareError(path, "it is no notebook: its content is no JSON") from None
    if not isinstance(found, dict) or not isinstance(found.get("nbformat"), int):
        raise ShareError(path, "it is no notebook: nbformat, its version, is missing")
    if found["nbformat"] != 4:
        raise ShareError(path, f"it has nbformat {found['nbformat']}, not 4; open it in JupyterLab and save it")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of cells without ids: they get some
            nbformat.validate(found)
            return nbformat.reads(json.dumps(found), as_version=4)  # type: ignore[no-untyped-call]  # it has no types
    except (nbformat.ValidationError, AssertionError, AttributeError, KeyError, TypeError, ValueError) as error:
        raise ShareError(path, f"it is no valid notebook: {str(error).partition(chr(10))[0]:.200}") from None


def findings(notebook: Any) -> list[Finding]:
    """All that must not be handed on, from the top down."""
    found = list(_of_metadata(notebook.metadata, 0))
    for number, cell in enumerate(notebook.cells, 1):
        found += _of_metadata(cell.metadata, number)
        found += _of_source(cell, number)
        for output in cell.get("outputs", ()):
            found += _of_output(output, number)
    return list(dict.fromkeys(found))


def strip(notebook: Any) -> list[Finding]:
    """Take widget state and the outputs at fault out of it; what was taken out."""
    taken = [finding for finding in findings(notebook) if finding.way == STRIP]
    notebook.metadata.pop("widgets", None)
    for cell in notebook.cells:
        if "outputs" in cell:
            cell.outputs = [kept for output in cell.outputs if (kept := _without_view(output)) and not _told(kept)]
    return taken


def write(notebook: Any, path: Path) -> None:
    """Put it in the place of the file, at once and whole, as nbformat writes it; ShareError when that cannot be."""
    import nbformat

    path = path.resolve()
    temporary = ""
    try:
        with tempfile.NamedTemporaryFile("w", dir=path.parent, encoding="utf-8", newline="", delete=False) as file:
            temporary = file.name
            file.write(nbformat.writes(notebook).rstrip("\n") + "\n")  # type: ignore[no-untyped-call]  # as above
            file.flush()
            os.fsync(file.fileno())
        shutil.copymode(path, temporary)
        Path(temporary).replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            Path(temporary).unlink()
        raise ShareError(path, f"it cannot be written: {error.strerror}") from None


# --- where to look ---------------------------------------------------------------------------------------------------


def _of_metadata(metadata: Any, number: int) -> Iterator[Finding]:
    if "widgets" in metadata:
        yield Finding(number, "metadata", "the state of widgets, with all that they hold", STRIP)
    rest = {key: value for key, value in metadata.items() if key != "widgets"}
    yield from (Finding(number, "metadata", what, BY_HAND) for what in _signs(_plain(rest)))


def _of_source(cell: Any, number: int) -> Iterator[Finding]:
    if cell.cell_type == "code":
        yield from (Finding(number, "code", sign.what, READ) for sign in literals(cell.source))
    else:
        yield from (Finding(number, "text", sign.what, BY_HAND) for sign in shapes(cell.source))
    for name, attached in cell.get("attachments", {}).items():
        yield from (Finding(number, f"attached {name}", what, BY_HAND) for what in _signs(_texts_of(attached)))


def _of_output(output: Any, number: int) -> Iterator[Finding]:
    if VIEW in output.get("data", {}):
        yield Finding(number, "output", "a widget, which shows nothing without its kernel", STRIP)
    yield from (Finding(number, "output", what, STRIP) for what in _told(output))


def _without_view(output: Any) -> Any:
    """The output with what else it shows; None when that is nothing."""
    if VIEW not in output.get("data", {}):
        return output
    data = {kind: value for kind, value in output.data.items() if kind != VIEW}
    return type(output)({**output, "data": type(output)(data)}) if data else None


def _told(output: Any) -> list[str]:
    """What an output tells of secrets."""
    return _signs(_texts(output))


def _signs(texts: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(sign.what for text in texts for sign in signs(_COLOUR.sub("", text))))


def _texts(output: Any) -> Iterator[str]:
    """All the text in an output, also that in pictures made of text."""
    if output.output_type == "stream":
        yield output.text
    elif output.output_type == "error":
        yield "\n".join([output.ename, output.evalue, *output.traceback])
    yield from _texts_of(output.get("data", {}))
    yield from _plain(output.get("metadata", {}))


def _texts_of(bundle: Any) -> Iterator[str]:
    """Those of one thing in several kinds of data."""
    for kind, value in bundle.items():
        if kind != VIEW and kind.partition("/")[0] != "image":
            yield from _READERS.get(kind, _plain)(value)
        elif kind == "image/svg+xml":
            yield from _marked_up(value)


def _plain(value: Any) -> Iterator[str]:
    """The text, or JSON as text, and what stands in it below a key, however deep."""
    if isinstance(value, str):
        yield value
    else:
        yield json.dumps(value, ensure_ascii=False)
        yield from _below(value, "")


def _below(value: Any, key: str) -> Iterator[str]:
    """The leaves, each as if it stood right below the last key that tells of a secret."""
    if isinstance(value, dict):
        for name, each in value.items():
            yield from _below(each, name if is_secret_key(name) else key)
    elif isinstance(value, list):
        for each in value:
            yield from _below(each, key)
    elif key and isinstance(value, str):
        yield json.dumps({key: value})


def _marked_up(text: str) -> Iterator[str]:
    """What a reader sees, what stands in the tags, and what is in the pictures inside."""
    from html import unescape

    yield unescape(_TAG.sub(" ", text))
    yield " ".join(_TAG.findall(text))
    for picture in _PICTURE.findall(text):
        with contextlib.suppress(ValueError):
            yield from _marked_up(base64.b64decode(picture).decode("utf-8", "replace"))


_READERS: Final[dict[str, Callable[[Any], Iterator[str]]]] = {"text/html": _marked_up}
