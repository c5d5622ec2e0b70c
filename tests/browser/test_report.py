"""A report as somebody opens it who has nothing but the file: no server, no kernel, no network."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from dojobber_nb import DoJobber
from tests.support.runbooks import doing, group, job, movie_night


class Reader:
    """The file in a browser. `errors` is what the console has as errors, `requests` what was asked for beside it."""

    def __init__(self, browser: Browser, file: Path, **context: object) -> None:
        self.errors: list[str] = []
        self.requests: list[str] = []
        self.context: BrowserContext = browser.new_context(**{"viewport": {"width": 1300, "height": 900}, **context})
        self.page: Page = self.context.new_page()
        self.page.on("console", lambda message: self.errors.append(message.text) if message.type == "error" else None)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.goto(file.as_uri())
        self.requests.remove(file.as_uri())
        self.job("TurnOnTV").wait_for(state="attached")

    def job(self, name: str) -> Locator:
        boxes = self.page.locator(".dj-graph [data-job]")
        return boxes.filter(has=self.page.locator(f'[data-part=name]:text-is("{name}")'))

    def tab(self, name: str) -> Locator:
        return self.page.locator(".dj-panes").get_by_role("tab", name=name, exact=True)

    @property
    def slider(self) -> Locator:
        return self.page.get_by_role("slider", name="Moment of the run")

    @property
    def inspector(self) -> Locator:
        return self.page.locator(".dj-inspector")


@pytest.fixture(scope="module")
def evening() -> DoJobber:
    dj = doing(movie_night(), capture=True)
    dj.checknrun()
    return dj


@pytest.fixture(scope="module")
def night(evening: DoJobber, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return evening.report(tmp_path_factory.mktemp("report") / "night.html")


@pytest.fixture
def reader(browser: Browser, night: Path) -> Iterator[Reader]:
    reader = Reader(browser, night)
    yield reader
    reader.context.close()
    assert reader.errors == []
    assert reader.requests == []


def test_it_opens_at_the_end_with_what_failed_and_why(reader: Reader) -> None:
    expect(reader.page).to_have_title("WatchMovie")
    expect(reader.page.get_by_role("heading", level=1)).to_have_text("WatchMovie")
    expect(reader.job("TurnOnTV")).to_have_attribute("data-state", "failed")
    expect(reader.page.locator(".dj-failures")).to_contain_text("✕ TurnOnTV 3/3: Remote batteries are dead")
    expect(reader.inspector.locator(".dj-title")).to_have_text("TurnOnTV")
    for name in ("Step", "Run", "Try again", "Breakpoint", "Debug here", "Show locals"):
        expect(reader.page.get_by_role("button", name=name)).to_have_count(0)


def test_any_moment_is_shown_by_keyboard_and_mouse(reader: Reader) -> None:
    reader.slider.focus()
    reader.page.keyboard.press("Home")
    expect(reader.job("TurnOnTV")).to_have_attribute("data-state", "pending")
    expect(reader.slider).to_have_attribute("aria-valuetext", "event 0 of 125 · before the run began")
    for _ in range(3):
        reader.page.keyboard.press("ArrowRight")
    expect(reader.job("PickTimeAndDate")).to_have_attribute("data-state", "check")
    expect(reader.page.locator(".dj-past")).to_contain_text("event 3 of 125")
    box = reader.slider.bounding_box()
    assert box is not None
    reader.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(reader.page.locator(".dj-moment")).to_contain_text("event 6")
    reader.page.locator(".dj-now").click()
    expect(reader.job("TurnOnTV")).to_have_attribute("data-state", "failed")
    expect(reader.page.locator(".dj-past")).to_be_hidden()


def test_a_job_is_looked_into_attempt_by_attempt_at_any_moment(reader: Reader) -> None:
    reader.job("StartMovie").click()
    expect(reader.inspector.locator(".dj-why")).to_have_text(
        "blocked: needs TurnOnTV, which failed 3 of 3 tries: Remote batteries are dead."
    )
    reader.inspector.get_by_role("button", name="TurnOnTV").click()
    expect(reader.inspector.locator(".dj-frame .dj-code").first).to_have_text("raise RuntimeError(says)")
    reader.inspector.get_by_label("Attempt").select_option("1")
    expect(reader.inspector.locator(".dj-pane h4").first).to_contain_text("Attempt 1")
    reader.inspector.get_by_role("tab", name="Attempts").click()
    expect(reader.inspector.locator(".dj-pane h4")).to_have_text(["Attempt 3", "Attempt 2", "Attempt 1"])
    reader.slider.focus()
    reader.page.keyboard.press("Home")
    expect(reader.inspector.locator(".dj-pane")).to_have_text("No attempt yet.")
    expect(reader.job("TurnOnTV")).to_have_attribute("data-looked-at", "selected")


def test_jobs_are_found_and_filtered_in_graph_and_list(reader: Reader) -> None:
    reader.page.locator(".dj-graph .dj-find").fill("tv")
    expect(reader.page.locator(".dj-graph [data-job]:not([data-dim])")).to_have_count(2)
    reader.page.locator(".dj-graph .dj-find").press("Enter")
    expect(reader.inspector.locator(".dj-title")).to_have_text("FindTVRemote")
    reader.tab("List").click()
    rows = reader.page.locator(".dj-rows [data-job]")
    expect(rows.first).to_contain_text("TurnOnTV")
    reader.page.get_by_role("button", name="Visiting order").click()
    expect(rows.first).to_contain_text("PickTimeAndDate")
    blocked = reader.page.locator(".dj-filter").get_by_role("button", name="2 blocked")
    blocked.click()
    expect(rows).to_have_count(2)
    reader.slider.focus()
    reader.page.keyboard.press("Home")
    expect(rows).to_have_count(0)
    reader.page.locator(".dj-filter").get_by_role("button", name="0 blocked").click()
    expect(rows).to_have_count(20)


def test_the_timeline_has_the_bars_that_had_begun_at_the_moment(reader: Reader) -> None:
    reader.tab("Timeline").click()
    bars = reader.page.locator(".dj-lane-bars .dj-stretch")
    expect(bars.first).to_be_visible()
    expect(bars.nth(40)).to_be_attached()
    reader.slider.focus()
    reader.page.keyboard.press("Home")
    expect(bars).to_have_count(0)


def test_every_job_can_be_read_one_below_the_other(reader: Reader) -> None:
    entries = reader.page.locator(".dj-entry")
    expect(entries).to_have_count(20)
    expect(reader.page.locator(".dj-entry[open]")).to_have_count(1)  # what failed is open
    expect(reader.page.locator(".dj-entry[open] pre").first).to_contain_text("Remote batteries are dead")
    entries.first.locator("summary").click()
    expect(entries.first.locator(".dj-told")).to_contain_text("ok: its Check passed at once.")


VISIBLE = "heads => heads.filter(one => one.checkVisibility()).length"
OPEN = "document.querySelectorAll('[open].dj-entry').length"
COUNTED = f"() => addEventListener('beforeprint', () => {{ window.onPaper = {OPEN}; }})"


def test_on_paper_all_is_open_and_the_graph_is_whole(reader: Reader, evening: DoJobber) -> None:
    page = reader.page
    page.evaluate(COUNTED)
    assert page.pdf(format="A4").startswith(b"%PDF")
    assert page.evaluate("window.onPaper") == 20
    expect(page.locator(".dj-entry[open]")).to_have_count(1)
    page.emulate_media(media="print")
    page.evaluate("() => void dispatchEvent(new Event('beforeprint'))")
    attempts = sum(one.attempt for one in evening.state.jobs.values())
    assert page.locator(".dj-told h4").evaluate_all(VISIBLE) == attempts
    svg, sheet = page.locator(".dj-scroll svg").bounding_box(), page.viewport_size
    assert svg
    assert sheet
    assert svg["width"] <= sheet["width"]
    tried = [one for one in evening.state.jobs.values() if one.attempt]
    expect(page.locator(".dj-lane")).to_have_count(len(tried))
    expect(reader.slider).to_be_hidden()
    expect(reader.inspector).to_be_hidden()


TAKES = "() => { navigator.clipboard.writeText = async text => { window.copied = text; }; }"
REFUSES = "() => { navigator.clipboard.writeText = () => Promise.reject(new Error('not allowed')); }"


def test_the_status_is_copied_or_stands_there_selected(browser: Browser, night: Path) -> None:
    reader = Reader(browser, night)
    reader.page.evaluate(TAKES)
    reader.page.get_by_role("button", name="Copy status").click()
    expect(reader.page.locator(".dj-copied")).to_contain_text("Copied")
    copied = reader.page.evaluate("window.copied")
    assert copied.split("\n")[0] == "WatchMovie: over, not all jobs succeeded"
    assert len(copied.split("\n")) == 5
    reader.page.evaluate(REFUSES)
    reader.page.get_by_role("button", name="Copy status").click()
    expect(reader.page.locator(".dj-copied")).to_contain_text("press Ctrl+C")
    assert reader.page.evaluate("document.getSelection().toString()") == copied
    reader.page.get_by_role("button", name="Close").click()
    expect(reader.page.locator(".dj-copied")).to_be_hidden()
    assert reader.errors == []
    reader.context.close()


@pytest.mark.parametrize(("scheme", "width"), [("light", 1300), ("dark", 1300), ("light", 390), ("dark", 390)])
def test_assistive_software_finds_nothing_amiss(browser: Browser, night: Path, scheme: str, width: int) -> None:
    reader = Reader(browser, night, color_scheme=scheme, viewport={"width": width, "height": 844})
    assert reader.page.evaluate("document.documentElement.scrollWidth") <= width
    for pane in ("Graph", "List", "Timeline"):
        reader.tab(pane).click()
        found = Axe().run(reader.page)
        assert found.violations_count == 0, found.generate_report()
    reader.page.locator(".dj-theme").click()
    expect(reader.page.locator("html")).to_have_attribute("theme", {"light": "dark", "dark": "light"}[scheme])
    found = Axe().run(reader.page)
    assert found.violations_count == 0, found.generate_report()
    assert reader.errors == []
    reader.context.close()


def test_names_and_texts_of_jobs_are_shown_as_what_they_are(browser: Browser, tmp_path: Path) -> None:
    bad = job("</script><img src=x onerror=alert(1)>", works_at=None, says="<b>bold</b></script>", TRIES=1)
    turn_on = job("TurnOnTV", bad)
    dj = doing(group("All", turn_on), capture=True)
    dj.checknrun()
    reader = Reader(browser, dj.report(tmp_path / "night.html"))
    expect(reader.page.locator(".dj-entry[open] pre").first).to_contain_text("<b>bold</b></script>")
    assert reader.page.locator("img, b").count() == 0
    assert reader.errors == []
    reader.context.close()


def test_on_a_phone_a_long_message_neither_widens_the_page_nor_hides_whose_it_is(
    browser: Browser, tmp_path: Path
) -> None:
    turn_on = job("TurnOnTV", works_at=None, says="/no/such/folder/of/any/kind" * 60, TRIES=1)
    dj = doing(group("All", turn_on), capture=True)
    dj.checknrun()
    reader = Reader(browser, dj.report(tmp_path / "night.html"), viewport={"width": 360, "height": 740})
    summary = reader.page.locator(".dj-entry[data-state=failed] summary")
    summary.scroll_into_view_if_needed()
    assert reader.page.evaluate("document.documentElement.scrollWidth") == 360
    assert summary.evaluate("element => element.clientHeight") < 100
    reader.context.close()
