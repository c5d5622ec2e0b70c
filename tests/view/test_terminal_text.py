"""What a terminal would show of a text: colours, folded progress bars, and nothing that acts."""

import pytest

from dojobber_nb import secret
from dojobber_nb.core.secrets import MARK
from dojobber_nb.view.terminal_style import PLAIN, READABLE, SIXTEEN, Style, colours, contrast, css
from dojobber_nb.view.terminal_text import TerminalText, terminal_lines
from dojobber_nb.view.theme import PAGES, ThemeName


def seen(text: str) -> list[str]:
    return ["".join(part for part, _ in line).rstrip() for line in terminal_lines(text)]


@pytest.mark.parametrize(
    ("printed", "lines"),
    [
        ("one\ntwo\n", ["one", "two"]),
        ("one\r\ntwo\r\n", ["one", "two"]),
        (" 10%\r 50%\r100%\n", ["100%"]),
        ("a long line\rshort\n", ["shortg line"]),
        ("a long line\r\x1b[Kshort\n", ["short"]),
        ("downloading\x1b[2K\rdone\n", ["done"]),
        ("abc\b\bX\n", ["aXc"]),
        ("\b\bstart\n", ["start"]),
        ("|\b/\b-\b\\\bok", ["ok"]),
        ("one\n\x1b[1A\x1b[2Kbar 1\nbar 2\n\x1b[2Fbar 1 ✓\n", ["bar 1 ✓", "bar 2"]),
        ("abc\x1b[3DX\x1b[5Gend", ["Xbc end"]),
        ("a\tb\n12345678\tc", ["a       b", "12345678        c"]),
        ("\x1b[?25lhidden cursor\x1b[?25h", ["hidden cursor"]),
        ("\x1b]8;;https://example.org\x1b\\a link\x1b]8;;\x1b\\", ["a link"]),
        ("bell\x07 null\x00 form\x0c del\x7f next\x85", ["bell␇ null␀ form␌ del␡ next\\x85"]),
        ("\x1b]0;title\x07", ["␛]0;title␇"]),
        ("\x1b[5n \x1b(B \x1bc", ["␛[5n ␛(B ␛c"]),
        ("cut off \x1b[3", ["cut off ␛[3"]),
        ("\u202eevil", ["\\u202eevil"]),
        ("\x1b[99999999999Cfar\x1b[99999999999A", [" far"]),
    ],
)
def test_a_text_is_folded_as_a_terminal_folds_it_and_the_rest_is_inert(printed: str, lines: list[str]) -> None:
    assert seen(printed) == lines


def test_it_comes_to_the_same_however_it_is_cut_into_pieces() -> None:
    text = "\x1b[1;31mred\r\n\x1b[0m10%\r20%\b\b\b30%\x1b[K\n\x1b[38;5;208morange\x1b[A\x1b[2Kup"
    text += "\x1b]8;;x\x07link\x1b]8;;\x07\r\nend"
    for size in (1, 2, 3, 5, 7):
        terminal = TerminalText()
        for start in range(0, len(text), size):
            terminal.feed(text[start : start + size])
            terminal.safe_lines(growing=True)
        assert terminal.safe_lines() == terminal_lines(text), size


@pytest.mark.parametrize(
    ("codes", "style"),
    [
        ("31", Style(fg=1)),
        ("1;4;92", Style(fg=10, flags=frozenset("bu"))),
        ("44;107", Style(bg=15)),
        ("38;5;9", Style(fg=9)),
        ("38;5;196", Style(fg="#ff0000")),
        ("38;5;244", Style(fg="#808080")),
        ("48;2;1;2;3", Style(bg="#010203")),
        ("38:2:1:2:3", Style(fg="#010203")),
        ("1;22;3;23;31;39", PLAIN),
        ("31;0", PLAIN),
        ("31;", PLAIN),
        ("31;777", Style(fg=1)),
        ("38;9;31", Style(fg=1)),
        ("38;2", Style(fg="#000000")),
    ],
)
def test_colours_and_the_like_are_taken_from_their_codes(codes: str, style: Style) -> None:
    assert terminal_lines(f"\x1b[{codes}mx")[0][-1] == ("x", style)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_colour_can_be_read_in_both_themes_on_its_ground(theme: ThemeName) -> None:
    every = [
        *range(16),
        *("#" + f"{r:02x}{g:02x}{b:02x}" for r in (0, 128, 255) for g in (0, 128, 255) for b in (0, 128, 255)),
    ]
    for ink in (None, *every):
        for ground in (None, *every[::3]):
            for flags in ("", "d", "r"):
                text, behind = colours(Style(ink, ground, frozenset(flags)), theme)
                assert contrast(text or PAGES[theme].ink, behind or PAGES[theme].surface) >= READABLE
    assert all(contrast(colour, PAGES[theme].surface) >= READABLE for colour in SIXTEEN[theme])


def test_a_style_is_known_again_by_its_key() -> None:
    style = Style(1, "#010203", frozenset("bu"))
    assert css(style.key).split(";")[:2] == ["font-weight:bold", "text-decoration:underline"]
    assert "--bl:#010203" in css(style.key)


@pytest.mark.parametrize(
    "broken",
    [
        "corr\x1b[1mect-horse\x1b[0m",
        "cXrrect-horse\x1b[12Do\x1b[99G",
        "correct-hoX\brse",
        "nothing-here!\rcorrect-horse",
    ],
)
def test_a_secret_that_escape_sequences_had_broken_is_taken_out_of_what_is_shown(broken: str) -> None:
    secret("correct-horse")
    assert "correct-horse" not in str(seen(f"the password is {broken} indeed\n"))
    assert MARK in str(seen(f"password {broken}\n"))


def test_what_may_become_a_secret_is_not_shown_while_the_text_grows() -> None:
    secret("battery-staple")
    terminal = TerminalText()
    terminal.feed("it is batt\x1b[1mery-sta")
    assert terminal.safe_lines(growing=True) == [[("it is ", PLAIN)]]
    terminal.feed("ple\x1b[0m now")
    assert terminal.safe_lines(growing=True) == [[(f"it is {MARK} now", PLAIN)]]
