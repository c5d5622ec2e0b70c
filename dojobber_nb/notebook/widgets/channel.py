"""Channel: the one way between a session and the pages that show it.

Theory of operation. At each refresh the channel asks every widget that somebody can see for its content, a dict by
kind, compares each value with what the pages know, and sends what differs. All widgets answer from one snapshot of the
run, and what they say goes to the page as one message, so that a page never shows two moments at once. A kind that is
missing from the content stays as it is on the page.

How a value is compared and sent depends on what it is:

| value            | sent                                                                              |
|------------------|-----------------------------------------------------------------------------------|
| name of a trait  | as that trait, so that it is saved with the notebook                              |
| plain value      | whole, when it differs                                                            |
| `ByKey`          | the entries that differ; null for one that is gone                                |
| `PerJob`         | an entry for each job whose value differs; only jobs that changed are looked at   |
| `Letters`        | `PerJob` of one letter each: all of them as one text, later those that differ     |
| `Growing`        | the items that are new; all of them after "begin", when it is another list        |
| `Cached`         | whole; it is computed only when its key differs                                   |
| any other `Sent` | what its `news` gives: output.Rows sends the rows that the page asked for         |

A view that appears knows nothing yet: at the next refresh its widget is sent whole. A view that nobody can see is
asleep, and is sent nothing until it is seen again.

Messages to the page, `{kind, content}`:

| kind               | content                                                                           |
|--------------------|-----------------------------------------------------------------------------------|
| refresh            | {address: [messages]} for several widgets at once                                 |
| several            | [messages] for this widget                                                        |
| traits             | {name: value}                                                                     |
| ignored            | why a message from the page was not understood                                    |
| begin, bars        | the kinds of bars there are; {bars, names} to add                                 |
| statuses, turned   | a letter for each job; {index: letter} of those that differ                       |
| rows               | blocks of output, see output.py                                                   |
| copy, arrived, locals | answers to one message of the page                                             |
| any other          | the value of that kind, see the `content` of each widget                          |

A message with `ack` asks the page to send {kind: "ack", number: ack} once it has painted: a page that lags is sent
less.

Messages from the page, {kind, …}: all widgets take shown, hidden and asleep {view}, ack {number}, select {job} and
halt {job, on}; each widget lists its own in HEARS.
"""

from __future__ import annotations

import contextvars
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple, Protocol

from dojobber_nb.notebook.session.changed_jobs import ChangedJobs
from dojobber_nb.notebook.session.session import Session
from dojobber_nb.notebook.widgets.pace import Pace

Message = dict[str, Any]
Content = Mapping[str, Any]
AT_ONCE: Final = 800  # items of a growing list in one message, which stays below 64 KB


# --- kinds of values -------------------------------------------------------------------------------------------------


class Sent(ABC):
    """A value with its own way of being compared and sent."""

    @abstractmethod
    def news(self, kind: str, known: Any) -> tuple[list[Message], Any]:
        """The messages for pages that know `known` (None: nothing), and what they know then."""


def message(kind: str, content: Any) -> Message:
    """A message to the page."""
    return {"kind": kind, "content": content}


class ByKey(Sent):
    """A mapping of which only the entries that differ are sent."""

    def __init__(self, entries: Mapping[Any, Any]) -> None:
        self.entries = dict(entries)

    def news(self, kind: str, known: Any) -> tuple[list[Message], Any]:
        """The new entries; None for those that are gone."""
        before: Mapping[Any, Any] = known or {}
        new = {key: value for key, value in self.entries.items() if key not in before or before[key] != value}
        new |= dict.fromkeys(before.keys() - self.entries.keys())
        return [message(kind, new)] if new else [], self.entries


