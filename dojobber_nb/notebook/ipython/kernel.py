"""Whether a kernel runs this process, so that widgets have a page to be shown on."""

from __future__ import annotations

import sys
from typing import Any

from comm import DummyComm


def shell() -> Any:
    """IPython's shell, or None; asked for without importing IPython."""
    return sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None


def in_kernel() -> bool:
    """Whether cells of a notebook, or of anything else that speaks to a kernel, are run here."""
    return hasattr(shell(), "kernel")  # every kernel's shell has it: ipykernel, xeus-python, JupyterLite, Colab


def in_terminal() -> bool:
    """Whether this is IPython in a terminal, which shows text alone."""
    return shell() is not None and not in_kernel()


def cell_id() -> str:
    """The id of the cell that runs now; "" where the front end tells none, and outside of cells."""
    return str(_asked("metadata").get("cellId") or "")


def page_id() -> str:
    """The id of the page whose message is heard now: another one once it was loaded anew; "" where nobody can tell."""
    return str(_asked("header").get("session") or "")


def _asked(part: str) -> dict[str, Any]:
    """That part of the message that the kernel hears now."""
    message = shell().get_parent() if hasattr(shell(), "get_parent") else {}
    return message.get(part) or {}


def has_page(comm: object) -> bool:
    """Whether a widget with that comm can be shown: by a kernel, or by a server that brings its own comms."""
    return in_kernel() or not (in_terminal() or comm is None or isinstance(comm, DummyComm))
