"""The buttons about the whole run: label, hint, reason why it is disabled, and action of each."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from dojobber_nb.core.events import Outcome, Phase
from dojobber_nb.core.graph import JobKind
from dojobber_nb.core.why import listed
from dojobber_nb.engine.runner import Goal
from dojobber_nb.notebook.session.past_moment import step_name
from dojobber_nb.notebook.session.session import Session
from dojobber_nb.view import words

INTERRUPT_PENDING: Final = "the interrupt takes effect at the next line of Python; a call that blocks must return first"

NOTHING_LEFT: Final = "no job has tries left; Try again gives a job one more attempt"

IN_THE_PAST: Final = "this is the past; go back to now first"

Text = Callable[[Session], str]  # computed at each refresh


class Button(NamedTuple):
    """A button, as functions of the session.

    An empty `label` hides it. `hint` says what it does, `disabled` why it cannot be pressed ("" if it can). `at_once`:
    it works during a call. `job` is the name of the job that it acts on; the press must name the same job.
    """

    label: Text
    hint: Text
    disabled: Text
    act: Callable[[Session], object]
    at_once: bool = False
    job: Text | None = None


def labels(session: Session, table: Mapping[str, Button]) -> dict[str, str]:
    """Label of each button; {} for a run that takes no commands."""
    return {name: button.label(session) for name, button in _available(session, table).items()}


def hints(session: Session, table: Mapping[str, Button]) -> dict[str, str]:
    """What each button does."""
    return {name: button.hint(session) for name, button in _available(session, table).items()}


def disabled(session: Session, table: Mapping[str, Button]) -> dict[str, str]:
    """Reason for each button that cannot be pressed."""
    reasons = {name: button.disabled(session) for name, button in _available(session, table).items()}
    return {name: reason for name, reason in reasons.items() if reason}


def _available(session: Session, table: Mapping[str, Button]) -> Mapping[str, Button]:
    return {} if not session.can_act else table


# --- labels ----------------------------------------------------------------------------------------------------------


def _step(session: Session) -> str:
    return f"Step ▸ {step_name(*session.next_step)}" if session.next_step and not session.busy else "Step"


def _pause(session: Session) -> str:
    if not session.calls.request:
        return "Pause"
    phases = session.live.all_under_way if session.live else []
    if len(phases) > 1:
        return f"Pausing after {len(phases):,} phases"
    return f"Pausing after {step_name(phases[0].job, phases[0].phase)}" if phases else "Pausing"


def _start_over(session: Session) -> str:
    if session.pressed_once == "reset":
        return f"Forget {cleanup_count(session)}, start over"
    return f"Start over: all {job_count(len(session.view.configured))}" if subgraph_text(session) else "Start over"


def subgraph_text(session: Session) -> str:
    """The jobs of this run, if they are not the whole graph: "TurnOnTV and the 3 jobs it needs"; else ""."""
    graph = session.live.graph if session.live else None
    return subgraph_name(len(graph), graph.root.name) if graph and graph is not session.view.configured else ""


def subgraph_name(size: int, job: str) -> str:
    """ "TurnOnTV and the 3 jobs it needs"."""
    return f"{words.name(job)} and the {job_count(size - 1)} it needs" if size > 1 else f"{words.name(job)} alone"


def job_count(number: int) -> str:
    """ "3 jobs"."""
    return f"{number:,} job{'' if number == 1 else 's'}"


def _clean_up(session: Session) -> str:
    due = {job for job, _ in session.state.due} if session.state else ()  # a job may have several: one for each Run
    return f"Clean up {job_count(len(due))}" if due else "Clean up"


def cleanup_count(session: Session) -> str:
    """ "3 Cleanups"."""
    due = len(session.state.due) if session.state else 0
    return f"{due} Cleanup{'' if due == 1 else 's'}"


def undo_text(session: Session) -> str:
    """What the due Cleanups undo, the newest first: "the Runs of C, B and A"; "" if none is due."""
    due = session.state.due if session.state else []
    names = [words.name(job) for job in dict.fromkeys(job for job, _ in reversed(due))]
    return f"the Run{'' if len(due) == 1 else 's'} of {listed(names)}" if names else ""


def _always(text: str) -> Text:
    return lambda session: text


# --- hints -----------------------------------------------------------------------------------------------------------


def _step_hint(session: Session) -> str:
    if session.next_step is None or session.next_step[1] is not Phase.CLEANUP:
        return "Do the next phase, then halt"
    job, attempt = session.state.due[-1] if session.state else ("", 0)
    return f"Call this Cleanup: it undoes {words.name(job)}'s Run{_when_it_ran(session, job, attempt)}"


def _when_it_ran(session: Session, job: str, attempt: int) -> str:
    """ " of 14:02:33", in local time; "" if that Run was in another process."""
    begun = session.live.started if session.live else None
    runs = (event for event in session.history.phases(job) if (event.attempt, event.phase) == (attempt, Phase.RUN))
    event = next(runs, None)
    if begun is None or event is None:
        return ""
    return time.strftime(" of %H:%M:%S", time.localtime(begun.wall + event.started))


def _start_over_hint(session: Session) -> str:
    due = session.state and session.state.due
    skipped = f"{cleanup_count(session)} due will not be called" if due else "No Cleanup is called"
    return f"Forget this run and its results; keep the graph and the arguments. {skipped}"


def _clean_up_hint(session: Session) -> str:
    what = undo_text(session)
    return "Call the Cleanups that are due, the newest first" + (f": they undo {what}" if what else "")


# --- why disabled ----------------------------------------------------------------------------------------------------


def why_busy(session: Session) -> str:
    """Reason why no command can be given now, or ""."""
    if session.in_the_past:
        return IN_THE_PAST
    if session.state is None:
        return "there is no graph yet: call configure(RootJob)"
    under_way = session.state.under_way
    what = step_name(under_way.job, under_way.phase) if under_way else session.busy
    return f"{what} is under way; Pause or Interrupt it first" if session.busy else ""


def why_no_step(session: Session) -> str:
    """Reason why no step can be taken, or ""."""
    if reason := why_busy(session):
        return reason
    if session.next_step or session.live is None:
        return ""
    if session.live.ended is Outcome.DRY_RUN:
        return "the dry run is over; switch to Act to run the jobs"
    return f"{'the run is over' if session.live.over else NOTHING_LEFT}; Start over begins a new one"


def _why_no_run(session: Session) -> str:
    if reason := why_no_step(session):
        return reason
    halted = session.next_step is not None and session.next_step[1] is Phase.CLEANUP and not session.view.success()
    return "only Cleanups are left; clean up, or leave as is" if halted else ""


def _why_no_reset(session: Session) -> str:
    if reason := why_busy(session):
        return reason
    return "" if session.history.count else "nothing has been done yet"


def _why_no_cleanup(session: Session) -> str:
    if reason := why_busy(session):
        return reason
    if not (session.state and session.state.due):
        return "no Cleanup is due"
    return "a dry run calls no Cleanups; switch to Act" if session.view.no_act else ""


def _why_no_resume(session: Session) -> str:
    return why_busy(session) or ("" if session.cut_off_run else "no run was cut off")


def _why_no_dismiss(session: Session) -> str:
    return _why_no_cleanup(session) and _why_no_resume(session) and "there is nothing to decide"


def _why_no_pause(session: Session) -> str:
    if not session.busy:
        return "nothing is running"
    return "it is pausing already" if session.calls.request else ""


def _why_no_interrupt(session: Session) -> str:
    if not session.busy:
        return "nothing is running"
    return INTERRUPT_PENDING if session.calls.request == "interrupt" else ""


# --- actions ---------------------------------------------------------------------------------------------------------


def _pause_call(session: Session) -> None:
    session.calls.pause()


def _interrupt_call(session: Session) -> None:
    session.calls.interrupt()


def needs_second_press(session: Session, name: str, text: str) -> bool:
    """Whether the button would drop due Cleanups and was pressed only once; then a notice asks for a second press."""
    if not (session.live and session.live.due) or session.pressed_once == name:
        return False
    session.require_second_press(name)
    kept = f"{undo_text(session)} {'is' if len(session.live.due) == 1 else 'are'} not undone"
    session.notices.show(f"{text} forgets {cleanup_count(session)}: {kept}. Press again to do so, or clean up first.")
    return True


def _reset(session: Session) -> None:
    if not needs_second_press(session, "reset", "Start over"):
        session.runner.reset()


def _dismiss(session: Session) -> None:
    session.dismissed_at = session.token


def _start(goal: Goal) -> Callable[[Session], object]:
    return lambda session: session.calls.start_goal(goal)


def _resume(*decided: str) -> Callable[[Session], object]:
    """decided: "rerun" or "done", for the RunonlyJob whose Run was cut off."""

    def resume(session: Session) -> None:
        job = job_in_doubt(session)
        decisions = {word: [job] for word in decided}
        session.calls.start(lambda: session.runner.aresume(**decisions, halt_on_failure=True))

    return resume


def job_in_doubt(session: Session) -> str:
    """Name of the RunonlyJob whose Run was under way when the run was cut off, or ""."""
    run = session.cut_off_run
    phase = run.in_doubt if run else None
    unclear = phase and phase.phase is Phase.RUN and run and run.graph[phase.job].kind is JobKind.RUNONLY
    return phase.job if phase and unclear else ""


BUTTONS: Final[Mapping[str, Button]] = {
    "step": Button(_step, _step_hint, why_no_step, _start("step")),
    "job": Button(
        _always("Next job"),
        _always("Do the next attempt at a job, or the rest of the current one"),
        why_no_step,
        _start("job"),
    ),
    "pass": Button(
        _always("Single pass"), _always("Try each job that can be tried, once"), _why_no_run, _start("pass")
    ),
    "run": Button(_always("Run"), _always("Go on to the end or the next halt"), _why_no_run, _start("run")),
    "pause": Button(_pause, _always("Halt after the current phase"), _why_no_pause, _pause_call, at_once=True),
    "interrupt": Button(
        _always("Interrupt"),
        _always("Raise KeyboardInterrupt in the current phase, now"),
        _why_no_interrupt,
        _interrupt_call,
        at_once=True,
    ),
    "reset": Button(_start_over, _start_over_hint, _why_no_reset, _reset),
    "cleanup": Button(_clean_up, _clean_up_hint, _why_no_cleanup, _start("cleanup")),
    "leave": Button(_always("Leave as is"), _always("Do nothing, and close this question"), _why_no_dismiss, _dismiss),
    "resume": Button(
        _always("Resume"),
        _always("Go on with that run; jobs that had succeeded are checked again"),
        _why_no_resume,
        _resume(),
    ),
    "rerun": Button(
        _always("Resume, run it again"),
        _always("Go on with that run, and call this Run again"),
        _why_no_resume,
        _resume("rerun"),
    ),
    "done": Button(
        _always("Resume, it was done"),
        _always("Go on with that run, without calling this Run again"),
        _why_no_resume,
        _resume("done"),
    ),
}
