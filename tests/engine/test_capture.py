"""What a phase prints, by whatever way: kept with its end event, bounded, and nobody else's."""

# ruff: noqa: T201  # printing is what is tested

from __future__ import annotations

import asyncio
import io
import logging
import os
import re
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dojobber_nb import DoJobber
from dojobber_nb.core.events import PhaseEnded
from dojobber_nb.engine.capture import LIMIT
from tests.support.graphs import Call, Plan
from tests.support.surroundings import surroundings
from tests.support.trial import Trial

CHILD = "import sys; print('from the child'); print('its trouble', file=sys.stderr)"


def ends(dj: DoJobber) -> list[PhaseEnded]:
    return [event for event in dj.events if isinstance(event, PhaseEnded)]


def captured(act: Callable[[], object], **options: Any) -> PhaseEnded:
    """The end of a Check that did that, and then passed."""
    trial = Trial([Plan("Fill")], **{"capture": True} | options)

    def trick(call: Call) -> None:
        if call.phase == "check":
            act()

    trial.trick = trick
    trial.dj.checknrun()
    (ended,) = ends(trial.dj)
    assert ended.ok, ended.traceback
    return ended


WAYS: dict[str, tuple[Callable[[], object], str, str, str]] = {
    "print": (lambda: print("here"), "here\n", "", ""),
    "print to stderr": (lambda: print("here", file=sys.stderr), "", "here\n", ""),
    "write": (lambda: sys.stdout.write("here"), "here", "", ""),
    "bytes": (lambda: sys.stdout.buffer.write(b"here \xff"), "here \ufffd", "", ""),
    "bytes to stderr": (lambda: (sys.stderr.buffer.write(b"here"), sys.stderr.buffer.flush()), "", "here", ""),
    "lines": (lambda: sys.stdout.writelines(["a\n", "b\n"]), "a\nb\n", "", ""),
    "logging": (lambda: logging.getLogger("shop").warning("low on %s", "tea"), "", "", "WARNING shop: low on tea\n"),
    "a descriptor": (lambda: os.write(1, b"raw"), "raw", "", ""),
    "a child": (lambda: subprocess.call([sys.executable, "-c", CHILD]), "from the child\n", "its trouble\n", ""),
    "a shell": (lambda: os.system("echo one; echo two >&2"), "one\n", "two\n", ""),
    "print, child, print": (
        lambda: (print("1"), os.system("echo 2"), print("3")),
        "1\n2\n3\n",
        "",
        "",
    ),
    "the output opened anew, to append": (
        lambda: (print("1"), os.system("echo 2; echo 3 >> /dev/stdout; echo 4; echo 5 >> /dev/stderr"), print("6")),
        "1\n2\n3\n4\n6\n",
        "5\n",
        "",
    ),
    "a lone surrogate": (lambda: print("\ud800"), "\\ud800\n", "", ""),
    "control characters": (lambda: print("\0\x1b[31m"), "\0\x1b[31m\n", "", ""),
    "nothing": (lambda: None, "", "", ""),
}


@pytest.mark.parametrize("case", WAYS)
def test_what_a_phase_prints_comes_with_its_end(case: str, capfd: pytest.CaptureFixture[str]) -> None:
    act, *told = WAYS[case]
    ended = captured(act)
    assert [ended.stdout, ended.stderr, ended.log] == told
    assert "here" not in "".join(capfd.readouterr())


@pytest.mark.parametrize("case", WAYS)
def test_what_nobody_watches_passes_through(case: str) -> None:
    ended = captured(WAYS[case][0], capture=None)
    assert (ended.stdout, ended.stderr, ended.log) == ("", "", "")


def test_output_is_captured_while_somebody_watches(capfd: pytest.CaptureFixture[str]) -> None:
    trial = Trial([Plan("Fill")])
    trial.trick = lambda call: print(call.phase)
    unwatch = trial.dj.view.watch()
    trial.dj.checknrun()
    unwatch()
    unwatch()
    watched = ends(trial.dj)[0].stdout
    trial.dj.checknrun()
    assert (watched, ends(trial.dj)[0].stdout) == ("init\ncheck\n", "")
    assert capfd.readouterr().out == "init\ncheck\n"


