"""Descriptors: our own, and the standard ones of the process (0, 1, 2), redirected and restored.

0, 1 and 2 are copied when the first call of the process begins. They are restored from the copies after each captured
phase and at the end of each call, whatever jobs did to them. While a phase is captured, 1 and 2 are redirected to its
files: for one phase at a time, as a process has only one of each.

A job that turns itself into a daemon closes all descriptors: `os.closerange(3, 4096)`, or up to the soft limit. So our
own lie above both, where the hard limit permits. If a job closes them all the same, a file is reopened from another
descriptor of it, or by its path, or is replaced by /dev/null. By then the number may belong to a file of the job, so
device and inode are compared before a descriptor is used or closed.
"""

from __future__ import annotations

import contextlib
import errno
import os
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from dojobber_nb.record.file_identity import Identity, identity, path_of

if TYPE_CHECKING:
    from dojobber_nb.engine.capture_file import CaptureFile

HIGH: Final = 8192  # our own descriptors have numbers from here on


class Descriptor:
    """A descriptor of our own. It is closed with its object, once, and only while it is still of the same file."""

    fd = -1
    identity: Identity | None = None

    def __init__(self, opening: Callable[[], int]) -> None:
        self.fd = opening()  # from here on __del__ closes it, whatever is raised
        self.identity = identity(self.fd)

    @property
    def is_ours(self) -> bool:
        """Whether it is open and still of the same file."""
        return self.fd >= 0 and identity(self.fd) == self.identity

    def close(self) -> None:
        """Close it, unless a job has: then the number may belong to another file."""
        if self.fd >= 0:
            if self.identity is None or self.is_ours:
                os.close(self.fd)
            self.fd = -1

    def __del__(self) -> None:
        self.close()


def high_copy(fd: int) -> Descriptor | None:
    """A copy above the descriptors that daemonizing jobs close, if limits permit; None when `fd` is closed."""
    for copy in _COPIES:
        try:
            return Descriptor(partial(copy, fd))
        except OSError:  # the next way
            pass
    return None


def opened_high(opening: Callable[[], int]) -> Descriptor:
    """A descriptor opened by `opening`, moved up like a high copy."""
    first = Descriptor(opening)
    high = high_copy(first.fd)
    if high is None:
        return first
    first.close()
    return high


def _copy_above(fd: int) -> int:
    return fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, HIGH)


def _copy_above_the_limit(fd: int) -> int:
    """Raise the soft limit for a moment: it matters only when a descriptor is created."""
    with _raising:
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        enough = HIGH + 256
        if soft >= enough or -1 < hard < enough:
            raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))
        resource.setrlimit(resource.RLIMIT_NOFILE, (enough, hard))
        try:
            return _copy_above(fd)
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def _copy_low(fd: int) -> int:
    """Not below 3: stdin, stdout or stderr may be closed."""
    return fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, 3)


_raising = threading.RLock()
_COPIES: tuple[Callable[[int], int], ...] = (os.dup,)
with contextlib.suppress(ImportError):  # Windows, JupyterLite
    import fcntl
    import resource

    _COPIES = (_copy_above, _copy_above_the_limit, _copy_low)


class _StandardCopy:
    """A copy of 0, 1 or 2 from the start of the first call."""

    def __init__(self, copy: Descriptor) -> None:
        self.copy, self.identity = copy, copy.identity
        self._path = _reopen_path_of(copy)

    def put_back(self, number: int, others: Callable[[int], Iterable[int]], *, verified: bool) -> None:
        """Restore that descriptor. verified: the copy is known to be open."""
        if not (verified or self.copy.is_ours):
            self._find_again(others(number))
        os.dup2(self.copy.fd, number)

    def _find_again(self, others: Iterable[int]) -> None:
        """Reopen the file whose copy was closed: from another descriptor, by its path, else /dev/null."""
        self.copy.fd = -1  # the number may be that of the next one
        same = (found for fd in others if identity(fd) == self.identity and (found := high_copy(fd)))
        nowhere = partial(os.open, os.devnull, os.O_RDWR)
        self.copy = next(same, None) or self._path.opened() or opened_high(nowhere)
        self.identity = self.copy.identity


class _ReopenPath(NamedTuple):
    """The path and flags to reopen a file with."""

    path: Path | None
    flags: int
    identity: Identity | None

    def opened(self) -> Descriptor | None:
        """A new descriptor of the file, if the path still leads to it."""
        if self.path is None:
            return None
        with contextlib.suppress(OSError):
            found = opened_high(partial(os.open, self.path, self.flags | os.O_NOCTTY | os.O_CLOEXEC))
            if found.identity == self.identity:
                with contextlib.suppress(OSError):  # a terminal has no end
                    os.lseek(found.fd, 0, os.SEEK_END)
                return found
        return None


