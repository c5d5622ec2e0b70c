"""The words: what a box says in each state, the counts, and names and messages made short and inert."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dojobber_nb import DoJobber, DummyJob, Job, RunonlyJob
from dojobber_nb.core.events import Status
from dojobber_nb.core.state import RunState
from dojobber_nb.view import words
from dojobber_nb.view.theme import LOOKS
from tests.support.runbooks import NAMES, doing, group, job, movie_night


class Mute(Exception):
    """An exception that cannot say what it is."""

    def __str__(self) -> str:
        raise RuntimeError("no words")


def said(dj: DoJobber, name: str, now: float | None = None) -> str:
    return words.line(dj.state.jobs[name], dj.state, now=now)


def stepped(root: type[Job], steps: int, **options: object) -> DoJobber:
    dj = doing(root, **options)
    for _ in range(steps):
        dj.step()
    return dj


def done(root: type[Job], **options: object) -> DoJobber:
    dj = doing(root, **options)
    dj.checknrun()
    return dj


def under_way(root: type[Job], phase: str) -> str:
    """What the root's box says while that phase of it is running."""
    dj, heard = doing(root), []
    dj.subscribe(
        lambda event: heard.append(said(dj, root.__name__)) if getattr(event, "phase", None) == phase else None
    )
    dj.run_to(root, "recheck")
    dj.step()
    return heard[0]


SAID: dict[str, Callable[[], tuple[DoJobber, str]]] = {
    "pending": lambda: (doing(job("A")), "A"),
    "ok": lambda: (done(job("A", works_at=0)), "A"),
    "changed": lambda: (done(job("A")), "A"),
    "changed · try 3/3": lambda: (done(job("A", works_at=3)), "A"),
    "run is next": lambda: (stepped(job("A"), 1), "A"),
    "recheck is next · try 2/3": lambda: (stepped(job("A", works_at=2), 5), "A"),
    "retry 2/3": lambda: (stepped(job("A", works_at=2), 3), "A"),
    "3/3 no power": lambda: (done(job("A", works_at=None, says="no power")), "A"),
    "3/3 RuntimeError": lambda: (done(job("A", works_at=None, says="")), "A"),
    "blocked by A": lambda: (done(job("C", job("B", job("A", works_at=None)))), "C"),
    "would run": lambda: (done(job("A"), no_act=True), "A"),
    "unknown until A runs": lambda: (done(job("B", job("A")), no_act=True), "B"),
    "cannot tell": lambda: (done(job("A", base=RunonlyJob), no_act=True), "A"),
    "run only · pending": lambda: (doing(job("A", base=RunonlyJob)), "A"),
    "run only · changed": lambda: (done(job("A", base=RunonlyJob)), "A"),
    "3/3 not yet": lambda: (done(job("A", base=RunonlyJob, works_at=None)), "A"),
    "group, 0 of 2 done": lambda: (doing(group("A", job("B"), job("C"))), "A"),
    "group, 1 of 2 done": lambda: (stepped(group("A", job("B"), job("C")), 3), "A"),
    "group, 2 of 2 done": lambda: (done(group("A", job("B"), job("C"))), "A"),
    "group · pending": lambda: (doing(group("A")), "A"),
}


@pytest.mark.parametrize("line", SAID)
def test_a_box_says(line: str) -> None:
    assert said(*SAID[line]()) == line


@pytest.mark.parametrize("phase", ["check", "run", "recheck"])
def test_a_box_says_which_phase_is_under_way(phase: str) -> None:
    assert under_way(job("A"), phase) == phase


def test_a_group_above_a_failure_says_what_blocks_it() -> None:
    assert said(done(group("A", job("B", works_at=None))), "A") == "blocked by B"


def test_a_group_whose_own_check_fails_says_why() -> None:
    def check(self: Job) -> None:
        raise ValueError("not all there")

    own = type("A", (DummyJob,), {"Check": check, "DEPS": (job("B"),)})
    assert said(done(own), "A") == "3/3 not all there"


def test_a_retry_says_how_long_it_still_waits() -> None:
    dj = stepped(job("A", works_at=2), 3, default_retry_delay=5)
    start = dj.state.jobs["A"].started or 0.0
    assert said(dj, "A", now=start + 3) == "retry 2/3 in 2.0 s"
    assert said(dj, "A", now=start + 6) == said(dj, "A") == "retry 2/3"


def test_what_took_long_enough_to_be_noticed_says_how_long_when_asked() -> None:
    dj = DoJobber(clock=iter(range(100)).__next__)
    dj.configure(group("A", job("B"), job("C", works_at=None, TRIES=1, says="no")))
    dj.checknrun()
    took = words.seconds(dj.state.jobs["B"].duration)
    lines = {name: words.line(each, dj.state, times=True) for name, each in dj.state.jobs.items()}
    assert lines == {"B": f"changed · {took}", "C": "1/1 no", "A": "blocked by C"}
    assert said(dj, "B") == "changed"
    assert words.line(done(job("A")).state.jobs["A"], done(job("A")).state, times=True) == "changed"


@pytest.mark.parametrize(
    ("span", "text"),
    [
        (0, "0 s"),
        (0.0002, "< 1 ms"),
        (0.0124, "12 ms"),
        (0.0994, "99 ms"),
        (0.1, "0.1 s"),
        (2.04, "2.0 s"),
        (12.3, "12 s"),
        (99.6, "2 min"),
        (240, "4 min"),
        (7200, "2 h"),
        (86400, "24 h"),
    ],
)
def test_spans_are_told_in_the_unit_that_fits(span: float, text: str) -> None:
    assert words.seconds(span) == text