def test_output_thrown_away_by_who_opens_it_anew_is_told_and_leaves_no_hole() -> None:
    def act() -> None:
        print("x" * 1000)
        Path("/dev/stdout").write_text("a\n")
        print("b")

    assert re.fullmatch(r"… earlier output is lost.* …\na\nb\n", captured(act).stdout)


@pytest.mark.parametrize("streams", [("stdout",), ("stderr",), ("stdout", "stderr", "stdin")])
def test_a_stream_that_a_job_deletes_is_there_again_for_the_next_phase(streams: tuple[str, ...]) -> None:
    trial = Trial([Plan("Fill"), Plan("Drive")], capture=True)
    trial.trick = lambda call: [delattr(sys, name) for name in streams if hasattr(sys, name) and call.job == "Fill"]
    before = sys.stdout, sys.stderr, sys.stdin
    trial.dj.checknrun()
    assert (sys.stdout, sys.stderr, sys.stdin) == before
    assert trial.dj.success()


def test_each_phase_has_its_own_output() -> None:
    trial = Trial([Plan("Fill", check="ny", cleanup="y")], capture=True)
    trial.trick = lambda call: print(call.phase)
    trial.dj.checknrun()
    assert [(event.phase, event.stdout) for event in ends(trial.dj)] == [
        ("check", "init\ncheck\n"),
        ("run", "run\n"),
        ("recheck", "check\n"),
        ("cleanup", "cleanup\n"),
    ]


def test_what_an_interrupted_phase_printed_is_kept() -> None:
    trial = Trial([Plan("Fill")], capture=True)

    def trick(_call: Call) -> None:
        print("so far")
        raise KeyboardInterrupt

    trial.trick = trick
    with pytest.raises(KeyboardInterrupt):
        trial.dj.run()
    assert trial.dj.events[-1].stdout == "so far\n"


def test_what_a_phase_has_printed_so_far_can_be_read_from_any_thread() -> None:
    trial, read = Trial([Plan("Fill")], capture=True), list[str]()

    def trick(call: Call) -> None:
        print(f"in {call.phase}")
        thread = threading.Thread(target=lambda: read.append(trial.dj.view.output_so_far().stdout))
        thread.start()
        thread.join()

    trial.trick = trick
    trial.dj.checknrun()
    assert read == ["in init\n", "in init\nin check\n"]
    assert trial.dj.view.output_so_far().stdout == ""


# --- too much ------------------------------------------------------------------------------------------------------


def print_100_megabytes() -> None:
    print("the beginning")
    for _ in range(100):
        sys.stdout.write("x" * 1_000_000)
    print("the end")


FLOODS: dict[str, Callable[[], object]] = {
    "python": print_100_megabytes,
    "a child": lambda: os.system("echo the beginning; head -c 100000000 /dev/zero; echo the end"),
}


@pytest.mark.parametrize("case", FLOODS)
def test_100_megabytes_are_kept_as_beginning_and_end_with_a_note_of_what_was_cut(case: str) -> None:
    text = captured(FLOODS[case]).stdout
    assert len(text) < LIMIT + 100
    assert text.startswith("the beginning\n")
    assert text.endswith("the end\n")
    assert "bytes cut" in text


# --- jobs that spoil the streams -----------------------------------------------------------------------------------


def close_both() -> None:
    sys.stdout.close()
    sys.stderr.close()


SPOILERS: dict[str, Callable[[], object]] = {
    "closes stdout": close_both,
    "replaces stdout": lambda: setattr(sys, "stdout", io.StringIO()),
    "takes stdout away": lambda: setattr(sys, "stdout", None),
    "closes the descriptors": lambda: (os.close(1), os.close(2)),
    "points the descriptors elsewhere": lambda: os.dup2(0, 1),
    "detaches from the log": lambda: logging.getLogger().handlers.clear(),
}


