// A view of a part: what it hears from Python, and when it says that it is shown, out of sight or gone.

// The views on this page, by the address of their part. Each module is loaded by itself, so they meet here.
/** @type {Map<string, Set<Hear>>} */
const VIEWS = (/** @type {any} */ (globalThis)[Symbol.for("dojobber views")] ??= new Map());

const randomName = () => Math.random().toString(36).slice(2);

/**
 * The last moment of the run in words. A recorded run may have ended long ago.
 * @param {Model} model
 */
const lastMoment = (model) => (model.get("read_only") ? "the end" : "now");

/**
 * Passes a message for several parts to the views of each, and acknowledges it once it is painted.
 * @param {{model: Model}} widget
 */
function initialize({ model }) {
  model.on("msg:custom", (/** @type {{kind: string, content: Record<string, Message[]>, ack?: number}} */ { kind, content, ack }) => {
    if (kind === "refresh") for (const [address, messages] of Object.entries(content)) deliver(address, messages);
    if (!ack) return;
    const acknowledge = () => model.send({ kind: "ack", number: ack });
    if (document.hidden) acknowledge(); // a hidden page paints nothing
    else requestAnimationFrame(() => setTimeout(acknowledge));
  });
}

/**
 * @param {string} address
 * @param {Message[]} messages
 */
function deliver(address, messages) {
  for (const hear of VIEWS.get(address) ?? []) {
    try {
      messages.forEach(hear);
    } catch (error) {
      console.error(error); // the other parts are shown all the same
    }
  }
}

/**
 * Begins a view. hears: by kind what is done with a message from Python.
 * @param {Model} model
 * @param {HTMLElement} el
 * @param {string} name
 * @param {Hears} hears
 */
function beginView(model, el, name, hears) {
  el.classList.add("dj", `dj-${name}`);
  el.toggleAttribute("data-read-only", Boolean(model.get("read_only")));
  suppressShortcuts(el);
  // A model that was saved in a notebook has its traits and nothing else: they show half of a run.
  if (el.classList.contains("jupyter-widgets-disconnected")) {
    el.setAttribute("data-lost", "");
    el.replaceChildren(make("p", { class: "dj-gone" }, "The kernel that this belongs to has ended, and the run with it. Run the cell again."));
  }
  const hear = hearing(model, { ignored: (text) => showRefusal(el, text), ...hears });
  model.on("msg:custom", hear);
  return presence(model, el, hear);
}

/**
 * @param {Model} model
 * @param {Hears} hears
 * @returns {Hear}
 */
function hearing(model, hears) {
  return function hear({ kind, content }) {
    if (kind === "several") content.forEach(hear);
    else if (kind === "traits") for (const [name, value] of Object.entries(content)) model.set(name, value);
    else hears[kind]?.(content);
    if (kind === "ignored") console.warn(`dojobber-nb refused a message from this page: ${content}`);
  };
}

/** @param {string} reason */
const refusal = (reason) => `That had no effect: Python refused it (${reason}).`;

/**
 * Says that a click had no effect, over the end of the view.
 * @param {HTMLElement} el
 * @param {string} text
 */
function showRefusal(el, text) {
  el.querySelector(":scope > .dj-refused")?.remove();
  const shown = make("p", { class: "dj-refused", role: "alert" }, refusal(text), choiceButton("Close", () => shown.remove()));
  el.append(shown);
}

/**
 * Keeps x, d d, 0 0 and others from the notebook. JupyterLab looks for the attribute on the element in focus and its
 * parents, but its own shortcuts are bound to that very element: so each one carries it.
 * @param {HTMLElement} el
 */
function suppressShortcuts(el) {
  const suppress = (/** @type {Element} */ element) => element.setAttribute("data-lm-suppress-shortcuts", "true");
  suppress(el);
  el.addEventListener("focusin", (event) => suppress(/** @type {Element} */ (event.target)));
}

/**
 * Says to Python when the view is shown, out of sight or gone.
 * @param {Model} model
 * @param {HTMLElement} el
 * @param {Hear} hear
 */
function presence(model, el, hear) {
  const view = randomName(), address = model.get("address");
  const say = (/** @type {string} */ kind) => model.send({ kind, view });
  let awake = true;
  const sized = new ResizeObserver(() => { // it has no size behind a tab, and in a cell that was scrolled away
    const now = el.offsetWidth > 0;
    if (now !== awake) say(now ? "shown" : "asleep");
    awake = now;
  });
  return {
    shown() {
      VIEWS.set(address, (VIEWS.get(address) ?? new Set()).add(hear));
      say("shown");
      sized.observe(el);
    },
    hidden() {
      VIEWS.get(address)?.delete(hear);
      sized.disconnect();
      say("hidden");
    },
  };
}
