// The buttons that act on the run.

/** By button a glyph of 16 × 16. @type {Record<string, string>} */
const GLYPHS = {
  step: "M3 3l6 5-6 5zM10 3h3v10h-3z", job: "M2 3l5 5-5 5zM7 3l5 5-5 5zM12.5 3H15v10h-2.5z", pass: "M8 2a6 6 0 1 0 5.7 4.2l-1.9.6A4 4 0 1 1 8 4v2.5L12 3.200 8 0z",
  run: "M4 2.500l9 5.500-9 5.500z", pause: "M4 3h3v10H4zM9 3h3v10H9z", interrupt: "M4 4h8v8H4z",
  reset: "M3 2h2v4.300A5 5 0 1 1 3.300 10h2A3 3 0 1 0 6.600 6.500H9v2H3z", cleanup: "M9.500 1h2L9.500 7h2l1 8h-9l1-8h3z", leave: "M4.500 3L8 6.500 11.500 3 13 4.500 9.500 8 13 11.500 11.500 13 8 9.500 4.500 13 3 11.500 6.500 8 3 4.500z",
  again: "M8 2a6 6 0 1 0 5.700 4.200l-1.900.6A4 4 0 1 1 8 4v2.500L12 3.200 8 0z",
  resume: "M2 3h2v10H2zM6 2.500l8 5.500-8 5.500z", rerun: "M8 2a6 6 0 1 0 5.7 4.2l-1.9.6A4 4 0 1 1 8 4v2.5L12 3.200 8 0z", done: "M3 8l3.500 4L13 4.500 11.500 3 6.500 9 4.500 6.500z",
};
const BAR_GROUPS = [["step", "job", "pass", "run"], ["pause", "interrupt"], ["reset", "cleanup"]];
const OFFERED = ["cleanup", "resume", "rerun", "done", "leave"];
const AT_ONCE = new Set(["pause", "interrupt"]); // these do not wait for the press before
const UNANSWERED = "the kernel is busy and has not answered yet";

/** @typedef {{name: string, button: HTMLButtonElement, label: HTMLElement}} RunButton */

/** All buttons that act on the run; one name may have two buttons. */
class RunButtons {
  /** @param {Model} model */
  constructor(model) {
    this.model = model;
    this.presses = actingPresses(model);
    /** @type {RunButton[]} */
    this.all = [];
    this.answered = Boolean(model.get("read_only")); // whether Python has sent which buttons are on
    this.primary = { button: "", job: -1 };
    /** @type {Record<string, string>} */
    this.labels = {};
    /** @type {Record<string, string>} */
    this.off = {};
    /** @type {HTMLElement | null} */
    this.left = null; // a button that had the focus when it went off
    this.bar = make("div", { class: "dj-bar", role: "toolbar", "aria-label": "Run" },
      ...BAR_GROUPS.map((names) => make("span", { class: "dj-group" }, ...names.map((name) => this.make(name)))));
    this.again = this.make("again");
    this.question = make("span");
    this.offered = OFFERED.map((name) => this.make(name));
    this.offer = make("div", { class: "dj-offer", role: "group", "aria-label": "What next" }, this.question, ...this.offered);
  }

  /** @param {string} name */
  make(name) {
    const label = make("span", { class: "dj-label" });
    const glyph = makeSvg("svg", { viewBox: "0 0 16 16", width: 16, height: 16, "aria-hidden": "true" }, makeSvg("path", { d: GLYPHS[name] }));
    const press = (/** @type {UIEvent} */ event) => this.press(name, event);
    const button = make("button", { type: "button", class: "dj-button", "data-button": name, onclick: press, onkeydown: pressOnce }, glyph, label);
    this.all.push({ name, button, label });
    return button;
  }

  /** @param {string} name */
  first(name) {
    return this.all.find((one) => one.name === name)?.button;
  }

  /** @param {string} name @param {UIEvent} event */
  press(name, event) {
    const again = this.answered && event.detail > 1; // a double click whose first half has switched the button off: Python says so
    if (isOff(buttonOf(event)) && !again) return;
    const content = { button: name, clicks: event.detail, ...(name === "again" ? { job: this.primary.job } : {}) };
    if (AT_ONCE.has(name)) this.presses.pressAtOnce(event, content);
    else this.presses.press(event, content);
  }

  show() {
    const hints = this.model.get("hints"), labels = this.answered ? this.labels : this.model.get("first_labels");
    for (const { name, button, label } of this.all) {
      const text = labels[name], wasOn = !isOff(button) && button.hasAttribute("aria-disabled");
      if (text === undefined) continue;
      showButton(button, label, { text, off: this.answered ? this.off[name] : UNANSWERED, hint: hints[name] });
      button.toggleAttribute("data-primary", this.answered && name === this.primary.button);
      if (button === document.activeElement && wasOn && this.off[name]) this.left = button;
    }
    if (!this.labels.again && this.again === document.activeElement) this.first("step")?.focus(); // a hidden button would lose the focus
    this.again.hidden = !this.labels.again;
  }

  /** @param {[text: string, buttons: string[]] | null} asked */
  showOffer(asked) {
    this.offer.hidden = !asked;
    write(this.question, asked?.[0] ?? "");
    for (const button of this.offered) button.hidden = !asked?.[1].includes(button.dataset.button ?? "");
  }

  /**
   * Moves the focus off a button that is off.
   * @param {HTMLElement | null | undefined} to
   */
  leave(to) {
    if (this.left && document.activeElement === this.left && isOff(this.left)) to?.focus({ preventScroll: true });
    this.left = null;
  }
}
