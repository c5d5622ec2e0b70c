"""The harness itself, on widgets that are not ours."""

from pathlib import Path

import pytest

from .lab import Lab, write_notebook

BUTTON = """
import ipywidgets
button = ipywidgets.Button(description='press me')
button.on_click(lambda button: setattr(button, 'description', 'pressed'))
button
"""
WHICH_THREADS = """
import threading, anywidget, traitlets
class Which(anywidget.AnyWidget):
    _esm = '''export default { render({ model, el }) {
      const button = document.createElement('button');
      button.textContent = 'clicked 0';
      button.addEventListener('click', () => model.send('clicked'));
      model.on('change:threads', () => {
        const threads = model.get('threads');
        button.textContent = `clicked ${threads.length}`;
        button.title = threads.at(-1);
      });
      el.append(button);
    } }'''
    threads = traitlets.List().tag(sync=True)
which = Which()
which.on_msg(lambda *_: setattr(which, 'threads', [*which.threads, threading.current_thread().name]))
which
"""
WAITS = """
import asyncio, ipywidgets
pressed = asyncio.Event()
loop = asyncio.get_running_loop()
button = ipywidgets.Button(description='go on')
button.on_click(lambda button: loop.call_soon_threadsafe(pressed.set))
display(button)
await pressed.wait()
"""


@pytest.mark.parametrize("subshells", [True, False])
def test_a_click_reaches_the_kernel_and_its_answer_the_page(lab: Lab, subshells: bool) -> None:
    page = lab.open([BUTTON], subshells=subshells)
    lab.run_all(page)
    page.get_by_role("button", name="press me").click()
    page.get_by_role("button", name="pressed").wait_for()
    assert lab.errors == []


@pytest.mark.parametrize(("subshells", "thread"), [(True, "subshell-"), (False, "MainThread")])
def test_the_setting_decides_on_which_thread_clicks_arrive(lab: Lab, subshells: bool, thread: str) -> None:
    page = lab.open([WHICH_THREADS], subshells=subshells)
    lab.run_all(page)
    for number in range(20):  # the first few may still come before the subshell is there
        page.get_by_role("button", name=f"clicked {number}").click()
        page.get_by_role("button", name=f"clicked {number + 1}").wait_for()
    assert page.get_by_role("button", name="clicked 20").get_attribute("title").startswith(thread)


@pytest.mark.parametrize("subshells", [True, False])
def test_a_click_reaches_a_cell_that_awaits_it(lab: Lab, subshells: bool) -> None:
    page = lab.open([WAITS, "print('arrived')"], subshells=subshells)
    lab.run_all(page, wait=False)
    page.get_by_role("button", name="go on").click()
    page.get_by_text("arrived", exact=True).wait_for()


def test_the_notebook_that_is_opened_is_a_copy(lab: Lab, tmp_path: Path) -> None:
    book = write_notebook(tmp_path / "mine.ipynb", ["%md # title", "open('beside.txt', 'w').close()"])
    before = book.read_bytes()
    page = lab.open(book)
    lab.run_all(page)
    lab.execute(page, "docmanager:save")
    page.get_by_role("heading", name="title").wait_for()
    assert [*tmp_path.iterdir()] == [book]
    assert book.read_bytes() == before


def test_lab_starts_with_the_settings_it_is_given(lab: Lab) -> None:
    page = lab.open(["1"], settings={"@jupyterlab/apputils-extension:themes": {"theme": "JupyterLab Dark"}})
    page.wait_for_selector("body[data-jp-theme-light=false]", state="attached")
    page = lab.open(["1"])
    page.wait_for_selector("body[data-jp-theme-light=true]", state="attached")
