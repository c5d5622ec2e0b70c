// The page of a report: its head, the parts of a dashboard, and every job.

const DARK = matchMedia("(prefers-color-scheme: dark)");

/** The button that switches between light and dark. */
function themeButton() {
  const root = document.documentElement;
  const isDark = () => (root.getAttribute("theme") ?? (DARK.matches ? "dark" : "light")) === "dark";
  const button = choiceButton("", () => { root.setAttribute("theme", isDark() ? "light" : "dark"); name(); });
  button.classList.add("dj-theme");
  function name() {
    const other = isDark() ? "light" : "dark";
    write(button, isDark() ? "Light" : "Dark");
    button.title = `Show this in ${other} colours`;
  }
  DARK.addEventListener("change", name);
  name();
  return button;
}

/** @param {{title: string, stands: string, note: string, facts: [string, string][]}} head */
const pageHead = ({ title, stands, note, facts }) => make("header", { class: "dj-head" },
  make("h1", {}, title), make("p", { class: "dj-stands" }, stands), themeButton(),
  make("dl", {}, ...facts.map(([term, text]) => make("div", {}, make("dt", {}, term), make("dd", {}, text)))),
  note ? make("p", { class: "dj-none" }, note) : null);

/** @param {HTMLElement} grid */
const pageBody = (grid) => make("main", {},
  make("section", { "aria-label": "The run, moment by moment" }, make("h2", { class: "dj-aside" }, "The run, moment by moment"),
    make("div", { class: "dj-dashboard dj-auto widget-box" }, grid)),
  make("section", { class: "dj-every" }, make("h2", {}, "Every job"), ...jobEntries()));

const places = new Map(Object.keys(MODULES).map((name) => [name, make("div", { "data-part-of": name })]));
document.body.append(pageHead(read(told.head)), pageBody(make("div", { class: "dj-grid widget-box" }, ...places.values())));
refresh();
for (const [name, el] of places) MODULES[name]?.render({ model: /** @type {ReportPart} */ (PARTS[name]).model, el });
