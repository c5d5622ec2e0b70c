"""A page without a browser: real widgets on comms that a test reads, and clicks as a page sends them."""

import asyncio
import contextlib
import json
import threading
from collections.abc import AsyncIterator, Callable
from typing import Any, ClassVar

from comm.base_comm import BaseComm

from dojobber_nb import Dashboard, DoJobber, DummyJob, Job, RunonlyJob

PATIENCE = 30  # seconds after which a test gives up on what never comes


class Wire(BaseComm):
    """One widget's comm. `state` is what a page would know of its traits, `said` the last message of each kind."""

    wires: ClassVar[dict[str, "Wire"]] = {}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.state: dict[str, Any] = {}
        self.said: dict[str, Any] = {}
        self.blocks: dict[str, list[Any]] = {}  # of output, by name
        self.messages: list[dict[str, Any]] = []
        self.told: list[dict[str, Any]] = []  # the custom ones, one by one
        self.news = threading.Event()
        super().__init__(*args, **kwargs)
        self.wires[self.comm_id] = self

    def publish_msg(self, msg_type: str, data: Any = None, **_: Any) -> None:
        json.dumps(data, allow_nan=False)  # as the wire would
        data = data or {}
        self.state |= data.get("state", {})
        if data.get("method") == "custom":
            self._deliver(**data["content"])
        self.messages.append(data)
        self.news.set()

    def _deliver(self, kind: str, content: Any, ack: int = 0) -> None:
        if kind == "refresh":
            by_address = {wire.state.get("address"): wire for wire in self.wires.values()}
            for address, told in content.items():
                by_address[address]._deliver("several", told)
            return
        several = content if kind == "several" else [{"kind": kind, "content": content}]
        self.told += several
        for each in several:
            self._take(**each)
        self.news.set()

    def _take(self, kind: str, content: Any) -> None:
        """Of what is told by key only what is new is said, and of statuses those that have turned."""
        if kind == "traits":
            self.state |= content
            return
        if kind == "rows":
            self._take_rows(**content)
        if kind == "turned":
            letters = dict(enumerate(self.said["statuses"]))
            kind, content = "statuses", "".join({**letters, **content}.values())
        if kind in {"lines", "labels", "off", "hints"}:
            content = {**self.said.get(kind, {}), **content}
            content = {key: value for key, value in content.items() if value is not None}
        self.said[kind] = content

    def _take_rows(self, of: list[int], blocks: dict[str, Any], styles: dict[str, str]) -> None:
        if of != self.said.get("rows", {"of": of})["of"]:
            self.blocks.clear()
        for name, block in blocks.items():
            kept = self.blocks.pop(name, [])
            if block:
                self.blocks[name] = [*kept[: block[0]], *block[1]]


def printed_in(pane: dict[str, Any], blocks: dict[str, list[Any]]) -> dict[str, str]:
    """What a pane shows, by phase and stream, of which all blocks are there."""
    return {
        f"{text['phase']} {text['stream']}".strip(): "".join(
            text_of(row) for number, _ in enumerate(text["rows"]) for row in blocks.get(f"{at}.{number}", ())
        )
        for at, text in enumerate(pane.get("texts", ()))
    }


def text_of(row: Any) -> str:
    """A row of output as a line."""
    if isinstance(row, str):
        return f"{row}\n"
    return "".join(span[0] for span in row if span) + "\n"


