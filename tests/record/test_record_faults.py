"""What befalls records: damage, disks, other processes, other programs' files. Each is told; nothing is overwritten."""

from __future__ import annotations

import contextlib
import json
import os
import random
import resource
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dojobber_nb import DoJobber, DummyJob, Job, Record
from dojobber_nb.core.errors import (
    NotARecordError,
    RecordBusyError,
    RecordDamagedError,
    RecordError,
    RecordVersionError,
)
from dojobber_nb.core.events import PhaseStarted
from tests.support.disks import folder_in_memory, no_room
from tests.support.runbooks import job

CALLS: list[str] = []


class Noted(Job):
    """It holds after one Run, and what it is called for is noted."""

    def Check(self) -> None:
        CALLS.append("check")
        if "run" not in CALLS:
            raise RuntimeError("not yet")

    def Run(self) -> None:
        CALLS.append("run")


class Root(DummyJob):
    DEPS = (Noted,)


@pytest.fixture(autouse=True)
def no_calls() -> None:
    CALLS.clear()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "night.sqlite"


def configured(path: Path, root: Any = Root) -> DoJobber:
    dj = DoJobber()
    dj.configure(root, record=path, default_retry_delay=0)
    return dj


def recorded(path: Path, runs: int = 1) -> None:
    dj = configured(path, job("Late", works_at=2))
    dj.breakpoints.add("Late", "run")
    for _ in range(runs):
        dj.checknrun()
        dj.run()
        dj.run()
    dj.configure(Root)


Story = list[tuple[Any, ...]]


def story(path: Path) -> Story:
    """All that a record tells."""
    runs = Record(path).runs
    return [(run.id, run.metadata, texts(run.events), run.nodestatus, run.trail, run.writing) for run in runs]


def texts(events: Any) -> list[str]:
    return list(map(repr, events))


# --- damage --------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A record of two runs, in small pages: the fewer bytes, the sooner each has been tried."""
    path = tmp_path_factory.mktemp("whole") / "r.sqlite"
    recorded(path, runs=2)
    changed(path, "PRAGMA journal_mode = DELETE", "PRAGMA page_size = 512", "VACUUM", "PRAGMA journal_mode = WAL")
    return path


@pytest.fixture
def copy() -> Iterator[Path]:
    """Where a copy of it may be spoilt, in memory where there is some."""
    with folder_in_memory() as folder:
        yield folder / "copy.sqlite"


def spoilt(copy: Path, data: bytes, true: Story) -> bool:
    """Whether it is told that these bytes are no record; AssertionError for a story that is not the true one."""
    for beside in ("-wal", "-shm"):
        copy.with_name(copy.name + beside).unlink(missing_ok=True)
    copy.write_bytes(data)
    try:
        assert story(copy) == true
    except RecordError:
        with contextlib.suppress(NotARecordError, RecordVersionError):
            for run in Record(copy).whole:
                is_the_beginning(texts(run.whole), true[run.id - 1][2])
        return True
    return False


def is_the_beginning(read: list[str], true: list[str]) -> None:
    assert read == true[: len(read)]


def test_a_record_cut_at_any_byte_is_told_to_be_damaged(whole: Path, copy: Path) -> None:
    """Or nothing is missing: SQLite may leave the end of its last page empty."""
    data, true = whole.read_bytes(), story(whole)
    assert not spoilt(copy, data, true)
    told = [spoilt(copy, data[:length], true) for length in range(len(data))]
    assert sum(told) > len(data) - 1024


