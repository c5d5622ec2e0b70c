"""The graphs that the page is measured on, made in a kernel: a runbook's, and what notebooks have without it.

Both peers draw one matplotlib figure of boxes, names and edges; a click paints one more box.
"""

import io
from collections.abc import Callable
from typing import Any

import ipywidgets
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.figure import Figure

from dojobber_nb import DoJobber, Job
from dojobber_nb.view.layout import layout
from tests.bench.bench_layout import box_sizes, broad
from tests.bench.graphs import classes

INCHES, DONE, PENDING = (9, 6), "#009e73", "#eeeeee"


class Noop(Job):
    """Holds already."""

    def Check(self) -> None:
        """Pass."""

    def Run(self) -> None:
        """Never called."""


def runbook(jobs: int) -> DoJobber:
    """A runner of so many jobs that hold already."""
    dj = DoJobber()
    dj.configure(classes(broad(jobs, 1), Noop))
    return dj


class Peer:
    """A figure of such a graph. `centres` are the boxes' in px from the upper left."""

    def __init__(self, figure: Figure, jobs: int) -> None:
        needs, sizes = broad(jobs, 1), box_sizes(jobs)
        placed = layout(sizes, needs)
        axes = figure.add_axes((0, 0, 1, 1), xlim=(0, placed.width), ylim=(placed.height, 0))
        axes.set_axis_off()
        axes.add_collection(LineCollection(list(placed.edges.values()), linewidth=0.5))
        self.figure, self.colours = figure, [PENDING] * jobs
        corners = [corners_of(*box) for box in placed.boxes]
        self.boxes = axes.add_collection(PolyCollection(corners, facecolors=self.colours, picker=True))
        middles = [((x0 + x1) / 2, (y0 + y1) / 2) for (x0, y0), _, (x1, y1), _ in corners]
        for number, (x, y) in enumerate(middles):
            axes.text(x, y, f"J{number}", ha="center", va="center", fontsize=6)
        height = figure.bbox.height
        self.centres = [(x, height - y) for x, y in axes.transData.transform(middles).tolist()]

    def paint(self, job: int) -> None:
        """Have that box done."""
        self.colours[job] = DONE
        self.boxes.set_facecolor(self.colours)


def corners_of(x: float, y: float, width: float, height: float) -> list[tuple[float, float]]:
    """Of a box, in turn."""
    return [(x, y), (x + width, y), (x + width, y + height), (x, y + height)]


def ipympl_graph(jobs: int) -> tuple[Any, Peer]:
    """What to display, and the peer: a click on a box paints it."""
    import matplotlib as mpl

    mpl.use("module://ipympl.backend_nbagg")
    import matplotlib.pyplot as plt

    with plt.ioff():
        peer = Peer(plt.figure(figsize=INCHES, dpi=100), jobs)
    canvas: Any = peer.figure.canvas

    def picked(event: Any) -> None:
        peer.paint(int(event.ind[0]))
        canvas.draw_idle()

    canvas.mpl_connect("pick_event", picked)
    return canvas, peer


def image_graph(jobs: int) -> tuple[Any, Peer]:
    """What to display, and the peer: each press of the button paints the next box."""
    peer = Peer(Figure(figsize=INCHES, dpi=100), jobs)
    image, button = ipywidgets.Image(value=png(peer.figure)), ipywidgets.Button(description="next")
    number = iter(range(jobs))

    def pressed(_: object) -> None:
        peer.paint(next(number))
        image.value = png(peer.figure)

    button.on_click(pressed)
    return ipywidgets.VBox([button, image]), peer


def png(figure: Figure) -> bytes:
    """Its picture."""
    into = io.BytesIO()
    figure.savefig(into, format="png")
    return into.getvalue()


PEERS: dict[str, Callable[[int], tuple[Any, Peer]]] = {"ipympl": ipympl_graph, "image": image_graph}
