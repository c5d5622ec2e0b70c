// The graph: its drawing, a search, how much is drawn, a legend and zoom.

/** @typedef {{direction: "down" | "right", depth: string, depths: string[]}} Drawn */
/** @type {Record<Drawn["direction"], [sign: string, title: string]>} */
const DIRECTIONS = {
  down: ["↓", "Drawn downwards: press for left to right"],
  right: ["→", "Drawn from left to right: press for downwards"],
};

/** Above the drawing: the search, how much is drawn and in which direction. */
class GraphTools {
  /** @param {Model} model @param {{leave: () => void}} options */
  constructor(model, { leave }) {
    this.model = model;
    const take = () => { model.send({ kind: "find", text: this.search.field.value, take: true }); leave(); };
    this.search = jobSearch(model, {
      placeholder: "/ find", label: "Find jobs by name", title: "Clear the search and show all jobs", leave, keys: { Enter: take },
    });
    this.hits = make("span", { class: "dj-none", role: "status" });
    this.scope = make("span", { class: "dj-choices", role: "group", "aria-label": "How much is drawn" });
    this.scope.title = "Draw the selected job with its neighbours up to so many steps away, or the whole graph";
    this.follow = choiceButton("Follow", () => model.send({ kind: "follow", on: this.follow.getAttribute("aria-pressed") !== "true" }), { title: "Scroll along with the job that runs" });
    this.turn = choiceButton("", () => model.send({ kind: "turn" }), { hidden: true });
    this.el = make("div", { class: "dj-look", role: "group", "aria-label": "What is shown of the graph" },
      this.search.field, this.hits, this.search.clear, this.scope, this.follow, this.turn);
    this.el.inert = true; // until Python has sent what is shown
  }

  /** @param {{jobs: number[] | null, said: string, find: string}} found */
  showFound({ jobs, said, find }) {
    write(this.hits, said);
    this.hits.title = said;
    this.search.show(find, jobs !== null);
  }

  /** @param {Drawn} drawn */
  showDrawn({ direction, depth, depths }) {
    this.el.inert = false;
    const choice = (/** @type {string} */ name, /** @type {string} */ label) =>
      choiceButton(label, () => this.model.send({ kind: "around", depth: name }), { "aria-pressed": String(name === depth) });
    this.scope.replaceChildren(make("span", { class: "dj-none" }, "Around"), ...depths.map((name) => choice(name, name)), choice("whole", "Whole"));
    const [sign, title] = DIRECTIONS[direction];
    write(this.turn, sign);
    this.turn.title = title;
    this.turn.setAttribute("aria-label", title);
    this.turn.hidden = false;
  }

  showFollowing() {
    this.follow.setAttribute("aria-pressed", String(!this.model.get("selected")));
  }
}

/**
 * Below the drawing: the statuses that occur, and the zoom.
 * @param {Viewport} viewport
 */
function graphFoot(viewport) {
  const legend = make("ul", { class: "dj-legend", "aria-label": "Legend" });
  const tool = (/** @type {string} */ label, /** @type {string} */ title, /** @type {() => void} */ onclick) =>
    make("button", { type: "button", class: "dj-tool", title, "aria-label": title, onclick }, label);
  const tools = make("div", { class: "dj-tools", role: "toolbar", "aria-label": "Zoom" },
    tool("−", "Zoom out", () => viewport.zoomOut()),
    tool("+", "Zoom in", () => viewport.zoomIn()),
    tool("1:1", "Original size", () => viewport.zoom(1)),
    tool("Fit", "Fit the whole graph", () => viewport.fit()));
  const el = make("div", { class: "dj-foot" }, legend, make("span", { class: "dj-reads" }, "A → B: A needs B; B comes first"), tools);
  /** @param {string[]} letters */
  function showLegend(letters) {
    const present = [...new Set(letters)].toSorted().join("");
    if (legend.dataset.of === present) return;
    legend.dataset.of = present;
    legend.replaceChildren(...[...present].map(lookOf).map(({ key, word }) => make("li", {}, icon(key, 14), word)));
  }
  return { el, showLegend };
}

/** The graph with its tools, and what keys and clicks do. */
class Graph {
  /** @param {Rendered} widget */
  constructor({ model, el }) {
    this.model = model;
    this.el = el;
    this.drawing = new GraphBoxes();
    this.viewport = new Viewport();
    const { boxes } = this.drawing, { scroller } = this.viewport;
    this.roving = rovingFocus(scroller, {
      itemAt: jobOf,
      elementOf: (/** @type {number} */ job) => boxes.get(job)?.g,
      reveal: (job) => this.reveal(job),
      keys: this.keys(),
    });
    this.tools = new GraphTools(model, { leave: () => this.stopBox?.g.focus({ preventScroll: true }) });
    this.foot = graphFoot(this.viewport);
    this.empty = make("p", { class: "dj-empty" }, "No graph yet: call configure(RootJob) in a cell, and it is drawn here.");
    this.lookedAt = -1;
    this.dot = makeSvg("circle", { "data-part": "halt", r: 5.5 });
    scroller.addEventListener("pointerover", (event) => this.showDot(event.target));
    scroller.addEventListener("pointerleave", () => this.dot.remove());
    scroller.addEventListener("click", (event) => this.click(/** @type {SVGElement} */ (event.target)));
    el.append(this.tools.el, scroller, this.foot.el, this.empty);
  }

