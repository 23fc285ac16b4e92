// Who gets lists from here, what they asked for, and what they said to what they were sent.

import {clientState, resourceTone, resourceWord} from "./judge.js";
import {agoText, countText, shortId} from "./text.js";
import {byId, h, pill, redraw, setHidden, setList, setText} from "./dom.js";

const kNamesShown = 3;
const kShownMax = 100;

export class ClientsTable {
  #live;
  #rows = new Map();
  #shown = [];

  constructor(live) {
    this.#live = live;
  }

  draw() {
    const rank = ["REFUSED", "SENT", "REQUESTED", "ACKNOWLEDGED"];
    const clients = [...this.#live.clients].sort(
      (a, b) => rank.indexOf(clientState(a)) - rank.indexOf(clientState(b)),
    );
    this.#shown = clients.slice(0, kShownMax);
    setText(
      byId("clients-count"),
      clients.length > kShownMax ? `${kShownMax} of ${clients.length}` : String(clients.length),
    );
    setHidden(byId("clients"), clients.length === 0);
    setHidden(byId("clients-empty"), clients.length > 0);
    this.#rows = setList(
      byId("clients-body"),
      this.#shown,
      this.#rows,
      (client) => client.name,
      () => h("tr"),
    );
    for (const client of this.#shown)
      redraw(this.#rows.get(client.name), client, (value) => this.#cells(value));
    this.drawAges();
  }

  drawAges() {
    const now = Date.now();
    for (const client of this.#shown) {
      const age = this.#rows.get(client.name)?.querySelector(".age");
      if (age) setText(age, agoText(client.connectTime, now));
    }
  }

  #cells(client) {
    const place = client.containerId
      ? `container ${shortId(client.containerId)}`
      : client.address || (client.pid ? `pid ${client.pid}` : "the host");
    const asked = new Set(
      (client.resources ?? []).filter((one) => one.type !== "routes").flatMap((one) => one.names ?? []),
    );
    const names =
      [...asked].slice(0, kNamesShown).join(", ") +
      (asked.size > kNamesShown ? ` and ${asked.size - kNamesShown} more` : "");
    const missing = (client.resources ?? []).flatMap((one) => one.missing ?? []);
    return [
      h(
        "th",
        {scope: "row"},
        client.nodeId || client.name,
        h("small", {}, `${client.userAgent} ${client.userAgentVersion}, ${place}`),
      ),
      h(
        "td",
        {},
        names || "nothing yet",
        missing.map((one) => h("small", {class: "bad"}, `${one.name}: ${one.reason}`)),
        (client.leftOut ?? []).map((one) =>
          h(
            "small",
            {},
            `not told of ${countText(one.replicaCount, "replica")} of ${one.service}: it shares no network with them`,
          ),
        ),
      ),
      h(
        "td",
        {},
        (client.resources ?? []).map((one) => this.#resource(one)),
        !client.isPlaced && h("small", {}, "where it runs is not known yet"),
        client.denied && h("small", {class: "bad"}, client.denied),
      ),
      h("td", {}, h("span", {class: "age"})),
    ];
  }

  #resource(one) {
    const version = one.acknowledgedVersion || "none";
    const behind =
      one.sentVersion && one.sentVersion !== one.acknowledgedVersion ? `, sent ${one.sentVersion}` : "";
    return h(
      "span",
      {class: "resource", title: `${resourceWord(one.state)}: version ${version}${behind}`},
      pill(
        resourceTone(one.state),
        `${one.type} ${one.state === "ACKNOWLEDGED" ? version : resourceWord(one.state)}`,
      ),
      one.refusal && h("small", {class: "bad"}, one.refusal.text),
    );
  }
}
