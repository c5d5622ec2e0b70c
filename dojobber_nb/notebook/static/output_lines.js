// What the phases of an attempt printed. Only the lines in sight, and some around them, are in the page.

const ROW = 18, TEXT_HEAD = 30; // px, as in the style sheet

/**
 * @typedef {{wanted: string, hit: string | undefined}} Search - hit: the row of the current match
 * @typedef {{el: HTMLElement, rows: OutputRow[], drawnAs: string}} DrawnBlock
 */

/** The lines in a scroller of their own: blocks in sight are drawn, wrapped or not. */
class OutputLines {
  /** @param {{clock: HTMLElement, blocks: OutputBlocks, search: () => Search}} options */
  constructor({ clock, blocks, search }) {
    this.clock = clock;
    this.blocks = blocks;
    this.search = search;
    this.wrapped = false;
    this.atEnd = true; // the end is in sight, and stays so
    this.lastEnd = 0; // where it was when it was scrolled to; 0: nobody can have scrolled since
    this.frame = 0;
    /** @type {Map<string, number>} */
    this.heights = new Map(); // of wrapped blocks, as far as they were drawn
    /** @type {Map<string, DrawnBlock>} */
    this.drawn = new Map();
    this.sheet = make("div", { class: "dj-out-sheet" });
    this.scroller = make("div", { class: "dj-out-lines", tabindex: "0", role: "region", "aria-label": "Printed lines" }, this.sheet);
    this.scroller.addEventListener("scroll", () => this.drawSoon(), { passive: true });
    new ResizeObserver(() => this.resized()).observe(this.scroller);
  }

  forget() {
    this.heights = new Map();
    this.atEnd = true;
    this.lastEnd = 0;
    for (const { el } of this.drawn.values()) el.remove();
    this.drawn = new Map();
  }

  resized() {
    if (this.wrapped) this.heights.clear();
    if (this.atEnd) this.stick();
    this.drawSoon();
  }

  drawSoon() {
    this.frame ||= requestAnimationFrame(() => {
      this.frame = 0;
      this.atEnd = this.scroller.scrollTop + this.scroller.clientHeight >= this.scroller.scrollHeight - ROW;
      this.draw();
    });
  }

  /** Scrolls to the end, unless somebody has scrolled up since; the scroll event may not have come yet. */
  stick() {
    const { scrollTop, clientHeight, scrollHeight } = this.scroller;
    this.atEnd = scrollTop >= this.lastEnd - ROW || scrollTop + clientHeight >= scrollHeight - ROW;
    if (!this.atEnd) return;
    this.scroller.scrollTop = scrollHeight;
    this.lastEnd = this.scroller.scrollTop;
  }

  // --- places

  place() {
    let top = 0;
    for (const block of this.blocks.list) {
      block.top = top;
      block.height = (this.wrapped && this.heights.get(block.key)) || block.count * ROW + (block.first ? TEXT_HEAD : 0);
      top += block.height;
    }
    this.sheet.style.height = `${top}px`;
  }

  /** Takes the heights of wrapped blocks; whether one is not as high as thought. */
  measure() {
    let changed = false;
    for (const [key, { el }] of this.drawn) {
      if (this.heights.get(key) === el.offsetHeight) continue;
      this.heights.set(key, el.offsetHeight);
      changed = true;
    }
    return changed;
  }

  // --- drawing

  draw() {
    if (!this.scroller.isConnected || !this.blocks.list.length) return;
    for (let round = 0; round < (this.wrapped ? 3 : 1); round += 1) { // the height of a wrapped block is known once it is drawn
      this.place();
      if (this.atEnd) this.stick();
      this.drawInSight();
      if (!this.wrapped || !this.measure()) break;
    }
    if (this.wrapped) this.place();
    if (this.atEnd) this.stick();
  }

  drawInSight() {
    const { scrollTop, clientHeight } = this.scroller;
    const [from, to] = [scrollTop - clientHeight / 2, scrollTop + 1.5 * clientHeight];
    const seen = this.blocks.list.filter(({ top, height }) => top + height >= from && top <= to);
    const kept = new Set(seen.map(({ key }) => key));
    for (const [key, { el }] of this.drawn) {
      if (kept.has(key)) continue;
      el.remove();
      this.drawn.delete(key);
    }
    for (const block of seen) this.drawBlock(block).style.top = `${block.top}px`;
    this.blocks.want(this.blocks.missing(seen));
  }

