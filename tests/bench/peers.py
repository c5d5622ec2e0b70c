"""Peers on the same graphs of no-op jobs: `python tests/bench/peers.py dask layered 1000` prints one line of JSON.

Each peer's graph is made beforehand, as configure() does it, where its interface lets one; timed is a run of it.
"""

import contextlib
import graphlib
import importlib
import io
import json
import logging
import sys
import warnings
from collections.abc import Callable
from typing import Any

from clock import medians, nanoseconds
from floor import bare_loop
from graphs import SHAPES, Shape, classes

Act = Callable[[], object]

SLOW = 500_000_000  # nanoseconds: what takes longer is measured once
MANY = 10_000  # jobs: from here on three rounds do, as walking so many classes takes long


class Noop:
    """What the floor's jobs are made of."""

    def Check(self) -> None:
        """Pass."""


def load(name: str) -> Any:
    """That package, whatever it warns of on import."""
    with warnings.catch_warnings(), contextlib.redirect_stderr(io.StringIO()):
        warnings.simplefilter("ignore")
        return importlib.import_module(name)


def _noop(*_needs: object) -> None:
    """Pass."""


def ours(shape: Shape) -> Act:
    """dojobber-nb."""
    from dojobber_nb import DoJobber, DummyJob

    dj = DoJobber()
    dj.configure(classes(shape, DummyJob))
    return dj.checknrun


def dojobber(shape: Shape) -> Act:
    """The original; its second checknrun() may take for ever, so that each run is configured anew."""
    package = load("dojobber")
    root = classes(shape, package.DummyJob)

    def run() -> None:
        dj = package.DoJobber()
        dj.configure(root)
        dj.checknrun()
        assert dj.success()

    return run


def stdlib(shape: Shape) -> Act:
    """graphlib's order and bare calls; its sorter serves once, so it is made in the run."""
    jobs = [type(f"J{index}", (Noop,), {}) for index in range(len(shape))]

    def run() -> None:
        for index in graphlib.TopologicalSorter(dict(enumerate(shape))).static_order():
            jobs[index]().Check()

    return run


def dask(shape: Shape) -> Act:
    """dask's synchronous scheduler."""
    get = load("dask.local").get_sync
    graph = {f"J{index}": (_noop, *(f"J{need}" for need in needs)) for index, needs in enumerate(shape)}
    return lambda: get(graph, f"J{len(shape) - 1}")


def doit(shape: Shape) -> Act:
    """doit with its database kept in memory and its reports off."""
    control, dependency, reporter, runner, task = (
        load(f"doit.{name}") for name in ("control", "dependency", "reporter", "runner", "task")
    )
    memory = type("Memory", (dependency.JsonDB,), {"dump": lambda _self: None})
    names = [f"J{index}" for index in range(len(shape))]
    tasks = zip(names, shape, strict=True)
    plan = control.TaskControl([task.Task(name, [_noop], task_dep=[names[n] for n in needs]) for name, needs in tasks])
    plan.process(names[-1:])

    def run() -> None:
        database = dependency.Dependency(memory, "nowhere")
        failed = runner.Runner(database, reporter.ZeroReporter(io.StringIO(), {})).run_all(plan.task_dispatcher())
        assert not failed

    return run


def luigi(shape: Shape) -> Act:
    """luigi with its local scheduler; what is complete would not be visited, so each run begins with nothing done."""
    package = load("luigi")
    logging.disable(logging.CRITICAL)
    done: set[type] = set()

    class Task(package.Task):  # type: ignore[misc]
        """Complete once run."""

        needs: Any = ()

        def requires(self) -> Any:
            return [need() for need in self.needs]

        def complete(self) -> bool:
            return type(self) in done

        def run(self) -> None:
            done.add(type(self))

    made: list[Any] = []
    for index, needs in enumerate(shape):
        made.append(type(f"J{index}", (Task,), {"needs": [made[need] for need in needs]}))

    def run() -> None:
        done.clear()
        package.build([made[-1]()], local_scheduler=True, log_level="CRITICAL")
        assert len(done) == len(shape)

    return run


def hamilton(shape: Shape) -> Act:
    """sf-hamilton: a function a job, its parameters being what it needs."""
    driver, ad_hoc = load("hamilton.driver"), load("hamilton.ad_hoc_utils")
    source = "".join(
        f"def j{index}({', '.join(f'j{need}: int' for need in needs)}) -> int:\n    return 0\n"
        for index, needs in enumerate(shape)
    )
    dr = driver.Builder().with_modules(ad_hoc.module_from_source(source)).build()
    return lambda: dr.execute([f"j{len(shape) - 1}"])


PEERS: dict[str, Callable[[Shape], Act]] = {
    "dojobber-nb": ours,
    "graphlib + bare calls": stdlib,
    "sf-hamilton": hamilton,
    "doit": doit,
    "dask synchronous": dask,
    "dojobber 0.6.3": dojobber,
    "luigi": luigi,
}


def main(peer: str, shape: str, jobs: int) -> None:
    """Prints nanoseconds a job of the peer and of the floor."""
    act = PEERS[peer](SHAPES[shape](jobs))
    floor = bare_loop([type(f"F{index}", (Noop,), {}) for index in range(jobs)])
    with contextlib.redirect_stdout(io.StringIO()):
        rounds = 1 if nanoseconds(act) > SLOW else 11 if jobs < MANY else 3
        taken = [one / jobs for one in medians([act, floor], rounds=rounds)]
    print(json.dumps(taken))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
