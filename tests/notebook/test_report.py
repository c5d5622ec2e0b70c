"""The report: a dashboard's answers written down, in one file that can do nothing else."""

import base64
import hashlib
import json
import os
import random
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

import dojobber_nb
from dojobber_nb import DoJobber, Job, Record
from dojobber_nb.core.errors import NotConfiguredError, ReportError
from dojobber_nb.core.run_view import PastRun
from dojobber_nb.core.secrets import secret
from dojobber_nb.engine.runner import Runner
from dojobber_nb.notebook.report import content as answered
from dojobber_nb.notebook.report.content import ATTEMPT_PANES, LINKS, ReportContent, moments
from dojobber_nb.notebook.report.part_tracks import PARTS
from dojobber_nb.notebook.report.tracks import TextTable, Track
from dojobber_nb.notebook.session.session import Session, view_of
from dojobber_nb.notebook.widgets.base import own_script
from dojobber_nb.notebook.widgets.inspector import Inspector
from dojobber_nb.notebook.widgets.job_contents import LETTERS
from tests.support.alone import Alone
from tests.support.graphs import build, random_plans
from tests.support.page import Wire as KernelWire
from tests.support.runbooks import NAMES, doing, group, job, movie_night
from tests.support.trial import FakeClock


class Written:
    """What a report holds, read as its page reads it."""

    def __init__(self, runner: Runner | PastRun) -> None:
        table = TextTable()
        answers = ReportContent(PastRun.of(view_of(runner)), table, values=True)
        self.rows = [json.loads(row) for row in table.rows]
        self.moments, self.parts, self.jobs = answers.moments, answers.of_parts(), answers.of_jobs()

    def read(self, place: int) -> Any:
        match self.rows[place]:
            case dict() as row:
                ((keys, values),) = row.items()
                return dict(zip(self.read(int(keys)), map(self.read, values), strict=True))
            case list() as row:
                return [self.read(each) for each in row]
            case row:
                return row

    def job(self, index: int, moment: int) -> dict[str, Any]:
        """The facts of a job: the statuses of it, and of the jobs beside it, are in the tracks of the graph."""
        facts = {**self.at(self.jobs[index]["fixed"], moment), **self.at(self.jobs[index]["job"], moment)}
        beside = {kind: [{**link, "state": self.state(link["job"], moment)} for link in facts[kind]] for kind in LINKS}
        return {**facts, **beside, "state": self.state(index, moment)}

    def state(self, index: int, moment: int) -> str:
        letter = self.at(self.parts["graph"][f"turned {index}"], moment)
        return next(state for state, each in LETTERS.items() if each == letter)

    def at(self, track: Track, moment: int) -> Any:
        held = [place for number, place in zip(track[::2], track[1::2], strict=True) if number <= moment]
        return self.read(held[-1]) if held else None


class Asked:
    """A part that looks at the runner itself, asked job by job and moment by moment."""

    def __init__(self, source: Any, part: type[Any]) -> None:
        self.session = Session(source)
        self.part = part(self.session)
        self.page = Alone(self.part)
        self.wire, self.read = self.page.wire, 0

    def job(self, index: int) -> dict[str, Any]:
        self.page.send("select", job=index)
        return as_told(self.wire.said["job"])

    def pane(self, tab: str, attempt: int) -> dict[str, Any]:
        self.page.send("attempt", number=attempt)
        self.page.send("open", tab=tab)
        pane = as_told(self.wire.said["pane"])
        self.page.send("open", tab="")
        return pane

    def news(self) -> dict[str, dict[Any, Any]]:
        """By kind, what was sent by key since this was last asked; letters that were sent as one text, too."""
        new, self.read = self.wire.told[self.read :], len(self.wire.told)
        found: dict[str, dict[Any, Any]] = {}
        for each in new:
            kind, content = each["kind"], each["content"]
            if kind in ("lines", "turned", "statuses"):
                by_key = dict(enumerate(content)) if isinstance(content, str) else content
                found.setdefault("turned" if kind == "statuses" else kind, {}).update(by_key)
        return found


