"""What a page of the bench tells: how long an answer took to show, and what came over its websocket."""

import json
import statistics
import struct
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from playwright.sync_api import Page, WebSocket, sync_playwright

from dev import find_browser
from tests.browser.conftest import BROWSER_OPTIONS
from tests.browser.lab import Lab
from tests.browser.server import running

APART = 700  # ms between two clicks: what comes sooner is a double click, and what the last one caused has ended

# An answer is what makes `wanted` true: a selector that matches (with another text than `was`, if given), an image that
# was loaded, or one that was painted on a canvas. Told in ms from the event `on`: shown, and the frame after painted.
HOOKS = """() => {
  const bench = window.bench = { since: null };
  const matches = ({ selector, was }) => [...document.querySelectorAll(selector)].some(one => one.textContent !== was);
  function look(sign) {
    const { since, answer } = bench;
    if (since === null || answer.sign !== sign || (answer.selector && !matches(answer))) return;
    bench.since = null;
    const shown = performance.now() - since;
    requestAnimationFrame(() => setTimeout(() => bench.resolve([shown, performance.now() - since])));
  }
  bench.expect = (on, answer) => {
    bench.answer = answer;
    bench.taken = new Promise(resolve => { bench.resolve = resolve; });
    if (on) addEventListener(on, event => { bench.since = event.timeStamp; }, { capture: true, once: true });
    else bench.since = performance.now();
  };
  const all = { subtree: true, childList: true, attributes: true, characterData: true };
  new MutationObserver(() => look('page')).observe(document.body, all);
  document.addEventListener('load', ({ target }) => target.localName === 'img' && look('image'), true);
  const draw = CanvasRenderingContext2D.prototype.drawImage;
  CanvasRenderingContext2D.prototype.drawImage = function (source, ...rest) {
    draw.call(this, source, ...rest);
    if (source instanceof HTMLImageElement) look('canvas');
  };
}"""
EXPECT = "([on, answer]) => { bench.expect(on, answer); }"


Answer = dict[str, str]


class Clicks(NamedTuple):
    """Medians over some clicks: ms until the answer is on the page and until it is painted; bytes, widgets' bytes."""

    shown: float
    painted: float
    whole: float
    widgets: float


class Wire(Lab):
    """The browser; of what came to its pages from kernels it keeps the bytes, and those that widgets sent."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.came: list[tuple[int, int]] = []

    def new_page(self, **size: int) -> Page:
        """One whose websockets are listened to."""
        page = super().new_page(**size)
        page.on("websocket", self._listen)
        return page

    def _listen(self, socket: WebSocket) -> None:
        socket.on("framereceived", lambda frame: self.came.append(sizes(frame)))

    def taken(self) -> tuple[int, int]:
        """What came since this was asked last: bytes in all, and those that widgets sent."""
        came, self.came = self.came, []
        return sum(whole for whole, _ in came), sum(widgets for _, widgets in came)

    def opened(self, *cells: str) -> Page:
        """A page where all those cells have run."""
        page = self.open(cells)
        page.evaluate(HOOKS)
        self.run_all(page)
        return page

    def rest(self, page: Page) -> None:
        """Comes back when what was done last is over, as far as one can tell."""
        page.wait_for_timeout(APART)

    def answered(self, page: Page, on: str, answer: Answer, act: Callable[[], object]) -> tuple[float, ...]:
        """One click: as in Clicks."""
        self.taken()
        page.evaluate(EXPECT, [on, answer])
        act()
        shown, painted = page.evaluate("bench.taken")
        self.rest(page)
        return shown, painted, *self.taken()


@contextmanager
def browsing() -> Iterator[Wire]:
    """A browser on a server of its own."""
    with (
        tempfile.TemporaryDirectory() as home,
        running(Path(home)) as server,
        sync_playwright() as playwright,
        playwright.chromium.launch_persistent_context(
            Path(home) / "profile", executable_path=find_browser(), args=BROWSER_OPTIONS
        ) as profile,
    ):
        lab = Wire(server, profile)
        yield lab
        lab.close()


def medians(rows: list[tuple[float, ...]]) -> Clicks:
    """Of each column."""
    return Clicks(*(statistics.median(column) for column in zip(*rows, strict=True)))


def sizes(frame: str | bytes) -> tuple[int, int]:
    """The bytes of one frame, Jupyter's headers with it, and once more if a widget sent it, else 0."""
    if isinstance(frame, str):
        return len(frame), 0
    _, *starts = struct.unpack_from(f"<{1 + int.from_bytes(frame[:8], 'little')}Q", frame)
    kind = json.loads(frame[starts[1] : starts[2]])["msg_type"]
    return len(frame), len(frame) if kind.startswith("comm_") else 0
