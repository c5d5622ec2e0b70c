"""Part: a piece of a dashboard, alone or among others. It shows what its session knows and reports what is pressed."""

from __future__ import annotations

import json
import logging
import secrets
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, ClassVar, Final

import traitlets
from anywidget import AnyWidget

from dojobber_nb.engine.runner import Runner
from dojobber_nb.notebook.actions.job_breakpoints import halt
from dojobber_nb.notebook.ipython.cell_widgets import made_here, shown_here
from dojobber_nb.notebook.ipython.kernel import has_page
from dojobber_nb.notebook.session.session import Session
from dojobber_nb.record.recorded import RecordedRun
from dojobber_nb.view import theme

STATIC: Final = Path(__file__).parents[1] / "static"
DARK: Final = "[data-jp-theme-light='false'] .dj, .vscode-dark .dj, html[theme='dark'] .dj"

Source = Runner | RecordedRun | Session  # whose run a part shows

log = logging.getLogger("DoJobber")


def module(*names: str) -> str:
    """The ES module of a widget: what all modules share, and its own files."""
    return "\n".join([script(), *(static(f"{name}.js") for name in names)])


def script() -> str:
    """What all modules share: the looks of all states, and how elements are made."""
    looks = [{"key": key, "word": look.word, "sign": look.sign, "icon": look.icon} for key, look in theme.LOOKS.items()]
    return f"const LOOKS = {json.dumps(looks)};\n{static('page.js')}"


def styles(name: str) -> str:
    """Its style sheet: the colours of both themes, what all share, and its own."""
    return "\n".join([theme.css("light", ".dj"), theme.css("dark", DARK), rules(), static(f"{name}.css")])


def rules() -> str:
    """What all style sheets share: the colours of each state, by its name, and how a dashboard is arranged."""
    return "\n".join([*(_state(key, look) for key, look in theme.LOOKS.items()), static("page.css")])


def _state(key: str, look: theme.StatusStyle) -> str:
    """The rule by which all below an element with that data-state finds its colours, as `--dj-the-fill` and so on."""
    name = key.replace("_", "-")
    of_it = {part: f"var(--dj-{name}-{part})" for part in ("fill", "stroke", "text", "line", "icon", "hatch")}
    of_it |= {"border": f"{look.border}px", "weight": "bold" if look.bold else "normal"}
    return f".dj [data-state='{key}'] {{ {' '.join(f'--dj-the-{part}: {value};' for part, value in of_it.items())} }}"


def static(name: str) -> str:
    """The text of that file beside the modules."""
    return (STATIC / name).read_text("utf-8")


