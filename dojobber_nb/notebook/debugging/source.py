"""Where code stands: the source of a job, and files as people call them."""

from __future__ import annotations

import ast
import contextlib
import inspect
import linecache
import textwrap
from functools import lru_cache
from types import FunctionType

from dojobber_nb.core.preview import clip
from dojobber_nb.core.secrets import scrub

SOURCE = 16_000  # characters


def source(job: type) -> tuple[str, str]:
    """(where it stands, the text of the class), both "" when it is not at hand."""
    with contextlib.suppress(Exception):  # files that are gone or no Python, classes that lie about themselves
        return next(filter(None, (_around(job, code) for code in _methods(job))), None) or _told_by_inspect(job)
    return "", ""


def place(file: str) -> str:
    """ "Cell In[3]" for a notebook's cell, else the file."""
    from IPython import get_ipython

    shell = get_ipython()
    with contextlib.suppress(Exception):  # a shell of another make
        kind, name = shell.compile.format_code_name(file)
        return f"{kind} {name}"
    return file


def _methods(job: type) -> list[FunctionType]:
    return [value for value in vars(job).values() if isinstance(value, FunctionType)]


def _around(job: type, method: FunctionType) -> tuple[str, str] | None:
    """The class around that method: inspect does not find those that were born in a notebook."""
    file, line = method.__code__.co_filename, method.__code__.co_firstlineno
    lines = linecache.getlines(file)
    for node in _classes("".join(lines)):
        if node.name == job.__name__ and node.lineno <= line <= (node.end_lineno or 0):
            first = min([node.lineno, *(each.lineno for each in node.decorator_list)])
            return _shown(file, first, lines[first - 1 : node.end_lineno])
    return None


@lru_cache(8)  # a report asks for each job, and most stand in one file
def _classes(text: str) -> tuple[ast.ClassDef, ...]:
    return tuple(node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.ClassDef))


def _told_by_inspect(job: type) -> tuple[str, str]:
    file = inspect.getsourcefile(job) or ""
    if job.__name__ not in {node.name for node in _classes("".join(linecache.getlines(file)))}:
        return "", ""  # inspect would read the whole file to find that out, for each job
    lines, first = inspect.getsourcelines(job)
    return _shown(file, first, lines)


def _shown(file: str, first: int, lines: list[str]) -> tuple[str, str]:
    """Scrubbed before it is moved to the left: a secret of several lines may stand in it."""
    return f"{place(file)}, line {first}", clip(textwrap.dedent(scrub("".join(lines))), SOURCE)
