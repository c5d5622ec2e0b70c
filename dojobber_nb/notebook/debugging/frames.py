"""A traceback to look into: its frames, those of libraries apart, and what was known in them."""

from __future__ import annotations

import os
import re
import sysconfig
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import FrameType
from typing import Any, Final, NamedTuple

from dojobber_nb.core.preview import tree
from dojobber_nb.notebook.debugging.source import place

MOST = 60  # frames of one traceback that are shown: the first and the last ones

_BEGINS: Final = "Traceback (most recent call last):"
_FRAME: Final = re.compile(r'  File "(.*)", line (\d+)(?:, in (.*))?$')
_TRACEBACK: Final[Any] = vars(BaseException)["__traceback__"]  # an exception may refuse the attribute


class Frame(NamedTuple):
    """A line of code on the way to where it was raised; `live` is its place among the frames alive, or -1."""

    place: str
    line: int
    name: str
    code: str
    library: bool
    live: int = -1


def parts(text: str, error: BaseException | None) -> list[str | Frame]:
    """The traceback as Python prints it: frames, and the lines between them as they are."""
    found: list[str | Frame] = []
    files: list[str] = []
    for line in text.splitlines():
        if match := _FRAME.match(line):
            files.append(match[1])
            found.append(Frame(place(match[1]), int(match[2]), match[3] or "", "", _is_library(match[1])))
        elif found and isinstance(found[-1], Frame) and line.startswith("    "):
            found[-1] = found[-1]._replace(code="\n".join(filter(None, (found[-1].code, line[4:]))))
        elif found and isinstance(found[-1], str):
            found[-1] += f"\n{line}"
        elif found or line != _BEGINS:
            found.append(line)
    return _fewer(_alive(found, files, error))


def living(error: BaseException | None) -> list[tuple[FrameType, int]]:
    """The frames of the exception's traceback with their line numbers, the outermost first; none once let go."""
    return list(_walked(error)) if error is not None else []


def known(error: BaseException | None, number: int) -> dict[str, Any]:
    """What was known in that frame, bounded; for nobody but who asked."""
    frames = living(error)
    row = tree(dict(frames[number][0].f_locals), depth=3, items=50, chars=500) if 0 <= number < len(frames) else None
    return {"rows": row.children, "cut": row.cut} if row else {"rows": [], "cut": 0}


def _walked(error: BaseException) -> Iterator[tuple[FrameType, int]]:
    entry = _TRACEBACK.__get__(error)
    while entry is not None:
        yield entry.tb_frame, entry.tb_lineno
        entry = entry.tb_next


def _alive(found: list[str | Frame], files: list[str], error: BaseException | None) -> list[str | Frame]:
    """The exception's own frames stand last, those of its causes before; where the text was cut nobody can tell."""
    last = max((number for number, part in enumerate(found) if isinstance(part, Frame)), default=-1)
    alive = list(enumerate(living(error)))
    for number, file, (live, (frame, line)) in zip(range(last, -1, -1), reversed(files), reversed(alive), strict=False):
        part = found[number]
        code = frame.f_code
        if isinstance(part, str) or (file, part.line, part.name) != (code.co_filename, line, code.co_name):
            break
        found[number] = part._replace(live=live)
    return found


def _fewer(found: list[str | Frame]) -> list[str | Frame]:
    if len(found) <= MOST:
        return found
    return [*found[: MOST // 2], f"… {len(found) - MOST:,} more are not shown …", *found[-MOST // 2 :]]


def _is_library(file: str) -> bool:
    return file.startswith(_libraries()) or "site-packages" in file or "dist-packages" in file


@cache
def _libraries() -> tuple[str, ...]:
    paths = sysconfig.get_paths()
    own = str(Path(__file__).parents[2]) + os.sep  # from a clone it is in none of those folders
    return ("<frozen ", own, *(paths[name] for name in ("stdlib", "platstdlib", "purelib", "platlib")))
