// The totals in one line, each with its colour.

import {clientState, measureIn, toneOf} from "./judge.js";
import {byId, h, setData, setText} from "./dom.js";

const kTiles = [
  ["in", "in rotation"],
  ["out", "need a look"],
  ["services", "services"],
  ["clients", "clients"],
  ["repairs", "repairs under way"],
  ["cut", "callers cut loose"],
];

export class Tiles {
  #parts = new Map();
  #repairs = null;

  constructor() {
    for (const [key, label] of kTiles) {
      const number = h("strong", {}, "–");
      const note = h("small", {});
      const tile = h(
        "div",
        {class: "tile", data: {tile: key, tone: "calm"}},
        number,
        h("span", {}, label),
        note,
      );
      this.#parts.set(key, {tile, number, note});
      byId("tiles").append(tile);
    }
  }

  setMeasures(measures) {
    this.#repairs = measureIn(measures, "repairs under way on this host") ?? this.#repairs;
  }

  // `look`: the replicas that need one, the worst first.
  draw({fleet, status, clients, diagnostics}, look) {
    const {services, replicas, inRotation} = fleet.counts();
    this.#set("in", `${inRotation} / ${replicas}`, inRotation === replicas ? "good" : "busy");
    const count = look.length + diagnostics.length;
    this.#set("out", String(count), count === 0 ? "good" : look.length > 0 ? toneOf(look[0]) : "busy");
    this.#set("services", String(services), "calm");
    const refused = clients.filter((client) => clientState(client) === "REFUSED").length;
    this.#set(
      "clients",
      String(clients.length),
      refused > 0 ? "bad" : "calm",
      refused > 0 ? `${refused} refused a list` : "",
    );
    const repairs = this.#repairs;
    this.#set(
      "repairs",
      repairs ? `${repairs.now} / ${repairs.most}` : "–",
      repairs?.now > 0 ? "busy" : "calm",
      repairs ? "at a time" : "",
    );
    this.#set("cut", String(status?.callersResetCount ?? "–"), "calm", "since its start");
  }

  #set(key, text, tone, note = "") {
    const part = this.#parts.get(key);
    setText(part.number, text);
    setText(part.note, note);
    setData(part.tile, "tone", tone);
  }
}
