"""The shapes that engines are measured on: by job the indices of those it needs, all earlier; the last is the root."""

import random
from collections.abc import Callable, Sequence
from typing import Any

Shape = Sequence[Sequence[int]]

SEED = 20261105
LAYER = 100


def chain(jobs: int) -> Shape:
    """Each needs the one before."""
    return [[index - 1] if index else [] for index in range(jobs)]


def wide(jobs: int) -> Shape:
    """One needs all the others."""
    return [*([] for _ in range(jobs - 1)), list(range(jobs - 1))]


def layered(jobs: int) -> Shape:
    """Layers of a hundred, each job needing two of the layer before, and a root over what nobody needs."""
    dice = random.Random(SEED)
    shape: list[list[int]] = []
    for index in range(jobs - 1):
        below = index // LAYER * LAYER
        shape.append(sorted(dice.sample(range(below - LAYER, below), 2)) if below else [])
    needed = {need for needs in shape for need in needs}
    return [*shape, [index for index in range(jobs - 1) if index not in needed]]


def ladder(jobs: int) -> Shape:
    """Two to a level, each needing both of the level below, and a root: 2 ** levels ways from top to bottom."""
    return [list(range(index // 2 * 2 - 2, index // 2 * 2)) if index > 1 else [] for index in range(jobs)]


SHAPES: dict[str, Callable[[int], Shape]] = {"chain": chain, "wide": wide, "layered": layered}


def classes(shape: Shape, base: type, first: type | None = None) -> Any:
    """The root of a class per job, deriving from `base`, the first of them from `first` if given."""
    made: list[type] = []
    for index, needs in enumerate(shape):
        above = base if index else first or base
        made.append(type(f"J{index}", (above,), {"DEPS": [made[need] for need in needs]}))
    return made[-1]