class Page:
    """A browser's side of a dashboard."""

    def __init__(self, dashboard: Dashboard) -> None:
        self.dashboard = dashboard
        wires = {type(part).__name__: Wire.wires[part.comm.comm_id] for part in dashboard.parts}
        self.controls, self.graph, self.inspector = wires["Controls"], wires["GraphView"], wires["Inspector"]
        self.slider, self.wires = wires["TimeTravel"], list(wires.values())
        for wire in self.wires:
            self.send(wire, {"kind": "shown", "view": "one"})

    def send(self, wire: Wire, content: Any) -> None:
        wire.handle_msg({"content": {"data": {"method": "custom", "content": content}}, "buffers": []})

    def press(self, button: str, *, moment: str | None = None, shown: float = 5_000, clicks: int = 1) -> None:
        moment = self.controls.state["moment"] if moment is None else moment
        click = {"button": button, "moment": moment, "shown": shown, "clicks": clicks}
        job = {"job": self.controls.said["primary"]["job"]} if button == "again" else {}
        self.send(self.controls, {"kind": "press", **click, **job})

    def act(self, button: str, *, moment: str | None = None, job: int | None = None) -> None:
        """Presses a button of the job that is looked at."""
        moment = self.inspector.state["moment"] if moment is None else moment
        click = {"button": button, "moment": moment, "shown": 5_000, "clicks": 1}
        self.send(self.inspector, {"kind": "press", **click, "job": self.job["job"] if job is None else job})

    def switch(self, mode: str) -> None:
        self.send(self.controls, {"kind": "mode", "mode": mode})

    def select(self, job: str) -> None:
        names = list(self.dashboard.session.view.state.jobs)
        self.send(self.graph, {"kind": "select", "job": names.index(job)})

    def travel(self, to: int) -> None:
        self.send(self.slider, {"kind": "travel", "to": to})

    def open(self, tab: str) -> dict[str, Any]:
        self.send(self.inspector, {"kind": "open", "tab": tab})
        return self.pane

    @property
    def labels(self) -> dict[str, str]:
        return self.controls.said["labels"]

    @property
    def off(self) -> dict[str, str]:
        return self.controls.said["off"]

    @property
    def told(self) -> str:
        return self.controls.said["notice"]["text"]

    @property
    def status(self) -> str:
        return self.controls.said["status"]

    @property
    def counts(self) -> dict[str, int]:
        return {status: number for status, number, _ in self.controls.state["counts"]}

    @property
    def job(self) -> dict[str, Any]:
        return self.inspector.said["job"]

    @property
    def printed(self) -> dict[str, str]:
        """What the output pane shows, by phase and stream."""
        return printed_in(self.pane, self.inspector.blocks)

    def ask(self, *names: str) -> None:
        """Asks for those blocks of output."""
        self.send(self.inspector, {"kind": "lines", "of": [self.pane["job"], self.pane["number"]], "blocks": names})

    @property
    def pane(self) -> dict[str, Any]:
        return self.inspector.said["pane"]


def page_of(root: type[Job], **options: Any) -> tuple[DoJobber, Page]:
    dj = DoJobber(**options)
    dj.configure(root, default_retry_delay=0)
    return dj, Page(Dashboard(dj))


async def until(met: Callable[[], object]) -> None:
    """Comes back when it is so."""
    async with asyncio.timeout(PATIENCE):
        while not met():  # noqa: ASYNC110  # what is waited for knows nothing of this test
            await asyncio.sleep(0.005)


async def idle(page: Page) -> None:
    await until(lambda: not page.dashboard.session.busy)


async def press(page: Page, button: str, **how: Any) -> None:
    """Presses it and waits for what it started."""
    page.press(button, **how)
    await idle(page)


# --- jobs ------------------------------------------------------------------------------------------------------------


class Made(Job):
    """Makes itself.

    At the first Run."""

    world: ClassVar[set[str]] = set()

    def Check(self) -> None:
        if "made" not in self.world:
            raise RuntimeError("not made")

    def Run(self) -> None:
        self.world.add("made")

    def Cleanup(self) -> None:
        self.world.discard("made")


class Broken(Job):
    DEPS = (Made,)
    TRIES = 2

    def Check(self) -> None:
        self.storage["tool"] = {"name": "hammer"}
        self.global_storage["who"] = "Broken"
        raise ValueError("no power")

    def Run(self) -> None:
        print("pressing the button")  # noqa: T201  # jobs do


class Top(DummyJob):
    DEPS = (Broken,)


class Whole(DummyJob):
    DEPS = (Made,)


class Gate(RunonlyJob):
    """Prints, then waits until somebody opens the gate or interrupts."""

    entered = threading.Event()
    opened = threading.Event()

    def Run(self) -> None:
        print("at the gate")  # noqa: T201  # jobs do
        self.entered.set()
        while not self.opened.wait(0.01):
            pass


class Behind(DummyJob):
    DEPS = (Gate,)


@contextlib.asynccontextmanager
async def at_the_gate(page: Page) -> AsyncIterator[None]:
    """A run that stands at the gate; in the end it is opened and the run goes on."""
    Gate.entered.clear()
    Gate.opened.clear()
    page.press("run")
    await until(Gate.entered.is_set)
    try:
        yield
    finally:
        Gate.opened.set()
        await idle(page)
