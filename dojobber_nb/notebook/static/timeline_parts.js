// Around the bars of a timeline: its axis, its legend, and the same as a table.

const MARK_GAP = 10, MARK_END = 40; // px between the marks of the axis, and that its last one may reach beyond its end
const TABLE_ROWS = 1000;
const TABLE_HEADS = ["Job", "Attempt", "From", "How long", "Result"];

/** Marks above the bars, and lines behind them. */
class TimeAxis {
  constructor() {
    this.span = 1; // seconds
    /** @type {[seconds: number, text: string][]} */
    this.ticks = [];
    this.marks = make("div", { class: "dj-marks" });
    this.head = make("div", { class: "dj-axis", "aria-hidden": "true" }, this.marks);
    this.grid = make("div", { class: "dj-ticks", "aria-hidden": "true" });
  }

  /** @param {{span: number, ticks: [number, string][]}} axis */
  show({ span, ticks }) {
    this.span = span;
    this.ticks = ticks;
    /** @template {HTMLElement} T @param {T} element @param {number} seconds */
    const put = (element, seconds) => { element.style.left = this.percent(seconds); return element; };
    this.marks.replaceChildren(...ticks.map(([seconds, text]) => put(make("span", {}, text), seconds)));
    this.grid.replaceChildren(...ticks.map(([seconds]) => put(make("i"), seconds)));
    this.thin();
  }

  /** @param {number} seconds */
  percent(seconds) {
    return `${(100 * seconds) / this.span}%`;
  }

  /** Hides marks that have no room: every second one, and so on. */
  thin() {
    const marks = /** @type {HTMLElement[]} */ ([...this.marks.children]);
    for (const mark of marks) mark.hidden = false;
    const widest = Math.max(0, ...marks.map((mark) => mark.offsetWidth));
    const room = this.marks.clientWidth, apart = room * ((this.ticks[1]?.[0] ?? this.span) / this.span);
    const step = Math.ceil((widest + MARK_GAP) / apart);
    marks.forEach((mark, number) => { mark.hidden = number % step > 0 || number * apart + widest > room + MARK_END; });
  }
}

/** The kinds of the bars that are drawn. */
class BarLegend {
  constructor() {
    this.el = make("ul", { class: "dj-kinds", "aria-label": "Legend" });
  }

  /** @param {BarKind[]} kinds @param {Iterable<number>} places - of the kinds that occur */
  show(kinds, places) {
    const present = [...new Set(places)].toSorted((a, b) => a - b);
    if (present.join() === this.el.dataset.kinds) return;
    this.el.dataset.kinds = present.join();
    this.el.replaceChildren(...present.map((place) => {
      const [look, words, texture] = /** @type {BarKind} */ (kinds[place]);
      const swatch = make("span", { class: "dj-stretch", "data-state": look, "data-texture": texture, "aria-hidden": "true" }, texture === "thin" ? null : icon(look, 12));
      return make("li", {}, swatch, words);
    }));
  }
}

/** The bars as a table. It is made while it is open. */
class BarTable {
  /** @param {() => void} onopen */
  constructor(onopen) {
    this.caption = make("caption", { class: "dj-aside" });
    this.body = make("tbody");
    const heads = make("thead", {}, make("tr", {}, ...TABLE_HEADS.map((text) => make("th", { scope: "col" }, text))));
    this.el = make("details", { class: "dj-sheet", ontoggle: onopen }, make("summary", {}, "As a table"),
      make("div", { class: "dj-sheet-rows" }, make("table", {}, this.caption, heads, this.body)));
  }

  /** @param {string[][]} rows - job, attempt, from, how long, result */
  show(rows) {
    this.body.replaceChildren(...rows.slice(0, TABLE_ROWS).map(([job, ...texts]) =>
      make("tr", {}, make("th", { scope: "row" }, job), ...texts.map((text) => make("td", {}, text)))));
    const left = rows.length - TABLE_ROWS;
    if (left > 0) this.body.append(make("tr", {}, make("td", { colspan: TABLE_HEADS.length }, `${left.toLocaleString("en-US")} more not shown`)));
    write(this.caption, `The phases of each attempt and how long they took: ${counted(rows.length, "bar")}`);
  }
}
