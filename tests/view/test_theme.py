"""The looks: told apart by colour, by icon and by word, readable in both themes, and the same on page and picture."""

import re
from itertools import combinations

import pytest

from dojobber_nb.core.events import Phase, Status
from dojobber_nb.core.graph import JobGraph
from dojobber_nb.core.job import DummyJob, RunonlyJob
from dojobber_nb.core.state import RunState
from dojobber_nb.view import theme
from dojobber_nb.view.theme import LOOKS, PAGES, ThemeName

THEMES: tuple[ThemeName, ...] = ("light", "dark")

# What dichromats see, on linear RGB: Machado, Oliveira and Fernandes 2009, severity 1.0.
SIGHT = {
    "protanopia": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deuteranopia": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
    "tritanopia": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900)),
    "all colours": ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)),
}
# States of one hue are told apart by icon and word; these are one of each hue.
HUES = ("failed", "blocked", "retrying", "run", "would_run", "changed", "pending")


def linear(colour: str) -> list[float]:
    shares = [part / 255 for part in bytes.fromhex(colour.removeprefix("#"))]
    return [share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares]


def contrast(a: str, b: str) -> float:
    """The ratio that WCAG 2 defines."""
    dark, bright = sorted(sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), linear(x), strict=True)) for x in (a, b))
    return (bright + 0.05) / (dark + 0.05)


def seen(colour: str, sight: str) -> tuple[float, float, float]:
    """Its CIE L*a*b* coordinates for that eye."""
    rgb = linear(colour)
    r, g, b = (min(1.0, max(0.0, sum(m * c for m, c in zip(row, rgb, strict=True)))) for row in SIGHT[sight])
    xyz = (0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.9505, 0.2126 * r + 0.7152 * g + 0.0722 * b
    x, y, z = (share_of_white(part) for part in (*xyz, (0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.089))
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def share_of_white(part: float) -> float:
    return part ** (1 / 3) if part > 0.008856 else 7.787 * part + 16 / 116


def difference(a: str, b: str, sight: str) -> float:
    return sum((p - q) ** 2 for p, q in zip(seen(a, sight), seen(b, sight), strict=True)) ** 0.5


def test_every_status_and_phase_of_a_job_has_a_look() -> None:
    found = set()
    for job in (
        RunState(JobGraph.of(type("Only", (base,), {"Run": lambda self: None}))).jobs["Only"]
        for base in (DummyJob, RunonlyJob)
    ):
        for job.status in Status:
            for job.phase in (None, *Phase):
                found.add(theme.look_key(job))
    assert found == set(LOOKS)


@pytest.mark.parametrize("name", THEMES)
@pytest.mark.parametrize("state", LOOKS)
def test_texts_have_a_contrast_of_four_and_a_half_on_their_box(state: str, name: ThemeName) -> None:
    colours = LOOKS[state][name]
    assert min(contrast(colours.text, colours.fill), contrast(colours.line, colours.fill)) >= 4.5


@pytest.mark.parametrize("name", THEMES)
@pytest.mark.parametrize("state", LOOKS)
def test_icons_and_borders_have_a_contrast_of_three_where_they_stand(state: str, name: ThemeName) -> None:
    colours, ground = LOOKS[state][name], PAGES[name].background
    assert (
        min(contrast(colours.icon, colours.fill), contrast(colours.mark, ground), contrast(colours.stroke, ground)) >= 3
    )


@pytest.mark.parametrize("name", THEMES)
def test_the_page_s_own_texts_and_lines_can_be_seen(name: ThemeName) -> None:
    page = PAGES[name]
    assert (
        min(contrast(text, ground) for text in (page.ink, page.muted) for ground in (page.background, page.surface))
        >= 4.5
    )
    assert min(contrast(line, page.background) for line in (page.edge, page.focus, page.accent)) >= 3
    assert contrast(page.background, page.accent) >= 4.5  # "next" on its pill


@pytest.mark.parametrize("sight", SIGHT)
@pytest.mark.parametrize("name", THEMES)
def test_hues_are_told_apart_by_every_eye(name: ThemeName, sight: str) -> None:
    marks = [LOOKS[state][name].mark for state in HUES]
    assert min(difference(a, b, sight) for a, b in combinations(marks, 2)) >= 10


def test_the_eye_simulation_itself_confuses_what_dichromats_confuse() -> None:
    assert difference("#b00000", "#5a5a00", "all colours") > 40
    assert difference("#b00000", "#5a5a00", "deuteranopia") < 20


def test_no_two_states_share_icon_or_word() -> None:
    assert len({look.icon for look in LOOKS.values()}) == len({look.word for look in LOOKS.values()}) == len(LOOKS)


def test_amber_is_for_retrying_alone_and_the_phases_share_one_blue() -> None:
    fills = [look.light.fill for look in LOOKS.values()]
    assert fills.count(LOOKS["retrying"].light.fill) == 1
    assert LOOKS["check"].light == LOOKS["run"].light == LOOKS["recheck"].light


def test_only_blocked_is_hatched_and_only_a_failure_s_line_is_bold() -> None:
    assert [state for state, look in LOOKS.items() if look.hatched] == ["blocked"]
    assert [state for state, look in LOOKS.items() if look.bold] == ["failed"]
    assert all((look.light.hatch != "none") == (look.dark.hatch != "none") == look.hatched for look in LOOKS.values())


@pytest.mark.parametrize("state", LOOKS)
def test_icons_are_closed_paths_of_moves_lines_and_curves_within_the_grid(state: str) -> None:
    icon = LOOKS[state].icon
    commands = re.findall(r"([A-Za-z])([^A-Za-z]*)", icon)
    assert "".join(letter for letter, _ in commands).count("Z") == icon.count("M")
    assert {
        letter: {len(numbers.split()) for found, numbers in commands if found == letter} for letter, _ in commands
    }.items() <= {
        "M": {2},
        "L": {2},
        "C": {6},
        "Z": {0},
    }.items()
    assert all(0 <= float(number) <= 20 for _, numbers in commands for number in numbers.split())


@pytest.mark.parametrize("name", THEMES)
def test_the_style_sheet_sets_one_variable_for_each_colour(name: ThemeName) -> None:
    css = theme.css(name, ".here")
    assert css.startswith(".here {")
    assert f"--dj-would-run-fill: {LOOKS['would_run'][name].fill};" in css
    assert f"--dj-background: {PAGES[name].background};" in css
    assert css.count("--dj-") == len(LOOKS) * 7 + 9
