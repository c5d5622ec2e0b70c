// A report: the parts of a dashboard, answered from what Python wrote down when the run had come so far.

const { table, told } = JSON.parse(document.getElementById("dj-told").textContent);
const LAST = told.moments - 1;
const URGENT = 3; // looks that stand first in the list: failed, blocked, retrying

let moment = LAST, selected = -1, tab = "", attempt = null; // what is looked at
let sought = { graph: "", joblist: "" }, only = "", order = "failures"; // and what was looked for

// --- what is written down

const known = new Map();
/** What stands at that place of the table: a text, a number, or what the places in it stand for. */
function read(place) {
  if (!known.has(place)) known.set(place, whole(table[place]));
  return known.get(place);
}

function whole(row) {
  if (Array.isArray(row)) return row.map(read);
  if (row === null || typeof row !== "object") return row;
  const [[keys, values]] = Object.entries(row);
  return Object.fromEntries(read(Number(keys)).map((key, number) => [key, read(values[number])]));
}

/** The place that holds at the moment: tracks are moment, place, moment, place …; -1 before the first. */
function placeAt(track = [], at = moment) {
  let [low, high] = [0, track.length / 2];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (track[2 * middle] <= at) low = middle + 1; else high = middle;
  }
  return low ? track[2 * low - 1] : -1;
}
const at = (track, when) => { const place = placeAt(track, when); return place < 0 ? undefined : read(place); };

const names = at(told.parts.joblist["trait names"], LAST) ?? [];
const letterOf = (job, when) => at(told.parts.graph[`turned ${job}`], when) ?? "a";
const lookOf = (job, when) => LOOKS[letterOf(job, when).charCodeAt(0) - 97].key;
const countedAs = (look) => (["check", "run", "recheck"].includes(look) ? "running" : look);
const lookedAt = () => (selected in names ? selected : at(told.parts.graph["trait looked_at"]) ?? -1);

/** What the inspector says of a job at the moment: the statuses of it, and of the jobs beside it, are the graph's. */
function factsOf(index, when) {
  const fixed = at(told.jobs[index].fixed, when);
  const links = (row) => row.map((link) => ({ ...link, state: lookOf(link.job, when) }));
  return { ...fixed, ...at(told.jobs[index].job, when), state: lookOf(index, when), needs: links(fixed.needs), needed_by: links(fixed.needed_by) };
}

// --- what depends on who looks

/** The jobs that are called so and are counted as the chosen ones. */
function left(text) {
  const wanted = text.trim().toLowerCase();
  return names.map((_, job) => job).filter((job) => names[job].toLowerCase().includes(wanted) && (!only || countedAs(lookOf(job)) === only));
}

function rows() {
  const jobs = left(sought.joblist);
  const rank = (job) => Math.min(letterOf(job).charCodeAt(0) - 97, URGENT);
  if (order === "failures") jobs.sort((a, b) => rank(a) - rank(b) || a - b);
  const all = `${names.length} job${names.length === 1 ? "" : "s"}`;
  const said = sought.joblist || only ? `${jobs.length} of ${all}` : all;
  return { rows: jobs, said, find: sought.joblist, only, order };
}

function found() {
  if (!sought.graph && !only) return { jobs: null, said: "", find: "" };
  const jobs = left(sought.graph);
  return { jobs, said: `${jobs.length} of ${names.length}`, find: sought.graph };
}

/** The counts, with the chosen one even where there is none. */
function counts(track, of) {
  const shown = at(track) ?? [];
  if (!only || shown.some(([key]) => key === only)) return shown;
  const look = LOOKS.find(({ key }) => countedAs(key) === only);
  return [...shown, [only, of(look), `${look.sign} 0 ${only === "running" ? only : look.word}`]];
}

const pointed = () => ({ looked_at: lookedAt(), selected: selected in names });

function marks() {
  const facts = selected in names ? factsOf(selected) : null;
  const own = facts ? [...facts.needs.map(({ job }) => `${selected}-${job}`), ...facts.needed_by.map(({ job }) => `${job}-${selected}`)] : [];
  return { ...at(told.parts.graph["trait marks"]), ...Object.fromEntries(own.map((edge) => [edge, "selected"])) };
}

