"""Texts that are anything but names, as names of jobs and as all that jobs say."""

from playwright.sync_api import Page, expect

from dojobber_nb.view import words
from tests.support.runbooks import NAMES

from .lab import Lab
from .whole import PARTS, Whole, printed

HOSTILE = f"""
from dojobber_nb import Dashboard, DoJobber, DummyJob, Job
names = {[*NAMES.values(), "<b>bold</b>"]!a}

def check(self, *_, **__):
    name = type(self).__name__
    self.storage[name] = {{'<b>value</b>': name}}
    print(name)
    raise RuntimeError(name) from ValueError('<b>cause</b>')

jobs = [type(name, (Job,), {{'TRIES': 1, '__doc__': name, 'Check': check, 'Run': check}}) for name in names]
All = type('All', (DummyJob,), {{'DEPS': jobs}})
dj = DoJobber()
dj.configure(All)
dj.set_args(**{{name: name for name in names[:5]}})
Dashboard(dj, parts={PARTS})
"""
MARKUP = "img, b:not(.dj-mark), script, iframe, a"


def heard(page: Page) -> list[str]:
    """What pops up on it from now on, and what markup in a name would have it ask for."""
    heard: list[str] = []
    page.on("request", lambda request: heard.append(request.url) if request.url.endswith("/x") else None)
    page.on("dialog", lambda dialog: (heard.append(dialog.message), dialog.dismiss()))
    return heard


def test_hostile_names_and_texts_are_drawn_and_clicked_and_are_nothing_but_text(lab: Lab) -> None:
    page = lab.open([HOSTILE], height=1500)
    lab.run_all(page)
    dash, amiss = Whole(page), heard(page)
    dash.press("run")
    dash.says("✕ <img src=x onerror=alert(1)> 1/1: <img src=x onerror=alert(1)>")
    for part, target in (("graph", "[data-job]"), ("joblist", "[data-job]"), ("timeline", ".dj-lane-name")):
        click_each(dash, part, target)
    look_into_each_pane(dash)
    enter(dash)
    dash.root.get_by_role("button", name="One event back").click()
    dash.says("This is the past")
    dash.root.get_by_role("slider", name="Moment of the run").press("Home")
    page.keyboard.press("ArrowRight")
    dash.says("This is the past: event 1 of")
    assert dash.root.locator(MARKUP).count() == 0
    assert (amiss, lab.errors) == ([], [])


def click_each(dash: Whole, part: str, target: str) -> None:
    dash.turn_to(part)
    for index, name in enumerate(NAMES.values()):
        chosen = dash.root.locator(f".dj-{part} [data-job='{index}']")
        (chosen if target == "[data-job]" else chosen.locator(target)).click()
        expect(dash.inspector.locator(".dj-title span")).to_have_text(words.name(name, 200))


def look_into_each_pane(dash: Whole) -> None:
    """Of the job named after bold print, the last."""
    dash.turn_to("graph")
    dash.select("<b>bold</b>")
    for tab in ("Attempts", "Output", "Error", "Storage"):
        dash.inspector.get_by_role("tab", name=tab).click()
        expect(dash.inspector.get_by_role("tabpanel", name=tab)).to_contain_text("<b>bold</b>")


def enter(dash: Whole) -> None:
    """Nothing in the one field, so that its value stays; markup in another."""
    expect(dash.root.get_by_role("textbox", name=r"\u202eevil\u202c gnp.exe")).to_be_visible()
    dash.root.get_by_role("textbox", name="line break and tab").press("Enter")
    field = dash.root.get_by_role("textbox", name="<img src=x onerror=alert(1)>")
    field.fill("<b>mine</b>")
    field.press("Enter")
    kept = r"'$\\frac{$', '\u202eevil\u202c gnp.exe', 'line\nbreak"
    printed(dash.page, "print([*dj.kwargs.values()])", f"['<b>mine</b>', {kept}")


def test_the_longest_names_leave_room_for_what_is_told_of_their_jobs(lab: Lab) -> None:
    cell = HOSTILE.replace(HOSTILE.splitlines()[2], "names = ['N' * 200]")
    page = lab.open([cell], width=1310, height=1900)
    lab.run_all(page)
    dash = Whole(page)
    dash.press("run")
    dash.says("1/1: NNNN")
    expect(dash.inspector.locator(".dj-title")).to_contain_text("NNNN")
    for tab in ("Attempts", "Source"):
        expect(dash.inspector.get_by_role("tab", name=tab)).to_be_in_viewport(ratio=0.99)
    expect(dash.inspector.get_by_role("tabpanel")).to_be_in_viewport(ratio=0.5)
    dash.turn_to("timeline")
    dash.root.get_by_text("As a table").click()
    expect(dash.root.get_by_role("cell", name="check, it does not hold").first).to_be_in_viewport(ratio=0.2)
