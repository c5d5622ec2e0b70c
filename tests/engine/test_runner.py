"""What people call: each call's own answer, beside the laws that all of them keep (test_invariants)."""

import sys

import pytest

from dojobber_nb import DoJobber, DummyJob, Job


class World(dict[str, bool]):
    """What is so."""


class Fill(Job):
    def Check(self, world: World) -> None:
        assert world.get("full")

    def Run(self, world: World) -> None:
        world["full"] = True


class Drive(Job):
    DEPS = (Fill,)

    def Check(self, world: World) -> None:
        assert world.get("there")

    def Run(self, world: World) -> None:
        world["there"] = True


@pytest.mark.parametrize("job", [Fill, Drive])
def test_run_to_reaches_what_only_a_dry_run_had_ruled_out(job: type[Job]) -> None:
    dj = DoJobber()
    dj.configure(Drive, no_act=True)
    dj.set_args(World())
    dj.run()
    assert not dj.run_to(job, "run")
    dj.no_act = False
    assert dj.run_to(job, "run")
    assert dj.next_step == (job.__name__, "run")


@pytest.mark.parametrize("job", [Fill, Drive])
def test_run_to_stops_at_a_job_that_is_settled(job: type[Job]) -> None:
    dj = DoJobber()
    dj.configure(Drive)
    dj.set_args(World())
    assert dj.run_to(job)
    dj.step_job()
    assert not dj.run_to(job)
    assert dj.state.jobs[job.__name__].attempt == 1


def test_any_list_of_events_can_be_filtered_by_job_phase_and_outcome() -> None:
    dj = DoJobber()
    dj.configure(Drive)
    dj.set_args(World())
    dj.checknrun()
    assert [event.phase for event in dj.events if event.job == "Fill" and event.ok] == ["run", "recheck"]


@pytest.mark.parametrize(("level", "told"), [("DEBUG", ["Fill", "Drive"]), (None, [])])
def test_the_building_of_the_graph_is_told_on_stderr_if_the_level_says_so(
    level: str | None, told: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    DoJobber(dojobber_loglevel=level).configure(Drive)
    lines = [f"DoJobber DEBUG              : processing dependencies for {name}\n" for name in told]
    assert capsys.readouterr().err == "".join(lines)


def test_a_check_that_returns_false_is_told_to_say_no_by_raising() -> None:
    class Mistaken(DummyJob):
        def Check(self, *_: object, **__: object) -> bool:
            return False

    dj = DoJobber()
    dj.configure(Mistaken)
    dj.run()
    assert dj.why(Mistaken) == "ok: its Check passed at once; it returned False, but a Check fails only by raising."


def test_a_look_back_is_the_state_of_that_moment() -> None:
    dj = DoJobber()
    dj.configure(Drive)
    dj.set_args(World())
    dj.run()
    seen = [[str(job.status) for job in dj.state_at(count).jobs.values()] for count in (0, 3, len(dj.events))]
    assert seen == [["pending", "pending"], ["running", "pending"], ["changed", "changed"]]


def test_a_breakpoint_can_be_taken_away_by_what_add_gave() -> None:
    dj = DoJobber()
    dj.configure(Drive)
    point = dj.breakpoints.add(Fill, when=lambda job: True)
    dj.breakpoints.remove(point)
    assert not dj.breakpoints


def test_a_class_whose_cell_was_run_again_is_told_at_configure(monkeypatch: pytest.MonkeyPatch) -> None:
    main = sys.modules["__main__"]
    old, new = (type("Lamp", (DummyJob,), {"__module__": "__main__", "__qualname__": "Lamp"}) for _ in range(2))
    monkeypatch.setattr(main, "Lamp", new, raising=False)
    with pytest.warns(UserWarning, match="Lamp in this graph is an older class"):
        DoJobber().configure(type("Room", (DummyJob,), {"DEPS": (old,)}))
    DoJobber().configure(type("Room", (DummyJob,), {"DEPS": (new,)}))
