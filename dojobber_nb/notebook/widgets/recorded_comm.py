"""RecordedComm: the comm of a part that is on no page. It keeps what the part sends, and can send as a page would."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any, Final

_serial: Final = itertools.count(1)
TURNED: Final = "turned"  # the statuses that are new, once the page knows all


class RecordedComm:
    """`said` has the last message of each kind, `added` all of those that add to the ones before."""

    BY_KEY: Final = frozenset({"lines", TURNED, "statuses"})
    ADDED: Final = frozenset({"bars"})

    def __init__(self) -> None:
        self.comm_id = f"dojobber-report-{next(_serial)}"
        self.said: dict[str, Any] = {}
        self.added: dict[str, list[Any]] = {}
        self._news: dict[str, dict[Any, Any]] = {}
        self._hear: Callable[[Any], object] = lambda message: None

    def tell(self, kind: str, **content: Any) -> None:
        """Send that message to the part, as its page would."""
        self._hear({"content": {"data": {"method": "custom", "content": {"kind": kind, **content}}}, "buffers": []})

    def news(self) -> dict[str, dict[Any, Any]]:
        """By kind, what was told by key since this was last asked."""
        news, self._news = self._news, {}
        return news

    # --- what ipywidgets calls ---------------------------------------------------------------------------------------

    def on_msg(self, hear: Callable[[Any], object]) -> None:
        """Have messages of the page heard."""
        self._hear = hear

    def send(self, data: Any = None, buffers: Any = None) -> None:
        """Keep what the part says; its traits are read from itself."""
        if data["method"] == "custom":
            content = data["content"]
            for each in content["content"] if content["kind"] == "several" else [content]:
                self._take(**each)

    def close(self) -> None:
        """Nobody hears any more."""
        self._hear = lambda message: None

    def _take(self, kind: str, content: Any) -> None:
        if kind in self.ADDED:
            self.added.setdefault(kind, []).append(content)
        elif kind in self.BY_KEY:
            told = content if isinstance(content, dict) else dict(enumerate(content))
            self._news.setdefault(kind if isinstance(content, dict) else TURNED, {}).update(told)
        else:
            self.said[kind] = content
