"""A dashboard as somebody sees it who presses its buttons."""

from playwright.sync_api import Locator, Page, expect

# What the kernel prints on that code.
TYPED = """async code => {
  const future = jupyterapp.shell.currentWidget.sessionContext.session.kernel.requestExecute({ code });
  let printed = '';
  future.onIOPub = ({ content }) => { printed += content.text ?? ''; };
  await future.done;
  return printed;
}"""


class Dash:
    """A dashboard on a page, counted from 0; -1 is the last."""

    def __init__(self, page: Page, number: int = 0) -> None:
        self.page = page
        self.root = page.locator(".dj-dashboard").nth(number)
        self.root.locator(".dj-graph [data-job]").first.wait_for(state="attached")

    def button(self, name: str) -> Locator:
        return self.root.locator(f"[data-button={name}]").first

    def press(self, name: str) -> None:
        expect(self.button(name)).to_have_attribute("aria-disabled", "false")
        self.button(name).click()

    def job(self, name: str) -> Locator:
        boxes = self.root.locator(".dj-graph [data-job]")
        return boxes.filter(has=self.page.locator(f'[data-part=name]:text-is("{name}")'))

    def select(self, name: str) -> None:
        self.job(name).click()
        expect(self.inspector.locator(".dj-title")).to_have_text(name)

    def shows(self, name: str, state: str) -> None:
        expect(self.job(name)).to_have_attribute("data-state", state)

    def says(self, text: str) -> None:
        expect(self.root.locator(".dj-controls")).to_contain_text(text)

    def type(self, code: str) -> None:
        """Has the kernel run it, as a cell would."""
        self.page.evaluate(TYPED, code)

    @property
    def inspector(self) -> Locator:
        return self.root.locator(".dj-inspector")