_paths: dict[Identity | None, _ReopenPath] = {}  # by file: to ask the system for each call is slow


def _reopen_path_of(copy: Descriptor) -> _ReopenPath:
    if copy.identity not in _paths:
        path, flags = path_of(copy.fd), os.O_RDWR
        with contextlib.suppress(OSError, NameError):  # Windows has no fcntl
            flags = fcntl.fcntl(copy.fd, fcntl.F_GETFL) & (os.O_ACCMODE | os.O_APPEND)
        if len(_paths) > 16:
            _paths.clear()
        _paths[copy.identity] = _ReopenPath(path, flags, copy.identity)
    return _paths[copy.identity]


class StandardDescriptors:
    """Copies, redirects and restores 0, 1 and 2 of this process."""

    def __init__(self) -> None:
        self._raw: list[int] = []  # copies not identified yet
        self._kept: dict[int, _StandardCopy] = {}
        self._owner: dict[None, object] = {}  # a dict for its atomic setdefault(): a lock could be left held
        self._files: dict[int, Identity | None] = {}  # the files that 1 and 2 are redirected to

    def copy(self) -> None:
        """Copy them; those that are closed stay so."""
        try:
            for number in (0, 1, 2):
                self._raw.append(_copy_above(number))
        except OSError:  # one is closed, or limits are low
            self.identify_copies()

    def identify_copies(self) -> None:
        """Look up the files of the copies, before a phase redirects 1 and 2. Few calls need it, and it is slow."""
        raw, self._raw = [*self._raw, -1, -1, -1][:3], []
        for number, fd in () if self._kept else enumerate(raw):
            copy = Descriptor(partial(int, fd)) if identity(fd) else high_copy(number)
            if copy:
                self._kept[number] = _StandardCopy(copy)

    def close_copies(self) -> None:
        """Close the copies; to be called after `restore_if_changed`."""
        for fd in self._raw:
            os.close(fd)
        for kept in self._kept.values():
            kept.copy.close()
        self._raw, self._kept = [], {}

    def copy_of(self, number: int) -> int | None:
        """The copy of stdin, stdout or stderr from the start of the first call."""
        kept = self._kept.get(number)
        return kept.copy.fd if kept else None

    @property
    def are_redirected(self) -> bool:
        """Whether 1 and 2 are files now."""
        return bool(self._owner)

    def is_redirected_to(self, owner: object, number: int) -> bool:
        """Whether 1 or 2 is the file of that phase."""
        return self._owner.get(None) is owner and number in self._files

    def redirect(self, owner: object, stdout: CaptureFile, stderr: CaptureFile) -> bool:
        """Redirect 1 and 2 to these files. False if another phase has redirected them."""
        if self._owner.setdefault(None, owner) is not owner:
            return False
        flush_real()
        for number, file in ((1, stdout), (2, stderr)):
            if number in self._kept:
                file.stands_at = number
                self._files[number] = file.identity
                os.dup2(file.fd, number)
        return True

    def restore(self, owner: object, *, verified: bool = False) -> bool:
        """Restore all three, if `owner` has redirected them. Returns whether one was closed or replaced.

        verified: other high descriptors of ours were found intact.
        """
        if self._owner.get(None) is not owner:
            return False
        if not verified:
            flush_real()
        changed = False
        for number, kept in self._kept.items():
            there = identity(number)
            changed = changed or there != self._files.get(number, kept.identity)
            if there != kept.identity:
                kept.put_back(number, self._others, verified=verified and kept.copy.fd >= HIGH)
        self._files = {}
        self._owner.clear()
        return changed

    def restore_if_changed(self) -> bool:
        """Restore 0, 1 and 2 between phases if a job has changed them. Returns whether one was closed or replaced."""
        try:
            if self._raw and all(map(os.path.sameopenfile, self._raw, (0, 1, 2))):
                return False
        except OSError:  # one has been closed
            pass
        self.identify_copies()
        return not self.are_redirected and self.restore(None)

    def _others(self, number: int) -> Iterator[int]:
        """Descriptors that may be of the same file as that one."""
        for other, kept in self._kept.items():
            if other != number:
                yield from (other, kept.copy.fd)


def flush_real() -> None:
    """Flush Python's own stdout and stderr."""
    for stream in (sys.__stdout__, sys.__stderr__):
        if stream is not None:
            try:  # noqa: SIM105  # suppress() costs more than all the rest
                stream.flush()
            except (OSError, ValueError):  # closed, or no such descriptor: nothing waits
                pass


def write_all(fd: int, data: bytes) -> None:
    """Write every byte; what cannot be written is lost, as a full disk or a closed pipe must fail no job."""
    view = memoryview(data)
    with contextlib.suppress(OSError):
        while view:
            view = view[os.write(fd, view) :]


STANDARD: Final = StandardDescriptors()
