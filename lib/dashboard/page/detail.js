// One replica in full: Explain, drawn. It is beside the page, not over it: Escape closes it.

import {ApiError, get, pathOf} from "./api.js";
import {budgetIn, checkTone, rotationText, toneOf} from "./judge.js";
import {makeStrip, setStrip} from "./strip.js";
import {agoText, clockText, durationMs, latencyText, msOf, shortId, wordOf} from "./text.js";
import {byId, fill, h, pill, redraw, setHidden, setText} from "./dom.js";
import {hasToken} from "./token.js";

const kAgainMs = 2000;

export class Detail {
  #live;
  #acts;
  #name = "";
  #opener = null;
  #parts = null;
  #timer = 0;

  constructor(live, acts) {
    this.#live = live;
    this.#acts = acts;
    byId("detail-close").addEventListener("click", () => this.close());
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && this.#name && !document.querySelector("dialog[open]")) this.close();
    });
  }

  // `opener` gets the focus back; null: the heading of the list does.
  open(name, opener) {
    this.#name = name;
    this.#opener = opener;
    setText(byId("detail-title"), this.#live.fleet.replicas.get(name)?.displayName ?? name);
    this.#parts = {
      state: h("p", {class: "state"}),
      acts: h("div", {class: "buttons acts"}),
      next: h("div"),
      strip: makeStrip(),
      checks: h("div"),
      holds: h("div"),
      past: h("div"),
      more: h("div"),
      hint: h(
        "p",
        {class: "hint"},
        "Read-only: open what ",
        h("code", {}, "fairlead dashboard"),
        " prints on this host to act.",
      ),
      trouble: h("p", {class: "bad", role: "status"}),
    };
    const {state, hint, acts, next, strip, checks, holds, past, more, trouble} = this.#parts;
    fill(
      byId("detail-body"),
      state,
      hint,
      acts,
      trouble,
      h("h3", {}, "The last checks of this life"),
      strip,
      next,
      holds,
      past,
      h("h3", {}, "Check by check"),
      checks,
      more,
    );
    setHidden(byId("detail"), false);
    history.replaceState(null, "", "#" + new URLSearchParams({replica: name}));
    this.drawActs();
    this.#ask();
    byId("detail-title").focus();
  }

  close() {
    this.#name = "";
    clearTimeout(this.#timer);
    setHidden(byId("detail"), true);
    history.replaceState(null, "", location.pathname);
    (this.#opener?.isConnected ? this.#opener : byId("fleet-title")).focus();
  }

  notice(names) {
    if (this.#name && names.has(this.#name)) {
      this.drawActs();
      this.#ask();
    }
  }

  drawActs() {
    const replica = this.#live.fleet.replicas.get(this.#name);
    if (!this.#parts || !replica) return;
    const isPaused = (replica.pauses ?? []).some((pause) => pause.name === this.#name);
    const isOut = replica.intent === "drained" || replica.intent === "evicted";
    const verbs = [
      isOut ? ["undrain", "Undrain"] : ["drain", "Drain"],
      ["restart", "Restart"],
      ["evict", "Evict"],
      isPaused ? ["resume", "Resume repairs"] : ["pause", "Pause repairs"],
    ];
    const target = {name: this.#name, label: replica.displayName};
    redraw(this.#parts.acts, verbs, () =>
      verbs.map(([verb, label]) =>
        h(
          "button",
          {type: "button", data: {acts: ""}, on: {click: () => this.#acts.ask(verb, target)}},
          label,
        ),
      ),
    );
    for (const button of this.#parts.acts.children) this.#acts.allow(button);
    setHidden(this.#parts.hint, hasToken());
  }

  async #ask() {
    const name = this.#name;
    clearTimeout(this.#timer);
    try {
      const answer = await get(`/v1/${pathOf(name)}:explain`);
      if (name !== this.#name) return;
      setText(this.#parts.trouble, "");
      this.#draw(answer);
    } catch (error) {
      if (name !== this.#name) return;
      setText(
        this.#parts.trouble,
        error instanceof ApiError && error.status === 404
          ? "It is gone: no container has this place now."
          : error.message,
      );
    }
    this.#timer = setTimeout(() => {
      if (this.#name && !document.hidden) this.#ask();
      else if (this.#name) this.#timer = setTimeout(() => this.#ask(), kAgainMs);
    }, kAgainMs);
  }

  #draw(answer) {
    const told = answer.replicas[0];
    const replica = told.replica;
    const parts = this.#parts;
    setText(byId("detail-title"), replica.displayName);
    redraw(
      parts.state,
      [rotationText(replica), toneOf(replica), told.rotation, replica.containerId, replica.image],
      () => [
        pill(toneOf(replica), rotationText(replica)),
        " ",
        told.rotation,
        h(
          "small",
          {},
          `container ${replica.containerName} (${shortId(replica.containerId)}), image ${replica.image}, ` +
            (replica.address || "no address"),
        ),
      ],
    );
    redraw(parts.next, told.next, (next) => [
      h("h3", {}, "What comes next"),
      h(
        "p",
        {},
        next.text || "nothing",
        next.time && h("small", {}, `not before ${clockText(msOf(next.time), Date.now())}`),
      ),
    ]);
    setStrip(parts.strip, told.checks ?? []);
    redraw(parts.checks, told.checks, (checks) => this.#checks(checks ?? []));
    redraw(parts.holds, told.holds, (holds) => this.#holds(holds ?? []));
    redraw(parts.past, told.acts, (acts) => this.#past(acts ?? []));
    const open = parts.more.querySelector("details")?.open ?? false;
    redraw(parts.more, [told.measures, told.sights, answer.measures], () => this.#more(told, answer, open));
  }

  #checks(checks) {
    if (checks.length === 0) return h("p", {class: "empty"}, "None yet.");
    return h(
      "table",
      {class: "plain checks"},
      h("caption", {class: "unseen"}, "The last checks, newest first"),
      h(
        "thead",
        {},
        h(
          "tr",
          {},
          ["When", "Answer", "Took", "What came back"].map((title) => h("th", {scope: "col"}, title)),
        ),
      ),
      h(
        "tbody",
        {},
        checks
          .slice(0, 20)
          .map((check) =>
            h(
              "tr",
              {},
              h("td", {}, clockText(msOf(check.time) ?? 0, Date.now())),
              h("td", {}, pill(checkTone(wordOf(check.checkClass)), wordOf(check.checkClass))),
              h("td", {}, latencyText(durationMs(check.latency))),
              h("td", {}, check.detail),
            ),
          ),
      ),
    );
  }

  #holds(holds) {
    const held = holds.filter((hold) => hold.holds);
    const budget = budgetIn(holds);
    const item = (hold) =>
      h(
        "li",
        {data: {tone: hold.holds ? "bad" : "calm"}},
        h("code", {}, hold.code),
        ` ${hold.measured}`,
        hold.advice && h("small", {}, hold.advice),
      );
    return [
      h("h3", {}, "What forbids a repair"),
      budget &&
        h(
          "p",
          {class: "budget"},
          "Repairs spent ",
          h("meter", {min: 0, max: budget.most, high: budget.most - 0.5, optimum: 0, value: budget.spent}),
          ` ${budget.spent} of ${budget.most} in ${budget.window}`,
        ),
      held.length > 0 ? h("ul", {class: "holds"}, held.map(item)) : h("p", {}, "Nothing."),
      h(
        "details",
        {},
        h("summary", {}, "Everything that was weighed"),
        h("ul", {class: "holds"}, holds.map(item)),
      ),
    ];
  }

  #past(acts) {
    return [
      h("h3", {}, "What was done to it"),
      acts.length === 0
        ? h("p", {}, "Nothing on record.")
        : h(
            "ol",
            {class: "past"},
            acts.map((one) =>
              h(
                "li",
                {data: {tone: one.state === "failed" ? "bad" : "calm"}},
                h("strong", {}, `${one.act} ${one.state}`),
                ` ${agoText(one.time, Date.now())} ago by ${one.actor}: ${one.cause}`,
                [one.outcome, one.verified, one.evidence]
                  .filter((text) => text)
                  .map((text) => h("small", {}, text)),
              ),
            ),
          ),
    ];
  }

  #more(told, answer, isOpen) {
    const rows = (measures) =>
      measures.map((one) =>
        h(
          "tr",
          {},
          h("th", {scope: "row"}, one.what),
          h("td", {}, one.value),
          h("td", {}, h("small", {}, one.source)),
        ),
      );
    return h(
      "details",
      {open: isOpen},
      h("summary", {}, "What this rests on, and who is told which address"),
      h("table", {class: "plain"}, h("tbody", {}, rows(told.measures ?? []), rows(answer.measures ?? []))),
      h(
        "ul",
        {},
        (told.sights ?? []).map((one) =>
          h("li", {}, `${one.viewer}: ${one.address || "left out"}`, h("small", {}, one.source)),
        ),
      ),
    );
  }
}
