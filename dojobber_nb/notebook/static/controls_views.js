// The tabs of a dashboard: its views of the run.

const NARROW = 600; // px: there one view is shown at a time, the list first

/** One of graph, list and timeline is shown at a time, beside the job. On a narrow page one of all is. */
class ViewTabs {
  /** @param {HTMLElement} el - of the controls */
  constructor(el) {
    this.el = el;
    this.chosen = ""; // by the user
    const choose = (/** @type {HTMLElement} */ tab) => this.choose(tab);
    this.tabs = Object.entries(LABELS.views).map(([name, label]) =>
      make("button", { type: "button", role: "tab", "aria-selected": "false", "data-pane": name, onclick: (/** @type {Event} */ event) => choose(buttonOf(event)) }, label));
    this.list = make("div", { class: "dj-panes", role: "tablist", "aria-label": "Views of the run" }, ...this.tabs);
    this.tabList = tabList(this.list, this.tabs, choose);
    this.drawn = new MutationObserver(() => this.arrange());
    this.sized = new ResizeObserver(() => { // a cell out of sight has no width
      if (!el.clientWidth) return;
      this.sized.disconnect();
      this.arrange();
    });
    this.sized.observe(el);
  }

  get grid() {
    return /** @type {HTMLElement | null} */ (this.el.closest(".dj-grid"));
  }

  /** @param {HTMLElement} tab */
  choose(tab) {
    this.chosen = tab.dataset.pane ?? "";
    this.show(this.chosen);
  }

  /** @param {string} name */
  show(name) {
    const { grid } = this;
    if (!grid) return;
    grid.dataset.pane = name;
    if (name !== "inspector") grid.dataset.view = name;
    this.tabList.select(this.tabs.find((tab) => tab.dataset.pane === name));
    for (const tab of this.tabs) this.labelPanel(grid, tab);
  }

  /** @param {HTMLElement} grid @param {HTMLElement} tab */
  labelPanel(grid, tab) {
    const name = tab.dataset.pane ?? "", part = partOf(grid, tab);
    const isPanel = name !== "inspector" || getComputedStyle(tab).display !== "none"; // beside the others the job has no tab
    if (!part) return;
    setAttribute(part, "role", isPanel ? "tabpanel" : null);
    setAttribute(part, "aria-label", isPanel ? LABELS.views[name] : null);
  }

  /** Shows a tab for each part that is there. On a busy machine the parts are drawn one after the other. */
  arrange() {
    const { grid } = this;
    if (!grid) return;
    this.drawn.observe(grid, { childList: true });
    for (const part of grid.children) this.drawn.observe(part, { attributeFilter: ["class"] });
    const there = this.tabs.filter((tab) => partOf(grid, tab));
    if (grid.dataset.pane && this.tabs.every((tab) => tab.hidden !== there.includes(tab))) return;
    for (const tab of this.tabs) tab.hidden = !there.includes(tab);
    const { clientWidth } = this.el, isNarrow = clientWidth > 0 && clientWidth <= NARROW;
    const list = isNarrow ? there.find((tab) => tab.dataset.pane === "joblist") : undefined;
    const first = list ?? there[0];
    if (first) this.show(this.chosen || (first.dataset.pane ?? ""));
  }

  disconnect() {
    this.drawn.disconnect();
    this.sized.disconnect();
  }
}

/** @param {HTMLElement} grid @param {HTMLElement} tab */
const partOf = (grid, tab) => grid.querySelector(`:scope > .dj-${tab.dataset.pane}`);
