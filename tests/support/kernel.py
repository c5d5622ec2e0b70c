"""A real kernel, and cells as a front end sends them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import start_new_kernel

import dev

PATIENCE = 60  # seconds after which a test gives up on what never comes


class Kernel:
    """Runs cells one after the other; `heard` has every message that it published, in order."""

    def __init__(self, client: BlockingKernelClient) -> None:
        self.client = client
        self.heard: list[dict[str, Any]] = []

    def run(self, code: str, cell: str = "") -> list[dict[str, Any]]:
        """Run it as that cell, as JupyterLab does, or as one without an id; what was published until it was over."""
        content = {"code": code, "silent": False, "store_history": True, "allow_stdin": False, "stop_on_error": True}
        metadata = {"cellId": cell} if cell else {}
        return self._ask("execute_request", content, metadata)

    def asks(self, expression: str) -> Any:
        """The value of a plain expression."""
        told = self.run(f"print(repr({expression}))")
        return eval("".join(each["content"]["text"] for each in told if each["msg_type"] == "stream"))

    def tell(self, comm: str, kind: str, **content: Any) -> list[dict[str, Any]]:
        """Send a message to a widget as its page would; what was published until it was heard."""
        data = {"method": "custom", "content": {"kind": kind, **content}}
        return self._ask("comm_msg", {"comm_id": comm, "data": data}, {})

    def until(self, wanted: str) -> None:
        """Wait for a message in which that text stands."""
        while wanted not in str(self.heard[-1]):
            self._hear()

    def _ask(self, kind: str, content: dict[str, Any], metadata: dict[str, Any]) -> list[dict[str, Any]]:
        message = self.client.session.msg(kind, content, metadata=metadata)
        self.client.shell_channel.send(message)
        first = len(self.heard)
        while not self._is_over(self._hear(), message["header"]["msg_id"]):
            pass
        told = [each for each in self.heard[first:-1] if each["msg_type"] not in ("status", "execute_input")]
        for each in told:
            if each["msg_type"] == "error":
                raise AssertionError("\n".join(each["content"]["traceback"]))
        return told

    def _hear(self) -> dict[str, Any]:
        message: dict[str, Any] = self.client.get_iopub_msg(timeout=PATIENCE)
        self.heard.append(message)
        return message

    @staticmethod
    def _is_over(message: dict[str, Any], asked: str) -> bool:
        idle = message["msg_type"] == "status" and message["content"]["execution_state"] == "idle"
        return idle and message["parent_header"].get("msg_id") == asked


@contextmanager
def kernel() -> Iterator[Kernel]:
    """A new one, in the folder of this clone."""
    manager, client = start_new_kernel(kernel_name="python3", cwd=str(dev.ROOT))
    try:
        yield Kernel(client)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
