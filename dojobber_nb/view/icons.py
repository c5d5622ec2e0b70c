"""One icon per state: SVG path data on a 20 × 20 grid, M, L, C and Z only, one fill, holes wound the other way."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import cos, pi, sin, tan
from typing import Final

Point = tuple[float, float]
# A closed outline: where it starts, then lines (one point) and curves (two control points and an end).
Outline = list[tuple[Point, ...]]

CENTRE: Final = (10.0, 10.0)


def _arc(centre: Point, radius: float, start: float, end: float) -> Outline:
    """An arc between two angles in turns, clockwise from three o'clock if `end` is greater."""
    steps = max(1, round(abs(end - start) * 4 + 0.49))
    step = (end - start) * 2 * pi / steps
    reach = 4 / 3 * tan(step / 4) * radius
    found: Outline = [(_on(centre, radius, start * 2 * pi),)]
    for number in range(steps):
        a, b = start * 2 * pi + number * step, start * 2 * pi + (number + 1) * step
        (ax, ay), (bx, by) = _on(centre, radius, a), _on(centre, radius, b)
        leaving, arriving = (ax - reach * sin(a), ay + reach * cos(a)), (bx + reach * sin(b), by - reach * cos(b))
        found.append((leaving, arriving, (bx, by)))
    return found


def _on(centre: Point, radius: float, angle: float) -> Point:
    return centre[0] + radius * cos(angle), centre[1] + radius * sin(angle)


def _disc(radius: float = 9.0, centre: Point = CENTRE) -> Outline:
    return _arc(centre, radius, 0, 1)


def _hole(radius: float, centre: Point = CENTRE) -> Outline:
    return _arc(centre, radius, 1, 0)


def _band(centre: Point, outer: float, inner: float, start: float, end: float) -> Outline:
    """A section of a ring between two angles in turns."""
    back = _arc(centre, inner, end, start)
    return [*_arc(centre, outer, start, end), *back]


def _polygon(*points: Point) -> Outline:
    return [(point,) for point in points]


def _star(tips: int, outer: float, inner: float) -> Outline:
    radii = (outer, inner)
    return [(_on(CENTRE, radii[i % 2], i * pi / tips),) for i in range(2 * tips)]


def _octagon(radius: float) -> Outline:
    return [(_on(CENTRE, radius, (i + 0.5) * pi / 4),) for i in range(8)]


def _drawn(outlines: Iterable[Outline]) -> str:
    return "".join(f"{''.join(_command(i, piece) for i, piece in enumerate(outline))}Z" for outline in outlines)


def _command(index: int, piece: tuple[Point, ...]) -> str:
    letter = "M" if index == 0 else "L" if len(piece) == 1 else "C"
    return f"{letter}{' '.join(f'{round(x, 1):g} {round(y, 1):g}' for x, y in piece)}"


# Counter-clockwise, as holes are.
_TICK = _polygon((5.2, 10.6), (8.7, 14.1), (14.9, 7.4), (13.3, 5.9), (8.6, 11.0), (6.8, 9.1))
_CROSS = _polygon(
    (6.2, 7.6), (8.6, 10.0), (6.2, 12.4), (7.6, 13.8), (10.0, 11.4), (12.4, 13.8),
    (13.8, 12.4), (11.4, 10.0), (13.8, 7.6), (12.4, 6.2), (10.0, 8.6), (7.6, 6.2),
)  # fmt: skip
_PLAY = _polygon((7.6, 5.6), (7.6, 14.4), (14.8, 10.0))
_SMALL_PLAY = _polygon((7.9, 6.3), (14.0, 10.0), (7.9, 13.7))
_LENS = (8.3, 8.3)
_LENS_TICK = _polygon((5.2, 8.3), (6.4, 7.2), (7.7, 8.5), (10.3, 5.8), (11.5, 7.0), (7.7, 10.9))
_HOOK = [
    *_arc((10.0, 8.1), 1.7, 0.5, 1.1),
    ((10.6, 9.9), (9.1, 10.3), (9.1, 12.2)),
    ((10.9, 12.2),),
    ((10.9, 10.9), (13.6, 10.4), (13.6, 8.1)),
    *_arc((10.0, 8.1), 3.6, 1.0, 0.5)[1:],
]

# Clockwise, as filled outlines are.
_SLASH = _polygon((5.6, 4.2), (15.8, 14.4), (14.4, 15.8), (4.2, 5.6))
_HANDLE = _polygon((13.4, 11.8), (18.2, 16.6), (16.6, 18.2), (11.8, 13.4))

ICONS: Final[Mapping[str, str]] = {
    "pending": _drawn(_band(CENTRE, 8.6, 7.0, (i + 0.2) / 7, (i + 0.8) / 7) for i in range(7)),
    "check": _drawn([_disc(6.6, _LENS), _hole(4.7, _LENS), _HANDLE]),
    "run": _drawn([_disc(), _PLAY]),
    "recheck": _drawn([_disc(7.0, _LENS), _hole(5.5, _LENS), _HANDLE, _LENS_TICK]),
    "ok": _drawn([_disc(), _TICK]),
    "changed": _drawn([_star(12, 9.8, 8.2), _TICK]),
    "would_run": _drawn([_disc(), _hole(7.3), _SMALL_PLAY]),
    "unknown": _drawn([_disc(), _HOOK, _hole(1.15, (10.0, 14.6))]),
    "cannot_tell": _drawn(
        [_disc(), *(_polygon((5.4, y), (5.4, y + 2.0), (14.6, y + 2.0), (14.6, y)) for y in (6.6, 11.4))]
    ),
    "retrying": _drawn([_band((10.0, 10.6), 8.0, 6.0, -0.12, 0.72), _polygon((9.2, 0.4), (9.2, 6.8), (14.4, 3.6))]),
    "failed": _drawn([_octagon(9.6), _CROSS]),
    "blocked": _drawn([_disc(), _hole(7.0), _SLASH]),
}
