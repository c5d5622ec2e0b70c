"""Frames of a traceback: place, code, whether they belong to a library, and their local variables."""

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
from dojobber_nb.notebook.debugging.source import file_label

MAX_PARTS = 60  # parts of one traceback shown: the first and the last ones

_BEGINS: Final = "Traceback (most recent call last):"
_FRAME: Final = re.compile(r'  File "(.*)", line (\d+)(?:, in (.*))?$')
_TRACEBACK: Final[Any] = vars(BaseException)["__traceback__"]  # an exception may refuse the attribute


class Frame(NamedTuple):
    """One frame of a traceback. `live` is its index in live_frames(error), or -1 if it is gone."""

    place: str
    line: int
    name: str
    code: str
    library: bool
    live: int = -1


def traceback_parts(text: str, error: BaseException | None) -> list[str | Frame]:
    """The frames of a traceback text, and the lines between them as they are."""
    parts: list[str | Frame] = []
    files: list[str] = []
    for line in text.splitlines():
        if match := _FRAME.match(line):
            files.append(match[1])
            parts.append(Frame(file_label(match[1]), int(match[2]), match[3] or "", "", _is_library(match[1])))
        elif parts and isinstance(parts[-1], Frame) and line.startswith("    "):
            parts[-1] = parts[-1]._replace(code="\n".join(filter(None, (parts[-1].code, line[4:]))))
        elif parts and isinstance(parts[-1], str):
            parts[-1] += f"\n{line}"
        elif parts or line != _BEGINS:
            parts.append(line)
    return _shortened(_mark_live(parts, files, error))


def live_frames(error: BaseException | None) -> list[tuple[FrameType, int]]:
    """The frames of the exception's traceback with line numbers, the outermost first; [] once they were released."""
    return list(_walk(error)) if error is not None else []


def frame_locals(error: BaseException | None, number: int) -> dict[str, Any]:
    """The local variables of the frame with that index in live_frames(error), as a bounded tree."""
    frames = live_frames(error)
    row = tree(dict(frames[number][0].f_locals), depth=3, items=50, chars=500) if 0 <= number < len(frames) else None
    return {"rows": row.children, "cut": row.cut} if row else {"rows": [], "cut": 0}


def _walk(error: BaseException) -> Iterator[tuple[FrameType, int]]:
    entry = _TRACEBACK.__get__(error)
    while entry is not None:
        yield entry.tb_frame, entry.tb_lineno
        entry = entry.tb_next


def _mark_live(parts: list[str | Frame], files: list[str], error: BaseException | None) -> list[str | Frame]:
    """Set `live` of the frames that still exist: compared from the end, as the frames of causes stand before them."""
    last = max((number for number, part in enumerate(parts) if isinstance(part, Frame)), default=-1)
    alive = list(enumerate(live_frames(error)))
    for number, file, (live, (frame, line)) in zip(range(last, -1, -1), reversed(files), reversed(alive), strict=False):
        part = parts[number]
        code = frame.f_code
        if isinstance(part, str) or (file, part.line, part.name) != (code.co_filename, line, code.co_name):
            break
        parts[number] = part._replace(live=live)
    return parts


def _shortened(parts: list[str | Frame]) -> list[str | Frame]:
    if len(parts) <= MAX_PARTS:
        return parts
    return [*parts[: MAX_PARTS // 2], f"… {len(parts) - MAX_PARTS:,} more are not shown …", *parts[-MAX_PARTS // 2 :]]


def _is_library(file: str) -> bool:
    return file.startswith(_libraries()) or "site-packages" in file or "dist-packages" in file


@cache
def _libraries() -> tuple[str, ...]:
    paths = sysconfig.get_paths()
    own = str(Path(__file__).parents[2]) + os.sep  # from a clone it is in none of those folders
    return ("<frozen ", own, *(paths[name] for name in ("stdlib", "platstdlib", "purelib", "platlib")))
