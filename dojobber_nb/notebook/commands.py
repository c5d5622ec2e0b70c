"""The buttons: what each is called just now, why it cannot be pressed, and what it does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Final, NamedTuple

from dojobber_nb.core.events import Phase
from dojobber_nb.notebook.session import Session
from dojobber_nb.view import words

ASKED = "asked: it ends as soon as Python code runs there; a call that blocks must return first"
HASTE = 250  # ms: the second click of a double click comes sooner than anybody reads what the first one did


class Command(NamedTuple):
    """`label` and `off` (why not, "" if it can be pressed) are asked at each look; `at_once`: also during a call."""

    label: Callable[[Session], str]
    hint: str
    off: Callable[[Session], str]
    act: Callable[[Session], object]
    at_once: bool = False


class Click(NamedTuple):
    """A press on a button as the page reports it: which, the moment it showed and for how many ms, how many clicks."""

    button: str
    moment: str
    shown: float
    clicks: int


def press(session: Session, click: Click) -> None:
    """Do what the button does, or tell why not. From any thread."""
    command = COMMANDS[click.button]
    if command.at_once:
        with session.telling():
            command.act(session)
        session.refresh()
    elif reason := _refused(session, click):  # told at once, even while a cell keeps the loop
        session.tell(reason)
        session.refresh()
    else:
        session.on_loop(partial(_press, session, click))


def _press(session: Session, click: Click) -> None:
    reason = _refused(session, click)
    if reason:
        session.tell(reason)
    else:
        session.tell("")
        COMMANDS[click.button].act(session)


def _refused(session: Session, click: Click) -> str:
    """Why this click is not taken, or ""."""
    command = COMMANDS[click.button]
    label = command.label(session)
    session.look()
    if click.clicks > 1 and (session.busy or click.shown < HASTE):
        return f"A double click: its second half was not taken. Press {label} once more if you mean it."
    if reason := command.off(session):
        return f"{label} was not taken: {reason}"
    if click.moment != session.moment:
        return f"{label} was not taken: it came late, the run had moved on. Look again, then press once more."
    return ""


def labels(session: Session) -> dict[str, str]:
    """What each button is called just now."""
    return {name: command.label(session) for name, command in COMMANDS.items()}


def off(session: Session) -> dict[str, str]:
    """Why some cannot be pressed."""
    reasons = {name: command.off(session) for name, command in COMMANDS.items()}
    return {name: reason for name, reason in reasons.items() if reason}


# --- labels ----------------------------------------------------------------------------------------------------------


def _step(session: Session) -> str:
    return f"Step ▸ {step_name(*session.next)}" if session.next and not session.busy else "Step"


def step_name(job: str, phase: str) -> str:
    """ "TurnOnTV.run"."""
    return f"{words.name(job)}.{phase}"


def _pause(session: Session) -> str:
    if not session.asked:
        return "Pause"
    state = session.state
    under_way = state.under_way if state else None
    return f"Pausing after {step_name(under_way.job, under_way.phase)}" if under_way else "Pausing"


def _start_over(session: Session) -> str:
    return f"Forget {cleanups(session)}, start over" if session.moment.endswith("sure") else "Start over"


def _clean_up(session: Session) -> str:
    due = len(session.state.due) if session.state else 0
    return f"Clean up {due} job{'s' if due > 1 else ''}" if due else "Clean up"


def cleanups(session: Session) -> str:
    """ "3 Cleanups"."""
    due = len(session.state.due) if session.state else 0
    return f"{due} Cleanup{'' if due == 1 else 's'}"


def _always(text: str) -> Callable[[Session], str]:
    return lambda session: text


# --- why not ---------------------------------------------------------------------------------------------------------


def _busy(session: Session) -> str:
    if session.state is None:
        return "there is no graph yet: call configure(RootJob)"
    under_way = session.state.under_way
    what = step_name(under_way.job, under_way.phase) if under_way else f"{session.runner.going_on or 'a call'}()"
    return f"{what} is under way" if session.busy else ""


def _nothing_next(session: Session) -> str:
    if reason := _busy(session):
        return reason
    return "" if session.next else "the run is over; Start over begins a new one"


def _nothing_to_try(session: Session) -> str:
    if reason := _nothing_next(session):
        return reason
    halted = session.next is not None and session.next[1] is Phase.CLEANUP and not session.runner.success()
    return "only Cleanups are left: clean up, or leave all as it is" if halted else ""


def _not_begun(session: Session) -> str:
    if reason := _busy(session):
        return reason
    return "" if session.story.told else "nothing has been done yet"


def _nothing_due(session: Session) -> str:
    if reason := _busy(session):
        return reason
    if not (session.state and session.state.due):
        return "no Cleanup is due"
    return "Cleanups wait until Act: this is a dry run" if session.runner.no_act else ""


def _idle(session: Session) -> str:
    if not session.busy:
        return "nothing is under way"
    return "it is pausing already" if session.asked else ""


def _not_pausing(session: Session) -> str:
    if not session.busy:
        return "nothing is under way"
    return ASKED if session.asked == "interrupt" else ""


# --- what they do ----------------------------------------------------------------------------------------------------


def _ask_pause(session: Session) -> None:
    if session.busy and not session.asked:
        session.asked = "pause"
        session.runner.pause()


def _ask_interrupt(session: Session) -> None:
    if session.busy:
        session.asked = "interrupt"
        session.runner.interrupt()


def _reset(session: Session) -> None:
    """Cleanups that are due would be forgotten: that takes a second press."""
    due = session.state and session.state.due
    if due and not session.moment.endswith("sure"):
        session.sure_at = session.moment
        return
    session.sure_at = ""
    session.runner.reset()


def _leave_as_is(session: Session) -> None:
    session.left_at = session.moment


def _going(goal: str) -> Callable[[Session], object]:
    return lambda session: session.go(goal)


COMMANDS: Final[Mapping[str, Command]] = {
    "step": Command(_step, "Take the next phase, and no more", _nothing_next, _going("step")),
    "job": Command(_always("Next job"), "The next attempt, or the rest of this one", _nothing_next, _going("job")),
    "pass": Command(_always("Single pass"), "Each job that can be tried, once", _nothing_to_try, _going("pass")),
    "run": Command(_always("Run"), "Go on to the end or to the next halt", _nothing_to_try, _going("run")),
    "pause": Command(_pause, "Halt after the phase under way", _idle, _ask_pause, at_once=True),
    "interrupt": Command(_always("Interrupt"), "KeyboardInterrupt, now", _not_pausing, _ask_interrupt, at_once=True),
    "reset": Command(_start_over, "Forget this run: same graph, same arguments, no Cleanup", _not_begun, _reset),
    "cleanup": Command(_clean_up, "Call the Cleanups that are due, the newest first", _nothing_due, _going("cleanup")),
    "leave": Command(_always("Leave as is"), "Close this offer; Clean up stays at hand", _nothing_due, _leave_as_is),
}
