"""Part: the base class of the widgets of a dashboard, and the JavaScript and CSS that they have in common."""

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
from dojobber_nb.notebook.actions.job_breakpoints import halt
from dojobber_nb.notebook.ipython.cell_widgets import made_here, shown_here
from dojobber_nb.notebook.ipython.kernel import has_page
from dojobber_nb.notebook.session.session import Session
from dojobber_nb.notebook.widgets.channel import Channel, Content, Message, message
from dojobber_nb.notebook.widgets.page_labels import PAGE_LABELS
from dojobber_nb.record.recorded_run import RecordedRun
from dojobber_nb.view import theme

STATIC: Final = Path(__file__).parents[1] / "static"
DARK: Final = "[data-jp-theme-light='false'] .dj, .vscode-dark .dj, html[theme='dark'] .dj"

SHORT: Final = (",", ":")
_SPARE: Final = re.compile(r"/\*.*?\*/ ?|^ *//[^\n]*\n| // [^\n]*|^\s+", re.DOTALL | re.MULTILINE)

Source = Runner | RecordedRun | Session  # whose run a part shows

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
    """The ES module of a widget: what all modules share, and its own files."""
    return "\n".join([script(), own_script(name)])


def own_script(name: str) -> str:
    """The files of a widget alone."""
    return "\n".join(bare(f"{file}.js") for file in FILES[name])


def script() -> str:
    """What all modules share: looks and labels, and the files in SHARED."""
    looks = [{"key": key, "word": look.word, "sign": look.sign, "icon": look.icon} for key, look in theme.LOOKS.items()]
    data, dumps = {"LOOKS": looks, "LABELS": PAGE_LABELS}, partial(json.dumps, ensure_ascii=False, separators=SHORT)
    constants = [f"const {name} = {dumps(value)};" for name, value in data.items()]
    return "\n".join([*constants, *(bare(f"{file}.js") for file in SHARED)])


def bare(name: str) -> str:
    """That file without comments and indentation: a third of its bytes, which each widget would send."""
    return _SPARE.sub("", static(name))


def _dense(css: str) -> str:
    """A style sheet without spaces around braces and semicolons, and after colons."""
    return re.sub(r"\s*([{};])\s*|(:) +", r"\1\2", css)


def styles(name: str) -> str:
    """Its style sheet: the colours of both themes, what all share, and its own."""
    return _dense("\n".join([theme.css("light", ".dj"), theme.css("dark", DARK), rules(), bare(f"{name}.css")]))


def rules() -> str:
    """What all style sheets share: the colours of each state, by its name, and how a dashboard is arranged."""
    return "\n".join([*(_state(key, look) for key, look in theme.LOOKS.items()), bare("page.css")])


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
    """A widget that shows one run, alone or in a dashboard.

    A subclass gives its `content`; the channel of the session compares and sends it. Traits among its content are saved
    with the notebook: they hold names, statuses, counts and times, nothing that a job made. `HEARS` has by kind what is
    done with a message from the page, beside those that all parts hear.
    """

    read_only = traitlets.Bool(False).tag(sync=True)
    address = traitlets.Unicode().tag(sync=True)  # what its views on a page are found by
    HEARS: ClassVar[Mapping[str, Callable[[Any, dict[str, Any]], object]]] = {}
    _leave: Callable[[], object] | None = None  # ipywidgets closes also what could not be made

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
        made_here(self)
        if not has_page(self.comm):
            self._leave()  # nobody will ever see it: what jobs print goes where it always went

    def content(self, session: Session) -> Content:
        """By kind, what is shown at the moment that the session looks at."""
        raise NotImplementedError

    @property
    def ready(self) -> bool:
        """Whether it may change now: a picture that jumps does so a few times a second at most."""
        return True

    @property
    def unfinished(self) -> bool:
        """Whether its last content left out what takes time; asked for again, it has it."""
        return False

    @property
    def on_page(self) -> bool | None:
        """Whether a page shows it; None before the first one did."""
        return self._page.on_page

    @property
    def closed(self) -> bool:
        """Whether it was taken off the page for good."""
        return self.comm is None

    def close(self) -> None:
        """Take it off the page, and refresh it no longer."""
        if self._leave:
            self._leave()
        if self.trait_has_value("layout"):  # it is made when a page first needs it
            self.layout.close()
        super().close()

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        shown_here(self)
        self.session.calls.show_here()
        return super()._repr_mimebundle_(**kwargs)

    # --- what the channel calls --------------------------------------------------------------------------------------

    def take_traits(self, traits: Content) -> None:
        """Set those traits, and sync them together."""
        with self.hold_sync():
            for name, value in traits.items():
                setattr(self, name, value)

    def send_traits(self, names: Iterable[str]) -> None:
        """Sync those traits with the models of the pages."""
        super().send_state(set(names))

    def post(self, content: Message) -> None:
        """Send that message to the pages."""
        self.send(content)

    def send_state(self, key: Any = None) -> None:
        """Sync traits, within a refresh together with what else is sent."""
        if key is None or not self._page.hold(self.get_state(key=key)):
            super().send_state(key)

    # --- messages ----------------------------------------------------------------------------------------------------

    def answer(self, kind: str, content: Any) -> None:
        """Send the answer to a message of the page, now."""
        self.send(message(kind, content))

    def _hear(self, _widget: object, content: Any, _buffers: object) -> None:
        self._channel.heard()
        kind = content.get("kind") if isinstance(content, dict) else None
        act = {**_OF_ALL, **self.HEARS}.get(kind) if isinstance(kind, str) else None
        try:
            if act is None:
                raise ValueError(f"no message of kind {kind!r:.60} is known here")
            act(self, content)
        except (KeyError, TypeError, ValueError) as error:
            log.warning("a message from the page was ignored: %s", error)
            self.answer("ignored", str(error))
        except BaseException as error:  # noqa: BLE001  # a callback that raises must not end the kernel
            self.session.notices.tell(f"{type(error).__name__} in the dashboard: {error}")
            self.session.refresh()

    def _shown(self, content: dict[str, Any]) -> None:
        self._channel.shown(self._page, str(content["view"]))

    def _hidden(self, content: dict[str, Any]) -> None:
        self._channel.hidden(self._page, str(content["view"]))

    def _falls_asleep(self, content: dict[str, Any]) -> None:
        """Nobody can see the view: what is new is sent when it is seen again."""
        self._page.asleep |= {str(content["view"])}

    def _acknowledged(self, content: dict[str, Any]) -> None:
        self._channel.pace.acknowledged(int(content["number"]))

    def _select(self, content: dict[str, Any]) -> None:
        self.session.select(int(content["job"]))

    def _halt(self, content: dict[str, Any]) -> None:
        halt(self.session, int(content["job"]), on=bool(content["on"]))


_OF_ALL: Final[Mapping[str, Callable[[Any, dict[str, Any]], object]]] = {
    "shown": Part._shown,
    "hidden": Part._hidden,
    "asleep": Part._falls_asleep,
    "ack": Part._acknowledged,
    "select": Part._select,
    "halt": Part._halt,
}
