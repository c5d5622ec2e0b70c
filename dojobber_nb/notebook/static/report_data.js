// What Python wrote into the report: a table of texts, and tracks that say which row holds from which moment on.

/** @type {ReportData} */
const { table, told } = JSON.parse(document.getElementById("dj-told")?.textContent ?? "");
const LAST = told.moments - 1;

/** What is looked at, and what is searched for. */
const look = {
  moment: LAST,
  selected: -1,
  tab: "",
  attempt: /** @type {{job: number, number: number, of: number} | null} */ (null), // the one that the user chose
  sought: /** @type {Record<string, string>} */ ({ graph: "", joblist: "" }), // by part
  only: "",
  order: Object.keys(LABELS.orders)[0] ?? "",
};

const READ = new Map();

/**
 * The value of a row of the table: a text, a number, or a list or an object of the rows that it names.
 * @param {number} place
 * @returns {any}
 */
function read(place) {
  if (!READ.has(place)) READ.set(place, readRow(table[place]));
  return READ.get(place);
}

/** @param {any} row */
function readRow(row) {
  if (Array.isArray(row)) return row.map(read);
  if (row === null || typeof row !== "object") return row;
  const [[keys, values]] = /** @type {[[string, number[]]]} */ (Object.entries(row));
  return Object.fromEntries(read(Number(keys)).map((/** @type {string} */ key, /** @type {number} */ number) => [key, read(values[number] ?? -1)]));
}

/**
 * The row that holds at a moment; -1 before the first.
 * @param {Track} track
 */
function placeAt(track, moment = look.moment) {
  let [low, high] = [0, track.length / 2];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (/** @type {number} */ (track[2 * middle]) <= moment) low = middle + 1;
    else high = middle;
  }
  return low ? /** @type {number} */ (track[2 * low - 1]) : -1;
}

/**
 * The value that holds at a moment; undefined before the first.
 * @param {Track | undefined} track
 */
function valueAt(track, moment = look.moment) {
  const place = track ? placeAt(track, moment) : -1;
  return place < 0 ? undefined : read(place);
}

// --- jobs

/** @param {string} name */
const partTracks = (name) => told.parts[name] ?? {};
/** @param {number} job */
const jobTracks = (job) => told.jobs[job] ?? {};

/** @type {string[]} */
const NAMES = valueAt(partTracks("joblist")["trait names"]) ?? [];
const JOBS = [...NAMES.keys()];

/** @param {number} job @returns {string} */
const letterAt = (job, moment = look.moment) => valueAt(partTracks("graph")[`turned ${job}`], moment) ?? "a";
/** @param {number} job */
const placeOfLook = (job) => letterAt(job).charCodeAt(0) - 97;

/** The job that is looked at: the selected one, else the one where something happens. */
const lookedAt = () => (look.selected in NAMES ? look.selected : valueAt(partTracks("graph")["trait looked_at"]) ?? -1);

/**
 * The facts of a job at a moment. Its status, and those of the jobs beside it, are in the tracks of the graph.
 * @param {number} job
 * @returns {JobFacts}
 */
function factsAt(job, moment = look.moment) {
  const tracks = jobTracks(job), fixed = valueAt(tracks.fixed, moment), stateAt = (/** @type {number} */ one) => lookOf(letterAt(one, moment)).key;
  const links = (/** @type {JobLink[]} */ row) => row.map((link) => ({ ...link, state: stateAt(link.job) }));
  return { ...fixed, ...valueAt(tracks.job, moment), state: stateAt(job), needs: links(fixed.needs), needed_by: links(fixed.needed_by) };
}
