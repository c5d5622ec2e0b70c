// One job, looked into and acted on.

const TABS = { attempts: "Attempts", output: "Output", error: "Error", storage: "Storage", source: "Source" };
const OF_ATTEMPTS = ["output", "error", "storage"];
const ACTS = ["run_to", "check_again", "try_again"];
const MARKS = { added: "+ added", changed: "~ changed", removed: "− removed" };

export default {
  initialize,
  render({ model, el }) {
    const act = acting(model);
    let at = -1, number = 0; // the job and the attempt that are shown
    const title = make("h3", { class: "dj-title" });
    const pin = make("button", { type: "button", class: "dj-pin", onclick: () => model.send({ kind: "select", job: -1 }) }, "Follow the run");
    const why = make("p", { class: "dj-why" });
    const doc = make("p", { class: "dj-doc" });
    const needs = make("dd"), neededBy = make("dd");
    const facts = make("dl", { class: "dj-needs" }, make("dt", {}, "Needs"), needs, make("dt", {}, "Needed by"), neededBy);
    const buttons = Object.fromEntries(ACTS.map((name) => {
      const label = make("span");
      return [name, { label, made: make("button", { type: "button", class: "dj-act", "data-button": name, onclick: (event) => press(name, event), onkeydown: once }, label) }];
    }));
    const halt = make("button", { type: "button", class: "dj-act dj-halt", onclick: () => model.send({ kind: "halt", job: at, on: halt.getAttribute("aria-pressed") !== "true" }) }, "Breakpoint");
    const acts = make("div", { class: "dj-acts", role: "group", "aria-label": "Act on this job" }, ...ACTS.map((name) => buttons[name].made), halt);
    const tabs = Object.entries(TABS).map(([name, label]) => make("button", { type: "button", role: "tab", "data-tab": name, onclick: () => open(name), onkeydown: (event) => along(event) }, label));
    const along = alongTabs(tabs, (tab) => open(tab.dataset.tab));
    const choice = make("select", { class: "dj-select", onchange: () => model.send({ kind: "attempt", number: Number(choice.value) }) });
    const chooser = make("label", { class: "dj-chooser" }, "Attempt", choice);
    const pane = make("div", { class: "dj-pane", role: "tabpanel", tabindex: "0" });
    const body = make("div", { class: "dj-body" }, make("div", { class: "dj-of" }, title, pin), acts, why, doc, facts, make("div", { class: "dj-tabs", role: "tablist", "aria-label": "About this job" }, ...tabs), chooser, pane);
    const empty = make("p", { class: "dj-empty" }, WAITING);
    body.hidden = true;
    el.append(body, empty, act.queued);

    const open = (tab) => model.send({ kind: "open", tab });

    function press(name, event) {
      if (event.currentTarget.getAttribute("aria-disabled") !== "true") act.press(event, { button: name, clicks: event.detail, job: at });
    }

    const labels = {}, off = {}, hints = {};
    function showButtons() {
      for (const [name, { made, label }] of Object.entries(buttons)) showButton(made, label, labels[name] ?? "", off[name], hints[name]);
      act.next();
    }

    function choose({ attempts, attempt: chosen, tab }) {
      chooser.hidden = attempts < 2 || !OF_ATTEMPTS.includes(tab);
      if (choice.length !== attempts) choice.replaceChildren(...Array.from({ length: attempts }, (_, i) => make("option", { value: i + 1 }, `${i + 1} of ${attempts}`)));
      choice.value = chosen;
    }

    const links = (into, jobs, none) => into.replaceChildren(...(jobs.length ? jobs.map((one) => link(model, one)) : [make("span", { class: "dj-none" }, none)]));
    const none = (text) => make("p", { class: "dj-none" }, text);

    const PANES = {
      attempts({ rows, cut, tries }) {
        if (!rows.length) return [none("No attempt yet.")];
        const phase = (one) => make("li", { "data-ok": String(one.ok) }, make("span", { class: "dj-phase" }, `${one.ok ? "✓" : "✕"} ${one.phase}`),
          make("span", { class: "dj-seconds" }, one.seconds), make("span", { class: "dj-said" }, one.said));
        const attempt = (row) => make("section", {}, make("h4", {}, `Attempt ${row.number}`), make("ol", { class: "dj-phases" }, ...row.phases.map(phase)));
        return [make("p", { class: "dj-none" }, tries), ...rows.toReversed().map(attempt), cut ? none(`${cut} earlier attempts are not shown.`) : null].filter(Boolean);
      },
      output(told) {
        return told.texts.length ? [printed.el] : [none("Nothing was printed while a dashboard was open. What the job's own threads print goes to the cell.")];
      },
      error({ errors }) {
        if (!errors.length) return [none("This attempt has not failed.")];
        return errors.map((one, error) => make("section", {}, make("h4", {}, one.title, debug(one, error)), make("p", { class: "dj-message" }, one.message), cameFrom(one.came_from), ...traceback(one.parts, error)));
      },
      storage({ own, shared, notes }) {
        const part = (label, rows, note, without) => make("section", {}, make("h4", {}, label), rows.length ? make("ul", { class: "dj-tree" }, ...rows.map(entry)) : note ? null : none(without), note ? none(note) : null);
        return [part("storage", own, notes.own, "Empty: the attempt kept nothing here."), shared ? part("global_storage", shared, notes.shared, "Empty: no job of this run kept anything here.") : null].filter(Boolean);
      },
      source({ where, text }) {
        return text ? [none(where), make("pre", { class: "dj-code" }, text)] : [none("The source of this class is not at hand.")];
      },
    };

    // --- tracebacks

    /** Causes, contexts and members of groups, one inside the other; nothing of an exception that stands alone. */
    function cameFrom(row) {
      if (!row) return null;
      const [, , , , children, cut] = row;
      return children.length || cut ? make("ul", { class: "dj-tree dj-chain", "aria-label": "What it came from" }, ...branches(children, cut, true)) : null;
    }

    const debug = ({ parts }, error) => (parts.some((part) => part.live >= 0)
      ? make("button", { type: "button", class: "dj-act dj-debug", title: "Have %debug start at this error", onclick: () => model.send({ kind: "debug", number, error }) }, "Debug here") : null);

    /** Frames one below the other; those of libraries that follow on each other are folded into one line. */
    function traceback(parts, error) {
      const told = [];
      let folded = null;
      for (const part of parts) {
        if (!part.library) folded = null;
        else if (!folded) told.push(folded = make("details", { class: "dj-library", "data-key": `library ${told.length}` }, make("summary")));
        if (part.text !== undefined) told.push(make("pre", { class: "dj-traceback" }, part.text));
        else if (folded) folded.append(frame(part, error, false));
        else told.push(frame(part, error, true));
        if (folded) write(folded.firstChild, folded.childElementCount === 2 ? "1 frame in libraries" : `${folded.childElementCount - 1} frames in libraries`);
      }
      return told;
    }

    function frame({ place, line, name, code, live }, error, open) {
      const known = make("div", { class: "dj-known", "data-known": `${error}-${live}` });
      const ask = live < 0 ? null : make("button", { type: "button", class: "dj-act", onclick: () => model.send({ kind: "locals", number, error, frame: live }) }, "Show locals");
      return make("details", { class: "dj-frame", open, "data-key": `${error} ${place} ${line} ${live}` },
        make("summary", {}, make("span", { class: "dj-key" }, name), make("span", { class: "dj-type" }, `${place}, line ${line}`)),
        make("pre", { class: "dj-code" }, code), ask, known);
    }

    // --- trees

    const branches = (children, cut, open = false) => [...children.map((row) => branch(row, null, open)), cut ? make("li", { class: "dj-none" }, `${cut} more`) : null];
    function branch(row, aside, open = false) {
      const [key, type, size, text, children, cut] = row;
      const head = [make("span", { class: "dj-key" }, key), make("span", { class: "dj-type" }, size ? `${type}, ${size}` : type), make("span", { class: "dj-text" }, text)];
      if (!children.length && !cut) return make("li", {}, aside, ...head);
      return make("li", {}, aside, make("details", { open, "data-key": `key ${key}` }, make("summary", {}, ...head), make("ul", {}, ...branches(children, cut, open))));
    }

    /** A key of a storage: what it holds, whether this phase changed it, and who wrote it last. */
    function entry({ row, mark, by, more }) {
      if (more) return make("li", { class: "dj-none" }, `${more} more`);
      const made = branch(row, make("span", { class: "dj-by" }, mark ? make("b", { class: "dj-mark" }, MARKS[mark]) : null, by));
      if (mark) made.dataset.changed = mark;
      return made;
    }

    const clock = make("span", { class: "dj-seconds" });
    const printed = outputView({ clock, ask: (of, blocks) => model.send({ kind: "lines", of, blocks }) });

    const hears = {
      answered: act.answered,
      elapsed(told) { write(clock, told ? `under way ${told.for && `for ${told.for}`}` : ""); },
      job(told) {
        body.hidden = !told;
        empty.hidden = Boolean(told);
        write(empty, "No job to look at yet.");
        if (!told) return;
        [at, number] = [told.job, told.attempt];
        el.dataset.state = told.state;
        title.replaceChildren(icon(told.state, 20), make("span", {}, told.name));
        pin.hidden = !told.selected;
        write(why, told.why);
        write(doc, told.doc);
        doc.hidden = !told.doc;
        links(needs, told.needs, "nothing");
        links(neededBy, told.needed_by, "nothing: it is the root");
        halt.setAttribute("aria-pressed", String(Boolean(told.halts)));
        halt.title = told.halts ? `The run halts ${told.halts}` : "Halt the run before this job's Check";
        choose(told);
        for (const tab of tabs) showTab(tab, tab.dataset.tab === told.tab);
      },
      labels(told) { take(labels, told); showButtons(); },
      off(told) { take(off, told); showButtons(); },
      hints(told) { take(hints, told); showButtons(); },
      pane(told) {
        const of = `${told.tab}-${told.job}-${told.number}`;
        const same = pane.dataset.of === of;
        const at = pane.scrollTop;
        const opened = same ? new Map([...pane.querySelectorAll("details")].map((one) => [one.dataset.key, one.open])) : new Map();
        pane.dataset.of = of;
        pane.dataset.tab = told.tab;
        pane.setAttribute("aria-label", TABS[told.tab]);
        if (told.tab === "output") printed.show(told, title.textContent);
        if (told.tab !== "output" || !same || pane.firstChild !== printed.el) pane.replaceChildren(...PANES[told.tab](told));
        for (const one of pane.querySelectorAll("details")) one.open = opened.get(one.dataset.key) ?? one.open;
        pane.scrollTop = same ? at : 0;
        if (told.tab === "output") printed.draw();
      },
      rows(told) { printed.take(told); },
      locals({ number: of, error, frame, rows, cut }) {
        const into = pane.querySelector(`[data-known="${error}-${frame}"]`);
        if (of === number) into?.replaceChildren(rows.length ? make("ul", { class: "dj-tree" }, ...branches(rows, cut)) : none("There are no local variables, or they are no longer kept."));
      },
    };

    const view = begin(model, el, "inspector", hears);
    view.shown();
    return () => view.hidden();
  },
};
