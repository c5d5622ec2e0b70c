"""What no single module owns: the floors of the house, what an import costs, what is shipped, what Binder gets."""

import ast
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

import dev

README = dev.ROOT / "README.md"
PACKAGE = dev.ROOT / "dojobber_nb"
MODULES = sorted(PACKAGE.rglob("*.py"))
# The rooms of notebook/, and those below each of them.
ROOMS = ("debugging", "ipython", "session", "actions", "widgets", "report", "dashboard")
BELOW = {
    room: {f"notebook.{below}" for below in ROOMS[:place] if (room, below) != ("dashboard", "report")}
    for place, room in enumerate(ROOMS)
}
# room: the rooms it may look into beside its own; every name in __init__.py is for readers outside
FLOORS = {
    "core": set(),
    "record": {"core"},
    "engine": {"core", "record"},
    "view": {"core", "record"},
    **{f"notebook.{room}": {"core", "record", "engine", "view", *BELOW[room]} for room in BELOW},
    "notebook": {"core", "record", "engine", "view", *BELOW["dashboard"], "notebook.dashboard"},
    "dojobber": {"core", "record", "engine", "view", *BELOW["dashboard"], "notebook.dashboard", "notebook.report"},
    "share": {"core"},
    "cli": {"core", "record", "engine", "view", "dojobber", "share"},
    "__main__": {"cli"},
    "__init__": {"core", "record", "engine", "view", "notebook.dashboard", "dojobber"},
}
HEAVY = {"matplotlib", "networkx", "ipywidgets", "anywidget", "IPython", "numpy"}


def room_of(file: Path) -> str:
    """The first folder below the package, in notebook/ the second; or the name of a module that stands beside them."""
    return _room(file.relative_to(PACKAGE).with_suffix("").parts)


def _room(parts: Sequence[str]) -> str:
    inner = ".".join(parts[:2])
    return inner if inner in FLOORS else parts[0] if parts and parts[0] in FLOORS else "__init__"


def imports(file: Path) -> Iterator[str]:
    """The full dotted name of everything that module imports, at its top or anywhere in it."""
    home = file.relative_to(PACKAGE.parent).parent.parts
    for node in ast.walk(ast.parse(file.read_text())):
        match node:
            case ast.Import(names=names):
                yield from (alias.name for alias in names)
            case ast.ImportFrom(module=module, names=names, level=level):
                base = [*home[: len(home) - level + 1]] if level else []
                yield from (".".join([*base, *filter(None, [module]), alias.name]) for alias in names)


def rooms_imported(file: Path) -> Iterator[str]:
    """The rooms that module looks into; `from dojobber_nb import Job` looks into __init__."""
    for name in imports(file):
        package, _, rest = name.partition(".")
        if package == "dojobber_nb":
            yield _room(rest.split("."))


@pytest.mark.parametrize("file", MODULES, ids=lambda file: str(file.relative_to(PACKAGE)))
def test_a_module_imports_only_from_floors_below_its_own(file: Path) -> None:
    own = room_of(file)
    assert set(rooms_imported(file)) <= FLOORS[own] | {own}


@pytest.mark.parametrize("file", sorted(PACKAGE.glob("core/**/*.py")), ids=lambda file: file.name)
def test_core_stands_on_the_standard_library_alone(file: Path) -> None:
    outside = {name.split(".")[0] for name in imports(file)} - sys.stdlib_module_names
    assert outside <= {"dojobber_nb"}


def test_importing_the_package_wakes_no_heavy_library() -> None:
    code = "import sys, json, dojobber_nb; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], cwd=dev.ROOT, capture_output=True, text=True, check=True)
    assert HEAVY.isdisjoint(json.loads(done.stdout))


def test_the_readme_s_example_does_what_it_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (example,) = re.findall(r"```python\n(.*?)```", README.read_text(), re.DOTALL)
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    exec(example, names)
    assert names["dj"].success()
    assert Path("tonight", "films.txt").read_text() == "Alien\n"


def test_everything_the_readme_links_to_is_there() -> None:
    links = re.findall(r"\]\((?!https?:)(.*?)\)", README.read_text())
    assert [link for link in links if not (dev.ROOT / link).exists()] == []


def test_the_badge_opens_a_notebook_that_is_there() -> None:
    (notebook,) = re.findall(r"urlpath=lab/tree/(.*?)\)", README.read_text())
    assert notebook == dev.RUNBOOK
    assert (dev.ROOT / notebook).exists()


@pytest.mark.slow
def test_the_wheel_holds_every_file_of_the_package(tmp_path: Path) -> None:
    copy_of_the_checkout(tmp_path / "source")
    build = ["wheel", "--quiet", "--no-deps", f"--wheel-dir={tmp_path}", str(tmp_path / "source")]
    subprocess.run([sys.executable, "-m", "pip", *build], check=True)
    (wheel,) = tmp_path.glob("*.whl")
    shipped = set(zipfile.ZipFile(wheel).namelist())
    assert "dojobber_nb/py.typed" in shipped  # without it no type checker of a user reads our types
    assert {name for name in tracked() if name.startswith("dojobber_nb/")} <= shipped


@pytest.mark.slow
def test_what_binder_builds_from_its_folder_executes_the_notebooks(tmp_path: Path) -> None:
    repo, env = tmp_path / "repo", tmp_path / "env"
    copy_of_the_checkout(repo)
    dev.make_venv(env)
    pip = [dev.python_of(env), "-m", "pip", "install", "-qq"]
    subprocess.run([*pip, "-r", "binder/requirements.txt"], cwd=repo, check=True)
    inside = {**os.environ, "VIRTUAL_ENV": str(env), "PATH": f"{env / 'bin'}{os.pathsep}{os.environ['PATH']}"}
    inside.pop("PYTHONPATH", None)
    subprocess.run([repo / "binder" / "postBuild"], cwd=repo, env=inside, check=True)
    notebooks = sorted(map(str, repo.glob("notebooks/*.ipynb")))
    assert notebooks
    execute = [env / "bin" / "jupyter", "execute", *notebooks]
    done = subprocess.run(execute, cwd=repo, env=inside, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def tracked() -> list[str]:
    """The files that a clone would have."""
    listing = subprocess.run(["git", "ls-files", "-z"], cwd=dev.ROOT, capture_output=True, text=True, check=True)
    return listing.stdout.rstrip("\0").split("\0")


def copy_of_the_checkout(folder: Path) -> None:
    """The tracked files as they stand, without what lies about beside them."""
    for name in tracked():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(dev.ROOT / name, folder / name)