class Part(AnyWidget):
    """Shows one runner's run. Traits carry names, statuses, counts and times; all else is said by message, on request.

    `HEARS` says by kind what is done with a message from the page, beside those that all parts hear.
    """

    slow: ClassVar[bool] = False  # whether it may take long to show: the others are shown before it
    read_only = traitlets.Bool(False).tag(sync=True)
    address = traitlets.Unicode().tag(sync=True)  # what its views on a page are found by
    _leave: Callable[[], None] | None = None
    _holder = 0  # the thread that refreshes: what it says is held
    _anew = False  # a view has come that knows nothing yet
    HEARS: ClassVar[Mapping[str, Callable[[Any, dict[str, Any]], object]]] = {}

    def __init__(self, source: Source) -> None:
        self.session = source if isinstance(source, Session) else Session(source)
        self._said: dict[str, Any] = {}
        self._views: set[str] | None = None  # None: not shown yet
        self._asleep: set[str] = set()  # those of them that nobody can see just now
        self._unsynced: set[str] = set()  # traits of which views know more than their model may
        self._held: list[Any] = []
        super().__init__(address=secrets.token_hex(4), **({"comm": self.session.comm()} if self.session.comm else {}))
        self.read_only = not self.session.can_act
        self.on_msg(self._hear)
        self._leave = self.session.join(self)
        with self.session.frozen():
            self.refresh()
        if not self.session.comm:
            made_here(self)
        if not (self.session.comm or has_page(self.comm)):
            self._leave()  # nobody will ever see it: what jobs print goes where it always went

    @property
    def on_page(self) -> bool | None:
        """Whether a page shows it; None before the first one did."""
        return None if self._views is None else bool(self._views)

    @property
    def closed(self) -> bool:
        """Whether it was taken off the page for good."""
        return self.comm is None

    @property
    def seen(self) -> bool:
        """Whether it is on a page, or may be: one that was never shown is about to be."""
        return self.on_page is not False

    @property
    def awake(self) -> bool:
        """Whether somebody can see it: not behind a tab, nor in a cell that was scrolled away."""
        return self._views is None or bool(self._views - self._asleep)

    def refresh(self) -> None:
        """Show how things stand."""
        raise NotImplementedError

    @property
    def ready(self) -> bool:
        """Whether it may change now."""
        return True

    def show(self) -> None:
        """`refresh`; what is said meanwhile is held until it is taken."""
        if self._anew:
            self._begin_anew()
        self._holder = threading.get_ident()
        self.refresh()

    def _begin_anew(self) -> None:
        """Between two refreshes, never amid one: its thread would take what it says to be known from then on."""
        self._anew = False
        self.send_state(self._unsynced)
        self._unsynced.clear()
        self._said.clear()

    def take(self, *, over: bool) -> list[Any]:
        """What was said since; over: what is said from now on is sent at once."""
        held, self._held = self._held, []
        if over:
            self._holder = 0
        return held

    def post(self, content: dict[str, Any]) -> None:
        """Send that message to the page."""
        super().send(content)

    def send(self, content: Any, buffers: Any = None) -> None:
        """Send a message to the page, with the others of this refresh if it is under way."""
        if self._holder == threading.get_ident():
            self._held.append(content)
        else:
            super().send(content, buffers)

    def send_state(self, key: Any = None) -> None:
        """Send traits; while somebody looks, with what else is said: each message takes its time."""
        if key and self._views and self._holder == threading.get_ident():
            traits = self.get_state(key=key)
            self._unsynced |= traits.keys()
            self._held.append({"kind": "traits", "content": traits})
        else:
            super().send_state(key)

    def say(self, kind: str, content: Any) -> None:
        """Send what is new of that kind to the page."""
        if kind not in self._said or self._said[kind] != content:
            self._said[kind] = content
            self.send({"kind": kind, "content": content})

    def say_new(self, kind: str, content: Mapping[Any, Any]) -> None:
        """Send those values of that kind that are new to the page; None for those that are gone."""
        before = self._said.get(kind, {})
        self._said[kind] = dict(content)
        new = {key: value for key, value in content.items() if key not in before or before[key] != value}
        if new := {**new, **dict.fromkeys(before.keys() - content.keys())}:
            self.send({"kind": kind, "content": new})

    def close(self) -> None:
        """Take it off the page, and look no longer."""
        if self._leave:
            self._leave()
        if self.trait_has_value("layout"):  # it is made when a page first needs it
            self.layout.close()
        super().close()

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        shown_here(self)
        self.session.calls.show_here()
        return super()._repr_mimebundle_(**kwargs)

    def _hear(self, _widget: object, content: Any, _buffers: object) -> None:
        self.session.viewers.heard()
        kind = content.get("kind") if isinstance(content, dict) else None
        act = {**_OF_ALL, **self.HEARS}.get(kind) if isinstance(kind, str) else None
        try:
            if act is None:
                raise ValueError(f"no message of kind {kind!r:.60} is known here")
            act(self, content)
        except (KeyError, TypeError, ValueError) as error:
            log.warning("a message from the page was ignored: %s", error)
            self.send({"kind": "ignored", "content": str(error)})
        except BaseException as error:  # noqa: BLE001  # a callback that raises must not end the kernel
            self.session.notices.tell(f"{type(error).__name__} in the dashboard: {error}")
            self.session.refresh()

    def _shown(self, content: dict[str, Any]) -> None:
        """A view is there. One that was asleep gets what it has missed; for a new one all is said anew."""
        view, others = str(content["view"]), self._views or set()
        self._views, self._asleep = {*others, view}, self._asleep - {view}
        self.session.viewers.attend()
        if others:
            self.session.refresh()
        if view not in others:
            self._anew = True
            self.session.refresh()

    def _hidden(self, content: dict[str, Any]) -> None:
        self._views = {*(self._views or ())} - {str(content["view"])}
        self.session.viewers.attend()

    def _select(self, content: dict[str, Any]) -> None:
        self.session.select(int(content["job"]))

    def _halt(self, content: dict[str, Any]) -> None:
        halt(self.session, int(content["job"]), on=bool(content["on"]))

    def _falls_asleep(self, content: dict[str, Any]) -> None:
        """Nobody can see the view: what is new is said when it is shown again."""
        self._asleep |= {str(content["view"])}

    def _acknowledged(self, content: dict[str, Any]) -> None:
        self.session.viewers.pace.acknowledged(int(content["number"]))


_OF_ALL: Final[Mapping[str, Callable[[Any, dict[str, Any]], object]]] = {
    "shown": Part._shown,
    "hidden": Part._hidden,
    "asleep": Part._falls_asleep,
    "select": Part._select,
    "halt": Part._halt,
    "ack": Part._acknowledged,
}
