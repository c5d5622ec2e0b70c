"""A job that asks a person: at a terminal the question is seen; where nobody can answer the phase says so."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from typing import Any

import pytest
from jupyter_client.manager import run_kernel

import dev

SCRIPT = """
import asyncio, getpass, sys
from dojobber_nb import DoJobber, Job

early = input

class Asks(Job):
    TRIES = 1
    def Check(self):
        self.global_storage["answer"] = ASK
    def Run(self):
        pass

dj = DoJobber()
dj.configure(Asks, capture=True)
GO
sys.__stdout__.write(repr(dj.global_storage.get("answer", dj.nodeexceptions.get("Asks"))) + "\\n")
sys.__stdout__.write(repr([e.stdout for e in dj.events if hasattr(e, "traceback")]) + "\\n")
"""
RUN, ARUN = "dj.run()", "asyncio.run(dj.arun())"
ASKS = {
    "input": "input('Name? ')",
    "input that was bound early": "early('Name? ')",
    "a question that was printed": "(print('Name? ', end=''), input())[1]",
    "a line of stdin": "(sys.stdout.write('Name? '), sys.stdin.readline().strip())[1]",
}
SAYS_SO = "Asks asks for input, and a phase cannot ask here"


def script(ask: str, go: str) -> list[str]:
    return [sys.executable, "-c", SCRIPT.replace("ASK", ask).replace("GO", go)]


ENVIRONMENT = {**os.environ, "PYTHONPATH": str(dev.ROOT)}


def at_a_terminal(ask: str, go: str) -> str:
    """All that is seen there; the question is answered once it is."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        script(ask, go), stdin=theirs, stdout=theirs, stderr=theirs, env=ENVIRONMENT, start_new_session=True
    ):
        os.close(theirs)
        seen = b""
        try:
            while part := os.read(ours, 1000):
                seen += part
                if seen.endswith(b"Name? "):
                    os.write(ours, b"Ada\n")
        except OSError:  # nobody is left at the other end
            pass
    os.close(ours)
    return seen.decode()


@pytest.mark.parametrize("go", [RUN, ARUN])
@pytest.mark.parametrize("case", ASKS)
def test_at_a_terminal_the_question_is_seen_and_answered(case: str, go: str) -> None:
    seen = at_a_terminal(ASKS[case], go)
    assert seen.splitlines() == ["Name? Ada", "'Ada'", "['Name? \\n']"]


@pytest.mark.parametrize("go", [RUN, ARUN])
@pytest.mark.parametrize("ask", ["input('Name? ')", "getpass.getpass()"])
@pytest.mark.parametrize("closed", [False, True])
def test_where_nobody_can_answer_the_phase_says_so_by_job(ask: str, go: str, closed: bool) -> None:
    command = script(ask, go)
    if closed:
        command = ["sh", "-c", 'exec "$@" 0<&-', "sh", *command]
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, env=ENVIRONMENT, capture_output=True, text=True, check=True,
        start_new_session=True,
    )  # fmt: skip
    assert SAYS_SO in done.stdout
    assert "ArgsForm" in done.stdout


def test_answers_that_are_piped_in_are_taken() -> None:
    done = subprocess.run(
        script("input('Name? ')", RUN), input="Ada\n", env=ENVIRONMENT, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines() == ["'Ada'", "['Name? ']"]


def test_in_a_notebook_a_cell_asks_if_it_can_and_nobody_else() -> None:
    """dj.run() asks under its cell; with nobody there, and in arun() and clicks, the phase says so."""
    define = "import sys, builtins\n" + SCRIPT.replace("ASK", "input('Name? ')").replace("GO", "before = input")
    with run_kernel(cwd=str(dev.ROOT), kernel_name="python3") as kernel:

        def told(code: str, *, answer: str | None = None) -> str:
            texts, asked = list[str](), list[str]()

            def ask(message: dict[str, Any]) -> None:
                asked.append(message["content"]["prompt"])
                kernel.input(answer)

            kernel.execute_interactive(
                f"dj.reset()\n{code}\nassert input is before, input\nprint(dj.nodeexceptions, dj.global_storage)",
                allow_stdin=answer is not None,
                stdin_hook=ask,
                output_hook=lambda message: texts.append(str(message["content"])),
            )
            return "".join([*asked, *texts])

        kernel.execute(define, reply=True)
        assert SAYS_SO in told("before = input\ndj.run()")
        assert SAYS_SO in told("before = input\nawait dj.arun()", answer="Ada")
        asked = told("before = input\ndj.run()", answer="Ada")
        assert asked.startswith("Name? ")
        assert "'answer': 'Ada'" in asked
