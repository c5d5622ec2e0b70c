// One job, looked into.

const TABS = { attempts: "Attempts", output: "Output", error: "Error", storage: "Storage" };
const STREAMS = { stdout: "stdout", stderr: "stderr", log: "log" };

export default {
  render({ model, el }) {
    const title = make("h3", { class: "dj-title" });
    const pin = make("button", { type: "button", class: "dj-pin", onclick: () => model.send({ kind: "select", job: -1 }) }, "Follow the run");
    const why = make("p", { class: "dj-why" });
    const doc = make("p", { class: "dj-doc" });
    const needs = make("dd"), neededBy = make("dd");
    const facts = make("dl", { class: "dj-needs" }, make("dt", {}, "Needs"), needs, make("dt", {}, "Needed by"), neededBy);
    const tabs = Object.entries(TABS).map(([name, label]) => make("button", { type: "button", role: "tab", "data-tab": name, onclick: () => open(name), onkeydown: along }, label));
    const pane = make("div", { class: "dj-pane", role: "tabpanel", tabindex: "0" });
    const body = make("div", { class: "dj-body" }, make("header", {}, title, pin), why, doc, facts, make("div", { class: "dj-tabs", role: "tablist", "aria-label": "About this job" }, ...tabs), pane);
    const empty = make("p", { class: "dj-empty" }, "No job to look at yet.");
    body.hidden = true;
    el.append(body, empty);

    const open = (tab) => model.send({ kind: "open", tab });

    function along(event) {
      const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!by) return;
      event.preventDefault();
      const to = tabs[(tabs.indexOf(event.currentTarget) + by + tabs.length) % tabs.length];
      to.focus();
      open(to.dataset.tab);
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
      output({ texts }) {
        if (!texts.length) return [none("Nothing was printed while this was watched. What threads of the job print goes to the cell.")];
        const stream = (one, name) => (one[name] ? [make("h5", {}, STREAMS[name]), make("pre", { "data-stream": name }, one[name])] : []);
        return texts.map((one) => make("section", { "data-live": one.live ?? false },
          make("h4", {}, one.phase, one.live ? clock : null), ...Object.keys(STREAMS).flatMap((name) => stream(one, name)),
          one.live && !one.stdout && !one.stderr && !one.log ? none("Nothing printed so far.") : null));
      },
      error({ errors }) {
        if (!errors.length) return [none("It has not failed.")];
        return errors.map((one) => make("section", {}, make("h4", {}, one.title), make("p", { class: "dj-message" }, one.message), make("pre", { class: "dj-traceback" }, one.text)));
      },
      storage({ own, shared }) {
        const part = (label, row, without) => make("section", {}, make("h4", {}, label), row && (row[4].length || row[5]) ? make("ul", { class: "dj-tree" }, ...branches(row)) : none(without));
        return [part("storage", own, "Empty: the last attempt kept nothing here."), part("global_storage", shared, "Empty: no job of this run kept anything here.")];
      },
    };

    const branches = ([, , , , children, cut]) => [...children.map(branch), cut ? make("li", { class: "dj-none" }, `${cut} more`) : null];
    function branch(row) {
      const [key, type, size, text, children, cut] = row;
      const head = [make("span", { class: "dj-key" }, key), make("span", { class: "dj-type" }, size ? `${type}, ${size}` : type), make("span", { class: "dj-text" }, text)];
      if (!children.length && !cut) return make("li", {}, ...head);
      return make("li", {}, make("details", {}, make("summary", {}, ...head), make("ul", {}, ...branches(row))));
    }

    const clock = make("span", { class: "dj-seconds" });
    let began = null;
    const tick = () => write(clock, began === null ? "" : `under way for ${((performance.now() - began) / 1000).toFixed(0)} s`);

    const hears = {
      elapsed(seconds) { began = seconds === null ? null : performance.now() - seconds * 1000; tick(); },
      job(told) {
        body.hidden = !told;
        empty.hidden = Boolean(told);
        if (!told) return;
        el.dataset.state = told.state;
        title.replaceChildren(icon(told.state, 20), make("span", {}, told.name));
        pin.hidden = !told.selected;
        write(why, told.why);
        write(doc, told.doc);
        doc.hidden = !told.doc;
        links(needs, told.needs, "nothing");
        links(neededBy, told.needed_by, "nothing: it is the root");
        for (const tab of tabs) {
          tab.setAttribute("aria-selected", String(tab.dataset.tab === told.tab));
          tab.tabIndex = tab.dataset.tab === told.tab ? 0 : -1;
        }
      },
      pane(told) {
        const low = pane.scrollHeight - pane.scrollTop - pane.clientHeight < 30;
        const same = pane.dataset.of === `${told.tab}-${told.job}`;
        const at = pane.scrollTop;
        pane.dataset.of = `${told.tab}-${told.job}`;
        pane.setAttribute("aria-label", TABS[told.tab]);
        pane.replaceChildren(...PANES[told.tab](told));
        pane.scrollTop = told.tab === "output" && low ? pane.scrollHeight : same ? at : 0; // output is read at its end
      },
    };

    const view = begin(model, el, "inspector", hears);
    const timer = setInterval(tick, 1000);
    view.shown();
    return () => { clearInterval(timer); view.hidden(); };
  },
};
