// What is in the panes of the inspector.

/** Asks Python for what a pane does not hold. @typedef {{locals: (error: number, frame: number) => void, debug: (error: number) => void}} Asks */

/** @param {string} text */
const remark = (text) => make("p", { class: "dj-none" }, text);

// --- attempts

/** @param {{rows: AttemptRow[], earlier: string, tries: string}} pane */
function attemptsPane({ rows, earlier, tries }) {
  if (!rows.length) return [remark("No attempt yet.")];
  return [remark(tries), ...rows.toReversed().map(attemptSection), earlier ? remark(earlier) : null];
}

/** @param {AttemptRow} row */
const attemptSection = ({ number, phases }) =>
  make("section", {}, make("h4", {}, `Attempt ${number}`), make("ol", { class: "dj-phases" }, ...phases.map(phaseItem)));

/** @param {PhaseRow} row */
const phaseItem = ({ phase, ok, seconds, said }) => make("li", { "data-ok": String(ok) },
  make("span", { class: "dj-phase" }, `${ok ? "✓" : "✕"} ${phase}`), make("span", { class: "dj-seconds" }, seconds), make("span", { class: "dj-said" }, said));

// --- trees

/**
 * @param {TreeRow[]} children
 * @param {number} cut - how many more there are
 * @param {boolean} [open]
 * @returns {Child[]}
 */
const treeItems = (children, cut, open = false) =>
  [...children.map((row) => treeItem(row, null, open)), cut ? make("li", { class: "dj-none" }, `${cut} more`) : null];

/** @param {TreeRow} row @param {Child} aside @param {boolean} [open] @returns {HTMLLIElement} */
function treeItem([key, type, size, text, children, cut], aside, open = false) {
  const head = [make("span", { class: "dj-key" }, key), make("span", { class: "dj-type" }, size ? `${type}, ${size}` : type), make("span", { class: "dj-text" }, text)];
  if (!children.length && !cut) return make("li", {}, aside, ...head);
  const below = make("ul", {}, ...treeItems(children, cut, open));
  return make("li", {}, aside, make("details", { open, "data-key": `key ${key}` }, make("summary", {}, ...head), below));
}

// --- storage

/** @param {{own: StorageEntry[], shared: StorageEntry[] | null, notes: {own: string, shared: string}}} pane */
function storagePane({ own, shared, notes }) {
  return [
    storageSection("storage", own, notes.own || (own.length ? "" : "Empty: the attempt kept nothing here.")),
    shared && storageSection("global_storage", shared, notes.shared || (shared.length ? "" : "Empty: no job of this run kept anything here.")),
  ];
}

/** @param {string} name @param {StorageEntry[]} entries @param {string} note */
const storageSection = (name, entries, note) => make("section", {}, make("h4", {}, name),
  entries.length ? make("ul", { class: "dj-tree" }, ...entries.map(storageItem)) : null, note ? remark(note) : null);

/**
 * A key of a storage: its value, whether this phase changed it, and which phase wrote it last.
 * @param {StorageEntry} entry
 */
function storageItem({ row, mark, by, more }) {
  if (more) return make("li", { class: "dj-none" }, `${more} more`);
  const change = mark ? make("b", { class: "dj-mark" }, LABELS.changes[mark]) : null;
  const item = treeItem(row, make("span", { class: "dj-by" }, change, by));
  if (mark) item.dataset.changed = mark;
  return item;
}

// --- errors

/** @param {{errors: JobError[]}} pane @param {Asks} asks */
function errorPane({ errors }, asks) {
  if (!errors.length) return [remark("This attempt has not failed.")];
  return errors.map((error, at) => make("section", {}, make("h4", {}, error.title, debugButton(error, () => asks.debug(at))),
    make("p", { class: "dj-message" }, error.message), chain(error.came_from), ...traceback(error.parts, at, asks)));
}

/** @param {JobError} error @param {() => void} onclick */
const debugButton = ({ parts }, onclick) => (parts.some(({ live }) => live >= 0)
  ? make("button", { type: "button", class: "dj-act dj-debug", title: "Have %debug start at this error", onclick }, "Debug here") : null);

/**
 * Causes, contexts and members of groups as a tree; null for an exception that stands alone.
 * @param {TreeRow | null} row
 */
function chain(row) {
  const [children, cut] = row ? [row[4], row[5]] : [[], 0];
  return children.length || cut ? make("ul", { class: "dj-tree dj-chain", "aria-label": "What it came from" }, ...treeItems(children, cut, true)) : null;
}

/**
 * Frames one below the other. Library frames that follow on each other are folded.
 * @param {TracebackPart[]} parts
 * @param {number} error
 * @param {Asks} asks
 */
function traceback(parts, error, asks) {
  /** @type {HTMLElement[]} */
  const shown = [];
  /** @type {HTMLElement | null} */
  let fold = null;
  for (const part of parts) {
    if (part.folded) shown.push(fold = make("details", { class: "dj-library", "data-key": `library ${shown.length}` }, make("summary", {}, part.folded)));
    if (!part.library) fold = null;
    if (part.text !== undefined) shown.push(make("pre", { class: "dj-traceback" }, part.text));
    else if (fold) fold.append(frame(part, error, asks, false));
    else shown.push(frame(part, error, asks, true));
  }
  return shown;
}

/** @param {TracebackPart} part @param {number} error @param {Asks} asks @param {boolean} open */
function frame({ place, line, name, code, live }, error, asks, open) {
  const known = make("div", { class: "dj-known", "data-known": `${error}-${live}` });
  const ask = live < 0 ? null : make("button", { type: "button", class: "dj-act", onclick: () => asks.locals(error, live) }, "Show locals");
  return make("details", { class: "dj-frame", open, "data-key": `${error} ${place} ${line} ${live}` },
    make("summary", {}, make("span", { class: "dj-key" }, name), make("span", { class: "dj-type" }, `${place}, line ${line}`)),
    make("pre", { class: "dj-code" }, code), ask, known);
}

/** @param {{rows: TreeRow[], cut: number}} locals */
const localsTree = ({ rows, cut }) => (rows.length
  ? make("ul", { class: "dj-tree" }, ...treeItems(rows, cut)) : remark("There are no local variables, or they are no longer kept."));

// --- source

/** @param {{where: string, text: string}} pane */
const sourcePane = ({ where, text }) =>
  (text ? [remark(where), make("pre", { class: "dj-code" }, text)] : [remark("The source of this class is not available.")]);

/** @type {Record<string, (pane: any, asks: Asks) => Child[]>} */
const PANES = { attempts: attemptsPane, error: errorPane, storage: storagePane, source: sourcePane };
