"""Open descriptors of this process: which files they are of, and where those files are now."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import Final

Identity = tuple[int, int]  # (inode, device): what stays when a file is renamed

_LISTED: Final = ("/proc/self/fd", "/dev/fd")
_F_GETPATH: Final = 50  # of fcntl, on macOS


def identity(file: int | str | Path) -> Identity | None:
    """Which file that is; None where there is none."""
    try:
        stat = os.stat(file)  # noqa: PTH116  # it may be a descriptor
    except (OSError, ValueError):
        return None
    return stat.st_ino, stat.st_dev


def open_descriptors() -> dict[int, Identity]:
    """Each open descriptor with its file; empty where the system does not tell."""
    for folder in _LISTED:
        with contextlib.suppress(OSError):
            numbers = [int(name) for name in os.listdir(folder) if name.isdecimal()]  # noqa: PTH208
            return {fd: found for fd in numbers if (found := identity(fd))}  # that of the listing is closed by now
    return {}


def path_of(fd: int) -> Path | None:
    """Where the file of a descriptor is now, if it still has a name that can be found."""
    path = _told_by_proc(fd) or _told_by_fcntl(fd)
    return path if path and identity(path) == identity(fd) else None


def _told_by_proc(fd: int) -> Path | None:
    with contextlib.suppress(OSError):
        return Path(f"/proc/self/fd/{fd}").readlink()
    return None


def _told_by_fcntl(fd: int) -> Path | None:
    with contextlib.suppress(ImportError, OSError):
        import fcntl

        if hasattr(fcntl, "F_GETPATH"):
            return Path(os.fsdecode(fcntl.fcntl(fd, _F_GETPATH, bytes(1024)).partition(b"\0")[0]))
    return None
