"""OneCall: the one call of a runner that is under way: guarded, watched, recorded, and asked to halt by anybody."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

from dojobber_nb.core.errors import CleanupErrors, CleanupExit, EngineBusyError
from dojobber_nb.core.events import Phase, PhaseEnded, told
from dojobber_nb.core.graph import JobGraph
from dojobber_nb.core.preview import message
from dojobber_nb.core.secrets import MARK
from dojobber_nb.engine.audience import Audience, Listener
from dojobber_nb.engine.breakpoints import Breakpoints
from dojobber_nb.engine.capture import Capture, Output
from dojobber_nb.engine.drive import drive
from dojobber_nb.engine.home import home_of_call
from dojobber_nb.engine.known import Known
from dojobber_nb.engine.run import Run
from dojobber_nb.engine.setting import Setting
from dojobber_nb.engine.stream_router import ROUTER
from dojobber_nb.engine.wake import Wake


class OneCall(Known):
    """What goes on around each call, whichever it is, and what may be asked while it does."""

    def __init__(self, clock: Callable[[], float], sleep: Callable[[float, Wake], object]) -> None:
        super().__init__()
        self._setting = Setting(clock, sleep, Audience(self.interrupt))
        self.breakpoints = self._setting.breakpoints = Breakpoints(self._name, self._setting.requests.ask)
        self._holder: dict[str, list[str]] = {}  # "call": the name of the one under way; setdefault() is atomic
        self._capture: bool | None = None  # None: while somebody watches
        self._watchers = 0
        self._begun = 0  # how many events there were when the last call began

    @property
    def going_on(self) -> str:
        """The name of the call under way, or ""."""
        return self._holder.get("call", [""])[0]

    # --- requests --------------------------------------------------------------------------------------------------

    def pause(self) -> None:
        """Ask the call under way to return after its phase. From any thread, from listeners, from jobs."""
        if self.going_on:
            self._setting.requests.ask(pause=True)

    def stop(self) -> None:
        """Ask the call under way to return after its phase and the Cleanups; between calls, call those now."""
        if self.going_on:
            self._setting.requests.ask(stop=True)
        elif self._run.state.started and not self._run.state.ended:
            with self._call("stop"):
                self._run.stop(cleanup=self._setting.cleanup)
                drive(self._run.walk())
            self._raise_cleanup_errors()

    def interrupt(self) -> None:
        """Raise KeyboardInterrupt in the phase or wait under way; in a blocking C call of a thread, once it returns."""
        if self.going_on:
            self._setting.requests.ask(interrupt=True)

    @property
    def no_act(self) -> bool:
        """Checks only. Switched in mid-run it holds from the next step on."""
        asked = self._setting.requests.no_act
        return self._run.state.no_act if asked is None else asked

    @no_act.setter
    def no_act(self, value: bool) -> None:
        if self.going_on:
            self._setting.requests.ask(no_act=bool(value))
        else:
            self._run.switch(bool(value))
            self._run.conclude()
            self._keep()

    # --- who looks on ----------------------------------------------------------------------------------------------

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Call `listener(event)` after each event from now on; what comes back ends that."""
        self._setting.requests.ask()  # a sweep looks up
        return self._setting.audience.subscribe(listener)

    def watch(self) -> Callable[[], None]:
        """Have what phases print captured, from the next call on, until what comes back is called."""
        self._watchers += 1
        self._setting.requests.ask()
        left = iter((1,))

        def unwatch() -> None:
            self._watchers -= next(left, 0)

        return unwatch

    def output_so_far(self) -> Output:
        """What the phase under way has printed, while it is captured. From any thread."""
        capture = self._setting.capture
        return capture.so_far() if capture else Output()

    # --- around a call ---------------------------------------------------------------------------------------------

    def _renew(self, graph: JobGraph, *, no_act: bool) -> Run:
        """A run to come in place of the one there was."""
        if self._one_run:
            self._one_run.phases.close()
        if self._setting.recording:
            self._setting.recording.leave()
        self._one_run = Run(graph, self._setting, no_act=no_act)
        return self._one_run

    @contextlib.contextmanager
    def _alone(self, call: str) -> Iterator[None]:
        """Refuse a call while another one of this runner is under way."""
        mine = [call]
        try:  # around the taking itself: a signal handler may raise anywhere
            if self._holder.setdefault("call", mine) is not mine:
                raise EngineBusyError(call, self.going_on)
            self._setting.requests.forget()
            yield
        finally:
            if self._holder.get("call") is mine:
                self._holder.clear()

    def _about_to_act(self) -> None:
        """A call begins: for a runner that has something to tell before."""

    @contextlib.contextmanager
    def _call(self, call: str, *, beside_loop: bool = False) -> Iterator[None]:
        """Around each call that goes on: alone; cwd and streams as before when it returns; the end of the run told."""
        self._about_to_act()
        requests = self._setting.requests
        with requests.met(sigint=not beside_loop), self._alone(call), home_of_call() as home:
            requests.on_this_thread()
            self._run.close_open_phase()
            self._run.paused_at, self._begun, self._setting.home = None, len(self._run.rows), home
            try:
                with self._captured(), self._recorded():
                    yield
            finally:
                home.go_anyhow()
                self._run.close_open_phase()
                self._conclude()
            self._keep()

    @contextlib.contextmanager
    def _captured(self) -> Iterator[None]:
        """Streams and descriptors are as before when the call returns; what phases print is captured if watched."""
        watched = self._watchers or self._setting.recording
        wanted = watched if self._capture is None else self._capture
        self._setting.capture = Capture() if wanted else None
        self._run.note_watch()
        with ROUTER.call(self._setting.capture):
            yield

    def _recorded(self) -> contextlib.AbstractContextManager[None]:
        recording = self._setting.recording
        return recording.going_on() if recording else contextlib.nullcontext()

    def _conclude(self) -> None:
        """Settle what was asked too late for a step, and tell the end of the run."""
        self._run.switch_as_asked()
        self._run.conclude()
        if self._setting.recording:
            self._setting.recording.after_call(tuple(self.breakpoints), self._run.paused_at)

    def _keep(self) -> None:
        """What was told goes into the record, RecordError if it cannot; once the run has ended others may write."""
        if recording := self._setting.recording:
            recording.keep(over=self._run.state.ended is not None)

    def _ended_phases(self) -> Iterator[PhaseEnded]:
        """The phases that ended in the call that has just returned."""
        return (event for event in map(told, self._run.rows[self._begun :]) if isinstance(event, PhaseEnded))

    def _raise_cleanup_errors(self) -> None:
        """Raise what the Cleanups of the call that has just returned raised, as one group."""
        if not self._run.state.over:
            return
        failed = [event for event in self._ended_phases() if event.phase is Phase.CLEANUP and not event.ok]
        if failed:
            errors = [_as_exception(event) for event in failed]
            raise CleanupErrors(f"{len(errors)} of the Cleanups failed; all were called", errors)


def _as_exception(event: PhaseEnded) -> Exception:
    """What the Cleanup raised, unless Python would tell a secret when it prints the group."""
    error = event.error
    hides = MARK in event.traceback
    if isinstance(error, Exception) and not hides:
        return error
    left = CleanupExit(event.job, error or RuntimeError(), said=message(error))
    left.__cause__ = None if hides else error
    return left
