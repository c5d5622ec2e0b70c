// The parts of the report: each has a model that answers its view.

/** A part: its view's model, with what a kernel would send. */
class ReportPart {
  /** @param {string} name */
  constructor(name) {
    this.name = name;
    /** @type {Record<string, ((content: any) => void)[]>} */
    this.listeners = {};
    /** @type {Record<string, any>} */
    this.traits = { read_only: true, statuses: "" };
    /** @type {Record<string, unknown>} */
    this.sent = {}; // by message what the view knows: a place in the table, or JSON
    /** @type {Model} */
    this.model = {
      get: (trait) => this.traits[trait],
      set: (trait, value) => { this.traits[trait] = value; },
      on: (events, listener) => { for (const event of events.split(" ")) (this.listeners[event] ??= []).push(listener); },
      send: (content) => answer(this, /** @type {{kind: string}} */ (content)),
    };
  }

  /** @param {string} event @param {unknown} [content] */
  emit(event, content) {
    for (const listener of this.listeners[event] ?? []) listener(content);
  }

  /** @param {string} kind @param {unknown} content */
  say(kind, content) {
    this.emit("msg:custom", { kind, content });
  }

  /** Sends what is new at the moment: traits, then messages by key, then all other messages. */
  show() {
    const { traits, said } = /** @type {NonNullable<typeof ANSWERS[string]>} */ (ANSWERS[this.name])();
    const news = this.news(said);
    this.setTraits({ ...news.traits, ...traits });
    for (const [kind, content] of Object.entries(news.byKey)) this.say(kind, content);
    for (const [kind, content] of news.messages) {
      if (kind === "bars") for (const bars of content) this.say(kind, bars);
      else this.say(kind, content);
    }
    for (const [kind, content] of Object.entries(said)) this.sayNew(kind, content);
  }

  /**
   * What the tracks have that the view does not know.
   * @param {Record<string, any>} answered - by kind: these tracks are left out
   */
  news(answered) {
    /** @type {{traits: Record<string, any>, byKey: Record<string, Record<string, any>>, messages: [string, any][]}} */
    const news = { traits: {}, byKey: {}, messages: [] };
    for (const [what, track] of Object.entries(partTracks(this.name))) {
      const [kind = "", key = ""] = what.split(" "), place = placeAt(track);
      if (place < 0) continue;
      if (kind === "trait") news.traits[key] = read(place);
      if (kind === "trait" || this.sent[what] === place || (kind === "said" && key in answered)) continue;
      this.sent[what] = place;
      if (kind === "said") news.messages.push([key, read(place)]);
      else (news.byKey[kind] ??= {})[key] = read(place);
    }
    return news;
  }

  /** @param {Record<string, any>} traits */
  setTraits(traits) {
    const changed = Object.entries(traits).filter(([trait, value]) => JSON.stringify(this.traits[trait]) !== JSON.stringify(value));
    for (const [trait, value] of changed) this.traits[trait] = value;
    for (const [trait] of changed) this.emit(`change:${trait}`);
  }

  /** @param {string} kind @param {unknown} content */
  sayNew(kind, content) {
    const text = JSON.stringify(content);
    if (text === undefined || this.sent[`answered ${kind}`] === text) return;
    this.sent[`answered ${kind}`] = text;
    this.say(kind, content);
  }
}

/** @type {Record<string, ReportPart>} */
const PARTS = Object.fromEntries(Object.keys(MODULES).map((name) => [name, new ReportPart(name)]));

function refresh() {
  for (const part of Object.values(PARTS)) part.show();
}

/** By kind what is done with a message of a view. @type {Record<string, (content: any, part: ReportPart) => void>} */
const HEARS = {
  shown(_, part) { part.sent = {}; part.show(); },
  select({ job }) { look.selected = job in NAMES ? job : -1; refresh(); },
  follow({ on }) { look.selected = on ? -1 : lookedAt(); refresh(); },
  travel({ to }, part) { look.moment = Math.min(Math.max(to ?? LAST, 0), LAST); refresh(); part.say("arrived", to); },
  now() { look.moment = LAST; refresh(); },
  open({ tab }) { look.tab = tab; refresh(); },
  attempt({ number }) {
    const index = lookedAt();
    if (index in NAMES) look.attempt = { job: index, number, of: factsAt(index).attempts };
    refresh();
  },
  order({ order }) { look.order = order; refresh(); },
  only({ status }) { look.only = status; refresh(); },
  copy({ press }, part) { part.say("copy", read(told.status)); part.say("answered", [press]); },
  find({ text, take }, { name }) {
    look.sought[name] = [...text].slice(0, SEARCH).join("").trim();
    const first = take ? foundBoxes().jobs?.[0] : undefined;
    if (first !== undefined) look.selected = first;
    refresh();
  },
};

/** @param {ReportPart} part @param {{kind: string}} content */
const answer = (part, content) => HEARS[content.kind]?.(content, part);
