// What is wrong, why, what fairlead did about it, and what a person can do: one item per replica.

import {adviceOn, deedOf, rotationText, toneOf, troubles, whyOf} from "./judge.js";
import {agoText, countText} from "./text.js";
import {byId, h, pill, redraw, setHidden, setList, setText} from "./dom.js";

const kShownMax = 6;

export class Troubles {
  all = []; // of the last draw, the worst first
  #live;
  #open;
  #items = new Map();
  #shown = [];

  constructor(live, {open, showOut}) {
    this.#live = live;
    this.#open = open;
    byId("trouble-all").addEventListener("click", showOut);
  }

  draw() {
    const all = troubles([...this.#live.fleet.replicas.values()]);
    this.all = all;
    this.#drawLabels();
    this.#shown = all.slice(0, kShownMax);
    const count = all.length + this.#live.diagnostics.length;
    setText(byId("trouble-title"), count > 0 ? `Needs a look (${count})` : "Nothing needs a look");
    setHidden(byId("trouble-more"), all.length <= kShownMax);
    setText(byId("trouble-all"), `Show all ${countText(all.length, "replica")} below`);
    this.#items = setList(
      byId("trouble-list"),
      this.#shown,
      this.#items,
      (replica) => replica.name,
      (replica) => h("li", {data: {name: replica.name}}),
    );
    for (const replica of this.#shown) this.#drawItem(this.#items.get(replica.name), replica);
    this.drawAges();
  }

  drawAges() {
    const now = Date.now();
    for (const replica of this.#shown) {
      const age = this.#items.get(replica.name)?.querySelector(".age");
      if (age) setText(age, agoText(replica.rotationSince, now));
    }
  }

  // Containers that ask to be managed and are not, or are otherwise than somebody meant.
  #drawLabels() {
    const containers = this.#live.diagnostics;
    redraw(byId("labels-list"), containers.slice(0, kShownMax), (shown) =>
      shown.map((one) => {
        const isManaged = !one.diagnostics.some((each) => each.severity === "SEVERITY_ERROR");
        return h(
          "li",
          {},
          h(
            "div",
            {class: "what"},
            pill(isManaged ? "busy" : "bad", isManaged ? "labels" : "not managed"),
            " ",
            h("span", {class: "name"}, one.containerName),
          ),
          h(
            "dl",
            {},
            one.diagnostics
              .slice(0, kShownMax)
              .map((each) => [
                h("dt", {}, "Why"),
                h("dd", {}, `${each.subject}: ${each.message}`),
                each.hint && [h("dt", {}, "You"), h("dd", {}, each.hint)],
              ]),
          ),
        );
      }),
    );
    setHidden(byId("labels-more"), containers.length <= kShownMax);
  }

  #drawItem(item, replica) {
    const value = {
      tone: toneOf(replica),
      name: replica.displayName,
      rotation: rotationText(replica),
      why: whyOf(replica),
      did: deedOf(replica),
      advice: adviceOn(replica),
    };
    redraw(item, value, () => [
      h(
        "div",
        {class: "what"},
        pill(value.tone, value.rotation),
        " ",
        h("span", {class: "name"}, value.name),
        " ",
        h("span", {class: "age"}),
      ),
      h(
        "dl",
        {},
        h("dt", {}, "Why"),
        h("dd", {}, value.why),
        h("dt", {}, "fairlead"),
        h("dd", {}, value.did),
        value.advice && [h("dt", {}, "You"), h("dd", {}, value.advice)],
      ),
      h(
        "button",
        {
          type: "button",
          class: "small",
          "aria-label": `Explain ${value.name}`,
          on: {click: (event) => this.#open(replica.name, event.currentTarget)},
        },
        "Explain and act",
      ),
    ]);
  }
}
