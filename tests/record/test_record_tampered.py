"""What others do to a record's files while a run goes on: nothing recorded is lost, and what is not mended is told."""

from __future__ import annotations

import gc
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from dojobber_nb import DoJobber, DummyJob, Job, Record
from dojobber_nb.core.errors import RecordError, RecordLostError
from dojobber_nb.record.codec import decode, encode
from dojobber_nb.record.file_identity import identity, open_descriptors
from tests.support.disks import folder_in_memory
from tests.support.runbooks import job
from tests.support.trial import FakeClock

CALLS = ["A.check", "A.run", "A.check", "B.check", "B.run", "B.check", "B.check", "B.run", "B.check", "C.check"]
"""Of the run that is tampered with, whatever happens to its record."""


# --- what is done --------------------------------------------------------------------------------------------------


def log_of(path: Path) -> Path:
    return path.with_name(f"{path.name}-wal")


def index_of(path: Path) -> Path:
    return path.with_name(f"{path.name}-shm")


def overwrite(path: Path, begin: int = 0, size: int | None = None) -> None:
    """In place, as a stray dd does."""
    with path.open("r+b") as file:
        file.seek(begin)
        file.write(b"\xa5" * (path.stat().st_size - begin if size is None else size))


def flip(path: Path) -> None:
    """A bit in the middle of each page."""
    data = bytearray(path.read_bytes())
    for at in range(2048, len(data), 4096):
        data[at : at + 2000 : 100] = bytes(byte ^ 4 for byte in data[at : at + 2000 : 100])
    with path.open("r+b") as file:
        file.write(data)


