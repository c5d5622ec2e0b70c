// The arguments as a form. What is entered goes to Python, which sends back the value that jobs get.

/** @typedef {{id: string, "aria-describedby": string}} Ids */
/** @typedef {(value: unknown) => void} Enter - sends a value to Python */
/** @typedef {{input: HTMLElement, show: (value: any) => void}} Control */
/** @typedef {Control & {note: HTMLElement, value?: unknown}} Field */
/** @typedef {{name: string, label: string, kind: string, choices: string[]}} FieldFacts */

/**
 * A field to type in. Its text is entered with Enter, and when the focus leaves it.
 * @param {Attributes} attributes
 * @param {{known: () => string, enter: (text: string) => void}} options - known: the text that Python has
 */
function typedInput(attributes, { known, enter }) {
  const commit = () => { if (input.value !== known()) enter(input.value); };
  const input = make("input", { class: "dj-input", spellcheck: "false", ...attributes, onchange: commit });
  listenForKeys(input, { Enter: commit });
  return input;
}

/** @type {(mode: string) => (enter: Enter, ids: Ids) => Control} */
const textControl = (mode) => (enter, ids) => {
  let known = ""; // as the field shows it: without line ends
  const input = typedInput({ type: "text", autocomplete: "off", inputmode: mode, ...ids }, {
    known: () => known,
    enter: (text) => { enter(text); known = text; },
  });
  return { input, show(/** @type {string | null} */ value) { input.value = value ?? ""; known = input.value; } };
};

/** By kind of argument the control that enters it. @type {Record<string, (enter: Enter, ids: Ids, choices: string[]) => Control>} */
const CONTROLS = {
  switch(enter, ids) {
    const input = make("button", { type: "button", role: "switch", class: "dj-switch", ...ids, onclick: () => enter(input.getAttribute("aria-checked") !== "true") });
    return { input, show(value) { input.setAttribute("aria-checked", String(value === true)); write(input, value === null ? "?" : value ? "on" : "off"); } };
  },
  choice(enter, ids, choices) {
    const options = choices.map((text, value) => make("option", { value }, text));
    const input = make("select", { class: "dj-input", ...ids, onchange: () => enter(Number(input.value)) }, ...options);
    return { input, show(value) { input.value = String(value ?? ""); } };
  },
  whole: textControl("numeric"),
  number: textControl("decimal"),
  text: textControl("text"),
  hidden(enter, ids) { // the page does not keep what is typed, and Python never sends it back
    const input = typedInput({ type: "password", autocomplete: "new-password", ...ids }, {
      known: () => "",
      enter: (text) => { enter(text); input.value = ""; },
    });
    return { input, show(value) { input.placeholder = value ? "is set" : "is not set"; } };
  },
};

/**
 * The fields of a form, by the name of their argument.
 * @param {Model} model
 * @param {FieldFacts[]} facts
 * @param {string} form - keeps the ids of two views of one form apart
 */
function formFields(model, facts, form) {
  /** @type {Map<string, Field>} */
  const fields = new Map();
  const rows = facts.map(({ name, label, kind, choices }, number) => {
    const id = `dj-args-${form}-${number}`;
    const note = make("p", { class: "dj-misfit", id: `${id}-note`, role: "status" });
    const enter = (/** @type {unknown} */ value) => model.send({ kind: "enter", field: name, value });
    const control = /** @type {NonNullable<typeof CONTROLS[string]>} */ (CONTROLS[kind])(enter, { id, "aria-describedby": `${id}-note` }, choices);
    fields.set(name, { ...control, note });
    return make("div", { class: "dj-field" }, make("label", { for: id }, label), control.input, note);
  });
  return { fields, rows };
}

/**
 * Shows a value. What is typed stays until Python sends another value.
 * @param {Field | undefined} field
 * @param {unknown} value
 */
function showValue(field, value) {
  if (!field || (field.value !== undefined && field.value === value)) return;
  field.value = value;
  field.show(value);
}

/**
 * Shows below a field why its value was not taken.
 * @param {Field | undefined} field
 * @param {string} text
 */
function showNote(field, text) {
  if (!field) return;
  write(field.note, text);
  field.input.setAttribute("aria-invalid", String(Boolean(text)));
}

export default {
  initialize,
  /** @param {Rendered} widget */
  render({ model, el }) {
    /** @type {Map<string, Field>} */
    let fields = new Map();
    const name = randomName();
    const form = make("div", { class: "dj-fields", role: "group", "aria-label": "Arguments" });
    const empty = make("p", { class: "dj-empty" }, WAITING);
    const foot = make("p", { class: "dj-note", hidden: true }, "Jobs get what is shown here, from the next phase on.");
    el.append(form, empty, foot);

    const view = beginView(model, el, "args", {
      fields(/** @type {FieldFacts[]} */ facts) {
        const made = formFields(model, facts, name);
        fields = made.fields;
        form.replaceChildren(...made.rows);
        write(empty, "No arguments: give some, as in ArgsForm(dj, count=3).");
        empty.hidden = facts.length > 0;
        form.hidden = foot.hidden = !facts.length;
      },
      values(/** @type {Record<string, unknown>} */ values) {
        for (const [field, value] of Object.entries(values)) showValue(fields.get(field), value);
      },
      notes(/** @type {Record<string, string>} */ notes) {
        for (const [field, text] of Object.entries(notes)) showNote(fields.get(field), text);
      },
    });
    view.shown();
    return () => view.hidden();
  },
};
