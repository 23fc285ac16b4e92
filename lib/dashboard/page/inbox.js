// What has happened and is not shown yet, and the last of what was. Pure.
//
// Why: events may come by the thousand, on a busy host or when an hour of them is told at once. Work
// is done once per frame and for as many as can be seen; of the rest only "look again" is kept.

import {wordOf} from "./text.js";

export const kKeptMax = 300; // events that the page can show

export class Inbox {
  #waiting = [];
  #skipped = 0;

  // `text` as the stream has it; what cannot be shown any more is thrown away unread.
  put(text) {
    this.#waiting.push(text);
    if (this.#waiting.length >= 2 * kKeptMax) {
      this.#skipped += this.#waiting.length - kKeptMax;
      this.#waiting = this.#waiting.slice(-kKeptMax);
    }
  }

  get size() {
    return this.#waiting.length;
  }

  // All that waits, oldest first, at most kKeptMax; `isWhole`: none was thrown away before them.
  take() {
    const skipped = this.#skipped + Math.max(0, this.#waiting.length - kKeptMax);
    const items = [];
    for (const text of this.#waiting.slice(-kKeptMax)) {
      try {
        items.push(JSON.parse(text));
      } catch {
        // Half a message: the connection ended in it, and the next one tells it again.
      }
    }
    this.#waiting = [];
    this.#skipped = 0;
    return {items, isWhole: skipped === 0};
  }
}

// The newest kKeptMax events by their ids, so that one that is told again is no second one.
export class Log {
  #events = [];
  #lastId = 0;

  // Returns those that are new.
  add(events) {
    const fresh = events.filter((event) => event.id > this.#lastId);
    if (fresh.length === 0) return fresh;
    this.#lastId = fresh[fresh.length - 1].id;
    this.#events = this.#events.concat(fresh).slice(-kKeptMax);
    return fresh;
  }

  get lastId() {
    return this.#lastId;
  }
  newestFirst() {
    return this.#events.slice().reverse();
  }
  // Another daemon, whose ids begin anew.
  clear() {
    this.#events = [];
    this.#lastId = 0;
  }
}

// An event of the API as the page uses it, or null for what is none.
export function eventFrom(message) {
  const event = message?.event;
  if (!event) return null;
  return {
    id: Number(event.id),
    time: event.time,
    kind: wordOf(event.kind),
    service: event.service ?? "",
    replica: event.replica ?? "",
    code: event.code ?? "",
    text: event.text ?? "",
    actor: event.actor ?? "",
    cause: event.cause ?? "",
    outcome: event.outcome ?? "",
    evidence: event.evidence ?? "",
  };
}

// When to ask for lists again after something changed: at once after a quiet time, and under
// continuous change as seldom as costs a tenth of the time.
export class Pace {
  #gapMin;
  #last = -Infinity;
  #gap;

  constructor(gapMinMs) {
    this.#gapMin = gapMinMs;
    this.#gap = gapMinMs;
  }

  // Milliseconds to wait from `now` on.
  wait(now) {
    return Math.max(0, this.#last + this.#gap - now);
  }

  done(now, tookMs) {
    this.#last = now;
    this.#gap = Math.min(10_000, Math.max(this.#gapMin, 10 * tookMs));
  }
}
