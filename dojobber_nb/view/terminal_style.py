"""Styles of terminal text (SGR), and the CSS colours for them in either theme."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Final, NamedTuple

from dojobber_nb.view.theme import PAGES, ThemeName

READABLE: Final = 4.5  # least contrast of text and background, by WCAG 2
STEPS: Final = 20  # in which a colour is mixed with black or white until its contrast is sufficient

# black, red, green, yellow, blue, magenta, cyan, white, and the bright ones, in the hues of the theme
SIXTEEN: Final[dict[ThemeName, tuple[str, ...]]] = {
    "light": (
        *("#1b2430", "#b94700", "#006b4d", "#7a5000", "#0072b2", "#9e2c8f", "#0b6b75", "#566170"),
        *("#4a5462", "#a83a00", "#00755a", "#866000", "#005f9e", "#862a70", "#00707c", "#39424e"),
    ),
    "dark": (
        *("#8793a8", "#f0783a", "#2fc79a", "#e6b450", "#56b4e9", "#e07fbd", "#4fc4cf", "#dde2e9"),
        *("#a9b3c1", "#ff9a66", "#5be0b8", "#f5cf7a", "#8accf2", "#f0a8d6", "#85dde5", "#ffffff"),
    ),
}
_LEVELS: Final = (0, 95, 135, 175, 215, 255)  # of the colour cube among the 256


class Style(NamedTuple):
    """`fg`, `bg`: a number below 16, "#rrggbb", or None; `flags`: of b(old), d(im), i(talic), u(nderlined), r(eversed)
    and s(truck out) those that are on."""

    fg: int | str | None = None
    bg: int | str | None = None
    flags: frozenset[str] = frozenset()

    def after(self, args: str) -> Style:
        """The style after the escape sequence `ESC [ args m`; unknown codes are ignored."""
        return _after(self, args)

    @property
    def key(self) -> str:
        """Short key of the style, for `css`: "1//b"; "" for plain text."""
        return _key(self)


@lru_cache(4_096)
def _key(style: Style) -> str:
    parts = style.fg, style.bg, "".join(sorted(style.flags))
    return "" if style == PLAIN else "/".join("" if part is None else str(part) for part in parts)


def _named(key: str) -> Style:
    fg, bg, flags = key.split("/")
    return Style(_colour(fg), _colour(bg), frozenset(flags))


def _colour(part: str) -> int | str | None:
    return int(part) if part.isdecimal() else part or None


PLAIN: Final = Style()
_ON: Final = {1: "b", 2: "d", 3: "i", 4: "u", 7: "r", 9: "s"}
_OFF: Final = {22: "bd", 23: "i", 24: "u", 27: "r", 29: "s"}


@lru_cache(1_024)
def _after(style: Style, args: str) -> Style:
    codes = iter([int(code) if code.isdecimal() and len(code) < 6 else 0 for code in args.replace(":", ";").split(";")])
    for code in codes:
        style = _with(style, code, codes)
    return style


def _with(style: Style, code: int, rest: Iterator[int]) -> Style:
    fg, bg, flags = style
    if code == 0:
        return PLAIN
    if code in _ON or code in _OFF:
        return Style(fg, bg, (flags | {_ON[code]}) if code in _ON else flags - set(_OFF[code]))
    if code in (38, 48):
        chosen = _chosen(rest)
        return style if chosen is None else Style(chosen, bg, flags) if code == 38 else Style(fg, chosen, flags)
    if code in _FOREGROUND:
        return Style(_FOREGROUND[code], bg, flags)
    return Style(fg, _BACKGROUND.get(code, bg), flags)


_FOREGROUND: Final = {39: None, **{30 + n: n for n in range(8)}, **{90 + n: n + 8 for n in range(8)}}
_BACKGROUND: Final = {49: None, **{40 + n: n for n in range(8)}, **{100 + n: n + 8 for n in range(8)}}


def _chosen(rest: Iterator[int]) -> int | str | None:
    """The colour of the codes `5;n` or `2;r;g;b`; None for any other."""
    kind = next(rest, 0)
    if kind == 5:
        return _of_256(min(next(rest, 0), 255))
    if kind == 2:
        return "#" + "".join(f"{min(next(rest, 0), 255):02x}" for _ in "rgb")
    return None


def _of_256(number: int) -> int | str:
    if number < 16:
        return number
    if number >= 232:
        return "#" + f"{8 + 10 * (number - 232):02x}" * 3
    cube = number - 16
    return "#" + "".join(f"{_LEVELS[cube // step % 6]:02x}" for step in (36, 6, 1))


# --- on the page -----------------------------------------------------------------------------------------------------


@lru_cache(4_096)
def css(key: str) -> str:
    """CSS declarations: `--l` and `--d` are the colour in light and dark theme, `--bl` and `--bd` the background."""
    style = _named(key)
    rules = [_RULES[flag] for flag in sorted(style.flags) if flag in _RULES]
    if {"u", "s"} <= style.flags:
        rules.append("text-decoration:underline line-through")
    for theme, letter in (("light", "l"), ("dark", "d")):
        ink, ground = colours(style, theme)  # type: ignore[arg-type]  # mypy widens the literals of a tuple
        rules += [f"--{letter}:{ink}"] if ink else []
        rules += [f"--b{letter}:{ground}"] if ground else []
    return ";".join(rules)


_RULES: Final = {
    "b": "font-weight:bold",
    "i": "font-style:italic",
    "u": "text-decoration:underline",
    "s": "text-decoration:line-through",
}


def colours(style: Style, theme: ThemeName) -> tuple[str, str]:
    """(colour, background) in that theme, with sufficient contrast; "" for the page's own."""
    page = PAGES[theme]
    ink, ground = _hex(style.fg, theme), _hex(style.bg, theme)
    if "d" in style.flags:
        ink = ink or page.muted
    if "r" in style.flags:
        ink, ground = ground or page.surface, ink or page.ink
    if not ink and not ground:
        return "", ""
    own = max(page.ink, page.background, key=lambda each: contrast(each, ground or page.surface))
    return _readable(ink or own, ground or page.surface), ground


def _hex(colour: int | str | None, theme: ThemeName) -> str:
    return SIXTEEN[theme][colour] if isinstance(colour, int) else colour or ""


def _readable(ink: str, ground: str) -> str:
    """The colour, mixed with black or white until its contrast to the background is sufficient."""
    end = max("#000000", "#ffffff", key=lambda each: contrast(each, ground))
    for step in range(STEPS + 1):
        mixed = _mixed(ink, end, step / STEPS)
        if contrast(mixed, ground) >= READABLE:
            return mixed
    return end


def contrast(one: str, other: str) -> float:
    """Contrast ratio by WCAG 2, from 1 to 21."""
    dark, bright = sorted((_luminance(one), _luminance(other)))
    return (bright + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    shares = [part / 255 for part in bytes.fromhex(colour[1:])]
    linear = [share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares]
    return sum(weight * share for weight, share in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def _mixed(one: str, other: str, share: float) -> str:
    parts = zip(bytes.fromhex(one[1:]), bytes.fromhex(other[1:]), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in parts)
