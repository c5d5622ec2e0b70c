"""Scrubs secrets from the kernel's own stdout and stderr.

Logging handlers created in the first cell, `out = sys.stdout` and rich consoles hold the stream of the kernel, which
replacing sys.stdout does not reach. So the stream object itself is patched. On the thread of a phase, the tap of the
stream passes the text to the phase (engine/stream_proxies); all other text is scrubbed here, also what cells print. A
tail that may be the beginning of a secret is held back until more text comes or the stream is flushed, as happens after
each cell and before each display, so nothing is lost or reordered. A secret printed in pieces, with a flush between
them, is not found.
"""

from __future__ import annotations

import sys
import threading
from typing import Any

from dojobber_nb.core.secrets import scrub, scrub_growing
from dojobber_nb.engine.stream_proxies import StreamTap, ensure_tap, real_stream


def guard_streams() -> None:
    """Scrub what is written to stdout and stderr of an ipykernel from now on."""
    kernel = sys.modules.get("ipykernel.iostream")
    for which, stream in enumerate(map(real_stream, (sys.stdout, sys.stderr))):
        if kernel and isinstance(stream, kernel.OutStream):
            tap = ensure_tap(stream, which)
            if tap and not tap.stays:
                _Scrubbed(stream, tap)


class _Scrubbed:
    """Replaces write and flush of a stream by versions that scrub."""

    def __init__(self, stream: Any, tap: StreamTap) -> None:
        self._write, self._flush = tap.through, stream.flush
        self._held = ""
        self._lock = threading.RLock()
        tap.through, stream.flush, tap.stays = self.write, self.flush, True

    def write(self, text: str) -> int:
        """Write the scrubbed text, and hold back a tail that may be the beginning of a secret."""
        if not isinstance(text, str):
            return int(self._write(text))  # raises the stream's own TypeError
        with self._lock:
            text_out, self._held = scrub_growing(self._held + text)
            if text_out:
                self._write(text_out)
        return len(text)

    def flush(self) -> None:
        """Write what was held back, then flush."""
        with self._lock:
            held, self._held = self._held, ""
            if held:
                self._write(scrub(held))
        self._flush()
