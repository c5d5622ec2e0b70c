"""File descriptors of our own, and stdin, stdout and stderr of the process (0, 1, 2).

0, 1 and 2 are copied when the first call of the process begins and made good from the copies after each captured phase
and at the end of each call, whatever jobs did to them. While a phase is captured, 1 and 2 are its tapes; they belong to
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

if TYPE_CHECKING:
    from dojobber_nb.engine.tape import Tape

HIGH: Final = 8192  # our copies have numbers from here on

File = tuple[int, int]  # its device and inode


def file_at(fd: int) -> File | None:
    """The file that the descriptor is of; None when it is closed. OSError when nobody can tell."""
    try:
        status = os.fstat(fd)
    except OSError as error:
        if error.errno == errno.EBADF:
            return None
        raise
    return status.st_dev, status.st_ino


class Descriptor:
    """A descriptor that is opened here: known by its file, closed at the latest with its object, and never twice."""

    fd = -1
    file: File | None = None

    def __init__(self, opening: Callable[[], int]) -> None:
        self.fd = opening()  # from here on it cannot get lost, whatever is raised
        self.file = file_at(self.fd)

    @property
    def is_ours(self) -> bool:
        """Whether it is open and still of the same file."""
        return self.fd >= 0 and file_at(self.fd) == self.file

    def close(self) -> None:
        """Close it, unless somebody else has, and the number may be somebody else's."""
        if self.fd >= 0:
            if self.file is None or self.is_ours:
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


class _Kept:
    """What 0, 1 or 2 was when the first call began."""

    def __init__(self, copy: Descriptor) -> None:
        self.copy, self.file = copy, copy.file
        self._way = _way_to(copy)

    def put_back(self, number: int, others: Callable[[int], Iterable[int]], *, sure: bool) -> None:
        """Have that descriptor be of this file again; sure: the copy is there."""
        if not (sure or self.copy.is_ours):
            self._find_again(others(number))
        os.dup2(self.copy.fd, number)

    def _find_again(self, others: Iterable[int]) -> None:
        """Get hold of the file, whose copy was closed: from another descriptor, by its path, else of /dev/null."""
        self.copy.fd = -1  # the number may be that of the next one
        same = (found for fd in others if file_at(fd) == self.file and (found := high_copy(fd)))
        nowhere = partial(os.open, os.devnull, os.O_RDWR)
        self.copy = next(same, None) or self._way.opened() or opened_high(nowhere)
        self.file = self.copy.file


class _Way(NamedTuple):
    """How a file is opened again."""

    path: str
    flags: int
    file: File | None

    def opened(self) -> Descriptor | None:
        """The file, if it still has that path."""
        with contextlib.suppress(OSError):
            found = opened_high(partial(os.open, self.path, self.flags | os.O_NOCTTY | os.O_CLOEXEC))
            if found.file == self.file:
                with contextlib.suppress(OSError):  # a terminal has no end
                    os.lseek(found.fd, 0, os.SEEK_END)
                return found
        return None


_ways: dict[File | None, _Way] = {}  # by file: to ask the system each time takes longer than all the rest


def _way_to(copy: Descriptor) -> _Way:
    if copy.file not in _ways:
        path, flags = "", os.O_RDWR
        with contextlib.suppress(OSError, NameError):
            path = str(Path(f"/proc/self/fd/{copy.fd}").readlink())
            flags = fcntl.fcntl(copy.fd, fcntl.F_GETFL) & (os.O_ACCMODE | os.O_APPEND)
        if len(_ways) > 16:
            _ways.clear()
        _ways[copy.file] = _Way(path, flags, copy.file)
    return _ways[copy.file]


class StandardDescriptors:
    """0, 1 and 2 of this process."""

    def __init__(self) -> None:
        self._raw: list[int] = []  # copies of which nothing has been asked
        self._kept: dict[int, _Kept] = {}
        self._owner: dict[None, object] = {}  # a dict, as its setdefault() is atomic: no lock that could be left held
        self._tapes: dict[int, File | None] = {}  # what 1 and 2 are while they are taken

    def keep(self) -> None:
        """Copy them; those that are closed stay so."""
        try:
            for number in (0, 1, 2):
                self._raw.append(_copy_above(number))
        except OSError:  # one is closed, or limits are low
            self.prepare()

    def prepare(self) -> None:
        """Know the copies by their files, before a phase may take 1 and 2. Few calls need it, and it takes long."""
        raw, self._raw = [*self._raw, -1, -1, -1][:3], []
        for number, fd in () if self._kept else enumerate(raw):
            copy = Descriptor(partial(int, fd)) if file_at(fd) else high_copy(number)
            if copy:
                self._kept[number] = _Kept(copy)

    def let_go(self) -> None:
        """Close the copies, after `make_good`."""
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
    def are_taken(self) -> bool:
        """Whether 1 and 2 are tapes now."""
        return bool(self._owner)

    def is_tape_of(self, owner: object, number: int) -> bool:
        """Whether 1 or 2 is the tape of that phase."""
        return self._owner.get(None) is owner and number in self._tapes

    def take(self, owner: object, stdout: Tape, stderr: Tape) -> bool:
        """Have 1 and 2 be these tapes, unless another phase has them; whether it worked."""
        if self._owner.setdefault(None, owner) is not owner:
            return False
        flush_real()
        for number, tape in ((1, stdout), (2, stderr)):
            if number in self._kept:
                tape.stands_at = number
                self._tapes[number] = tape.file
                os.dup2(tape.fd, number)
        return True

    def give_back(self, owner: object, *, sure: bool = False) -> bool:
        """Have all three be what they were, if `owner` has them; whether it has closed or replaced one.

        sure: other descriptors of ours, as high as the copies, have been found in their places.
        """
        if self._owner.get(None) is not owner:
            return False
        if not sure:
            flush_real()
        changed = False
        for number, kept in self._kept.items():
            there = file_at(number)
            changed = changed or there != self._tapes.get(number, kept.file)
            if there != kept.file:
                kept.put_back(number, self._others, sure=sure and kept.copy.fd >= HIGH)
        self._tapes = {}
        self._owner.clear()
        return changed

    def make_good(self) -> bool:
        """The same between phases."""
        try:
            if self._raw and all(map(os.path.sameopenfile, self._raw, (0, 1, 2))):
                return False
        except OSError:  # one has been closed
            pass
        self.prepare()
        return not self.are_taken and self.give_back(None)

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
