"""Guards for `input()` and `getpass()` in a captured phase: CannotAskError where nobody can answer."""

from __future__ import annotations

import builtins
import getpass
import threading
from collections.abc import Callable
from types import ModuleType
from typing import Any, Final

from dojobber_nb.core.errors import CannotAskError
from dojobber_nb.engine.phase_output import current_phase

# Raised without stdin, with a closed or empty one, and by a notebook that cannot prompt.
_NOBODY: Final = (AttributeError, EOFError, NotImplementedError, OSError, RuntimeError, ValueError)


class GuardedPrompt:
    """Wraps a function that prompts a person; outside of phases it only calls that function."""

    def __init__(self, asks: Callable[..., str]) -> None:
        self.asks = self.__wrapped__ = asks

    def __call__(self, *args: Any, **kwargs: Any) -> str:
        """The answer. Raises CannotAskError in a phase where nobody can answer."""
        phase = current_phase()
        if phase is None:
            return self.asks(*args, **kwargs)
        if not self._can_ask_here():
            raise CannotAskError(phase.job)
        try:
            return self.asks(*args, **kwargs)
        except _NOBODY as error:
            raise CannotAskError(phase.job) from error

    def _can_ask_here(self) -> bool:
        """A notebook's own functions prompt below the running cell, and so work on the main thread only."""
        front_end = getattr(self.asks, "__self__", builtins) is not builtins
        return not front_end or threading.current_thread() is threading.main_thread()


_PLACES: Final[tuple[tuple[ModuleType, str], ...]] = ((builtins, "input"), (getpass, "getpass"))


def guard_prompts() -> None:
    """Wrap each of these functions; a notebook replaces them for each cell."""
    for module, name in _PLACES:
        asks = getattr(module, name)
        if type(asks) is not GuardedPrompt:
            setattr(module, name, GuardedPrompt(asks))


def restore_prompts() -> None:
    """Unwrap them, unless somebody else has replaced them since."""
    for module, name in _PLACES:
        if type(question := getattr(module, name)) is GuardedPrompt:
            setattr(module, name, question.asks)
