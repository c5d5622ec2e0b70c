// The jobs as a list, with a search, an order, a filter by status and breakpoints.

/** @typedef {{rows: number[], said: string, find: string, only: string, order: string}} Shown */

/** Above the rows: search, order, breakpoint and the counts, which filter; below them: how many are shown. */
class ListTools {
  /** @param {Model} model @param {JobRows} jobs */
  constructor(model, jobs) {
    this.model = model;
    this.jobs = jobs;
    this.only = "";
    const { roving } = jobs;
    this.search = jobSearch(model, {
      placeholder: "Find a job  ( / )", label: "Find a job by name", title: "Show all jobs",
      leave: () => roving.focus(jobs.entry),
      keys: { Enter: () => { jobs.select(jobs.order[0]); roving.focus(jobs.order[0]); }, ArrowDown: () => roving.focus(jobs.order[0]) },
    });
    this.orders = Object.entries(LABELS.orders).map(([order, label]) =>
      choiceButton(label, () => model.send({ kind: "order", order }), { "data-order": order }));
    this.halt = choiceButton("Breakpoint", () => jobs.toggleBreakpoint(model.get("looked_at")));
    this.counts = make("div", { class: "dj-filter", role: "group", "aria-label": "Show the jobs of one status" });
    this.said = make("span", { role: "status" });
    const row = make("div", { class: "dj-tools-row" }, this.search.field, make("span", { class: "dj-choices", role: "group", "aria-label": "Order" }, ...this.orders), this.halt);
    this.top = make("div", { class: "dj-top" }, row, this.counts);
    this.top.inert = true; // until Python has sent what is shown
    this.foot = make("div", { class: "dj-said" }, this.said, this.search.clear);
  }

  /** @param {Shown} shown */
  show({ said, find, only, order }) {
    write(this.said, said);
    this.top.inert = false;
    this.search.show(find, Boolean(find || only));
    for (const one of this.orders) one.setAttribute("aria-pressed", String(one.dataset.order === order));
    this.only = only;
    this.showPressed();
  }

  /** @param {[status: string, letter: string, text: string][]} counts */
  showCounts(counts) {
    const there = new Map([...this.counts.children].map((one) => [/** @type {HTMLElement} */ (one).dataset.status, one]));
    this.counts.replaceChildren(...counts.map(([status, letter, text]) => {
      const look = lookOf(letter), button = there.get(status) ?? this.countButton(status, look);
      if (button.lastChild) write(button.lastChild, text.replace(`${look.sign} `, "")); // the icon stands for the sign
      return button;
    }));
    this.showPressed();
  }

  /** @param {string} status @param {Look} look */
  countButton(status, look) {
    const press = () => this.model.send({ kind: "only", status: this.only === status ? "" : status });
    return make("button", { type: "button", class: "dj-choice", "data-status": status, onclick: press }, icon(look.key, 14), make("span"));
  }

  showPressed() {
    for (const one of this.counts.children) one.setAttribute("aria-pressed", String(/** @type {HTMLElement} */ (one).dataset.status === this.only));
  }

  showBreakpoint() {
    const { halts, lookedAt, rows } = this.jobs, row = rows[lookedAt], halt = halts[lookedAt];
    this.halt.hidden = !row;
    if (!row) return;
    this.halt.setAttribute("aria-pressed", String(Boolean(halt)));
    this.halt.title = halt ? `Halts ${halt}. Press to remove the breakpoint (b)` : `Halt before ${row.name} is checked (b)`;
    this.halt.setAttribute("aria-label", `Breakpoint at ${row.name}`);
  }
}

export default {
  initialize,
  /** @param {Rendered} widget */
  render({ model, el }) {
    const jobs = new JobRows(model), tools = new ListTools(model, jobs);
    const empty = make("p", { class: "dj-empty" });
    el.append(tools.top, jobs.list, empty, tools.foot);
    el.addEventListener("keydown", (event) => {
      if (event.key !== "/" || event.target === tools.search.field || !isPlain(event)) return;
      event.preventDefault();
      focusField(tools.search.field);
    });

    function showEmpty() {
      empty.hidden = jobs.order.length > 0;
      jobs.list.hidden = !jobs.order.length;
      write(empty, jobs.rows.length ? "No job matches." : "No graph yet: call configure(RootJob) in a cell, and its jobs are listed here.");
      tools.top.hidden = tools.foot.hidden = !jobs.rows.length;
    }
    const colour = () => jobs.colour({ ...model.get("statuses") });
    const point = () => { jobs.point(); tools.showBreakpoint(); };
    const build = () => { jobs.build(); showEmpty(); colour(); point(); };

    const view = beginView(model, el, "joblist", {
      statuses: (all) => jobs.colour({ ...all }),
      turned: (letters) => jobs.colour(letters),
      lines: (lines) => jobs.showLines(lines),
      shown(/** @type {Shown} */ shown) { jobs.arrange(shown.rows); showEmpty(); tools.show(shown); },
      halts(halts) { jobs.showHalts(halts); tools.showBreakpoint(); },
      counts: (counts) => tools.showCounts(counts),
    });
    model.on("change:names", build);
    model.on("change:statuses", colour);
    model.on("change:looked_at change:selected", point);
    build();
    view.shown();
    return () => view.hidden();
  },
};
