"""One part of a dashboard on a page of its own, without a browser."""

from typing import Any

from dojobber_nb.notebook.widgets.base import Part
from tests.support.page import Wire


class Alone:
    """What the page knows of it, and what it sends."""

    def __init__(self, part: Part) -> None:
        self.part, self.wire = part, Wire.wires[part.comm.comm_id]
        self.send("shown", view="one")

    def send(self, kind: str, **content: Any) -> None:
        message = {"kind": kind, **content}
        self.wire.handle_msg({"content": {"data": {"method": "custom", "content": message}}, "buffers": []})

    @property
    def state(self) -> dict[str, Any]:
        return self.wire.state

    @property
    def said(self) -> dict[str, Any]:
        return self.wire.said

    def sent(self, kind: str) -> list[Any]:
        """Every message of that kind so far, the oldest first."""
        return [message["content"] for message in self.wire.told if message["kind"] == kind]
