"""What a report costs: seconds and bytes of 1,000 jobs in 12,000 events, on each shape.

`python tests/bench/bench_report.py`. The floor is to fold the events once and to draw the graph once, in the same
process. Seconds are of the processor; imports come before.
"""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from bench_engine import Row, show
from graphs import SHAPES, classes

from dojobber_nb import DoJobber, Job
from dojobber_nb.core.state import RunState
from dojobber_nb.view.picture import page_svg

JOBS = 1_000
MARK = 30  # × the floor, at most
SECONDS, MEGABYTES = 6, 3


class Late(Job):
    """A job that holds once its Run was called twice."""

    runs = 0

    def Check(self) -> None:
        """Raise until then."""
        if type(self).runs < 2:
            raise RuntimeError("not yet")

    def Run(self) -> None:
        """Count the calls."""
        type(self).runs += 1


def seconds(act: Callable[[], object]) -> float:
    """How long it took."""
    begin = time.process_time()
    act()
    return time.process_time() - begin


def reported(shape: str, file: Path) -> Row:
    """A run of that shape, and its report."""
    dj = DoJobber()
    dj.configure(classes(SHAPES[shape](JOBS), Late), default_retry_delay=0)
    dj.checknrun()
    floor = seconds(lambda: RunState(dj.state.graph).fold(dj.events)) + seconds(lambda: page_svg(dj.state))
    taken = seconds(lambda: dj.report(file))
    size = file.stat().st_size / 1e6
    marks = f"≤ {MARK}", f"{taken:.1f}", f"≤ {SECONDS}", f"{size:.2f}", f"≤ {MEGABYTES}"
    return shape, f"{len(dj.events):,}", f"{floor:.2f}", f"{taken / floor:.1f}", *marks


def main() -> None:
    """Prints a table."""
    head = "shape", "events", "floor s", "×", "mark", "report s", "mark", "MB", "mark"
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "report.html"
        reported("layered", file)  # imports
        show([head, *(reported(shape, file) for shape in SHAPES)])


if __name__ == "__main__":
    main()
