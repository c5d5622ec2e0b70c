// The band, the buttons, the counts and what is to be told.

const GLYPHS = { // 16 × 16
  step: "M3 3l6 5-6 5zM10 3h3v10h-3z", job: "M2 3l5 5-5 5zM7 3l5 5-5 5zM12.5 3H15v10h-2.5z", pass: "M8 2a6 6 0 1 0 5.7 4.2l-1.9.6A4 4 0 1 1 8 4v2.5L12 3.200 8 0z",
  run: "M4 2.500l9 5.500-9 5.500z", pause: "M4 3h3v10H4zM9 3h3v10H9z", interrupt: "M4 4h8v8H4z",
  reset: "M3 2h2v4.300A5 5 0 1 1 3.300 10h2A3 3 0 1 0 6.600 6.500H9v2H3z", cleanup: "M9.500 1h2L9.500 7h2l1 8h-9l1-8h3z", leave: "M4.500 3L8 6.500 11.500 3 13 4.500 9.500 8 13 11.500 11.500 13 8 9.500 4.500 13 3 11.500 6.500 8 3 4.500z",
  again: "M8 2a6 6 0 1 0 5.700 4.200l-1.900.6A4 4 0 1 1 8 4v2.500L12 3.200 8 0z",
  resume: "M2 3h2v10H2zM6 2.500l8 5.500-8 5.500z", rerun: "M8 2a6 6 0 1 0 5.7 4.2l-1.9.6A4 4 0 1 1 8 4v2.5L12 3.200 8 0z", done: "M3 8l3.500 4L13 4.500 11.500 3 6.500 9 4.500 6.500z",
};
const GROUPS = [["step", "job", "pass", "run"], ["pause", "interrupt"], ["reset", "cleanup"]];
const PANES = { graph: "Graph", joblist: "List", timeline: "Timeline", inspector: "Job" };
const UNANSWERED = "the kernel is busy and has not answered yet";
const MODES = { dry: ["Dry run", "Only Checks are called: nothing is changed"], act: ["Act", "Runs and Cleanups are called: they change things"] };

