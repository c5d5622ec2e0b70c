"""The buttons: what each is called just now, why it cannot be pressed, and what it does."""

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

ASKED: Final = "the interrupt takes effect at the next line of Python; a call that blocks must return first"

NOTHING_LEFT: Final = "no job has tries left; Try again gives a job one more attempt"

PAST: Final = "this is the past; go back to now first"


Told = Callable[[Session], str]  # asked at each look


class Button(NamedTuple):
    """`label` ("": it is not there), `hint` (what it does) and `off` (why it cannot be pressed, "" if it can).

    `at_once`: can be pressed during a call. `job`: the job it is about, which a press has to name.
    """

    label: Told
    hint: Told
    off: Told
    act: Callable[[Session], object]
    at_once: bool = False
    job: Told | None = None


def labels(session: Session, table: Mapping[str, Button]) -> dict[str, str]:
    """What each is called just now; there are none where a run can only be looked at."""
    return {name: button.label(session) for name, button in _there(session, table).items()}


def hints(session: Session, table: Mapping[str, Button]) -> dict[str, str]:
    """What each does just now."""
    return {name: button.hint(session) for name, button in _there(session, table).items()}


def off(session: Session, table: Mapping[str, Button]) -> dict[str, str]:
    """Why some cannot be pressed."""
    reasons = {name: button.off(session) for name, button in _there(session, table).items()}
    return {name: reason for name, reason in reasons.items() if reason}


def _there(session: Session, table: Mapping[str, Button]) -> Mapping[str, Button]:
    return {} if not session.can_act else table


# --- labels ----------------------------------------------------------------------------------------------------------


def _step(session: Session) -> str:
    return f"Step ▸ {step_name(*session.next)}" if session.next and not session.busy else "Step"


def _pause(session: Session) -> str:
    if not session.calls.asked:
        return "Pause"
    under_way = session.live.under_way if session.live else None
    return f"Pausing after {step_name(under_way.job, under_way.phase)}" if under_way else "Pausing"


def _start_over(session: Session) -> str:
    if session.sure == "reset":
        return f"Forget {cleanups(session)}, start over"
    return f"Start over: all {jobs(len(session.view.configured))}" if part(session) else "Start over"


def part(session: Session) -> str:
    """What this run is of, if it is not of the whole graph: "TurnOnTV and the 3 jobs it needs"."""
    graph = session.live.graph if session.live else None
    return part_of(len(graph), graph.root.name) if graph and graph is not session.view.configured else ""


def part_of(size: int, job: str) -> str:
    """ "TurnOnTV and the 3 jobs it needs"."""
    return f"{words.name(job)} and the {jobs(size - 1)} it needs" if size > 1 else f"{words.name(job)} alone"


def jobs(number: int) -> str:
    """ "3 jobs"."""
    return f"{number:,} job{'' if number == 1 else 's'}"


def _clean_up(session: Session) -> str:
    due = {job for job, _ in session.state.due} if session.state else ()  # a job has one for each Run that was begun
    return f"Clean up {jobs(len(due))}" if due else "Clean up"


def cleanups(session: Session) -> str:
    """ "3 Cleanups"."""
    due = len(session.state.due) if session.state else 0
    return f"{due} Cleanup{'' if due == 1 else 's'}"


def undone(session: Session) -> str:
    """What the Cleanups that are due undo, the newest first: "the Runs of C, B and A"; "" if none is due."""
    due = session.state.due if session.state else []
    names = [words.name(job) for job in dict.fromkeys(job for job, _ in reversed(due))]
    return f"the Run{'' if len(due) == 1 else 's'} of {listed(names)}" if names else ""


def _always(text: str) -> Told:
    return lambda session: text


# --- hints -----------------------------------------------------------------------------------------------------------


def _step_hint(session: Session) -> str:
    if session.next is None or session.next[1] is not Phase.CLEANUP:
        return "Take the next phase, and no more"
    job, attempt = session.state.due[-1] if session.state else ("", 0)
    return f"Call this Cleanup: it undoes {words.name(job)}'s Run{_when_it_ran(session, job, attempt)}"


def _when_it_ran(session: Session, job: str, attempt: int) -> str:
    """ " of 14:02:33", by the clock of the host; "" of a Run in a process that has died."""
    begun = session.live.started if session.live else None
    runs = (event for event in session.story.of(job) if (event.attempt, event.phase) == (attempt, Phase.RUN))
    event = next(runs, None)
    if begun is None or event is None:
        return ""
    return time.strftime(" of %H:%M:%S", time.localtime(begun.wall + event.started))


def _start_over_hint(session: Session) -> str:
    due = f" {cleanups(session)} due will not be called." if session.state and session.state.due else ""
    return f"Forget this run and its results: same graph, same arguments, no Cleanup.{due}"


def _clean_up_hint(session: Session) -> str:
    what = undone(session)
    return "Call the Cleanups that are due, the newest first" + (f": they undo {what}" if what else "")


# --- why not ---------------------------------------------------------------------------------------------------------


