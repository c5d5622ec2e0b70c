"""Notices: what is told to whoever has just pressed something."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from dojobber_nb.core.preview import message


class Notices:
    """The last one counts: `text` is "" when there is nothing to tell; `number` tells two of the same text apart."""

    def __init__(self) -> None:
        self.number = 0
        self.text = ""

    def tell(self, text: str) -> None:
        """Have it shown in place of the one before; "" takes that away."""
        self.number, self.text = self.number + 1, text

    @contextlib.contextmanager
    def telling(self) -> Iterator[None]:
        """What is raised inside is told and goes no further: not even sys.exit, which would end the kernel."""
        try:
            yield
        except BaseException as error:  # noqa: BLE001  # see above
            self.tell(f"{type(error).__name__}: {message(error, 600)}")
