"""File descriptors of our own, and stdin, stdout and stderr of the process (0, 1, 2).

0, 1 and 2 are copied when the first call of the process begins and made good from the copies after each captured phase
and at the end of each call, whatever jobs did to them. While a phase is captured, 1 and 2 are its files; they belong to
one phase at a time, as a process has only one of each.

Jobs that turn themselves into daemons close every descriptor there may be: `os.closerange(3, 4096)`, or up to the soft
limit. So the copies lie above both, where the hard limit permits. A job may get past that, too: then a descriptor is
found again by another one of the same file, or by its path, and becomes /dev/null at worst. A number of ours may belong
to a file of the job by then, so it is compared (device and inode) before it is used or closed.
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

HIGH: Final = 8192  # our copies have numbers from here on


class Descriptor:
    """A descriptor that is opened here: known by its file, closed at the latest with its object, and never twice."""

    fd = -1
    identity: Identity | None = None

    def __init__(self, opening: Callable[[], int]) -> None:
        self.fd = opening()  # from here on it cannot get lost, whatever is raised
        self.identity = identity(self.fd)

    @property
    def is_ours(self) -> bool:
        """Whether it is open and still of the same file."""
        return self.fd >= 0 and identity(self.fd) == self.identity

    def close(self) -> None:
        """Close it, unless somebody else has, and the number may be somebody else's."""
        if self.fd >= 0:
            if self.identity is None or self.is_ours:
                os.close(self.fd)
            self.fd = -1

    def __del__(self) -> None:
        self.close()


def high_copy(fd: int) -> Descriptor | None:
    """A copy out of reach of jobs that close descriptors wholesale, if limits permit; None when `fd` is closed."""
    for copy in _COPIES:
        try:
            return Descriptor(partial(copy, fd))
        except OSError:  # the next way
            pass
    return None


def opened_high(opening: Callable[[], int]) -> Descriptor:
    """The same of a descriptor that is opened for it."""
    first = Descriptor(opening)
    high = high_copy(first.fd)
    if high is None:
        return first
    first.close()
    return high


def _copy_above(fd: int) -> int:
    return fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, HIGH)


def _copy_above_the_limit(fd: int) -> int:
    """Raise the soft limit for a moment: it counts only when a descriptor is made."""
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
    """Not in the place of stdin, stdout or stderr, which may be closed."""
    return fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, 3)


_raising = threading.RLock()
_COPIES: tuple[Callable[[int], int], ...] = (os.dup,)
with contextlib.suppress(ImportError):  # Windows, JupyterLite
    import fcntl
    import resource

    _COPIES = (_copy_above, _copy_above_the_limit, _copy_low)


class _StandardCopy:
    """What 0, 1 or 2 was when the first call began."""

    def __init__(self, copy: Descriptor) -> None:
        self.copy, self.identity = copy, copy.identity
        self._path = _reopen_path_of(copy)

    def put_back(self, number: int, others: Callable[[int], Iterable[int]], *, verified: bool) -> None:
        """Have that descriptor be of this file again; verified: the copy is there."""
        if not (verified or self.copy.is_ours):
            self._find_again(others(number))
        os.dup2(self.copy.fd, number)

    def _find_again(self, others: Iterable[int]) -> None:
        """Get hold of the file, whose copy was closed: from another descriptor, by its path, else of /dev/null."""
        self.copy.fd = -1  # the number may be that of the next one
        same = (found for fd in others if identity(fd) == self.identity and (found := high_copy(fd)))
        nowhere = partial(os.open, os.devnull, os.O_RDWR)
        self.copy = next(same, None) or self._path.opened() or opened_high(nowhere)
        self.identity = self.copy.identity


class _ReopenPath(NamedTuple):
    """How a file is opened again."""

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


_paths: dict[Identity | None, _ReopenPath] = {}  # by file: to ask the system each time takes longer than all the rest


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
    """0, 1 and 2 of this process."""

    def __init__(self) -> None:
        self._raw: list[int] = []  # copies of which nothing has been asked
        self._kept: dict[int, _StandardCopy] = {}
        self._owner: dict[None, object] = {}  # a dict, as its setdefault() is atomic: no lock that could be left held
        self._files: dict[int, Identity | None] = {}  # what 1 and 2 are while they are taken

    def copy(self) -> None:
        """Copy them; those that are closed stay so."""
        try:
            for number in (0, 1, 2):
                self._raw.append(_copy_above(number))
        except OSError:  # one is closed, or limits are low
            self.identify_copies()

    def identify_copies(self) -> None:
        """Know the copies by their files, before a phase may take 1 and 2. Few calls need it, and it takes long."""
        raw, self._raw = [*self._raw, -1, -1, -1][:3], []
        for number, fd in () if self._kept else enumerate(raw):
            copy = Descriptor(partial(int, fd)) if identity(fd) else high_copy(number)
            if copy:
                self._kept[number] = _StandardCopy(copy)

    def close_copies(self) -> None:
        """Close the copies, after `restore_if_changed`."""
        for fd in self._raw:
            os.close(fd)
        for kept in self._kept.values():
            kept.copy.close()
        self._raw, self._kept = [], {}

    def copy_of(self, number: int) -> int | None:
        """A descriptor of what stdin, stdout or stderr was when the first call began."""
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
        """Have 1 and 2 be these files, unless another phase has them; whether it worked."""
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
        """Have all three be what they were, if `owner` has them; whether it has closed or replaced one.

        verified: other descriptors of ours, as high as the copies, have been found in their places.
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
        """The same between phases."""
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
    """Let what waits in Python's own buffers go where it was meant to go."""
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
