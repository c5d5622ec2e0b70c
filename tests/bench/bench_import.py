"""What `import dojobber_nb` costs over bare Python: at most 60 ms is promised."""

import os
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROGRAMS = {"bare Python": "pass", "import dojobber_nb": "import dojobber_nb"}
ROUNDS = 21
ENV = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}  # compiled but once


def cost(code: str) -> tuple[float, float]:
    """Milliseconds that a new interpreter takes with that program: by the clock, and of the processor."""
    clock, cpu = time.perf_counter(), children_cpu()
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=ENV, check=True)
    return (time.perf_counter() - clock) * 1000, (children_cpu() - cpu) * 1000


def children_cpu() -> float:
    """Seconds of processor time that ended children have used; a busy machine does not change it much."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main() -> None:
    """Prints medians of interleaved runs."""
    for code in PROGRAMS.values():  # the first run fills caches
        cost(code)
    rounds = [[cost(code) for code in PROGRAMS.values()] for _ in range(ROUNDS)]
    for number, kind in enumerate(("by the clock", "of the processor")):
        bare, package = (statistics.median(row[column][number] for row in rounds) for column in range(2))
        print(f"{kind:16} bare {bare:5.1f} ms, import +{package - bare:5.1f} ms, ratio {package / bare:.2f}")


if __name__ == "__main__":
    main()
