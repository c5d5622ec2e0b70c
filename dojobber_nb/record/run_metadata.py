"""Metadata of a recorded run: its graph, user, host, start and versions."""

from __future__ import annotations

import getpass
import json
import os
import platform
import sys
import types
import zlib
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Final

from dojobber_nb.core.graph import JobGraph, JobKind, Node
from dojobber_nb.core.job import DummyJob, Job, RunonlyJob
from dojobber_nb.core.preview import clip, visible
from dojobber_nb.record.codec import text

DOC: Final = 2_000  # characters of a docstring
BASES: Final[Mapping[str, type[Job]]] = {
    JobKind.JOB: Job,
    JobKind.DUMMY: DummyJob,
    JobKind.RUNONLY: RunonlyJob,
    JobKind.CHECK_ONLY: Job,
}


def environment() -> dict[str, Any]:
    """User, host, process and versions."""
    return {"who": who(), "host": host(), "pid": os.getpid(), "versions": _versions()}


def who() -> str:
    """The user's name, or number if there is no name."""
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):
        return f"uid {os.getuid()}" if hasattr(os, "getuid") else "unknown"


def host() -> str:
    """The name of this machine."""
    return platform.node()


@cache
def here() -> str:
    """User and host: "root@bastion-2"."""
    return f"{who()}@{host()}"


def _versions() -> dict[str, str]:
    try:
        own = version("dojobber-nb")
    except PackageNotFoundError:  # run from a checkout
        own = "unknown"
    return {"python": platform.python_version(), "dojobber-nb": own, "platform": platform.platform()}


# --- the graph -----------------------------------------------------------------------------------------------------


def graph_metadata(graph: JobGraph) -> list[dict[str, Any]]:
    """The jobs of the graph as plain data, in visiting order."""
    return [_job_metadata(node) for node in graph]


def _job_metadata(node: Node) -> dict[str, Any]:
    more = {"delay": node.delay, "init": node.has_init, "doc": _doc(node.job), "code": fingerprint(node.job)}
    return fold_facts(node) | more


def fold_facts(node: Node) -> dict[str, Any]:
    """The properties of a job on which the fold of its events depends."""
    own = {"name": node.name, "kind": node.kind.value, "tries": node.tries, "cleanup": node.has_cleanup}
    return {**own, "needs": list(node.needs)}


def graph_of(rows: Iterable[Mapping[str, Any]]) -> JobGraph:
    """The graph of such data; classes of the same names stand in for the job classes."""
    return JobGraph([_node(number, row) for number, row in enumerate(rows)])


def _node(number: int, row: Mapping[str, Any]) -> Node:
    job = type(str(row["name"]), (BASES[row["kind"]],), {"__doc__": row["doc"] or None})
    needs, tries = tuple(map(int, row["needs"])), int(row["tries"])
    made = float(row["delay"]), bool(row["cleanup"]), bool(row["init"])
    if not all(0 <= need < number for need in needs):
        raise ValueError(f"{row['name']} needs a job that comes after it")
    return Node(number, str(row["name"]), job, JobKind(row["kind"]), needs, tries, *made)


def _doc(job: type[Job]) -> str:
    doc = vars(job).get("__doc__")
    return clip(text(doc), DOC) if isinstance(doc, str) else ""


# --- its code ------------------------------------------------------------------------------------------------------


def fingerprint(job: type[Job]) -> str:
    """A number that changes with the code of the job, but not with comments or with functions that it calls."""
    crc = 0
    for part in _parts(job):
        crc = zlib.crc32(part.encode("utf-8", "backslashreplace"), crc)
    return f"{sys.implementation.cache_tag}:{crc:08x}"


def _parts(job: type[Job]) -> Iterator[str]:
    for base in type.__dict__["__mro__"].__get__(job):
        if base not in (object, *BASES.values()):
            for name, value in sorted(vars(base).items()):
                yield from _code_of(name, getattr(value, "__func__", value))


def _code_of(name: str, value: object) -> Iterator[str]:
    if isinstance(value, types.FunctionType):
        yield name
        yield from _code(value.__code__)


def _code(code: types.CodeType) -> Iterator[str]:
    yield repr((code.co_code, code.co_names, code.co_varnames, code.co_freevars))
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _code(constant)
        else:
            yield repr(sorted(map(repr, constant)) if isinstance(constant, frozenset) else constant)


def metadata_line(about: Mapping[str, Any]) -> str:
    """The metadata of a run as JSON."""
    return json.dumps(about, separators=(",", ":"))


def header_of(line: bytes) -> dict[str, Any]:
    """The metadata without the graph, which is not parsed: 100,000 jobs would take a quarter of a second."""
    begin, end = line.find(_GRAPH), line.rfind(_AFTER_GRAPH)  # in JSON both can only be keys: a quote in a text is \\"
    header: dict[str, Any] = json.loads(line if begin < 0 or end < begin else line[:begin] + line[end + 1 :])
    header.pop("graph", None)
    return header


_GRAPH: Final = b',"graph":['
_AFTER_GRAPH: Final = b'],"of":'


def argument_name(name: object) -> str:
    """The name of an argument, scrubbed and without control characters."""
    return text(visible(str(name)))
