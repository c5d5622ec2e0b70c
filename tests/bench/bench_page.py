"""The dashboard in a real browser, beside what notebooks have without it: a figure in ipympl, and a redrawn Image.

Promised: from a click over the kernel to the page at most 40 ms at 20 and at 1,000 jobs; at most 250 bytes a status
change; a run of 1,000 jobs with the dashboard open at most 1.5 times one without; the first show at 1,000 jobs at most
3 times that at 20.
"""

import json
import statistics
import sys
from pathlib import Path

from playwright.sync_api import Page

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from dojobber_nb.view.neighbourhood import FOCUSED_ABOVE  # noqa: E402
from tests.bench.page_wire import EXPECT, HOOKS, Clicks, Wire, browsing, medians  # noqa: E402
from tests.browser.dash import TYPED, Dash  # noqa: E402

JOBS, ROUNDS = (20, 1_000), 20
SHOWS, RUNS = 3, 11  # pages opened for the first show; runs with and without a dashboard
PEER_ROUNDS = {20: ROUNDS, 1_000: 5}  # at 1,000 jobs they take seconds each
SETUP = "from tests.bench.page_peers import PEERS, runbook\n"
TIMED = """
import time
async def seconds(dj):
    dj.reset()
    begin = time.perf_counter()
    await dj.arun()
    return time.perf_counter() - begin
"""

# --- what is clicked --------------------------------------------------------------------------------------------------


def dashboard_clicks(lab: Wire, jobs: int, *, whole: bool = False) -> dict[str, Clicks]:
    """Steps that are taken and boxes that are selected, of the graph as it comes or the whole of it."""
    page = lab.opened(SETUP + f"dj = runbook({jobs})\ndj")
    dash = Dash(page)
    if whole:
        dash.root.get_by_role("button", name="Whole", exact=True).click()
        dash.root.locator(f".dj-graph [data-job='{jobs - 1}']").wait_for(state="attached")
    step = [take_step(lab, dash, number) for number in range(ROUNDS)]
    select = [select_box(lab, dash, number) for number in range(ROUNDS)]
    lab.close()
    return {"dashboard, a step": medians(step[1:]), "dashboard, a box selected": medians(select[1:])}


def take_step(lab: Wire, dash: Dash, number: int) -> tuple[float, ...]:
    """A press on Step, until the box of the job that was checked says ok."""
    answer = {"sign": "page", "selector": f".dj-graph [data-job='{number}'][data-state=ok]"}
    return lab.answered(dash.page, "click", answer, dash.button("step").click)


def select_box(lab: Wire, dash: Dash, number: int) -> tuple[float, ...]:
    """A click on one of the boxes that are drawn, until it is drawn as selected."""
    boxes = dash.root.locator(".dj-graph [data-job]:not([data-looked-at])")
    job = boxes.nth(number % boxes.count()).get_attribute("data-job")
    box = dash.root.locator(f".dj-graph [data-job='{job}']")
    box.scroll_into_view_if_needed()
    answer = {"sign": "page", "selector": f".dj-graph [data-job='{job}'][data-looked-at=selected]"}
    return lab.answered(dash.page, "click", answer, box.click)


def ipympl_clicks(lab: Wire, jobs: int) -> Clicks:
    """Boxes that are picked, until the canvas is painted anew."""
    page = lab.opened(SETUP + f"canvas, peer = PEERS['ipympl']({jobs})\ncanvas")
    canvas = page.locator(".jupyter-matplotlib-canvas-container canvas").last
    canvas.wait_for()
    centres = json.loads(page.evaluate(TYPED, "import json; print(json.dumps(peer.centres))"))
    rows = []
    for x, y in centres[: PEER_ROUNDS[jobs]]:
        click = lambda at=(x, y): canvas.click(position={"x": at[0], "y": at[1]}, force=True)  # noqa: E731
        rows.append(lab.answered(page, "mousedown", {"sign": "canvas"}, click))
    lab.close()
    return medians(rows[1:])


def image_clicks(lab: Wire, jobs: int) -> Clicks:
    """A button pressed, until the next image is there."""
    page = lab.opened(SETUP + f"shown, peer = PEERS['image']({jobs})\nshown")
    button = page.get_by_role("button", name="next", exact=True)
    rows = [lab.answered(page, "click", {"sign": "image"}, button.click) for _ in range(PEER_ROUNDS[jobs])]
    lab.close()
    return medians(rows[1:])


# --- what is shown ----------------------------------------------------------------------------------------------------