def as_told(content: Any) -> Any:
    """As it is on the page's side of the wire."""
    return json.loads(json.dumps(content))


def halted(root: type[Job]) -> DoJobber:
    """Stands in the middle of its second pass."""
    dj = doing(root, capture=True)
    dj.step_pass()
    dj.step_job()
    dj.step()
    return dj


def asked_again(root: type[Job]) -> DoJobber:
    """Its failure was tried once more, and what needs that with it."""
    dj = doing(root, capture=True)
    dj.step_pass()
    dj.step_pass()
    failed = next(name for name, one in dj.state.jobs.items() if one.error is not None)
    dj.check_again(failed)
    dj.try_again(failed)
    dj.run()
    return dj


def dry(root: type[Job]) -> DoJobber:
    """First a dry run, then for good."""
    dj = doing(root, capture=True, no_act=True)
    dj.run()
    dj.no_act = False
    dj.run()
    return dj


def stopped(root: type[Job]) -> DoJobber:
    dj = doing(root, capture=True)
    dj.step_pass()
    dj.stop()
    return dj


def whole(root: type[Job]) -> DoJobber:
    dj = doing(root, capture=True)
    dj.checknrun()
    return dj


def waiting(root: type[Job]) -> DoJobber:
    """Between tries there are seconds, which are counted down."""
    clock = FakeClock()
    dj = DoJobber(clock=clock, sleep=clock.sleep)
    dj.configure(root, capture=True, default_retry_delay=3)
    dj.run()
    return dj


WAYS: dict[str, Callable[[type[Job]], DoJobber]] = {
    "whole": whole,
    "halted": halted,
    "asked again": asked_again,
    "dry": dry,
    "stopped": stopped,
    "waiting": waiting,
}


def evening() -> type[Job]:
    """Seven jobs: one never holds, one holds late, one tidies up, all keep something."""

    def keep(self: Job) -> None:
        self.storage["kept"] = self.global_storage["last"] = type(self).__name__
        sys.stdout.write("kept\n")

    remote = job("Remote", works_at=0, Cleanup=keep)
    tv = job("TV", remote, works_at=None, says="batteries are dead", TRIES=2)
    bowl = job("Bowl", works_at=2, TRIES=4, Run=keep)
    return group("Evening", group("Room", remote), tv, job("Popcorn", bowl), bowl)


@pytest.mark.parametrize("way", WAYS)
def test_of_each_job_it_says_at_each_moment_what_the_inspector_would(way: str) -> None:
    dj = WAYS[way](evening())
    agree(Written(dj), Asked(dj, Inspector))


def agree(written: Written, inspector: Asked) -> None:
    for moment in written.moments:
        inspector.session.travel(moment)
        for index, tracks in enumerate(written.jobs):
            facts = inspector.job(index)
            assert written.job(index, moment) == facts, (moment, index)
            for attempt in range(min(1, facts["attempts"]), facts["attempts"] + 1):
                same_panes(written, tracks, inspector, moment, attempt)


def same_panes(written: Written, tracks: dict[str, Track], asked: Asked, moment: int, attempt: int) -> None:
    for tab in ATTEMPT_PANES:
        if tab == "attempts" and attempt < asked.wire.said["job"]["attempts"]:
            continue  # that pane is the same for all attempts: the page asks for that of the last one
        there, pane = asked.pane(tab, attempt), written.at(tracks[f"{tab} {attempt}"], moment)
        here = {"tab": tab, "job": asked.wire.said["job"]["job"], "number": attempt, **pane}
        if tab == "output" and here["texts"]:  # a page with a kernel asks for the rows
            assert {name: rows for name, (_, rows) in here["blocks"].items()} == asked.wire.blocks
        if tab == "output":
            here = {name: each for name, each in here.items() if name not in ("blocks", "styles")}
        if tab == "storage":  # told of the moment after the attempt
            there, here = there["own"], here["own"]
        assert here == there, (moment, tab, attempt)


