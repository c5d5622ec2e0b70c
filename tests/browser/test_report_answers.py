"""A report answers its views without Python: the same run and the same messages have both say the same."""

import json
import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import comm
import pytest
from playwright.sync_api import Browser
from playwright.sync_api import Page as BrowserPage

from dojobber_nb import DoJobber
from dojobber_nb.core.run_view import PastRun
from dojobber_nb.notebook.report.html_file import FILES
from dojobber_nb.notebook.session.session import Session, view_of
from dojobber_nb.notebook.widgets.base import bare, script
from dojobber_nb.notebook.widgets.controls import Controls
from dojobber_nb.notebook.widgets.graph import GraphView
from dojobber_nb.notebook.widgets.inspector import Inspector
from dojobber_nb.notebook.widgets.job_list import JobList
from dojobber_nb.notebook.widgets.timeline import Timeline
from dojobber_nb.notebook.widgets.travel import TimeTravel
from tests.support.page import Wire
from tests.support.runbooks import doing, group, job, movie_night

PARTS = {
    "controls": Controls,
    "graph": GraphView,
    "joblist": JobList,
    "timeline": Timeline,
    "inspector": Inspector,
    "travel": TimeTravel,
}
TRAITS = {
    "controls": ("counts", "pass_number"),
    "graph": ("looked_at", "selected", "ahead", "marks"),
    "joblist": ("looked_at", "selected", "names"),
    "timeline": ("looked_at", "selected"),
    "inspector": (),
    "travel": ("at", "total", "past"),
}
KINDS = {
    "controls": ("only", "past", "status", "failures"),
    "graph": ("found", "alt", "lines"),
    "joblist": ("shown", "counts"),
    "timeline": ("moment", "live", "axis", "alt"),
    "inspector": ("job", "pane"),
    "travel": ("moment", "arrived"),
}
# Views that only note what they hear.
VIEWS = """
const noted = globalThis.noted = {};
const view = (name) => ({ render({ model }) {
  const { said } = noted[name] = { model, said: {} };
  const take = (kind, content) => (kind === "lines" ? { ...said[kind], ...content } : content);
  model.on("msg:custom", ({ kind, content }) => { said[kind] = take(kind, content); });
  model.send({ kind: "shown", view: "one" });
} });
const MODULES = Object.fromEntries(%s.map((name) => [name, view(name)]));
"""
KNOWN = """([name, message, traits, kinds]) => {
  const map = (names, get) => Object.fromEntries(names.map((one) => [one, get(one) ?? null]));
  noted[name].model.send(message);
  return map(Object.keys(noted), (part) => ({
    ...map(traits[part], (trait) => noted[part].model.get(trait)),
    ...map(kinds[part], (kind) => noted[part].said[kind]),
  }));
}"""
MESSAGES: list[tuple[str, dict[str, Any]]] = [
    *(("graph", {"kind": "select", "job": number}) for number in (0, 3, 7, 12, 19, -1, 999)),
    *(("graph", {"kind": "follow", "on": on}) for on in (True, False)),
    *(
        ("graph", {"kind": "find", "text": text})
        for text in ("tv", "  POP  ", "straße", "none such", " ", "", "o" * 300)
    ),
    *(("graph", {"kind": "find", "text": text, "take": True}) for text in ("tv", "STRASSE", "none such", "")),
    *(("joblist", {"kind": "find", "text": text}) for text in ("movie", " couch", "straSSe", "none such", "")),
    *(("joblist", {"kind": "order", "order": order}) for order in ("visiting", "failures")),
    *(
        ("controls", {"kind": "only", "status": key})
        for key in ("failed", "running", "ok", "retrying", "would_run", "")
    ),
    *(("inspector", {"kind": "open", "tab": tab}) for tab in ("attempts", "error", "output", "storage", "source", "")),
    *(("inspector", {"kind": "attempt", "number": number}) for number in (0, 1, 2, 99)),
    *(("travel", {"kind": "travel", "to": to}) for to in (0, 1, 17, 44, 45, 90, 124, 9_999, None)),
    ("controls", {"kind": "now"}),
]


class Asked:
    """The widgets of a run, on comms of the tests."""

    def __init__(self, dj: DoJobber) -> None:
        session = Session(PastRun.of(view_of(dj)))
        parts = {name: part(session) for name, part in PARTS.items()}
        self.wires = {name: Wire.wires[part.comm.comm_id] for name, part in parts.items()}
        for name in parts:
            self.tell(name, {"kind": "shown", "view": "one"})
        self.tell("graph", {"kind": "around", "depth": "whole"})

    def tell(self, name: str, message: dict[str, Any]) -> dict[str, Any]:
        """What the page knows of each part once that message is answered."""
        self.wires[name].handle_msg({"content": {"data": {"method": "custom", "content": message}}, "buffers": []})
        return json.loads(json.dumps({part: self._known(part, wire) for part, wire in self.wires.items()}))

    def _known(self, part: str, wire: Wire) -> dict[str, Any]:
        return {one: wire.state[one] for one in TRAITS[part]} | {one: wire.said.get(one) for one in KINDS[part]}


class Report:
    """The report of a run, its script with views that only note."""

    def __init__(self, page: BrowserPage, html: str) -> None:
        self.page = page
        (data,) = re.findall(r'<script type="application/json" id="dj-told">.*?</script>', html, re.DOTALL)
        page.set_content(data)
        files = [bare(f"{file}.js") for file in FILES]
        page.add_script_tag(content="\n".join(["{", script(), VIEWS % json.dumps([*PARTS]), *files, "}"]))

    def tell(self, name: str, message: dict[str, Any]) -> dict[str, Any]:
        """The same of the views of the report."""
        known = self.page.evaluate(KNOWN, [name, message, TRAITS, KINDS])
        for lines in ("blocks", "styles"):  # a kernel sends what was printed apart
            (known["inspector"]["pane"] or {}).pop(lines, None)
        return known


@pytest.fixture
def wires(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(comm, "create_comm", Wire)
    yield
    Wire.wires.clear()


@pytest.mark.usefixtures("wires")
def test_a_report_and_the_widgets_say_the_same_to_the_same_messages(browser: Browser, tmp_path: Path) -> None:
    dj = doing(group("All", movie_night(), job("Sweep Straße", works_at=2)), capture=True)
    dj.checknrun()
    html = dj.report(tmp_path / "night.html", values=True).read_text("utf-8")
    page = browser.new_page()
    asked, report = Asked(dj), Report(page, html)
    mixed = random.Random(9).sample(MESSAGES, len(MESSAGES))
    done = []
    for name, message in [*MESSAGES, *mixed]:
        done.append((name, message))
        assert report.tell(name, message) == asked.tell(name, message), done[-5:]
    page.close()