  /** @param {Block} block - its element, made anew where something in it has changed */
  drawBlock(block) {
    const { wanted, hit } = this.search(), rows = this.blocks.rowsOf(block.key), before = this.drawn.get(block.key);
    const drawnAs = `${wanted} ${hit} ${block.count} ${block.text.live}`;
    if (before && before.rows === rows && before.drawnAs === drawnAs) return before.el;
    const el = this.block(block, rows);
    if (before) before.el.replaceWith(el);
    else this.sheet.append(el);
    this.drawn.set(block.key, { el, rows, drawnAs });
    return el;
  }

  /** @param {Block} block @param {OutputRow[]} rows */
  block({ key, count, text, first }, rows) {
    const lines = rows.map((row, number) => this.line(row, `${key}.${number}`));
    if (rows.length < count) lines.push(make("div", { class: "dj-out-gap" }, "…"));
    return make("div", { class: "dj-out-block", "data-stream": text.stream }, first ? this.head(text) : null, ...lines);
  }

  /** @param {OutputText} text */
  head({ phase, stream, live, rows }) {
    const none = live && !rows.length ? make("span", { class: "dj-none" }, "Nothing printed so far.") : null;
    return make("h4", { class: "dj-out-head" }, phase, stream ? make("span", { class: "dj-out-stream" }, stream) : null, none, live ? this.clock : null);
  }

  /** @param {OutputRow} row @param {string} place */
  line(row, place) {
    const { wanted, hit } = this.search(), marks = wanted ? matchesIn(textOf(row), wanted) : [];
    const line = make("div", { class: "dj-out-row", "data-goes-on": goesOn(row), "data-hit": hit === place ? "current" : null });
    let at = 0;
    for (const [text, style] of spansOf(row)) {
      const parts = cutAtMarks(text, at, marks).map(([part, marked]) => (marked ? make("mark", {}, part) : part));
      const css = this.blocks.styles.get(style), span = css ? make("span", {}, ...parts) : null;
      if (span) span.style.cssText = css ?? "";
      line.append(...(span ? [span] : parts));
      at += text.length;
    }
    return line;
  }

  // --- moving

  /** @param {boolean} wrapped - the line at the top stays there */
  wrap(wrapped) {
    const first = this.blocks.list.find(({ top, height }) => top + height > this.scroller.scrollTop);
    const share = first ? (this.scroller.scrollTop - first.top) / first.height : 0, { atEnd } = this;
    this.wrapped = wrapped;
    this.heights.clear();
    this.draw();
    if (atEnd || !first) return;
    this.scroller.scrollTop = first.top + share * first.height;
    this.draw();
  }

  /** @param {string} place - of a row, e.g. "0.2.17" */
  show(place) {
    const [text, number, row] = place.split(".").map(Number), block = this.blocks.list.find(({ key }) => key === `${text}.${number}`);
    if (!block) return;
    this.atEnd = false;
    this.place();
    const bring = (/** @type {number} */ top) => { this.scroller.scrollTop = Math.max(0, top - this.scroller.clientHeight / 2); };
    bring(block.top + (block.first ? TEXT_HEAD : 0) + (row ?? 0) * ROW);
    this.draw();
    const line = /** @type {HTMLElement | null | undefined} */ (this.drawn.get(block.key)?.el.querySelector("[data-hit]"));
    const mark = line?.querySelector("mark");
    if (line && this.wrapped) { bring(/** @type {HTMLElement} */ (line.parentElement).offsetTop + line.offsetTop); this.draw(); }
    if (mark && !this.wrapped) this.scroller.scrollLeft = Math.max(0, mark.offsetLeft + mark.offsetWidth + 40 - this.scroller.clientWidth);
  }

  showEnd() {
    this.atEnd = true; // wrapped, blocks on the way are higher than thought
    this.lastEnd = 0;
    this.draw();
  }
}
