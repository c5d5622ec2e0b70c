"""The panes of the inspector: what each says of one attempt at a job."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import groupby
from typing import Any, Final, NamedTuple

from dojobber_nb.core.cause import reason
from dojobber_nb.core.events import Interrupted, Phase, PhaseStarted
from dojobber_nb.core.graph import JobKind
from dojobber_nb.core.jobstate import JobState
from dojobber_nb.core.preview import chain, clip, message
from dojobber_nb.core.values import name_of
from dojobber_nb.notebook.debugging.frames import Frame, parts
from dojobber_nb.notebook.debugging.source import source
from dojobber_nb.notebook.session.run_history import Ended
from dojobber_nb.notebook.session.session import Session
from dojobber_nb.notebook.widgets.output import output
from dojobber_nb.notebook.widgets.storage_history import held, holds, watched
from dojobber_nb.view import words

ATTEMPTS = 20  # the last ones are shown
TEXT = 16_000  # characters of a traceback


class AttemptLook(NamedTuple):
    """At one attempt at a job: `number` is 0 when there was none.

    `current` is its phase under way, unless it is past. whole: whether panes hold all of the output.
    """

    session: Session
    job: JobState
    number: int
    current: PhaseStarted | None
    whole: bool = False

    @property
    def place(self) -> list[int]:
        """The job's index and the number of the attempt."""
        return [self.job.node.index, self.number]

    @property
    def phases(self) -> list[Ended]:
        """Those of the attempt that have ended."""
        return [event for event in self.session.story.of(self.job.name) if event.attempt == self.number]

    @property
    def errors(self) -> list[Ended]:
        """The phases that raised, the cause first: Run, Recheck, Cleanup, Check; what two of them say stands once."""
        failed = [event for event in self.phases if event.traceback and not self._is_told_by_run(event)]
        told: dict[str, Ended] = {}
        for event in sorted(failed, key=lambda event: CAUSES.index(event.phase or Phase.CHECK)):
            told.setdefault(_message(event), event)
        return list(told.values())

    def _is_told_by_run(self, event: Ended) -> bool:
        """Whether the engine raised it in place of the Check that a RunonlyJob has not, or repeats what Run raised."""
        ran = any(phase.phase is Phase.RUN for phase in self.phases)
        return self.job.node.kind is JobKind.RUNONLY and ran and event.phase in (Phase.CHECK, Phase.RECHECK)

    def title(self, event: Ended) -> str:
        """Heading of an error: what it means that this phase raised."""
        said = SAYS[event.phase or Phase.CHECK]
        if event.phase is Phase.RUN and self.job.node.kind is not JobKind.RUNONLY:
            passed = next((phase.ok for phase in self.phases if phase.phase is Phase.RECHECK), None)
            said = f"{said}{THEN[passed]}"
        return f"Attempt {event.attempt}: {said}"


def attempts(look: AttemptLook) -> dict[str, Any]:
    """What each attempt came to, phase by phase."""
    job, found = look.job, look.session.story.attempts(look.job.name)
    rows = [
        {"number": phases[0].attempt, "phases": [_phase(job, event) for event in phases]}
        for phases in found[-ATTEMPTS:]
    ]
    tries = f"{job.tries} of {job.node.tries} tries taken, at least {words.seconds(job.node.delay)} apart"
    return {"rows": rows, "earlier": _earlier(max(0, len(found) - ATTEMPTS)), "tries": tries}


def _earlier(left_out: int) -> str:
    if not left_out:
        return ""
    return f"{left_out:,} earlier attempt{' is' if left_out == 1 else 's are'} not shown."


def error(look: AttemptLook) -> dict[str, Any]:
    """What the attempt raised, what that came from, and where, frame by frame."""
    return {"errors": [{"title": look.title(event), **_raised(event)} for event in look.errors]}


