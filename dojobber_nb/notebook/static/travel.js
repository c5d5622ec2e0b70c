// A slider over all events of the run.

const NEWEST = Infinity; // where the slider asks for the last event, however many are added meanwhile

/** The moment that the user asks for. The next question waits for the answer to the one before. */
class MomentRequest {
  /** @param {Model} model */
  constructor(model) {
    this.model = model;
    this.answered = true;
    /** @type {number | null} */
    this.asked = null;
  }

  /** Where the slider stands. */
  get at() {
    return Math.min(this.asked ?? this.model.get("at"), this.model.get("total"));
  }

  /** @param {number} to */
  ask(to) {
    this.asked = to >= this.model.get("total") ? NEWEST : Math.max(to, 0);
    if (this.answered) this.send();
  }

  send() {
    this.answered = false;
    this.model.send({ kind: "travel", to: this.asked === NEWEST ? null : this.asked });
  }

  /** @param {number | null} at */
  arrived(at) {
    this.answered = true;
    if (this.asked === (at ?? NEWEST) || this.asked === null) this.asked = null;
    else this.send();
  }
}

export default {
  initialize,
  /** @param {Rendered} widget */
  render({ model, el }) {
    const request = new MomentRequest(model);
    const go = (/** @type {number} */ to) => { request.ask(to); show(); };
    const slider = make("input", { type: "range", min: 0, step: 1, class: "dj-slider", "aria-label": "Moment of the run", oninput: () => go(Number(slider.value)) });
    const arrow = (/** @type {string} */ label, /** @type {string} */ title, /** @type {number} */ by) =>
      make("button", { type: "button", class: "dj-arrow", title, "aria-label": title, onclick: () => go(request.at + by) }, label);
    const [back, on] = [arrow("◀", "One event back", -1), arrow("▶", "One event on", 1)];
    const text = make("span", { class: "dj-moment" });
    const now = make("button", { type: "button", class: "dj-now", onclick: () => go(NEWEST) }, `Back to ${lastMoment(model)}`);
    el.append(back, slider, on, text, now);
    slider.disabled = back.disabled = on.disabled = true; // until Python has sent the moment

    function show() {
      slider.max = model.get("total");
      slider.value = String(request.at);
      back.disabled = slider.disabled || request.at <= 0;
      on.disabled = slider.disabled || request.at >= model.get("total");
      el.toggleAttribute("data-past", model.get("past"));
      now.hidden = !model.get("past");
    }

    const view = beginView(model, el, "travel", {
      moment(/** @type {string} */ words) {
        slider.disabled = false;
        write(text, words || lastMoment(model));
        slider.setAttribute("aria-valuetext", words || lastMoment(model));
        show();
      },
      arrived(/** @type {number | null} */ at) { request.arrived(at); show(); },
    });
    model.on("change:at change:total change:past", show);
    show();
    view.shown();
    return () => view.hidden();
  },
};
