// What stands above everything: the daemon's phase, brake, pauses, and whether it is there at all.

import {bannersOf} from "./judge.js";
import {clockText, wordOf} from "./text.js";
import {byId, h, redraw, setAttribute, setData, setHidden, setText} from "./dom.js";
import {hasToken} from "./token.js";

const kConnectionTexts = {live: "Live", connecting: "Connecting", lost: "Not connected, trying again"};

export class Banners {
  #acts;

  constructor(acts) {
    this.#acts = acts;
  }

  draw(live) {
    const {status, state} = live;
    setData(document.documentElement, "state", state);
    setText(byId("connection"), kConnectionTexts[state]);
    setHidden(byId("token-hint"), hasToken());
    if (status) {
      const phase = wordOf(status.phase);
      setText(byId("phase"), state === "lost" ? "unknown" : phase);
      setData(
        byId("phase"),
        "tone",
        state === "lost" ? "bad" : phase === "serving" ? "good" : phase === "stale" ? "bad" : "busy",
      );
      setText(
        byId("engine"),
        `fairleadd ${status.version} on engine ${status.engineVersion || "?"} at ${status.engineEndpoint}`,
      );
      setAttribute(
        byId("pause-host"),
        "data-paused",
        String((status.pauses ?? []).some((pause) => pause.name === "services/-")),
      );
    }
    const banners = bannersOf(status);
    if (state === "lost") {
      banners.unshift({
        key: "lost",
        tone: "bad",
        title: "Not connected to fairleadd, trying again",
        text:
          `What is shown is from ${clockText(live.lostSince, Date.now())}. Is it running on that host? ` +
          "Callers keep their lists meanwhile.",
      });
    }
    redraw(byId("banners"), {banners, hasToken: hasToken()}, ({banners}) =>
      banners.map((banner) => this.#make(banner)),
    );
  }

  #make({tone, title, text, since, act}) {
    const button =
      act &&
      h(
        "button",
        {
          type: "button",
          "aria-label": `Resume repairs: ${act.label}`,
          data: {acts: ""},
          on: {click: () => this.#acts.ask(act.verb, act)},
        },
        "Resume",
      );
    if (button) this.#acts.allow(button);
    return h(
      "div",
      {class: "banner", data: {tone}},
      h("strong", {}, title),
      " ",
      h("span", {}, text),
      since && h("span", {class: "since"}, ` since ${clockText(Date.parse(since), Date.now())}`),
      button,
    );
  }
}
