// A dialog before each act: what it does, what it would cost, why it is done; then how it went.

import {act, ApiError} from "./api.js";
import {serviceOf} from "./fleet.js";
import {byId, fill, h, setAttribute, setText} from "./dom.js";
import {dropToken, hasToken} from "./token.js";
import {latencyText, spanText, durationMs} from "./text.js";

const kReasonBytesMax = 256; // the API's
const kVerbs = {
  drain: [
    "Drain",
    "It leaves every list until you undrain it. Its container keeps running, and calls under way may end.",
    true,
  ],
  undrain: ["Undrain", "It takes part again as soon as its checks are good.", false],
  restart: [
    "Restart",
    "It leaves every list, its callers move away, its container is restarted, and it comes back when it is checked.",
    true,
  ],
  evict: [
    "Evict",
    "It leaves every list, its callers move away, and its container is stopped and stays so.",
    true,
  ],
  pause: [
    "Pause repairs of",
    "No repair begins there until somebody resumes. Checks, lists and people's own acts go on.",
    false,
  ],
  resume: ["Resume repairs of", "Repairs may begin again. What other pauses hold stays held.", false],
};

export class ActDialog {
  #live;
  #dialog = byId("act");
  #changed;
  #run = 0;

  // `changed()` when what may be done has changed.
  constructor(live, changed) {
    this.#live = live;
    this.#changed = changed;
    this.#dialog.addEventListener("close", () => {
      ++this.#run;
      // What it was opened by may have become another button meanwhile.
      if (document.activeElement === document.body)
        byId(byId("detail").hidden ? "fleet-title" : "detail-title").focus();
    });
  }

  // Who has no token sees what there would be to do, and how to get there.
  show() {
    for (const button of document.querySelectorAll("button[data-acts]")) this.allow(button);
    this.#changed();
  }

  allow(button) {
    if (button.disabled === hasToken()) button.disabled = !hasToken();
    if (hasToken()) {
      button.removeAttribute("aria-describedby");
    } else {
      setAttribute(button, "aria-describedby", "token-hint");
    }
  }

  // `target`: its resource name, and what people call it.
  ask(verb, target) {
    const [title, text, canForce] = kVerbs[verb];
    const reason = h("input", {
      id: "act-reason",
      name: "reason",
      autocomplete: "off",
      maxlength: kReasonBytesMax,
      "aria-describedby": "act-reason-note",
    });
    const force = canForce && h("input", {id: "act-force", type: "checkbox"});
    const note = h("small", {id: "act-reason-note"}, "for the record: events and explain show it");
    const outcome = h("p", {class: "outcome", role: "status"});
    const go = h(
      "button",
      {type: "submit", class: verb === "evict" ? "danger" : "primary"},
      title.replace(/ of$/, ""),
    );
    const close = h("button", {type: "button", on: {click: () => this.#dialog.close()}}, "Cancel");
    force &&
      force.addEventListener("input", () => {
        reason.required = force.checked;
        setText(
          note,
          force.checked
            ? "needed, because it may leave fewer than the minimum"
            : "for the record: events and explain show it",
        );
      });
    const form = h(
      "form",
      {
        on: {
          submit: (event) => {
            event.preventDefault();
            this.#send(
              verb,
              target,
              {reason: reason.value, ...(force ? {force: force.checked} : {})},
              {form, outcome, go, close},
            );
          },
        },
      },
      h("h2", {id: "act-title"}, `${title} `, h("span", {class: "name"}, target.label), "?"),
      h("p", {}, text),
      this.#cost(verb, target),
      h("label", {class: "field", for: "act-reason"}, "Reason"),
      reason,
      note,
      force && h("label", {class: "check"}, force, " Do it even if fewer than the minimum stay available"),
      outcome,
      h("div", {class: "buttons"}, close, go),
    );
    fill(this.#dialog, form);
    this.#dialog.showModal();
    reason.focus();
  }

  // What would be left, where that is known.
  #cost(verb, target) {
    const replica = this.#live.fleet.replicas.get(target.name);
    if (!replica || !["drain", "restart", "evict"].includes(verb)) return null;
    const service = this.#live.fleet.services.get(serviceOf(target.name));
    const others = [...this.#live.fleet.replicas.values()].filter(
      (one) => serviceOf(one.name) === serviceOf(target.name) && one.name !== target.name && one.inRotation,
    ).length;
    const least = service?.availableMinimum ?? 0;
    const isShort = others < Math.max(least, 1);
    return h(
      "p",
      {class: "cost", data: {tone: isShort ? "bad" : "good"}},
      `Without it ${others} of its service ${others === 1 ? "is" : "are"} in rotation; ${least} must stay.` +
        (others === 0 ? " Callers have nobody meanwhile." : ""),
    );
  }

  async #send(verb, target, body, {form, outcome, go, close}) {
    const run = ++this.#run;
    const began = performance.now();
    for (const field of form.querySelectorAll("input, button[type=submit]")) field.disabled = true;
    setText(close, "Close");
    const tell = () =>
      setText(
        outcome,
        `Under way for ${spanText(performance.now() - began)}. The daemon goes on with it if you close this.`,
      );
    tell();
    const ticking = setInterval(tell, 1000);
    try {
      const result = await act(verb, target.name, body);
      this.#finish(run, outcome, "good", `${result.outcome} (took ${latencyText(durationMs(result.took))})`);
      if (run === this.#run) go.hidden = true;
    } catch (error) {
      const isToken = error instanceof ApiError && error.status === 401;
      if (isToken) {
        dropToken();
        this.show();
      }
      this.#finish(
        run,
        outcome,
        "bad",
        isToken
          ? "The token is not this daemon's: run fairlead dashboard on its host and open what it prints."
          : error.message,
      );
      if (run === this.#run && !isToken)
        for (const field of form.querySelectorAll("input, button[type=submit]")) field.disabled = false;
    } finally {
      clearInterval(ticking);
      this.#live.lookAgain();
    }
    if (run === this.#run) close.focus();
  }

  #finish(run, outcome, tone, text) {
    if (run !== this.#run) return;
    outcome.dataset.tone = tone;
    setText(outcome, text);
  }
}