/** The job that is looked at: its facts, and the pane that is open. */
function job() {
  const index = lookedAt();
  const facts = index in names ? factsOf(index) : null;
  if (!facts) return { job: null };
  const chosen = attempt && attempt.job === index && attempt.of === facts.attempts && attempt.number < facts.attempts ? attempt.number : facts.attempts;
  const open = tab || facts.tab;
  const of = { source: "source", attempts: `attempts ${facts.attempts}` }; // these are the same for all attempts
  const pane = { tab: open, job: index, number: chosen, ...at(told.jobs[index][of[open] ?? `${open} ${chosen}`]) };
  return { job: { ...facts, selected: selected in names, attempt: chosen, tab: open }, pane };
}

const ALSO = {
  controls: () => ({ traits: { counts: counts(told.parts.controls["trait counts"], () => 0) }, said: { only } }),
  graph: () => ({ traits: { ...pointed(), marks: marks() }, said: { found: found() } }),
  joblist: () => ({ traits: pointed(), said: { shown: rows(), counts: counts(told.parts.joblist["said counts"], (look) => String.fromCharCode(97 + LOOKS.indexOf(look))) } }),
  timeline: () => ({ traits: pointed(), said: {} }),
  inspector: () => ({ traits: {}, said: job() }),
  travel: () => ({ traits: { at: moment, total: LAST, past: moment < LAST }, said: {} }),
};

// --- parts

/** One of them, with the side of its model that a kernel would have. */
function part(name) {
  const heard = {}, traits = { read_only: true, statuses: "" };
  let said = {};
  const emit = (event, content) => { for (const listener of heard[event] ?? []) listener(content); };
  const say = (kind, content) => emit("msg:custom", { kind, content });
  const model = {
    get: (trait) => traits[trait],
    on(events, listener) { for (const event of events.split(" ")) (heard[event] ??= []).push(listener); },
    send: (content) => HEARS[content.kind]?.(content, { name, say, forget: () => { said = {}; } }),
  };

  /** Says what is new at the moment. */
  function show() {
    const also = ALSO[name](), byKey = {}, sayings = [];
    const news = Object.entries(also.traits);
    for (const [what, track] of Object.entries(told.parts[name] ?? {})) {
      const [kind, key] = what.split(" "), place = placeAt(track);
      if (place < 0) continue;
      if (kind === "trait") { if (!(key in also.traits)) news.push([key, read(place)]); continue; }
      if (said[what] === place || (kind === "said" && key in also.said)) continue;
      said[what] = place;
      if (kind === "said") sayings.push([key, read(place)]); else (byKey[kind] ??= {})[key] = read(place);
    }
    const changed = news.filter(([trait, value]) => JSON.stringify(traits[trait]) !== JSON.stringify(value));
    for (const [trait, value] of changed) traits[trait] = value;
    for (const [trait] of changed) emit(`change:${trait}`);
    for (const [kind, content] of Object.entries(byKey)) say(kind, content);
    for (const [kind, content] of sayings) if (kind === "bars") content.forEach((bars) => say(kind, bars)); else say(kind, content);
    for (const [kind, content] of Object.entries(also.said)) {
      const text = JSON.stringify(content);
      if (text !== undefined && said[`also ${kind}`] !== text) { said[`also ${kind}`] = text; say(kind, content); }
    }
  }
  return { model, show };
}

const parts = Object.fromEntries(Object.keys(MODULES).map((name) => [name, part(name)]));
const refresh = () => { for (const one of Object.values(parts)) one.show(); };

const HEARS = {
  shown(_, { name, forget }) { forget(); parts[name].show(); },
  select({ job: index }) { selected = index in names ? index : -1; refresh(); },
  follow({ on }) { selected = on ? -1 : lookedAt(); refresh(); },
  travel({ to }, { say }) { moment = Math.min(Math.max(to ?? LAST, 0), LAST); refresh(); say("arrived", to); },
  now() { moment = LAST; refresh(); },
  open({ tab: chosen }) { tab = chosen; refresh(); },
  attempt({ number }) { const { job: facts } = job(); attempt = { job: facts.job, number, of: facts.attempts }; refresh(); },
  order({ order: chosen }) { order = chosen; refresh(); },
  only({ status }) { only = status; refresh(); },
  copy({ press }, { say }) { say("copy", read(told.status)); say("answered", [press]); },
  find({ text, take: taken }, { name }) {
    sought[name] = text;
    const [first] = taken && text ? left(text) : [];
    if (first !== undefined) selected = first;
    refresh();
  },
};

