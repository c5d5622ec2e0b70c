"""How a run stands in five lines, for others."""

import pytest

from dojobber_nb import Job
from dojobber_nb.core.secrets import secret
from dojobber_nb.view.status import status_text
from tests.support.page import page_of
from tests.support.runbooks import NAMES, doing, group, job, movie_night


def told(root: type[Job], **options: object) -> list[str]:
    dj = doing(root, **options)
    dj.checknrun()
    return status_text(dj.state, elapsed=754, host="root@bastion-2").split("\n")


def test_it_is_five_lines_that_say_what_failed_and_why() -> None:
    assert told(movie_night()) == [
        "WatchMovie: over, not all jobs succeeded",
        "20 jobs · ✕ 1 failed · ⊘ 2 blocked · ✚ 9 changed · ✓ 8 ok · pass 5",
        "Failed: TurnOnTV 3/3: Remote batteries are dead",
        "Next: nothing is left to do",
        "Elapsed: 13 min on root@bastion-2",
    ]


def test_of_many_failures_the_first_are_told() -> None:
    lines = told(group("All", *(job(f"J{number}", works_at=None, says=f"no {number}") for number in range(5))))
    assert lines[2] == "Failed: J0 3/3: no 0; J1 3/3: no 1; J2 3/3: no 2; and 2 more"


def test_a_dry_run_is_told_as_one() -> None:
    lines = told(group("All", job("One")), no_act=True)
    assert lines[:3] == ["All: the dry run is over", "2 jobs · dry run: 1 would run · 1 unknown", "Failed: none"]


def test_what_comes_next_is_told_while_there_is_something() -> None:
    dj = doing(group("All", job("One")))
    assert status_text(dj.state, elapsed=0, host="h").split("\n")[0] == "All: not begun"
    dj.step()
    lines = status_text(dj.state, elapsed=0, host="h").split("\n")
    assert (lines[0], lines[3]) == ("All: halted", "Next: One.run")
    running = status_text(dj.state, elapsed=0, host="h", running=True)
    assert running.startswith("All: under way\n")


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_it_is_five_lines_whatever_a_job_is_called_or_says(name: str) -> None:
    lines = told(job(name, works_at=None, says=name * 3))
    assert len(lines) == 5
    assert all(len(line) < 400 for line in lines)


def test_no_secret_is_in_it() -> None:
    word = "quagmire-7711"
    secret(word)
    assert word not in "\n".join(told(job("Says", works_at=None, says=f"token {word} refused")))


def test_the_dashboard_hands_it_over_as_it_stands_now() -> None:
    dj, page = page_of(movie_night())
    page.send(page.controls, {"kind": "copy"})
    assert page.controls.said["copy"].startswith("WatchMovie: not begun\n")
    dj.run()
    page.travel(3)
    page.send(page.controls, {"kind": "copy"})
    assert page.controls.said["copy"].startswith("WatchMovie: over, not all jobs succeeded\n")
