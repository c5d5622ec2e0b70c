"""In a stream of short jobs all parts of a dashboard name the same job at every moment, and no clock runs over."""

import re

import pytest

from .dash import Dash
from .lab import Lab

STREAM = """
import time
from dojobber_nb import DoJobber, DummyJob, Job

def short(number):
    def Check(self):
        time.sleep({seconds})
    return type(f"J{{number}}", (Job,), {{"Check": Check, "Run": lambda self: None}})

jobs = [short(number) for number in range({jobs})]
for number, job in enumerate(jobs[10:], 10):  # chains, so that the job under way is far from the one before
    job.DEPS = (jobs[number - 10],)
All = type("All", (DummyJob,), {{"DEPS": tuple(jobs)}})
dj = DoJobber()
dj.configure(All)
"""
# Every few ms, and after every change of the page: what the band, the inspector and the graph name, and both clocks.
SAMPLE = """() => {
  const root = document.querySelector('.dj-dashboard'), found = window.sampled = [];
  const text = (selector) => root.querySelector(selector)?.textContent ?? '';
  const sample = () => found.push([text('.dj-status'), text('.dj-title'), text('[data-looked-at] [data-part=name]'),
    text('.dj-elapsed'), text('.dj-pane h4 .dj-seconds')]);
  new MutationObserver(sample).observe(root, { subtree: true, childList: true, attributes: true, characterData: true });
  setInterval(sample, 7);
}"""
NAMED = re.compile(r"^(?:Next comes )?(J\d+|All)\.\w+")


@pytest.mark.parametrize(
    ("jobs", "seconds", "started"), [(30, 0.03, "by a click"), (300, 0.005, "by a click"), (300, 0.015, "by a cell")]
)
def test_band_inspector_and_graph_name_one_job_at_every_moment_of_a_stream(
    lab: Lab, jobs: int, seconds: float, started: str
) -> None:
    page = lab.open([STREAM.format(jobs=jobs, seconds=seconds), "dj"])
    lab.run_all(page)
    dash = Dash(page)
    page.evaluate(SAMPLE)
    if started == "by a click":
        dash.press("run")
    else:
        dash.type("dj.run()")
    dash.says("Success: all jobs hold.")
    samples = page.evaluate("sampled")
    named = [(found[1], *parts) for status, *parts, _, _ in samples if (found := NAMED.match(status))]
    assert len({job for job, _, _ in named}) >= 3
    assert [each for each in named if len(set(each)) > 1] == []
    assert {clock for *_, band, pane in samples for clock in (band, pane)} <= {"", "under way "}
    assert lab.errors == []
