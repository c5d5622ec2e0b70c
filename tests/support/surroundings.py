"""What a run must leave as it was."""

from __future__ import annotations

import logging
import os
import signal
import sys
from typing import Any


def surroundings() -> dict[str, Any]:
    """The directory, the streams, the log handlers and the SIGINT handler of this moment."""
    loggers = {name: logging.getLogger(name) for name in (None, "DoJobber")}
    return {
        "cwd": os.getcwd(),
        "streams": (sys.stdout, sys.stderr),
        "handlers": {name: list(logger.handlers) for name, logger in loggers.items()},
        "SIGINT": signal.getsignal(signal.SIGINT),
        "descriptors": [(number, os.fstat(number)[:2]) for number in (1, 2)],
    }
