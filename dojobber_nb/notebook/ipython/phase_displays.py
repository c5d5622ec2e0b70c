"""Displays of a phase: each one gets a line in the output of the phase that says what it is and where it is shown.

The printed text of a captured phase goes to its own output, but its displays go to a cell: the one that called the run,
or, after a click, the one that shows the dashboard. Figures that pyplot left open are shown when the phase ends, as
IPython does at the end of a cell, which a click does not have. `clear_output` clears the displays of this phase only,
never the dashboard above them.
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
display_place: ContextVar[str] = ContextVar("display_place", default=IN_THE_CELL)  # of the current phase

Result = TypeVar("Result")
Message = dict[str, Any]

_WIDGET: Final = "application/vnd.jupyter.widget-view+json"
_CHART: Final = re.compile(r"application/(vnd\.(plotly|vega|vegalite|bokehjs)|javascript)")
_REPEATED: Final = re.compile(rf"^1 (\w+), ({IN_THE_CELL}|{BELOW}|{NOWHERE})\n(?:1 \1, \2\n)+", re.MULTILINE)


def announced(perform: Callable[[], Result], say: Callable[[str], object]) -> Result:
    """Perform the phase; `say` adds a line to its output for each display."""
    publisher: Any = getattr(shell(), "display_pub", None)
    if not hasattr(publisher, "register_hook"):  # not every kernel has hooks
        return perform()
    hook, open_before = _Displays(publisher, say), set(_figures())
    publisher.register_hook(hook)  # for this thread alone
    try:
        result = perform()
        hook.show_figures(open_before)
        return result
    finally:
        publisher.unregister_hook(hook)


def merge_display_lines(text: str) -> str:
    """The output with equal display lines merged: "3 figures, shown below the dashboard"."""
    return _REPEATED.sub(lambda lines: f"{lines[0].count(chr(10))} {lines[1]}s, {lines[2]}\n", text)


def kind_of(data: Mapping[str, Any]) -> str:
    """Kind of a display in one word, by its MIME types."""
    if str(data.get("text/plain", "")).startswith("<Figure") or any(map(_CHART.match, data)):
        return "figure"
    if any(kind.startswith("image/") for kind in data):
        return "image"
    if _WIDGET in data:
        return "widget"
    return "table" if "<table" in str(data.get("text/html", "")) else "display"


class _Displays:
    """Hook of IPython's display publisher for one phase. It returns the message to send, or None."""

    def __init__(self, publisher: Any, say: Callable[[str], object]) -> None:
        self._publisher, self._say = publisher, say
        self._shown: list[str] = []  # display ids, in order
        self._cleared: list[str] = []  # ids of cleared displays: the next display reuses the first
        self._clear_pending = False  # whether cleared displays stay visible until the next display
        self._updated: set[str] = set()  # ids of displays of others that this phase updated

    def __call__(self, sent: Message) -> Message | None:
        act = _HANDLERS.get(sent["msg_type"])
        return act(self, sent) if act else sent

    def display(self, sent: Message) -> Message:
        """Note the display in the output, unless it reuses the place of a cleared one."""
        transient = sent["content"]["transient"]
        if self._cleared and "display_id" not in transient:
            transient["display_id"] = self._cleared.pop(0)
            sent["msg_type"] = sent["header"]["msg_type"] = "update_display_data"
        else:
            transient.setdefault("display_id", uuid.uuid4().hex)
            self._say(f"1 {kind_of(sent['content']['data'])}, {display_place.get()}")
        self._shown.append(transient["display_id"])
        if self._clear_pending:
            self._blank()
        return sent

    def update(self, sent: Message) -> Message:
        """Note, once, that this phase updated a display of somebody else."""
        changed = sent["content"]["transient"].get("display_id", "")
        if changed not in {*self._shown, *self._cleared, *self._updated}:
            self._updated.add(changed)
            self._say(f"1 {kind_of(sent['content']['data'])}, updated where it is shown")
        return sent

    def clear(self, sent: Message) -> None:
        """Clear the displays of this phase."""
        self._cleared, self._shown, self._clear_pending = [*self._shown, *self._cleared], [], True
        if not sent["content"]["wait"]:
            self._blank()

    def _blank(self) -> None:
        self._clear_pending = False
        for place in self._cleared:
            self._publisher.publish({"text/plain": ""}, transient={"display_id": place}, update=True)

    def show_figures(self, open_before: Collection[Any]) -> None:
        """Show the figures that the phase left open."""
        for figure in [figure for figure in _figures() if figure not in open_before]:
            try:
                _show(figure)
            except Exception as error:  # noqa: BLE001  # a figure that cannot be drawn must not fail the phase
                self._say(f"1 figure, which could not be shown: {message(error, 200)}")


_HANDLERS: Final[Mapping[str, Callable[[_Displays, Message], Message | None]]] = {
    "display_data": _Displays.display,
    "update_display_data": _Displays.update,
    "clear_output": _Displays.clear,
}


def _figures() -> list[Any]:
    """The open figures of pyplot, if its backend is the inline one."""
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is None or not (numbers := pyplot.get_fignums()) or "inline" not in pyplot.get_backend():
        return []
    figures = sys.modules["matplotlib._pylab_helpers"].Gcf.figs
    return [figures[number].canvas.figure for number in numbers]


def _show(figure: Any) -> None:
    """Show the figure and close it, as IPython does after a cell, unless it is configured to keep figures open."""
    inline = sys.modules["matplotlib_inline.backend_inline"]
    if not inline.InlineBackend.instance().close_figures:
        inline.flush_figures()
        return
    try:
        inline.display(figure, metadata=inline._fetch_figure_metadata(figure))
    finally:
        sys.modules["matplotlib.pyplot"].close(figure)
