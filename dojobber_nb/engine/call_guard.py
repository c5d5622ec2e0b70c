"""CallGuard: wraps each call of a runner. One at a time; streams, directory, record and requests around it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from dojobber_nb.core.errors import CleanupErrors, CleanupExit, EngineBusyError
from dojobber_nb.core.events import Phase, PhaseEnded
from dojobber_nb.core.log_rows import event_of
from dojobber_nb.core.preview import message
from dojobber_nb.core.secrets import MARK
from dojobber_nb.engine.capture import Capture
from dojobber_nb.engine.engine_context import EngineContext
from dojobber_nb.engine.live_view import LiveRunView
from dojobber_nb.engine.run import Run
from dojobber_nb.engine.stream_router import ROUTER
from dojobber_nb.engine.working_directory import directory_of_call


class CallGuard:
    """Guards the calls of one runner. `begun`: the number of events before the last call."""

    def __init__(self, context: EngineContext, view: LiveRunView) -> None:
        self._context, self._view = context, view
        self.begun = 0

    @contextlib.contextmanager
    def alone(self, call: str) -> Iterator[None]:
        """Refuse a call while another one of this runner is under way: EngineBusyError."""
        calls, mine = self._context.calls, [call]
        try:  # setdefault is inside: a signal handler may raise anywhere
            if calls.setdefault("call", mine) is not mine:  # atomic
                raise EngineBusyError(call, self._context.call)
            self._context.requests.drop_pause_and_stop()
            yield
        finally:
            if calls.get("call") is mine:
                calls.clear()

    @contextlib.contextmanager
    def around(self, call: str, *, beside_loop: bool = False) -> Iterator[None]:
        """Around each call that may call jobs: restores cwd and streams, and emits the end of the run."""
        context = self._context
        context.before_call(call)
        requests = context.requests
        with requests.during_call(sigint=not beside_loop), self.alone(call), directory_of_call() as directory:
            requests.use_this_thread()
            run = self._view.run
            run.close_open_phase()
            run.paused_at, self.begun, context.directory = None, len(run.rows), directory
            try:
                with self._captured(run), self._recorded():
                    yield
            finally:
                directory.recover()
                run = self._view.run  # the call may have begun another one
                run.close_open_phase()
                self._end_call(run)
            self.flush()
        context.after_call(call)

    @contextlib.contextmanager
    def _captured(self, run: Run) -> Iterator[None]:
        """Capture the output of phases if somebody wants it; restore streams and descriptors afterwards."""
        context = self._context
        watched = context.watchers or context.recording
        wanted = watched if context.config.capture is None else context.config.capture
        context.capture = Capture() if wanted else None
        run.note_watch()
        with ROUTER.call(context.capture):
            yield

    def _recorded(self) -> contextlib.AbstractContextManager[None]:
        recording = self._context.recording
        return recording.in_call() if recording else contextlib.nullcontext()

    def _end_call(self, run: Run) -> None:
        """Handle a request that came after the last step, and emit the end of the run."""
        run.apply_requested_no_act()
        run.end_if_done()
        if self._context.recording:
            self._context.recording.after_call(tuple(self._context.breakpoints), run.paused_at)

    def flush(self) -> None:
        """Flush all events to the record, and release its lock once the run has ended. Raises RecordError."""
        if recording := self._context.recording:
            recording.finish_call(over=self._view.run.state.ended is not None)

    def ended_phases(self) -> Iterator[PhaseEnded]:
        """The phases that ended in the call that has just returned."""
        return (event for event in map(event_of, self._view.run.rows[self.begun :]) if isinstance(event, PhaseEnded))

    def raise_cleanup_errors(self) -> None:
        """Raise the errors of this call's Cleanups as one CleanupErrors."""
        if not self._view.run.state.over:
            return
        failed = [event for event in self.ended_phases() if event.phase is Phase.CLEANUP and not event.ok]
        if failed:
            errors = [_as_exception(event) for event in failed]
            raise CleanupErrors(f"{len(errors)} of the Cleanups failed; all were called", errors)


def _as_exception(event: PhaseEnded) -> Exception:
    """The exception of the Cleanup; a stand-in if Python would print a secret with the group."""
    error = event.error
    hides = MARK in event.traceback
    if isinstance(error, Exception) and not hides:
        return error
    left = CleanupExit(event.job, error or RuntimeError(), said=message(error))
    left.__cause__ = None if hides else error
    return left
