// The bars of a timeline, a lane a job. Lanes out of sight are not in the page.

const LANE = 26, SPARE_LANES = 4; // px; lanes above and below those in sight
const BARS_DRAWN = 300; // in one lane, the last ones
const BAR_LEAST = 4, ICON_LEAST = 20; // px: the width of a bar, and of one with an icon

/**
 * @typedef {{job: number, attempt: number, live: number, kind: number, begun: number, over: number, start: number,
 *   end: number, took: string, from: string, el: BarElement | null}} Bar
 * @typedef {HTMLButtonElement & {bar?: Bar}} BarElement
 * @typedef {{el: HTMLElement, label: HTMLElement, bars: HTMLElement}} LaneElements
 * @typedef {{job: number, name: string, place: number, over: Bar[], live: Bar[], drawn: Set<Bar>, made: LaneElements | null}} Lane
 * @typedef {{kind: number, end: number, over: boolean}} Seen
 */

/** @type {(row: BarRow) => Bar} */
const barOf = ([job, attempt, live, kind, begun, over, start, end, took, from]) =>
  ({ job, attempt, live, kind, begun, over, start, end, took, from, el: null });

/** The lanes by job, and how they are drawn at a moment. */
class Lanes {
  /** @param {TimeAxis} axis @param {(job: number) => void} select */
  constructor(axis, select) {
    this.axis = axis;
    this.select = select;
    this.body = make("div", { class: "dj-lanes" });
    /** @type {BarKind[]} */
    this.kinds = [];
    /** @type {Map<number, Lane>} */
    this.byJob = new Map();
    /** @type {Lane[]} */
    this.order = []; // by visiting order
    this.moment = { count: 0, now: 0 }; // events, and seconds since the run began
    this.lookedAt = -1;
    this.selected = false;
  }

  /** @param {BarKind[]} kinds */
  begin(kinds) {
    this.kinds = kinds;
    this.byJob.clear();
    this.order = [];
    this.body.replaceChildren();
  }

  // --- what there is

  /** @param {{bars: BarRow[], names: Record<number, string>}} news - of bars that are over */
  add({ bars, names }) {
    for (const bar of bars.map(barOf)) this.lane(bar.job, names).over.push(bar);
  }

  /**
   * Takes the bars under way in place of those before. A bar that was there keeps its element.
   * @param {{bars: BarRow[], names: Record<number, string>}} news
   */
  replaceLive({ bars, names }) {
    const before = this.order.flatMap(({ live }) => live);
    for (const lane of this.order) lane.live = [];
    for (const bar of bars.map(barOf)) {
      const same = before.find((one) => one.job === bar.job && one.begun === bar.begun);
      this.lane(bar.job, names).live.push(same ? Object.assign(same, { end: bar.end }) : bar);
    }
  }

  /**
   * The lane of a job, made for its first bar.
   * @param {number} job
   * @param {Record<number, string>} names
   */
  lane(job, names) {
    let lane = this.byJob.get(job);
    if (lane) return lane;
    lane = { job, name: names[job] ?? "", place: 0, over: [], live: [], drawn: new Set(), made: null };
    this.byJob.set(job, lane);
    this.order = [...this.byJob.values()].toSorted((a, b) => a.job - b.job);
    this.order.forEach((one, place) => { one.place = place; });
    return lane;
  }

  /**
   * How a bar is drawn at the moment; null before it has begun.
   * @param {Bar} bar
   * @returns {Seen | null}
   */
  seen({ begun, over, live, kind, end }) {
    if (begun > this.moment.count) return null;
    if (over > 0 && over <= this.moment.count) return { kind, end, over: true };
    return { kind: live, end: Math.min(this.moment.now, end || this.moment.now), over: false };
  }

  /** @param {Lane} lane */
  barsOf({ over, live }) {
    return [...over, ...live].filter((bar) => this.seen(bar));
  }

  /** All bars that have begun, lane by lane. */
  get bars() {
    return this.order.flatMap((lane) => this.barsOf(lane).map((bar) => ({ lane, bar, seen: /** @type {Seen} */ (this.seen(bar)) })));
  }

