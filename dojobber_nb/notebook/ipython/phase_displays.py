"""What a phase displays: its output says in place what it was and where it is shown.

A phase that is captured prints to its own output, and what it displays goes to the page: to the cell that called the
run, or, from a click, to the cell that shows the dashboard. So a line stands in the output for each display. Figures
that pyplot has left open are shown when the phase ends: IPython does so at the end of a cell, and a click has none.
`clear_output` clears what this phase has displayed, and not the dashboard above it.
"""

from __future__ import annotations

import re
import sys
import uuid
from collections.abc import Callable, Collection, Mapping
from contextvars import ContextVar
from typing import Any, Final, TypeVar

from dojobber_nb.core.preview import message
from dojobber_nb.notebook.ipython.kernel import shell

IN_THE_CELL: Final = "shown in the cell's output"
BELOW: Final = "shown below the dashboard"
NOWHERE: Final = "not shown: the page was loaded after the dashboard's cell had run; run that cell again"
where: ContextVar[str] = ContextVar("where", default=IN_THE_CELL)  # of the phase under way

Result = TypeVar("Result")
Message = dict[str, Any]

_WIDGET: Final = "application/vnd.jupyter.widget-view+json"
_CHART: Final = re.compile(r"application/(vnd\.(plotly|vega|vegalite|bokehjs)|javascript)")
_SAME: Final = re.compile(rf"^1 (\w+), ({IN_THE_CELL}|{BELOW}|{NOWHERE})\n(?:1 \1, \2\n)+", re.MULTILINE)


def announced(perform: Callable[[], Result], say: Callable[[str], object]) -> Result:
    """Perform the phase; `say` adds a line to its output for each thing that it displays."""
    publisher: Any = getattr(shell(), "display_pub", None)
    if not hasattr(publisher, "register_hook"):  # not every kernel can tell
        return perform()
    hook, open_before = _Displays(publisher, say), set(_figures())
    publisher.register_hook(hook)  # for this thread alone
    try:
        result = perform()
        hook.show_figures(open_before)
        return result
    finally:
        publisher.unregister_hook(hook)


def folded(text: str) -> str:
    """The text with one line where several tell of displays of one kind: "3 figures, shown below the dashboard"."""
    return _SAME.sub(lambda same: f"{same[0].count(chr(10))} {same[1]}s, {same[2]}\n", text)


def kind_of(data: Mapping[str, Any]) -> str:
    """In one word what is displayed, by its MIME types."""
    if str(data.get("text/plain", "")).startswith("<Figure") or any(map(_CHART.match, data)):
        return "figure"
    if any(kind.startswith("image/") for kind in data):
        return "image"
    if _WIDGET in data:
        return "widget"
    return "table" if "<table" in str(data.get("text/html", "")) else "display"


class _Displays:
    """Hears what one phase publishes, as hooks of IPython's publisher do: what comes back is sent."""

    def __init__(self, publisher: Any, say: Callable[[str], object]) -> None:
        self._publisher, self._say = publisher, say
        self._shown: list[str] = []  # display ids, in order
        self._free: list[str] = []  # of what was cleared: what is displayed next takes the first one's place
        self._waits = False  # whether what is free is still to be seen, until something takes its place
        self._elsewhere: set[str] = set()  # of what others have displayed and this phase has updated

    def __call__(self, told: Message) -> Message | None:
        act = _HEARS.get(told["msg_type"])
        return act(self, told) if act else told

    def display(self, told: Message) -> Message:
        """Say what is displayed; what takes the place of something that was cleared has been said."""
        transient = told["content"]["transient"]
        if self._free and "display_id" not in transient:
            transient["display_id"] = self._free.pop(0)
            told["msg_type"] = told["header"]["msg_type"] = "update_display_data"
        else:
            transient.setdefault("display_id", uuid.uuid4().hex)
            self._say(f"1 {kind_of(told['content']['data'])}, {where.get()}")
        self._shown.append(transient["display_id"])
        if self._waits:
            self._blank()
        return told

    def update(self, told: Message) -> Message:
        """Say once of what others have displayed that this phase has updated it."""
        changed = told["content"]["transient"].get("display_id", "")
        if changed not in {*self._shown, *self._free, *self._elsewhere}:
            self._elsewhere.add(changed)
            self._say(f"1 {kind_of(told['content']['data'])}, updated where it is shown")
        return told

    def clear(self, told: Message) -> None:
        """Clear what this phase has displayed."""
        self._free, self._shown, self._waits = [*self._shown, *self._free], [], True
        if not told["content"]["wait"]:
            self._blank()

    def _blank(self) -> None:
        self._waits = False
        for place in self._free:
            self._publisher.publish({"text/plain": ""}, transient={"display_id": place}, update=True)

    def show_figures(self, open_before: Collection[Any]) -> None:
        """Show the figures that the phase has left open."""
        for figure in [figure for figure in _figures() if figure not in open_before]:
            try:
                _show(figure)
            except Exception as error:  # noqa: BLE001  # a figure that cannot be drawn fails no phase
                self._say(f"1 figure, which could not be shown: {message(error, 200)}")


_HEARS: Final[Mapping[str, Callable[[_Displays, Message], Message | None]]] = {
    "display_data": _Displays.display,
    "update_display_data": _Displays.update,
    "clear_output": _Displays.clear,
}


def _figures() -> list[Any]:
    """Those that pyplot holds open, where IPython shows them at the end of a cell."""
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is None or not (numbers := pyplot.get_fignums()) or "inline" not in pyplot.get_backend():
        return []
    figures = sys.modules["matplotlib._pylab_helpers"].Gcf.figs
    return [figures[number].canvas.figure for number in numbers]


def _show(figure: Any) -> None:
    """Show it and close it, as IPython would at the end of a cell; unless it is told to keep figures open."""
    inline = sys.modules["matplotlib_inline.backend_inline"]
    if not inline.InlineBackend.instance().close_figures:
        inline.flush_figures()
        return
    try:
        inline.display(figure, metadata=inline._fetch_figure_metadata(figure))
    finally:
        sys.modules["matplotlib.pyplot"].close(figure)