def random_run(seed: int) -> DoJobber:
    rng = random.Random(seed)
    root = build(random_plans(rng, most=6), dojobber_nb, lambda call: None)[-1]
    dj = doing(root, capture=True)
    while dj.next_step and rng.random() < 0.95:
        dj.step()
        if rng.random() < 0.05:
            dj.no_act = not dj.no_act
    return dj


@pytest.mark.parametrize("seed", range(12))
def test_of_any_run_it_says_of_each_job_what_the_inspector_would(seed: int) -> None:
    dj = random_run(seed)
    agree(Written(dj), Asked(dj, Inspector))


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", PARTS)
def test_at_each_moment_it_says_what_the_parts_of_a_dashboard_would(way: str, name: str) -> None:
    dj = WAYS[way](evening())
    written, asked = Written(dj), Asked(dj, PARTS[name])
    by_key: dict[str, dict[str, Any]] = {}
    for moment in written.moments[:-1]:  # in the end a report gives no advice
        asked.session.travel(moment)
        for kind, told in asked.news().items():
            by_key.setdefault(kind, {}).update(as_told(told))
        for what, track in written.parts[name].items():
            kind, key = what.split(" ")
            said = {"trait": lambda key: getattr(asked.part, key), "said": lambda key: asked.wire.said[key]}
            if key in {"bars", "read_only"}:
                continue
            there = said[kind](key) if kind in said else by_key[kind][key]
            assert written.at(track, moment) == as_told(there), (moment, what)


# --- long runs ---------------------------------------------------------------------------------------------------


def test_of_a_long_run_the_moments_are_fewer_and_no_attempt_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    dj = whole(movie_night())
    monkeypatch.setattr(answered, "moments", lambda events: moments(events, 10))
    written = Written(dj)
    assert len(written.moments) <= 11
    for tracks, name in zip(written.jobs, dj.state.jobs, strict=True):
        for attempt in range(1, dj.state.jobs[name].attempt + 1):
            rows = written.at(tracks[f"attempts {attempt}"], len(written.moments))["rows"]
            phases = {event.phase for event in dj.events if event.job == name and event.attempt == attempt}
            assert {one["phase"] for row in rows if row["number"] == attempt for one in row["phases"]} == phases


@pytest.mark.parametrize("most", [3, 10, 40, 1_000])
def test_moments_go_from_the_first_to_the_last_and_halt_where_attempts_end(most: int) -> None:
    events = whole(movie_night()).events
    found = moments(events, most)
    assert (found[0], found[-1]) == (0, len(events))
    assert found == sorted(set(found))
    assert len(found) <= most + 1


@pytest.mark.parametrize("wide", [False, True])
def test_what_is_written_grows_with_the_run_and_not_with_its_square(wide: bool) -> None:
    small, large = (written_of(count, wide=wide) for count in (30, 90))
    assert large < 4 * small


def written_of(count: int, *, wide: bool) -> int:
    """Bytes of a run of so many jobs, without the picture."""
    jobs = [job(f"Job{number:03}", works_at=1) for number in range(count)]
    for above, below in pairwise([] if wide else jobs):
        below.DEPS = (above,)
    written = Written(whole(group("All", *(jobs if wide else jobs[-1:]))))
    texts = [json.dumps(row) for row in written.rows]
    return sum(len(text) for text in texts if "<svg" not in text) + len(json.dumps([written.parts, written.jobs]))


def test_twenty_jobs_and_two_hundred_events_take_less_than_400_kb(tmp_path: Path) -> None:
    jobs = [job(f"Job{number}", works_at=3, says="no such file or directory", TRIES=5) for number in range(19)]
    dj = whole(group("All", *jobs))
    assert len(dj.events) >= 200
    assert dj.report(tmp_path / "night.html").stat().st_size < 400_000


