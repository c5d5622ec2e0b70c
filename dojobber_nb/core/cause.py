"""Cause of a job's failure, in one line: what its Run raised, then what the Recheck found."""

from __future__ import annotations

from typing import Final

from dojobber_nb.core.graph import JobKind
from dojobber_nb.core.jobstate import JobState
from dojobber_nb.core.preview import MESSAGE_LIMIT, clip, exception_text
from dojobber_nb.core.values import name_of

JOINT, SHORT_JOINT = " (Run), so: ", " → "
TIGHT: Final = 60  # characters: below this the short joint leaves more room for both messages


def cause(job: JobState, limit: int = MESSAGE_LIMIT) -> str:
    """The cause of the last failed attempt, in at most `limit` characters; "" if none has failed.

    "No route to host (Run), so: db2 has no certificate" where Run raised and the Recheck then failed, with a short
    limit "No route to host → db2 has no…"; else the one exception there is.
    """
    verdict, ran = reason(job.error), reason(job.run_error)
    if not ran or ran == verdict or job.node.kind is JobKind.RUNONLY:  # the Recheck of a RunonlyJob repeats its Run
        return _cut(verdict, limit)
    ran = ran.removesuffix(".")
    whole = f"{ran}{JOINT}{verdict}"
    return whole if len(whole) <= limit else _shared(ran, verdict, limit)


def _shared(ran: str, verdict: str, limit: int) -> str:
    """Both messages, each cut to a share: three fifths for Run, or what the other message leaves."""
    joint = SHORT_JOINT if limit < TIGHT else JOINT
    room = max(limit - len(joint), 2)
    second = min(len(verdict), max(room * 2 // 5, room - len(ran)))
    return f"{_cut(ran, room - second)}{joint}{_cut(verdict, second)}"


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else f"{text[: max(limit - 1, 0)].rstrip()}…"


def reason(error: BaseException | None, limit: int = MESSAGE_LIMIT) -> str:
    """The message of an exception, with its type if the message alone says too little: "KeyError: 'db2'"."""
    if error is None:
        return ""
    text, kind = exception_text(error, limit), name_of(type(error)).rpartition(".")[2]
    return text if _is_sentence(text) else f"{kind}: {text}" if text else kind


def advice(job: JobState, limit: int = 400) -> str:
    """The first note on the exceptions of the last failed attempt, Run's before the Recheck's; "" if there is none.

    Authors add notes, and so does the engine where it knows the way out.
    """
    for error in (job.run_error, job.error):
        notes = _notes_of(error)
        if isinstance(notes, list) and notes and isinstance(notes[0], str):
            return clip(notes[0], limit)
    return ""


def _notes_of(error: BaseException | None) -> object:
    """The notes of the exception, read without calling code of its class."""
    try:
        return object.__getattribute__(error, "__dict__").get("__notes__")
    except AttributeError:
        return None


def _is_sentence(text: str) -> bool:
    """Whether the text says enough by itself: words, or one plain word; not a name, a number or a quoted text."""
    quoted = len(text) > 1 and text[0] in "'\"" and text[-1] == text[0]
    words = text.split(maxsplit=1)
    return not quoted and (len(words) > 1 or (len(text) > 1 and text.rstrip(".!").isalpha()))
