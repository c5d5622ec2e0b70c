"""Identity of files: by inode and device, of paths and of the open descriptors of this process."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import Final

Identity = tuple[int, int]  # (inode, device), which a rename does not change

_LISTED: Final = ("/proc/self/fd", "/dev/fd")
_F_GETPATH: Final = 50  # of fcntl, on macOS


def identity(file: int | str | Path) -> Identity | None:
    """The identity of the file at a path or of a descriptor; None if there is no file."""
    try:
        stat = os.stat(file)  # noqa: PTH116  # it may be a descriptor
    except (OSError, ValueError):
        return None
    return stat.st_ino, stat.st_dev


def open_descriptors() -> dict[int, Identity]:
    """{descriptor: identity} of all open descriptors; {} where the system does not list them."""
    for folder in _LISTED:
        with contextlib.suppress(OSError):
            numbers = [int(name) for name in os.listdir(folder) if name.isdecimal()]  # noqa: PTH208
            return {
                fd: found for fd in numbers if (found := identity(fd))
            }  # without that of the listing, closed by now
    return {}


def path_of(fd: int) -> Path | None:
    """The present path of a descriptor's file, if the system knows one."""
    path = _path_by_proc(fd) or _path_by_fcntl(fd)
    return path if path and identity(path) == identity(fd) else None


def _path_by_proc(fd: int) -> Path | None:
    with contextlib.suppress(OSError):
        return Path(f"/proc/self/fd/{fd}").readlink()
    return None


def _path_by_fcntl(fd: int) -> Path | None:
    with contextlib.suppress(ImportError, OSError):
        import fcntl

        if hasattr(fcntl, "F_GETPATH"):
            return Path(os.fsdecode(fcntl.fcntl(fd, _F_GETPATH, bytes(1024)).partition(b"\0")[0]))
    return None
