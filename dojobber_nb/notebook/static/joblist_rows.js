// The rows of a list of jobs. A row is made once; a change of status sets attributes of its row alone.

/** @typedef {{li: HTMLLIElement, name: string, path: SVGPathElement, word: HTMLElement, line: HTMLElement, letter?: string}} Row */

/**
 * @param {string} name
 * @param {number} job
 * @returns {Row}
 */
function listRow(name, job) {
  const [word, line] = [make("span", { class: "dj-word" }), make("span", { class: "dj-line-text" })];
  const path = makeSvg("path");
  const glyph = makeSvg("svg", { class: "dj-icon", viewBox: "0 0 20 20", width: 16, height: 16, "aria-hidden": "true" }, path);
  const li = make("li", { role: "option", tabindex: "-1", "aria-selected": "false", "data-job": job },
    make("span", { class: "dj-dot", title: "Breakpoint" }), glyph, make("span", { class: "dj-name" }, name), word, line);
  return { li, name, path, word, line };
}

/** The rows of all jobs, and those that are shown. Jobs go by their index. */
class JobRows {
  /** @param {Model} model */
  constructor(model) {
    this.model = model;
    /** @type {Row[]} */
    this.rows = [];
    /** @type {number[]} */
    this.order = [];
    /** @type {Record<number, string>} */
    this.halts = {};
    this.lookedAt = -1;
    this.list = make("ul", { class: "dj-rows", role: "listbox", "aria-label": "Jobs. Arrow keys move, Enter selects, b sets a breakpoint." });
    this.roving = rovingFocus(this.list, {
      itemAt: jobOf,
      elementOf: (/** @type {number} */ job) => this.rows[job]?.li,
      reveal: (job) => this.reveal(job),
      keys: this.keys(),
    });
    this.list.addEventListener("click", (event) => this.click(/** @type {Element} */ (event.target)));
  }

  build() {
    this.rows = this.model.get("names").map(listRow);
    this.order = this.rows.map((_, job) => job);
    this.lookedAt = -1;
    this.halts = {};
    this.roving.stop = null;
    this.list.replaceChildren(...this.rows.map(({ li }) => li));
  }

  /** The row where the focus goes when it comes from outside. */
  get entry() {
    const { stop } = this.roving;
    return stop !== null && this.order.includes(stop) ? stop : this.order[0] ?? null;
  }

  // --- showing

  /** @param {Record<string, string>} letters - of the jobs whose status is new */
  colour(letters) {
    for (const [job, letter] of Object.entries(letters)) {
      const row = this.rows[Number(job)];
      if (!row || row.letter === letter) continue;
      const look = lookOf(letter);
      row.letter = letter;
      row.li.dataset.state = look.key;
      row.path.setAttribute("d", look.icon);
      write(row.word, look.word);
      this.describe(Number(job));
    }
  }

  /** @param {Record<string, string>} lines */
  showLines(lines) {
    for (const [job, text] of Object.entries(lines)) {
      const row = this.rows[Number(job)];
      if (!row) continue;
      write(row.line, text);
      row.li.title = text;
      this.describe(Number(job));
    }
  }

  /** @param {Record<number, string>} halts */
  showHalts(halts) {
    const changed = new Set([...Object.keys(this.halts), ...Object.keys(halts)].map(Number));
    this.halts = halts;
    for (const job of changed) {
      this.rows[job]?.li.toggleAttribute("data-halts", job in halts);
      this.describe(job);
    }
  }

  /** @param {number} job */
  describe(job) {
    const row = this.rows[job];
    if (!row) return;
    const halt = this.halts[job] ? `breakpoint ${this.halts[job]}` : "";
    row.li.setAttribute("aria-label", [row.name, row.word.textContent, row.line.textContent, halt].filter(Boolean).join(", "));
  }

