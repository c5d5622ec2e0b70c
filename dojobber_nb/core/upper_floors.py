"""Functions of upper floors that lower floors call without importing them. dojobber.py sets them when it is imported.

IPython asks an object itself how to show it, and a recorded run is asked for its report; core and record draw nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

mime_bundle: Callable[[Any], Mapping[str, str]]  # of a RunState or a JobGraph, by MIME type
write_report: Callable[..., Path]  # (run, file, values=False); the path of the file
