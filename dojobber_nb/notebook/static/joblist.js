// The jobs as a list. A row is made once; a change of status sets attributes of its row alone.

const ORDERS = { failures: "Failures first", visiting: "Visiting order" };

export default {
  initialize,
  render({ model, el }) {
    let items = [], rows = [], pointed = -1, stopped = -1, halts = {};
    const field = make("input", { type: "search", class: "dj-find", placeholder: "Find a job  ( / )", "aria-label": "Find a job by name", autocomplete: "off", spellcheck: "false", oninput: find, onkeydown: leave });
    const orders = Object.entries(ORDERS).map(([name, label]) => make("button", { type: "button", class: "dj-choice", "data-order": name, onclick: () => model.send({ kind: "order", order: name }) }, label));
    const halt = make("button", { type: "button", class: "dj-choice", onclick: () => toggle(model.get("looked_at")) }, "Breakpoint");
    const counts = make("div", { class: "dj-filter", role: "group", "aria-label": "Show the jobs of one status" });
    const list = make("ul", { class: "dj-rows", role: "listbox", "aria-label": "Jobs. Arrow keys move, Enter selects, b sets a breakpoint." });
    const said = make("span", { role: "status" });
    const clear = make("button", { type: "button", class: "dj-choice", title: "Show all jobs", onclick: () => { field.value = ""; find(); model.send({ kind: "only", status: "" }); } }, "Clear");
    const foot = make("div", { class: "dj-said" }, said, clear);
    const empty = make("p", { class: "dj-empty" });
    const tools = make("div", { class: "dj-tools-row" }, field, make("span", { class: "dj-choices", role: "group", "aria-label": "Order" }, ...orders), halt);
    const top = make("div", { class: "dj-top" }, tools, counts);
    top.inert = true; // until Python has said what is shown
    el.append(top, list, empty, foot);

    // --- rows

    function build() {
      items = model.get("names").map(row);
      pointed = stopped = -1; halts = {};
      rows = items.map((_, index) => index);
      list.replaceChildren(...items.map(({ li }) => li));
      none();
    }

    function row(name, index) {
      const [word, line] = ["dj-word", "dj-line-text"].map((kind) => make("span", { class: kind }));
      const path = drawn("path");
      const dot = make("span", { class: "dj-dot", title: "Breakpoint" });
      const li = make("li", { role: "option", tabindex: "-1", "aria-selected": "false", "data-job": index }, dot,
        drawn("svg", { class: "dj-icon", viewBox: "0 0 20 20", width: 16, height: 16, "aria-hidden": "true" }, path),
        make("span", { class: "dj-name" }, name), word, line);
      return { li, name, path, word, line };
    }

    /** What jobs have turned to, by index. */
    function colour(letters) {
      for (const [index, letter] of Object.entries(letters)) {
        const item = items[index];
        if (!item || item.letter === letter) continue;
        const look = LOOKS[letter.charCodeAt(0) - 97];
        item.letter = letter;
        item.li.dataset.state = look.key;
        item.path.setAttribute("d", look.icon);
        write(item.word, look.word);
        describe(index);
      }
    }

    function describe(index) {
      const { li, name, word, line } = items[index];
      const halted = halts[index] ? `breakpoint ${halts[index]}` : "";
      li.setAttribute("aria-label", [name, word.textContent, line.textContent, halted].filter(Boolean).join(", "));
    }

    /** Has these rows in this order; a row that stays where it is is left alone. */
    function arrange(next) {
      const [kept, focused] = [new Set(next), document.activeElement];
      const moved = next.indexOf(pointed) !== rows.indexOf(pointed), follow = moved && (!model.get("selected") || inSight(items[pointed]?.li));
      for (const index of rows) if (!kept.has(index)) items[index]?.li.remove();
      let at = list.firstChild;
      for (const { li } of next.map((index) => items[index]).filter(Boolean)) {
        if (li === at) at = at.nextSibling;
        else list.insertBefore(li, at);
      }
      rows = next;
      if (focused !== document.activeElement && list.contains(focused)) focused.focus({ preventScroll: true }); // it was moved
      stop(rows.includes(stopped) ? stopped : rows[0] ?? -1);
      none();
      if (follow && items[pointed]) reveal(items[pointed].li); // a job that fails goes to the top: one goes with it
    }

    function none() {
      empty.hidden = Boolean(rows.length);
      list.hidden = !rows.length;
      write(empty, items.length ? "No job matches." : "No graph yet: call configure(RootJob) in a cell, and its jobs are listed here.");
      top.hidden = foot.hidden = !items.length;
    }

    // --- where one is

    function point() {
      const at = model.get("looked_at");
      if (items[pointed]) {
        delete items[pointed].li.dataset.lookedAt;
        items[pointed].li.setAttribute("aria-selected", "false");
      }
      pointed = at;
      halt.hidden = !items[at];
      if (!items[at]) return;
      items[at].li.dataset.lookedAt = model.get("selected") ? "selected" : "following";
      items[at].li.setAttribute("aria-selected", "true");
      if (!list.contains(document.activeElement)) stop(rows.includes(at) ? at : rows[0] ?? -1);
      reveal(items[at].li);
      mark();
    }

    /** The one row where Tab enters; arrows go on from there. */
    function stop(index) {
      items[stopped]?.li.setAttribute("tabindex", "-1");
      items[index]?.li.setAttribute("tabindex", "0");
      stopped = index;
    }

    function focus(index) {
      if (!items[index]) return;
      stop(index);
      items[index].li.focus({ preventScroll: true });
      reveal(items[index].li);
    }

    const inSight = (li) => Boolean(li?.isConnected) && li.offsetTop + li.offsetHeight > list.scrollTop && li.offsetTop < list.scrollTop + list.clientHeight;

    /** Scrolls inside the list alone: the page stays where it is. */
    function reveal(li) {
      if (!li.isConnected) return;
      const [from, to] = [li.offsetTop - 30, li.offsetTop + li.offsetHeight + 30];
      if (from < list.scrollTop) list.scrollTop = from;
      else if (to > list.scrollTop + list.clientHeight) list.scrollTop = to - list.clientHeight;
    }

    function mark() {
      const [set, name] = [pointed in halts, items[pointed]?.name];
      halt.setAttribute("aria-pressed", String(set));
      halt.title = set ? `Halts ${halts[pointed]}. Press to remove the breakpoint (b)` : `Halt before ${name} is checked (b)`;
      halt.setAttribute("aria-label", `Breakpoint at ${name}`);
    }

    // --- what is pressed

    const toggle = (index) => model.send({ kind: "halt", job: index, on: !(index in halts) });
    const select = (index) => index in items && model.send({ kind: "select", job: index });
    const indexOf = (target) => Number(target.closest?.("[data-job]")?.dataset.job ?? -1);
    const along = (index, by) => focus(rows[Math.min(rows.length - 1, Math.max(0, rows.indexOf(index) + by))]);
    const page = () => Math.max(1, Math.floor(list.clientHeight / list.firstChild.offsetHeight) - 1);

    function find() { model.send({ kind: "find", text: field.value }); }

    function leave(event) {
      if (event.key === "Enter") {
        select(rows[0]);
        focus(rows[0]);
      } else if (event.key === "Escape") {
        field.value = "";
        find();
        focus(rows.includes(stopped) ? stopped : rows[0]);
      } else if (event.key === "ArrowDown") focus(rows[0]);
      else return;
      event.preventDefault();
    }

    const KEYS = {
      ArrowDown: (i) => along(i, 1), ArrowUp: (i) => along(i, -1), PageDown: (i) => along(i, page()), PageUp: (i) => along(i, -page()),
      Home: () => focus(rows[0]), End: () => focus(rows.at(-1)), Enter: select, " ": select, b: toggle,
      Escape: () => model.send({ kind: "select", job: -1 }),
    };
    list.addEventListener("keydown", (event) => {
      const index = indexOf(event.target);
      if (index < 0 || !KEYS[event.key] || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      KEYS[event.key](index);
    });
    list.addEventListener("click", (event) => {
      const index = indexOf(event.target);
      if (index < 0) return;
      stop(index);
      if (event.target.classList.contains("dj-dot")) toggle(index); else select(index);
    });
    el.addEventListener("keydown", (event) => {
      if (event.key !== "/" || event.target === field || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      field.focus();
      field.select();
    });

    const hears = {
      statuses: (all) => colour({ ...all }),
      turned: colour,
      lines(lines) {
        for (const [index, text] of Object.entries(lines)) if (items[index]) { write(items[index].line, text); items[index].li.title = text; describe(index); }
      },
      shown({ rows: next, said: text, find: wanted, only, order }) {
        arrange(next);
        write(said, text);
        top.inert = false;
        clear.hidden = !wanted && !only;
        if (document.activeElement !== field) field.value = wanted;
        for (const one of orders) one.setAttribute("aria-pressed", String(one.dataset.order === order));
        press(only);
      },
      halts(next) {
        const changed = new Set([...Object.keys(halts), ...Object.keys(next)]);
        halts = next;
        for (const index of changed) {
          items[index]?.li.toggleAttribute("data-halts", index in halts);
          if (items[index]) describe(index);
        }
        mark();
      },
      counts(next) {
        const shown = new Map([...counts.children].map((one) => [one.dataset.status, one]));
        counts.replaceChildren(...next.map(([status, letter, text]) => count(shown.get(status), status, letter, text)));
        press(chosen);
      },
    };

    let chosen = "";
    function press(only) {
      chosen = only;
      for (const one of counts.children) one.setAttribute("aria-pressed", String(one.dataset.status === only));
    }

    function count(there, status, letter, text) {
      const made = there ?? make("button", { type: "button", class: "dj-choice", "data-status": status, onclick: () => model.send({ kind: "only", status: chosen === status ? "" : status }) },
        icon(LOOKS[letter.charCodeAt(0) - 97].key, 14), make("span"));
      write(made.lastChild, text.slice(text.indexOf(" ") + 1)); // its sign is the icon
      return made;
    }

    const recolour = () => colour({ ...model.get("statuses") });
    const view = begin(model, el, "joblist", hears);
    model.on("change:names", () => { build(); recolour(); point(); });
    model.on("change:statuses", recolour);
    model.on("change:looked_at change:selected", point);
    build(); recolour(); point();
    view.shown();
    return () => view.hidden();
  },
};
