// All services and replicas, one row each. A change touches the cells that differ, and rows out of
// sight cost neither layout nor questions (content-visibility in overview.css, Histories).

import {budgetIn, rotationText, toneOf} from "./judge.js";
import {matches, serviceOf} from "./fleet.js";
import {makeStrip, setStrip} from "./strip.js";
import {agoText, countText} from "./text.js";
import {byId, h, pill, setAttribute, setData, setHidden, setList, setText} from "./dom.js";

const kColumns = 6;

// "list 17, taken by all clients"
function listText({revision, adoptedRevision}) {
  if (!revision) return "";
  if (adoptedRevision === revision) return `list ${revision}, taken by all clients`;
  return `list ${revision}` + (adoptedRevision ? `, ${adoptedRevision} taken by all` : "");
}

export class FleetTable {
  #live;
  #tools;
  #rows = new Map(); // by replica name: the row's parts
  #bodies = new Map(); // by service name: its <tbody>
  #heads = new Map(); // by service name: its first row's parts
  #inBody = new Map(); // by service name: what setList keeps
  #members = new Map(); // by service name: its replicas' names
  #visible = new Set();
  #watch;

  constructor(live, tools) {
    this.#live = live;
    this.#tools = tools;
    this.#watch = new IntersectionObserver((entries) => this.#see(entries), {rootMargin: "50px"});
    for (const id of ["find", "show"]) byId(id).addEventListener("input", () => this.#filter());
  }

  // Only the replicas of that kind, and go there.
  show(choice) {
    byId("show").value = choice;
    this.#filter();
    byId("fleet-title").focus();
  }

  setAll() {
    const groups = this.#live.fleet.groups();
    this.#bodies = setList(
      byId("fleet"),
      [{service: {name: ""}}, ...groups],
      this.#bodies.size ? this.#bodies : new Map([["", byId("fleet").tHead]]),
      (group) => group.service.name,
      (group) => this.#makeBody(group.service),
    );
    for (const {service, replicas} of groups) {
      this.#members.set(
        service.name,
        replicas.map((replica) => replica.name),
      );
      this.#drawHead(service);
      const head = this.#heads.get(service.name).row;
      const before = this.#inBody.get(service.name) ?? new Map([["", head]]);
      this.#inBody.set(
        service.name,
        setList(
          this.#bodies.get(service.name),
          [{name: ""}, ...replicas],
          before,
          (replica) => replica.name,
          (replica) => this.#makeRow(replica),
        ),
      );
    }
    for (const name of [...this.#heads.keys()]) {
      if (this.#bodies.has(name)) continue;
      this.#heads.delete(name);
      this.#members.delete(name);
      this.#inBody.delete(name);
    }
    for (const name of [...this.#rows.keys()]) {
      if (!this.#live.fleet.replicas.has(name)) this.#forget(name);
    }
    setHidden(byId("fleet-empty"), groups.length > 0);
    setHidden(byId("fleet"), groups.length === 0);
    this.#filter();
  }

  // Those rows, and the heads of their services.
  draw(names) {
    for (const name of names) this.#drawRow(name);
    for (const service of new Set([...names].map(serviceOf))) {
      if (this.#heads.has(service)) this.#drawHead(this.#live.fleet.services.get(service) ?? {name: service});
    }
    if (!this.#isAll()) this.#filter();
  }

  // What the status says of services: pauses.
  drawHeads() {
    for (const service of this.#live.fleet.services.values())
      if (this.#heads.has(service.name)) this.#drawHead(service);
  }

  #drawRow(name) {
    const row = this.#rows.get(name);
    const replica = this.#live.fleet.replicas.get(name);
    if (!row || !replica) return;
    const tone = toneOf(replica);
    setData(row.row, "tone", tone);
    setText(row.name, replica.displayName.slice(replica.displayName.lastIndexOf("/")));
    setAttribute(row.name, "aria-label", replica.displayName);
    setText(row.container, replica.containerName);
    setText(row.rotation, rotationText(replica));
    setData(row.rotation, "tone", tone);
    const isAtRest = replica.repair === "idle" || replica.repair === "";
    setText(row.repair, isAtRest ? (replica.intent === "none" ? "" : replica.intent) : replica.repair);
    setAttribute(row.repair, "title", `${row.repair.textContent} ${replica.lastCause}`);
    setText(row.address, replica.address);
    this.#drawBudget(row, replica);
    this.#drawAge(row, replica, Date.now());
  }

  // Of those that can be seen.
  drawAges() {
    const now = Date.now();
    for (const name of this.#visible) {
      const replica = this.#live.fleet.replicas.get(name);
      if (replica) this.#drawAge(this.#rows.get(name), replica, now);
    }
  }

  setHistory(name, explanation) {
    const row = this.#rows.get(name);
    const told = explanation.replicas?.[0];
    if (!row || !told) return;
    setStrip(row.strip, told.checks ?? []);
    row.budget = budgetIn(told.holds);
    const replica = this.#live.fleet.replicas.get(name);
    if (replica) this.#drawBudget(row, replica);
  }

  #drawAge(row, replica, now) {
    setText(row.age, agoText(replica.rotationSince, now));
  }

  #drawBudget(row, replica) {
    const spent = row.budget?.spent ?? replica.restartsInWindow ?? 0;
    const most = row.budget?.most ?? 0;
    setHidden(row.meter, spent === 0);
    if (spent === 0) return;
    setText(row.meter, most ? `${spent} of ${most} restarts` : countText(spent, "restart"));
    setAttribute(row.meter, "title", row.budget ? `repairs spent in ${row.budget.window}` : "");
    setData(row.meter, "tone", most && spent >= most ? "bad" : "busy");
  }

  #makeRow(replica) {
    const cell = (name, ...children) => h("td", {role: "cell", class: name}, ...children);
    const open = (event) => this.#tools.open(replica.name, event.currentTarget);
    const parts = {
      name: h("button", {type: "button", class: "link name", on: {click: open}}),
      container: h("small", {}),
      rotation: pill("calm", ""),
      age: h("span", {class: "age"}),
      strip: makeStrip(),
      repair: h("span", {}),
      meter: h("small", {class: "spent", hidden: true}),
      address: h("span", {}),
      budget: null,
    };
    parts.row = h(
      "tr",
      {role: "row", data: {name: replica.name}},
      h("th", {scope: "row", role: "rowheader"}, parts.name, parts.container),
      cell("rotation", parts.rotation),
      cell("since", parts.age),
      cell("checks", parts.strip),
      cell("repair", parts.repair, parts.meter),
      cell("address", parts.address),
    );
    this.#rows.set(replica.name, parts);
    this.#watch.observe(parts.row);
    this.#drawRow(replica.name);
    return parts.row;
  }

  #makeBody(service) {
    const parts = {
      gauge: h("span", {class: "gauge", role: "img"}, h("i", {class: "fill"}), h("i", {class: "floor"})),
      text: h("span", {class: "share"}),
      list: h("span", {class: "list"}),
      paused: pill("calm", "repairs paused"),
      pause: h("button", {type: "button", class: "small", data: {acts: ""}}, "Pause repairs"),
    };
    const target = {name: service.name, label: `service ${service.name.replace(/^services\//, "")}`};
    parts.pause.addEventListener("click", () =>
      this.#tools.acts.ask(parts.isPaused ? "resume" : "pause", target),
    );
    const why = h(
      "button",
      {type: "button", class: "small", on: {click: () => this.#tools.diagnose.open({service: service.name})}},
      "Diagnose",
    );
    parts.row = h(
      "tr",
      {role: "row", class: "service"},
      h(
        "th",
        {scope: "rowgroup", role: "rowheader", colspan: kColumns},
        h(
          "span",
          {class: "title"},
          service.service,
          service.project && h("small", {}, `.${service.project}`),
        ),
        parts.gauge,
        parts.text,
        parts.list,
        parts.paused,
        h("span", {class: "buttons"}, why, parts.pause),
      ),
    );
    this.#heads.set(service.name, parts);
    return h("tbody", {role: "rowgroup"}, parts.row);
  }

  #drawHead(service) {
    const parts = this.#heads.get(service.name);
    const replicas = this.#members
      .get(service.name)
      .map((name) => this.#live.fleet.replicas.get(name))
      .filter((replica) => replica);
    const inRotation = replicas.filter((replica) => replica.inRotation).length;
    const most = Math.max(replicas.length, 1);
    const least = service.availableMinimum ?? 0;
    const tone =
      inRotation === 0 && replicas.length > 0 ? "bad" : inRotation < replicas.length ? "busy" : "good";
    setText(
      parts.text,
      replicas.length === 0
        ? "no replica now"
        : `${inRotation} of ${replicas.length} in rotation, ${least} must stay`,
    );
    setData(parts.gauge, "tone", tone);
    parts.gauge.firstChild.style.width = `${(100 * inRotation) / most}%`;
    parts.gauge.lastChild.style.left = `${(100 * Math.min(least, most)) / most}%`;
    setAttribute(parts.gauge, "aria-label", `${inRotation} of ${replicas.length}, minimum ${least}`);
    setText(parts.list, listText(service));
    const pause = (this.#live.status?.pauses ?? []).find((one) => one.name === service.name);
    parts.isPaused = pause !== undefined;
    setHidden(parts.paused, !parts.isPaused);
    setText(parts.pause, parts.isPaused ? "Resume repairs" : "Pause repairs");
    this.#tools.acts.allow(parts.pause);
  }

  #forget(name) {
    this.#watch.unobserve(this.#rows.get(name).row);
    this.#tools.histories.forget(name);
    this.#visible.delete(name);
    this.#rows.delete(name);
  }

  #see(entries) {
    const now = Date.now();
    for (const entry of entries) {
      const name = entry.target.dataset.name;
      const replica = this.#live.fleet.replicas.get(name);
      if (entry.isIntersecting && replica) {
        this.#visible.add(name);
        this.#tools.histories.see(name);
        this.#drawAge(this.#rows.get(name), replica, now);
      } else {
        this.#visible.delete(name);
        this.#tools.histories.unsee(name);
      }
    }
  }

  #words() {
    return byId("find")
      .value.toLowerCase()
      .split(/\s+/)
      .filter((word) => word !== "");
  }
  #isAll() {
    return this.#words().length === 0 && byId("show").value === "all";
  }

  #filter() {
    const words = this.#words();
    const choice = byId("show").value;
    let found = 0;
    const shown = new Set();
    for (const [name, parts] of this.#rows) {
      const replica = this.#live.fleet.replicas.get(name);
      const isShown = replica !== undefined && matches(replica, toneOf(replica), words, choice);
      setHidden(parts.row, !isShown);
      if (!isShown) continue;
      ++found;
      shown.add(parts.row.parentElement);
    }
    const isAll = this.#isAll();
    for (const [name, body] of this.#bodies) if (name) setHidden(body, !isAll && !shown.has(body));
    setText(byId("found"), isAll ? "" : `${countText(found, "replica")} of ${this.#rows.size}`);
  }
}
