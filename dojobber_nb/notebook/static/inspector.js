// One job: its facts, the buttons that act on it, and its panes.

const JOB_BUTTONS = ["run_to", "check_again", "try_again"];
const NOT_PRINTED = "Nothing was printed while a dashboard was open. What the job's own threads print goes to the cell.";

/** The buttons that act on the job, and its breakpoint. */
class JobActions {
  /** @param {Model} model */
  constructor(model) {
    this.model = model;
    this.presses = actingPresses(model);
    this.job = -1;
    /** @type {Record<string, Record<string, string>>} */
    this.shown = { labels: {}, off: {}, hints: {} };
    this.buttons = JOB_BUTTONS.map((name) => {
      const label = make("span"), press = (/** @type {UIEvent} */ event) => this.press(name, event);
      return { name, label, button: make("button", { type: "button", class: "dj-act", "data-button": name, onclick: press, onkeydown: pressOnce }, label) };
    });
    this.halt = make("button", { type: "button", class: "dj-act dj-halt", onclick: () => this.toggleBreakpoint() }, "Breakpoint");
    this.el = make("div", { class: "dj-acts", role: "group", "aria-label": "Act on this job" }, ...this.buttons.map(({ button }) => button), this.halt);
  }

  /** @param {string} name @param {UIEvent} event */
  press(name, event) {
    if (!isOff(buttonOf(event))) this.presses.press(event, { button: name, clicks: event.detail, job: this.job });
  }

  toggleBreakpoint() {
    this.model.send({ kind: "halt", job: this.job, on: this.halt.getAttribute("aria-pressed") !== "true" });
  }

  /** @param {"labels" | "off" | "hints"} what @param {Record<string, string | null>} news */
  take(what, news) {
    merge(this.shown[what] ?? {}, news);
    const { labels, off, hints } = this.shown;
    for (const { name, button, label } of this.buttons) showButton(button, label, { text: labels?.[name] ?? "", off: off?.[name], hint: hints?.[name] });
    this.presses.answered();
  }

  /** @param {JobFacts} facts */
  show({ job, halts }) {
    this.job = job;
    this.halt.setAttribute("aria-pressed", String(Boolean(halts)));
    this.halt.title = halts ? `The run halts ${halts}` : "Halt the run before this job's Check";
  }
}

/** The tabs of a job, the attempt that is looked at, and the pane that is open. */
class JobPanes {
  /** @param {Model} model */
  constructor(model) {
    this.model = model;
    this.attempt = 0;
    const open = (/** @type {HTMLElement} */ tab) => model.send({ kind: "open", tab: tab.dataset.tab });
    this.tabs = Object.entries(LABELS.panes).map(([name, label]) =>
      make("button", { type: "button", role: "tab", "data-tab": name, onclick: (/** @type {Event} */ event) => open(buttonOf(event)) }, label));
    this.list = make("div", { class: "dj-tabs", role: "tablist", "aria-label": "About this job" }, ...this.tabs);
    this.tabList = tabList(this.list, this.tabs, open);
    this.choice = make("select", { class: "dj-select", onchange: () => model.send({ kind: "attempt", number: Number(this.choice.value) }) });
    this.chooser = make("label", { class: "dj-chooser" }, "Attempt", this.choice);
    this.clock = make("span", { class: "dj-seconds" });
    this.output = new OutputView({ clock: this.clock, ask: (of, blocks) => model.send({ kind: "lines", of, blocks }) });
    this.pane = make("div", { class: "dj-pane", role: "tabpanel", tabindex: "0" });
  }

  /** @param {JobFacts} facts */
  showTabs({ attempts, attempt, tab }) {
    this.attempt = attempt;
    this.chooser.hidden = attempts < 2 || !LABELS.attempt_panes.includes(tab);
    if (this.choice.length !== attempts) {
      this.choice.replaceChildren(...Array.from({ length: attempts }, (_, at) => make("option", { value: at + 1 }, `${at + 1} of ${attempts}`)));
    }
    this.choice.value = String(attempt);
    this.tabList.select(this.tabs.find((one) => one.dataset.tab === tab));
  }

  /**
   * Shows a pane. Where the same one was shown before, what was unfolded stays so, and the scroll position.
   * @param {Pane} shown
   * @param {string} jobName
   */
  show(shown, jobName) {
    const { pane } = this, of = `${shown.tab}-${shown.job}-${shown.number}`, same = pane.dataset.of === of, { scrollTop } = pane;
    const unfolded = new Map(same ? [...pane.querySelectorAll("details")].map((one) => [one.dataset.key, one.open]) : []);
    pane.dataset.of = of;
    pane.dataset.tab = shown.tab;
    pane.setAttribute("aria-label", LABELS.panes[shown.tab] ?? "");
    if (shown.tab === "output") this.showOutput(shown, jobName);
    else pane.replaceChildren(...(PANES[shown.tab]?.(shown, this.asks) ?? []).filter(isPresent));
    for (const one of pane.querySelectorAll("details")) one.open = unfolded.get(one.dataset.key) ?? one.open;
    pane.scrollTop = same ? scrollTop : 0;
    if (shown.tab === "output") this.output.draw();
  }

