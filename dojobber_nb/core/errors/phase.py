"""Errors about job code: its arguments, what it returned, its output, its Cleanups."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dojobber_nb.core.errors.base import DoJobberError


class ArgumentsError(DoJobberError, TypeError):
    """Arguments of set_args that a job does not take; raised before the first phase of a run."""

    def __init__(self, job: str, misfits: Sequence[str], given: str) -> None:
        self.job = job
        super().__init__(
            f"the run has not begun: jobs do not take the arguments of set_args ({given}): "
            f"{'; '.join(misfits)}; call set_args again, or have them take *args, **kwargs"
        )


class AwaitableError(DoJobberError, TypeError):
    """A phase that returned an awaitable, whose work was therefore not done."""

    def __init__(self, job: str, phase: str, result: str) -> None:
        self.job = job
        super().__init__(
            f"{job}.{phase} returned {result}, which nobody awaits: its work was not done; write a plain def that "
            "does its work before it returns, with asyncio.run(…) for a coroutine"
        )


class OutOfTurnError(DoJobberError, RuntimeError):
    """A Check that started out of turn: a defect of the engine, or changed events."""

    def __init__(self, job: str) -> None:
        self.job = job
        super().__init__(f"{job}.check cannot start now: its turn has not come, or was taken already; reset() the run")


class CaptureError(DoJobberError, OSError):
    """The output of a phase could not be captured. The attempt is not charged; `__cause__` says why."""

    def __init__(self, job: str, phase: str, error: OSError) -> None:
        self.job, self.phase = job, phase
        super().__init__(
            f"{job}.{phase}: its output could not be captured ({error.strerror or error}); the attempt is not charged. "
            "Fix that and call run(), or configure(capture=False)"
        )
        self.errno = error.errno


class CannotAskError(DoJobberError, EOFError):
    """A job that asked for input where nobody can answer; raised in its phase."""

    def __init__(self, job: str) -> None:
        self.job = job
        super().__init__(
            f"{job} asks for input, and a phase cannot ask here: nobody can answer. Pass what it needs as an "
            "argument: set_args(...), or ArgsForm in a notebook"
        )


class CleanupExit(DoJobberError, RuntimeError):
    """Stands in CleanupErrors for an exception that is no Exception (such as SystemExit), or would show a secret.

    `__cause__` is that exception, unless it would show a secret.
    """

    def __init__(self, job: str, error: BaseException, said: str) -> None:
        self.job = job
        super().__init__(f"{job}.Cleanup left by {type(error).__name__}: {said}")


class CleanupErrors(DoJobberError, ExceptionGroup[Exception]):
    """The exceptions that Cleanups raised; all of them were called."""

    def derive(self, excs: Sequence[Any]) -> CleanupErrors:  # type: ignore[override]  # keeps the type when split
        """A CleanupErrors of other exceptions."""
        return CleanupErrors(self.message, excs)