def test_counts_sum_to_all_jobs_and_begin_with_what_needs_a_look() -> None:
    dj = done(movie_night())
    counts = words.counts(dj.state)
    assert sum(counts.values()) == len(dj.state.graph) == 20
    assert list(counts) == ["failed", "blocked", "changed", "ok"]
    assert words.count("failed", counts["failed"]) == "✕ 1 failed"


def test_every_way_to_be_shown_is_counted_by_its_sign_and_word_and_the_phases_as_one() -> None:
    assert set(words.COUNTED) == {*Status, *LOOKS} - {"check", "run", "recheck"}
    for key, pair in words.COUNTED.items():
        if key != words.RUNNING:
            assert pair == (LOOKS[key].sign, LOOKS[key].word)
    assert words.counts(stepped(job("A"), 1).state) == {"running": 1}


def test_what_a_dry_run_cannot_tell_is_counted_apart_from_what_would_run() -> None:
    dj = done(group("Top", job("A"), job("B", base=RunonlyJob), job("C", base=RunonlyJob)), no_act=True)
    assert words.counts(dj.state) == {"would_run": 1, "unknown": 1, "cannot_tell": 2}


def test_the_summary_tells_jobs_counts_and_pass() -> None:
    assert words.summary(doing(job("A")).state) == "1 job · … 1 pending"
    assert words.summary(done(job("A", works_at=2)).state) == "1 job · ✚ 1 changed · pass 2"


def test_a_dry_run_is_told_as_a_plan() -> None:
    jobs = [job("A", works_at=0), job("B"), job("C", job("D")), job("E", base=RunonlyJob)]
    dj = done(group("Top", *jobs), no_act=True)
    assert words.plan(dj.state) == "1 ok · 2 would run · 2 unknown · 1 cannot tell"
    assert words.summary(dj.state) == "6 jobs · dry run: 1 ok · 2 would run · 2 unknown · 1 cannot tell"
    assert set(words.PLAN) == set(words.COUNTED) - {"running", "retrying"}  # a dry run leaves no job in these
    dj.no_act = False
    dj.checknrun()
    assert words.summary(dj.state).startswith("6 jobs · ✚ 4 changed · ✓ 2 ok")


def test_the_alt_text_names_root_counts_and_failures_and_nothing_that_changes() -> None:
    text = words.alt(done(movie_night()).state)
    assert text == words.alt(done(movie_night()).state)
    assert text.startswith("Job graph of WatchMovie: 20 jobs · ✕ 1 failed")
    assert text.endswith("TurnOnTV failed.")


def test_the_alt_text_names_three_failures_and_counts_the_rest() -> None:
    text = words.alt(done(group("A", *(job(f"B{n}", works_at=None) for n in range(5)))).state)
    assert text.endswith("B0 failed, B1 failed, B2 failed, 2 more.")


# --- names and messages ----------------------------------------------------------------------------------------------


def is_inert(text: str, limit: int) -> bool:
    return len(text) <= limit and all(each.isprintable() or each in "\u200c\u200d\ufe0e\ufe0f" for each in text)


@pytest.mark.parametrize("kind", NAMES)
def test_names_of_all_kinds_are_short_and_inert(kind: str) -> None:
    assert is_inert(words.name(NAMES[kind]), words.NAME_LIMIT)
    assert words.name(NAMES[kind]).strip()


@given(st.text(st.characters(exclude_categories=())), st.integers(6, 80))
def test_any_text_is_short_inert_and_can_be_encoded(text: str, limit: int) -> None:
    shown = words.short(text, limit)
    assert is_inert(shown, limit)
    shown.encode()


@given(st.text(st.characters(categories=("L", "N", "P")), max_size=30))
def test_plain_texts_that_fit_stay_as_they_are(text: str) -> None:
    assert words.short(text, 30) == text


def test_long_texts_lose_their_middle() -> None:
    assert words.short("abcdefghijklmnopqrstuvwxyz", 11) == "abcdef…wxyz"
    assert words.short("a" * 9_999 + "z", 11) == "aaaaaa…aaaz"


def test_what_controls_a_text_stands_there_as_an_escape() -> None:
    assert words.inert("a\u202eb\x1b[0m\ud800c\nd") == r"a\u202eb\x1b[0m\ud800c d"


def test_a_message_that_cannot_be_told_does_not_harm_the_line() -> None:
    def check(self: Job) -> None:
        raise Mute

    dj = done(type("A", (Job,), {"Check": check, "Run": lambda self: None, "TRIES": 1}))
    assert said(dj, "A") == words.short("1/1 <Mute whose __str__ raises>", words.LINE_LIMIT)


@given(st.text(st.characters(exclude_categories=())))
def test_a_failure_s_line_is_short_and_inert_whatever_it_says(says: str) -> None:
    dj = done(job("A", works_at=None, says=says, TRIES=1))
    assert is_inert(said(dj, "A"), words.LINE_LIMIT)


def test_lines_need_no_run() -> None:
    state = RunState(doing(movie_night()).state.graph)
    assert {words.line(each, state).partition(",")[0] for each in state.jobs.values()} == {
        "pending",
        "run only · pending",
        "group",
    }
