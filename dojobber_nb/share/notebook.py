"""Findings in a notebook: what must not be shared; and their removal."""

from __future__ import annotations

import base64
import contextlib
import json
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final, NamedTuple

from dojobber_nb.share.keys import Rank, is_about, rank
from dojobber_nb.share.literals import literals
from dojobber_nb.share.markdown import in_markdown
from dojobber_nb.share.patterns import Found, scan

VIEW: Final = "application/vnd.jupyter.widget-view+json"
_PICTURE: Final = re.compile(r"data:image/svg\+xml;base64,([A-Za-z0-9+/=\s]+)")
_TAG: Final = re.compile(r"<[^<>\n]{0,2000}>")
_CELL: Final = re.compile(r"</?t[dh]\b[^<>\n]{0,2000}>", re.IGNORECASE)  # of a table
_COLOUR: Final = re.compile(r"\x1b\[[0-9;]{0,40}[A-Za-z]")
_PYTHON: Final = frozenset({"", "python", "ipython", "ipython3", "python3"})

STRIP = "--strip removes it"
BY_HAND = "remove it by hand"
READ = "read it from the environment, or prompt for it: ArgsForm(dj, token=secret)"


class Finding(NamedTuple):
    """A finding: where it is, the rule, an excerpt without the value, the way out."""

    cell: int  # from 1; 0: the notebook's metadata
    kind: str  # of the cell: code, markdown, raw
    where: str  # in the cell; "" for its source
    line: int  # from 1; 0: unknown
    what: str
    excerpt: str
    way: str

    @property
    def place(self) -> str:
        """ "cell 3 (code), output 1, line 2"."""
        cell = f"cell {self.cell} ({self.kind})" if self.cell else ""
        return ", ".join(filter(None, (cell, self.where, f"line {self.line}" if self.line else "")))

    @property
    def told(self) -> str:
        """ "secret value: password=***"."""
        return f"{self.what}: {self.excerpt}" if self.excerpt else self.what


def findings(notebook: Any) -> list[Finding]:
    """All findings, from top to bottom."""
    metadata = notebook["metadata"]
    found = [Finding(0, "", *told) for told in _of_metadata(metadata)]
    for number, cell in enumerate(notebook["cells"], 1):
        found += (Finding(number, cell["cell_type"], *told) for told in _of_cell(cell, _language(metadata, cell)))
    return list(dict.fromkeys(found))


def strip(notebook: Any) -> list[Finding]:
    """Remove widget state, and outputs with findings. Returns the findings that were removed."""
    taken = [finding for finding in findings(notebook) if finding.way == STRIP]
    notebook["metadata"].pop("widgets", None)
    for cell in notebook["cells"]:
        cell["metadata"].pop("widgets", None)
        if "outputs" in cell:
            outputs = (_without_view(output) for output in cell["outputs"])
            cell["outputs"] = [kept for kept in outputs if kept and not _in_output(kept)]
    return taken


# --- cells, outputs, metadata ----------------------------------------------------------------------------------------


def _language(metadata: Any, cell: Any) -> str:
    """Language of the cell, if its metadata has it, or of the notebook's kernel."""
    places = (
        (cell["metadata"], "vscode", "languageId"),
        (metadata, "language_info", "name"),
        (metadata, "kernelspec", "language"),
    )
    for where, room, key in places:
        if isinstance(where.get(room), dict) and isinstance(where[room].get(key), str):
            return str(where[room][key]).lower()
    return ""


def _of_cell(cell: Any, language: str) -> Iterator[tuple[Any, ...]]:
    """(where, line, what, excerpt, way) of each finding in the cell."""
    yield from _of_metadata(cell["metadata"])
    yield from (("", *found, READ if cell["cell_type"] == "code" else BY_HAND) for found in _in_source(cell, language))
    for name, attached in cell.get("attachments", {}).items():
        yield from ((f"attachment {_printable(name)}", *found, BY_HAND) for found in _told(_texts_of(attached)))
    for number, output in enumerate(cell.get("outputs", ()), 1):
        if VIEW in output.get("data", {}):
            yield f"output {number}", 0, "a widget view, which is empty without its kernel", "", STRIP
        yield from ((f"output {number}", *found, STRIP) for found in _in_output(output))