# --- the file ---------------------------------------------------------------------------------------------------


@pytest.fixture
def page(tmp_path: Path) -> str:
    root = group(
        "All",
        *(
            job(name, works_at=None, says=f"</script><script>alert(1)</script>{name}", TRIES=1)
            for name in NAMES.values()
        ),
    )
    return whole(root).report(tmp_path / "night.html").read_text("utf-8")


def scripts(page: str) -> Iterator[tuple[str, str]]:
    return iter(re.findall(r"<script(.*?)>(.*?)</script>", page, re.DOTALL))


def test_it_lets_nothing_run_but_its_own_script_and_styles(page: str) -> None:
    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="(.*?)"', page)
    data, code = scripts(page)
    (style,) = re.findall(r"<style>(.*?)</style>", page, re.DOTALL)
    hashes = [base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in (code[1], style)]
    assert "default-src 'none'" in policy
    assert re.findall(r"'sha256-(.*?)'", policy) == hashes
    assert "unsafe" not in policy
    assert data[0] == ' type="application/json" id="dj-told"'


def test_names_and_texts_of_jobs_are_data_and_no_markup(page: str) -> None:
    assert "<img" not in page
    assert page.count("<script") == 2
    data, _ = scripts(page)
    told = json.loads(data[1])
    assert any("</script><script>alert(1)</script>" in text for text in told["table"] if isinstance(text, str))


def test_it_asks_for_nothing_from_elsewhere(page: str) -> None:
    (style,) = re.findall(r"<style>(.*?)</style>", page, re.DOTALL)
    assert not re.search(r"url\(|@import", style)
    assert not re.search(
        r"<(link|img|iframe|object|embed|base)\b|<[^>]*\b(src|href)=",
        re.sub(r"<script.*?</script>", "", page, flags=re.DOTALL),
    )


def test_each_module_is_there_as_the_notebook_has_it(page: str) -> None:
    _, code = scripts(page)
    for name in ("graph", "joblist", "timeline", "inspector", "travel", "controls"):
        text = own_script(name)
        assert text.count("export default") == 1
        assert text.replace("export default", "return") in code[1]


def kept(tmp_path: Path, *, values: bool) -> str:
    def run(self: Job) -> None:
        self.storage["plain"] = self.global_storage["shared"] = ["canary-" + "77"]
        self.storage["token"] = "canary-" + "78"
        self.storage["hidden"] = "canary-" + "79"

    secret("canary-79")
    dj = whole(job("Keeps", Run=run))
    return dj.report(tmp_path / "night.html", values=values).read_text("utf-8")


def test_values_are_in_it_only_when_asked_for_and_secrets_never(tmp_path: Path) -> None:
    without, with_values = kept(tmp_path, values=False), kept(tmp_path, values=True)
    assert "plain" in without
    assert "canary-77" in with_values
    for page in (without, with_values):
        for word in ("canary-78", "canary-79"):
            assert word not in page
    assert "canary-77" not in without


def test_in_a_kernel_it_makes_no_widget(tmp_path: Path) -> None:
    whole(evening()).report(tmp_path / "night.html")
    assert KernelWire.wires == {}


def test_it_shows_the_run_as_it_stood_and_leaves_it_alone(tmp_path: Path) -> None:
    dj = halted(evening())
    before = list(dj.events)
    dj.report(tmp_path / "night.html")
    assert list(dj.events) == before
    dj.run()
    assert dj.state.ended


def texts(file: Path) -> list[Any]:
    data, _ = scripts(file.read_text("utf-8"))
    table: list[Any] = json.loads(data[1])["table"]
    return table


def test_written_by_a_job_it_says_what_is_under_way(tmp_path: Path) -> None:
    def run(self: Job) -> None:
        dj.report(tmp_path / "night.html")

    dj = doing(job("Writes", Run=run))
    dj.checknrun()
    assert "Writes.run was under way." in texts(tmp_path / "night.html")


