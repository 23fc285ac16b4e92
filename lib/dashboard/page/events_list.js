// What happened, newest first: what changed, what was done about it, by whom and why.

import {eventTone, isShown} from "./judge.js";
import {clockText, msOf} from "./text.js";
import {byId, h, setHidden, setList} from "./dom.js";

const kShownMax = 80;
const kGapMs = 500; // a list that moves faster is read by nobody

export class EventsList {
  #live;
  #open;
  #items = new Map();
  #drawnAt = -Infinity;
  #timer = 0;

  constructor(live, open) {
    this.#live = live;
    this.#open = open;
    byId("events-show").addEventListener("input", () => this.#draw());
  }

  draw() {
    this.#timer ||= setTimeout(() => this.#draw(), Math.max(0, this.#drawnAt + kGapMs - performance.now()));
  }

  #draw() {
    clearTimeout(this.#timer);
    this.#timer = 0;
    this.#drawnAt = performance.now();
    const choice = byId("events-show").value;
    const shown = this.#live.log
      .newestFirst()
      .filter((event) => isShown(event.kind, choice))
      .slice(0, kShownMax);
    this.#items = setList(
      byId("events"),
      shown,
      this.#items,
      (event) => event.id,
      (event) => this.#make(event),
    );
    setHidden(byId("events-empty"), shown.length > 0);
  }

  #make(event) {
    const at = msOf(event.time) ?? 0;
    const notes = [];
    if (event.actor) notes.push(`by ${event.actor}`);
    if (event.cause && !event.text.includes(event.cause)) notes.push(`because of ${event.cause}`);
    if (event.outcome && !event.text.includes(event.outcome)) notes.push(event.outcome);
    return h(
      "li",
      {data: {id: event.id, tone: eventTone(event)}},
      h("time", {datetime: event.time}, clockText(at, Date.now())),
      h(
        "div",
        {},
        h("span", {class: "text"}, event.text || `${event.replica} ${event.code}`),
        notes.length > 0 && h("small", {}, notes.join("; ")),
        event.evidence &&
          event.kind !== "rotation-changed" &&
          h("small", {class: "evidence"}, event.evidence),
      ),
    );
  }
}