def busy(session: Session) -> str:
    """Why nothing at all can be done just now, or ""."""
    if session.in_the_past:
        return PAST
    if session.state is None:
        return "there is no graph yet: call configure(RootJob)"
    under_way = session.state.under_way
    what = step_name(under_way.job, under_way.phase) if under_way else session.busy
    return f"{what} is under way; Pause or Interrupt it first" if session.busy else ""


def nothing_next(session: Session) -> str:
    """Why no step can be taken, or ""."""
    if reason := busy(session):
        return reason
    if session.next or session.live is None:
        return ""
    if session.live.ended is Outcome.DRY_RUN:
        return "the dry run is over; switch to Act to make it so"
    return f"{'the run is over' if session.live.over else NOTHING_LEFT}; Start over begins a new one"


def _nothing_to_try(session: Session) -> str:
    if reason := nothing_next(session):
        return reason
    halted = session.next is not None and session.next[1] is Phase.CLEANUP and not session.view.success()
    return "only Cleanups are left: clean up, or leave all as it is" if halted else ""


def _not_begun(session: Session) -> str:
    if reason := busy(session):
        return reason
    return "" if session.story.told else "nothing has been done yet"


def _nothing_due(session: Session) -> str:
    if reason := busy(session):
        return reason
    if not (session.state and session.state.due):
        return "no Cleanup is due"
    return "Cleanups wait until Act: this is a dry run" if session.view.no_act else ""


def _nothing_left_behind(session: Session) -> str:
    return busy(session) or ("" if session.left_behind else "no run was cut off")


def _nothing_asked(session: Session) -> str:
    return _nothing_due(session) and _nothing_left_behind(session) and "there is nothing to decide"


def _idle(session: Session) -> str:
    if not session.busy:
        return "nothing is under way"
    return "it is pausing already" if session.calls.asked else ""


def _not_pausing(session: Session) -> str:
    if not session.busy:
        return "nothing is under way"
    return ASKED if session.calls.asked == "interrupt" else ""


# --- what they do ----------------------------------------------------------------------------------------------------


def _pause_call(session: Session) -> None:
    session.calls.pause()


def _interrupt_call(session: Session) -> None:
    session.calls.interrupt()


def to_be_asked(session: Session, name: str, text: str) -> bool:
    """Whether that button would forget Cleanups that are due, and has not been pressed twice: then it is told what."""
    if not (session.live and session.live.due) or session.sure == name:
        return False
    session.ask_again(name)
    stay = f"{undone(session)} {'is' if len(session.live.due) == 1 else 'are'} not undone"
    session.notices.tell(f"{text} forgets {cleanups(session)}: {stay}. Press again to do so, or clean up first.")
    return True


def _reset(session: Session) -> None:
    if not to_be_asked(session, "reset", "Start over"):
        session.runner.reset()


def _leave_as_is(session: Session) -> None:
    session.left_at = session.moment


def _start(goal: Goal) -> Callable[[Session], object]:
    return lambda session: session.calls.go_on(goal)


def _resume(*decided: str) -> Callable[[Session], object]:
    """decided: "rerun" or "done", of the job of which nobody can tell whether it was done."""

    def resume(session: Session) -> None:
        job = in_doubt(session)
        wish = {word: [job] for word in decided}
        session.calls.start(lambda: session.runner.aresume(**wish, halt_on_failure=True))

    return resume


def in_doubt(session: Session) -> str:
    """The RunonlyJob whose Run was under way in the run that was cut off, or ""."""
    run = session.left_behind
    phase = run.in_doubt if run else None
    asks = phase and phase.phase is Phase.RUN and run and run.graph[phase.job].kind is JobKind.RUNONLY
    return phase.job if phase and asks else ""


BUTTONS: Final[Mapping[str, Button]] = {
    "step": Button(_step, _step_hint, nothing_next, _start("step")),
    "job": Button(
        _always("Next job"), _always("Take the next attempt, or the rest of this one"), nothing_next, _start("job")
    ),
    "pass": Button(
        _always("Single pass"), _always("Try each job that can be tried, once"), _nothing_to_try, _start("pass")
    ),
    "run": Button(_always("Run"), _always("Go on to the end, or to the next halt"), _nothing_to_try, _start("run")),
    "pause": Button(_pause, _always("Halt after the phase under way"), _idle, _pause_call, at_once=True),
    "interrupt": Button(
        _always("Interrupt"),
        _always("Raise KeyboardInterrupt in the phase under way, now"),
        _not_pausing,
        _interrupt_call,
        at_once=True,
    ),
    "reset": Button(_start_over, _start_over_hint, _not_begun, _reset),
    "cleanup": Button(_clean_up, _clean_up_hint, _nothing_due, _start("cleanup")),
    "leave": Button(
        _always("Leave as is"), _always("Do nothing, and close this question"), _nothing_asked, _leave_as_is
    ),
    "resume": Button(
        _always("Resume"),
        _always("Go on with that run; what had succeeded is checked again"),
        _nothing_left_behind,
        _resume(),
    ),
    "rerun": Button(
        _always("Resume, run it again"), _always("Go on, and call its Run"), _nothing_left_behind, _resume("rerun")
    ),
    "done": Button(
        _always("Resume, it was done"), _always("Go on without calling its Run"), _nothing_left_behind, _resume("done")
    ),
}
