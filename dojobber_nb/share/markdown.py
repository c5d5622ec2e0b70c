"""Secrets in Markdown: fenced Python is checked as code, everything else as text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from dojobber_nb.share.literals import literals
from dojobber_nb.share.patterns import Found, scan

_FENCE: Final = re.compile(r" {0,3}(`{3,}|~{3,})\s*\{?\.?(\w*)")
_PYTHON: Final = frozenset({"python", "py", "python3", "ipython", "ipython3", "pycon"})


def in_markdown(source: str) -> list[Found]:
    """Findings in Markdown source, by line."""
    text, fences = list[str](), list[Found]()
    for first, python, lines in _parts(source.splitlines()):
        fences += literals("\n".join(lines), first) if python else ()
        text += [""] * len(lines) if python else lines
    return sorted([*scan("\n".join(text)), *fences], key=lambda found: found.line)


def _parts(lines: list[str]) -> Iterator[tuple[int, bool, list[str]]]:
    """(number of the first line, whether it is Python, lines) of each part inside or outside of a fence."""
    first, fence, python = 0, "", False
    for number, line in enumerate(lines):
        mark = _FENCE.match(line)
        if mark and (not fence or mark[1].startswith(fence)):
            yield first + 1, python, lines[first:number]
            yield number + 1, False, [""]
            fence, python = ("", False) if fence else (mark[1], mark[2].lower() in _PYTHON)
            first = number + 1
    yield first + 1, python, lines[first:]
