// The drawing of a graph: an SVG that Python made once. A change of status sets attributes; the style sheet has the colours.

/**
 * @typedef {{x: number, y: number, w: number, h: number}} Box
 * @typedef {Box & {g: SVGGElement, icon: Element, name: string, line: Element, letter?: string}} JobBox
 */

const NEAR = 60; // px by which a job that is joined by an edge counts as nearer than others
const FLAG_ROOM = 50; // px from the right end of a box to where the flag "next" begins

/**
 * The place and size of a box, by the numbers in its path.
 * @param {string} path
 * @returns {Box}
 */
function boxOf(path) {
  const numbers = (path.match(/-?[\d.]+/g) ?? []).map(Number);
  const xs = numbers.filter((_, at) => at % 2 === 0), ys = numbers.filter((_, at) => at % 2 === 1);
  const [x, y] = [Math.min(...xs), Math.min(...ys)];
  return { x, y, w: Math.max(...xs) - x, h: Math.max(...ys) - y };
}

/**
 * How far another box is in a direction; Infinity where it does not lie there.
 * @param {Box} from
 * @param {Box} to
 * @param {[dx: number, dy: number]} direction
 */
function distance(from, to, [dx, dy]) {
  const x = to.x + to.w / 2 - from.x - from.w / 2, y = to.y + to.h / 2 - from.y - from.h / 2;
  const ahead = x * dx + y * dy, aside = Math.abs(x * dy) + Math.abs(y * dx);
  return ahead < 10 ? Infinity : ahead + 2 * aside;
}

/** @param {string} markup @returns {SVGSVGElement} */
function parseSvg(markup) {
  const parsed = new DOMParser().parseFromString(markup, "image/svg+xml").documentElement;
  return document.importNode(/** @type {any} */ (parsed), true);
}

/** The boxes and edges of the drawing. Boxes go by the index of their job, edges by "4-2". */
class GraphBoxes {
  constructor() {
    /** @type {SVGSVGElement | null} */
    this.svg = null;
    /** @type {Map<number, JobBox>} */
    this.boxes = new Map();
    /** @type {Map<string, HTMLElement | SVGElement>} */
    this.edges = new Map();
    /** @type {string[]} */
    this.letters = [];
    /** @type {Record<number, string>} */
    this.halts = {};
    /** @type {Record<string, string>} */
    this.marks = {};
    /** @type {Set<number> | null} */
    this.found = null; // the boxes that are not dimmed; null: none is
    this.flag = makeSvg("g", { "data-part": "next", "aria-hidden": "true" },
      makeSvg("rect", { x: 0, y: -9, width: 40, height: 17, rx: 8 }), makeSvg("text", { x: 20, y: 4 }, "next"));
  }

  /** @param {string} markup - of the SVG, or "" */
  draw(markup) {
    this.boxes.clear();
    this.edges.clear();
    this.marks = {};
    this.svg = markup ? parseSvg(markup) : null;
    if (!this.svg) return;
    this.svg.setAttribute("role", "listbox");
    this.svg.removeAttribute("font-family"); // the style sheet's holds
    for (const layer of this.svg.querySelectorAll("[data-layer]")) layer.setAttribute("role", "presentation");
    /** @type {Record<string, string>} */
    const hatches = {};
    for (const g of /** @type {NodeListOf<SVGGElement>} */ (this.svg.querySelectorAll("[data-job]"))) this.boxes.set(Number(g.dataset.job), this.box(g, hatches));
    for (const g of /** @type {NodeListOf<SVGGElement>} */ (this.svg.querySelectorAll("[data-edge]"))) this.edges.set(g.dataset.edge ?? "", g);
    this.showStatuses(this.letters);
    this.showHalts(this.halts);
    this.dim(this.found && [...this.found]);
  }