@pytest.mark.parametrize("case", SPOILERS)
def test_a_phase_that_spoils_its_streams_spoils_no_other(case: str) -> None:
    log = logging.getLogger()
    handlers, before = list(log.handlers), surroundings()
    trial = Trial([Plan("Spoil"), Plan("Next", ("Spoil",))], capture=True)

    def trick(call: Call) -> None:
        if call[:2] == ("Spoil", "check"):
            SPOILERS[case]()
        elif call[:2] == ("Next", "check"):
            print("still here")
            os.system("echo and the child")

    trial.trick = trick
    trial.dj.checknrun()
    log.handlers[:] = handlers
    assert ends(trial.dj)[-1].stdout == "still here\nand the child\n"
    assert surroundings() == before
    assert trial.dj.success()


def test_a_stream_that_a_job_kept_writes_to_the_real_one_after_its_phase(capsys: pytest.CaptureFixture[str]) -> None:
    kept: list[Any] = []
    captured(lambda: kept.append(sys.stdout))
    kept[0].write("late")
    kept[0].flush()
    assert capsys.readouterr().out == "late"


def test_a_log_handler_that_a_job_added_works_after_its_phase(capsys: pytest.CaptureFixture[str]) -> None:
    log = logging.getLogger("shop")
    handler: list[logging.Handler] = []

    def add() -> None:
        handler.append(logging.StreamHandler())
        log.addHandler(handler[0])

    captured(add)
    log.warning("late")
    log.removeHandler(handler[0])
    assert capsys.readouterr().err == "late\n"


# --- threads and children that stay --------------------------------------------------------------------------------


def test_a_thread_that_a_job_left_running_prints_past_the_next_phase(capsys: pytest.CaptureFixture[str]) -> None:
    go, done = threading.Event(), threading.Event()
    trial = Trial([Plan("Starts"), Plan("Next", ("Starts",))], capture=True)

    def linger() -> None:
        go.wait()
        print("from the thread")
        done.set()

    def trick(call: Call) -> None:
        if call[:2] == ("Starts", "check"):
            threading.Thread(target=linger).start()
        elif call[:2] == ("Next", "check"):
            go.set()
            done.wait()
            print("from the phase")

    trial.trick = trick
    trial.dj.checknrun()
    assert [event.stdout for event in ends(trial.dj)] == ["", "from the phase\n"]
    assert "from the thread\n" in capsys.readouterr().out


def test_a_child_that_outlives_its_phase_can_go_on_printing() -> None:
    children: list[subprocess.Popen[bytes]] = []
    code = "import sys; sys.stdin.read(); print('late' * 100_000); sys.exit(7)"

    def start() -> None:
        children.append(subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE))

    ended = captured(start)
    (child,) = children
    child.communicate()
    assert (ended.stdout, child.returncode) == ("", 7)


async def test_arun_captures_what_the_phase_prints_on_its_own_thread() -> None:
    trial = Trial([Plan("Fill")], capture=True)

    def trick(_call: Call) -> None:
        print("from the phase")
        os.system("echo from the child")

    trial.trick = trick
    run = asyncio.ensure_future(trial.dj.arun())
    await asyncio.sleep(0)
    print("from the loop")
    await run
    assert ends(trial.dj)[0].stdout == "from the phase\nfrom the child\n" * 2


def test_a_daemon_that_a_job_started_prints_into_no_later_phase(tmp_path: Path) -> None:
    go, done = tmp_path / "go", tmp_path / "done"
    os.mkfifo(go)
    os.mkfifo(done)
    daemon = f"(read word < {go}; echo late; echo over > {done}) & disown"
    trial = Trial([Plan("Starts"), Plan("Between", ("Starts",)), Plan("Next", ("Between",))], capture=True)

    def trick(call: Call) -> None:
        if call[:2] == ("Starts", "check"):
            subprocess.check_call(["bash", "-c", daemon])
        elif call[:2] == ("Next", "check"):
            go.write_text("now\n")
            done.read_text()

    trial.trick = trick
    trial.dj.checknrun()
    assert [event.stdout for event in ends(trial.dj)] == ["", "", ""]