  /**
   * Shows these rows in this order. A row that keeps its place is not touched.
   * @param {number[]} next
   */
  arrange(next) {
    const focused = /** @type {HTMLElement | null} */ (document.activeElement);
    const moved = next.indexOf(this.lookedAt) !== this.order.indexOf(this.lookedAt);
    const follows = moved && (!this.model.get("selected") || this.isInSight(this.lookedAt)); // a job that fails moves to the top
    const kept = new Set(next);
    for (const job of this.order) if (!kept.has(job)) this.rows[job]?.li.remove();
    let at = this.list.firstChild;
    for (const job of next) {
      const li = this.rows[job]?.li;
      if (li && li === at) at = at.nextSibling;
      else if (li) this.list.insertBefore(li, at);
    }
    this.order = next;
    if (focused !== document.activeElement && this.list.contains(focused)) focused?.focus({ preventScroll: true }); // a row that moves loses it
    this.roving.stopAt(this.entry);
    if (follows) this.reveal(this.lookedAt);
  }

  /** Marks the job that is looked at. */
  point() {
    const before = this.rows[this.lookedAt], job = this.model.get("looked_at"), row = this.rows[job];
    delete before?.li.dataset.lookedAt;
    before?.li.setAttribute("aria-selected", "false");
    this.lookedAt = job;
    if (!row) return;
    row.li.dataset.lookedAt = this.model.get("selected") ? "selected" : "following";
    row.li.setAttribute("aria-selected", "true");
    if (!this.list.contains(document.activeElement)) this.roving.stopAt(this.order.includes(job) ? job : this.order[0] ?? null);
    this.reveal(job);
  }

  /** @param {number} job */
  isInSight(job) {
    const li = this.rows[job]?.li, { scrollTop, clientHeight } = this.list;
    return Boolean(li?.isConnected) && li !== undefined && li.offsetTop + li.offsetHeight > scrollTop && li.offsetTop < scrollTop + clientHeight;
  }

  /**
   * Scrolls inside the list alone: the page stays where it is.
   * @param {number} job
   */
  reveal(job) {
    const li = this.rows[job]?.li;
    if (!li?.isConnected) return;
    const [from, to] = [li.offsetTop - 30, li.offsetTop + li.offsetHeight + 30];
    if (from < this.list.scrollTop) this.list.scrollTop = from;
    else if (to > this.list.scrollTop + this.list.clientHeight) this.list.scrollTop = to - this.list.clientHeight;
  }

  // --- keys and clicks

  /** @returns {Keys<number>} */
  keys() {
    return {
      ArrowDown: (job) => this.move(job, 1), ArrowUp: (job) => this.move(job, -1),
      PageDown: (job) => this.move(job, this.page), PageUp: (job) => this.move(job, -this.page),
      Home: () => this.roving.focus(this.order[0]), End: () => this.roving.focus(this.order.at(-1)),
      Enter: (job) => this.select(job), " ": (job) => this.select(job),
      b: (job) => this.toggleBreakpoint(job), Escape: () => this.model.send({ kind: "select", job: -1 }),
    };
  }

  /** How many rows a page key moves. */
  get page() {
    const row = /** @type {HTMLElement} */ (this.list.firstChild);
    return Math.max(1, Math.floor(this.list.clientHeight / row.offsetHeight) - 1);
  }

  /** @param {number} job @param {number} by */
  move(job, by) {
    const to = this.order.indexOf(job) + by;
    this.roving.focus(this.order[Math.min(this.order.length - 1, Math.max(0, to))]);
  }

  /** @param {number | undefined} job */
  select(job) {
    if (job !== undefined && this.rows[job]) this.model.send({ kind: "select", job });
  }

  /** @param {number} job */
  toggleBreakpoint(job) {
    this.model.send({ kind: "halt", job, on: !(job in this.halts) });
  }

  /** @param {Element} target */
  click(target) {
    const job = jobOf(target);
    if (job === null) return;
    this.roving.stopAt(job);
    if (target.classList.contains("dj-dot")) this.toggleBreakpoint(job);
    else this.select(job);
  }
}