  /** @param {Pane} shown @param {string} jobName */
  showOutput(shown, jobName) {
    this.output.show(shown, jobName);
    const content = shown.texts.length ? this.output.el : remark(NOT_PRINTED);
    if (content === this.pane.firstChild && this.pane.childElementCount === 1) return; // an element put back loses the focus
    this.pane.replaceChildren(content);
    this.output.lines.lastEnd = 0; // and its place
  }

  /** @returns {Asks} */
  get asks() {
    const number = this.attempt;
    return {
      locals: (error, frame) => this.model.send({ kind: "locals", number, error, frame }),
      debug: (error) => this.model.send({ kind: "debug", number, error }),
    };
  }

  /** @param {{number: number, error: number, frame: number, rows: TreeRow[], cut: number}} locals */
  showLocals({ number, error, frame, ...locals }) {
    if (number === this.attempt) this.pane.querySelector(`[data-known="${error}-${frame}"]`)?.replaceChildren(localsTree(locals));
  }

  /** @param {{for: string} | null} elapsed */
  showElapsed(elapsed) {
    write(this.clock, elapsed ? ["under way", elapsed.for && `for ${elapsed.for}`].join(" ") : "");
  }
}

/** The inspector of one job. */
class JobInspector {
  /** @param {Rendered} widget */
  constructor({ model, el }) {
    this.model = model;
    this.el = el;
    this.actions = new JobActions(model);
    this.panes = new JobPanes(model);
    this.title = make("h3", { class: "dj-title" });
    this.pin = make("button", { type: "button", class: "dj-pin", onclick: () => model.send({ kind: "select", job: -1 }) }, "Follow the run");
    this.why = make("p", { class: "dj-why" });
    this.doc = make("p", { class: "dj-doc" });
    this.needs = make("dd");
    this.neededBy = make("dd");
    const facts = make("dl", { class: "dj-needs" }, make("dt", {}, "Needs"), this.needs, make("dt", {}, "Needed by"), this.neededBy);
    this.body = make("div", { class: "dj-body" }, make("div", { class: "dj-of" }, this.title, this.pin), this.actions.el, this.why, this.doc, facts,
      this.panes.list, this.panes.chooser, this.panes.pane);
    this.empty = make("p", { class: "dj-empty" }, WAITING);
    this.body.hidden = true;
    el.append(this.body, this.empty, this.actions.presses.waiting.notice);
  }

  /** @param {JobFacts | null} facts */
  show(facts) {
    this.body.hidden = !facts;
    this.empty.hidden = Boolean(facts);
    write(this.empty, "No job to look at yet.");
    if (!facts) return;
    this.el.dataset.state = facts.state;
    this.title.replaceChildren(icon(facts.state, 20), make("span", {}, facts.name));
    this.pin.hidden = !facts.selected;
    write(this.why, facts.why);
    write(this.doc, facts.doc);
    this.doc.hidden = !facts.doc;
    this.showLinks(this.needs, facts.needs, "nothing");
    this.showLinks(this.neededBy, facts.needed_by, "nothing: it is the root");
    this.actions.show(facts);
    this.panes.showTabs(facts);
  }

  /** @param {HTMLElement} into @param {JobLink[]} jobs @param {string} none */
  showLinks(into, jobs, none) {
    into.replaceChildren(...(jobs.length ? jobs.map((job) => jobLink(this.model, job)) : [make("span", { class: "dj-none" }, none)]));
  }
}

export default {
  initialize,
  /** @param {Rendered} widget */
  render({ model, el }) {
    const inspector = new JobInspector({ model, el }), { actions, panes } = inspector;
    const view = beginView(model, el, "inspector", {
      answered: (presses) => actions.presses.take(presses),
      ignored(text) { actions.presses.waiting.removeAll(); showRefusal(el, text); },
      elapsed: (elapsed) => panes.showElapsed(elapsed),
      job: (facts) => inspector.show(facts),
      labels: (news) => actions.take("labels", news),
      off: (news) => actions.take("off", news),
      hints: (news) => actions.take("hints", news),
      pane: (pane) => panes.show(pane, inspector.title.textContent ?? ""),
      rows: (news) => panes.output.take(news),
      locals: (locals) => panes.showLocals(locals),
    });
    view.shown();
    return () => view.hidden();
  },
};
