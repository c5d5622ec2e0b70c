"""Terminal text: the lines that a terminal shows of a text, with colours, progress bars in their last state.

Interprets carriage returns, backspaces, tabs, SGR (colours and other styles) and the cursor movements of progress bars.
Every other control character is shown as a symbol and has no effect. All lines are scrubbed again: a secret that an
escape sequence had split is whole only here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from itertools import groupby
from operator import itemgetter
from typing import Final

from dojobber_nb.core.secrets import scrub, scrub_part
from dojobber_nb.view.terminal_style import PLAIN, Style
from dojobber_nb.view.words import in_lines

Span = tuple[str, Style]
Line = list[Span]
COLUMNS: Final = 10_000  # the largest movement of the cursor
TAB: Final = 8

_TOKEN: Final = re.compile(
    r"""(?P<text> [^\x00-\x1f\x7f-\x9f]+ )
      | \x1b\[ (?P<args> [0-?]* ) [ -/]* (?P<csi> [@-~] )
      | \x1b\]8; [^\x07\x1b]* (?: \x07 | \x1b\\ )    # a link: only its text is shown
      | (?P<control> . )""",
    re.VERBOSE | re.DOTALL,
)
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_UNFINISHED: Final = re.compile(r"\x1b(?:\[[0-?]*[ -/]*|\](?:8(?:;[^\x07\x1b]*\x1b?)?)?)?\Z")


class TerminalText:
    """A text that may grow by `feed`. `lines` are not scrubbed, `safe_lines()` are."""

    def __init__(self) -> None:
        self.lines: list[Line] = [[]]
        self._row = self._column = 0
        self._length: int | None = 0  # of the cursor's line, if known
        self._style = PLAIN
        self._pending = ""  # an incomplete escape sequence
        self._safe_lines: list[Line] = []
        self._changed = 0  # the first line that may not be in _safe_lines

    def feed(self, text: str) -> None:
        """Append text."""
        text = self._pending + text
        unfinished = _UNFINISHED.search(text)
        end = unfinished.start() if unfinished else len(text)
        self._pending = text[end:]
        first, *others = text[:end].split("\n")
        self._feed_line(first)
        for line in others:
            self._new_line()
            self._feed_line(line)

    def safe_lines(self, *, growing: bool = False) -> list[Line]:
        """The lines, scrubbed and inert. growing: without an end that may be the start of a secret."""
        lines = [_safe(line) for line in self.lines[self._changed :]]
        self._safe_lines[self._changed :] = lines
        self._changed = max(len(self.lines) - 1, 0)
        found = [*self._safe_lines[:-1], _safe(self.lines[-1], growing=growing)]
        if self._pending and not growing:
            found[-1] = [*found[-1], (_sign(self._pending), PLAIN)]
        return found if found[-1] else found[:-1]

    def _feed_line(self, text: str) -> None:
        """Write one line. Most contain no control character and go to an empty line: the fast path."""
        plain = text.removesuffix("\r")
        if plain and not self._column and not self.lines[self._row] and not _CONTROL.search(plain):
            self._line.append((plain, self._style))
            self._column, self._length = (0 if plain is not text else len(plain)), len(plain)
            return
        for token in _TOKEN.finditer(text):
            self._take(token)

    def _take(self, token: re.Match[str]) -> None:
        if token["text"]:
            self._write(token["text"])
        elif token["csi"]:
            _CSI.get(token["csi"], _shown_as_it_is)(self, token["args"], token[0])
        elif token["control"]:
            _CONTROLS.get(token["control"], TerminalText._show)(self, token["control"])

    # --- writing -----------------------------------------------------------------------------------------------------

    def _write(self, text: str) -> None:
        """Overwrite at the cursor."""
        line, length, end = self._line, self._known_length, self._column + len(text)
        if self._column > length:
            line.append((" " * (self._column - length), PLAIN))
        if self._column < length:
            line[:] = [*cut(line, 0, self._column), (text, self._style), *cut(line, end, length)]
        elif line and line[-1][1] == self._style:
            line[-1] = (line[-1][0] + text, self._style)
        else:
            line.append((text, self._style))
        self._column, self._length = end, max(end, length)

    @property
    def _line(self) -> Line:
        self._changed = min(self._changed, self._row)
        return self.lines[self._row]

    @property
    def _known_length(self) -> int:
        if self._length is None:
            self._length = sum(len(part) for part, _ in self.lines[self._row])
        return self._length

    def _erase(self, start: int, stop: int) -> None:
        line = self._line
        blank = [(" " * (stop - start), PLAIN)] if 0 < stop < COLUMNS else []
        line[:] = [*cut(line, 0, start), *blank, *cut(line, stop, self._known_length)]
        self._length = None

    def _show(self, control: str) -> None:
        self._write(_sign(control))

    # --- control characters ------------------------------------------------------------------------------------------

    def _new_line(self) -> None:
        self._row, self._column, self._length = self._row + 1, 0, None
        if self._row == len(self.lines):
            self.lines.append([])

    def _return(self, _: str) -> None:
        self._column = 0

    def _back(self, _: str) -> None:
        self._column = max(self._column - 1, 0)

    def _tab(self, _: str) -> None:
        self._write(" " * (TAB - self._column % TAB))

    # --- escape sequences --------------------------------------------------------------------------------------------

    def _sgr(self, args: str, whole: str) -> None:
        self._style = self._style.after(args)

    def _erase_in_line(self, args: str, whole: str) -> None:
        start, stop = {"1": (0, self._column), "2": (0, COLUMNS)}.get(args, (self._column, COLUMNS))
        self._erase(start, stop)

    def _erase_below(self, args: str, whole: str) -> None:
        if args in ("", "0"):
            self._erase(self._column, COLUMNS)
            self._changed = min(self._changed, self._row)
            del self.lines[self._row + 1 :]

    def _sideways(self, by: int) -> None:
        self._column = min(max(self._column + by, 0), COLUMNS)

    def _up_or_down(self, by: int) -> None:
        self._row, self._length = min(max(self._row + by, 0), len(self.lines) - 1), None

    def _leave_out(self, args: str, whole: str) -> None:
        """Ignore a sequence without visible effect: cursor shown or hidden, a mode set."""


def _number(args: str) -> int:
    return min(int(args), COLUMNS) if args.isdecimal() and len(args) < 10 else 1


def _shown_as_it_is(text: TerminalText, args: str, whole: str) -> None:
    text._write(_sign(whole))


def _to_column(text: TerminalText, args: str, whole: str) -> None:
    text._column = max(_number(args) - 1, 0)


def _to_line(by: int) -> Callable[[TerminalText, str, str], None]:
    def move(text: TerminalText, args: str, whole: str) -> None:
        text._up_or_down(by * _number(args))
        text._column = 0

    return move


_CONTROLS: Final[Mapping[str, Callable[[TerminalText, str], None]]] = {
    "\r": TerminalText._return,
    "\b": TerminalText._back,
    "\t": TerminalText._tab,
}
_CSI: Final[Mapping[str, Callable[[TerminalText, str, str], None]]] = {
    "m": TerminalText._sgr,
    "K": TerminalText._erase_in_line,
    "J": TerminalText._erase_below,
    "A": lambda text, args, _: text._up_or_down(-_number(args)),
    "B": lambda text, args, _: text._up_or_down(_number(args)),
    "C": lambda text, args, _: text._sideways(_number(args)),
    "D": lambda text, args, _: text._sideways(-_number(args)),
    "E": _to_line(1),
    "F": _to_line(-1),
    "G": _to_column,
    "h": TerminalText._leave_out,
    "l": TerminalText._leave_out,
}


def terminal_lines(text: str) -> list[Line]:
    """The lines of a complete text, scrubbed and inert."""
    terminal = TerminalText()
    terminal.feed(text)
    return terminal.safe_lines()


def cut(line: Line, start: int, stop: int) -> Line:
    """The spans of the line from character `start` to `stop`."""
    found, at = [], 0
    for text, style in line:
        if part := text[max(start - at, 0) : max(stop - at, 0)]:
            found.append((part, style))
        at += len(text)
    return found


def _safe(line: Line, *, growing: bool = False) -> Line:
    whole = "".join(text for text, _ in line)
    scrubbed = scrub_part(whole, cut_behind=True) if growing else scrub(whole)
    if scrubbed != whole:
        return [(in_lines(scrubbed), PLAIN)] if scrubbed else []
    runs = groupby(line, key=itemgetter(1)) if len(line) > 1 else [(style, [(text, style)]) for text, style in line]
    return [(in_lines("".join(text for text, _ in run)), style) for style, run in runs]


def _sign(controls: str) -> str:
    """Symbols for control characters: "␛" for ESC; an escape for those without one."""
    return "".join(_SIGNS.get(each, each) for each in controls)


_SIGNS: Final = {
    **{chr(code): chr(0x2400 + code) for code in range(0x20)},
    "\x7f": "␡",
    **{chr(code): f"\\x{code:02x}" for code in range(0x80, 0xA0)},
}
