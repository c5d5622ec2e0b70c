// The top of a dashboard: mode, buttons, status, failures, notices and the tabs of the views.

/** The controls: how their parts act on each other. */
class Controls {
  /** @param {Rendered} widget */
  constructor({ model, el }) {
    this.model = model;
    this.el = el;
    this.home = ""; // the button that takes the focus when the one that had it is off
    this.buttons = new RunButtons(model);
    this.band = new ModeBand(model, { switchTo: (mode, event) => this.switchTo(mode, event) });
    this.line = new StatusLine(model, this.buttons.presses.waiting);
    this.views = new ViewTabs(el);
    this.failures = make("ul", { class: "dj-failures", "aria-label": "Failures", hidden: true });
    this.copied = make("div", { class: "dj-copied", hidden: true });
    this.notice = make("div", { role: "alert" });
    const close = choiceButton("✕", () => this.showNotice(""), { "aria-label": "Close the notice" });
    this.noticeBox = make("div", { class: "dj-notice", hidden: true }, this.notice, close);
    this.moment = make("span");
    const back = make("button", { type: "button", class: "dj-button", onclick: () => model.send({ kind: "now" }) }, `Back to ${lastMoment(model)}`);
    this.past = make("div", { class: "dj-past", role: "status", hidden: true }, this.moment, back);
    this.buttons.offer.hidden = true;
    this.lay();
  }

  /** Line and news have a fixed height, and so has the bar: no button and no graph moves when something comes or goes. */
  lay() {
    const { bar, again, offer } = this.buttons;
    const gone = make("p", { class: "dj-gone", role: "alert" }, "The kernel that this belongs to has ended, and the run with it. Below is its last status. Run the cell again.");
    const hint = this.model.get("read_only") ? make("p", { class: "dj-hint" }, "The slider goes back to earlier moments of the run.") : null;
    const news = make("div", { class: "dj-news" }, again, this.failures, offer);
    this.el.append(this.band.el, gone, fill(make("div", { class: "dj-bars" }), {}, [bar, hint, this.past]), this.line.el, news,
      this.line.announced, this.views.list, this.copied, this.noticeBox);
  }

  showButtons() {
    const { answered } = this.buttons;
    this.buttons.show();
    for (const mode of this.band.modes) mode.setAttribute("aria-disabled", String(!answered));
    this.line.setAnswered(answered);
    queueMicrotask(() => this.moveFocus()); // when all of this refresh is shown
  }

  /** Moves the focus off a button that has gone off, at the end of a call. */
  moveFocus() {
    if (this.line.busy) return;
    const special = { failure: this.failures.querySelector("button"), copy: this.line.copier };
    this.buttons.leave(special[/** @type {keyof typeof special} */ (this.home)] ?? this.buttons.first(this.home));
  }

  showBand() {
    this.el.dataset.mode = this.band.show();
  }

  /** @param {string} mode @param {UIEvent} event */
  switchTo(mode, event) {
    const { answered, presses } = this.buttons;
    if (!answered || presses.waiting.has(event)) return;
    const press = presses.waiting.add(buttonOf(event));
    presses.inTurn(() => this.model.send({ kind: "mode", mode, press }));
  }

  /** @param {"labels" | "off"} what @param {Record<string, string | null>} news */
  take(what, news) {
    if (what === "labels") this.buttons.answered = true;
    merge(this.buttons[what], news);
    this.showButtons();
    this.buttons.presses.answered();
  }

  /** @param {string} text */
  showNotice(text) {
    this.noticeBox.hidden = !text;
    write(this.notice, text);
  }

  /** @param {JobLink[]} failures */
  showFailures(failures) {
    this.failures.hidden = !failures.length;
    this.failures.replaceChildren(...failures.map((one) => make("li", {}, one.job < 0 ? one.text : jobLink(this.model, one))));
  }

  /** @param {string} moment - in words; "" at the last one */
  showPast(moment) {
    this.past.hidden = !moment;
    write(this.moment, moment && `This is the past: ${moment}`);
  }

  /** A message was refused: no button waits any longer. @param {string} text */
  refused(text) {
    this.buttons.presses.waiting.removeAll();
    this.showNotice(refusal(text));
  }
}

/** By kind what is done with a message. @param {Controls} controls @returns {Hears} */
const controlsHear = (controls) => {
  const { band, buttons, line } = controls;
  return {
    answered: (presses) => buttons.presses.take(presses),
    ignored: (text) => controls.refused(text),
    host: (host) => band.showHost(host),
    labels: (news) => controls.take("labels", news),
    off: (news) => controls.take("off", news),
    busy(busy) { line.busy = busy; queueMicrotask(() => controls.moveFocus()); },
    home(name) { controls.home = name; },
    primary(primary) { buttons.primary = primary; controls.showButtons(); },
    act: (warning) => band.showWarning(warning),
    only: (status) => line.showCounts(status),
    past: (moment) => controls.showPast(moment),
    status: (text) => line.showStatus(text),
    elapsed: (elapsed) => write(line.elapsed, elapsed?.for ?? ""),
    failures: (failures) => controls.showFailures(failures),
    offer: (asked) => buttons.showOffer(asked),
    copy: (text) => copyText(text, controls.copied),
    notice({ text }) { buttons.presses.answered(); controls.showNotice(text); },
  };
};

export default {
  initialize,
  /** @param {Rendered} widget */
  render({ model, el }) {
    const controls = new Controls({ model, el }), { band, line, views } = controls;
    controls.showButtons();
    const view = beginView(model, el, "controls", controlsHear(controls));
    model.on("change:mode change:runbook change:pass_number", () => controls.showBand());
    model.on("change:counts", () => line.showCounts());
    model.on("change:hints", () => controls.showButtons());
    controls.showBand();
    line.showCounts();
    const timer = setInterval(() => band.tick(), 1000);
    view.shown();
    return () => {
      clearInterval(timer);
      clearTimeout(line.timer);
      views.disconnect();
      view.hidden();
    };
  },
};