def first_show(lab: Wire, jobs: int) -> tuple[float, float]:
    """ms from running the cell to a painted graph: the first in a kernel, and another graph in the same one."""
    page = lab.open([SETUP + f"one, other = runbook({jobs}), runbook({jobs})", "one", "other"])
    page.evaluate(HOOKS)
    lab.execute(page, "notebook:run-cell-and-select-next")
    page.wait_for_function("() => jupyterapp.shell.currentWidget.content.widgets[0].model.executionCount")
    first = show_next(lab, page)
    lab.execute(page, "notebook:clear-all-cell-outputs")
    page.locator(".dj-dashboard").wait_for(state="detached")
    second = show_next(lab, page)
    lab.close()
    return first, second


def show_next(lab: Wire, page: Page) -> float:
    """ms of the next cell."""
    lab.rest(page)
    page.evaluate(EXPECT, [None, {"sign": "page", "selector": ".dj-graph [data-job]"}])
    lab.execute(page, "notebook:run-cell-and-select-next")
    return float(page.evaluate("bench.taken")[1])


def whole_runs(lab: Wire, jobs: int) -> tuple[float, float, float, float]:
    """Median ms of runs without a dashboard and with one, and bytes a job with it: in all, and those of widgets."""
    page = lab.opened(SETUP + TIMED + f"dj, bare = runbook({jobs}), runbook({jobs})\ndj")
    dash = Dash(page)
    rows = []
    for _ in range(RUNS):
        lab.rest(page)
        bare = float(page.evaluate(TYPED, "print(await seconds(bare))"))
        lab.taken()
        watched = float(page.evaluate(TYPED, "print(await seconds(dj))"))
        dash.says("Success: all jobs hold.")
        lab.rest(page)
        whole, widgets = lab.taken()
        rows.append((bare * 1_000, watched * 1_000, whole / jobs, widgets / jobs))
    lab.close()
    return tuple(statistics.median(column) for column in zip(*rows[1:], strict=True))  # type: ignore[return-value]


# --- the table --------------------------------------------------------------------------------------------------------


def tell(what: str, value: float, unit: str, mark: float | None = None, note: str = "") -> None:
    """Print a row."""
    verdict = "" if mark is None else f"≤ {mark:g} {'kept' if value <= mark else 'MISSED'}"
    print(f"{what:48} {value:12,.1f} {unit:6} {verdict:16} {note}", flush=True)


def tell_clicks(what: str, jobs: int, found: Clicks, *, mark: float | None = None) -> None:
    """Two rows."""
    name = f"{what}, {jobs:,} jobs"
    tell(name, found.shown, "ms", mark, f"painted after {found.painted:.1f}")
    tell(f"{name}: to the page", found.whole, "bytes", None, f"of them widgets' {found.widgets:,.0f}")


def tell_all_clicks(lab: Wire, jobs: int) -> None:
    """Print the rows of that many jobs."""
    for what, found in dashboard_clicks(lab, jobs).items():
        tell_clicks(what, jobs, found, mark=40)
    for what, found in dashboard_clicks(lab, jobs, whole=True).items() if jobs > FOCUSED_ABOVE else ():
        tell_clicks(f"{what}, all drawn", jobs, found, mark=40)
    tell_clicks("ipympl, a box picked", jobs, ipympl_clicks(lab, jobs))
    tell_clicks("Image redrawn", jobs, image_clicks(lab, jobs))


def tell_runs(lab: Wire) -> None:
    """Print the rows of whole runs."""
    bare, watched, whole, widgets = whole_runs(lab, JOBS[-1])
    tell("1,000 jobs run, dashboard open", watched / bare, "×", 1.5, f"{watched:.0f} ms, without {bare:.0f} ms")
    tell("1,000 jobs run, a status change", widgets, "bytes", 250, f"{whole:,.0f} with the still picture at the end")


def tell_shows(lab: Wire) -> None:
    """Print the rows of first shows, taken in turns."""
    rounds = [[first_show(lab, jobs) for jobs in JOBS] for _ in range(SHOWS)]
    few, many = (list(map(statistics.median, zip(*of, strict=True))) for of in zip(*rounds, strict=True))
    for what, a, b in zip(("in a new kernel", "one more graph"), few, many, strict=True):
        tell(f"first show {what}, 1,000 beside 20", b / a, "×", 3, f"{b:.0f} ms, {a:.0f} ms")


def main() -> None:
    """Prints the table."""
    with browsing() as lab:
        for jobs in JOBS:
            tell_all_clicks(lab, jobs)
        tell_runs(lab)
        tell_shows(lab)


if __name__ == "__main__":
    main()
