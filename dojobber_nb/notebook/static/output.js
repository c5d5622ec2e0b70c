// What the phases of an attempt printed. Of all its lines those in sight, and some around them, are in the page; what is
// not there yet is asked for. Texts are made of blocks of rows: see notebook/widgets/output.py.

const LINE = 18, HEAD = 30; // px, as in the style sheet
const AT_ONCE = 50; // blocks that are asked for in one message
const MARKED = 200; // matches that are marked in one row

/** The texts of a pane with what it tells of their blocks, each whole: {name, text}. */
function wholeTexts({ texts, blocks = {} }) {
  return texts.map(({ phase, stream, rows }, at) => ({
    name: `${phase}, ${stream}`,
    text: joined(rows.flatMap((_, number) => blocks[`${at}.${number}`]?.[1] ?? [])),
  }));
}

const goesOn = (row) => typeof row !== "string" && row[0] === 0;
const spansOf = (row) => (typeof row === "string" ? [[row, ""]] : goesOn(row) ? row.slice(1) : row);
const textOf = (row) => (typeof row === "string" ? row : spansOf(row).map(([text]) => text).join(""));
const joined = (rows) => rows.map((row, at) => (at && !goesOn(row) ? "\n" : "") + textOf(row)).join("");

function outputView({ clock, ask }) {
  let of = null, texts = [], name = ""; // the job and the attempt, what it printed, and what the job is called
  let list = []; // the blocks of all texts, in order: {key, count, text, first, top, height}
  let rows = new Map(), styles = new Map(), asked = new Set(), heights = new Map(), drawn = new Map();
  let wrap = false, matches = [], current = -1, whole = null; // whole: what is to be done once all blocks are there
  const field = make("input", { type: "search", class: "dj-find", placeholder: "Search the output", "aria-label": "Search the output", autocomplete: "off", spellcheck: "false", oninput: () => seek(), onkeydown: keys });
  const count = make("span", { class: "dj-none", role: "status" });
  const step = (label, title, by) => make("button", { type: "button", class: "dj-tool", title, "aria-label": title, onclick: () => go(by) }, label);
  const [back, on] = [step("▲", "Previous match (Shift+Enter)", -1), step("▼", "Next match (Enter)", 1)];
  const folding = make("button", { type: "button", class: "dj-choice", "aria-pressed": "false", onclick: () => turn(!wrap) }, "Wrap");
  const saving = make("button", { type: "button", class: "dj-choice", title: "Download the output as a text file", onclick: () => complete(save) }, "Download");
  const top = make("div", { class: "dj-out-tools", role: "group", "aria-label": "Output" }, field, count, back, on, folding, saving);
  const sheet = make("div", { class: "dj-out-sheet" });
  const scroller = make("div", { class: "dj-out-lines", tabindex: "0", role: "region", "aria-label": "Printed lines", onkeydown: keys }, sheet);
  const el = make("div", { class: "dj-out" }, top, scroller);
  scroller.addEventListener("scroll", () => later(), { passive: true });
  new ResizeObserver(() => { if (wrap) heights.clear(); if (low) stick(); later(); }).observe(scroller);

  // --- what there is

  function show(told, job) {
    const now = [told.job, told.number];
    if (String(of) !== String(now)) forget(now);
    [texts, name] = [told.texts, job];
    const before = new Map(list.map((one) => [one.key, one.count]));
    list = texts.flatMap((text, at) => (text.rows.length ? text.rows : [0]).map((rows, number) => ({ key: `${at}.${number}`, count: rows, text, first: number === 0 })));
    for (const { key, count: rows } of list) if (before.get(key) !== rows) heights.delete(key);
    if (told.blocks) take({ of, blocks: told.blocks, styles: told.styles });
  }

  function forget(now) {
    of = now;
    rows = new Map(); asked = new Set(); heights = new Map(); matches = []; current = -1; whole = null; low = true;
    for (const { el: gone } of drawn.values()) gone.remove();
    drawn = new Map();
  }

  function take(told) {
    if (String(told.of) !== String(of)) return;
    for (const [key, css] of Object.entries(told.styles)) styles.set(key, css);
    for (const [key, block] of Object.entries(told.blocks)) {
      asked.delete(key);
      heights.delete(key);
      if (block) rows.set(key, [...(rows.get(key) ?? []).slice(0, block[0]), ...block[1]]); else rows.delete(key);
    }
    if (whole) complete(whole); // a search that waits for this goes to its first match
    else if (field.value) seek(false);
    draw();
  }

  /** Does it once all blocks are there. */
  function complete(act) {
    const missing = list.filter(({ key, count: of }) => of && (rows.get(key)?.length ?? 0) < of).map(({ key }) => key);
    whole = missing.length ? act : null;
    if (missing.length) want(missing); else act();
  }

  function want(keys) {
    const fresh = keys.filter((key) => !asked.has(key)).slice(0, AT_ONCE);
    for (const key of fresh) asked.add(key);
    if (!fresh.length) return;
    ask(of, fresh);
    const at = of;
    setTimeout(() => { if (at === of) { for (const key of fresh) asked.delete(key); later(); if (whole) complete(whole); } }, 3000); // the kernel may have been busy
  }

  // --- drawing

  let low = true, frame = null; // low: the end is in sight, and stays so
  const later = () => { frame ??= requestAnimationFrame(() => { frame = null; low = atEnd(); draw(); }); };
  const atEnd = () => scroller.scrollTop + scroller.clientHeight >= scroller.scrollHeight - LINE;
  const stick = () => { scroller.scrollTop = scroller.scrollHeight; };
  const guess = (one) => one.count * LINE + (one.first ? HEAD : 0);

  function place() {
    let at = 0;
    for (const one of list) {
      one.top = at;
      one.height = (wrap && heights.get(one.key)) || guess(one);
      at += one.height;
    }
    sheet.style.height = `${at}px`;
  }

  function draw() {
    if (!el.isConnected || !list.length) return;
    for (let round = 0; round < (wrap ? 3 : 1); round += 1) { // wrapped, how high a block is is known once it is there
      place();
      if (low) stick();
      lay();
      if (!wrap || !measure()) break;
    }
    if (wrap) place();
    if (low) stick();
    tell();
  }

  /** Has the blocks in sight in the page, and no others. */
  function lay() {
    const [from, to] = [scroller.scrollTop - scroller.clientHeight / 2, scroller.scrollTop + 1.5 * scroller.clientHeight];
    const seen = list.filter((one) => one.top + one.height >= from && one.top <= to);
    const kept = new Set(seen.map(({ key }) => key));
    for (const [key, { el: gone }] of drawn) if (!kept.has(key)) { gone.remove(); drawn.delete(key); }
    for (const one of seen) {
      const there = rows.get(one.key) ?? [];
      let each = drawn.get(one.key);
      if (!each || each.rows !== there || each.sign !== sign(one)) {
        const made = block(one, there);
        if (each) each.el.replaceWith(made); else sheet.append(made);
        drawn.set(one.key, each = { el: made, rows: there, sign: sign(one) });
      }
      each.el.style.top = `${one.top}px`;
    }
    want(seen.filter((one) => (rows.get(one.key)?.length ?? 0) < one.count).map(({ key }) => key));
  }

  const sign = (one) => `${field.value} ${current} ${one.count} ${one.text.live}`;

  function block(one, there) {
    const lines = there.map((row, number) => line(row, `${one.key}.${number}`));
    if (there.length < one.count) lines.push(make("div", { class: "dj-out-gap" }, "…"));
    return make("div", { class: "dj-out-block", "data-stream": one.text.stream }, one.first ? head(one.text) : null, ...lines);
  }

  function head({ phase, stream, live, rows: of }) {
    const said = live && !of.length ? make("span", { class: "dj-none" }, "Nothing printed so far.") : null;
    return make("h4", { class: "dj-out-head" }, phase, stream ? make("span", { class: "dj-out-stream" }, stream) : null, said, live ? clock : null);
  }

  function line(row, place) {
    const hit = matches[current] === place ? "current" : null;
    const made = make("div", { class: "dj-out-row", "data-goes-on": goesOn(row), "data-hit": hit });
    const marks = field.value ? found(textOf(row)) : [];
    let at = 0;
    for (const [text, key] of spansOf(row)) {
      const css = styles.get(key);
      const parts = split(text, at, marks).map(([part, marked]) => (marked ? make("mark", {}, part) : part));
      if (css) {
        const span = make("span", {}, ...parts);
        span.style.cssText = css;
        made.append(span);
      } else made.append(...parts);
      at += text.length;
    }
    return made;
  }

  /** The text cut where marks begin and end: [part, whether it is marked]. */
  function split(text, start, marks) {
    const cuts = [...new Set([0, text.length, ...marks.flat().map((at) => at - start)])].filter((at) => at >= 0 && at <= text.length).sort((a, b) => a - b);
    return cuts.slice(1).map((to, number) => [text.slice(cuts[number], to), marks.some(([a, b]) => a - start <= cuts[number] && to <= b - start)]);
  }

  /** Whether a block is higher than it was thought to be. */
  function measure() {
    let changed = false;
    for (const [key, { el: each }] of drawn) {
      const height = each.offsetHeight;
      if (heights.get(key) !== height) { heights.set(key, height); changed = true; }
    }
    return changed;
  }

  // --- searching

  function found(text) {
    const [wanted, all] = [field.value.toLowerCase(), text.toLowerCase()], spans = [];
    for (let at = all.indexOf(wanted); at >= 0 && spans.length < MARKED; at = all.indexOf(wanted, at + wanted.length)) spans.push([at, at + wanted.length]);
    return spans;
  }

  /** Finds the lines with the text; the one that was chosen stays so, else it is the first from where one looks. */
  function seek(moves = true) {
    const chosen = matches[current];
    matches = []; current = -1;
    if (field.value) {
      complete(() => {
        const wanted = field.value.toLowerCase();
        matches = list.flatMap(({ key }) => (rows.get(key) ?? []).flatMap((row, number) => (textOf(row).toLowerCase().includes(wanted) ? [`${key}.${number}`] : [])));
        current = matches.indexOf(chosen);
        if (current < 0 && moves && matches.length) go(1); else tell();
      });
    }
    tell();
    draw();
  }

  function tell() {
    const lines = `${matches.length} line${matches.length === 1 ? "" : "s"}`;
    write(count, !field.value ? "" : whole ? "Loading…" : !matches.length ? "Not found" : current < 0 ? lines : `${current + 1} of ${lines}`);
    back.hidden = on.hidden = !field.value;
  }

  function go(by) {
    if (!matches.length) return;
    current = (current + by + matches.length) % matches.length;
    const [text, number, row] = matches[current].split(".").map(Number);
    const one = list.find(({ key }) => key === `${text}.${number}`);
    low = false;
    place();
    const bring = (at) => { scroller.scrollTop = Math.max(0, at - scroller.clientHeight / 2); };
    bring(one.top + (one.first ? HEAD : 0) + row * LINE);
    draw();
    const line = drawn.get(one.key)?.el.querySelector("[data-hit]"), mark = line?.querySelector("mark");
    if (line && wrap) { bring(line.parentElement.offsetTop + line.offsetTop); draw(); }
    if (mark && !wrap) scroller.scrollLeft = Math.max(0, mark.offsetLeft + mark.offsetWidth + 40 - scroller.clientWidth);
    tell();
  }

  function keys(event) {
    const inField = event.target === field;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Enter" && inField) go(event.shiftKey ? -1 : 1);
    else if (event.key === "Escape" && field.value) { field.value = ""; seek(false); scroller.focus({ preventScroll: true }); }
    else if (event.key === "/" && !inField) field.select();
    else if (event.key.toLowerCase() === "n" && !inField && field.value) go(event.key === "N" ? -1 : 1);
    else if (event.key.toLowerCase() === "w" && !inField) turn(!wrap);
    else if (event.key === "End" && !inField) { low = true; draw(); } // wrapped, blocks on the way are higher than guessed
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  // --- what is pressed

  function turn(to) {
    const first = list.find((one) => one.top + one.height > scroller.scrollTop);
    const share = first ? (scroller.scrollTop - first.top) / first.height : 0;
    wrap = to;
    folding.setAttribute("aria-pressed", String(wrap));
    el.toggleAttribute("data-wrap", wrap);
    heights.clear();
    const end = low;
    draw();
    if (end || !first) return;
    scroller.scrollTop = first.top + share * first.height;
    draw();
  }

  function save() {
    const text = list.filter(({ first }) => first).map(({ text: of, key }) => {
      const at = key.split(".")[0];
      return `== ${of.phase} ${of.stream}\n${joined(of.rows.flatMap((_, number) => rows.get(`${at}.${number}`) ?? []))}\n`;
    }).join("\n");
    const link = make("a", { href: URL.createObjectURL(new Blob([text], { type: "text/plain" })), download: `${name.replace(/[^\p{L}\p{N}_.-]+/gu, "_").slice(0, 80)}-attempt-${of[1]}.txt` });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  }

  return { el, show, take, draw };
}
