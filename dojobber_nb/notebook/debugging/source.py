"""Source code of job classes, and names of files as people know them."""

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

MAX_CHARACTERS = 16_000  # characters


def class_source(job: type) -> tuple[str, str]:
    """(file and line, text of the class); both "" if the source is not available."""
    with contextlib.suppress(Exception):  # missing files, files that are no Python, classes with false metadata
        return next(filter(None, (_class_around(job, code) for code in _methods(job))), None) or _from_inspect(job)
    return "", ""


def file_label(file: str) -> str:
    """ "Cell In[3]" for a notebook's cell, else the file."""
    from IPython import get_ipython

    shell = get_ipython()
    with contextlib.suppress(Exception):  # another kind of shell
        kind, name = shell.compile.format_code_name(file)
        return f"{kind} {name}"
    return file


def _methods(job: type) -> list[FunctionType]:
    return [value for value in vars(job).values() if isinstance(value, FunctionType)]


def _class_around(job: type, method: FunctionType) -> tuple[str, str] | None:
    """The class that contains the method: inspect does not find classes defined in a notebook."""
    file, line = method.__code__.co_filename, method.__code__.co_firstlineno
    lines = linecache.getlines(file)
    for node in _classes("".join(lines)):
        if node.name == job.__name__ and node.lineno <= line <= (node.end_lineno or 0):
            first = min([node.lineno, *(each.lineno for each in node.decorator_list)])
            return _located(file, first, lines[first - 1 : node.end_lineno])
    return None


@lru_cache(8)  # a report asks for each job, and most are in one file
def _classes(text: str) -> tuple[ast.ClassDef, ...]:
    return tuple(node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.ClassDef))


def _from_inspect(job: type) -> tuple[str, str]:
    file = inspect.getsourcefile(job) or ""
    if job.__name__ not in {node.name for node in _classes("".join(linecache.getlines(file)))}:
        return "", ""  # inspect would parse the file again for each job
    lines, first = inspect.getsourcelines(job)
    return _located(file, first, lines)


def _located(file: str, first: int, lines: list[str]) -> tuple[str, str]:
    """Place and text. Scrubbed before it is dedented, which could change a secret of several lines."""
    return f"{file_label(file)}, line {first}", clip(textwrap.dedent(scrub("".join(lines))), MAX_CHARACTERS)
