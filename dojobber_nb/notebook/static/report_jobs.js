// Every job of the report, one below the other: to read and to print.

/** @param {string} text @param {string} title */
const textBlock = (text, title) => (text ? [make("h5", {}, title), make("pre", {}, text)] : []);

/** @param {TracebackPart} part */
const frameText = ({ text, place, line, name, code }) => text ?? `${place}, line ${line}, in ${name}\n${code.replace(/^/gm, "    ")}`;

/** @param {JobError} error */
const errorBlock = ({ title, message, parts }) => textBlock([message, ...parts.map(frameText)].join("\n"), title);

/** @param {PhaseRow} row */
const phaseText = ({ ok, phase, seconds, said }) => [`${ok ? "✓" : "✕"} ${phase}`, seconds, said].filter(Boolean).join(" · ");

/**
 * All attempts at a job.
 * @param {number} job
 */
function jobStory(job) {
  const tracks = jobTracks(job), facts = factsAt(job, LAST);
  const pane = (/** @type {string} */ tab, /** @type {number} */ number) => valueAt(tracks[`${tab} ${number}`], LAST) ?? {};
  const numbers = Array.from({ length: facts.attempts }, (_, at) => at + 1);
  /** @type {AttemptRow[]} */
  const rows = numbers.flatMap((number) => pane("attempts", number).rows ?? []);
  const phases = new Map(rows.map((row) => [row.number, row.phases]));
  const section = (/** @type {number} */ number) => make("section", {}, make("h4", {}, `Attempt ${number}`),
    make("ul", {}, ...(phases.get(number) ?? []).map((phase) => make("li", {}, phaseText(phase)))),
    ...wholeTexts({ texts: [], ...pane("output", number) }).flatMap(({ name, text }) => textBlock(text, name)),
    ...(pane("error", number).errors ?? []).flatMap(errorBlock));
  return [make("p", {}, facts.why), facts.doc ? make("p", { class: "dj-none" }, facts.doc) : null, ...numbers.map(section)];
}

/** The entry of a job: its attempts are made when it is opened. */
class JobEntry {
  /** @param {string} name @param {number} job */
  constructor(name, job) {
    this.job = job;
    const { state } = factsAt(job, LAST), word = LOOK_BY_KEY[state]?.word ?? "", line = valueAt(partTracks("joblist")[`lines ${job}`], LAST) ?? "";
    const said = line.startsWith(word) ? line : [word, line].filter(Boolean).join(" · ");
    this.body = make("div", { class: "dj-told" });
    const summary = make("summary", {}, icon(state), make("h3", { class: "dj-name" }, name), make("span", { class: "dj-none" }, said));
    this.el = make("details", { class: "dj-entry", "data-state": state, ontoggle: () => this.el.open && this.fill() }, summary, this.body);
    this.el.open = state === "failed";
  }

  fill() {
    if (!this.body.firstChild) this.body.append(...jobStory(this.job).filter(isPresent));
  }
}

/** Every job; all are open on paper. */
function jobEntries() {
  const entries = NAMES.map((name, job) => new JobEntry(name, job));
  /** @type {JobEntry[]} */
  let closed = [];
  addEventListener("beforeprint", () => {
    closed = entries.filter(({ el }) => !el.open);
    for (const entry of entries) { entry.fill(); entry.el.open = true; }
  });
  addEventListener("afterprint", () => { for (const { el } of closed) el.open = false; });
  return entries.map(({ el }) => el);
}
