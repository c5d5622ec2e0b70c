"""One JupyterLab and one Chromium for all browser tests, and a `lab` for each.

Everything here ends with this folder's last test: playwright keeps an event loop on the main thread, beside which
no asyncio test could run.
"""

import contextlib
import re
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Playwright, expect, sync_playwright

from dev import find_browser

from .lab import Lab
from .server import Server, running

HERE = Path(__file__).parent
ARTIFACTS = HERE / "artifacts"
BROWSER_OPTIONS = (
    "--no-sandbox",  # root, as in CI, has none
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
HOW_TO_GET_ONE = """No browser could be started: neither a Chromium on PATH nor playwright's own. Get one by any of
    python3 dev.py test
    apt-get install chromium libatomic1
    playwright install --with-deps chromium"""

expect.set_options(timeout=60_000)  # playwright's 5 s are too few on a busy machine


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs a browser, so that -m "not browser" leaves it out."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="package")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("lab")) as server:
        yield server


@contextlib.contextmanager
def advice() -> Iterator[None]:
    """Fails with it, instead of with a traceback, where no browser can be started."""
    try:
        yield
    except Exception as error:
        reason = "\n".join([HOW_TO_GET_ONE, *str(error).splitlines()[:1]])
        raise pytest.fail.Exception(reason, pytrace=False) from None


@pytest.fixture(scope="package")
def playwright() -> Iterator[Playwright]:
    with contextlib.ExitStack() as stack:
        with advice():
            started = stack.enter_context(sync_playwright())
        yield started


@pytest.fixture(scope="package")
def browser(playwright: Playwright) -> Iterator[Browser]:
    with advice():
        browser = playwright.chromium.launch(executable_path=find_browser(), args=BROWSER_OPTIONS)
    yield browser
    browser.close()


@pytest.fixture(scope="package")
def profile(playwright: Playwright, tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrowserContext]:
    """One that keeps JupyterLab's compiled code: an empty one spends two CPU seconds on it at each page."""
    folder = tmp_path_factory.mktemp("profile")
    with advice():
        profile = playwright.chromium.launch_persistent_context(
            folder, executable_path=find_browser(), args=BROWSER_OPTIONS
        )
    yield profile
    profile.close()


@pytest.fixture
def lab(server: Server, profile: BrowserContext) -> Iterator[Lab]:
    lab = Lab(server, profile)
    yield lab
    lab.close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A failed test's report says what its pages wrote to the console and where their pictures lie."""
    report = yield
    lab = getattr(item, "funcargs", {}).get("lab")
    if lab and report.when == "call" and report.failed:
        report.sections.append(("browser", "\n".join([*keep_pictures(lab, item.name), *lab.errors])))
    return report


def keep_pictures(lab: Lab, test: str) -> list[str]:
    """The files that show what each page of that test shows now."""
    ARTIFACTS.mkdir(exist_ok=True)
    name = re.sub(r"\W+", "-", test).strip("-")
    files = [ARTIFACTS / f"{name}-{number}.png" for number, _ in enumerate(lab.pages)]
    for page, file in zip(lab.pages, files, strict=True):
        page.screenshot(path=file)
    return [str(file) for file in files]
