"""ShownAttempt: one attempt at a job, as the inspector shows it, and what its errors are called."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from dojobber_nb.core.events import Phase, PhaseStarted
from dojobber_nb.core.graph import JobKind
from dojobber_nb.core.jobstate import JobState
from dojobber_nb.core.preview import message
from dojobber_nb.core.values import name_of
from dojobber_nb.notebook.session.run_history import Ended
from dojobber_nb.notebook.session.session import Session
from dojobber_nb.view import words

# From cause to effect. Check is last: its failure is expected, and Run is there to mend it.
CAUSES: Final = (Phase.INIT, Phase.RUN, Phase.RECHECK, Phase.CLEANUP, Phase.CHECK)

HEADINGS: Final[Mapping[Phase, str]] = {
    Phase.INIT: "__init__ raised, so nothing was checked",
    Phase.CHECK: "Check failed",
    Phase.RUN: "Run raised",
    Phase.RECHECK: "Recheck failed",
    Phase.CLEANUP: "Cleanup raised",
}

RECHECK_TEXTS: Final[Mapping[bool | None, str]] = {  # by the result of the Recheck, which decides, whatever Run raised
    True: ", but the Recheck passed, so the job is done",
    False: ", and the Recheck failed",
    None: "; the Recheck decides whether the job is done",
}


class ShownAttempt(NamedTuple):
    """One attempt at a job, as the inspector shows it. `number` is 0 if the job had none.

    `current` is its phase that is under way, or None. whole: whether the output pane has all rows at once.
    """

    session: Session
    job: JobState
    number: int
    current: PhaseStarted | None
    whole: bool = False

    @property
    def place(self) -> list[int]:
        """[index of the job, number of the attempt]."""
        return [self.job.node.index, self.number]

    @property
    def phases(self) -> list[Ended]:
        """The ended phases of the attempt."""
        return [event for event in self.session.history.phases(self.job.name) if event.attempt == self.number]

    @property
    def errors(self) -> list[Ended]:
        """The phases that raised, the cause first: Run, Recheck, Cleanup, Check. Equal messages appear once."""
        failed = [event for event in self.phases if event.traceback and not self._repeats_run(event)]
        by_message: dict[str, Ended] = {}
        for event in sorted(failed, key=lambda event: CAUSES.index(event.phase or Phase.CHECK)):
            by_message.setdefault(headline_of(event), event)
        return list(by_message.values())

    def _repeats_run(self, event: Ended) -> bool:
        """Whether it is the Check or Recheck of a RunonlyJob, for which the engine raises or repeats an error."""
        ran = any(phase.phase is Phase.RUN for phase in self.phases)
        return self.job.node.kind is JobKind.RUNONLY and ran and event.phase in (Phase.CHECK, Phase.RECHECK)

    def title(self, event: Ended) -> str:
        """Heading of an error: what its phase means for the attempt."""
        heading = HEADINGS[event.phase or Phase.CHECK]
        if event.phase is Phase.RUN and self.job.node.kind is not JobKind.RUNONLY:
            passed = next((phase.ok for phase in self.phases if phase.phase is Phase.RECHECK), None)
            heading = f"{heading}{RECHECK_TEXTS[passed]}"
        return f"Attempt {event.attempt}: {heading}"


def headline_of(event: Ended) -> str:
    kind, text = name_of(type(event.error)), message(event.error)
    return words.in_lines(kind if text == kind else f"{kind}: {text}")
