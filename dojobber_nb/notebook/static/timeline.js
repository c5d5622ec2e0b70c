// The attempts as bars over time, a row a job. Rows out of sight are not in the page.

const ROW = 26, SPARE = 4, MOST = 300, LEAST = 4, GAP = 10, END = 40; // px, rows, bars drawn in a row, px
const LINES = 1000; // of the table
const PRINTING = ["beforeprint", "afterprint"];

export default {
  initialize,
  render({ model, el }) {
    let kinds = [], rows = new Map(), order = []; // rows by job, and in visiting order
    let live = [], moment = { count: 0, now: 0 }, axis = { span: 1, ticks: [] }, stopped = null, pointed = -1;
    const head = make("div", { class: "dj-axis", "aria-hidden": "true" });
    const grid = make("div", { class: "dj-ticks", "aria-hidden": "true" });
    const body = make("div", { class: "dj-lanes" });
    const scroller = make("div", { class: "dj-chart", role: "group", "aria-label": "Timeline" }, head, make("div", { class: "dj-field-of-bars" }, grid, body));
    const legend = make("ul", { class: "dj-kinds", "aria-label": "Legend" });
    const empty = make("p", { class: "dj-empty" }, "Nothing has been done yet: attempts show here as bars over time.");
    const caption = make("caption", { class: "dj-aside" }), lines = make("tbody");
    const heads = make("thead", {}, make("tr", {}, ...["Job", "Attempt", "From", "How long", "Result"].map((text) => make("th", { scope: "col" }, text))));
    const sheet = make("details", { class: "dj-sheet", ontoggle: tabulate }, make("summary", {}, "As a table"), make("div", { class: "dj-sheet-rows" }, make("table", {}, caption, heads, lines)));
    el.append(scroller, legend, sheet, empty);

    // --- what there is

    const bar = ([job, attempt, under, kind, begun, over, start, end]) => ({ job, attempt, under, kind, begun, over, start, end, el: null });

    /** The row of a bar's job, made at its first bar. */
    function row(job, names) {
      if (!rows.has(job)) {
        rows.set(job, { job, name: names[job], bars: [], live: [], el: null, drawn: new Set() });
        order = [...rows.values()].sort((a, b) => a.job - b.job);
        order.forEach((one, place) => { one.place = place; });
      }
      return rows.get(job);
    }

    function forget() {
      rows = new Map(); order = []; live = []; stopped = null; pointed = -1;
      body.replaceChildren();
    }

    /** As what it is drawn at this moment: [kind, end], or null where it had not begun. */
    function seen(one) {
      if (one.begun > moment.count) return null;
      const over = one.over > 0 && one.over <= moment.count;
      return over ? [one.kind, one.end] : [one.under, Math.min(moment.now, one.end || moment.now)];
    }

    // --- drawing

    let drawing = null, present = null, whole = false; // on paper all rows are in sight
    const redraw = () => { drawing ??= requestAnimationFrame(() => { drawing = null; draw(); }); };
    const renew = () => { present = null; redraw(); }; // the legend, too

    function draw() {
      empty.hidden = Boolean(order.length);
      scroller.hidden = legend.hidden = sheet.hidden = !order.length;
      body.style.height = `${order.length * ROW}px`;
      const top = Math.floor(scroller.scrollTop / ROW) - SPARE, low = top + Math.ceil(scroller.clientHeight / ROW) + 2 * SPARE;
      for (const one of order) {
        const kept = whole || (one.place >= top && one.place < low) || one.el?.contains(document.activeElement);
        if (kept) lay(one);
        else if (one.el) drop(one);
      }
      if (present === null) { entitle(); tabulate(); }
    }

    function drop(one) {
      one.el.remove();
      one.el = null;
      for (const bar of one.drawn) bar.el = null;
      one.drawn = new Set();
    }

    function lay(one) {
      if (!one.el) {
        one.label = make("button", { type: "button", class: "dj-lane-name", tabindex: "-1", onclick: () => select(one.job) }, one.name);
        one.lane = make("div", { class: "dj-lane-bars" });
        one.el = make("div", { class: "dj-lane", "data-job": one.job }, one.label, one.lane);
        body.append(one.el);
      }
      one.el.style.top = `${one.place * ROW}px`;
      mark(one);
      const bars = [...one.bars, ...one.live].filter(seen);
      const cut = Math.max(0, bars.length - MOST);
      one.label.title = cut ? `${one.name}: ${cut} earlier bars are not drawn` : one.name;
      write(one.label, cut ? `${one.name} (${cut} earlier ones not drawn)` : one.name);
      const drawn = new Set(bars.slice(cut));
      for (const gone of one.drawn) if (!drawn.has(gone)) { gone.el?.remove(); gone.el = null; }
      one.drawn = drawn;
      for (const each of drawn) place(one, each);
    }

    function place(one, each) {
      const [kind, end] = seen(each);
      const [look, words, texture] = kinds[kind];
      const pixels = body.clientWidth ? one.lane.clientWidth / axis.span : 0;
      if (!each.el) {
        each.el = make("button", { type: "button", class: "dj-stretch", tabindex: "-1" });
        each.el.bar = each;
        one.lane.append(each.el);
      }
      if (each.el.dataset.texture !== texture || each.el.dataset.state !== look) {
        Object.assign(each.el.dataset, { state: look, texture });
        each.el.replaceChildren(...(texture === "thin" ? [] : [icon(look, 14)]));
      }
      each.el.style.left = `min(${(100 * each.start) / axis.span}%, 100% - ${LEAST}px)`; // paper is of another width
      each.el.style.width = `max(${texture === "thin" ? 0 : LEAST}px, ${(100 * (end - each.start)) / axis.span}%)`;
      each.el.toggleAttribute("data-narrow", (end - each.start) * pixels < 20);
      const said = `${one.name}, attempt ${each.attempt}: ${words}, ${time(end - each.start)}, from ${time(each.start)} on`;
      if (each.el.title !== said) { each.el.title = said; each.el.setAttribute("aria-label", said); }
      if (!stopped?.el) stop(each);
    }

    const time = (seconds) => (seconds < 0.0005 ? "< 1 ms" : seconds < 0.0995 ? `${(seconds * 1000).toFixed(seconds < 0.00995 ? 1 : 0)} ms` : seconds < 99.5 ? `${seconds.toFixed(seconds < 9.95 ? 1 : 0)} s` : `${(seconds / 60).toFixed(1)} min`);

    function scale() {
      const at = (seconds) => `${(100 * seconds) / axis.span}%`;
      const put = (element, seconds) => { element.style.left = at(seconds); return element; };
      head.replaceChildren(make("div", { class: "dj-marks" }, ...axis.ticks.map(([seconds, text]) => put(make("span", {}, text), seconds))));
      grid.replaceChildren(...axis.ticks.map(([seconds]) => put(make("i"), seconds)));
      thin();
    }

    /** As many marks as there is room for: each, every second one, and so on. */
    function thin() {
      const marks = [...(head.firstChild?.children ?? [])];
      for (const one of marks) one.hidden = false;
      const widest = Math.max(0, ...marks.map((one) => one.offsetWidth));
      const room = head.firstChild?.clientWidth ?? 0, apart = room * ((axis.ticks[1]?.[0] ?? axis.span) / axis.span);
      const each = Math.ceil((widest + GAP) / apart);
      marks.forEach((one, number) => { one.hidden = number % each > 0 || number * apart + widest > room + END; });
    }

    /** The legend has the kinds of bars that there are by now. */
    function entitle() {
      const found = new Set();
      for (const one of order) for (const each of [...one.bars, ...one.live]) { const now = seen(each); if (now) found.add(now[0]); }
      present = [...found].sort((a, b) => a - b);
      if (present.join() === legend.dataset.kinds) return;
      legend.dataset.kinds = present.join();
      const swatch = ([look, , texture]) => make("span", { class: "dj-stretch", "data-state": look, "data-texture": texture, "aria-hidden": "true" }, texture === "thin" ? null : icon(look, 12));
      legend.replaceChildren(...present.map((kind) => make("li", {}, swatch(kinds[kind]), kinds[kind][1])));
    }

    // --- the same in words

    /** The bars as a table, for those who would rather read: made while it is open. */
    function tabulate() {
      if (!sheet.open) return;
      const bars = order.flatMap(({ name, bars, live: under }) => [...bars, ...under].filter(seen).map((one) => [name, one, ...seen(one)]));
      const line = ([name, one, kind, end]) => make("tr", {}, make("th", { scope: "row" }, name),
        ...[one.attempt, time(one.start), time(end - one.start), kinds[kind][1]].map((text) => make("td", {}, String(text))));
      lines.replaceChildren(...bars.slice(0, LINES).map(line));
      if (bars.length > LINES) lines.append(make("tr", {}, make("td", { colspan: "5" }, `${bars.length - LINES} more are not shown`)));
      write(caption, `The phases of each attempt and how long they took: ${bars.length} bars`);
    }

    // --- where one is

    function point() {
      const at = model.get("looked_at");
      const before = rows.get(pointed);
      pointed = at;
      for (const one of [before, rows.get(at)]) if (one?.el) mark(one);
      const there = rows.get(at);
      if (there && !body.contains(document.activeElement)) reveal(there);
    }

    function mark(one) {
      if (one.job === pointed) one.el.dataset.lookedAt = model.get("selected") ? "selected" : "following";
      else delete one.el.dataset.lookedAt;
    }

    /** Scrolls inside the chart alone. */
    function reveal(one) {
      const [from, to] = [one.place * ROW - ROW, (one.place + 3) * ROW];
      if (from < scroller.scrollTop) scroller.scrollTop = Math.max(0, from);
      else if (to > scroller.scrollTop + scroller.clientHeight) scroller.scrollTop = to - scroller.clientHeight;
    }

    /** The one bar where Tab enters; arrows go on from there. */
    function stop(each) {
      stopped?.el?.setAttribute("tabindex", "-1");
      each.el?.setAttribute("tabindex", "0");
      stopped = each;
    }

    // --- what is pressed

    const select = (job) => model.send({ kind: "select", job });
    const drawnOf = (one) => [...one.drawn].sort((a, b) => a.start - b.start || a.begun - b.begun);

    function focus(one, choose) {
      if (!one) return;
      reveal(one);
      draw();
      const bars = drawnOf(one);
      const each = choose(bars);
      if (!each) return;
      stop(each);
      each.el.focus({ preventScroll: true });
    }

    const along = (each, by) => focus(rows.get(each.job), (bars) => bars[bars.indexOf(each) + by]);
    function across(each, by) {
      const next = order.slice(by < 0 ? 0 : rows.get(each.job).place + 1, by < 0 ? rows.get(each.job).place : undefined);
      const one = (by < 0 ? next.reverse() : next).find(({ bars, live: under }) => [...bars, ...under].some(seen));
      focus(one, (bars) => bars.reduce((near, other) => (Math.abs(other.start - each.start) < Math.abs(near.start - each.start) ? other : near)));
    }

    const KEYS = {
      ArrowLeft: (each) => along(each, -1), ArrowRight: (each) => along(each, 1), ArrowUp: (each) => across(each, -1), ArrowDown: (each) => across(each, 1),
      Home: (each) => focus(rows.get(each.job), (bars) => bars[0]), End: (each) => focus(rows.get(each.job), (bars) => bars.at(-1)),
      Escape: () => select(-1),
    };
    body.addEventListener("keydown", (event) => {
      const each = event.target.bar;
      if (!each || !KEYS[event.key] || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      KEYS[event.key](each);
    });
    body.addEventListener("click", (event) => { // Enter and Space click a button, too
      const each = event.target.closest(".dj-stretch")?.bar;
      if (each) { stop(each); select(each.job); }
    });
    scroller.addEventListener("scroll", redraw, { passive: true });

    const hears = {
      begin(told) { kinds = told; forget(); renew(); },
      bars({ bars, names }) {
        for (const one of bars.map(bar)) row(one.job, names).bars.push(one);
        renew();
        point();
      },
      live({ bars, names }) {
        const before = live;
        live = bars.map(bar);
        for (const one of before) rows.get(one.job)?.live.splice(0);
        for (const one of live) {
          const same = before.find((other) => other.job === one.job && other.begun === one.begun);
          row(one.job, names).live.push(same ? Object.assign(same, { end: one.end }) : one);
        }
        renew();
      },
      axis(told) { axis = told; scale(); redraw(); },
      moment([count, now]) { moment = { count, now }; renew(); },
      alt(text) { scroller.setAttribute("aria-label", `${text} Arrow keys move, Enter selects the job.`); },
    };

    const view = begin(model, el, "timeline", hears);
    model.on("change:looked_at change:selected", point);
    const print = ({ type }) => { whole = type === "beforeprint"; draw(); };
    for (const event of PRINTING) addEventListener(event, print);
    const sized = new ResizeObserver(() => { thin(); redraw(); });
    sized.observe(scroller);
    draw();
    view.shown();
    return () => {
      for (const event of PRINTING) removeEventListener(event, print);
      sized.disconnect(); cancelAnimationFrame(drawing); view.hidden();
    };
  },
};
