"""Channel: the transport between a session and the pages that show it.

Theory of operation. At each refresh the channel calls content() of every visible widget, which returns a dict by kind.
It compares each value with what the page has, and sends the difference. All widgets read one snapshot of the run, and
all differences go into one message, so that a page never shows two moments at once. A kind that is missing from the
content stays unchanged on the page.

How a value is compared and sent depends on its type:

| value            | sent                                                                              |
|------------------|-----------------------------------------------------------------------------------|
| name of a trait  | as that trait, so that it is saved with the notebook                              |
| plain value      | whole, when it differs                                                            |
| `ByKey`          | the entries that differ; null for one that was removed                            |
| `PerJob`         | an entry for each job whose value differs; only changed jobs are compared         |
| `Letters`        | `PerJob` of one letter each: first all in one text, later those that differ       |
| `Growing`        | the new items; of another list, "begin" and then all items                        |
| `Cached`         | whole; it is computed only when its key differs                                   |
| any other `Sent` | the messages of its `diff`: output.Rows sends the rows that the page asked for    |

For a new view, the next refresh sends the whole content of its widget. A view that is out of sight is asleep: it gets
nothing until it comes back into sight.

Messages to the page, `{kind, content}`:

| kind               | content                                                                           |
|--------------------|-----------------------------------------------------------------------------------|
| refresh            | {address: [messages]} for several widgets at once                                 |
| several            | [messages] for this widget                                                        |
| traits             | {name: value}                                                                     |
| ignored            | why a message from the page was ignored                                           |
| begin, bars        | the kinds of bars; then {bars, names} to add                                      |
| statuses, turned   | a letter for each job; {index: letter} of those that differ                       |
| rows               | blocks of output, see output.py                                                   |
| copy, arrived, locals | answer to one message of the page                                              |
| any other          | the value of that kind, see the `content` of each widget                          |

A message with `ack` asks the page to send {kind: "ack", number: ack} after it has painted. A page that lags behind is
refreshed less often.

Messages from the page, {kind, …}: all widgets handle shown, hidden and asleep {view}, ack {number}, press {button,
moment, …} as in actions/clicks.py, select {job} and halt {job, on}; each widget lists its own kinds in HEARS.
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
PORTION: Final = 600  # items of a growing list in one message, which stays below 64 KB


# --- kinds of values -------------------------------------------------------------------------------------------------


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


# --- widgets ---------------------------------------------------------------------------------------------------------


class Widget(Protocol):
    """What the channel needs of a widget. `address` is the id by which the page finds its views."""

    address: str

    def content(self, session: Session) -> Content:
        """What it shows at the moment of the session, by kind."""

    @property
    def ready(self) -> bool:
        """Whether it may change now. A drawing that jumps may do so a few times a second only."""

    @property
    def unfinished(self) -> bool:
        """Whether its last content left out a slow part, which the next call of content() will have."""

    def take_traits(self, traits: Content) -> None:
        """Set those traits."""

    def send_traits(self, names: Iterable[str]) -> None:
        """Sync those traits with the page."""

    def post(self, content: Message) -> None:
        """Send the message to the page."""


class PageState:
    """What the page has of one widget, and which views of it exist."""

    def __init__(self, widget: Widget, traits: Collection[str]) -> None:
        self.widget, self.traits = widget, traits
        self.views: set[str] | None = None  # None: not displayed yet
        self.asleep: set[str] = set()  # views out of sight
        self.needs_all = False  # a new view needs the whole content
        self.collector = 0  # id of the thread that collects its content
        self._known: dict[str, Any] = {}
        self._unsynced: set[str] = set()  # traits that were sent to views by message and not synced
        self._messages: list[Message] = []

    @property
    def on_page(self) -> bool | None:
        """Whether a page shows the widget; None until it was displayed once."""
        return None if self.views is None else bool(self.views)

    @property
    def awake(self) -> bool:
        """Whether a view is in sight, or may be soon."""
        return self.views is None or bool(self.views - self.asleep)

    def collect(self, session: Session) -> None:
        """Compute the content, and queue messages for what differs."""
        if self.needs_all:
            self._forget_page()
        content = self.widget.content(session)
        self._set_traits({kind: value for kind, value in content.items() if kind in self.traits})
        for kind, value in content.items():
            if kind not in self.traits:
                messages, self._known[kind] = diff(kind, value, self._known.get(kind))
                self._messages += messages

    def _forget_page(self) -> None:
        """Forget what the page has. Done within a refresh: otherwise a running one would note its values as known."""
        self.needs_all = False
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
        """Queue the traits to be sent with the other messages, and return True; False outside of a refresh.

        Each separate message costs the page time.
        """
        if not self.views or self.collector != threading.get_ident():
            return False
        if traits:
            self._unsynced |= traits.keys()
            self._messages.append(message("traits", traits))
        return True

    def take_messages(self) -> list[Message]:
        """Return the queued messages, and clear the queue."""
        taken, self._messages = self._messages, []
        return taken

    def known(self, kind: str) -> Any:
        """What the page has of that kind."""
        return self._known.get(kind)


class Channel:
    """Refreshes the visible widgets of a session. One channel per session; thread-safe."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._pages: dict[Widget, PageState] = {}
        self._stop_watching: Callable[[], None] | None = None
        self._page_context: contextvars.Context | None = None  # context of the last message from a page
        self.pace = Pace()

    @classmethod
    def of(cls, session: Session) -> Channel:
        """The channel of the session."""
        if not isinstance(session.display, cls):
            session.display = cls(session)
        return session.display

    # --- widgets and views -------------------------------------------------------------------------------------------

    def join(self, widget: Widget, traits: Collection[str]) -> PageState:
        """Add a widget; `traits` are the kinds of its content that are traits."""
        self._pages[widget] = page = PageState(widget, traits)
        self._update_watch()
        return page

    def leave(self, widget: Widget) -> None:
        """Remove the widget. The session is closed with its last widget."""
        if self._pages.pop(widget, None):
            self._update_watch()
            if not self._pages:
                self._session.close()

    def view_shown(self, page: PageState, view: str) -> None:
        """A view has come into sight. A view that was asleep gets the changes; a new one gets everything."""
        others = page.views or set()
        page.views, page.asleep = {*others, view}, page.asleep - {view}
        self._update_watch()
        if others:
            self._session.refresh()
        if view not in others:
            page.needs_all = True
            self._session.refresh()

    def view_hidden(self, page: PageState, view: str) -> None:
        """The view was removed."""
        page.views = {*(page.views or ())} - {view}
        self._update_watch()

    def _update_watch(self) -> None:
        """Watch the run while any widget is on a page, or not displayed yet."""
        seen = any(page.on_page is not False for page in self._pages.values())
        if seen and self._stop_watching is None:
            self._stop_watching = self._session.view.watch()
        elif not seen and self._stop_watching is not None:
            self._stop_watching()
            self._stop_watching = None

    def note_context(self) -> None:
        """Note the context of a message from a page; refreshes are sent in that context from now on.

        ipykernel receives the messages of a comm on the thread that sent to it last. After sending from a cell, that
        would be the thread of the cell, and a click on Pause would wait until the cell ends.
        """
        self._page_context = contextvars.copy_context()

    # --- refreshing --------------------------------------------------------------------------------------------------

    @property
    def ready(self) -> bool:
        """Whether a change can be shown at once."""
        return not self.pace.behind and all(page.widget.ready for page in self._awake())

    def _awake(self) -> list[PageState]:
        return [page for page in self._pages.values() if page.awake]

    def refresh(self, *, ask: bool = False) -> None:
        """Send what changed. Called by the session within a snapshot, by one thread at a time; never raises.

        ask: whether the page shall acknowledge the message.
        """
        context = self._page_context.copy() if self._page_context else contextvars.copy_context()
        context.run(self._refresh, ask)

    def _refresh(self, ask: bool) -> None:
        pages = self._awake()
        self._collect(pages)
        unfinished = [page for page in pages if page.widget.unfinished]
        if unfinished:  # show the quick parts before the slow ones
            self._send(pages, ask=False)
            self._collect(unfinished)
        self._send(pages, ask=ask)

    def _collect(self, pages: Iterable[PageState]) -> None:
        for page in pages:
            with self._session.notices.showing_errors():
                page.collect(self._session)

    def _send(self, pages: Iterable[PageState], *, ask: bool) -> None:
        """Send everything in one message, by one widget; the others are named by address."""
        queued = {page: messages for page in pages if (messages := page.take_messages())}
        if not queued:
            return
        sender = next((page for page in queued if page.on_page is not False), next(iter(queued)))
        if len(queued) > 1:
            whole = message("refresh", {page.widget.address: messages for page, messages in queued.items()})
        else:
            messages = queued[sender]
            whole = messages[0] if len(messages) == 1 else message("several", messages)
        number = self.pace.ask() if ask else 0
        with self._session.notices.showing_errors():
            sender.widget.post({**whole, "ack": number} if number else whole)