def test_it_says_where_the_run_has_halted_and_why(tmp_path: Path) -> None:
    dj = doing(evening())
    dj.breakpoints.add("TV", "run")
    dj.run()
    assert dj.paused_at
    assert f"Halted before TV.run: {dj.paused_at.reason}" in texts(dj.report(tmp_path / "night.html"))


def test_of_a_run_to_come_it_is_the_plan(tmp_path: Path) -> None:
    assert "has not begun" in doing(evening()).report(tmp_path / "plan.html").read_text("utf-8")


# --- of a record -----------------------------------------------------------------------------------------------------


@pytest.fixture
def recorded(tmp_path: Path) -> Any:
    dj = doing(evening(), record=tmp_path / "night.sqlite")
    dj.checknrun()
    return Record(tmp_path / "night.sqlite").runs[-1]


def test_a_recorded_run_has_the_same_report(recorded: Any, tmp_path: Path) -> None:
    page = recorded.report(tmp_path / "night.html").read_text("utf-8")
    data, _ = scripts(page)
    told = json.loads(data[1])
    assert told["told"]["moments"] == len(recorded.events) + 1
    assert f"{recorded.who}@{recorded.host}" in told["table"]
    assert "batteries are dead" in page


def test_of_each_job_of_a_recorded_run_it_says_what_its_inspector_would(recorded: Any) -> None:
    agree(Written(view_of(recorded)), Asked(recorded, Inspector))


def test_a_run_whose_process_died_says_so(tmp_path: Path) -> None:
    file = tmp_path / "night.sqlite"
    code = "import os; from tests.notebook.test_report import evening, doing\n"
    code += f"dj = doing(evening(), record={str(file)!r})\n"
    code += "dj.subscribe(lambda event: os._exit(1) if event.job == 'TV' else None); dj.run()"
    root = Path(dojobber_nb.__file__).parents[1]
    subprocess.run([sys.executable, "-c", code], cwd=root, env={**os.environ, "PYTHONPATH": "."}, check=False)
    page = Record(file).runs[-1].report(tmp_path / "night.html").read_text("utf-8")
    assert "Its process died in TV.check" in page


# --- bad input ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "why"), [("", "folder"), ("night.pdf", "HTML"), ("night", "HTML"), ("no/night.html", "No such")]
)
def test_where_it_cannot_be_written_is_told_with_the_way_out(tmp_path: Path, name: str, why: str) -> None:
    with pytest.raises(ReportError, match=why) as told:
        whole(evening()).report(tmp_path / name)
    assert str(tmp_path) in str(told.value)
    assert list(tmp_path.iterdir()) == []


def test_without_a_graph_there_is_no_report(tmp_path: Path) -> None:
    with pytest.raises(NotConfiguredError):
        DoJobber().report(tmp_path / "night.html")


def test_a_report_takes_the_place_of_the_one_before_or_leaves_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "night.html"
    file.write_text("the one before")
    dj = whole(evening())
    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full_disk)
        with pytest.raises(ReportError, match="No space left"):
            dj.report(file)
    assert file.read_text() == "the one before"
    assert dj.report(file) == file
    assert file.read_text("utf-8").startswith("<!DOCTYPE html>")
    assert list(tmp_path.iterdir()) == [file]


def test_who_may_read_the_one_before_may_read_the_new_one_and_a_link_stays_one(tmp_path: Path) -> None:
    file, link = tmp_path / "night.html", tmp_path / "last.html"
    file.write_text("the one before")
    file.chmod(0o640)
    link.symlink_to(file)
    whole(evening()).report(link)
    assert link.is_symlink()
    assert file.read_text("utf-8").startswith("<!DOCTYPE html>")
    assert file.stat().st_mode & 0o777 == 0o640


def full_disk(_fd: int) -> None:
    raise OSError(28, "No space left on device")