def storage(look: AttemptLook) -> dict[str, Any]:
    """What both storages held after the attempt, as far as it is known, and who wrote it."""
    session, phases, view = look.session, look.phases, look.session.view
    last, all_phases = (phases[-1] if phases else None), session.story.sharing
    attempt, run = _watched(look)
    storages = None if session.in_the_past else view.storages
    told = storages is None
    if storages is None or look.number != look.job.attempt:
        own = held(phases, "storage", last)
        shared = held(all_phases, "global_storage", last) if told else None
        notes = {"own": _note(own, "attempt", attempt), "shared": _note(shared or [], "run", run)}
        return {"own": own, "shared": shared, "notes": notes}
    own = holds(storages.get(look.job.name) or {}, phases, "storage", last, watched=attempt)
    shared = holds(view.global_storage, all_phases, "global_storage", last, watched=run)
    return {"own": own, "shared": shared, "notes": {"own": "", "shared": ""}}


def code(look: AttemptLook) -> dict[str, Any]:
    """The source of the job's class."""
    where, text = source(look.job.node.job)
    return {"where": where, "text": words.in_lines(text)}


PANES: Final[Mapping[str, Callable[[AttemptLook], dict[str, Any]]]] = {
    "attempts": attempts,
    "output": output,
    "error": error,
    "storage": storage,
    "source": code,
}


# From the cause of a failure to what it led to; what the Check says is no fault, as long as Run can mend it.
CAUSES: Final = (Phase.INIT, Phase.RUN, Phase.RECHECK, Phase.CLEANUP, Phase.CHECK)
SAYS: Final[Mapping[Phase, str]] = {
    Phase.INIT: "__init__ raised, so nothing was checked",
    Phase.CHECK: "Check failed",
    Phase.RUN: "Run raised",
    Phase.RECHECK: "Recheck failed",
    Phase.CLEANUP: "Cleanup raised",
}
THEN: Final[Mapping[bool | None, str]] = {  # by how the Recheck came out: it decides, whatever Run raised
    True: ", but the Recheck passed, so the job is done",
    False: ", and the Recheck failed",
    None: "; the Recheck decides whether the job is done",
}


# What the engine raises for a RunonlyJob in place of its own: the error stands with its Run, once.
OF_RUNONLY: Final[Mapping[str | None, str]] = {Phase.CHECK: "it has no Check", Phase.RECHECK: "as its Run"}


def _phase(job: JobState, event: Ended) -> dict[str, Any]:
    said = "interrupted" if isinstance(event, Interrupted) else words.in_lines(reason(event.error, 300))
    if said and job.node.kind is JobKind.RUNONLY:
        said = OF_RUNONLY.get(event.phase, said)
    return {"phase": event.phase or "", "ok": event.ok, "seconds": words.seconds(event.duration), "said": said}


def _raised(event: Ended) -> dict[str, Any]:
    told = _message(event)
    found = parts(words.in_lines(clip(event.traceback, TEXT)), event.error)
    return {
        "message": told,
        "came_from": chain(event.error) if event.error is not None else None,
        "parts": _folded([part for part in found if part != told]),
    }


def _folded(found: Sequence[str | Frame]) -> list[dict[str, Any]]:
    """The parts of a traceback. The first of library frames in a row says how many they are: the page folds them."""
    told: list[dict[str, Any]] = []
    for library, group in groupby(found, lambda part: isinstance(part, Frame) and part.library):
        frames = [{"text": part} if isinstance(part, str) else part._asdict() for part in group]
        if library:
            frames[0]["folded"] = f"{len(frames)} frame{'' if len(frames) == 1 else 's'} in libraries"
        told += frames
    return told


def _message(event: Ended) -> str:
    kind, text = name_of(type(event.error)), message(event.error)
    return words.in_lines(kind if text == kind else f"{kind}: {text}")


def _watched(look: AttemptLook) -> tuple[bool, bool]:
    """Whether all phases of the attempt were watched, and all of the run up to the moment that is looked at."""
    session = look.session
    watches, attempt = session.view.watches, session.story.span(look.job.name, look.number)
    return watched(watches, *attempt), watched(watches, 0, len(session.events) - 1)


def _note(rows: Sequence[object], what: str, seen: bool) -> str:
    """What there is to say of a past storage beside its keys: "" if they are all there was."""
    if not seen:
        return f"Nobody watched this, or not all of the {what}: what its phases changed was not recorded."
    return "" if rows else f"Empty at that moment: the {what} had stored nothing here."