  /**
   * Makes the group of a job an option of a listbox.
   * @param {SVGGElement} g
   * @param {Record<string, string>} hatches - by size the hatching, which is in the SVG once for each size
   * @returns {JobBox}
   */
  box(g, hatches) {
    const part = (/** @type {string} */ name) => /** @type {Element} */ (g.querySelector(`[data-part=${name}]`));
    const box = boxOf(part("box").getAttribute("d") ?? ""), { x, y, w, h } = box;
    const size = `${w.toFixed(1)} ${h.toFixed(1)}`, hatch = part("hatch"); // boxes are placed to a tenth of a px
    hatches[size] ??= hatch.getAttribute("d") ?? "";
    hatch.setAttribute("d", hatches[size]);
    g.prepend(makeSvg("rect", { "data-part": "ring", x: x - 4, y: y - 4, width: w + 8, height: h + 8, rx: 12 }));
    for (const [name, value] of Object.entries({ role: "option", tabindex: "-1", "aria-selected": "false" })) g.setAttribute(name, value);
    return { ...box, g, icon: part("icon"), name: part("name").textContent ?? "", line: part("line") };
  }

  // --- showing

  /** @param {Record<string, string> | string[]} letters - of all jobs, or of those whose status is new */
  showStatuses(letters) {
    for (const [job, letter] of Object.entries(letters)) {
      this.letters[Number(job)] = letter;
      const box = this.boxes.get(Number(job));
      if (!box || box.letter === letter) continue;
      const look = lookOf(letter);
      box.letter = letter;
      box.g.dataset.state = look.key;
      box.icon.setAttribute("d", look.icon);
      this.describe(Number(job), box);
    }
  }

  /** @param {Record<string, string>} lines - the text below a job's name */
  showLines(lines) {
    for (const [job, text] of Object.entries(lines)) {
      const box = this.boxes.get(Number(job));
      if (!box) continue;
      write(box.line, text);
      this.describe(Number(job), box);
    }
  }

  /** @param {Record<number, string>} halts */
  showHalts(halts) {
    this.halts = halts;
    for (const [job, box] of this.boxes) {
      const { g, x, y } = box, halt = halts[job];
      let dot = g.querySelector("[data-halts]");
      if (!halt) dot?.remove();
      else if (!dot) g.append(dot = makeSvg("circle", { "data-part": "halt", "data-halts": true, r: 5.5, cx: x + 3, cy: y + 3 }, makeSvg("title")));
      if (halt && dot?.firstChild) write(dot.firstChild, `The run halts ${halt}`);
      this.describe(job, box);
    }
  }

  /** @param {number} job @param {JobBox} box */
  describe(job, { g, name, line }) {
    const word = LOOK_BY_KEY[g.dataset.state ?? ""]?.word ?? "", text = line.textContent ?? "";
    const halt = this.halts[job] ? `halts ${this.halts[job]}` : "";
    g.setAttribute("aria-label", [name, word, text === word ? "" : text, halt].filter(Boolean).join(", "));
  }

  /** @param {number[] | null} found - the jobs that are not dimmed; null: all */
  dim(found) {
    this.found = found && new Set(found);
    for (const [job, { g }] of this.boxes) g.toggleAttribute("data-dim", this.found !== null && !this.found.has(job));
  }

  /** @param {Record<string, string>} marks - by edge how it stands out */
  showMarks(marks) {
    for (const key of new Set([...Object.keys(this.marks), ...Object.keys(marks)])) {
      const g = this.edges.get(key), mark = marks[key];
      if (!g || mark === this.marks[key]) continue;
      if (mark) g.dataset.mark = mark;
      else delete g.dataset.mark;
      if (mark) g.parentElement?.append(g); // on top of the others
    }
    this.marks = marks;
  }

  /**
   * Puts the flag "next" on the job that a step would take.
   * @param {number} job
   */
  showNext(job) {
    const box = this.boxes.get(job);
    this.flag.remove();
    if (!box) return;
    this.flag.setAttribute("transform", `translate(${box.x + box.w - FLAG_ROOM} ${box.y})`);
    box.g.append(this.flag);
  }

  // --- keys

  /**
   * The nearest job in a direction; one that is joined by an edge counts as nearer.
   * @param {number} from
   * @param {[dx: number, dy: number]} direction
   */
  neighbour(from, direction) {
    const box = this.boxes.get(from);
    if (!box) return null;
    const joined = new Set([...this.edges.keys()].map((key) => key.split("-").map(Number)).filter((pair) => pair.includes(from)).flat());
    /** @type {number | null} */
    let nearest = null;
    let least = Infinity;
    for (const [job, other] of this.boxes) {
      const far = job === from ? Infinity : distance(box, other, direction) - (joined.has(job) ? NEAR : 0);
      if (far < least) [least, nearest] = [far, job];
    }
    return nearest;
  }
}
