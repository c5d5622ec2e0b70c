"""What people call: each call's own answer, beside the laws that all of them keep (test_invariants)."""

import pytest

from dojobber_nb import DoJobber, Job


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
