"""Streams that were bound before the capture: a phase's words are the phase's, and no secret is in the notebook."""

from __future__ import annotations

import io
import logging
import sys
from collections.abc import Callable

import nbformat
import pytest
from nbclient import NotebookClient

import dev
from dojobber_nb.core.events import PhaseEnded
from dojobber_nb.core.secrets import MARK, scrub_growing, secret
from tests.support.graphs import Call, Plan
from tests.support.trial import Trial

FIRST = """
import logging, sys, threading
logging.basicConfig(format="%(message)s")
out, err = sys.stdout, sys.stderr

class Console:  # as rich's
    def __init__(self, file): self.file = file
    def print(self, text): self.file.write(text + "\\n"); self.file.flush()
console = Console(sys.stdout)
"""
JOBS = """
from dojobber_nb import DoJobber, Job, secret, Dashboard

class First(Job):
    def Check(self, word):
        self.global_storage["handler"] = handler = logging.StreamHandler()
        logging.getLogger("late").addHandler(handler)
        logging.getLogger("late").propagate = False
    def Run(self, word): pass

class Tells(Job):
    DEPS = (First,)
    def Check(self, word):
        logging.getLogger().warning("by the root handler: %s", word)
        out.write(f"by stdout: {word}\\n")
        console.print(f"by a console: {word}")
        logging.getLogger("late").warning("by an earlier step: %s", word)
    def Run(self, word): pass

dj = DoJobber()
dj.configure(Tells)
dj.set_args(secret("sword" + "fish-7"))
dj
"""
CELLS = (
    FIRST,
    JOBS,
    "dj.step_job()",
    "dj.step_job()",
    "print([(e.stdout, e.stderr) for e in dj.events if hasattr(e, 'traceback') and e.job == 'Tells'][-1])",
    "word = dj.args[0].reveal()\nout.write(word[:4]); out.write(word[4:] + ' and on')\nprint(); print('swor', end='')",
    "thread = threading.Thread(target=lambda: (print(word), logging.warning(word)))\nthread.start(); thread.join()",
    "await dj.arun()\nprint('the same:', sys.stdout is out, sys.stderr is err)",
)
PRINTED = """by stdout: <secret>
by a console: <secret>
"""
LOGGED = """by the root handler: <secret>
by an earlier step: <secret>
"""


def shown(cell: nbformat.NotebookNode) -> str:
    return "".join(output.get("text", "") for output in cell.outputs)


def test_a_notebook_keeps_no_secret_that_goes_to_a_stream_bound_early() -> None:
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in CELLS])
    NotebookClient(book, kernel_name="python3", resources={"metadata": {"path": str(dev.ROOT)}}).execute()
    assert "swordfish-7" not in nbformat.writes(book)
    assert shown(book.cells[4]) == repr((PRINTED, LOGGED)) + "\n"
    assert shown(book.cells[5]) == f"{MARK} and on\nswor"
    assert shown(book.cells[6]).replace("\n", "") == MARK * 2
    assert shown(book.cells[7]).endswith("the same: True True\n")


def test_a_text_that_grows_is_parted_before_what_may_become_a_secret() -> None:
    secret("swordfish-7")
    assert scrub_growing("it is swordf") == ("it is ", "swordf")
    assert scrub_growing("it is swordfish-7 s") == (f"it is {MARK} ", "s")
    assert scrub_growing("it is swordfish\n") == ("it is swordfish\n", "")


EARLY: dict[str, Callable[[io.TextIOBase], object]] = {
    "write": lambda stream: stream.write("said\n"),
    "print": lambda stream: print("said", file=stream),
    "lines": lambda stream: stream.writelines(["said\n"]),
}


@pytest.mark.parametrize("case", EARLY)
def test_the_stream_that_was_there_writes_to_the_phase_of_its_thread(
    case: str, capsys: pytest.CaptureFixture[str]
) -> None:
    early, trial = sys.stdout, Trial([Plan("Fill")], capture=True)
    trial.trick = lambda call: EARLY[case](early) if call.phase == "check" else None  # type: ignore[arg-type]
    trial.dj.run()
    print("mine", file=early)
    assert [event.stdout for event in trial.dj.events if isinstance(event, PhaseEnded)] == ["said\n"]
    assert capsys.readouterr().out == "mine\n"


def test_a_stand_in_that_was_kept_writes_to_the_phase_of_this_moment(capsys: pytest.CaptureFixture[str]) -> None:
    """Also one of an earlier run."""
    kept, log = list[logging.Handler](), logging.getLogger("kept")
    for _ in range(2):
        trial = Trial([Plan("Makes"), Plan("Uses", ("Makes",))], capture=True)

        def trick(call: Call) -> None:
            if call[:2] == ("Makes", "check") and not kept:
                kept.append(logging.StreamHandler())
                log.addHandler(kept[0])
            elif call[:2] == ("Uses", "check"):
                log.warning("said")

        trial.trick = trick
        trial.dj.run()
        ended = [event.stderr for event in trial.dj.events if isinstance(event, PhaseEnded)]
        assert ended == ["", "said\n"]
    log.removeHandler(kept[0])
    assert capsys.readouterr().err == ""


def test_what_is_logged_outside_phases_is_told_as_if_nothing_were_captured(capsys: pytest.CaptureFixture[str]) -> None:
    root, handlers = logging.getLogger(), logging.getLogger().handlers[:]
    root.handlers.clear()
    try:
        trial = Trial([Plan("Fill")], capture=True)
        trial.dj.subscribe(lambda event: logging.getLogger("heard").warning(type(event).__name__))
        trial.dj.run()
    finally:
        root.handlers[:] = handlers
    assert "PhaseEnded\n" in capsys.readouterr().err
