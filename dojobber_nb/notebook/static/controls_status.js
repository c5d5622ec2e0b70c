// Above and below the buttons: mode, time, status line and counts.

const QUIET = { running: 4000, stopped: 1000 }; // ms between two announcements: each must have time to be heard
const COPY_HINT = "Copy the status of the run, in five lines";

/** The band with the mode, the runbook, the pass, the user and the time of day. */
class ModeBand {
  /** @param {Model} model @param {{switchTo: (mode: string, event: UIEvent) => void}} options */
  constructor(model, { switchTo }) {
    this.model = model;
    this.modes = Object.entries(LABELS.modes).map(([mode, [label, title]]) => make("button",
      { type: "button", role: "radio", class: "dj-mode", "data-mode": mode, title, onclick: (/** @type {UIEvent} */ event) => switchTo(mode, event) }, label));
    const group = make("div", { class: "dj-modes", role: "radiogroup", "aria-label": "Mode" }, ...this.modes);
    const other = (/** @type {HTMLElement} */ mode) => {
      const to = this.modes.find((one) => one !== mode);
      this.roving.focus(to);
      to?.click();
    };
    this.roving = rovingFocus(group, {
      itemAt: (target) => this.modes.find((mode) => mode === target) ?? null,
      elementOf: (/** @type {HTMLElement} */ mode) => mode,
      keys: { ArrowLeft: other, ArrowRight: other, ArrowUp: other, ArrowDown: other },
    });
    const span = (/** @type {string} */ name) => make("span", { class: name });
    this.meaning = span("dj-says");
    this.runbook = span("dj-runbook");
    this.pass = span("dj-pass");
    this.who = span("dj-who");
    this.clock = span("dj-clock");
    this.el = make("div", { class: "dj-band" }, group, this.meaning, make("span", { class: "dj-where" }, this.runbook, this.pass, this.who, this.clock));
    /** @type {number | null} */
    this.offset = null; // minutes from UTC, where the kernel is
  }

  show() {
    const now = this.model.get("mode"), pass = this.model.get("pass_number");
    for (const mode of this.modes) mode.setAttribute("aria-checked", String(mode.dataset.mode === now));
    this.roving.stopAt(this.modes.find((mode) => mode.dataset.mode === now) ?? this.modes[0] ?? null);
    write(this.meaning, LABELS.modes[now]?.[1] ?? "");
    write(this.runbook, this.model.get("runbook"));
    write(this.pass, pass ? `pass ${pass}` : "");
    return now;
  }

  /** @param {string} warning - what Runs would do, or "" */
  showWarning(warning) {
    const act = this.modes.find((mode) => mode.dataset.mode === "act");
    if (act) act.title = warning || (LABELS.modes.act?.[1] ?? "");
  }

  /** @param {{who: string, utc_offset: number}} host */
  showHost({ who, utc_offset }) {
    write(this.who, who);
    this.offset = utc_offset;
    this.tick();
  }

  tick() {
    if (this.offset !== null) write(this.clock, new Date(Date.now() + this.offset * 60000).toISOString().slice(11, 16));
  }
}

/** The status line with the counts, which filter, and the button that copies the status. */
class StatusLine {
  /** @param {Model} model @param {WaitingPresses} waiting */
  constructor(model, waiting) {
    this.model = model;
    this.only = ""; // the status of the jobs that are shown alone
    this.busy = false;
    this.timer = 0;
    this.status = make("span", { class: "dj-status" }, model.get("read_only") ? "" : WAITING);
    this.announced = make("span", { class: "dj-aside", role: "status" }); // for screen readers
    this.elapsed = make("span", { class: "dj-elapsed" });
    this.counts = make("ul", { class: "dj-counts", "aria-label": "Jobs by status" });
    this.filtered = make("span");
    this.filter = make("div", { class: "dj-filtered", role: "status", hidden: true }, this.filtered, clearButton("Show all jobs", () => this.show("")));
    const copy = (/** @type {UIEvent} */ event) => {
      if (!isOff(this.copier) && !waiting.has(event)) model.send({ kind: "copy", press: waiting.add(this.copier) });
    };
    this.copier = make("button", { type: "button", class: "dj-choice dj-copy", onclick: copy }, "Copy status");
    this.el = make("div", { class: "dj-line" }, make("div", { class: "dj-stand" }, waiting.notice, this.status, this.elapsed),
      make("div", { class: "dj-tally" }, this.filter, this.counts), this.copier);
  }

  /** @param {string} status - "": all jobs */
  show(status) {
    this.model.send({ kind: "only", status });
  }

  /** @param {string} [only] */
  showCounts(only = this.only) {
    this.only = only;
    const focused = this.counts.contains(document.activeElement) ? /** @type {HTMLElement} */ (document.activeElement).dataset.status : null;
    this.counts.replaceChildren(...this.model.get("counts").map((/** @type {[string, number, string]} */ [status, , text]) => make("li", {}, this.countButton(status, text))));
    if (focused) /** @type {HTMLElement | null} */ (this.counts.querySelector(`[data-status="${focused}"]`))?.focus();
    this.filter.hidden = !only;
    write(this.filtered, only ? `Only ${LABELS.counted[only]}` : "");
  }

  /** @param {string} status @param {string} text */
  countButton(status, text) {
    const pressed = status === this.only, press = () => this.show(pressed ? "" : status);
    return make("button", { type: "button", class: "dj-count", "data-status": status, "aria-pressed": String(pressed),
      title: pressed ? "Show all jobs" : "Show only these jobs", onclick: press }, text);
  }

  /** @param {string} text */
  showStatus(text) {
    if (this.status.textContent === text) return;
    write(this.status, text);
    write(this.announced, ""); // what is announced is the status line, or nothing
    this.timer ||= window.setTimeout(() => {
      this.timer = 0;
      write(this.announced, this.status.textContent ?? "");
    }, this.busy ? QUIET.running : QUIET.stopped);
  }

  /** @param {boolean} answered */
  setAnswered(answered) {
    this.copier.setAttribute("aria-disabled", String(!answered));
    this.copier.title = answered ? COPY_HINT : `Copy status: ${UNANSWERED}`;
    this.counts.inert = !answered;
  }
}
