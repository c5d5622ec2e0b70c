// The graph: an SVG that Python drew once. A change of status sets attributes; colours are the style sheet's.

const STEP = 1.25, LEAST = 0.05, MOST = 3; // of the zoom
const PAD = 14; // px around the drawing, as in the style sheet

export default {
  initialize,
  render({ model, el }) {
    let scale = 1, jobs = {}, edges = new Map(), hatches = {}, svg = null; // what is drawn, by the index of the job
    let letters = [...model.get("statuses")], halts = {}, marked = {}, pointed = -1, stopped = -1; // what it shows
    let found = null; // the jobs that are not dimmed
    const scroller = make("div", { class: "dj-scroll" });
    const flag = drawn("g", { "data-part": "next", "aria-hidden": "true" }, drawn("rect", { x: 0, y: -9, width: 40, height: 17, rx: 8 }), drawn("text", { x: 20, y: 4 }, "next"));
    const ghost = drawn("circle", { "data-part": "halt", r: 5.5 });
    const find = make("input", { type: "search", class: "dj-find", placeholder: "/ find", "aria-label": "Find jobs by name", autocomplete: "off", spellcheck: "false",
      oninput: () => model.send({ kind: "find", text: find.value }), onkeydown: (event) => seek(event) });
    const hits = make("span", { class: "dj-none", role: "status" });
    const clear = make("button", { type: "button", class: "dj-choice", title: "Clear the search and show all jobs", onclick: () => { find.value = ""; model.send({ kind: "find", text: "" }); model.send({ kind: "only", status: "" }); } }, "Clear");
    const reach = make("span", { class: "dj-choices", role: "group", "aria-label": "How much is drawn" });
    const turn = make("button", { type: "button", class: "dj-choice", hidden: true, onclick: () => model.send({ kind: "turn" }) });
    const follow = make("button", { type: "button", class: "dj-choice", title: "Scroll along with the job that runs", onclick: () => model.send({ kind: "follow", on: follow.getAttribute("aria-pressed") !== "true" }) }, "Follow");
    const top = make("div", { class: "dj-look", role: "group", "aria-label": "What is shown of the graph" }, find, hits, clear, reach, follow, turn);
    top.inert = true; clear.hidden = true; // until Python has said what is shown
    const legend = make("ul", { class: "dj-legend", "aria-label": "Legend" });
    const tool = (label, title, act) => make("button", { type: "button", class: "dj-tool", title, "aria-label": title, onclick: act }, label);
    const tools = make("div", { class: "dj-tools", role: "toolbar", "aria-label": "Zoom" },
      tool("−", "Zoom out", () => zoom(scale / STEP)),
      tool("+", "Zoom in", () => zoom(scale * STEP)),
      tool("1:1", "Original size", () => zoom(1)),
      tool("Fit", "Fit the whole graph", () => zoom(fitting())));
    const empty = make("p", { class: "dj-empty" }, "No graph yet: call configure(RootJob) in a cell, and it is drawn here.");
    const foot = make("div", { class: "dj-foot" }, legend, make("span", { class: "dj-reads" }, "A → B: A needs B; B comes first"), tools);
    el.append(top, scroller, foot, empty);

    // --- drawing

    function draw() {
      scroller.replaceChildren();
      jobs = {}; edges = new Map(); hatches = {}; svg = null; marked = {}; pointed = stopped = -1;
      const markup = model.get("svg");
      empty.hidden = Boolean(markup);
      scroller.hidden = foot.hidden = top.hidden = !markup;
      if (!markup) return;
      svg = document.importNode(new DOMParser().parseFromString(markup, "image/svg+xml").documentElement, true);
      svg.setAttribute("role", "listbox");
      svg.removeAttribute("font-family"); // the style sheet's is taken
      for (const layer of svg.querySelectorAll("[data-layer]")) layer.setAttribute("role", "presentation");
      for (const g of svg.querySelectorAll("[data-job]")) jobs[g.dataset.job] = job(g);
      for (const g of svg.querySelectorAll("[data-edge]")) edges.set(g.dataset.edge, g);
      scroller.append(svg);
      zoom(scale);
      show(letters);
      halting();
      dim();
    }

    function job(g) {
      const part = (name) => g.querySelector(`[data-part=${name}]`);
      const box = part("box").getAttribute("d").match(/-?[\d.]+/g).map(Number);
      const xs = box.filter((_, i) => i % 2 === 0), ys = box.filter((_, i) => i % 2 === 1);
      const [x, y] = [Math.min(...xs), Math.min(...ys)];
      const [w, h] = [Math.max(...xs) - x, Math.max(...ys) - y];
      const hatch = part("hatch");
      const size = `${w.toFixed(1)} ${h.toFixed(1)}`; // as placed: to a tenth of a px
      hatches[size] ??= hatch.getAttribute("d"); // the first of its size has it
      hatch.setAttribute("d", hatches[size]);
      g.prepend(drawn("rect", { "data-part": "ring", x: x - 4, y: y - 4, width: w + 8, height: h + 8, rx: 12 }));
      for (const [name, value] of Object.entries({ role: "option", tabindex: "-1", "aria-selected": "false" })) g.setAttribute(name, value);
      return { g, x, y, w, h, icon: part("icon"), name: part("name").textContent, line: part("line") };
    }

    // --- showing

    /** What jobs have turned to, by index. */
    function show(turned) {
      for (const [i, letter] of Object.entries(turned)) {
        letters[i] = letter;
        if (jobs[i] && jobs[i].letter !== letter) colour(jobs[i], letter);
      }
      entitle([...new Set(letters)].sort().join(""));
    }

    function colour(job, letter) {
      const look = LOOKS[letter.charCodeAt(0) - 97];
      job.letter = letter;
      job.g.dataset.state = look.key;
      job.icon.setAttribute("d", look.icon);
      describe(job);
    }

    function describe(job) {
      const word = BY_KEY[job.g.dataset.state]?.word ?? "";
      const line = job.line.textContent;
      job.g.setAttribute("aria-label", [job.name, word, line === word ? "" : line, halts[job.g.dataset.job] ? `halts ${halts[job.g.dataset.job]}` : ""].filter(Boolean).join(", "));
    }

    function entitle(present) {
      if (legend.dataset.of === present) return;
      legend.dataset.of = present;
      const looks = [...present].map((letter) => LOOKS[letter.charCodeAt(0) - 97]);
      legend.replaceChildren(...looks.map((look) => make("li", {}, icon(look.key, 14), look.word)));
    }

    function dim() {
      const lit = found && new Set(found);
      for (const [i, { g }] of Object.entries(jobs)) g.toggleAttribute("data-dim", Boolean(lit) && !lit.has(Number(i)));
    }

    function halting() {
      for (const [i, { g, x, y }] of Object.entries(jobs)) {
        const dot = g.querySelector("[data-halts]");
        if (!halts[i]) dot?.remove();
        else if (!dot) g.append(drawn("circle", { "data-part": "halt", "data-halts": true, r: 5.5, cx: x + 3, cy: y + 3 }, drawn("title")));
        if (halts[i]) write(g.querySelector("[data-halts] title"), `The run halts ${halts[i]}`);
        describe(jobs[i]);
      }
    }

    function mark() {
      const marks = model.get("marks");
      for (const key of new Set([...Object.keys(marked), ...Object.keys(marks)])) {
        if (marks[key] === marked[key] || !edges.has(key)) continue;
        const g = edges.get(key);
        if (marks[key]) g.dataset.mark = marks[key]; else delete g.dataset.mark;
        if (marks[key]) g.parentElement.append(g); // on top of the others
      }
      marked = marks;
    }

    function point() {
      const [at, ahead] = [model.get("looked_at"), jobs[model.get("ahead")]];
      el.toggleAttribute("data-still", Boolean(ahead));
      if (ahead) {
        flag.setAttribute("transform", `translate(${ahead.x + ahead.w - 50} ${ahead.y})`);
        ahead.g.append(flag);
      } else flag.remove();
      const was = jobs[pointed];
      if (was) {
        delete was.g.dataset.lookedAt;
        was.g.setAttribute("aria-selected", "false");
      }
      pointed = at;
      follow.setAttribute("aria-pressed", String(!model.get("selected")));
      stop(at in jobs ? at : Object.keys(jobs)[0]);
      if (!(at in jobs)) return;
      jobs[at].g.dataset.lookedAt = model.get("selected") ? "selected" : "following";
      jobs[at].g.setAttribute("aria-selected", "true");
      reveal(jobs[at]);
    }

    /** The one job where Tab enters; arrows go on from there. */
    function stop(index) {
      jobs[stopped]?.g.setAttribute("tabindex", "-1");
      jobs[index]?.g.setAttribute("tabindex", "0");
      stopped = index;
    }

    const hears = {
      alt: (text) => svg?.setAttribute("aria-label", `${text} Arrow keys move, Enter selects.`),
      statuses: (all) => { letters = []; show(all); },
      turned: show,
      halts(told) { halts = told; halting(); },
      found(told) {
        found = told.jobs;
        write(hits, told.said);
        hits.title = told.said;
        clear.hidden = !found;
        if (document.activeElement !== find) find.value = told.find;
        dim();
      },
      view({ direction, depth, depths }) {
        top.inert = false;
        const choice = (name, label) => make("button", { type: "button", class: "dj-choice", "aria-pressed": String(name === depth), onclick: () => model.send({ kind: "around", depth: name }) }, label);
        reach.replaceChildren(make("span", { class: "dj-none" }, "Around"), ...depths.map((name) => choice(name, name)), choice("whole", "Whole"));
        reach.title = "Draw the selected job with its neighbours up to so many steps away, or the whole graph";
        turn.hidden = false;
        write(turn, direction === "down" ? "↓" : "→");
        turn.title = direction === "down" ? "Drawn downwards: press for left to right" : "Drawn from left to right: press for downwards";
        turn.setAttribute("aria-label", turn.title);
      },
      lines(lines) {
        for (const [i, text] of Object.entries(lines)) if (jobs[i]) { write(jobs[i].line, text); describe(jobs[i]); }
      },
    };

    // --- moving about

    function fitting() {
      const { width, height } = svg.viewBox.baseVal;
      return Math.min((scroller.clientWidth - 2 * PAD) / width, (scroller.clientHeight - 2 * PAD) / height, 1);
    }

    function zoom(to, at = { x: scroller.clientWidth / 2, y: scroller.clientHeight / 2 }) {
      const was = scale;
      scale = Math.min(MOST, Math.max(LEAST, to || 1));
      const { width, height } = svg.viewBox.baseVal;
      svg.setAttribute("width", width * scale);
      svg.setAttribute("height", height * scale);
      scroller.scrollLeft = (scroller.scrollLeft + at.x) * (scale / was) - at.x;
      scroller.scrollTop = (scroller.scrollTop + at.y) * (scale / was) - at.y;
    }

    /** Scrolls as far as it takes to see the job, and only inside: the page stays where it is. */
    function reveal({ x, y, w, h }, pad = 24) {
      const along = (from, size, start, room) => (from - pad < start ? from - pad : from + size + pad > start + room ? from + size + pad - room : start);
      scroller.scrollTo({
        left: along(x * scale, w * scale, scroller.scrollLeft, scroller.clientWidth),
        top: along(y * scale, h * scale, scroller.scrollTop, scroller.clientHeight),
        behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "instant" : "smooth",
      });
    }

    const indexOf = (target) => Number(target.closest?.("[data-job]")?.dataset.job ?? -1);
    const select = (index) => index >= 0 && model.send({ kind: "select", job: index });

    function walk(from, dx, dy) {
      const a = jobs[from];
      const joined = [...edges.keys()].map((key) => key.split("-").map(Number)).filter((pair) => pair.includes(from)).flat();
      const far = (b, i) => {
        const [x, y] = [b.x + b.w / 2 - a.x - a.w / 2, b.y + b.h / 2 - a.y - a.h / 2];
        const [ahead, aside] = [x * dx + y * dy, Math.abs(x * dy) + Math.abs(y * dx)];
        return i === from || ahead < 10 ? Infinity : ahead + 2 * aside - (joined.includes(i) ? 60 : 0);
      };
      const away = Object.entries(jobs).map(([i, b]) => [far(b, Number(i)), i]);
      const [least, nearest] = away.reduce((one, other) => (other[0] < one[0] ? other : one));
      if (least < Infinity) focus(nearest);
    }

    function focus(index) {
      stop(index);
      jobs[index].g.focus({ preventScroll: true });
      reveal(jobs[index]);
    }

    const KEYS = {
      ArrowLeft: (i) => walk(i, -1, 0), ArrowRight: (i) => walk(i, 1, 0), ArrowUp: (i) => walk(i, 0, -1), ArrowDown: (i) => walk(i, 0, 1),
      Home: () => focus(Object.keys(jobs)[0]), End: () => focus(Object.keys(jobs).at(-1)), Enter: select, " ": select,
      Escape: () => model.send({ kind: "select", job: -1 }),
      b: (i) => model.send({ kind: "halt", job: i, on: !halts[i] }), "/": () => find.select(),
      "+": () => zoom(scale * STEP), "-": () => zoom(scale / STEP), 0: () => zoom(1),
    };

    function seek(event) {
      if (event.key === "Enter") model.send({ kind: "find", text: find.value, take: true });
      if (event.key !== "Escape" && event.key !== "Enter") return;
      event.preventDefault();
      if (event.key === "Escape") { find.value = ""; model.send({ kind: "find", text: "" }); }
      jobs[stopped]?.g.focus({ preventScroll: true });
    }

    // A dot at the corner of the box that is pointed at: pressed, the run halts there.
    scroller.addEventListener("pointerover", (event) => {
      const job = jobs[indexOf(event.target)];
      if (!job || event.target === ghost) return;
      for (const [name, value] of Object.entries({ cx: job.x + 3, cy: job.y + 3 })) ghost.setAttribute(name, value);
      job.g.append(ghost);
    });
    scroller.addEventListener("pointerleave", () => ghost.remove());

    scroller.addEventListener("keydown", (event) => {
      const index = indexOf(event.target);
      if (index < 0 || !KEYS[event.key] || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      KEYS[event.key](index);
    });
    scroller.addEventListener("wheel", (event) => {
      if (!event.ctrlKey && !event.metaKey) return; // a plain wheel scrolls, here and then the notebook
      event.preventDefault();
      const { left, top } = scroller.getBoundingClientRect();
      zoom(scale * Math.exp(-event.deltaY / 300), { x: event.clientX - left, y: event.clientY - top });
    }, { passive: false });

    let grip = null;
    scroller.addEventListener("pointerdown", (event) => {
      if (event.button === 0 && event.pointerType === "mouse") grip = { x: event.clientX, y: event.clientY, left: scroller.scrollLeft, top: scroller.scrollTop, moved: false };
    });
    scroller.addEventListener("pointermove", (event) => {
      if (!grip) return;
      const [dx, dy] = [event.clientX - grip.x, event.clientY - grip.y];
      if (!grip.moved && Math.hypot(dx, dy) < 5) return;
      if (!grip.moved) scroller.setPointerCapture(event.pointerId);
      grip.moved = true;
      scroller.dataset.grabbed = ""; // not :active, which would have all boxes looked at again at each click
      scroller.scrollTo({ left: grip.left - dx, top: grip.top - dy, behavior: "instant" });
    });
    const release = () => setTimeout(() => { grip = null; delete scroller.dataset.grabbed; });
    scroller.addEventListener("pointerup", release);
    scroller.addEventListener("pointercancel", release);
    scroller.addEventListener("click", (event) => {
      const index = indexOf(event.target);
      if (grip?.moved || index < 0) return;
      if (event.target.dataset.part === "halt") model.send({ kind: "halt", job: index, on: !halts[index] }); else select(index);
    });

    const view = begin(model, el, "graph", hears);
    model.on("change:svg", () => { draw(); mark(); point(); });
    model.on("change:statuses", () => hears.statuses(model.get("statuses")));
    model.on("change:marks", mark);
    model.on("change:looked_at change:ahead change:selected", point);
    draw(); mark(); point();
    const sized = new ResizeObserver(() => model.get("looked_at") in jobs && reveal(jobs[model.get("looked_at")]));
    sized.observe(scroller);
    view.shown();
    return () => { sized.disconnect(); view.hidden(); };
  },
};
