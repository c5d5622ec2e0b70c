"""Search for the known secrets in a text: their forms, their bytes in hex, and parts of them at its ends."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Final


class KnownSecrets:
    """The forms of all secrets of this process, and where they are in a text.

    `families` groups the forms by a part that they have in common; `reach` is the length of the longest form.
    """

    def __init__(self) -> None:
        self.forms: tuple[str, ...] = ()
        self.families: tuple[tuple[str, tuple[str, ...]], ...] = ()
        self.hexes: tuple[_Hex, ...] = ()
        self.reach = 0
        self._families: dict[str, set[str]] = {}
        self._data: set[bytes] = set()
        self._lock = threading.Lock()

    def add(self, families: Mapping[str, set[str]], data: set[bytes]) -> None:
        """Add the forms of a secret, and its bytes, to look for in hex."""
        with self._lock:
            for common, forms in families.items():
                self._families.setdefault(common, set()).update(forms)
            self._data |= data
            self.families = tuple((common, tuple(sorted(forms))) for common, forms in sorted(self._families.items()))
            self.hexes = tuple(map(_Hex, sorted(self._data)))
            self.forms = tuple(sorted({form for _, forms in self.families for form in forms}))
            self.reach = max(*map(len, self.forms), *(6 * len(each) for each in self._data))
            digits = [digits for each in self.hexes for digits in each.digits]
            self._starts, self._ends = _Starts(self.forms), _Starts(form[::-1] for form in self.forms)
            self._hex_starts, self._hex_ends = _Starts(digits), _Starts(each[::-1] for each in digits)

    def spans(self, text: str) -> Iterator[tuple[int, int]]:
        """(start, end) of each form in the text; they may overlap.

        One find() for each form takes a tenth of the time of one pattern of all. A family is searched only if the text
        has the part that all its forms have in common.
        """
        for common, forms in self.families:
            if common in text:
                for form in forms:
                    yield from _places(text, form)
        yield from self._hex_spans(text)

    def partial_end(self, text: str) -> int:
        """Where the end of the text begins that may be the start of a secret."""
        return len(text) - max(self._starts.shared(text), self._shared_hex(text, from_start=False))

    def partial_start(self, text: str) -> int:
        """Where the start of the text ends that may be the end of a secret."""
        turned = text[: self.reach][::-1]
        return max(self._ends.shared(turned), self._shared_hex(text, from_start=True))

    def _hex_spans(self, text: str) -> Iterator[tuple[int, int]]:
        bare = _bare(text)
        for each in self.hexes:
            if any(digits in bare for digits in each.digits):
                found = each.pattern.search(text)
                while found:
                    yield found.span()
                    found = each.pattern.search(text, found.start() + 1)

    def _shared_hex(self, text: str, *, from_start: bool) -> int:
        """Number of characters at the end of the text, or its start, that may be a part of a secret in hex."""
        rest = text[: self.reach] if from_start else text[max(len(text) - self.reach, 0) :]
        run = rest[: len(rest) - len(rest.lstrip(_HEXISH))] if from_start else rest[len(rest.rstrip(_HEXISH)) :]
        if not run:
            return 0
        part = self._hex_ends.shared(_bare(run)[::-1]) if from_start else self._hex_starts.shared(_bare(run))
        return _covering(run[::-1] if from_start else run, part)


def _places(text: str, form: str) -> Iterator[tuple[int, int]]:
    start = text.find(form)
    while start >= 0:
        yield start, start + len(form)
        start = text.find(form, start + 1)


# --- parts of forms --------------------------------------------------------------------------------------------------


class _Starts:
    """Finds the longest end of a text that is the start of a form."""

    def __init__(self, forms: Iterable[str]) -> None:
        self._forms = tuple(forms)
        self._short = [{form[:length] for form in self._forms if len(form) > length} for length in range(1, _SHORT)]

    def shared(self, text: str) -> int:
        """Number of last characters with which some form starts; a whole form does not count."""
        short = (length for length in range(_SHORT - 1, 0, -1) if text[-length:] in self._short[length - 1])
        last = text[-_SHORT:]
        long = (_shared(text, form) for form in self._forms if last in form) if len(last) == _SHORT else ()
        return max(long, default=0) or next(short, 0)


_SHORT: Final = 4  # characters: longer ends are compared only with forms that contain their last four


def _shared(text: str, form: str) -> int:
    """Number of last characters with which the form starts; only places of its first character are compared."""
    place = text.find(form[0], max(len(text) - len(form) + 1, 0))
    while place >= 0 and not form.startswith(text[place:]):
        place = text.find(form[0], place + 1)
    return len(text) - place if place >= 0 else 0


# --- in hex ----------------------------------------------------------------------------------------------------------

# What may be between two bytes: blanks, punctuation, and the prefixes 0x and \x.
_BETWEEN: Final = " \t\r\n:,;_-xX\\"
_GAP: Final = r"[ \t\r\n:,;_-]{0,2}(?:0x|\\x)?"
_LOWERED: Final = bytes.maketrans(b"ABCDEF", b"abcdef")


class _Hex:
    """Bytes in hex; `digits` are their digits alone, without and with the 0 of a 0x before each byte."""

    def __init__(self, data: bytes) -> None:
        pairs = [f"{byte:02x}" for byte in data]
        self.digits = "".join(pairs), "0" + "0".join(pairs)
        self._pairs = pairs

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """The pattern of the bytes with anything between them; compiled on first use, which is slow."""
        return re.compile(rf"(?:0x|\\x)?{_GAP.join(self._pairs)}", re.IGNORECASE)


def _bare(text: str) -> str:
    """The text without what may be between bytes, in lowercase; non-ASCII characters become others."""
    data = text.encode("utf-8", "surrogatepass")
    return data.translate(_LOWERED, _BETWEEN.encode()).decode("latin-1")


def _covering(run: str, part: int) -> int:
    """Number of last characters that contain `part` digits, with what is between them."""
    kept = [place for place, each in enumerate(run) if each not in _BETWEEN]
    return len(run) - kept[-part] if part else 0


_HEXISH: Final = f"0123456789abcdefABCDEF{_BETWEEN}"
