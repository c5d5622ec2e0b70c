#!/usr/bin/env python3
"""The project's commands. Each sets up all it needs in .venv and then does its work; a second call is quick.

    python3 dev.py lab               open the movie-night runbook in JupyterLab
    python3 dev.py test              ruff, mypy and pytest with notebooks and browser tests
    python3 dev.py test ARGS...      pytest ARGS... alone
    python3 dev.py bench [NAME...]   tests/bench/bench_NAME.py, or all of them

What follows `lab` goes to JupyterLab, e.g. `python3 dev.py lab --no-browser --port 9000`.
"""

import hashlib
import importlib.util
import json
import os
import platform
import shutil
import subprocess
import sys
import time
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
RUNBOOK = "notebooks/01-movie-night.ipynb"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
CHECKS = (
    ("ruff", ["-m", "ruff", "check"]),
    ("mypy", ["-m", "mypy"]),
    ("pytest", ["-m", "pytest"]),  # last, so that its summary is what one sees
)


def python_of(folder: Path) -> Path:
    """The interpreter of the virtual environment in that folder."""
    return folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def make_venv(folder: Path) -> None:
    """A virtual environment, with a pip of its own where this Python can give one."""
    venv.create(folder, with_pip=importlib.util.find_spec("ensurepip") is not None, clear=True)


def pip_of(folder: Path) -> "list[str]":
    """The command line that is pip for that environment: its own, else this Python's pointed at it."""
    python = str(python_of(folder))
    if subprocess.run([python, "-c", "import pip"], stderr=subprocess.DEVNULL, check=False).returncode == 0:
        return [python, "-m", "pip"]
    if importlib.util.find_spec("pip") is None:
        sys.exit(f"{sys.executable} has neither ensurepip nor pip. On Debian: apt install python3-pip")
    return [sys.executable, "-m", "pip", "--python", python]


def set_up(*extras: str) -> None:
    """The environment in .venv, with the package as it stands in this checkout and these extras."""
    stamp = VENV / "installed.json"
    have = json.loads(stamp.read_text()) if stamp.exists() else {}
    place = f"Python {platform.python_version()} at {ROOT}"
    if have.get("place") != place:
        print(f"Making {VENV} …", flush=True)
        make_venv(VENV)
        have = {}
    project = hashlib.sha256((ROOT / "pyproject.toml").read_bytes()).hexdigest()
    want = {"place": place, "project": project, "extras": sorted({*extras, *have.get("extras", [])})}
    if have != want:
        install(VENV, "-e", f"{ROOT}[{','.join(want['extras'])}]")
        stamp.write_text(json.dumps(want))


def install(folder: Path, *what: str) -> None:
    """Those packages in that environment; ends the program with pip's own words where pip fails."""
    print(f"Installing {' '.join(what)} … (a minute or two, the first time)", flush=True)
    done = subprocess.run([*pip_of(folder), "install", "-qq", *what], cwd=ROOT, check=False)
    if done.returncode:
        sys.exit("pip could not install what is needed; its words are above.")


def find_browser() -> "str | None":
    """The Chromium on PATH."""
    return next(filter(None, map(shutil.which, BROWSERS)), None)


def is_debian() -> bool:
    """True on Debian itself; Ubuntu's package of that name is a stub for a snap."""
    try:
        return platform.freedesktop_os_release()["ID"] == "debian"
    except OSError:
        return False


def is_root() -> bool:
    """True where system packages may be installed and JupyterLab asks to be told that root is meant."""
    return hasattr(os, "geteuid") and os.geteuid() == 0


def get_browser() -> None:
    """A Chromium for the browser tests: on PATH, else Debian's, else playwright's own.

    Where none can be had the tests go on, and the browser tests fail with advice.
    """
    if find_browser():
        return
    if is_root() and is_debian():
        print("Installing Debian's chromium …", flush=True)
        apt = ["apt-get", "--quiet", "--yes"]
        run([*apt, "update"])
        run([*apt, "install", "--no-install-recommends", "chromium"])
    if not find_browser():
        with_deps = ["--with-deps"] if is_root() else []
        run([str(python_of(VENV)), "-m", "playwright", "install", *with_deps, "chromium"])


def run(command: "list[str]") -> int:
    """The exit code of that command, run at the top of the checkout."""
    return subprocess.run(command, cwd=ROOT, check=False).returncode


def lab(*args: str) -> int:
    """JupyterLab on the runbook, until it is closed."""
    set_up("lab")
    as_root = ["--allow-root"] if is_root() else []
    return run([str(python_of(VENV)), "-m", "jupyterlab", RUNBOOK, *as_root, *args])


def test(*args: str) -> int:
    """Every check, or pytest alone with those arguments; the exit code of the first that failed."""
    set_up("lab", "test")
    get_browser()
    if args:
        return run([str(python_of(VENV)), "-m", "pytest", *args])
    rows = [(name, *timed([str(python_of(VENV)), *command])) for name, command in CHECKS]
    for name, code, seconds in rows:
        print(f"{name:8} {'passed' if code == 0 else f'FAILED ({code})':12} {seconds:6.1f} s")
    return next((code for _, code, _ in rows if code), 0)


def timed(command: "list[str]") -> "tuple[int, float]":
    """Exit code and seconds."""
    print(f"\n$ python {' '.join(command[1:])}", flush=True)
    begin = time.monotonic()
    return run(command), time.monotonic() - begin


def bench(*names: str) -> int:
    """The measurements of those names, or all."""
    set_up("lab", "test", "bench")
    folder = ROOT / "tests" / "bench"
    scripts = [folder / f"bench_{name}.py" for name in names] or sorted(folder.glob("bench_*.py"))
    return max([timed([str(python_of(VENV)), str(script)])[0] for script in scripts], default=0)


COMMANDS = {"lab": lab, "test": test, "bench": bench}


def main(args: "list[str]") -> int:
    """The exit code of the command that the arguments name."""
    if sys.version_info < (3, 11):
        sys.exit(f"dojobber-nb needs Python 3.11 or newer; {sys.executable} is {platform.python_version()}.")
    if not args or args[0] not in COMMANDS:
        print(__doc__)
        return 0 if args in (["-h"], ["--help"]) else 2
    return COMMANDS[args[0]](*args[1:])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
