// What Python would answer: it depends on what the user selects, searches for and filters.
// tests/browser/test_report_answers.py compares it with Python.

const SEARCH = 200; // characters searched for

/** @param {string} text - without regard to case, as Python's casefold: "ß" is "ss" */
const folded = (text) => text.toUpperCase();

/**
 * The jobs whose name has the text, among those of the chosen status.
 * @param {string} text
 */
function foundJobs(text) {
  return JOBS.filter((job) => folded(NAMES[job] ?? "").includes(folded(text)) && (!look.only || told.rules.counted[placeOfLook(job)] === look.only));
}

/** @param {number} number */
const digits = (number) => number.toLocaleString("en-US");

/** The rows of the list. */
function shownRows() {
  const { only, order } = look, find = look.sought.joblist ?? "", rows = foundJobs(find);
  const rank = (/** @type {number} */ job) => told.rules.rank[placeOfLook(job)] ?? 0;
  if (order === "failures") rows.sort((a, b) => rank(a) - rank(b) || a - b);
  const said = find || only ? `${digits(rows.length)} of ${told.rules.all}` : told.rules.all;
  return { rows, said, find, only, order };
}

/** The boxes of the graph that are not dimmed. */
function foundBoxes() {
  const find = look.sought.graph ?? "";
  if (!find && !look.only) return { jobs: null, said: "", find: "" };
  const jobs = foundJobs(find);
  return { jobs, said: `${digits(jobs.length)} of ${digits(NAMES.length)}`, find };
}

/**
 * The counts, with the status that is shown alone even where no job has it.
 * @template {unknown[]} Count
 * @param {Track | undefined} track
 * @param {(key: string) => Count} empty
 * @returns {Count[]}
 */
function countsWith(track, empty) {
  const counts = valueAt(track) ?? [], has = (/** @type {string} */ key) => counts.some((/** @type {Count} */ [one]) => one === key);
  if (!look.only || has(look.only)) return counts;
  const keys = Object.keys(LABELS.counted), place = (/** @type {Count} */ [key]) => keys.indexOf(String(key));
  return [...counts, empty(look.only)].toSorted((a, b) => place(a) - place(b));
}

/** @param {string} key */
const letterOfCount = (key) => String.fromCharCode(97 + told.rules.counted.indexOf(key));

/** The edges that stand out. */
function markedEdges() {
  const facts = look.selected in NAMES ? factsAt(look.selected) : null, marks = valueAt(partTracks("graph")["trait marks"]);
  const own = facts ? [...facts.needs.map(({ job }) => `${facts.job}-${job}`), ...facts.needed_by.map(({ job }) => `${job}-${facts.job}`)] : [];
  return { ...marks, ...Object.fromEntries(own.map((edge) => [edge, "selected"])) };
}

/** The job that is looked at, and the pane that is open. */
function jobAnswer() {
  const index = lookedAt();
  if (!(index in NAMES)) return { job: null };
  const facts = factsAt(index), { attempts } = facts, chosen = look.attempt;
  const holds = chosen && chosen.job === index && chosen.of === attempts && chosen.number > 0 && chosen.number < attempts;
  const number = holds ? chosen.number : attempts, tab = look.tab || facts.tab;
  const track = { source: "source", attempts: `attempts ${attempts}` }[tab] ?? `${tab} ${number}`; // those two are the same for all attempts
  const pane = { tab, job: index, number, ...valueAt(jobTracks(index)[track]) };
  return { job: { ...facts, selected: look.selected in NAMES, attempt: number, tab }, pane };
}

const pointed = () => ({ looked_at: lookedAt(), selected: look.selected in NAMES });

/** By part the traits and messages that depend on the user. @type {Record<string, () => {traits: Record<string, any>, said: Record<string, any>}>} */
const ANSWERS = {
  controls: () => ({
    traits: { counts: countsWith(partTracks("controls")["trait counts"], (key) => [key, 0, told.rules.empty[key]]) },
    said: { only: look.only },
  }),
  graph: () => ({ traits: { ...pointed(), marks: markedEdges() }, said: { found: foundBoxes() } }),
  joblist: () => ({
    traits: pointed(),
    said: { shown: shownRows(), counts: countsWith(partTracks("joblist")["said counts"], (key) => [key, letterOfCount(key), told.rules.empty[key]]) },
  }),
  timeline: () => ({ traits: pointed(), said: {} }),
  inspector: () => ({ traits: {}, said: jobAnswer() }),
  travel: () => ({ traits: { at: look.moment, total: LAST, past: look.moment < LAST }, said: {} }),
};