def test_a_flipped_bit_is_told_or_harms_nothing(whole: Path, copy: Path) -> None:
    data, true, rng = whole.read_bytes(), story(whole), random.Random(5)
    told = 0
    for _ in range(800):
        flipped, bit = bytearray(data), rng.randrange(len(data) * 8)
        flipped[bit // 8] ^= 1 << bit % 8
        told += spoilt(copy, bytes(flipped), true)
    assert told > 100


def changed(path: Path, *statements: str) -> None:
    """Have somebody else change the file."""
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for statement in statements:
            connection.execute(statement)


def test_what_is_whole_of_a_damaged_record_stays_readable(path: Path) -> None:
    recorded(path, runs=2)
    first, second = (texts(run.events) for run in Record(path).runs)
    changed(path, "UPDATE events SET text = replace(text, 'success', 'failure') WHERE run = 2")
    runs = Record(path).runs
    with pytest.raises(RecordDamagedError, match=f"run 2 is whole up to event {len(second) - 1}") as raised:
        runs[1].events  # noqa: B018
    assert (raised.value.run, raised.value.whole, raised.value.path) == (2, len(second) - 1, str(path))
    assert texts(runs[0].events) == first
    assert texts(runs[1].whole) == second[:-1]


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM events WHERE run = 1 AND number = 3",
        "DELETE FROM events WHERE run = 1 AND number = 0",
        "DELETE FROM runs WHERE id = 1",
        "UPDATE runs SET id = 9 WHERE id = 2",
        "UPDATE events SET id = (1 << 32) + 1000 WHERE run = 2 AND number = 4",
        "UPDATE events SET id = id + (1 << 32) + 50 WHERE run = 1",
        "UPDATE runs SET about = replace(about, 'Late', 'Soon')",
        "UPDATE trail SET run = 2",
        "DELETE FROM trail WHERE id = 1",
        "UPDATE trail SET text = replace(text, 'Late', 'Soon')",
        "UPDATE events SET crc = crc + 1 WHERE number = 2",
        "ALTER TABLE events RENAME COLUMN text TO test",
        "DROP TABLE trail",
    ],
)
def test_a_record_that_somebody_changed_is_told_to_be_damaged(path: Path, statement: str) -> None:
    recorded(path, runs=2)
    changed(path, statement)
    with pytest.raises(RecordDamagedError):
        story(path)


def test_of_a_record_whose_tables_are_damaged_what_is_whole_stays_readable(path: Path) -> None:
    recorded(path, runs=2)
    true = [texts(run.events) for run in Record(path).runs]
    data = bytearray(path.read_bytes())
    data[-4096:] = os.urandom(4096)
    path.write_bytes(data)
    with pytest.raises(RecordDamagedError, match="its tables cannot be trusted"):
        Record(path).runs  # noqa: B018
    for run in Record(path).whole:
        is_the_beginning(texts(run.whole), true[run.id - 1])


def test_a_damaged_record_is_not_written_to(path: Path) -> None:
    recorded(path)
    path.write_bytes(path.read_bytes()[:-4096])
    before = path.read_bytes()
    with pytest.raises(RecordDamagedError, match="record into another file"):
        configured(path)
    assert path.read_bytes() == before
    assert CALLS == []


# --- other files ---------------------------------------------------------------------------------------------------


def other_database(path: Path) -> None:
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE precious (data)")
        connection.commit()


def newer_record(path: Path) -> None:
    recorded(path)
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 7")


OTHERS = {
    "a text": (lambda path: path.write_text("precious " * 1000), NotARecordError, "other program's|no record"),
    "a short text": (lambda path: path.write_text("x"), NotARecordError, "no record"),
    "another database": (other_database, NotARecordError, "other program's"),
    "a newer record": (newer_record, RecordVersionError, "version 7, and this library reads 1"),
    "a folder": (lambda path: path.mkdir(), RecordError, "this is a folder"),
}


@pytest.mark.parametrize(("make", "error", "told"), OTHERS.values(), ids=OTHERS)
def test_what_is_no_record_is_refused_before_the_first_job_and_left_as_it_is(
    path: Path, make: Any, error: type[RecordError], told: str
) -> None:
    make(path)
    before = path.is_file() and path.read_bytes()
    with pytest.raises(error, match=told) as raised:
        configured(path)
    assert raised.value.path == str(path)
    with pytest.raises(RecordError):
        Record(path).runs  # noqa: B018
    assert (path.is_file() and path.read_bytes()) == before
    assert CALLS == []


