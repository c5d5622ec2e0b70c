"""A job class that is defined again while a run uses the older one: told once at the next action, with the way out."""

import sys
import types
from collections.abc import Iterator
from pathlib import Path

import pytest

from dojobber_nb import DummyJob, Job
from dojobber_nb.core.outdated_classes import newer_classes, users_of_outdated
from tests.support.kernel import Kernel, kernel

SETUP = """
import sys, warnings
from pathlib import Path
from dojobber_nb import Dashboard, DoJobber, DummyJob
told = []
warnings.showwarning = lambda message, *_: told.append(str(message))

def heard():
    news, told[:] = list(told), []
    return news
"""
JOBS = {
    "Fill": "class Fill(DummyJob):\n    def Check(self): print(1)",
    "Drive": "class Drive(DummyJob): DEPS = (Fill,)",
    "Trip": "class Trip(DummyJob): DEPS = (Drive,)",
    "dj": "dj = DoJobber()\ndj.configure(Trip)",
}
THEN = "call dj.configure(Trip, …), which begins a new run."
WAY_OUT = f"To use it, run the cells again that define Drive and Trip, then {THEN}"
ACTIONS = ["step()", "step_job()", "step_pass()", "run()", "checknrun()", "run_to('Trip')", "try_again('Fill')"]


@pytest.fixture(scope="module")
def one() -> Iterator[Kernel]:
    with kernel() as one:
        one.run(SETUP)
        yield one


@pytest.fixture
def notebook(one: Kernel) -> Kernel:
    for name, code in JOBS.items():
        one.run(code, name)
    one.run("heard()")
    return one


@pytest.mark.parametrize("action", [f"dj.{action}" for action in ACTIONS] + ["await dj.arun()"])
def test_every_action_tells_it_once_for_each_time(notebook: Kernel, action: str) -> None:
    for _ in range(2):
        notebook.run(JOBS["Fill"], "Fill")
        notebook.run(action)
        (told,) = notebook.asks("heard()")
        assert told.startswith("Fill was defined again in Cell In[")
        assert told.endswith(f"]; this run still uses the older one. {WAY_OUT}")
        notebook.run(f"dj.reset(); {action}")
        assert notebook.asks("heard()") == []


def test_the_way_out_is_one(notebook: Kernel) -> None:
    for name in ("Fill", "Drive", "Trip"):
        notebook.run(JOBS[name], name)
        notebook.run("dj.next_step; dj.step()")
    ways = [told.partition(" To use ")[2] for told in notebook.asks("heard()")]
    assert ways == [
        WAY_OUT.removeprefix("To use "),
        f"them, run the cell again that defines Trip, then {THEN}",
        f"them, {THEN}",
    ]
    notebook.run("dj.configure(Trip); dj.run()")
    assert notebook.asks("(heard(), dj.view.configured['Fill'].job is Fill)") == ([], True)


def test_what_configure_has_warned_of_is_not_told_again(notebook: Kernel) -> None:
    notebook.run(JOBS["Fill"], "Fill")
    notebook.run("dj.configure(Trip)")
    assert [told.partition(" than ")[0] for told in notebook.asks("heard()")] == [
        "Fill in this graph is an older class"
    ]
    notebook.run("dj.run()")
    assert notebook.asks("heard()") == []


def test_a_click_tells_it_in_the_band_and_warns_of_nothing(notebook: Kernel) -> None:
    notebook.run("board = Dashboard(dj)\nboard", "board")
    notebook.run(JOBS["Fill"], "Fill")
    controls, moment = notebook.asks("(board.parts[0].comm.comm_id, board.parts[0].moment)")
    notebook.tell(controls, "shown", view="one")
    notebook.tell(controls, "press", button="step", moment=moment, shown=1_000, clicks=1)
    notebook.run("import asyncio\nwhile board.session.busy: await asyncio.sleep(0.01)")
    assert notebook.asks("board.session.notices.text").startswith("Fill was defined again in Cell In[")
    notebook.run("dj.step()")
    assert notebook.asks("heard()") == []


def test_a_module_that_was_reloaded_is_told_and_one_that_autoreload_has_updated_is_not(
    one: Kernel, tmp_path: Path
) -> None:
    def write(text: str) -> None:
        """With a size of its own, so that it is seen to be new."""
        file = tmp_path / "fillings.py"
        file.write_text(f"from dojobber_nb import DummyJob\nclass Fill(DummyJob):\n    def Check(self): {text}\n")

    write("print(1)")
    one.run(f"sys.path.insert(0, {str(tmp_path)!r}); sys.dont_write_bytecode = True\nfrom fillings import Fill")
    one.run("dj = DoJobber(capture=True)\ndj.configure(Fill)\nheard()")
    one.run("%load_ext autoreload\n%autoreload 2")
    write("print(1 + 1)")
    one.run("dj.run()")
    assert one.asks("(heard(), next(event.stdout for event in dj.events if hasattr(event, 'stdout')))") == ([], "2\n")
    one.run("%autoreload 0\nimport importlib, fillings; importlib.reload(fillings)")
    one.run("dj.reset(); dj.run()")
    (told,) = one.asks("heard()")
    assert "; this run still uses the older one. To use it, import from fillings again, then call dj.configure(" in told


# --- which classes are outdated --------------------------------------------------------------------------------------


def module_with(monkeypatch: pytest.MonkeyPatch, *jobs: type[Job]) -> None:
    module = types.ModuleType("night")
    vars(module).update({job.__name__: job for job in jobs})
    monkeypatch.setitem(sys.modules, "night", module)


def named(name: str, *bases: type[Job], **attributes: object) -> type[Job]:
    space = {"__module__": "night", "__qualname__": name, "Check": eval("lambda self: None"), **attributes}
    return type(name, bases or (DummyJob,), space)


def test_a_class_that_a_factory_derives_from_another_of_its_name_is_not_outdated(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    module_with(monkeypatch, base := named("Mount"))
    assert (
        newer_classes([named("Mount", base), base, named("Other"), named("Mount", __qualname__="of.<locals>.Mount")])
        == {}
    )
    assert newer_classes([older := named("Mount")]) == {older: base}


def test_those_that_hold_an_outdated_class_at_any_depth_have_to_be_defined_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fill = named("Fill")
    drive = named("Drive", DEPS=[fill])
    trip, alone = named("Trip", DEPS=(drive,)), named("Alone")
    module_with(monkeypatch, named("Fill"), drive, trip, alone)
    jobs = [fill, drive, alone, trip]
    assert users_of_outdated(jobs, newer_classes(jobs)) == [drive, trip]


def test_a_warning_that_is_an_error_keeps_the_call_from_beginning_once(one: Kernel) -> None:
    one.run(JOBS["Fill"])
    one.run("dj = DoJobber()\ndj.configure(Fill)")
    one.run(JOBS["Fill"])
    one.run("with warnings.catch_warnings(action='error'):\n    try: dj.run()\n    except UserWarning: print('told')")
    assert one.asks("dj.state.started") is None
    one.run("dj.run()")
    assert one.asks("dj.success()")
