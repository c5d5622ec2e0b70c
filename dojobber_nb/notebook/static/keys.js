// Keys: one tab stop among many elements, and tabs.

/** @param {KeyboardEvent} event */
const isPlain = (event) => !event.ctrlKey && !event.metaKey && !event.altKey;

/**
 * Calls what a plain key stands for, with the event.
 * @param {HTMLElement | SVGElement} element
 * @param {Keys<KeyboardEvent>} keys
 */
function listenForKeys(element, keys) {
  element.addEventListener("keydown", (event) => {
    const act = keys[/** @type {KeyboardEvent} */ (event).key];
    if (!act || !isPlain(/** @type {KeyboardEvent} */ (event))) return;
    event.preventDefault();
    act(/** @type {KeyboardEvent} */ (event));
  });
}

/**
 * Roving focus: Tab enters at one item, keys move on from there.
 * itemAt: the item of an element in focus. elementOf: the element of an item, where it is drawn.
 * keys: what each key does at an item. reveal: scrolls an item into view.
 * @template Item
 * @param {HTMLElement} container
 * @param {{itemAt: (target: Element) => Item | null, elementOf: (item: Item) => HTMLElement | SVGElement | null | undefined,
 *   keys: Keys<Item>, reveal?: (item: Item) => void}} options
 */
function rovingFocus(container, { itemAt, elementOf, keys, reveal = () => {} }) {
  const roving = {
    /** The item where Tab enters. */
    stop: /** @type {Item | null} */ (null),
    /** @param {Item | null} item */
    stopAt(item) {
      if (roving.stop !== null) elementOf(roving.stop)?.setAttribute("tabindex", "-1");
      if (item !== null) elementOf(item)?.setAttribute("tabindex", "0");
      roving.stop = item;
    },
    /** @param {Item | null | undefined} item */
    focus(item) {
      if (item === null || item === undefined) return;
      roving.stopAt(item);
      elementOf(item)?.focus({ preventScroll: true });
      reveal(item);
    },
  };
  container.addEventListener("keydown", (event) => {
    const item = itemAt(/** @type {Element} */ (event.target)), act = keys[event.key];
    if (item === null || !act || !isPlain(event)) return;
    event.preventDefault();
    act(item);
  });
  return roving;
}

/**
 * Tabs in a tablist: arrows go round, Home and End to its ends; hidden tabs are passed over.
 * `select` marks the tab that is open. `open` is called when a key moves to another tab.
 * @param {HTMLElement} list
 * @param {HTMLElement[]} tabs
 * @param {(tab: HTMLElement) => void} open
 */
function tabList(list, tabs, open) {
  const go = (/** @type {(at: number) => number} */ next) => (/** @type {HTMLElement} */ tab) => {
    const shown = tabs.filter((one) => one.offsetParent);
    const to = shown.at(next(shown.indexOf(tab)) % shown.length);
    roving.focus(to);
    if (to) open(to);
  };
  const roving = rovingFocus(list, {
    itemAt: (target) => tabs.find((tab) => tab.contains(target)) ?? null,
    elementOf: (tab) => tab,
    keys: { ArrowRight: go((at) => at + 1), ArrowLeft: go((at) => at - 1), Home: go(() => 0), End: go(() => -1) },
  });
  /** @param {HTMLElement | undefined} selected */
  function select(selected) {
    for (const tab of tabs) tab.setAttribute("aria-selected", String(tab === selected));
    roving.stopAt(selected ?? null);
  }
  return { select };
}

/**
 * Keeps a held Enter or Space from pressing a button again and again.
 * @param {KeyboardEvent} event
 */
function pressOnce(event) {
  if (event.repeat && (event.key === "Enter" || event.key === " ")) event.preventDefault();
}

/**
 * The index of the job that an element belongs to.
 * @param {EventTarget | null} target
 */
function jobOf(target) {
  const owner = target instanceof Element ? target.closest("[data-job]") : null;
  return owner ? Number(/** @type {HTMLElement | SVGElement} */ (owner).dataset.job) : null;
}
