"""Part: base class of the widgets, with the JavaScript and CSS that they share."""

from __future__ import annotations

import json
import logging
import re
import secrets
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, ClassVar, Final

import traitlets
from anywidget import AnyWidget

from dojobber_nb.engine.runner import Runner
from dojobber_nb.notebook.actions.clicks import Click, press
from dojobber_nb.notebook.actions.job_breakpoints import set_breakpoint
from dojobber_nb.notebook.ipython.cell_widgets import register, register_displayed
from dojobber_nb.notebook.ipython.kernel import has_page
from dojobber_nb.notebook.session.session import Session
from dojobber_nb.notebook.widgets.channel import Channel
from dojobber_nb.notebook.widgets.content_values import Content, Message, message
from dojobber_nb.notebook.widgets.page_labels import PAGE_LABELS
from dojobber_nb.record.recorded_run import RecordedRun
from dojobber_nb.view import theme

STATIC: Final = Path(__file__).parents[1] / "static"
DARK: Final = "[data-jp-theme-light='false'] .dj, .vscode-dark .dj, html[theme='dark'] .dj"

SHORT: Final = (",", ":")
_SPARE: Final = re.compile(r"/\*.*?\*/ ?|^ *//[^\n]*\n| // [^\n]*|^\s+", re.DOTALL | re.MULTILINE)

Source = Runner | RecordedRun | Session  # what a widget can show

log = logging.getLogger("DoJobber")


# The JavaScript files that all widgets share, and those of each widget: each file uses the ones before it.
SHARED: Final = ("elements", "keys", "presses", "views")
FILES: Final[Mapping[str, tuple[str, ...]]] = {
    "args": ("args",),
    "controls": ("controls_buttons", "controls_status", "controls_views", "controls"),
    "graph": ("graph_boxes", "graph_viewport", "graph"),
    "inspector": ("output_text", "output_lines", "output", "inspector_panes", "inspector"),
    "joblist": ("joblist_rows", "joblist"),
    "timeline": ("timeline_parts", "timeline_lanes", "timeline"),
    "travel": ("travel",),
}


def module(name: str) -> str:
    """The ES module of a widget: the shared script, then its own files."""
    return "\n".join([script(), own_script(name)])


def own_script(name: str) -> str:
    """The files of a widget alone."""
    return "\n".join(bare(f"{file}.js") for file in FILES[name])


def script() -> str:
    """The script that all modules share: the tables of looks and labels, and the files in SHARED."""
    looks = [{"key": key, "word": look.word, "sign": look.sign, "icon": look.icon} for key, look in theme.LOOKS.items()]
    data, dumps = {"LOOKS": looks, "LABELS": PAGE_LABELS}, partial(json.dumps, ensure_ascii=False, separators=SHORT)
    constants = [f"const {name} = {dumps(value)};" for name, value in data.items()]
    return "\n".join([*constants, *(bare(f"{file}.js") for file in SHARED)])


def bare(name: str) -> str:
    """That file without comments and indentation: a third of its bytes, which each widget would send."""
    return _SPARE.sub("", static(name))


def _dense(css: str) -> str:
    """A style sheet without the spaces that it does not need."""
    return re.sub(r"\s*([{};])\s*|([:,])\s+", r"\1\2", css)


def styles(name: str) -> str:
    """The style sheet of a widget: colours of both themes, shared rules, its own rules."""
    return _dense("\n".join([theme.css("light", ".dj"), theme.css("dark", DARK), rules(), bare(f"{name}.css")]))


def rules() -> str:
    """The rules that all style sheets share: colours by state, and page.css."""
    return "\n".join([*(_state(key, look) for key, look in theme.LOOKS.items()), bare("page.css")])


def _state(key: str, look: theme.StatusStyle) -> str:
    """The rule that gives an element with that data-state its colours, as `--dj-the-fill` and so on."""
    name = key.replace("_", "-")
    colours = {part: f"var(--dj-{name}-{part})" for part in ("fill", "stroke", "text", "line", "icon", "hatch")}
    colours |= {"border": f"{look.border}px", "weight": "bold" if look.bold else "normal"}
    return f".dj [data-state='{key}'] {{ {' '.join(f'--dj-the-{part}: {value};' for part, value in colours.items())} }}"


def static(name: str) -> str:
    """The text of a file in static/."""
    return (STATIC / name).read_text("utf-8")


