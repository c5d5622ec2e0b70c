"""What is looked at is in sight: the row of a job that moves up when it fails, and the end of wrapped output."""

from playwright.sync_api import Locator, expect

from .dash import Dash
from .lab import Lab

JOBS = """
from dojobber_nb import DoJobber, DummyJob, Job, RunonlyJob

def numbered(number):
    def Run(self):
        assert number != 60, 'disk full'
    return type(f'Node{number:02}', (RunonlyJob,), {'Run': Run, 'TRIES': 1})

class Prints(RunonlyJob):
    def Run(self):
        for number in range(4000):
            print('line', number, 'word ' * 30)

All = type('All', (DummyJob,), {'DEPS': (*map(numbered, range(80)), Prints)})
dj = DoJobber()
dj.configure(All)
dj
"""
IN_SIGHT = """() => {
  const row = document.querySelector('.dj-rows [data-looked-at]');
  const [list, own] = [row.closest('.dj-rows').getBoundingClientRect(), row.getBoundingClientRect()];
  return own.top >= list.top && own.bottom <= list.bottom;
}"""


def opened(lab: Lab) -> Dash:
    page = lab.open([JOBS], height=1500)
    lab.run_all(page)
    return Dash(page)


def find(dash: Dash, job: str) -> None:
    dash.root.get_by_role("tab", name="Graph").click()
    field = dash.root.locator(".dj-graph .dj-find")
    field.fill(job)
    expect(dash.root.locator(".dj-graph")).to_contain_text("1 found")
    field.press("Enter")
    expect(dash.inspector.locator(".dj-title")).to_have_text(job)


def looked_at(dash: Dash) -> Locator:
    return dash.root.locator(".dj-rows [data-looked-at]")


def see(dash: Dash, job: str) -> None:
    expect(looked_at(dash)).to_contain_text(job)
    dash.page.wait_for_function(IN_SIGHT)


def test_the_list_shows_the_job_that_is_looked_at_wherever_it_moves(lab: Lab) -> None:
    dash = opened(lab)
    dash.root.get_by_role("tab", name="List").click()
    dash.press("run")
    dash.says("Not all jobs succeeded")
    see(dash, "Node60")
    dash.root.get_by_role("button", name="Visiting order").click()
    see(dash, "Node60")
    find(dash, "Node79")
    dash.root.get_by_role("tab", name="List").click()
    see(dash, "Node79")
    assert lab.errors == []


def test_end_reaches_the_last_line_of_wrapped_output_at_once(lab: Lab) -> None:
    dash = opened(lab)
    dash.press("run")
    dash.says("Not all jobs succeeded")
    find(dash, "Prints")
    dash.inspector.get_by_role("tab", name="Output").click()
    dash.inspector.get_by_role("button", name="Wrap").click()
    lines = dash.inspector.locator(".dj-out-lines")
    for key, text in [("Home", "line 0 "), ("End", "line 3999 ")]:
        lines.press(key)
        expect(lines.locator(".dj-out-row").filter(has_text=text)).to_be_in_viewport()
    assert lines.evaluate("lines => lines.scrollTop + lines.clientHeight >= lines.scrollHeight - 18")
    assert lab.errors == []
