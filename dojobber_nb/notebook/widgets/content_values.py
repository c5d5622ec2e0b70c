"""Values of a widget's content, each with its own way of being compared and sent: see the table in channel.py."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from dojobber_nb.notebook.session.changed_jobs import ChangedJobs

Message = dict[str, Any]
Content = Mapping[str, Any]
PORTION: Final = 600  # items of a growing list in one message, which stays below 64 KB


class Sent(ABC):
    """A value that defines how it is compared and sent."""

    @abstractmethod
    def diff(self, kind: str, known: Any) -> tuple[list[Message], Any]:
        """(messages, new known): the messages for a page that has `known` (None: nothing), and what it has then."""


def message(kind: str, content: Any) -> Message:
    """A message to the page, as a dict."""
    return {"kind": kind, "content": content}


class ByKey(Sent):
    """A mapping; only the entries that differ are sent."""

    def __init__(self, entries: Mapping[Any, Any]) -> None:
        self.entries = dict(entries)

    def diff(self, kind: str, known: Any) -> tuple[list[Message], Any]:
        """One message with the entries that differ; None for removed ones."""
        before: Mapping[Any, Any] = known or {}
        new = {key: value for key, value in self.entries.items() if key not in before or before[key] != value}
        new |= dict.fromkeys(before.keys() - self.entries.keys())
        return [message(kind, new)] if new else [], self.entries


class PerJob(Sent):
    """A text for each job, `of(index)`, computed only for jobs that changed since the last refresh of the page.

    jobs: the indices to send. serial: another serial makes all texts be sent again. blank: the text that a page shows
    before it gets one.
    """

    def __init__(
        self,
        changes: ChangedJobs,
        jobs: Collection[int],
        of: Callable[[int], str],
        *,
        serial: object = 0,
        blank: str | None = None,
    ) -> None:
        self.changes, self.jobs, self.of, self.serial, self.blank = changes, jobs, of, serial, blank

    def diff(self, kind: str, known: Any) -> tuple[list[Message], Any]:
        """One message with the texts that differ, by index."""
        new, known = self._differing(known)
        return [message(kind, new)] if new else [], known

    def _differing(self, known: Any) -> tuple[dict[int, str], Any]:
        texts: dict[int, str] = {}
        indices: Iterable[int] = self.jobs
        if known is not None and known[0] == self.serial:
            _, version, texts = known
            indices = [index for index in self.changes.since(version) if index in self.jobs]
        new = {index: text for index in indices if (text := self.of(index)) != texts.get(index, self.blank)}
        texts.update(new)
        return new, (self.serial, self.changes.version, texts)


class Letters(PerJob):
    """A letter for each job; the first message has all letters as one text."""

    def diff(self, kind: str, known: Any) -> tuple[list[Message], Any]:
        """All letters as "statuses", or the letters that differ as "turned"."""
        whole = known is None or known[0] != self.serial
        new, known = self._differing(known)
        if not new:
            return [], known
        return [message("statuses", "".join(new.values())) if whole else message("turned", new)], known


class Growing(Sent):
    """A list that only grows as long as its serial is the same. `encode` makes the content of a message of items."""

    def __init__(self, serial: int, begin: Any, items: Sequence[Any], encode: Callable[[Sequence[Any]], Any]) -> None:
        self.serial, self.begin, self.items, self.encode = serial, begin, items, encode

    def diff(self, kind: str, known: Any) -> tuple[list[Message], Any]:
        """Messages with the new items; before the first message of another list, "begin"."""
        serial, sent = known or (0, 0)
        if serial != self.serial:
            sent = 0
        begin = [message("begin", self.begin)] if serial != self.serial else []
        new = [message(kind, portion) for portion in self.portions(sent)]
        return [*begin, *new], self.size

    @property
    def size(self) -> tuple[int, int]:
        """(serial, number of items)."""
        return self.serial, len(self.items)

    def portions(self, sent: int) -> list[Any]:
        """Contents of the messages with the items from index `sent` on."""
        return [self.encode(self.items[at : at + PORTION]) for at in range(sent, len(self.items), PORTION)]


class Cached(Sent):
    """A value that is computed again only when its key changes."""

    def __init__(self, key: object, make: Callable[[], Any]) -> None:
        self.key, self.make = key, make

    def diff(self, kind: str, known: Any) -> tuple[list[Message], Any]:
        """One message with the value, if the key changed and the value differs."""
        key, value = known or (None, None)
        if known is not None and key == self.key:
            return [], known
        new = self.make()
        return [message(kind, new)] if known is None or new != value else [], (self.key, new)


class Plain(NamedTuple):
    """Known plain value; wrapped, because None is a value, too."""

    value: Any


def diff(kind: str, value: Any, known: Any) -> tuple[list[Message], Any]:
    """(messages, new known) for any value: see Sent.diff."""
    if isinstance(value, Sent):
        return value.diff(kind, known)
    if known is not None and known.value == value:
        return [], known
    return [message(kind, value)], Plain(value)
