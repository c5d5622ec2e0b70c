// What all modules share. Nothing here decides anything: Python says what to show, the page reports what was pressed.

const SVG = "http://www.w3.org/2000/svg";

/** An element with attributes (on…: listeners; null: left out) and children; texts become text, never markup. */
function make(tag, attributes = {}, ...children) {
  return dress(document.createElement(tag), attributes, children);
}

function drawn(tag, attributes = {}, ...children) {
  return dress(document.createElementNS(SVG, tag), attributes, children);
}

function dress(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value !== null && value !== undefined && value !== false) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

/** Sets the text only where it differs, so that selections and screen readers are left in peace. */
function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

const SLOW = 500; // ms: an answer that takes longer is told of
const QUEUED = "The kernel is busy with a cell; the press is queued.";
const WAITING = "The kernel is busy; this appears when it answers.";
const BY_KEY = Object.fromEntries(LOOKS.map((look) => [look.key, look]));

/** The icon of a state. */
function icon(state, size = 16) {
  const path = drawn("path", { d: BY_KEY[state]?.icon ?? "" });
  return drawn("svg", { class: "dj-icon", "data-state": state, viewBox: "0 0 20 20", width: size, height: size, "aria-hidden": "true" }, path);
}

/** A job's name with the icon of its state; pressed, it is selected. */
function link(model, { job, text, state }) {
  const select = () => model.send({ kind: "select", job });
  const said = state ? BY_KEY[state].word : "";
  return make("button", { class: "dj-link", type: "button", title: said, onclick: select }, state ? icon(state) : null, make("span", {}, text));
}

/** What the keys of a tablist do: arrows go round, Home and End to its ends; those that are not shown are passed over. */
function alongTabs(tabs, open) {
  return (event) => {
    const shown = tabs.filter((tab) => tab.offsetParent);
    const at = shown.indexOf(event.currentTarget);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: -1 }[event.key];
    if (to === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    const tab = shown.at(to % shown.length);
    tab.focus();
    open(tab);
  };
}

function showTab(tab, selected) {
  tab.setAttribute("aria-selected", String(selected));
  tab.tabIndex = selected ? 0 : -1;
}

/** A held key is one press. */
function once(event) {
  if (event.repeat && (event.key === "Enter" || event.key === " ")) event.preventDefault();
}

/** Presses that act: each says the moment that the page showed, and for how long it had shown it.
 * A button waits, and shows it, until Python has answered; `queued` says so in words if that takes its time. */
function acting(model) {
  const queued = make("span", { class: "dj-queued", role: "status" });
  const waiting = new Map(), view = Math.random().toString(36).slice(2); // buttons, by the number of their press
  let shownAt = performance.now(), count = 0;
  let before = Promise.resolve(true), next = () => {};
  model.on("change:moment", () => { shownAt = performance.now(); next(); });
  const report = (moment, content) => model.send({ kind: "press", moment, shown: performance.now() - shownAt, ...content });
  // A press is made at the moment that the page shows once the press before is answered; after half a second without
  // an answer, at the one it showed when it was made: Python then tells whether it comes too late.
  function inTurn(send) {
    const moment = model.get("moment");
    before = before.then((inTime) => {
      send(inTime ? model.get("moment") : moment);
      return new Promise((resolve) => { next = () => resolve(true); setTimeout(() => resolve(false), SLOW); });
    });
  }
  /** The number of a press of that button, which waits for its answer from now on. */
  function wait(button) {
    const press = `${view}-${count += 1}`;
    waiting.set(press, button);
    button.setAttribute("aria-busy", "true");
    setTimeout(() => waiting.has(press) && write(queued, QUEUED), SLOW);
    return press;
  }
  /** Whether it waits already: then one more press is not taken. The second half of a double click is told by Python. */
  const waits = ({ currentTarget: button, detail }) => button.getAttribute("aria-busy") === "true" && (detail < 2 || queued.textContent);
  return {
    inTurn, wait, waits, queued,
    next: () => next(),
    answered(presses) {
      for (const press of presses) {
        waiting.get(press)?.removeAttribute("aria-busy");
        waiting.delete(press);
      }
      if (!waiting.size) write(queued, "");
      next();
    },
    atOnce: (event, content) => waits(event) || report(model.get("moment"), { ...content, press: wait(event.currentTarget) }),
    press(event, content) {
      if (waits(event)) return;
      const press = wait(event.currentTarget);
      inTurn((moment) => report(moment, { ...content, press }));
    },
  };
}