  /** @param {number} kind */
  kind(kind) {
    return /** @type {BarKind} */ (this.kinds[kind]);
  }

  // --- drawing

  /**
   * Draws the lanes in sight.
   * @param {{scrollTop: number, clientHeight: number, all: boolean}} sight - all: on paper
   */
  draw({ scrollTop, clientHeight, all }) {
    this.body.style.height = `${this.order.length * LANE}px`;
    const top = Math.floor(scrollTop / LANE) - SPARE_LANES, low = top + Math.ceil(clientHeight / LANE) + 2 * SPARE_LANES;
    for (const lane of this.order) {
      const kept = all || (lane.place >= top && lane.place < low) || lane.made?.el.contains(document.activeElement);
      if (kept) this.drawLane(lane);
      else if (lane.made) drop(lane);
    }
  }

  /** @param {Lane} lane */
  drawLane(lane) {
    const made = lane.made ??= this.makeLane(lane);
    made.el.style.top = `${lane.place * LANE}px`;
    this.mark(lane);
    const bars = this.barsOf(lane), cut = Math.max(0, bars.length - BARS_DRAWN), left = counted(cut, "earlier bar");
    made.label.title = cut ? `${lane.name}: ${left} not drawn` : lane.name;
    write(made.label, cut ? `${lane.name} (${left} not drawn)` : lane.name);
    const drawn = new Set(bars.slice(cut));
    for (const gone of lane.drawn) {
      if (drawn.has(gone)) continue;
      gone.el?.remove();
      gone.el = null;
    }
    lane.drawn = drawn;
    for (const bar of drawn) this.drawBar(lane, made, bar);
  }

  /** @param {Lane} lane @returns {LaneElements} */
  makeLane({ job, name }) {
    const label = make("button", { type: "button", class: "dj-lane-name", tabindex: "-1", onclick: () => this.select(job) }, name);
    const bars = make("div", { class: "dj-lane-bars" });
    const el = make("div", { class: "dj-lane", "data-job": job }, label, bars);
    this.body.append(el);
    return { el, label, bars };
  }

  /** @param {Lane} lane @param {LaneElements} made @param {Bar} bar */
  drawBar(lane, made, bar) {
    const seen = /** @type {Seen} */ (this.seen(bar)), [look, , texture] = this.kind(seen.kind), long = seen.end - bar.start;
    const pixels = this.body.clientWidth ? made.bars.clientWidth / this.axis.span : 0;
    const el = bar.el ??= made.bars.appendChild(Object.assign(make("button", { type: "button", class: "dj-stretch", tabindex: "-1" }), { bar }));
    if (el.dataset.texture !== texture || el.dataset.state !== look) {
      Object.assign(el.dataset, { state: look, texture });
      el.replaceChildren(...(texture === "thin" ? [] : [icon(look, 14)]));
    }
    el.style.left = `min(${this.axis.percent(bar.start)}, 100% - ${BAR_LEAST}px)`; // in percent: paper has another width
    el.style.width = `max(${texture === "thin" ? 0 : BAR_LEAST}px, ${this.axis.percent(long)})`;
    el.toggleAttribute("data-narrow", long * pixels < ICON_LEAST);
    const title = `${lane.name}, attempt ${bar.attempt}: ${this.words(bar, seen)}`;
    if (el.title === title) return;
    el.title = title;
    el.setAttribute("aria-label", title);
  }

  /**
   * What a bar stands for. One under way has no duration yet.
   * @param {Bar} bar
   * @param {Seen} seen
   */
  words({ took, from }, { kind, over }) {
    const [, words] = this.kind(kind);
    return over ? `${words}, ${took}, from ${from} on` : `${words} since ${from}`;
  }

  /**
   * Marks the job that is looked at.
   * @param {Lane} lane
   */
  mark({ job, made }) {
    if (!made) return;
    if (job === this.lookedAt) made.el.dataset.lookedAt = this.selected ? "selected" : "following";
    else delete made.el.dataset.lookedAt;
  }
}

/** @param {Lane} lane */
function drop(lane) {
  lane.made?.el.remove();
  lane.made = null;
  for (const bar of lane.drawn) bar.el = null;
  lane.drawn.clear();
}
