"""What a page of the bench tells: how long an answer took to show, and what came over its websocket."""

import json
import struct
from typing import Any

from playwright.sync_api import Page, WebSocket

from tests.browser.lab import Lab

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


class Wire(Lab):
    """The browser, every message that came to its pages from a kernel kept: (bytes, bytes of its content)."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.came: list[tuple[int, int]] = []

    def new_page(self, **context: object) -> Page:
        """One whose websockets are listened to."""
        page = super().new_page(**context)
        page.on("websocket", self._listen)
        return page

    def _listen(self, socket: WebSocket) -> None:
        socket.on("framereceived", lambda frame: self.came.append(sizes(frame)))

    def taken(self) -> tuple[int, int]:
        """What came since this was asked last: bytes in all, and those of contents of messages."""
        came, self.came = self.came, []
        return sum(whole for whole, _ in came), sum(content for _, content in came)


def sizes(frame: str | bytes) -> tuple[int, int]:
    """Of one frame: in all, and what widgets have to say, without the headers that Jupyter wraps around it."""
    if isinstance(frame, str):
        return len(frame), 0
    _, *starts = struct.unpack_from(f"<{1 + int.from_bytes(frame[:8], 'little')}Q", frame)
    kind = json.loads(frame[starts[1] : starts[2]])["msg_type"]
    return len(frame), len(frame) - starts[4] if kind.startswith("comm_") else 0
