// Live: keeps the page's picture the daemon's. Tells `told` what changed; draws nothing.
//
// One stream of events says that something happened; lists say what is true. The stream resumes where
// it was: the browser sends the last event's id by itself (Last-Event-ID), and a stream that it has given
// up is opened anew after that id. In a tab that nobody sees nothing runs.

import {get, list} from "./api.js";
import {eventFrom, Inbox, Log, Pace} from "./inbox.js";
import {Fleet} from "./fleet.js";

const kStatusMs = 2000; // how soon it shows that the daemon is gone without a word
const kListsMs = 10_000; // lists without an event: ages of checks, weights
const kClientsMs = 5000;
const kListGapMs = 1000; // under continuous change, which events tell meanwhile
const kSoonMs = 300;
const kDrawGapMs = 250;
const kReopenMs = 1500;
const kHistoryMs = 3600_000; // of events, at first

export class Live {
  fleet = new Fleet();
  log = new Log();
  status = null;
  clients = [];
  diagnostics = []; // containers whose labels have something wrong
  state = "connecting"; // "live", "lost"
  lostSince = 0;

  #inbox = new Inbox();
  #pace = new Pace(kListGapMs);
  #told;
  #source = null;
  #timers = new Map();
  #isAsking = false;
  #isDirty = false;
  #isDrawing = false;
  #drawnAt = -Infinity;
  #news = {rows: new Set(), events: false, all: false, status: false, clients: false, state: false};

  // `told({rows, events, all, status, clients, state})` within a frame, at most once per kDrawGapMs.
  constructor(told) {
    this.#told = told;
  }

  start() {
    document.addEventListener("visibilitychange", () => (document.hidden ? this.#stop() : this.#run()));
    if (!document.hidden) this.#run();
  }

  // Something was done: do not wait for the event that will say so.
  lookAgain() {
    this.#markDirty();
  }

  #run() {
    this.#openStream();
    this.#askStatus();
    this.#askClients();
    this.#markDirty();
  }

  #stop() {
    this.#source?.close();
    this.#source = null;
    for (const {id} of this.#timers.values()) clearTimeout(id);
    this.#timers.clear();
  }

  // What is due sooner already stays, so that what is asked for again and again comes to pass.
  #later(what, ms, work) {
    const due = performance.now() + ms;
    const before = this.#timers.get(what);
    if (document.hidden || (before && before.due <= due)) return;
    clearTimeout(before?.id);
    const run = () => {
      this.#timers.delete(what);
      work();
    };
    this.#timers.set(what, {due, id: setTimeout(run, ms)});
  }

  #tell(changes) {
    for (const row of changes.rows ?? []) this.#news.rows.add(row);
    for (const what of ["events", "all", "status", "clients", "state"])
      this.#news[what] ||= changes[what] ?? false;
    if (this.#isDrawing) return;
    this.#isDrawing = true;
    // At once after a quiet time; else as often as eyes can follow.
    setTimeout(
      () => requestAnimationFrame(() => this.#draw()),
      Math.max(0, this.#drawnAt + kDrawGapMs - performance.now()),
    );
  }

  #draw() {
    this.#isDrawing = false;
    this.#drawnAt = performance.now();
    this.#takeEvents();
    const news = this.#news;
    this.#news = {rows: new Set(), events: false, all: false, status: false, clients: false, state: false};
    this.#told(news);
  }

  #setState(state) {
    if (this.state === state) return;
    if (state === "lost") this.lostSince = Date.now();
    this.state = state;
    this.#tell({state: true});
  }

  // --- events -------------------------------------------------------------------------------------
  #openStream() {
    this.#source?.close();
    const from = this.log.lastId
      ? `after_id=${this.log.lastId}`
      : `since=${encodeURIComponent(new Date(Date.now() - kHistoryMs).toISOString())}`;
    const source = new EventSource(`/v1/events?follow=true&${from}`);
    this.#source = source;
    source.onmessage = (message) => {
      this.#inbox.put(message.data);
      this.#tell({});
    };
    // Also what the daemon itself calls an error: it closes the stream, and the browser comes back.
    source.onerror = () => {
      this.#askStatus();
      if (source.readyState === EventSource.CLOSED)
        this.#later("reopen", kReopenMs, () => this.#openStream());
    };
    source.onopen = () => this.#markDirty();
  }

  #takeEvents() {
    if (this.#inbox.size === 0) return;
    const {items, isWhole} = this.#inbox.take();
    const events = this.log.add(items.map(eventFrom).filter((event) => event !== null));
    if (events.length === 0 && isWhole) return;
    for (const event of events) {
      const row = this.fleet.apply(event);
      if (row) this.#news.rows.add(row);
    }
    this.#news.events = true;
    this.#markDirty();
    this.#later("status", kSoonMs, () => this.#askStatus());
    if (events.some((event) => event.kind === "view-published"))
      this.#later("clients", kSoonMs, () => this.#askClients());
  }

  // --- lists --------------------------------------------------------------------------------------
  #markDirty() {
    this.#isDirty = true;
    if (!this.#isAsking) this.#later("lists", this.#pace.wait(performance.now()), () => this.#askLists());
  }

  async #askLists() {
    this.#isAsking = true;
    this.#isDirty = false;
    const began = performance.now();
    try {
      const [services, replicas, diagnostics] = await Promise.all([
        list("/v1/services", "services"),
        list("/v1/replicas", "replicas"),
        list("/v1/diagnostics", "containers"),
      ]);
      this.diagnostics = diagnostics;
      this.fleet.setServices(services);
      this.#tell({rows: this.fleet.setReplicas(replicas), all: true});
    } catch {
      this.#isDirty = this.state === "live"; // else it is asked when the daemon is back
    }
    this.#isAsking = false;
    this.#pace.done(performance.now(), performance.now() - began);
    if (this.#isDirty) {
      this.#markDirty();
    } else {
      this.#later("lists", kListsMs, () => this.#askLists());
    }
  }

  async #askStatus() {
    try {
      const status = await get("/v1/status");
      // Ids of events go on across restarts; only who answers with another state directory begins anew.
      const isBack = this.state !== "live";
      const isOther = this.status && this.status.startTime !== status.startTime;
      this.status = status;
      this.#setState("live");
      this.#tell({status: true});
      if (isBack || isOther) {
        this.#markDirty();
        this.#later("clients", kSoonMs, () => this.#askClients());
        if (this.#source?.readyState !== EventSource.OPEN) this.#openStream();
      }
    } catch {
      this.#setState("lost");
    }
    this.#later("status", this.state === "live" ? kStatusMs : kReopenMs, () => this.#askStatus());
  }

  async #askClients() {
    try {
      this.clients = await list("/v1/clients", "clients");
      this.#tell({clients: true});
    } catch {
      // The status says whether the daemon is gone.
    }
    this.#later("clients", kClientsMs, () => this.#askClients());
  }
}