def _of_metadata(metadata: Any) -> Iterator[tuple[Any, ...]]:
    if "widgets" in metadata:
        yield "metadata", 0, "widget state, with all values of the widgets", "", STRIP
    rest = {key: value for key, value in metadata.items() if key != "widgets"}
    yield from (("metadata", *found, BY_HAND) for found in _told(_json(rest)))


def _in_source(cell: Any, language: str) -> list[Found]:
    source = _joined(cell["source"])
    if cell["cell_type"] == "markdown":
        return in_markdown(source)
    return literals(source) if cell["cell_type"] == "code" and language in _PYTHON else scan(source)


def _without_view(output: Any) -> Any:
    """The output without its widget view; None if nothing is left."""
    if VIEW not in output.get("data", {}):
        return output
    data = {kind: value for kind, value in output["data"].items() if kind != VIEW}
    return {**output, "data": data} if data else None


def _in_output(output: Any) -> list[Found]:
    """Secrets in an output."""
    return _told(_texts(output))


def _told(texts: Iterable[tuple[str, int]]) -> list[Found]:
    """Secrets in these texts, each once. (text, 1): findings have line numbers; (text, 0): they have none."""
    told = dict[tuple[str, str], Found]()
    for text, line in texts:
        for found in scan(_COLOUR.sub("", text)):
            told.setdefault((found.what, found.excerpt), found._replace(line=found.line * line))
    return list(told.values())


# --- texts of outputs ------------------------------------------------------------------------------------------------


def _texts(output: Any) -> Iterator[tuple[str, int]]:
    """All texts in an output, including SVG."""
    yield _joined(output.get("text", "")), 1
    if output["output_type"] == "error":
        parts = (output.get("ename", ""), output.get("evalue", ""))
        yield "\n".join([*filter(_is_text, parts), *output.get("traceback", ())]), 0
    yield from _texts_of(output.get("data", {}))
    yield from _json(output.get("metadata", {}))


def _texts_of(bundle: Any) -> Iterator[tuple[str, int]]:
    """The texts of a MIME bundle."""
    for kind, value in bundle.items():
        if kind != VIEW and (not kind.startswith("image/") or kind == "image/svg+xml"):
            text = value if kind.endswith("json") else _joined(value)
            reader = _READERS.get(kind, _plain) if isinstance(text, str) else _json
            yield from reader(text)


def _plain(text: str) -> Iterator[tuple[str, int]]:
    yield text, 1


def _json(value: Any) -> Iterator[tuple[str, int]]:
    """JSON as text, and each value in it with the name above it, at any depth."""
    yield json.dumps(value, ensure_ascii=False), 0
    yield from ((text, 0) for text in _below(value, ""))


def _below(value: Any, key: str) -> Iterator[str]:
    """Each string leaf as JSON below the last name with a rank; nothing below names of properties."""
    if isinstance(value, dict):
        for name, each in value.items():
            yield from _below(each, name if rank(name) is not Rank.NONE else "" if is_about(name) else key)
    elif isinstance(value, list):
        for each in value:
            yield from _below(each, key)
    elif key and isinstance(value, str):
        yield json.dumps({key: value}, ensure_ascii=False)


def _marked_up(text: str) -> Iterator[tuple[str, int]]:
    """The visible text of HTML or SVG, its tags, and embedded SVG images."""
    from html import unescape

    yield unescape(_TAG.sub(" ", _CELL.sub(" | ", text))), 1
    yield unescape(" ".join(_TAG.findall(text))), 0
    for picture in _PICTURE.findall(text):
        with contextlib.suppress(ValueError):
            yield from ((shown, 0) for shown, _ in _marked_up(base64.b64decode(picture).decode("utf-8", "replace")))


def _joined(value: Any) -> Any:
    """A list of lines as one text; any other value as it is."""
    return "".join(value) if isinstance(value, list) and all(map(_is_text, value)) else value


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _printable(name: str) -> str:
    return "".join(letter if letter.isprintable() else "?" for letter in name[:60])


_READERS: Final[dict[str, Callable[[str], Iterator[tuple[str, int]]]]] = {
    "text/html": _marked_up, "image/svg+xml": _marked_up, "application/xml": _marked_up
}  # fmt: skip
