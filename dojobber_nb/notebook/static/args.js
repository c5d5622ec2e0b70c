// The arguments as a form. What is entered goes to Python, which says what it has become.

export default {
  initialize,
  render({ model, el }) {
    let fields = {};
    const serial = Math.random().toString(36).slice(2); // two views of one form are two forms
    const form = make("div", { class: "dj-fields", role: "group", "aria-label": "Arguments" });
    const empty = make("p", { class: "dj-empty" }, WAITING);
    const foot = make("p", { class: "dj-note", hidden: true }, "Jobs get what is shown here, from the next phase on.");
    el.append(form, empty, foot);

    const enter = (field, value) => model.send({ kind: "enter", field, value });

    /** A field that one types in: what is in it goes to Python with Enter, or when one leaves it. */
    function typed({ name, ids }, attributes, known, sent) {
      const commit = () => { if (input.value !== known()) { enter(name, input.value); sent(); } };
      const input = make("input", { class: "dj-input", spellcheck: "false", ...attributes, ...ids, onchange: commit, onkeydown: (event) => event.key === "Enter" && commit() });
      return input;
    }

    const text = (mode) => (facts) => {
      let kept = ""; // what Python has, as the field shows it: without its line ends
      const input = typed(facts, { type: "text", autocomplete: "off", inputmode: mode }, () => kept, () => { kept = input.value; });
      return { input, show(value) { input.value = value ?? ""; kept = input.value; } };
    };
    const KINDS = {
      switch({ name, ids }) {
        const input = make("button", { type: "button", role: "switch", class: "dj-switch", ...ids, onclick: () => enter(name, input.getAttribute("aria-checked") !== "true") });
        return { input, show(value) { input.setAttribute("aria-checked", String(value === true)); write(input, value === null ? "?" : value ? "on" : "off"); } };
      },
      choice({ name, ids, choices }) {
        const input = make("select", { class: "dj-input", ...ids, onchange: () => enter(name, Number(input.value)) }, ...choices.map((text, value) => make("option", { value }, text)));
        return { input, show(value) { input.value = String(value ?? ""); } };
      },
      whole: text("numeric"),
      number: text("decimal"),
      text: text("text"),
      hidden(facts) { // what is typed goes one way only, and is not kept here
        const input = typed(facts, { type: "password", autocomplete: "new-password" }, () => "", () => { input.value = ""; });
        return { input, show(value) { input.placeholder = value ? "is set" : "is not set"; } };
      },
    };

    function build(facts) {
      fields = {};
      write(empty, "No arguments: give some, as in ArgsForm(dj, count=3).");
      empty.hidden = Boolean(facts.length);
      form.hidden = foot.hidden = !facts.length;
      form.replaceChildren(...facts.map(({ name, label, kind, choices }, number) => {
        const id = `dj-args-${serial}-${number}`;
        const note = make("p", { class: "dj-misfit", id: `${id}-note`, role: "status" });
        const made = KINDS[kind]({ name, choices, ids: { id, "aria-describedby": `${id}-note` } });
        fields[name] = { ...made, note };
        return make("div", { class: "dj-field" }, make("label", { for: id }, label), made.input, note);
      }));
    }

    const hears = {
      fields: build,
      values(values) { for (const [name, value] of Object.entries(values)) show(fields[name], value); },
      notes(notes) {
        for (const [name, text] of Object.entries(notes)) {
          write(fields[name].note, text);
          fields[name].input.setAttribute("aria-invalid", String(Boolean(text)));
        }
      },
    };

    /** What is typed stays until Python says another value. */
    function show(field, value) {
      if (field.value !== undefined && field.value === value) return;
      field.value = value;
      field.show(value);
    }

    const view = begin(model, el, "args", hears);
    view.shown();
    return () => view.hidden();
  },
};