/** Shows a button by what it is called, and why it is off: it keeps the focus, and tells why. */
function showButton(made, label, text, off, hint) {
  write(label, text);
  made.title = off ? `${text}: ${off}` : hint ?? "";
  made.setAttribute("aria-disabled", String(Boolean(off)));
}

/** Takes in what is new of something told by key; null: it is gone. */
function take(known, told) {
  Object.assign(known, told);
  for (const [key, value] of Object.entries(told)) if (value === null) delete known[key];
}

/** What the last moment is called: a run that can only be looked at may have ended long ago. */
const latest = (model) => (model.get("read_only") ? "the end" : "now");

/** Puts the text into the clipboard and says so below; where that is not allowed it stands there, selected. */
async function handOver(text, below) {
  const taken = await (navigator.clipboard?.writeText(text) ?? Promise.reject()).then(() => true, () => false);
  const field = make("textarea", { class: "dj-handed", readonly: true, rows: text.split("\n").length, "aria-label": "Status of the run" });
  field.value = text;
  const close = make("button", { type: "button", class: "dj-choice", onclick: () => { below.hidden = true; } }, "Close");
  below.replaceChildren(make("p", { role: "status" }, taken ? "Copied:" : "The browser does not allow copying. The text is selected: press Ctrl+C or ⌘C."), field, close);
  below.hidden = false;
  if (!taken) { field.focus(); field.select(); }
}

// The views on this page by the address of their part: each module is loaded apart, so they meet here.
const VIEWS = (globalThis[Symbol.for("dojobber views")] ??= new Map());

/** Hands what is for several parts to the views of each, all at once, and says when it is painted if that is asked. */
function initialize({ model }) {
  model.on("msg:custom", ({ kind, content, ack }) => {
    if (kind === "refresh") {
      for (const [address, told] of Object.entries(content)) {
        for (const hear of VIEWS.get(address) ?? []) {
          try { told.forEach(hear); } catch (error) { console.error(error); } // the other parts are shown all the same
        }
      }
    }
    if (!ack) return;
    const acknowledge = () => model.send({ kind: "ack", number: ack });
    if (document.hidden) acknowledge(); else requestAnimationFrame(() => setTimeout(acknowledge)); // nothing is painted there
  });
}

/** Begins a view: it hears what Python says, tells that it is there and, in the end, that it is gone. */
function begin(model, el, name, hears) {
  el.classList.add("dj", `dj-${name}`);
  el.toggleAttribute("data-read-only", Boolean(model.get("read_only")));
  // x, d d and 0 0 are the notebook's, outside. JupyterLab looks for this from the element in focus upwards, but its
  // own shortcuts are bound to that very element: so each one has to carry it.
  const keep = (element) => element.setAttribute("data-lm-suppress-shortcuts", "true");
  keep(el);
  el.addEventListener("focusin", (event) => keep(event.target));
  // Of a model that was saved in the notebook nothing but traits is left: they alone tell half of how things stood.
  if (el.classList.contains("jupyter-widgets-disconnected")) {
    el.setAttribute("data-lost", "");
    el.replaceChildren(make("p", { class: "dj-gone" }, "The kernel that this belongs to has ended, and the run with it. Run the cell again."));
  }
  const view = Math.random().toString(36).slice(2);
  const hear = ({ kind, content }) => {
    if (kind === "several") content.forEach(hear);
    else if (kind === "traits") for (const [name, value] of Object.entries(content)) model.set(name, value);
    else hears[kind]?.(content);
  };
  model.on("msg:custom", hear);
  const address = model.get("address");
  const say = (kind) => model.send({ kind, view });
  let awake = true;
  const seen = new ResizeObserver(() => { // it has no size behind a tab, and in a cell that was scrolled away
    const now = el.offsetWidth > 0;
    if (now !== awake) say(now ? "shown" : "asleep");
    awake = now;
  });
  return {
    shown() {
      VIEWS.set(address, (VIEWS.get(address) ?? new Set()).add(hear));
      say("shown");
      seen.observe(el);
    },
    hidden() {
      VIEWS.get(address)?.delete(hear);
      seen.disconnect();
      say("hidden");
    },
  };
}
