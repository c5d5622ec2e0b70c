// What an attempt printed: texts made of blocks of rows. A block that is not in the page is asked for.
// See notebook/widgets/output.py.

const BLOCKS_ASKED = 50; // in one message
const MARKS_IN_ROW = 200; // matches that are marked in one row
const ASK_AGAIN = 3000; // ms: the kernel may have been busy

/**
 * A block of a text; top and height are where it is drawn.
 * @typedef {{key: string, count: number, text: OutputText, first: boolean, top: number, height: number}} Block
 */

/**
 * The texts of a pane that has all blocks.
 * @param {{texts: OutputText[], blocks?: Record<string, OutputBlock>}} pane
 */
function wholeTexts({ texts, blocks = {} }) {
  return texts.map(({ phase, stream, rows }, at) => ({
    name: `${phase}, ${stream}`,
    text: joined(rows.flatMap((_, number) => blocks[`${at}.${number}`]?.[1] ?? [])),
  }));
}

/** @param {OutputRow} row - whether it goes on with the line of the row before */
const goesOn = (row) => typeof row !== "string" && row[0] === 0;
/** @param {OutputRow} row @returns {Span[]} */
const spansOf = (row) => (typeof row === "string" ? [[row, ""]] : /** @type {Span[]} */ (goesOn(row) ? row.slice(1) : row));
/** @param {OutputRow} row */
const textOf = (row) => (typeof row === "string" ? row : spansOf(row).map(([text]) => text).join(""));
/** @param {OutputRow[]} rows */
const joined = (rows) => rows.map((row, at) => (at && !goesOn(row) ? "\n" : "") + textOf(row)).join("");

/**
 * Where the text is found, as [begin, end].
 * @param {string} text
 * @param {string} wanted
 */
function matchesIn(text, wanted) {
  const [part, all] = [wanted.toLowerCase(), text.toLowerCase()];
  /** @type {[number, number][]} */
  const spans = [];
  for (let at = all.indexOf(part); at >= 0 && spans.length < MARKS_IN_ROW; at = all.indexOf(part, at + part.length)) spans.push([at, at + part.length]);
  return spans;
}

/**
 * A text that begins at `start`, cut where marks begin and end: [part, whether it is marked].
 * @param {string} text
 * @param {number} start
 * @param {[number, number][]} marks
 * @returns {[string, boolean][]}
 */
function cutAtMarks(text, start, marks) {
  const ends = [0, text.length, ...marks.flat().map((at) => at - start)].filter((at) => at >= 0 && at <= text.length);
  const cuts = [...new Set(ends)].toSorted((a, b) => a - b);
  return cuts.slice(1).map((to, number) => {
    const from = cuts[number] ?? 0;
    return [text.slice(from, to), marks.some(([begin, end]) => begin - start <= from && to <= end - start)];
  });
}

/** The blocks of one attempt, and those that are asked for. */
class OutputBlocks {
  /** @param {{ask: (of: [number, number], keys: string[]) => void, retry: () => void}} options - retry: when no answer came */
  constructor({ ask, retry }) {
    this.ask = ask;
    this.retry = retry;
    /** @type {[job: number, attempt: number]} */
    this.of = [-1, -1];
    /** @type {OutputText[]} */
    this.texts = [];
    /** @type {Block[]} */
    this.list = []; // the blocks of all texts, in order
    /** @type {Map<string, OutputRow[]>} */
    this.rows = new Map();
    /** @type {Map<string, string>} */
    this.styles = new Map();
    /** @type {Set<string>} */
    this.asked = new Set();
    /** @type {(() => void) | null} */
    this.whenComplete = null;
  }

  /** @param {[number, number]} of */
  isOf(of) {
    return String(this.of) === String(of);
  }

  /** @param {[number, number]} of */
  forget(of) {
    this.of = of;
    this.rows = new Map();
    this.asked = new Set();
    this.whenComplete = null;
  }

  /**
   * Takes the texts that there are; the keys of blocks that are new or longer.
   * @param {OutputText[]} texts
   */
  setTexts(texts) {
    this.texts = texts;
    const before = new Map(this.list.map(({ key, count }) => [key, count]));
    this.list = texts.flatMap((text, at) => (text.rows.length ? text.rows : [0]).map((count, number) =>
      ({ key: `${at}.${number}`, count, text, first: number === 0, top: 0, height: 0 })));
    return this.list.filter(({ key, count }) => before.get(key) !== count).map(({ key }) => key);
  }

  /** @param {OutputNews} news */
  take({ blocks, styles }) {
    for (const [key, css] of Object.entries(styles)) this.styles.set(key, css);
    for (const [key, block] of Object.entries(blocks)) {
      this.asked.delete(key);
      if (block) this.rows.set(key, [...this.rowsOf(key).slice(0, block[0]), ...block[1]]);
      else this.rows.delete(key);
    }
  }

  /** @param {string} key */
  rowsOf(key) {
    return this.rows.get(key) ?? [];
  }

  /** @param {Block[]} blocks - the keys of those that lack rows */
  missing(blocks) {
    return blocks.filter(({ key, count }) => this.rowsOf(key).length < count).map(({ key }) => key);
  }

  /**
   * Calls it once all blocks are there.
   * @param {() => void} act
   */
  complete(act) {
    const missing = this.missing(this.list);
    this.whenComplete = missing.length ? act : null;
    if (missing.length) this.want(missing);
    else act();
  }

  /** @param {string[]} keys */
  want(keys) {
    const fresh = keys.filter((key) => !this.asked.has(key)).slice(0, BLOCKS_ASKED), { of } = this;
    if (!fresh.length) return;
    for (const key of fresh) this.asked.add(key);
    this.ask(of, fresh);
    setTimeout(() => {
      if (of !== this.of) return;
      for (const key of fresh) this.asked.delete(key);
      this.retry();
      if (this.whenComplete) this.complete(this.whenComplete);
    }, ASK_AGAIN);
  }

  /** All texts with a heading each, for a file. */
  get file() {
    return this.texts.map(({ phase, stream, rows }, at) =>
      `== ${phase} ${stream}\n${joined(rows.flatMap((_, number) => this.rowsOf(`${at}.${number}`)))}\n`).join("\n");
  }
}
