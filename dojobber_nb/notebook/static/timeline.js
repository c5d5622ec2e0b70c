// The attempts as bars over time, with an axis, a legend and a table.

const PRINTING = ["beforeprint", "afterprint"];

/** @param {Bar} bar @param {Bar} other */
const byStart = (bar, other) => bar.start - other.start || bar.begun - other.begun;

/** The timeline: its parts, what keys and clicks do, and when it is drawn. */
class BarChart {
  /** @param {Rendered} widget */
  constructor({ model, el }) {
    this.model = model;
    this.axis = new TimeAxis();
    this.legend = new BarLegend();
    this.table = new BarTable(() => this.showTable());
    this.lanes = new Lanes(this.axis, (job) => this.select(job));
    const { body } = this.lanes;
    this.scroller = make("div", { class: "dj-chart", role: "group", "aria-label": "Timeline" },
      this.axis.head, make("div", { class: "dj-field-of-bars" }, this.axis.grid, body));
    this.empty = make("p", { class: "dj-empty" }, "Nothing has been done yet: attempts show here as bars over time.");
    this.frame = 0; // 0: no drawing is due
    this.stale = true; // whether legend and table are
    this.printing = false; // on paper all lanes are in sight
    this.roving = rovingFocus(body, { itemAt: barAt, elementOf: (/** @type {Bar} */ bar) => bar.el, keys: this.keys() });
    body.addEventListener("click", (event) => this.click(/** @type {Element} */ (event.target)));
    this.scroller.addEventListener("scroll", () => this.drawSoon(), { passive: true });
    el.append(this.scroller, this.legend.el, this.table.el, this.empty);
  }

  // --- drawing

  drawSoon() {
    this.frame ||= requestAnimationFrame(() => { this.frame = 0; this.draw(); });
  }

  /** Draws bars, legend and table anew. */
  renew() {
    this.stale = true;
    this.drawSoon();
  }

  draw() {
    const none = !this.lanes.order.length;
    this.empty.hidden = !none;
    this.scroller.hidden = this.legend.el.hidden = this.table.el.hidden = none;
    const { scrollTop, clientHeight } = this.scroller;
    this.lanes.draw({ scrollTop, clientHeight, all: this.printing });
    if (!this.roving.stop?.el) this.roving.stopAt(this.lanes.order.flatMap((lane) => [...lane.drawn])[0] ?? null);
    if (!this.stale) return;
    this.stale = false;
    this.legend.show(this.lanes.kinds, this.lanes.bars.map(({ seen }) => seen.kind));
    this.showTable();
  }

  showTable() {
    if (!this.table.el.open) return;
    this.table.show(this.lanes.bars.map(({ lane, bar, seen }) =>
      [lane.name, String(bar.attempt), bar.from, seen.over ? bar.took : "", this.lanes.kind(seen.kind)[1]]));
  }

  /** Marks the job that is looked at, and scrolls to it. */
  point() {
    const { lanes } = this, before = lanes.byJob.get(lanes.lookedAt);
    lanes.lookedAt = this.model.get("looked_at");
    lanes.selected = this.model.get("selected");
    const lane = lanes.byJob.get(lanes.lookedAt);
    for (const one of [before, lane]) if (one) lanes.mark(one);
    if (lane && !lanes.body.contains(document.activeElement)) this.reveal(lane);
  }

  /**
   * Scrolls inside the chart alone.
   * @param {Lane} lane
   */
  reveal({ place }) {
    const [from, to] = [(place - 1) * LANE, (place + 3) * LANE], { scrollTop, clientHeight } = this.scroller;
    if (from < scrollTop) this.scroller.scrollTop = Math.max(0, from);
    else if (to > scrollTop + clientHeight) this.scroller.scrollTop = to - clientHeight;
  }

  // --- keys and clicks

  /** @returns {Keys<Bar>} */
  keys() {
    return {
      ArrowLeft: (bar) => this.along(bar, (bars) => bars[bars.indexOf(bar) - 1]),
      ArrowRight: (bar) => this.along(bar, (bars) => bars[bars.indexOf(bar) + 1]),
      Home: (bar) => this.along(bar, (bars) => bars[0]),
      End: (bar) => this.along(bar, (bars) => bars.at(-1)),
      ArrowUp: (bar) => this.across(bar, this.lanes.order.filter(({ job }) => job < bar.job).toReversed()),
      ArrowDown: (bar) => this.across(bar, this.lanes.order.filter(({ job }) => job > bar.job)),
      Escape: () => this.select(-1),
    };
  }

  /** @param {Bar} bar @param {(bars: Bar[]) => Bar | undefined} choose */
  along(bar, choose) {
    this.focus(this.lanes.byJob.get(bar.job), choose);
  }

  /** @param {Bar} bar @param {Lane[]} others - the nearest first */
  across(bar, others) {
    const far = (/** @type {Bar} */ other) => Math.abs(other.start - bar.start);
    const lane = others.find((one) => this.lanes.barsOf(one).length);
    this.focus(lane, (bars) => bars.reduce((near, other) => (far(other) < far(near) ? other : near)));
  }

  /** @param {Lane | undefined} lane @param {(bars: Bar[]) => Bar | undefined} choose - among those that are drawn */
  focus(lane, choose) {
    if (!lane) return;
    this.reveal(lane);
    this.draw();
    this.roving.focus(choose([...lane.drawn].toSorted(byStart)));
  }

  /** @param {number} job */
  select(job) {
    this.model.send({ kind: "select", job });
  }

  /** @param {Element} target */
  click(target) { // Enter and Space click a button, too
    const bar = barAt(target);
    if (!bar) return;
    this.roving.stopAt(bar);
    this.select(bar.job);
  }
}

/** @param {Element} target */
const barAt = (target) => /** @type {BarElement | null} */ (target.closest(".dj-stretch"))?.bar ?? null;

export default {
  initialize,
  /** @param {Rendered} widget */
  render({ model, el }) {
    const chart = new BarChart({ model, el }), { axis, lanes, scroller } = chart;
    const view = beginView(model, el, "timeline", {
      begin(kinds) { lanes.begin(kinds); chart.roving.stop = null; chart.renew(); },
      bars(news) { lanes.add(news); chart.renew(); chart.point(); },
      live(news) { lanes.replaceLive(news); chart.renew(); },
      axis(shown) { axis.show(shown); chart.drawSoon(); },
      moment(/** @type {[number, number]} */ [count, now]) { lanes.moment = { count, now }; chart.renew(); },
      alt: (text) => scroller.setAttribute("aria-label", `${text} Arrow keys move, Enter selects the job.`),
    });
    model.on("change:looked_at change:selected", () => chart.point());
    const print = (/** @type {Event} */ { type }) => { chart.printing = type === "beforeprint"; chart.draw(); };
    for (const event of PRINTING) addEventListener(event, print);
    const sized = new ResizeObserver(() => { axis.thin(); chart.drawSoon(); });
    sized.observe(scroller);
    chart.draw();
    view.shown();
    return () => {
      for (const event of PRINTING) removeEventListener(event, print);
      sized.disconnect();
      cancelAnimationFrame(chart.frame);
      view.hidden();
    };
  },
};