export default {
  initialize,
  render({ model, el }) {
    const act = acting(model);
    const buttons = {};
    const button = (name) => {
      const label = make("span", { class: "dj-label" });
      const glyph = drawn("svg", { viewBox: "0 0 16 16", width: 16, height: 16, "aria-hidden": "true" }, drawn("path", { d: GLYPHS[name] }));
      const made = make("button", { type: "button", class: "dj-button", "data-button": name, onclick: (event) => press(name, event), onkeydown: once }, glyph, label);
      (buttons[name] ??= []).push({ made, label });
      return made;
    };

    function press(name, event) {
      const off = event.currentTarget.getAttribute("aria-disabled") === "true";
      if (off && !(answered && event.detail > 1)) return; // of a double click whose first half has switched it off Python tells
      const content = { button: name, clicks: event.detail, ...(name === "again" ? { job: coloured.job } : {}) };
      if (name === "pause" || name === "interrupt") act.atOnce(event, content); else act.press(event, content);
    }

    const mode = (name) => make("button", { type: "button", role: "radio", class: "dj-mode", "data-mode": name, title: MODES[name][1],
      onclick: (event) => switchTo(name, event), onkeydown: other }, MODES[name][0]);
    function switchTo(name, event) {
      if (!answered || act.waits(event)) return;
      const press = act.wait(event.currentTarget);
      act.inTurn(() => model.send({ kind: "mode", mode: name, press }));
    }
    function other(event) {
      if (!event.key.startsWith("Arrow")) return;
      event.preventDefault();
      const to = modes.find((one) => one !== event.currentTarget);
      to.focus();
      to.click();
    }
    const modes = Object.keys(MODES).map(mode);
    const [says, who, runbook, pass, clock] = ["dj-says", "dj-who", "dj-runbook", "dj-pass", "dj-clock"].map((name) => make("span", { class: name }));
    const band = make("div", { class: "dj-band" },
      make("div", { class: "dj-modes", role: "radiogroup", "aria-label": "Mode" }, ...modes), says,
      make("span", { class: "dj-where" }, runbook, pass, who, clock));
    const bar = make("div", { class: "dj-bar", role: "toolbar", "aria-label": "Run" },
      ...GROUPS.map((names) => make("span", { class: "dj-group" }, ...names.map(button))));
    const status = make("span", { class: "dj-status" }, model.get("read_only") ? "" : WAITING);
    const said = make("span", { class: "dj-aside", role: "status" }); // for those who listen
    const elapsed = make("span", { class: "dj-elapsed" });
    const counts = make("ul", { class: "dj-counts", "aria-label": "Jobs by status" });
    const failures = make("ul", { class: "dj-failures", "aria-label": "Failures" });
    const question = make("span");
    const offer = make("div", { class: "dj-offer", role: "group", "aria-label": "What next" }, question);
    const again = button("again");
    for (const name of ["cleanup", "resume", "rerun", "done", "leave"]) offer.append(button(name));
    const copier = make("button", { type: "button", class: "dj-choice dj-copy", onclick: (event) => answered && !act.waits(event) && model.send({ kind: "copy", press: act.wait(event.currentTarget) }) }, "Copy status");
    const copied = make("div", { class: "dj-copied" });
    const filtered = make("span");
    const filter = make("div", { class: "dj-filtered", role: "status" }, filtered, make("button", { type: "button", class: "dj-choice", title: "Show all jobs", onclick: () => model.send({ kind: "only", status: "" }) }, "Clear"));
    const moment = make("span");
    const past = make("div", { class: "dj-past", role: "status" }, moment, make("button", { type: "button", class: "dj-button", onclick: () => model.send({ kind: "now" }) }, `Back to ${latest(model)}`));
    const hint = model.get("read_only") ? make("p", { class: "dj-hint" }, "The slider goes back to earlier moments of the run.") : null;
    const told = make("div", { role: "alert" });
    const notice = make("div", { class: "dj-notice" }, told, make("button", { type: "button", class: "dj-choice", "aria-label": "Close the notice", onclick: () => { notice.hidden = true; } }, "✕"));
    const panes = Object.entries(PANES).map(([name, label]) => make("button", { type: "button", role: "tab", "aria-selected": "false", "data-pane": name, onclick: () => choose(name), onkeydown: (event) => along(event) }, label));
    const along = alongTabs(panes, (tab) => choose(tab.dataset.pane));
    const gone = make("p", { class: "dj-gone", role: "alert" }, "The kernel that this belongs to has ended, and the run with it: below is how things stood. Run the cell again.");
    // Line and news have a fixed height, and so has the bar: what comes and goes there moves no button and not the graph.
    const line = make("div", { class: "dj-line" }, make("div", { class: "dj-stand" }, act.queued, status, elapsed), make("div", { class: "dj-tally" }, filter, counts), copier);
    const news = make("div", { class: "dj-news" }, again, failures, offer);
    el.append(band, gone, make("div", { class: "dj-bars" }, bar, hint, past), line, news, said,
      make("div", { class: "dj-panes", role: "tablist", "aria-label": "Views of the run" }, ...panes), copied, notice);

    /** One of graph, list and timeline is shown at a time, beside the job; on a narrow page one of all. */
    function turnTo(name) {
      const grid = el.closest(".dj-grid");
      if (!grid) return;
      grid.dataset.pane = name;
      if (name !== "inspector") grid.dataset.view = name;
      for (const one of panes) {
        showTab(one, one.dataset.pane === name);
        const part = grid.querySelector(`:scope > .dj-${one.dataset.pane}`);
        const panel = one.dataset.pane !== "inspector" || getComputedStyle(one).display !== "none"; // beside the others it is none of them
        for (const [attribute, value] of Object.entries({ role: "tabpanel", "aria-label": PANES[one.dataset.pane] })) {
          if (part && panel) part.setAttribute(attribute, value); else part?.removeAttribute(attribute);
        }
      }
    }

    let chosen = ""; // by the user
    function choose(name) {
      chosen = name;
      turnTo(name);
    }

    /** A tab for each part that is there. On a busy machine the parts are drawn one after the other. */
    function arrange() {
      const grid = el.closest(".dj-grid");
      if (!grid) return;
      partsDrawn.observe(grid, { childList: true });
      for (const part of grid.children) partsDrawn.observe(part, { attributeFilter: ["class"] });
      const there = panes.filter((one) => grid.querySelector(`:scope > .dj-${one.dataset.pane}`));
      if (grid.dataset.pane && panes.every((one) => one.hidden !== there.includes(one))) return;
      for (const one of panes) one.hidden = !there.includes(one);
      const narrow = el.clientWidth && el.clientWidth <= 600 && there.find((one) => one.dataset.pane === "joblist"); // a list reads better there
      if (there.length) turnTo(chosen || (narrow || there[0]).dataset.pane);
    }
    const partsDrawn = new MutationObserver(arrange);

    const labels = {}, off = {};
    let coloured = { button: "", job: -1 };
    let answered = Boolean(model.get("read_only")), busy = false, home = "", left = null; // left: it had the focus when it went off
    function showButtons() {
      const hints = model.get("hints");
      for (const [name, label] of Object.entries(answered ? labels : model.get("first_labels"))) {
        for (const one of buttons[name] ?? []) {
          const was = one.made.getAttribute("aria-disabled");
          showButton(one.made, one.label, label, answered ? off[name] : UNANSWERED, hints[name]);
          one.made.toggleAttribute("data-primary", answered && name === coloured.button);
          if (one.made === document.activeElement && was === "false" && off[name]) left = one.made;
        }
      }
      if (!labels.again && again === document.activeElement) buttons.step[0].made.focus(); // a hidden button would lose the focus
      again.hidden = !labels.again;
      for (const one of [...modes, copier]) one.setAttribute("aria-disabled", String(!answered));
      copier.title = answered ? "Copy the status of the run, in five lines" : `Copy status: ${UNANSWERED}`;
      counts.inert = !answered;
      queueMicrotask(moveOn); // when all of this refresh is shown
    }

    /** At the end of a call nobody is left on a button that is off. */
    function moveOn() {
      if (!left || busy) return;
      const to = home === "failure" ? failures.querySelector("button") : home === "copy" ? copier : buttons[home]?.[0].made;
      if (document.activeElement === left && left.getAttribute("aria-disabled") === "true") to?.focus({ preventScroll: true });
      left = null;
    }

    function showBand() {
      const now = model.get("mode");
      el.dataset.mode = now;
      for (const one of modes) {
        one.setAttribute("aria-checked", String(one.dataset.mode === now));
        one.tabIndex = one.dataset.mode === now || !now ? 0 : -1;
      }
      write(says, MODES[now]?.[1] ?? "");
      write(runbook, model.get("runbook"));
      write(pass, model.get("pass_number") ? `pass ${model.get("pass_number")}` : "");
    }

    let only = "";
    function showCounts() { // pressed, the others are dimmed; pressed again, all are there
      const item = ([state, , text]) => make("li", {}, make("button", { type: "button", class: "dj-count", "data-status": state, "aria-pressed": String(state === only),
        title: state === only ? "Show all jobs" : "Show only these jobs", onclick: () => model.send({ kind: "only", status: state === only ? "" : state }) }, text));
      const focused = counts.contains(document.activeElement) ? document.activeElement.dataset.status : null;
      counts.replaceChildren(...model.get("counts").map(item));
      if (focused) counts.querySelector(`[data-status="${focused}"]`)?.focus();
    }

    let later = null;
    function announce() { // what is read out is what stands there, or nothing; it must have time to be heard
      write(said, "");
      later ??= setTimeout(() => { later = null; write(said, status.textContent); }, busy ? 4000 : 1000);
    }

    function showFilter() {
      const [, , text] = model.get("counts").find(([state]) => state === only) ?? [];
      filter.hidden = !only;
      write(filtered, only ? `Only ${(text ?? only).replace(/^\S+ [\d,]+ /, "")}` : ""); // without sign and number
    }

    let offset = null;
    const tick = () => { if (offset !== null) write(clock, new Date(Date.now() + offset * 60000).toISOString().slice(11, 16)); };

    const hears = {
      answered: act.answered,
      host({ who: name, utc_offset }) { write(who, name); offset = utc_offset; tick(); },
      labels(told) { answered = true; take(labels, told); showButtons(); act.next(); },
      busy(now) { busy = now; queueMicrotask(moveOn); },
      home(name) { home = name; },
      off(told) { take(off, told); showButtons(); act.next(); },
      primary(told) { coloured = told; showButtons(); },
      act(text) { modes.find((one) => one.dataset.mode === "act").title = text || MODES.act[1]; },
      only(status) { only = status; showCounts(); showFilter(); },
      past(text) {
        past.hidden = !text;
        write(moment, text && `This is the past: ${text}`);
      },
      status(text) { if (status.textContent !== text) { write(status, text); announce(); } },
      elapsed(told) { write(elapsed, told?.for ?? ""); },
      failures(found) { failures.hidden = !found.length; failures.replaceChildren(...found.map((one) => make("li", {}, one.job < 0 ? one.text : link(model, one)))); },
      offer(asked) {
        offer.hidden = !asked;
        write(question, asked?.[0] ?? "");
        for (const each of offer.querySelectorAll("[data-button]")) each.hidden = !asked?.[1].includes(each.dataset.button);
      },
      copy(text) { handOver(text, copied); },
      notice({ text }) { act.next(); notice.hidden = !text; write(told, text); },
    };
    for (const quiet of [failures, offer, notice, past, copied, filter]) quiet.hidden = true;
    showButtons();

    const view = begin(model, el, "controls", hears);
    model.on("change:mode change:runbook change:pass_number", showBand);
    model.on("change:counts", () => { showCounts(); showFilter(); });
    model.on("change:hints", showButtons);
    showBand(); showCounts();
    const placed = new ResizeObserver(() => { // a cell that is out of sight has no width to go by
      if (!el.clientWidth) return;
      placed.disconnect();
      arrange();
    });
    placed.observe(el);
    const timer = setInterval(tick, 1000);
    view.shown();
    return () => { clearInterval(timer); clearTimeout(later); placed.disconnect(); partsDrawn.disconnect(); view.hidden(); };
  },
};
