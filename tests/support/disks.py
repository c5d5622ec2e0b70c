"""Where files of tests lie: in memory, where syncing costs nothing, or where there is no room."""

from __future__ import annotations

import os
import resource
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


@contextmanager
def folder_in_memory() -> Iterator[Path]:
    """A folder that is in memory where there is some."""
    with tempfile.TemporaryDirectory(dir=MEMORY) as folder:
        yield Path(folder)


@contextmanager
def no_room(record: Path) -> Iterator[None]:
    """No file may grow beyond what SQLite's log of that record has now."""
    before, size = resource.getrlimit(resource.RLIMIT_FSIZE), record.with_name(f"{record.name}-wal").stat().st_size
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
