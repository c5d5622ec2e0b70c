"""The kernel's own streams, guarded on the objects themselves: whoever has held them since before prints no secret.

Logging handlers made in the first cell, `out = sys.stdout` and rich's consoles hold the kernel's stream, which no
proxy for sys.stdout reaches. On a phase's thread the tap on the stream hands their text to the phase
(engine/stream_proxies). All other text is scrubbed here, and so is what cells print. An end that may become a secret is
held back until more comes, or the stream is flushed, as it is after each cell and before anything is displayed; so
nothing is lost or out of order. A secret that is printed in pieces, with a flush between them, is shown.
"""

from __future__ import annotations

import sys
import threading
from typing import Any

from dojobber_nb.core.secrets import scrub, scrub_growing
from dojobber_nb.engine.stream_proxies import StreamTap, ensure_tap, real_stream


def guard_streams() -> None:
    """Have what is written to stdout and stderr of an ipykernel scrubbed from now on."""
    kernel = sys.modules.get("ipykernel.iostream")
    for which, stream in enumerate(map(real_stream, (sys.stdout, sys.stderr))):
        if kernel and isinstance(stream, kernel.OutStream):
            tap = ensure_tap(stream, which)
            if tap and not tap.stays:
                _Scrubbed(stream, tap)


class _Scrubbed:
    """What becomes of the text that passes through the tap of a stream."""

    def __init__(self, stream: Any, tap: StreamTap) -> None:
        self._write, self._flush = tap.through, stream.flush
        self._held = ""
        self._lock = threading.RLock()
        tap.through, stream.flush, tap.stays = self.write, self.flush, True

    def write(self, text: str) -> int:
        """Write it without secrets, but for an end that may become one."""
        if not isinstance(text, str):
            return int(self._write(text))  # which says why not
        with self._lock:
            shown, self._held = scrub_growing(self._held + text)
            if shown:
                self._write(shown)
        return len(text)

    def flush(self) -> None:
        """Write what was held back, too."""
        with self._lock:
            held, self._held = self._held, ""
            if held:
                self._write(scrub(held))
        self._flush()
