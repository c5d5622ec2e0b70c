"""Output: what the phases of an attempt printed, in blocks of rows that a page gets when it is about to show them.

A row is a text, or a list of [text, key of its style]; one that goes on with the line before begins with 0. A block is
named by the places of its text and of itself: "2.0". Messages about it:

- "pane", with the others: {"texts": [{phase, stream, live, rows: [how many in each block]}]}
- "rows": {of: [job, attempt], blocks: {name: [how many rows stay, those that follow them]}, styles: {key: css}}: what
  is new at the ends of texts, and what was asked for; null for a block that has changed and may be asked for again
- "lines" from the page: {of, blocks: [names]} asks for these
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from weakref import WeakKeyDictionary

from dojobber_nb.core.secrets import known, scrub
from dojobber_nb.notebook.ipython.phase_displays import folded
from dojobber_nb.notebook.session.session import Session
from dojobber_nb.notebook.widgets.channel import Message, Sent, message
from dojobber_nb.view.terminal_style import css
from dojobber_nb.view.terminal_text import Line, TerminalText, terminal_lines

if TYPE_CHECKING:
    from dojobber_nb.notebook.widgets.panes import AttemptLook

Part = list[str]
OutputRow = str | list[Any]
Block = list[OutputRow]
STREAMS: Final = ("stdout", "stderr", "log")
ROWS: Final = 100  # in a block
PART: Final = 1_000  # characters of a part of a row
ROW_BYTES, BLOCK_BYTES, MESSAGE_BYTES = 8_000, 20_000, 56_000
SHORT: Final = 40  # rows: below a last block of so few the one before is seen, too
NOTE: Final = "note"  # the key of what is told of the text and not said in it
_CUT: Final = re.compile(r"… [\d,]+ (bytes|characters) cut …")


class Text(NamedTuple):
    """What a phase printed to one stream; `live` while it may print more."""

    phase: str
    stream: str
    live: bool
    blocks: list[Block]

    @property
    def facts(self) -> dict[str, Any]:
        """What the page needs to make room for it."""
        rows = list(map(len, self.blocks))
        return {"phase": self.phase, "stream": self.stream, "live": self.live, "rows": rows}


def output(look: AttemptLook) -> dict[str, Any]:
    """What the attempt printed, phase by phase, and the phase under way so far; all of it where no page can ask."""
    texts = printed(look)
    return {"texts": [text.facts for text in texts], **(_whole(texts) if look.whole else {})}


def printed(look: AttemptLook) -> list[Text]:
    """The texts of the attempt that are not empty, and one at least of the phase under way."""
    found = [
        Text(event.phase or "", stream, False, _blocks(folded(text), known()))
        for event in look.phases
        for stream in STREAMS
        if (text := getattr(event, stream))
    ]
    return [*found, *_live(look)] if look.current else found


def _live(look: AttemptLook) -> list[Text]:
    phase, session = look.current, look.session
    assert phase is not None
    if not session.can_act:
        return []
    so_far = session.runner.view.output_so_far()
    if len(session.view.events) != len(session.log):  # that phase is over: it may be another one's
        return []
    growing = _growing.setdefault(session, {})
    place = (phase.job, phase.attempt, phase.phase)
    for other in [key for key in growing if key[:3] != place]:
        del growing[other]
    texts = [(stream, text) for stream in STREAMS if (text := getattr(so_far, stream))]
    found = [Text(phase.phase, stream, True, _grown(growing, (*place, stream), text)) for stream, text in texts]
    return found or [Text(phase.phase, "", True, [])]


Place = tuple[str, int, str, str]
_growing: Final[WeakKeyDictionary[Session, dict[Place, tuple[str, TerminalText]]]] = WeakKeyDictionary()


def _grown(growing: dict[Place, tuple[str, TerminalText]], place: Place, text: str) -> list[Block]:
    """The blocks of a text of which the beginning is known, unless it was cut meanwhile."""
    before, terminal = growing.get(place, ("", TerminalText()))
    if not text.startswith(before):
        before, terminal = "", TerminalText()
    terminal.feed(text[len(before) :])
    growing[place] = text, terminal
    return list(_in_blocks(terminal.safe_lines(growing=True)))


@lru_cache(32)
def _blocks(text: str, secrets: int) -> list[Block]:
    """secrets: how many are known. They are taken out before tabs and the like are changed, and once more after."""
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
    """The line as a row, or as several if it is too long for one."""
    parts, first, room = list[Part](), True, ROW_BYTES
    for text, style in line:
        for start in range(0, len(text), PART):
            part = [text[start : start + PART], style.key]
            size = _part_bytes(*part)
            if parts and size > room:
                yield _row(parts, first=first)
                parts, first, room = [], False, ROW_BYTES
            parts.append(part)
            room -= size
    yield _row(parts, first=first)


def _row(parts: list[Part], *, first: bool) -> OutputRow:
    if not first:
        return [0, *parts]
    if not parts:
        return ""
    text, key = parts[0]
    if key or len(parts) > 1:
        return parts
    return [[text, NOTE]] if text.startswith("…") and _CUT.fullmatch(text) else text


def _bytes(row: OutputRow) -> int:
    """At most what it takes in JSON, with its share of the styles."""
    return _part_bytes(row) if isinstance(row, str) else sum(_part_bytes(*part) for part in row if part)


def _part_bytes(text: str, key: str = "") -> int:
    return (2 if text.isascii() else 4) * len(text) + (4 if not key else 40 if len(key) <= 5 else 120)


# --- what the page has -----------------------------------------------------------------------------------------------


class Rows(Sent):
    """The texts of an attempt as the page gets them: what is new at their ends; the rest when the page asks for it."""

    def __init__(self, of: list[int], texts: list[Text]) -> None:
        self._of, self._texts = of, texts

    def news(self, kind: str, known: Any) -> tuple[list[Message], Any]:
        """Blocks that are new or have changed; `known` are those that the page has."""
        blocks = known if known and known.of == self._of else Blocks(self._of)
        new = blocks.news(self._texts)
        return [message(kind, new)] if new else [], blocks


class Blocks:
    """Which blocks the page has of one attempt: `of` is the job and the attempt."""

    def __init__(self, of: list[int]) -> None:
        self.of = of
        self._sent: dict[str, Block] = {}

    def news(self, texts: list[Text]) -> dict[str, Any] | None:
        """The message about what is new at the ends of texts, and what has changed of the rest; None if nothing is."""
        there = _by_name(texts)
        changed = [name for name, block in self._sent.items() if there.get(name) != block]
        told, _ = self._fitting(there, [*_ends(texts), *changed])
        for name in set(changed) - told.keys():
            told[name] = self._sent.pop(name, None) and None
        return self._message(told) if told else None

    def asked(self, texts: list[Text], names: Iterable[str]) -> Iterator[dict[str, Any]]:
        """Messages with those blocks, as far as they are there."""
        there = _by_name(texts)
        left = [name for name in dict.fromkeys(names) if name in there]
        for name in left:
            self._sent.pop(name, None)
        while left:
            told, left = self._fitting(there, left)
            yield self._message(told)

    def _fitting(self, there: Mapping[str, Block], names: Iterable[str]) -> tuple[dict[str, Any], list[str]]:
        """What is new in those blocks, as much as goes into one message; the names of the others."""
        told, left, room = dict[str, Any](), list[str](), MESSAGE_BYTES
        for name in dict.fromkeys(names):
            now, before = there.get(name, []), self._sent.get(name, [])
            same = next((at for at, (a, b) in enumerate(zip(now, before, strict=False)) if a != b), len(before))
            new, stays = now[same:], min(same, len(now))
            if new or stays < len(before):
                size = sum(map(_bytes, new))
                if size > room:
                    left.append(name)
                    continue
                told[name], self._sent[name] = [stays, new], now
                room -= size
        return told, left

    def _message(self, told: Mapping[str, Any]) -> dict[str, Any]:
        return {"of": self.of, "blocks": told, "styles": _styles(told.values())}


def _by_name(texts: list[Text]) -> dict[str, Block]:
    return {f"{at}.{of_it}": block for at, text in enumerate(texts) for of_it, block in enumerate(text.blocks)}


def _ends(texts: list[Text]) -> Iterator[str]:
    """The last block of each text, the last text's first; with the one before it where it is short."""
    for at, text in reversed(list(enumerate(texts))):
        last = len(text.blocks) - 1
        if last >= 0:
            yield f"{at}.{last}"
        if last > 0 and len(text.blocks[last]) < SHORT:
            yield f"{at}.{last - 1}"


def _whole(texts: list[Text]) -> dict[str, Any]:
    told = {name: [0, block] for name, block in _by_name(texts).items()}
    return {"blocks": told, "styles": _styles(told.values())}


def _styles(blocks: Iterable[list[Any] | None]) -> dict[str, str]:
    rows = (row for block in blocks if block for row in block[1] if not isinstance(row, str))
    keys = {span[1] for row in rows for span in row if span}
    return {key: "font-weight:bold;font-style:italic" if key == NOTE else css(key) for key in sorted(keys) if key}