def test_an_event_of_a_newer_version_is_told(path: Path) -> None:
    recorded(path)
    with contextlib.closing(sqlite3.connect(path)) as connection:
        text = b'{"event":"Teleported","started":1.0}'
        row = connection.execute("SELECT id, number + 1, crc FROM events ORDER BY id DESC LIMIT 1").fetchone()
        last, number, crc = row
        from dojobber_nb.record.checksums import event_checksum

        connection.execute(
            "INSERT INTO events (id, text, crc) VALUES (?, ?, ?)",
            (last + 1, text.decode(), event_checksum(crc, number, text)),
        )
        connection.commit()
    with pytest.raises(RecordVersionError, match="install a newer one"):
        Record(path).runs[0].events  # noqa: B018


def test_an_empty_file_becomes_a_record_that_nobody_else_can_read(path: Path) -> None:
    path.touch(0o600)
    with pytest.raises(NotARecordError, match="an empty file"):
        Record(path).runs  # noqa: B018
    configured(path).checknrun()
    assert len(Record(path).runs) == 1


@pytest.mark.parametrize("bad", ["", "nowhere/night.sqlite", "/dev/null", "a\0b", 5])
def test_a_path_that_cannot_be_is_told_at_configure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bad: Any) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(RecordError):
        configured(bad)
    assert CALLS == []
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["night", "a?b#c%20 ü&mode=ro", ":memory:", "file:x", "line\nbreak", b"bytes"])
def test_a_record_may_have_any_name_a_file_can_have(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: Any) -> None:
    monkeypatch.chdir(tmp_path)
    configured(name).checknrun()
    assert Record(name).runs[-1].nodestatus == {"Noted": True, "Root": True}
    assert Path(os.fsdecode(name)).is_file()


class Astray(Job):
    """It goes elsewhere, and comes to nothing."""

    def Check(self) -> None:
        os.chdir("/")
        raise RuntimeError("lost")

    def Run(self) -> None:
        os.chdir("/")


