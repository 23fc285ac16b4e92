// Histories: the check histories and budgets of the replicas that can be seen, asked for one by one.
//
// Why so: only Explain has them, a replica at a time. So those on the screen are asked for in turn, a
// few a second, and those that never were come first and at once.

import {get, pathOf} from "./api.js";

const kFirstGapMs = 50; // between two that were never asked for
const kGapMs = 250; // between two questions: four a second at most
const kFreshMs = 5000; // not asked for again before

export class Histories {
  #askedAt = new Map(); // by replica name
  #seen = new Set();
  #told;
  #timer = 0;
  #isAsking = false;

  // `told(name, explanation)` for each answer.
  constructor(told) {
    this.#told = told;
  }

  see(name) {
    this.#seen.add(name);
    this.#schedule(0);
  }
  unsee(name) {
    this.#seen.delete(name);
  }
  forget(name) {
    this.#seen.delete(name);
    this.#askedAt.delete(name);
  }
  // It has changed: its history is news.
  renew(name) {
    if (this.#seen.has(name))
      this.#askedAt.set(name, Math.min(this.#askedAt.get(name) ?? 0, performance.now() - kFreshMs + 500));
  }

  // The one that has waited longest, or none that is due.
  #next(now) {
    let best = null;
    let oldest = now - kFreshMs;
    for (const name of this.#seen) {
      const at = this.#askedAt.get(name) ?? -Infinity;
      if (at <= oldest && (best === null || at < oldest)) {
        best = name;
        oldest = at;
      }
    }
    return best;
  }

  #isAnyNew() {
    return [...this.#seen].some((name) => !this.#askedAt.has(name));
  }

  #schedule(ms) {
    if (this.#timer || this.#isAsking) return;
    this.#timer = setTimeout(() => this.#ask(), Math.max(ms, kFirstGapMs));
  }

  async #ask() {
    this.#timer = 0;
    const name = document.hidden ? null : this.#next(performance.now());
    if (name !== null) {
      this.#isAsking = true;
      this.#askedAt.set(name, performance.now());
      try {
        this.#told(name, await get(`/v1/${pathOf(name)}:explain`));
      } catch {
        // Gone, or the daemon is: the list says so.
      }
      this.#isAsking = false;
    }
    if (this.#seen.size > 0) this.#schedule(name === null ? 500 : this.#isAnyNew() ? kFirstGapMs : kGapMs);
  }
}
