"""A figure as a PNG of few colours: a third of the bytes, and every colour that has a meaning as it was."""

from __future__ import annotations

import io
from typing import Any, Final

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from numpy.typing import NDArray
from PIL import Image
from PIL.PngImagePlugin import PngInfo

COLOURS: Final = 256  # as many as a byte tells apart

Colours = NDArray[np.uint8]  # red, green, blue and opacity of each, of which all are opaque


def png(drawn: Figure, dpi: float, title: str) -> bytes:
    """The bytes of the file: the same ones for the same picture, whoever draws it and when."""
    into, told = io.BytesIO(), PngInfo()
    told.add_itxt("Title", title)
    _with_few_colours(_pixels(drawn, dpi)).save(into, "png", pnginfo=told, dpi=(dpi, dpi))
    return into.getvalue()


def _pixels(drawn: Figure, dpi: float) -> Colours:
    drawn.set_dpi(dpi)
    canvas: Any = FigureCanvasAgg(drawn)
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())


def _with_few_colours(pixels: Colours) -> Image.Image:
    """With the most frequent ones; the others, at the edges of letters and lines, become the nearest of those.

    Pillow by itself brings near colours together, the frequent ones too.
    """
    found = _by_frequency(pixels)
    places = np.zeros(1 << 24, np.uint8)
    places[_codes(found)] = _nearest(found, found[:COLOURS])
    image = Image.fromarray(places[_codes(pixels)])
    image.putpalette(found[:COLOURS, :3].tobytes())
    return image


def _by_frequency(pixels: Colours) -> Colours:
    found: Any = Image.fromarray(pixels).getcolors(pixels.shape[0] * pixels.shape[1])
    return np.array([colour for _, colour in sorted(found, key=lambda each: (-each[0], each[1]))], np.uint8)


def _nearest(colours: Colours, palette: Colours) -> NDArray[Any]:
    """By colour, the place in the palette of the one that is most like it."""
    apart = np.zeros((len(colours), len(palette)), np.int32)
    for part in range(3):
        apart += np.subtract.outer(colours[:, part].astype(np.int32), palette[:, part].astype(np.int32)) ** 2
    places: NDArray[Any] = np.argmin(apart, axis=1)
    return places


def _codes(colours: Colours) -> NDArray[np.uint32]:
    """Each as one number, without its opacity."""
    return np.ascontiguousarray(colours).view("<u4")[..., 0] & np.uint32(0xFFFFFF)
