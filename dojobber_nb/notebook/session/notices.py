"""Notices: short messages to the person at the page, such as why a click was refused."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from dojobber_nb.core.preview import message


class Notices:
    """The current notice. `text` is "" if there is none; `number` differs for each notice, also for equal texts."""

    def __init__(self) -> None:
        self.number = 0
        self.text = ""

    def show(self, text: str) -> None:
        """Replace the current notice; "" removes it."""
        self.number, self.text = self.number + 1, text

    @contextlib.contextmanager
    def showing_errors(self) -> Iterator[None]:
        """Turn any exception raised inside into a notice, also SystemExit, which would end the kernel."""
        try:
            yield
        except BaseException as error:  # noqa: BLE001  # see above
            self.show(f"{type(error).__name__}: {message(error, 600)}")
