"""Theme: colours, icon and word of each state, for pictures and the page, light and dark."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Final, Literal

from dojobber_nb.core.events import Phase, Status
from dojobber_nb.core.graph import JobKind
from dojobber_nb.core.jobstate import JobState
from dojobber_nb.view.icons import ICONS

ThemeName = Literal["light", "dark"]


@dataclass(frozen=True, slots=True)
class Colours:
    """Colours of one state in one theme: fill, border, name, line, icon in the box, icon outside, hatch."""

    fill: str
    stroke: str
    text: str
    line: str
    icon: str
    mark: str
    hatch: str = "none"


@dataclass(frozen=True, slots=True)
class StatusStyle:
    """Look of one state: `icon` is SVG path data, `border` in px, `bold` for its line, `sign` and `word` for texts."""

    word: str
    sign: str
    icon: str
    border: float
    light: Colours
    dark: Colours
    hatched: bool = False
    bold: bool = False

    def __getitem__(self, theme: ThemeName) -> Colours:
        """Colours of the state in that theme."""
        return self.light if theme == "light" else self.dark


@dataclass(frozen=True, slots=True)
class Page:
    """Colours of the page."""

    background: str
    surface: str
    ink: str
    muted: str
    edge: str
    rule: str
    focus: str
    accent: str


@dataclass(frozen=True, slots=True)
class Letters:
    """Size and weight of one kind of text. Without `page_ink` its colour is that of its box."""

    px: float
    bold: bool
    page_ink: Literal["ink", "muted", "background", ""] = ""


GROUP_DASH: Final = (6.0, 4.0)  # px on and off, around DummyJobs
HALT_PX: Final = 6.0  # the radius of the dot that marks a breakpoint
RADIUS: Final = 9.0  # px, of the corners of a box
FONT: Final = "'DejaVu Sans', Verdana, 'Segoe UI', system-ui, sans-serif"
LETTERS: Final[Mapping[str, Letters]] = {
    "name": Letters(13.0, bold=False),
    "line": Letters(12.0, bold=False),
    "title": Letters(17.0, bold=True, page_ink="ink"),
    "summary": Letters(12.0, bold=False, page_ink="muted"),
    "legend": Letters(12.0, bold=False, page_ink="muted"),
    "flag": Letters(12.0, bold=False, page_ink="background"),
}
NAME_PX, LINE_PX = LETTERS["name"].px, LETTERS["line"].px

PAGES: Final[Mapping[ThemeName, Page]] = {
    "light": Page("#ffffff", "#f6f7f9", "#1b2430", "#566170", "#8591a1", "#d9dee5", "#0072b2", "#0072b2"),
    "dark": Page("#15181e", "#1e232b", "#eef1f5", "#a9b3c1", "#667182", "#343b47", "#56b4e9", "#56b4e9"),
}


def _pair(light: str, dark: str) -> tuple[Colours, Colours]:
    return Colours(*light.split()), Colours(*dark.split())


# Fill, stroke, name, line, icon, mark, hatch. Okabe-Ito hues, darker or lighter until the contrast is sufficient.
_PENDING = _pair(
    "#f7f8fa #7b8695 #1b2430 #566170 #7b8695 #7b8695",
    "#1e232b #7d899d #eef1f5 #a9b3c1 #8793a8 #7d899d",
)
_BLUE = _pair(
    "#dceefb #0072b2 #10222f #00598c #0072b2 #0072b2",
    "#10334a #56b4e9 #eef6fc #9fd4f5 #56b4e9 #56b4e9",
)
_GREEN = _pair(
    "#e6f5ef #2fa483 #10261e #3d6355 #00855f #00855f",
    "#12352b #1f9c78 #ecf8f3 #a3cdbf #2fc79a #2fc79a",
)
_DEEP_GREEN = _pair(
    "#c4e9da #007a58 #0c241b #235443 #006b4d #006b4d",
    "#0b4a37 #2fc79a #ecf8f3 #b0dccb #5be0b8 #5be0b8",
)
_PURPLE = _pair(
    "#fbe9f5 #9e2c8f #2e1428 #862a70 #9e2c8f #9e2c8f",
    "#43213b #e07fbd #fdf0f8 #ecb0d6 #e79acb #e07fbd",
)
_PALE_PURPLE = _pair(
    "#faf6f9 #c07cb0 #2a2028 #70546a #a8559a #9e2c8f",
    "#2a232a #9c6f90 #f3edf2 #c6aebf #cf93bd #e07fbd",
)
_AMBER = _pair(
    "#fdf0cc #b67a00 #2e2204 #7a5000 #a86f00 #b67a00",
    "#43330d #e69f00 #fdf5e0 #f2cd78 #f0ae1c #f0ae1c",
)
_RED = _pair(
    "#b94700 #8a3400 #ffffff #ffffff #ffffff #b94700",
    "#f0783a #ffb48c #1c0a00 #1c0a00 #1c0a00 #f0783a",
)
_GREY = _pair(
    "#edeff2 #5f6a79 #2a323d #4c5664 #4a5462 #4a5462 #cdd3db",
    "#262b33 #98a3b2 #dde2e9 #b3bcc9 #c3cbd6 #c3cbd6 #3c4450",
)

# In the order of counts and legend: failures first.
LOOKS: Final[Mapping[str, StatusStyle]] = {
    "failed": StatusStyle("failed", "✕", ICONS["failed"], 2.0, *_RED, bold=True),
    "blocked": StatusStyle("blocked", "⊘", ICONS["blocked"], 1.2, *_GREY, hatched=True),
    "retrying": StatusStyle("retrying", "↻", ICONS["retrying"], 2.0, *_AMBER),
    "check": StatusStyle("check", "▸", ICONS["check"], 2.4, *_BLUE),
    "run": StatusStyle("run", "▸", ICONS["run"], 2.4, *_BLUE),
    "recheck": StatusStyle("recheck", "▸", ICONS["recheck"], 2.4, *_BLUE),
    "would_run": StatusStyle("would run", "▷", ICONS["would_run"], 1.6, *_PURPLE),
    "unknown": StatusStyle("unknown", "?", ICONS["unknown"], 1.2, *_PALE_PURPLE),
    "cannot_tell": StatusStyle("cannot tell", "≈", ICONS["cannot_tell"], 1.2, *_PALE_PURPLE),
    "changed": StatusStyle("changed", "✚", ICONS["changed"], 1.2, *_DEEP_GREEN),
    "ok": StatusStyle("ok", "✓", ICONS["ok"], 1.2, *_GREEN),
    "pending": StatusStyle("pending", "…", ICONS["pending"], 1.2, *_PENDING),
}


def ink(role: str, state: str, theme: ThemeName) -> str:
    """Colour of a text: by its role (a key of LETTERS), and in a box by its state."""
    page, look = LETTERS[role].page_ink, LOOKS.get(state)
    if page or look is None:
        return str(getattr(PAGES[theme], page or "muted"))
    return look[theme].text if role == "name" else look[theme].line


def is_bold(role: str, state: str) -> bool:
    """Whether a text is bold: by its role (a key of LETTERS), and in a box by its state."""
    return LETTERS[role].bold or (role == "line" and LOOKS[state].bold)


def edge_style(mark: str | None, theme: ThemeName) -> tuple[str, float]:
    """(colour, width in px) of an edge that is highlighted as "failed" or "selected", or not (None)."""
    colours = {"failed": LOOKS["failed"][theme].fill, "selected": PAGES[theme].focus, None: PAGES[theme].edge}
    return colours[mark], 1.9 if mark else 1.2


def look_key(job: JobState) -> str:
    """Key of a job in LOOKS: its status; while it runs its phase; "cannot_tell" for a RunonlyJob in a dry run."""
    if job.status is Status.WOULD_RUN and job.node.kind is JobKind.RUNONLY:
        return "cannot_tell"
    if job.status is not Status.RUNNING:
        return job.status.value
    return job.phase.value if job.phase in (Phase.RUN, Phase.RECHECK) else Phase.CHECK.value


def css(theme: ThemeName, selector: str) -> str:
    """CSS rule with a variable per colour, as `--dj-ink` or `--dj-failed-fill`; `--dj-dark` is 0% or 100%."""
    colours = {**asdict(PAGES[theme]), "dark": "100%" if theme == "dark" else "0%"}
    for state, look in LOOKS.items():
        colours |= {f"{state.replace('_', '-')}-{part}": value for part, value in asdict(look[theme]).items()}
    return f"{selector} {{ {' '.join(f'--dj-{name}: {value};' for name, value in colours.items())} }}"