def cut(path: Path, *, half: bool = False) -> None:
    os.truncate(path, path.stat().st_size // 2 if half else 0)


def other_record(path: Path) -> Path:
    """A record of other runs, made beside it."""
    other = path.with_name("other.sqlite")
    recorded(other, job("Other"))
    return other


def replace(path: Path) -> None:
    path.with_name("text").write_text("precious " * 2000)
    path.with_name("text").replace(path)


def recreate(path: Path) -> None:
    path.unlink()
    recorded(path, job("Other"))


def restore(path: Path) -> None:
    """As a backup does: another file of the same content."""
    shutil.copy2(path, path.with_name("backup"))
    path.with_name("backup").replace(path)


def move_all(path: Path) -> None:
    elsewhere = path.parent / "moved"
    elsewhere.mkdir()
    for file in (path, log_of(path), index_of(path)):
        file.rename(elsewhere / file.name)


def move_and_replace(path: Path) -> None:
    path.rename(path.with_name("moved"))
    path.write_text("precious " * 2000)


def read_only(path: Path) -> None:
    path.chmod(0o400)
    path.parent.chmod(0o500)


def read_and_let_go(path: Path) -> None:
    """SQLite's locks are the process's: closing any descriptor of the file lets go of them."""
    path.read_bytes()
    index_of(path).read_bytes()
    look = "import sqlite3, sys; sqlite3.connect(sys.argv[1]).execute('SELECT count(*) FROM events').fetchone()"
    subprocess.run([sys.executable, "-S", "-c", look, path], check=True)


TOLD, KEPT, EITHER = "told", "kept", "either"

KINDS: dict[str, tuple[Callable[[Path], object], str]] = {
    "overwritten": (overwrite, TOLD),
    "its header overwritten": (lambda path: overwrite(path, 0, 100), TOLD),
    "all but its first page overwritten": (lambda path: overwrite(path, 4096), EITHER),
    "bits flipped": (flip, EITHER),
    "cut to nothing": (cut, TOLD),
    "cut to half": (lambda path: cut(path, half=True), TOLD),
    "replaced by a text": (replace, TOLD),
    "replaced by another record": (lambda path: other_record(path).replace(path), TOLD),
    "overwritten with another record": (lambda path: path.write_bytes(other_record(path).read_bytes()), TOLD),
    "deleted": (Path.unlink, TOLD),
    "deleted and made anew, empty": (lambda path: (path.unlink(), path.touch()), TOLD),
    "deleted and made anew, by another runner": (recreate, TOLD),
    "its folder removed": (lambda path: shutil.rmtree(path.parent), TOLD),
    "replaced by a copy of itself": (restore, EITHER),
    "-wal deleted": (lambda path: log_of(path).unlink(), KEPT),
    "-wal deleted and made anew, empty": (lambda path: (log_of(path).unlink(), log_of(path).touch()), KEPT),
    "-wal cut to nothing": (lambda path: cut(log_of(path)), EITHER),
    "-wal cut to half": (lambda path: cut(log_of(path), half=True), EITHER),
    "-wal overwritten": (lambda path: overwrite(log_of(path)), EITHER),
    "-wal overwritten at its beginning": (lambda path: overwrite(log_of(path), 0, 80), EITHER),
    "-wal replaced": (lambda path: replace(log_of(path)), TOLD),
    "-wal renamed": (lambda path: log_of(path).rename(path.with_name("wal")), KEPT),
    "-shm deleted": (lambda path: index_of(path).unlink(), KEPT),
    "-wal and -shm deleted": (lambda path: (log_of(path).unlink(), index_of(path).unlink()), KEPT),
    "renamed": (lambda path: path.rename(path.with_name("moved")), KEPT),
    "moved without its -wal": (lambda path: path.rename(path.parent.parent / "moved"), KEPT),
    "moved with all that is beside it": (move_all, KEPT),
    "moved with its folder": (lambda path: path.parent.rename(path.parent.with_name("moved")), KEPT),
    "moved, and a text in its place": (move_and_replace, KEPT),
    "made read-only": (read_only, KEPT),
    "read by a job, which lets go of its locks, and by somebody else": (read_and_let_go, KEPT),
    "touched": (lambda path: os.utime(path, (1, 1)), KEPT),
}


# --- and when ------------------------------------------------------------------------------------------------------


class Night:
    """A runner that records its second run at that path; `calls` are those of the jobs, `do_in` what is done within."""

    def __init__(self, path: Path, **options: Any) -> None:
        self.path, self.calls = path, list[str]()
        self.do_in: dict[str, Callable[[], object]] = {}
        clock = FakeClock()
        self.dj = DoJobber(clock=clock, sleep=lambda seconds, wake: (self._do("wait"), clock.sleep(seconds, wake)))
        recorded(path, job("Earlier"))
        b = self._job("B", self._job("A", works_at=1), works_at=2)
        self.dj.configure(self._job("C", b, works_at=0), record=path, default_retry_delay=1, **options)

    def _job(self, name: str, *needs: type[Job], works_at: int) -> type[Job]:
        runs: list[None] = []

        def check(_job: Job) -> None:
            self._do(f"{name}.check")
            assert len(runs) >= works_at

        def run(_job: Job) -> None:
            runs.append(None)
            self._do(f"{name}.run")

        return type(name, (Job,), {"DEPS": needs, "Check": check, "Run": run})

    def _do(self, moment: str) -> None:
        if moment != "wait":
            self.calls.append(moment)
        self.do_in.pop(moment, int)()

    def go(self, moment: str, act: Callable[[], object]) -> list[RecordLostError]:
        """Run to the end, with that done in that moment; what was told of the record."""
        self.dj.step()
        if moment == "between":
            act()
        self.do_in[moment] = act
        told = []
        for _ in range(2):
            try:
                self.dj.run()
            except RecordLostError as error:
                told.append(error)
        return told


MOMENTS = {"between two calls": "between", "in a phase": "A.run", "in a wait": "wait", "in the last phase": "C.check"}


def recorded(path: Path, root: Any) -> None:
    dj = DoJobber()
    dj.configure(root, record=path, default_retry_delay=0)
    dj.checknrun()
    dj.configure(DummyJob)


class Found(NamedTuple):
    """What a record tells."""

    runs: list[str]
    events: list[str]
    trail: list[str]


def found_in(path: str | Path) -> Found:
    runs = Record(path).runs
    return Found([run.root for run in runs], list(map(repr, runs[-1].events)), [word.what for word in runs[-1].trail])


def told_by(dj: DoJobber) -> list[str]:
    """Its events as a record of it would give them."""
    return [repr(decode(encode(event))) for event in dj.events]


def place_of(path: Path, told: list[RecordLostError]) -> Path:
    """Where the record is by now: as was told, or where it was moved to."""
    if told:
        return Path(told[-1].rescue)
    moved = [folder / "moved" for folder in (path.parent, path.parent.parent)]
    return next(file for file in (*moved, *(folder / path.name for folder in moved), path) if file.is_file())


def rescue_of(path: Path) -> Path:
    return path.with_name("night.rescue-1.sqlite")


@pytest.fixture
def path(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    with folder_in_memory() as folder:
        monkeypatch.setattr(tempfile, "tempdir", str(folder))
        (folder / "records").mkdir()
        yield folder / "records" / "night.sqlite"
        if (folder / "records").exists():
            (folder / "records").chmod(0o700)


@pytest.mark.parametrize("moment", MOMENTS.values(), ids=MOMENTS)
@pytest.mark.parametrize(("tamper", "expected"), KINDS.values(), ids=KINDS)
def test_tampered_with_a_record_is_whole_when_the_call_ends_or_that_is_told_and_its_runs_are_elsewhere(
    path: Path, tamper: Callable[[Path], object], expected: str, moment: str
) -> None:
    left: list[bytes] = []

    def act() -> None:
        tamper(path)
        left.append(path.read_bytes() if path.exists() else b"")

    night = Night(path)
    told = night.go(moment, act)
    assert night.calls == CALLS
    assert night.dj.success()
    assert [TOLD] * len(told) == [TOLD] * (expected == TOLD) or expected == EITHER
    place = place_of(path, told)
    found = found_in(place)
    for error in told:
        assert (error.path, error.rescue) == (str(path), str(place))
        assert f"events of run 2 so far are saved in {place}" in str(error)
        assert ("nothing is lost" in str(error)) == (not error.lost)
        assert (path.read_bytes() if path.exists() else b"") == left[0]
    assert found.events == told_by(night.dj)
    assert found.runs[-1] == "C"
    assert found.runs[0] == "Earlier" or told[0].lost == (1,)


def test_a_call_leaves_the_file_whole_by_itself(path: Path) -> None:
    night = Night(path)
    for _ in range(3):
        night.dj.step()
        shutil.copy2(path, path.with_name("alone"))
        assert found_in(path.with_name("alone")).events == told_by(night.dj)
        path.with_name("alone").unlink()


def test_a_rescue_has_the_trail_and_a_name_of_its_own_and_others_can_go_on_with_it(path: Path) -> None:
    taken = rescue_of(path)
    taken.write_text("precious")
    night = Night(path)
    night.dj.breakpoints.add("B", "run")
    night.dj.run()
    path.unlink()
    with pytest.raises(RecordLostError) as raised:
        night.dj.step()
    assert raised.value.rescue == str(path.with_name("night.rescue-2.sqlite"))
    assert taken.read_text() == "precious"
    halted = ["breakpoint set: before B.run", "halted before B.run: breakpoint before B.run"]
    assert found_in(raised.value.rescue).trail == halted
    again = Night(path).dj
    again.configure(night.dj.view.configured.root.job, record=raised.value.rescue, default_retry_delay=0)
    night.dj.configure(DummyJob)
    again.resume()
    assert again.success()
    assert found_in(raised.value.rescue).events == told_by(again)


def test_what_befell_the_record_is_told_at_the_next_call_when_this_one_was_interrupted(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def act() -> None:
        path.unlink()
        raise KeyboardInterrupt

    night = Night(path)
    night.do_in["A.run"] = act
    with pytest.raises(KeyboardInterrupt):
        night.dj.run()
    assert str(rescue_of(path)) in caplog.text
    with pytest.raises(RecordLostError, match="rescue-1"):
        night.dj.run()
    night.dj.run()
    assert night.calls == CALLS
    assert found_in(rescue_of(path)).events == told_by(night.dj)


def test_a_run_that_was_taken_up_again_is_rescued_with_what_the_other_process_had_told(path: Path) -> None:
    root = job("Top", job("A"))
    first = DoJobber()
    first.configure(root, record=path, default_retry_delay=0)
    first.step()
    again = DoJobber()
    again.configure(root, record=path, default_retry_delay=0)
    again.breakpoints.add("Top", "check")
    again.resume()
    path.unlink()
    with pytest.raises(RecordLostError):
        again.run()
    again.run()
    assert found_in(rescue_of(path)).events == told_by(again)


def test_where_there_is_nothing_to_lose_nothing_is_rescued(path: Path) -> None:
    dj = DoJobber()
    dj.configure(job("A"), record=path)
    path.unlink()
    with pytest.raises(RecordError, match=r"deleted or replaced; configure\(record=…\) anew"):
        dj.run()
    assert not [file for file in path.parent.iterdir() if "rescue" in file.name]


def test_where_no_rescue_can_be_written_the_run_waits_until_there_is_room(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    night = Night(path)
    night.dj.step()
    shutil.rmtree(path.parent)
    monkeypatch.setattr(tempfile, "tempdir", str(path.parent))
    for _ in range(2):
        with pytest.raises(RecordError, match="make room, and go on"):
            night.dj.run()
    assert night.calls == ["A.check"]
    path.parent.mkdir()
    with pytest.raises(RecordLostError):
        night.dj.run()
    night.dj.run()
    assert found_in(rescue_of(path)).events == told_by(night.dj)


def test_between_two_runs_the_earlier_ones_are_rescued(path: Path) -> None:
    night = Night(path)
    night.dj.run()
    path.unlink()
    with pytest.raises(RecordLostError, match="its runs are saved in"):
        night.dj.checknrun()
    night.dj.checknrun()
    assert found_in(rescue_of(path)).runs == ["Earlier", "C", "C"]


# --- descriptors ---------------------------------------------------------------------------------------------------


def descriptors_of(path: Path, ends: tuple[str, ...]) -> list[int]:
    """Of this process, those of the record's files."""
    files = [identity(f"{path}{end}") for end in ends]
    return [fd for fd, file in open_descriptors().items() if file in files]


@pytest.mark.parametrize("moment", ["between", "C.check"])
@pytest.mark.parametrize("ends", [("", "-wal", "-shm"), ("",), ("-wal",), ("-shm",)], ids=" ".join)
@pytest.mark.parametrize("taken", [False, True], ids=["closed", "taken by another file"])
def test_a_job_that_closes_the_records_descriptors_neither_loses_nor_spoils_anything(
    path: Path, ends: tuple[str, ...], moment: str, taken: bool
) -> None:
    precious = path.with_name("precious")
    precious.write_text("precious " * 10_000)
    opened: list[int] = []

    def act() -> None:
        numbers = descriptors_of(path, ends)
        assert len(numbers) >= len(ends)
        for number in numbers:
            os.close(number)
        if taken:
            opened.extend(os.open(precious, os.O_RDWR) for _ in numbers)
            assert set(opened) == set(numbers)

    night = Night(path)
    assert night.go(moment, act) == []
    assert night.calls == CALLS
    found = found_in(path)
    assert (found.events, found.runs) == (told_by(night.dj), ["Earlier", "C"])
    assert "its descriptors were closed" in found.trail[-1]
    night.dj.configure(DummyJob)
    gc.collect()
    assert precious.read_text() == "precious " * 10_000
    for number in opened:
        os.close(number)


def test_a_record_whose_descriptors_were_closed_stays_claimed(path: Path) -> None:
    night = Night(path)
    night.dj.step()
    for number in descriptors_of(path, ("", "-wal", "-shm")):
        os.close(number)
    night.dj.step()
    code = "import sys; from dojobber_nb import *; DoJobber().configure(DummyJob, record=sys.argv[1])"
    told = subprocess.run([sys.executable, "-c", code, path], capture_output=True, text=True, check=False).stderr
    assert "RecordBusyError" in told


# --- forks ---------------------------------------------------------------------------------------------------------

FORKS = """
import os, sys
from pathlib import Path
from dojobber_nb import DoJobber, Job

path, way = Path(sys.argv[1]), sys.argv[2]

def files():
    return [(os.stat(f"{path}{end}").st_ino, os.stat(f"{path}{end}").st_size) for end in ("", "-wal", "-shm")]

class Forks(Job):
    def Check(self):
        assert "forked" in self.global_storage
    def Run(self):
        self.global_storage["forked"] = True
        path.read_bytes()  # to close it lets go of SQLite's locks: nothing but the child itself holds it back
        index = Path(f"{path}-shm").read_bytes()
        before = files()
        pid = os.fork()
        if not pid:
            if way == "raise":
                raise RuntimeError("in the child")
            if way != "return":
                eval(way)
            return
        os.waitpid(pid, 0)
        print("as they were" if files() == before else "changed", flush=True)

dj = DoJobber()
dj.configure(Forks, record=path, capture=False, default_retry_delay=0)
parent = os.getpid()
try:
    dj.run()
finally:
    if os.getpid() == parent:
        print(dj.success())
"""


@pytest.mark.parametrize("way", ["sys.exit()", "os._exit(3)", "raise", "return"])
def test_a_child_that_a_job_forks_leaves_the_files_of_its_parent_as_they_are(path: Path, way: str) -> None:
    done = subprocess.run([sys.executable, "-c", FORKS, path, way], capture_output=True, text=True, check=False)
    assert done.stdout.split("\n") == ["as they were", "True", ""]
    (run,) = Record(path).runs
    assert [event.phase for event in run.events if event.ok is not None] == ["check", "run", "recheck"]
    assert run.outcome == "success"
    assert not run.writing
