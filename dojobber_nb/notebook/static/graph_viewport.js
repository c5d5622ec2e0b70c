// Zoom, scroll and drag of a drawing.

const ZOOM_STEP = 1.25, ZOOM_LEAST = 0.05, ZOOM_MOST = 3;
const PADDING = 14; // px around the drawing, as in the style sheet
const DRAG = 5; // px: a shorter move is a click

/** The part of the drawing that is in sight. */
class Viewport {
  constructor() {
    this.scroller = make("div", { class: "dj-scroll" });
    this.scale = 1;
    /** @type {SVGSVGElement | null} */
    this.svg = null;
    /** @type {{x: number, y: number, left: number, top: number, moved: boolean} | null} */
    this.grip = null;
    this.scroller.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    this.scroller.addEventListener("pointerdown", (event) => this.take(event));
    this.scroller.addEventListener("pointermove", (event) => this.drag(event));
    this.scroller.addEventListener("pointerup", () => this.release());
    this.scroller.addEventListener("pointercancel", () => this.release());
  }

  /** Whether the mouse button goes up after a drag: then it is no click. */
  get dragged() {
    return Boolean(this.grip?.moved);
  }

  /** @param {SVGSVGElement | null} svg */
  show(svg) {
    this.svg = svg;
    this.scroller.replaceChildren(...(svg ? [svg] : []));
    this.zoom(this.scale);
  }

  /**
   * @param {number} to
   * @param {{x: number, y: number}} [at] - the point that stays where it is
   */
  zoom(to, at = { x: this.scroller.clientWidth / 2, y: this.scroller.clientHeight / 2 }) {
    if (!this.svg) return;
    const before = this.scale, { width, height } = this.svg.viewBox.baseVal;
    this.scale = Math.min(ZOOM_MOST, Math.max(ZOOM_LEAST, to || 1));
    this.svg.setAttribute("width", String(width * this.scale));
    this.svg.setAttribute("height", String(height * this.scale));
    this.scroller.scrollLeft = (this.scroller.scrollLeft + at.x) * (this.scale / before) - at.x;
    this.scroller.scrollTop = (this.scroller.scrollTop + at.y) * (this.scale / before) - at.y;
  }

  zoomIn() {
    this.zoom(this.scale * ZOOM_STEP);
  }

  zoomOut() {
    this.zoom(this.scale / ZOOM_STEP);
  }

  fit() {
    if (!this.svg) return;
    const { width, height } = this.svg.viewBox.baseVal, { clientWidth, clientHeight } = this.scroller;
    this.zoom(Math.min((clientWidth - 2 * PADDING) / width, (clientHeight - 2 * PADDING) / height, 1));
  }

  /**
   * Scrolls as little as it takes to see the box, and only inside: the page stays where it is.
   * @param {Box} box
   */
  reveal({ x, y, w, h }, pad = 24) {
    const along = (/** @type {number} */ from, /** @type {number} */ size, /** @type {number} */ start, /** @type {number} */ room) => {
      if (from - pad < start) return from - pad;
      return from + size + pad > start + room ? from + size + pad - room : start;
    };
    const { scrollLeft, scrollTop, clientWidth, clientHeight } = this.scroller;
    this.scroller.scrollTo({
      left: along(x * this.scale, w * this.scale, scrollLeft, clientWidth),
      top: along(y * this.scale, h * this.scale, scrollTop, clientHeight),
      behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "instant" : "smooth",
    });
  }

  /** @param {WheelEvent} event */
  wheel(event) {
    if (!event.ctrlKey && !event.metaKey) return; // a plain wheel scrolls, here and then the notebook
    event.preventDefault();
    const { left, top } = this.scroller.getBoundingClientRect();
    this.zoom(this.scale * Math.exp(-event.deltaY / 300), { x: event.clientX - left, y: event.clientY - top });
  }

  /** @param {PointerEvent} event */
  take(event) {
    if (event.button !== 0 || event.pointerType !== "mouse") return;
    this.grip = { x: event.clientX, y: event.clientY, left: this.scroller.scrollLeft, top: this.scroller.scrollTop, moved: false };
  }

  /** @param {PointerEvent} event */
  drag(event) {
    if (!this.grip) return;
    const [dx, dy] = [event.clientX - this.grip.x, event.clientY - this.grip.y];
    if (!this.grip.moved && Math.hypot(dx, dy) < DRAG) return;
    if (!this.grip.moved) this.scroller.setPointerCapture(event.pointerId);
    this.grip.moved = true;
    this.scroller.dataset.grabbed = ""; // :active would have the styles of all boxes computed again at each click
    this.scroller.scrollTo({ left: this.grip.left - dx, top: this.grip.top - dy, behavior: "instant" });
  }

  release() {
    setTimeout(() => { // after the click
      this.grip = null;
      delete this.scroller.dataset.grabbed;
    });
  }
}
