"""A dashboard of all parts, on a runbook that has something to show in each of them and waits until it is let go on."""

from playwright.sync_api import Locator, Page, expect

from .dash import TYPED, Dash

PARTS = ("controls", "args", "graph", "list", "timeline", "inspector", "travel")
RUNBOOK = """
import threading
from dojobber_nb import Dashboard, DoJobber, DummyJob, Job, RunonlyJob

gate, world = threading.Event(), set()

class Fetch(Job):
    'The release is here.'
    def Check(self, **_):
        assert 'release' in world, 'There is no release.'
    def Run(self, mirror, **_):
        print('fetched from', mirror)
        self.storage['mirror'] = mirror
        self.global_storage['size'] = 140
        world.add('release')
    def Cleanup(self):
        world.discard('release')

class Load(RunonlyJob):
    DEPS = (Fetch,)
    def Run(self, **_):
        print('loading')
        gate.wait()

class Verify(Job):
    DEPS = (Load,)
    TRIES, RETRY_DELAY = 2, 0
    def Check(self, strict, **_):
        if strict:
            raise RuntimeError('The checksum differs.')
    def Run(self, **_):
        self.storage['seen'] = ['a', 'b']

class Warm(Job):
    def Check(self, **_):
        print('warm already')
    def Run(self, **_): ...

class Live(DummyJob):
    DEPS = (Verify, Warm)

dj = DoJobber()
dj.configure(Live)
dj.set_args(mirror='west', strict=True)
"""
RUNBOOK += f"dashboard = Dashboard(dj, parts={PARTS})"
PRINTS = f"async ([code, text]) => (await ({TYPED})(code)).includes(text)"


def printed(page: Page, code: str, text: str) -> None:
    """Comes back when that code prints that text."""
    page.wait_for_function(PRINTS, arg=[code, text])


class Whole(Dash):
    """It."""

    def turn_to(self, pane: str) -> Locator:
        """The part of that tab."""
        self.root.locator(f".dj-panes [data-pane={pane}]").click()
        part = self.root.locator(f".dj-{pane}")
        expect(part).to_be_visible()
        return part

    def run_to_the_gate(self) -> None:
        self.press("run")
        self.says("Load.run is under way")

    def open_the_gate(self) -> None:
        self.type("gate.set()")

    def shows_that_it_stands_at_the_gate(self) -> None:
        """In each of its parts."""
        self.says("Load.run is under way")
        expect(self.root.get_by_label("mirror")).to_have_value("west")
        expect(self.inspector).to_contain_text("loading")
        expect(self.root.get_by_role("slider", name="Moment of the run")).to_have_value("11")
        rows = self.turn_to("joblist").locator("[data-job]")
        expect(rows.filter(has_text="Load")).to_have_attribute("data-state", "run")
        expect(self.turn_to("timeline").locator(".dj-lane [data-texture=live]")).to_be_visible()
        self.turn_to("graph")
        self.shows("Load", "run")
        self.shows("Fetch", "changed")
        self.shows("Live", "pending")

    def shows_that_it_has_failed(self) -> None:
        """In each of its parts."""
        self.says("✕ Verify 2/2: The checksum differs.")
        expect(self.inspector).to_contain_text("RuntimeError: The checksum differs.")
        expect(self.turn_to("joblist").locator("[data-job]").first).to_contain_text("The checksum differs.")
        expect(self.turn_to("timeline").locator(".dj-lane [data-state=failed]").first).to_be_visible()
        self.turn_to("graph")
        self.shows("Verify", "failed")
        self.shows("Live", "blocked")
        expect(self.root.locator("[data-part=hatch]:not([d])")).to_have_count(0)
        expect(self.job("Live").locator("[data-part=hatch]")).to_be_visible()