class PerJob(Sent):
    """A text for each job: `of(index)`, asked only for jobs that changed since the pages were sent theirs.

    jobs: the indices there are. serial: when it is another one, all are asked anew. blank: what a page shows of a job
    before it is told anything.
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

    def news(self, kind: str, known: Any) -> tuple[list[Message], Any]:
        """The texts that differ, by the index of the job."""
        new, known = self._differing(known)
        return [message(kind, new)] if new else [], known

    def _differing(self, known: Any) -> tuple[dict[int, str], Any]:
        texts: dict[int, str] = {}
        asked: Iterable[int] = self.jobs
        if known is not None and known[0] == self.serial:
            _, version, texts = known
            asked = [index for index in self.changes.since(version) if index in self.jobs]
        new = {index: text for index in asked if (text := self.of(index)) != texts.get(index, self.blank)}
        texts.update(new)
        return new, (self.serial, self.changes.version, texts)


class Letters(PerJob):
    """A letter for each job, sent as one text at first."""

    def news(self, kind: str, known: Any) -> tuple[list[Message], Any]:
        """All letters as "statuses", or those that differ as "turned"."""
        whole = known is None or known[0] != self.serial
        new, known = self._differing(known)
        if not new:
            return [], known
        return [message("statuses", "".join(new.values())) if whole else message("turned", new)], known


class Growing(Sent):
    """A list that only grows while its serial is the same. `told` turns items into the content of a message."""

    def __init__(self, serial: int, begin: Any, items: Sequence[Any], told: Callable[[Sequence[Any]], Any]) -> None:
        self.serial, self.begin, self.items, self.told = serial, begin, items, told

    def news(self, kind: str, known: Any) -> tuple[list[Message], Any]:
        """Portions of the items that are new; before the first portion of another list, "begin"."""
        serial, sent = known or (0, 0)
        if serial != self.serial:
            sent = 0
        begin = [message("begin", self.begin)] if serial != self.serial else []
        new = [message(kind, portion) for portion in self.portions(sent)]
        return [*begin, *new], self.size

    @property
    def size(self) -> tuple[int, int]:
        """The list that it is, and how many items that has."""
        return self.serial, len(self.items)

    def portions(self, sent: int) -> list[Any]:
        """The contents of messages with the items from that one on."""
        return [self.told(self.items[at : at + AT_ONCE]) for at in range(sent, len(self.items), AT_ONCE)]


class Cached(Sent):
    """A value that is the same while its key is."""

    def __init__(self, key: object, make: Callable[[], Any]) -> None:
        self.key, self.make = key, make

    def news(self, kind: str, known: Any) -> tuple[list[Message], Any]:
        """The value, if the key is new and it differs."""
        key, value = known or (None, None)
        if known is not None and key == self.key:
            return [], known
        new = self.make()
        return [message(kind, new)] if known is None or new != value else [], (self.key, new)


class Plain(NamedTuple):
    """What a page knows of a plain value: None is a value, too."""

    value: Any


def news(kind: str, value: Any, known: Any) -> tuple[list[Message], Any]:
    """The messages that bring a page from what it knows to that value."""
    if isinstance(value, Sent):
        return value.news(kind, known)
    if known is not None and known.value == value:
        return [], known
    return [message(kind, value)], Plain(value)


# --- widgets ---------------------------------------------------------------------------------------------------------


class Widget(Protocol):
    """What a channel needs of a widget. `address` is what its views on a page are found by."""

    address: str

    def content(self, session: Session) -> Content:
        """What it shows at the moment that the session looks at."""

    @property
    def ready(self) -> bool:
        """Whether it may change now: a picture that jumps does so a few times a second at most."""

    @property
    def unfinished(self) -> bool:
        """Whether its last content left out what takes time; asked for again, it has it."""

    def take_traits(self, traits: Content) -> None:
        """Set those traits."""

    def send_traits(self, names: Iterable[str]) -> None:
        """Sync those traits with the models of the pages."""

    def post(self, content: Message) -> None:
        """Send that message to the pages."""


class PageState:
    """What the pages know of one widget, and which of its views there are."""

    def __init__(self, widget: Widget, traits: Collection[str]) -> None:
        self.widget, self.traits = widget, traits
        self.views: set[str] | None = None  # None: not shown yet
        self.asleep: set[str] = set()  # those of them that nobody can see just now
        self.anew = False  # a view has come that knows nothing yet
        self.collector = 0  # the thread that collects its content now
        self._known: dict[str, Any] = {}
        self._unsynced: set[str] = set()  # traits that were sent to views and not to models
        self._messages: list[Message] = []

    @property
    def on_page(self) -> bool | None:
        """Whether a page shows the widget; None before the first one did."""
        return None if self.views is None else bool(self.views)

    @property
    def awake(self) -> bool:
        """Whether somebody can see it, or may soon."""
        return self.views is None or bool(self.views - self.asleep)

    def collect(self, session: Session) -> None:
        """Add the messages about what is new."""
        if self.anew:
            self._begin_anew()
        content = self.widget.content(session)
        self._set_traits({kind: value for kind, value in content.items() if kind in self.traits})
        for kind, value in content.items():
            if kind not in self.traits:
                messages, self._known[kind] = news(kind, value, self._known.get(kind))
                self._messages += messages

    def _begin_anew(self) -> None:
        """At the next refresh, never amid one: its thread would take what it sends to be known from then on."""
        self.anew = False
        self.widget.send_traits(self._unsynced)
        self._unsynced.clear()
        self._known.clear()

    def _set_traits(self, traits: Content) -> None:
        self.collector = threading.get_ident()
        try:
            self.widget.take_traits(traits)
        finally:
            self.collector = 0

    def hold(self, traits: Content) -> bool:
        """Whether these traits go with the other messages: each message of its own takes a page its time."""
        if not self.views or self.collector != threading.get_ident():
            return False
        if traits:
            self._unsynced |= traits.keys()
            self._messages.append(message("traits", traits))
        return True

    def take(self) -> list[Message]:
        """The messages so far, which are sent now."""
        taken, self._messages = self._messages, []
        return taken

    def known(self, kind: str) -> Any:
        """What the pages know of that kind."""
        return self._known.get(kind)


class Channel:
    """Refreshes the widgets of a session that can be seen, from any thread, and hears their pages."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._pages: dict[Widget, PageState] = {}
        self._unwatch: Callable[[], None] | None = None
        self._answering: contextvars.Context | None = None  # that of the last message from a page
        self.pace = Pace()

    @classmethod
    def of(cls, session: Session) -> Channel:
        """The channel of that session."""
        if not isinstance(session.display, cls):
            session.display = cls(session)
        return session.display

    # --- who looks ---------------------------------------------------------------------------------------------------

    def join(self, widget: Widget, traits: Collection[str]) -> PageState:
        """Refresh that widget, too, from now on; `traits` are the kinds of its content that are traits."""
        self._pages[widget] = page = PageState(widget, traits)
        self._attend()
        return page

    def leave(self, widget: Widget) -> None:
        """Refresh it no longer; with the last widget the session is closed."""
        if self._pages.pop(widget, None):
            self._attend()
            if not self._pages:
                self._session.close()

    def shown(self, page: PageState, view: str) -> None:
        """A view is there. One that was asleep gets what it has missed; a new one is sent everything."""
        others = page.views or set()
        page.views, page.asleep = {*others, view}, page.asleep - {view}
        self._attend()
        if others:
            self._session.refresh()
        if view not in others:
            page.anew = True
            self._session.refresh()

    def hidden(self, page: PageState, view: str) -> None:
        """The view is gone."""
        page.views = {*(page.views or ())} - {view}
        self._attend()

    def _attend(self) -> None:
        """The run is watched while a widget is on a page, or is about to be."""
        seen = any(page.on_page is not False for page in self._pages.values())
        if seen and self._unwatch is None:
            self._unwatch = self._session.view.watch()
        elif not seen and self._unwatch is not None:
            self._unwatch()
            self._unwatch = None

    def heard(self) -> None:
        """A message from a page has come: what is sent from now on is sent as in answer to it.

        ipykernel hears a page on the thread that spoke to it last: sent from within a cell, that would be the cell's,
        and a click on Pause would wait until the cell ends.
        """
        self._answering = contextvars.copy_context()

    # --- refreshing --------------------------------------------------------------------------------------------------

    @property
    def ready(self) -> bool:
        """Whether what changes now can be shown at once."""
        return not self.pace.behind and all(page.widget.ready for page in self._awake())

    def _awake(self) -> list[PageState]:
        return [page for page in self._pages.values() if page.awake]

    def refresh(self, *, ask: bool = False) -> None:
        """Bring every page up to date; never raises. Called by the session, one thread at a time, amid a snapshot.

        ask: whether the page shall acknowledge it.
        """
        context = self._answering.copy() if self._answering else contextvars.copy_context()
        context.run(self._refresh, ask)

    def _refresh(self, ask: bool) -> None:
        pages = self._awake()
        self._collect(pages)
        unfinished = [page for page in pages if page.widget.unfinished]
        if unfinished:  # what is quick is seen before what takes time
            self._send(pages, ask=False)
            self._collect(unfinished)
        self._send(pages, ask=ask)

    def _collect(self, pages: Iterable[PageState]) -> None:
        for page in pages:
            with self._session.notices.telling():
                page.collect(self._session)

    def _send(self, pages: Iterable[PageState], *, ask: bool) -> None:
        """All in one message; it comes by one widget and names the others by address."""
        told = {page: messages for page in pages if (messages := page.take())}
        if not told:
            return
        by = next((page for page in told if page.on_page is not False), next(iter(told)))
        if len(told) > 1:
            whole = message("refresh", {page.widget.address: messages for page, messages in told.items()})
        else:
            messages = told[by]
            whole = messages[0] if len(messages) == 1 else message("several", messages)
        number = self.pace.ask() if ask else 0
        with self._session.notices.telling():
            by.widget.post({**whole, "ack": number} if number else whole)
