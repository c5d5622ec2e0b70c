// Elements, icons and small controls that all parts use. Python decides what is shown; the page shows it.

const SVG = "http://www.w3.org/2000/svg";
/** @type {Record<string, Look>} */
const LOOK_BY_KEY = Object.fromEntries(LOOKS.map((look) => [look.key, look]));

/**
 * An element with attributes (on…: listeners; null, undefined, false: left out) and children. Texts never become markup.
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Attributes} [attributes]
 * @param {Child[]} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
function make(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

/**
 * The same for an SVG element.
 * @template {keyof SVGElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Attributes} [attributes]
 * @param {Child[]} children
 * @returns {SVGElementTagNameMap[Tag]}
 */
function makeSvg(tag, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

/**
 * @template {Element} Made
 * @param {Made} element
 * @param {Attributes} attributes
 * @param {Child[]} children
 */
function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else setAttribute(element, name, value);
  }
  element.append(...children.filter(isPresent));
  return element;
}

/**
 * Sets the attribute, or removes it where the value is null, undefined or false.
 * @param {Element} element
 * @param {string} name
 * @param {string | number | boolean | null | undefined} value
 */
function setAttribute(element, name, value) {
  if (value === null || value === undefined || value === false) element.removeAttribute(name);
  else element.setAttribute(name, value === true ? "" : String(value));
}

/**
 * @template T
 * @param {T} value
 * @returns {value is NonNullable<T>}
 */
const isPresent = (value) => value !== null && value !== undefined;

/**
 * Sets the text only where it differs: a selection stays, and a screen reader reads nothing twice.
 * @param {Node} element
 * @param {string} text
 */
function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/**
 * "1 line", "2 lines": for what only the page counts.
 * @param {number} count
 * @param {string} noun
 */
const counted = (count, noun) => `${count.toLocaleString("en-US")} ${noun}${count === 1 ? "" : "s"}`;

/**
 * The look of a status letter: "a" is the first of LOOKS.
 * @param {string} letter
 * @returns {Look}
 */
const lookOf = (letter) => /** @type {Look} */ (LOOKS[letter.charCodeAt(0) - 97]);

/**
 * The icon of a look, by its key.
 * @param {string} key
 * @param {number} [size]
 */
function icon(key, size = 16) {
  const path = makeSvg("path", { d: LOOK_BY_KEY[key]?.icon ?? "" });
  return makeSvg("svg", { class: "dj-icon", "data-state": key, viewBox: "0 0 20 20", width: size, height: size, "aria-hidden": "true" }, path);
}

/**
 * A job's name with the icon of its status. A click selects the job.
 * @param {Model} model
 * @param {JobLink} link
 */
function jobLink(model, { job, text, state }) {
  const select = () => model.send({ kind: "select", job });
  const title = state ? LOOK_BY_KEY[state]?.word : "";
  return make("button", { class: "dj-link", type: "button", title, onclick: select }, state ? icon(state) : null, make("span", {}, text));
}

/**
 * A small button with a label.
 * @param {string} label
 * @param {() => void} onclick
 * @param {Attributes} [attributes]
 */
const choiceButton = (label, onclick, attributes = {}) => make("button", { type: "button", class: "dj-choice", onclick, ...attributes }, label);

/**
 * The button that clears a search or a filter.
 * @param {string} title
 * @param {() => void} clear
 */
const clearButton = (title, clear) => choiceButton("Clear", clear, { title });

/**
 * A search field. Each change calls `find`; Escape empties the field and calls `leave`. keys: what other keys do.
 * @param {{placeholder: string, label: string, find: (text: string) => void, leave: () => void, keys?: Keys<KeyboardEvent>}} options
 */
function findField({ placeholder, label, find, leave, keys = {} }) {
  const field = make("input", { type: "search", class: "dj-find", placeholder, "aria-label": label, autocomplete: "off", spellcheck: "false" });
  field.addEventListener("input", () => find(field.value));
  const escape = () => {
    field.value = "";
    find("");
    leave();
  };
  listenForKeys(field, { Escape: escape, ...keys });
  return field;
}

/**
 * Moves the focus to the field, with its text selected.
 * @param {HTMLInputElement | HTMLTextAreaElement} field
 */
function focusField(field) {
  field.focus();
  field.select();
}

/**
 * A field that finds jobs by name, and the button that shows all jobs again.
 * @param {Model} model
 * @param {{placeholder: string, label: string, title: string, leave: () => void, keys: Keys<KeyboardEvent>}} options
 */
function jobSearch(model, { title, ...options }) {
  const find = (/** @type {string} */ text) => model.send({ kind: "find", text });
  const field = findField({ ...options, find });
  const clear = clearButton(title, () => {
    field.value = "";
    find("");
    model.send({ kind: "only", status: "" });
  });
  clear.hidden = true;
  /**
   * Shows what is searched for, unless somebody is typing, and whether there is something to clear.
   * @param {string} text
   * @param {boolean} filtered
   */
  function show(text, filtered) {
    if (document.activeElement !== field) field.value = text;
    clear.hidden = !filtered;
  }
  return { field, clear, show };
}

/**
 * Copies the text to the clipboard and says so in `below`. Where that is not allowed the text stands there, selected.
 * @param {string} text
 * @param {HTMLElement} below
 */
async function copyText(text, below) {
  const copying = navigator.clipboard?.writeText(text) ?? Promise.reject(new Error("no clipboard"));
  const copied = await copying.then(() => true, () => false);
  const field = make("textarea", { class: "dj-handed", readonly: true, rows: text.split("\n").length, "aria-label": "Status of the run" });
  field.value = text;
  const close = choiceButton("Close", () => { below.hidden = true; });
  const said = copied ? "Copied:" : "The browser does not allow copying. The text is selected: press Ctrl+C or ⌘C.";
  below.replaceChildren(make("p", { role: "status" }, said), field, close);
  below.hidden = false;
  if (!copied) focusField(field);
}
