"""Tracebacks of a run: the text of each, and the live frames of the last 20 for post-mortem."""

from __future__ import annotations

import traceback
from collections import deque
from collections.abc import Iterable
from types import TracebackType
from typing import Any, Final

from dojobber_nb.core.preview import clip

LIVE: Final = 20  # failures whose frames stay alive
LIMIT: Final = 64_000  # characters of a text

_ENGINE = __name__.rpartition(".")[0]

# An exception may refuse attributes or override them (a frozen dataclass does): these descriptors bypass it.
TRACEBACK, _CAUSE, _CONTEXT = (vars(BaseException)[name] for name in ("__traceback__", "__cause__", "__context__"))
_MEMBERS: Any = vars(BaseExceptionGroup)["exceptions"]


class Tracebacks:
    """The tracebacks of one run."""

    def __init__(self) -> None:
        self._live: deque[BaseException] = deque()

    def keep(self, error: BaseException) -> str:
        """The traceback as text, from the job's first frame on. Its frames are dropped after `LIVE` more failures."""
        TRACEBACK.__set__(error, _from_the_job(TRACEBACK.__get__(error)))
        self._live.append(error)
        if len(self._live) > LIVE:
            _drop_frames(self._live.popleft(), keep=self._live)
        return _text(error)


def _from_the_job(frames: TracebackType | None) -> TracebackType | None:
    while frames is not None and str(frames.tb_frame.f_globals.get("__name__")).startswith(_ENGINE):
        frames = frames.tb_next
    return frames


def _text(error: BaseException) -> str:
    """The traceback as Python prints it, bounded; a placeholder when the exception cannot be formatted."""
    try:
        text = "".join(traceback.format_exception(error))
    except BaseException as hostile:  # noqa: BLE001  # attributes of foreign exceptions may raise anything
        text = f"{type(error).__name__}: its traceback cannot be shown ({type(hostile).__name__})"
    return clip(text, LIMIT)


def _drop_frames(error: BaseException, keep: Iterable[BaseException]) -> None:
    """Drop the frames of an exception and of its causes and contexts, except those in `keep`."""
    ahead: list[BaseException | None] = [error]
    seen = {id(kept) for kept in keep}
    while ahead:
        cause = ahead.pop()
        if cause is not None and id(cause) not in seen:
            seen.add(id(cause))
            TRACEBACK.__set__(cause, None)
            ahead += [_CAUSE.__get__(cause), _CONTEXT.__get__(cause), *_members(cause)]


def _members(error: BaseException) -> tuple[BaseException, ...]:
    return _MEMBERS.__get__(error) if issubclass(type(error), BaseExceptionGroup) else ()
