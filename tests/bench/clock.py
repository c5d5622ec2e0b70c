"""How long things take, measured side by side."""

import gc
import statistics
import time
from collections.abc import Callable, Sequence

GRAIN = 5_000_000  # nanoseconds: what is over sooner is repeated

Act = Callable[[], object]


def medians(acts: Sequence[Act], *, rounds: int = 11) -> list[float]:
    """Nanoseconds of process time of each act: the medians of interleaved rounds, after one that fills caches."""
    repeats = [1 + int(GRAIN // nanoseconds(act)) for act in acts]
    table = [[nanoseconds(act, times) for act, times in zip(acts, repeats, strict=True)] for _ in range(rounds)]
    return [statistics.median(column) for column in zip(*table, strict=True)]


def nanoseconds(act: Act, times: int = 1) -> float:
    """Process time of one call, out of so many in a row."""
    gc.collect()  # 50,000 classes take long to walk: whose garbage it is must not hang on whose turn came before
    begin = time.process_time_ns()
    for _ in range(times):
        act()
    return (time.process_time_ns() - begin) / times
