"""Rules of statuses, as tables: what the end of a phase, an attempt or a process makes of a job."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from dojobber_nb.core.events import Phase, ResumeAs, Status

# (phase that ended, whether it passed): (status of its job, next phase of the attempt).
RULES: Final[Mapping[tuple[Phase, bool], tuple[Status, Phase | None]]] = {
    (Phase.INIT, False): (Status.FAILED, None),
    (Phase.CHECK, True): (Status.OK, None),
    (Phase.CHECK, False): (Status.RUNNING, Phase.RUN),
    (Phase.RUN, True): (Status.RUNNING, Phase.RECHECK),
    (Phase.RUN, False): (Status.RUNNING, Phase.RECHECK),  # Recheck is the judge
    (Phase.RECHECK, True): (Status.CHANGED, None),
    (Phase.RECHECK, False): (Status.FAILED, None),
}

# The same for a job that only checks.
WITHOUT_RUN: Final = {**RULES, (Phase.CHECK, False): (Status.FAILED, None)}

# Status of a job whose attempt ended without a verdict, by (whether it never failed, whether tries are left).
WITHDRAWN: Final = {
    (True, True): Status.PENDING,
    (False, True): Status.RETRYING,
    (False, False): Status.FAILED,
}

# Status of a job: the mark of the jobs that need it.
MARK_BELOW: Final = {
    Status.WOULD_RUN: Status.UNKNOWN,
    Status.FAILED: Status.BLOCKED,
}
MARKS: Final = frozenset(MARK_BELOW.values())

# Status of a job when its run is resumed.
RESUMED_STATUS: Final[Mapping[ResumeAs, Status]] = {
    ResumeAs.AGAIN: Status.PENDING,
    ResumeAs.TRUSTED: Status.CHANGED,
    ResumeAs.AFRESH: Status.PENDING,
    ResumeAs.IN_DOUBT: Status.PENDING,
    ResumeAs.RETRYING: Status.RETRYING,
    ResumeAs.FAILED: Status.FAILED,
    ResumeAs.OK: Status.OK,
    ResumeAs.CHANGED: Status.CHANGED,
    ResumeAs.WOULD_RUN: Status.WOULD_RUN,
}
