"""Facts about the kernel: whether there is one, and which cell and page it serves."""

from __future__ import annotations

import sys
from typing import Any

from comm import DummyComm


def shell() -> Any:
    """IPython's shell, or None. Does not import IPython."""
    return sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None


def in_kernel() -> bool:
    """Whether this process is a kernel."""
    return hasattr(shell(), "kernel")  # true of ipykernel, xeus-python, JupyterLite, Colab


def in_terminal() -> bool:
    """Whether this is IPython in a terminal, which shows text only."""
    return shell() is not None and not in_kernel()


def cell_id() -> str:
    """Id of the current cell; "" outside of cells, and if the front end sends none."""
    return str(_parent("metadata").get("cellId") or "")


def page_id() -> str:
    """Id of the page whose message is being handled; a reload changes it. "" if there is none."""
    return str(_parent("header").get("session") or "")


def _parent(part: str) -> dict[str, Any]:
    """One part of the message that the kernel is handling."""
    message = shell().get_parent() if hasattr(shell(), "get_parent") else {}
    return message.get(part) or {}


def has_page(comm: object) -> bool:
    """Whether a widget with that comm can be shown: in a kernel, or by a server with its own comms."""
    return in_kernel() or not (in_terminal() or comm is None or isinstance(comm, DummyComm))
