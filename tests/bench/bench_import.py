"""What `import dojobber_nb` costs over bare Python: at most 60 ms is promised."""

import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROGRAMS = {"bare Python": "pass", "import dojobber_nb": "import dojobber_nb"}
ROUNDS = 21


def milliseconds(code: str) -> float:
    """How long a new interpreter takes with that program."""
    begin = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)
    return (time.perf_counter() - begin) * 1000


def main() -> None:
    """Prints the medians of interleaved runs, the difference and the ratio."""
    rounds = [[milliseconds(code) for code in PROGRAMS.values()] for _ in range(ROUNDS + 1)]
    bare, package = map(statistics.median, zip(*rounds[1:], strict=True))  # the first one fills caches
    print(f"bare Python {bare:.1f} ms, import dojobber_nb +{package - bare:.1f} ms, ratio {package / bare:.2f}")


if __name__ == "__main__":
    main()