  get stopBox() {
    return this.drawing.boxes.get(this.roving.stop ?? -1);
  }

  // --- showing

  draw() {
    const markup = this.model.get("svg");
    this.empty.hidden = Boolean(markup);
    this.viewport.scroller.hidden = this.foot.el.hidden = this.tools.el.hidden = !markup;
    this.drawing.draw(markup);
    this.viewport.show(this.drawing.svg);
    this.lookedAt = -1;
    this.drawing.showMarks(this.model.get("marks"));
    this.foot.showLegend(this.drawing.letters);
    this.point();
  }

  /** @param {Record<string, string> | string[]} letters */
  showStatuses(letters) {
    this.drawing.showStatuses(letters);
    this.foot.showLegend(this.drawing.letters);
  }

  showAllStatuses(letters = this.model.get("statuses")) {
    this.drawing.letters = [];
    this.showStatuses([...letters]);
  }

  /** Marks the job that is looked at, and the one that a step would take. */
  point() {
    const { boxes } = this.drawing, at = this.model.get("looked_at"), ahead = this.model.get("ahead");
    this.el.toggleAttribute("data-still", boxes.has(ahead));
    this.drawing.showNext(ahead);
    const before = boxes.get(this.lookedAt), box = boxes.get(at);
    delete before?.g.dataset.lookedAt;
    before?.g.setAttribute("aria-selected", "false");
    this.lookedAt = at;
    this.tools.showFollowing();
    this.roving.stopAt(box ? at : this.first);
    if (!box) return;
    box.g.dataset.lookedAt = this.model.get("selected") ? "selected" : "following";
    box.g.setAttribute("aria-selected", "true");
    this.viewport.reveal(box);
  }

  get first() {
    return Math.min(...this.drawing.boxes.keys());
  }

  reveal(job = this.model.get("looked_at")) {
    const box = this.drawing.boxes.get(job);
    if (box) this.viewport.reveal(box);
  }

  /**
   * Shows a dot at the corner of the box under the pointer: a click on it has the run halt there.
   * @param {EventTarget | null} target
   */
  showDot(target) {
    const box = this.drawing.boxes.get(jobOf(target) ?? -1);
    if (!box || target === this.dot) return;
    this.dot.setAttribute("cx", String(box.x + 3));
    this.dot.setAttribute("cy", String(box.y + 3));
    box.g.append(this.dot);
  }

  // --- keys and clicks

  /** @returns {Keys<number>} */
  keys() {
    const { viewport } = this;
    const walk = (/** @type {number} */ dx, /** @type {number} */ dy) => (/** @type {number} */ job) => this.roving.focus(this.drawing.neighbour(job, [dx, dy]));
    const select = (/** @type {number} */ job) => this.model.send({ kind: "select", job });
    return {
      ArrowLeft: walk(-1, 0), ArrowRight: walk(1, 0), ArrowUp: walk(0, -1), ArrowDown: walk(0, 1),
      Home: () => this.roving.focus(this.first), End: () => this.roving.focus(Math.max(...this.drawing.boxes.keys())),
      Enter: select, " ": select, Escape: () => select(-1),
      b: (job) => this.toggleBreakpoint(job), "/": () => focusField(this.tools.search.field),
      "+": () => viewport.zoomIn(), "-": () => viewport.zoomOut(), 0: () => viewport.zoom(1),
    };
  }

  /** @param {number} job */
  toggleBreakpoint(job) {
    this.model.send({ kind: "halt", job, on: !this.drawing.halts[job] });
  }

  /** @param {SVGElement} target */
  click(target) {
    const job = jobOf(target);
    if (this.viewport.dragged || job === null) return;
    if (target.dataset.part === "halt") this.toggleBreakpoint(job);
    else this.model.send({ kind: "select", job });
  }
}

export default {
  initialize,
  /** @param {Rendered} widget */
  render({ model, el }) {
    const graph = new Graph({ model, el }), { drawing, tools } = graph;
    const view = beginView(model, el, "graph", {
      alt: (text) => drawing.svg?.setAttribute("aria-label", `${text} Arrow keys move, Enter selects.`),
      statuses: (letters) => graph.showAllStatuses(letters),
      turned: (letters) => graph.showStatuses(letters),
      halts: (halts) => drawing.showHalts(halts),
      lines: (lines) => drawing.showLines(lines),
      view: (drawn) => tools.showDrawn(drawn),
      found(found) { drawing.dim(found.jobs); tools.showFound(found); },
    });
    model.on("change:svg", () => graph.draw());
    model.on("change:statuses", () => graph.showAllStatuses());
    model.on("change:marks", () => drawing.showMarks(model.get("marks")));
    model.on("change:looked_at change:ahead change:selected", () => graph.point());
    drawing.letters = [...model.get("statuses")];
    graph.draw();
    const sized = new ResizeObserver(() => graph.reveal());
    sized.observe(graph.viewport.scroller);
    view.shown();
    return () => { sized.disconnect(); view.hidden(); };
  },
};