class Part(AnyWidget):
    """A widget that shows one run, alone or in a dashboard.

    A subclass returns its `content`; the channel of the session compares it with what the page has, and sends the rest.
    Traits are saved with the notebook: they hold names, statuses, counts and times, never values of jobs. `HEARS` maps
    the kind of a message from the page to its handler, in addition to the kinds that every widget handles.
    """

    read_only = traitlets.Bool(False).tag(sync=True)
    address = traitlets.Unicode().tag(sync=True)  # id by which the page finds its views
    HEARS: ClassVar[Mapping[str, Callable[[Any, dict[str, Any]], object]]] = {}
    _leave: Callable[[], object] | None = None  # close() is also called if __init__ failed

    def __init__(self, source: Source) -> None:
        self.session = source if isinstance(source, Session) else Session(source)
        self._channel = Channel.of(self.session)
        self._page = self._channel.join(self, self.trait_names(sync=True))
        self._leave = partial(self._channel.leave, self)
        super().__init__(address=secrets.token_hex(4))
        self.read_only = not self.session.can_act
        self.on_msg(self._hear)
        with self.session.frozen():
            self._page.collect(self.session)
        register(self)
        if not has_page(self.comm):
            self._leave()  # no page will show it, so that output need not be captured for it

    def content(self, session: Session) -> Content:
        """What the widget shows at the moment of the session, by kind."""
        raise NotImplementedError

    @property
    def ready(self) -> bool:
        """Whether it may change now. A drawing that jumps may do so a few times a second only."""
        return True

    @property
    def unfinished(self) -> bool:
        """Whether its last content left out a slow part, which the next call of content() will have."""
        return False

    @property
    def on_page(self) -> bool | None:
        """Whether a page shows it; None until it was displayed once."""
        return self._page.on_page

    @property
    def closed(self) -> bool:
        """Whether close() was called."""
        return self.comm is None

    def close(self) -> None:
        """Remove it from the page, and stop refreshing it."""
        if self._leave:
            self._leave()
        if self.trait_has_value("layout"):  # else reading it would create it
            self.layout.close()
        super().close()

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        register_displayed(self)
        self.session.calls.display_in_current_cell()
        return super()._repr_mimebundle_(**kwargs)

    # --- what the channel calls --------------------------------------------------------------------------------------

    def take_traits(self, traits: Content) -> None:
        """Set those traits, and sync them together."""
        with self.hold_sync():
            for name, value in traits.items():
                setattr(self, name, value)

    def send_traits(self, names: Iterable[str]) -> None:
        """Sync those traits with the page."""
        super().send_state(set(names))

    def post(self, content: Message) -> None:
        """Send the message to the page."""
        self.send(content)

    def send_state(self, key: Any = None) -> None:
        """Sync traits; during a refresh, in one message with everything else."""
        if key is None or not self._page.hold(self.get_state(key=key)):
            super().send_state(key)

    # --- messages ----------------------------------------------------------------------------------------------------

    def answer(self, kind: str, content: Any) -> None:
        """Answer a message of the page, at once."""
        self.send(message(kind, content))

    def _hear(self, _widget: object, content: Any, _buffers: object) -> None:
        self._channel.note_context()
        kind = content.get("kind") if isinstance(content, dict) else None
        handle = {**_SHARED_HANDLERS, **self.HEARS}.get(kind) if isinstance(kind, str) else None
        try:
            if handle is None:
                raise ValueError(f"messages of kind {kind!r:.60} are not known")
            handle(self, content)
        except (KeyError, TypeError, ValueError) as error:
            log.warning("a message from the page was ignored: %s", error)
            self.answer("ignored", str(error))
        except BaseException as error:  # noqa: BLE001  # a callback that raises must not end the kernel
            self.session.notices.show(f"{type(error).__name__} in the dashboard: {error}")
            self.session.refresh()

    def _shown(self, content: dict[str, Any]) -> None:
        self._channel.view_shown(self._page, str(content["view"]))

    def _hidden(self, content: dict[str, Any]) -> None:
        self._channel.view_hidden(self._page, str(content["view"]))

    def _falls_asleep(self, content: dict[str, Any]) -> None:
        """The view is out of sight: it gets the changes when it comes back."""
        self._page.asleep |= {str(content["view"])}

    def _acknowledged(self, content: dict[str, Any]) -> None:
        self._channel.pace.acknowledged(int(content["number"]))

    def _press(self, content: dict[str, Any]) -> None:
        press(self.session, Click.of(content))

    def _select(self, content: dict[str, Any]) -> None:
        self.session.select(int(content["job"]))

    def _halt(self, content: dict[str, Any]) -> None:
        set_breakpoint(self.session, int(content["job"]), on=bool(content["on"]))


_SHARED_HANDLERS: Final[Mapping[str, Callable[[Any, dict[str, Any]], object]]] = {
    "shown": Part._shown,
    "hidden": Part._hidden,
    "asleep": Part._falls_asleep,
    "ack": Part._acknowledged,
    "press": Part._press,
    "select": Part._select,
    "halt": Part._halt,
}