// --- every job, to be read one below the other, and printed

const block = (text, name) => (text ? [make("h5", {}, name), make("pre", {}, text)] : []);

function story(index) {
  const tracks = told.jobs[index], facts = factsOf(index, LAST);
  const pane = (kind, number) => at(tracks[`${kind} ${number}`], LAST) ?? {};
  const every = Array.from({ length: facts.attempts }, (_, number) => number + 1);
  const phases = new Map(every.flatMap((number) => (pane("attempts", number).rows ?? []).map((row) => [row.number, row.phases])));
  return [
    make("p", {}, facts.why), facts.doc ? make("p", { class: "dj-none" }, facts.doc) : null,
    ...every.map((number) => make("section", {}, make("h4", {}, `Attempt ${number}`),
      make("ul", {}, ...(phases.get(number) ?? []).map((one) => make("li", {}, `${one.ok ? "✓" : "✕"} ${one.phase} · ${one.seconds}${one.said ? ` · ${one.said}` : ""}`))),
      ...wholeTexts({ texts: [], ...pane("output", number) }).flatMap(({ name, text }) => block(text, name)),
      ...(pane("error", number).errors ?? []).flatMap((one) => block([one.message, ...one.parts.map(frame)].join("\n"), one.title)))),
  ];
}

const frame = (one) => one.text ?? `${one.place}, line ${one.line}, in ${one.name}\n${one.code.replace(/^/gm, "    ")}`;

function entry(name, index) {
  const facts = factsOf(index, LAST);
  const { word } = BY_KEY[facts.state], line = at(told.parts.joblist[`lines ${index}`], LAST) ?? "";
  const body = make("div", { class: "dj-told" });
  const fill = () => { if (!body.firstChild) body.append(...story(index).filter(Boolean)); };
  const summary = make("summary", {}, icon(facts.state), make("h3", { class: "dj-name" }, name), make("span", { class: "dj-none" }, line.startsWith(word) ? line : [word, line].filter(Boolean).join(" · ")));
  const made = make("details", { class: "dj-entry", "data-state": facts.state, ontoggle: () => made.open && fill() }, summary, body);
  return { made, fill };
}

const entries = names.map(entry);
let closed = [];
addEventListener("beforeprint", () => {
  closed = entries.filter(({ made }) => !made.open);
  for (const { made, fill } of entries) { fill(); made.open = true; }
});
addEventListener("afterprint", () => { for (const { made } of closed) made.open = false; });

// --- the page

const dark = () => (document.documentElement.getAttribute("theme") ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
const theme = make("button", { type: "button", class: "dj-choice dj-theme", onclick: () => { document.documentElement.setAttribute("theme", dark() ? "light" : "dark"); nameTheme(); } });
function nameTheme() { write(theme, dark() ? "Light" : "Dark"); theme.title = `Show this in ${dark() ? "light" : "dark"} colours`; }
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", nameTheme);
nameTheme();

const head = read(told.head);
const grid = make("div", { class: "dj-grid widget-box" }, ...Object.keys(MODULES).map((name) => make("div", { "data-part-of": name })));
document.body.append(
  make("header", { class: "dj-head" }, make("h1", {}, head.title), make("p", { class: "dj-stands" }, head.stands), theme,
    make("dl", {}, ...head.facts.map(([term, text]) => make("div", {}, make("dt", {}, term), make("dd", {}, text)))),
    head.note ? make("p", { class: "dj-none" }, head.note) : null),
  make("main", {},
    make("section", { "aria-label": "The run, moment by moment" }, make("h2", { class: "dj-aside" }, "The run, moment by moment"), make("div", { class: "dj-dashboard dj-auto widget-box" }, grid)),
    make("section", { class: "dj-every" }, make("h2", {}, "Every job"), ...entries.map(({ made }) => made))));
for (const { made } of entries) made.open = made.dataset.state === "failed";
refresh();
for (const [name, { render }] of Object.entries(MODULES)) render({ model: parts[name].model, el: grid.querySelector(`[data-part-of=${name}]`) });
