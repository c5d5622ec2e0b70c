// A slider over all events of the run.

export default {
  initialize,
  render({ model, el }) {
    const NOW = Infinity; // the end of the slider, however many events come meanwhile
    let asked = null, answered = true; // where the hand is, and whether Python has come after
    const slider = make("input", { type: "range", min: 0, step: 1, class: "dj-slider", "aria-label": "Moment of the run", oninput: () => go(Number(slider.value)) });
    const button = (label, title, act) => make("button", { type: "button", class: "dj-arrow", title, "aria-label": title, onclick: act }, label);
    const here = () => Math.min(asked ?? model.get("at"), model.get("total"));
    const [back, on] = [button("◀", "One event back", () => go(here() - 1)), button("▶", "One event on", () => go(here() + 1))];
    const text = make("span", { class: "dj-moment" });
    const now = make("button", { type: "button", class: "dj-now", onclick: () => go(NOW) }, `Back to ${latest(model)}`);
    el.append(back, slider, on, text, now);
    slider.disabled = back.disabled = on.disabled = true; // until Python has said what it is at

    /** One question at a time: a slider that is dragged asks for where it is by then. */
    function go(to) {
      asked = to >= model.get("total") ? NOW : Math.max(to, 0);
      if (answered) ask();
      show();
    }

    function ask() {
      answered = false;
      model.send({ kind: "travel", to: asked === NOW ? null : asked });
    }

    function show() {
      slider.max = model.get("total");
      slider.value = here();
      back.disabled = slider.disabled || here() <= 0;
      on.disabled = slider.disabled || here() >= model.get("total");
      el.toggleAttribute("data-past", model.get("past"));
      now.hidden = !model.get("past");
    }

    const hears = {
      moment(told) {
        if (slider.disabled) { slider.disabled = false; show(); }
        write(text, told || latest(model));
        slider.setAttribute("aria-valuetext", told || latest(model));
      },
      arrived(at) {
        answered = true;
        if (asked === (at ?? NOW) || asked === null) asked = null; else ask();
        show();
      },
    };

    const view = begin(model, el, "travel", hears);
    model.on("change:at change:total change:past", show);
    show();
    view.shown();
    return () => view.hidden();
  },
};
