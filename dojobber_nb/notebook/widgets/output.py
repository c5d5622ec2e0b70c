"""Output: what the phases of an attempt printed, in blocks of rows that the page requests as it scrolls.

A row is a text, or a list of spans [text, key of its style]; a row that continues the line above begins with 0. A block
is named by the index of its text and its index in that text: "2.0". The messages about it:

- "pane": {"texts": [{phase, stream, live, rows: [number of rows of each block]}]}
- "rows": {of: [job, attempt], blocks: {name: [number of rows that stay, rows that follow]}, styles: {key: css}}, with
  the ends of texts as they grow, and the requested blocks; null for a block that changed and can be requested again
- "lines", from the page: {of, blocks: [names]} requests these blocks
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any, Final, NamedTuple
from weakref import WeakKeyDictionary

from dojobber_nb.core.secrets import known, scrub
from dojobber_nb.notebook.ipython.phase_displays import merge_display_lines
from dojobber_nb.notebook.session.session import Session
from dojobber_nb.notebook.widgets.content_values import Message, Sent, message
from dojobber_nb.notebook.widgets.shown_attempt import ShownAttempt
from dojobber_nb.view.terminal_style import css
from dojobber_nb.view.terminal_text import Line, TerminalText, terminal_lines

Span = list[str]
OutputRow = str | list[Any]
Block = list[OutputRow]
STREAMS: Final = ("stdout", "stderr", "log")
ROWS: Final = 100  # of a block
SPAN: Final = 1_000  # characters of a span
ROW_BYTES, BLOCK_BYTES, MESSAGE_BYTES = 8_000, 20_000, 56_000
SHORT: Final = 40  # rows: above a last block as short as this, the one before is visible, too
NOTE: Final = "note"  # style of remarks about the text, such as that it was cut
_CUT: Final = re.compile(r"… [\d,]+ (bytes|characters) cut …")


class StreamText(NamedTuple):
    """What a phase printed to one stream; `live` if it may print more."""

    phase: str
    stream: str
    live: bool
    blocks: list[Block]

    @property
    def facts(self) -> dict[str, Any]:
        """What the page needs to lay it out."""
        rows = list(map(len, self.blocks))
        return {"phase": self.phase, "stream": self.stream, "live": self.live, "rows": rows}


def output(attempt: ShownAttempt) -> dict[str, Any]:
    """Content of the output pane: the texts, with all blocks if the page cannot request them."""
    texts = attempt_texts(attempt)
    return {"texts": [text.facts for text in texts], **(_whole(texts) if attempt.whole else {})}


def attempt_texts(attempt: ShownAttempt) -> list[StreamText]:
    """The texts of the attempt that are not empty, and at least one of the current phase."""
    texts = [
        StreamText(event.phase or "", stream, False, _blocks(merge_display_lines(text), known()))
        for event in attempt.phases
        for stream in STREAMS
        if (text := getattr(event, stream))
    ]
    return [*texts, *_live(attempt)] if attempt.current else texts


def _live(attempt: ShownAttempt) -> list[StreamText]:
    phase, session = attempt.current, attempt.session
    assert phase is not None
    if not session.can_act:
        return []
    output = session.runner.view.output_so_far(phase.job)
    if len(session.view.events) != len(session.log):  # the phase has ended: the output may be of another one
        return []
    growing = _growing.setdefault(session, {})
    place = (phase.job, phase.attempt, phase.phase)
    for other in [key for key in growing if key[:3] != place]:
        del growing[other]
    printed = [(stream, text) for stream in STREAMS if (text := getattr(output, stream))]
    live = [
        StreamText(phase.phase, stream, True, _growing_blocks(growing, (*place, stream), text))
        for stream, text in printed
    ]
    return live or [StreamText(phase.phase, "", True, [])]


Place = tuple[str, int, str, str]
_growing: Final[WeakKeyDictionary[Session, dict[Place, tuple[str, TerminalText]]]] = WeakKeyDictionary()


def _growing_blocks(growing: dict[Place, tuple[str, TerminalText]], place: Place, text: str) -> list[Block]:
    """The blocks of a growing text. Only its new end is parsed, unless its beginning has changed."""
    before, terminal = growing.get(place, ("", TerminalText()))
    if not text.startswith(before):
        before, terminal = "", TerminalText()
    terminal.feed(text[len(before) :])
    growing[place] = text, terminal
    return list(_in_blocks(terminal.safe_lines(growing=True)))


@lru_cache(32)
def _blocks(text: str, secrets: int) -> list[Block]:
    """The blocks of a finished text. secrets: the number of known secrets, as part of the cache key.

    The text is scrubbed before control characters are resolved, and again after.
    """
    return list(_in_blocks(terminal_lines(str.encode(scrub(text), "utf-8", "backslashreplace").decode())))


def _in_blocks(lines: Iterable[Line]) -> Iterator[Block]:
    block, size = list[OutputRow](), 0
    for line in lines:
        for row in _rows(line):
            more = _bytes(row)
            if block and (len(block) == ROWS or size + more > BLOCK_BYTES):
                yield block
                block, size = [], 0
            block.append(row)
            size += more
    if block:
        yield block


def _rows(line: Line) -> Iterator[OutputRow]:
    """The line as one row, or as several if it is too long."""
    parts, first, room = list[Span](), True, ROW_BYTES
    for text, style in line:
        for start in range(0, len(text), SPAN):
            part = [text[start : start + SPAN], style.key]
            size = _span_bytes(*part)
            if parts and size > room:
                yield _row(parts, first=first)
                parts, first, room = [], False, ROW_BYTES
            parts.append(part)
            room -= size
    yield _row(parts, first=first)


def _row(parts: list[Span], *, first: bool) -> OutputRow:
    if not first:
        return [0, *parts]
    if not parts:
        return ""
    text, key = parts[0]
    if key or len(parts) > 1:
        return parts
    return [[text, NOTE]] if text.startswith("…") and _CUT.fullmatch(text) else text


def _bytes(row: OutputRow) -> int:
    """Upper bound of its size in JSON, with its share of the styles."""
    return _span_bytes(row) if isinstance(row, str) else sum(_span_bytes(*part) for part in row if part)


def _span_bytes(text: str, key: str = "") -> int:
    return (2 if text.isascii() else 4) * len(text) + (4 if not key else 40 if len(key) <= 5 else 120)


# --- sending ---------------------------------------------------------------------------------------------------------


class Rows(Sent):
    """The texts of an attempt: their ends are sent as they grow, other blocks when the page requests them."""

    def __init__(self, of: list[int], texts: list[StreamText]) -> None:
        self._of, self._texts = of, texts

    def diff(self, kind: str, known: Any) -> tuple[list[Message], Any]:
        """One message with new and changed blocks. `known` are the Blocks that the page has."""
        blocks = known if known and known.of == self._of else Blocks(self._of)
        new = blocks.diff(self._texts)
        return [message(kind, new)] if new else [], blocks


class Blocks:
    """The blocks that the page has of one attempt; `of` is [job, attempt]."""

    def __init__(self, of: list[int]) -> None:
        self.of = of
        self._sent: dict[str, Block] = {}

    def diff(self, texts: list[StreamText]) -> dict[str, Any] | None:
        """Content of the message about the ends of texts and changed blocks; None if nothing changed."""
        blocks = _by_name(texts)
        changed = [name for name, block in self._sent.items() if blocks.get(name) != block]
        update, _ = self._fill_message(blocks, [*_ends(texts), *changed])
        for name in set(changed) - update.keys():
            update[name] = self._sent.pop(name, None) and None
        return self._message(update) if update else None

    def requested(self, texts: list[StreamText], names: Iterable[str]) -> Iterator[dict[str, Any]]:
        """Contents of the messages with the requested blocks; unknown names are skipped."""
        blocks = _by_name(texts)
        left = [name for name in dict.fromkeys(names) if name in blocks]
        for name in left:
            self._sent.pop(name, None)
        while left:
            update, left = self._fill_message(blocks, left)
            yield self._message(update)

    def _fill_message(self, blocks: Mapping[str, Block], names: Iterable[str]) -> tuple[dict[str, Any], list[str]]:
        """(new rows of these blocks, as much as fits into one message; names of the blocks left)."""
        update, left, room = dict[str, Any](), list[str](), MESSAGE_BYTES
        for name in dict.fromkeys(names):
            now, before = blocks.get(name, []), self._sent.get(name, [])
            same = next((at for at, (a, b) in enumerate(zip(now, before, strict=False)) if a != b), len(before))
            new, stays = now[same:], min(same, len(now))
            if new or stays < len(before):
                size = sum(map(_bytes, new))
                if size > room:
                    left.append(name)
                    continue
                update[name], self._sent[name] = [stays, new], now
                room -= size
        return update, left

    def _message(self, update: Mapping[str, Any]) -> dict[str, Any]:
        return {"of": self.of, "blocks": update, "styles": _styles(update.values())}


def _by_name(texts: list[StreamText]) -> dict[str, Block]:
    return {f"{at}.{number}": block for at, text in enumerate(texts) for number, block in enumerate(text.blocks)}


def _ends(texts: list[StreamText]) -> Iterator[str]:
    """Names of the last block of each text, and of the one before a short one; the last text comes first."""
    for at, text in reversed(list(enumerate(texts))):
        last = len(text.blocks) - 1
        if last >= 0:
            yield f"{at}.{last}"
        if last > 0 and len(text.blocks[last]) < SHORT:
            yield f"{at}.{last - 1}"


def _whole(texts: list[StreamText]) -> dict[str, Any]:
    blocks = {name: [0, block] for name, block in _by_name(texts).items()}
    return {"blocks": blocks, "styles": _styles(blocks.values())}


def _styles(blocks: Iterable[list[Any] | None]) -> dict[str, str]:
    rows = (row for block in blocks if block for row in block[1] if not isinstance(row, str))
    keys = {span[1] for row in rows for span in row if span}
    return {key: "font-weight:bold;font-style:italic" if key == NOTE else css(key) for key in sorted(keys) if key}
