// The output pane: its lines, with a search, wrapping and a download.

const FILE_NAME = 80; // characters of a job's name

/** The lines of an attempt, and its tools. `el` is the whole pane. */
class OutputView {
  /** @param {{clock: HTMLElement, ask: (of: [number, number], keys: string[]) => void}} options */
  constructor({ clock, ask }) {
    this.jobName = "";
    /** @type {string[]} */
    this.matches = []; // the places of the rows that match
    this.current = -1;
    this.blocks = new OutputBlocks({ ask, retry: () => this.lines.drawSoon() });
    this.lines = new OutputLines({ clock, blocks: this.blocks, search: () => ({ wanted: this.field.value, hit: this.matches[this.current] }) });
    this.field = findField({
      placeholder: "Search the output", label: "Search the output", find: () => this.search(), leave: () => this.lines.scroller.focus({ preventScroll: true }),
      keys: { Enter: ({ shiftKey }) => this.go(shiftKey ? -1 : 1) },
    });
    this.count = make("span", { class: "dj-none", role: "status" });
    const step = (/** @type {string} */ label, /** @type {string} */ title, /** @type {number} */ by) =>
      make("button", { type: "button", class: "dj-tool", title, "aria-label": title, onclick: () => this.go(by) }, label);
    this.steps = [step("▲", "Previous match (Shift+Enter)", -1), step("▼", "Next match (Enter)", 1)];
    this.wrapping = choiceButton("Wrap", () => this.wrap(), { "aria-pressed": "false" });
    const saving = choiceButton("Download", () => this.blocks.complete(() => this.save()), { title: "Download the output as a text file" });
    const tools = make("div", { class: "dj-out-tools", role: "group", "aria-label": "Output" }, this.field, this.count, ...this.steps, this.wrapping, saving);
    this.el = make("div", { class: "dj-out" }, tools, this.lines.scroller);
    listenForKeys(this.lines.scroller, this.keys());
  }

  /** @returns {Keys<KeyboardEvent>} */
  keys() {
    const next = (/** @type {number} */ by) => () => { if (this.field.value) this.go(by); };
    const wrap = () => this.wrap();
    return {
      "/": () => focusField(this.field), Escape: () => this.clear(), n: next(1), N: next(-1), w: wrap, W: wrap,
      End: () => this.lines.showEnd(),
    };
  }

  // --- what Python sends

  /** @param {Pane} pane @param {string} jobName */
  show({ job, number, texts, blocks, styles }, jobName) {
    if (!this.blocks.isOf([job, number])) this.forget([job, number]);
    this.jobName = jobName;
    for (const key of this.blocks.setTexts(texts)) this.lines.heights.delete(key);
    if (blocks) this.take({ of: [job, number], blocks, styles });
  }

  /** @param {[number, number]} of */
  forget(of) {
    this.blocks.forget(of);
    this.lines.forget();
    this.matches = [];
    this.current = -1;
  }

  /** @param {OutputNews} news */
  take(news) {
    if (!this.blocks.isOf(news.of)) return;
    this.blocks.take(news);
    for (const key of Object.keys(news.blocks)) this.lines.heights.delete(key);
    const { whenComplete } = this.blocks;
    if (whenComplete) this.blocks.complete(whenComplete); // a search that waits for this goes to its first match
    else if (this.field.value) this.search(false);
    this.draw();
  }

  draw() {
    this.lines.draw();
    this.showCount();
  }

  // --- search

  /**
   * Finds the rows with the text. The current match stays so; without one it is the first.
   * @param {boolean} [moves] - whether to scroll to it
   */
  search(moves = true) {
    const current = this.matches[this.current], wanted = this.field.value.toLowerCase();
    this.matches = [];
    this.current = -1;
    if (wanted) {
      this.blocks.complete(() => {
        this.matches = this.blocks.list.flatMap(({ key }) => this.blocks.rowsOf(key).flatMap((row, number) =>
          (textOf(row).toLowerCase().includes(this.field.value.toLowerCase()) ? [`${key}.${number}`] : [])));
        this.current = this.matches.indexOf(current ?? "");
        if (this.current < 0 && moves) this.go(1);
      });
    }
    this.draw();
  }

  showCount() {
    const lines = counted(this.matches.length, "line");
    const said = this.blocks.whenComplete ? "Loading…" : !this.matches.length ? "Not found" : this.current < 0 ? lines : `${this.current + 1} of ${lines}`;
    write(this.count, this.field.value ? said : "");
    for (const step of this.steps) step.hidden = !this.field.value;
  }

  /** @param {number} by */
  go(by) {
    const { length } = this.matches;
    if (!length) return;
    this.current = (this.current + by + length) % length;
    this.lines.show(this.matches[this.current] ?? "");
    this.showCount();
  }

  clear() {
    this.field.value = "";
    this.search(false);
  }

  // --- wrapping and download

  wrap() {
    const wrapped = !this.lines.wrapped;
    this.wrapping.setAttribute("aria-pressed", String(wrapped));
    this.el.toggleAttribute("data-wrap", wrapped);
    this.lines.wrap(wrapped);
  }

  save() {
    const name = this.jobName.replace(/[^\p{L}\p{N}_.-]+/gu, "_").slice(0, FILE_NAME);
    const href = URL.createObjectURL(new Blob([this.blocks.file], { type: "text/plain" }));
    make("a", { href, download: `${name}-attempt-${this.blocks.of[1]}.txt` }).click();
    setTimeout(() => URL.revokeObjectURL(href), 10000);
  }
}
