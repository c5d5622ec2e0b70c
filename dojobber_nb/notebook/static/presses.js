// Buttons that act on the run: a press waits for Python's answer.

const SLOW = 500; // ms: after that the page says that it waits
const QUEUED = "The kernel is busy with a cell; the press is queued.";
const WAITING = "The kernel is busy; this appears when it answers.";

/** Presses of one view that wait for an answer, by number. Each button shows that it waits. */
class WaitingPresses {
  constructor() {
    /** Says in words that a press waits. */
    this.notice = make("span", { class: "dj-queued", role: "status" });
    /** @type {Map<string, Element>} */
    this.buttons = new Map();
    this.view = randomName();
    this.count = 0;
  }

  /**
   * The number of a press of that button, which waits from now on.
   * @param {Element} button
   */
  add(button) {
    this.count += 1;
    const press = `${this.view}-${this.count}`;
    this.buttons.set(press, button);
    button.setAttribute("aria-busy", "true");
    setTimeout(() => this.buttons.has(press) && write(this.notice, QUEUED), SLOW);
    return press;
  }

  /**
   * Whether the button waits already: then one more press is dropped. The second half of a double click is not: Python
   * says that it was one.
   * @param {UIEvent} event
   */
  has({ currentTarget, detail }) {
    const waits = /** @type {Element} */ (currentTarget).getAttribute("aria-busy") === "true";
    return waits && (detail < 2 || Boolean(this.notice.textContent));
  }

  /** @param {Iterable<string>} presses */
  remove(presses) {
    for (const press of presses) {
      this.buttons.get(press)?.removeAttribute("aria-busy");
      this.buttons.delete(press);
    }
    if (!this.buttons.size) write(this.notice, "");
  }

  /** Frees all buttons: Python has refused a message and does not say which. */
  removeAll() {
    this.remove([...this.buttons.keys()]);
  }
}

/**
 * Presses that act on the run. Each carries the moment that the page showed, and for how long it had shown it.
 * @param {Model} model
 */
function actingPresses(model) {
  const waiting = new WaitingPresses();
  let shownAt = performance.now();
  let previous = Promise.resolve(true), answer = () => {};
  model.on("change:moment", () => { shownAt = performance.now(); answer(); });

  const report = (/** @type {string} */ moment, /** @type {object} */ content) =>
    model.send({ kind: "press", moment, shown: performance.now() - shownAt, ...content });

  /**
   * Sends a press once the one before is answered, with the moment shown by then. After half a second without an
   * answer it carries the moment at which it was made: Python then says whether it came too late.
   * @param {(moment: string) => void} send
   */
  function inTurn(send) {
    const moment = model.get("moment");
    previous = previous.then((inTime) => {
      send(inTime ? model.get("moment") : moment);
      return new Promise((resolve) => { answer = () => resolve(true); setTimeout(() => resolve(false), SLOW); });
    });
  }

  return {
    waiting,
    inTurn,
    answered: () => answer(),
    /** @param {string[]} presses */
    take(presses) {
      waiting.remove(presses);
      answer();
    },
    /** @param {UIEvent} event @param {object} content */
    pressAtOnce(event, content) {
      if (!waiting.has(event)) report(model.get("moment"), { ...content, press: waiting.add(buttonOf(event)) });
    },
    /** @param {UIEvent} event @param {object} content */
    press(event, content) {
      if (waiting.has(event)) return;
      const press = waiting.add(buttonOf(event));
      inTurn((moment) => report(moment, { ...content, press }));
    },
  };
}

/** @param {Event} event */
const buttonOf = (event) => /** @type {HTMLElement} */ (event.currentTarget);

/** @param {Element} button */
const isOff = (button) => button.getAttribute("aria-disabled") === "true";

/**
 * Shows a button's label, and why it is off, if it is. A button that is off keeps the focus.
 * @param {HTMLElement} button
 * @param {HTMLElement} label
 * @param {{text: string, off?: string, hint?: string}} shown
 */
function showButton(button, label, { text, off, hint }) {
  write(label, text);
  button.title = off ? `${text}: ${off}` : hint ?? "";
  button.setAttribute("aria-disabled", String(Boolean(off)));
}

/**
 * Takes the new values; null removes a key.
 * @template T
 * @param {Record<string, T>} known
 * @param {Record<string, T | null>} news
 */
function merge(known, news) {
  for (const [key, value] of Object.entries(news)) {
    if (value === null) delete known[key];
    else known[key] = value;
  }
}
