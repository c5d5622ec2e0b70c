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
from collections.abc import Callable, Collection, Iterable

from dojobber_nb.notebook.session.session import Session
from dojobber_nb.notebook.widgets.content_values import message
from dojobber_nb.notebook.widgets.pace import Pace
from dojobber_nb.notebook.widgets.page_state import PageState, Widget


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