def test_jobs_and_people_that_go_elsewhere_do_not_lose_the_record(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(path.parent)
    dj, record = configured(Path(path.name), Astray), Record(path.name)
    dj.step()
    os.chdir("/")
    dj.run()
    dj.checknrun()
    assert [run.nodestatus for run in record.runs] == [{"Astray": False}] * 2
    assert repr(record).startswith("<Record night.sqlite: ")


def test_a_link_leads_to_its_record_for_good(path: Path, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(path.name)
    dj = configured(link)
    dj.step()
    link.unlink()
    dj.run()
    assert Record(path).runs[-1].outcome == "success"


def test_a_record_that_is_not_there_is_told_when_it_is_looked_at(path: Path) -> None:
    record = Record(path)
    with pytest.raises(RecordError, match="no such file"):
        record.runs  # noqa: B018
    assert not path.exists()


# --- disks ---------------------------------------------------------------------------------------------------------


def as_nobody(code: str, *args: object) -> dict[str, Any]:
    """What a process says that may not do as it likes (root may)."""
    done = subprocess.run(
        [sys.executable, "-c", f"{NOBODY}\n{code}", *map(str, args)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    return told


NOBODY = """
import json, os, sys
from dojobber_nb import DoJobber, Record
from dojobber_nb.core.errors import RecordError
import dojobber_nb.engine.recording  # while its files may be read
from tests.support.runbooks import job
if os.geteuid() == 0:
    os.seteuid(65534)
def say(act):
    try:
        print(json.dumps({"said": act()}))
    except RecordError as error:
        print(json.dumps({"raised": type(error).__name__, "text": str(error)}))
"""


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that anybody may enter: those of pytest are its user's own."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder
    folder.chmod(0o755)
    shutil.rmtree(folder)


def test_a_folder_that_may_not_be_written_is_told_at_configure(open_folder: Path) -> None:
    open_folder.chmod(0o555)
    told = as_nobody("say(lambda: DoJobber().configure(job('A'), record=sys.argv[1]))", open_folder / "night.sqlite")
    assert told["raised"] == "RecordError"
    assert "night.sqlite" in told["text"]
    assert "choose another file" in told["text"]


def test_a_record_on_a_disk_that_cannot_be_written_is_read_and_not_written(open_folder: Path) -> None:
    path = open_folder / "night.sqlite"
    recorded(path)
    path.chmod(0o444)
    open_folder.chmod(0o555)
    read = as_nobody("say(lambda: len(Record(sys.argv[1]).runs[0].events))", path)
    assert read == {"said": len(Record(path).runs[0].events)}
    refused = as_nobody("say(lambda: DoJobber().configure(job('A'), record=sys.argv[1]))", path)
    assert refused["raised"] == "RecordError"
    assert "it may not be written" in refused["text"]


def test_on_a_full_disk_the_run_stops_before_the_next_phase_and_goes_on_when_there_is_room(path: Path) -> None:
    dj = configured(path)
    dj.step()
    with no_room(path):
        for _ in range(2):
            with pytest.raises(RecordError, match="make room, and go on"):
                dj.run()
    assert CALLS == ["check"]
    assert dj.next_step == ("Noted", "run")
    dj.run()
    assert CALLS == ["check", "run", "check"]
    assert dj.success()
    assert texts(Record(path).runs[0].events) == texts_of(dj)


def texts_of(dj: DoJobber) -> list[str]:
    """Its events as a record of it would give them."""
    from dojobber_nb.record.codec import decode, encode

    return [repr(decode(encode(event))) for event in dj.events]


def test_an_end_that_finds_no_room_is_kept_in_mind_until_there_is_some(path: Path) -> None:
    limits: list[Any] = []

    class Fills(Job):
        """Its disk is full when it returns."""

        def Check(self) -> None:
            if not limits:
                limits.append(resource.getrlimit(resource.RLIMIT_FSIZE))
                size = path.with_name(f"{path.name}-wal").stat().st_size
                resource.setrlimit(resource.RLIMIT_FSIZE, (size, limits[0][1]))

        Run = Check

    dj = configured(path, type("Top", (DummyJob,), {"DEPS": (Fills,)}))
    try:
        with pytest.raises(RecordError, match="make room"):
            dj.checknrun()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits[0])
    assert dj.nodestatus == {"Fills": True, "Top": None}
    assert isinstance(Record(path).runs[0].events[-1], PhaseStarted)
    dj.run()
    assert texts(Record(path).runs[0].events) == texts_of(dj)
    assert dj.success()


def test_what_is_given_up_with_a_run_that_cannot_be_written_is_told(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    dj = configured(path)
    dj.step()
    with no_room(path):
        with pytest.raises(RecordError):
            dj.no_act = True
        dj.reset()
    assert "the last of run 1 (number of events: 2) is lost" in caplog.text
    assert "make room" in caplog.text


@pytest.mark.parametrize("replaced", [False, True])
def test_a_file_deleted_in_mid_run_stops_the_run_before_the_next_phase(path: Path, replaced: bool) -> None:
    dj = configured(path)
    dj.step()
    path.unlink()
    if replaced:
        path.write_text("somebody else's")
    with pytest.raises(RecordError, match="deleted or replaced"):
        dj.step()
    assert CALLS == ["check"]
    assert not replaced or path.read_text() == "somebody else's"


# --- processes -----------------------------------------------------------------------------------------------------


def in_child(act: Any) -> str:
    """What it raised in a forked child."""
    read, write = os.pipe()
    pid = os.fork()
    if not pid:
        told = "nothing"
        try:
            act()
        except BaseException as error:
            told = f"{type(error).__name__}: {error}"
        finally:
            os.write(write, told.encode())
            os._exit(0)
    os.close(write)
    os.waitpid(pid, 0)
    with os.fdopen(read) as pipe:
        return pipe.read()


def test_a_forked_child_cannot_write_and_its_parent_goes_on_unharmed(path: Path) -> None:
    dj = configured(path)
    dj.step()
    told = in_child(dj.step)
    assert told.startswith("RecordError")
    assert f"a fork of {os.getpid()}" in told
    dj.run()
    assert dj.success()
    assert texts(Record(path).runs[0].events) == texts_of(dj)


def test_a_second_process_is_refused_at_configure_and_told_who_writes(path: Path) -> None:
    dj = configured(path)
    dj.step()
    told = in_child(lambda: configured(path))
    assert told.startswith("RecordBusyError")
    assert f"process {os.getpid()} on {os.uname().nodename}" in told
    assert "release()" in told
    dj.run()
    assert in_child(lambda: configured(path).checknrun()) == "nothing"


def test_a_process_that_was_there_before_is_refused_when_its_run_begins(path: Path) -> None:
    command = [sys.executable, "-c", f"{NOBODY.partition('if os.geteuid')[0]}{WAITS}", path]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout
        assert child.stdout.readline() == "configured\n"
        dj = configured(path)
        dj.step()
        told, _ = child.communicate("begin\n")
    assert told == "RecordBusyError\n"
    dj.run()
    assert len(Record(path).runs) == 1


WAITS = """
dj = DoJobber()
dj.configure(job("A"), record=sys.argv[1])
print("configured", flush=True)
sys.stdin.readline()
try:
    dj.checknrun()
except RecordError as error:
    print(type(error).__name__)
"""


def test_the_claim_of_a_process_that_is_gone_is_taken_over_and_told(path: Path) -> None:
    assert in_child(lambda: configured(path).step()) == "nothing"
    configured(path).checknrun()
    assert [word.what.partition(" from ")[0] for word in Record(path).runs[-1].trail] == ["taken over"]


def claimed_by(path: Path, **who: Any) -> None:
    """As if somebody else had claimed it."""
    import zlib

    recorded(path)
    told = {"pid": 1, "host": os.uname().nodename, "born": "", "since": 1.0, "runner": "another", "run": 1} | who
    line = json.dumps(told)
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("INSERT INTO writer VALUES (1, ?, ?)", (line, zlib.crc32(line.encode())))
        connection.commit()


def test_a_process_on_another_machine_is_believed_to_live_until_somebody_knows_better(path: Path) -> None:
    claimed_by(path, host="far-away", pid=4_000_000)
    with pytest.raises(RecordBusyError, match="process 4000000 on far-away") as raised:
        configured(path)
    assert (raised.value.pid, raised.value.host) == (4_000_000, "far-away")
    Record(path).release()
    configured(path).checknrun()


def test_a_process_that_got_the_number_of_a_dead_one_is_not_taken_for_it(path: Path) -> None:
    claimed_by(path, pid=os.getpid(), born="12")
    configured(path).checknrun()
    assert len(Record(path).runs) == 2


def test_a_runner_of_the_same_process_may_follow_one_that_stands_still(path: Path) -> None:
    first, second = configured(path), configured(path)
    first.step()
    second.step()
    first.run()
    second.run()
    assert [run.nodestatus for run in Record(path).runs] == [{"Noted": True, "Root": True}] * 2


def test_a_runner_cannot_write_while_another_of_its_process_is_in_a_call(path: Path) -> None:
    told: list[BaseException] = []

    def check(_job: Job) -> None:
        try:
            configured(path, job("Inner")).checknrun()
        except RecordBusyError as error:
            told.append(error)

    configured(path, type("Outer", (Job,), {"Check": check, "Run": check})).checknrun()
    assert len(told) == 1
    assert len(Record(path).runs) == 1


def test_a_run_that_somebody_else_went_on_with_is_not_written_to(path: Path) -> None:
    first, second = configured(path), configured(path)
    first.step()
    second.resume()
    with pytest.raises(RecordError, match="another process has continued this run"):
        first.run()
    assert CALLS == ["check", "check", "run", "check"]
