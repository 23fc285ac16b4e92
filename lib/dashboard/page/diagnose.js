// Why calls from a container to a service fail: the steps, told as they are taken.

import {pathOf, stream} from "./api.js";
import {byId, fill, h, pill, setText} from "./dom.js";
import {hasToken} from "./token.js";
import {shortId} from "./text.js";

const kVerdicts = {
  FINE: ["good", "fine"],
  NOTE: ["busy", "worth knowing"],
  FAULT: ["bad", "this is why"],
  UNSEEN: ["calm", "could not be looked at"],
};

export class Diagnose {
  #live;
  #dialog = byId("diagnose");
  #abort = null;

  constructor(live) {
    this.#live = live;
    this.#dialog.addEventListener("close", () => this.#abort?.abort());
  }

  open({service}) {
    const client = h("input", {
      id: "diagnose-client",
      required: true,
      list: "diagnose-clients",
      autocomplete: "off",
      spellcheck: "false",
    });
    const choice = h(
      "select",
      {id: "diagnose-service"},
      [...this.#live.fleet.services.values()].map((one) =>
        h("option", {value: one.name, selected: one.name === service}, `${one.service}.${one.project}`),
      ),
    );
    const name = h("input", {id: "diagnose-name", autocomplete: "off", spellcheck: "false"});
    const tls = h("input", {type: "checkbox"});
    const steps = h("ol", {class: "steps", "aria-live": "polite"});
    const end = h("p", {class: "outcome", role: "status"});
    const go = h(
      "button",
      {
        type: "submit",
        class: "primary",
        disabled: !hasToken(),
        "aria-describedby": hasToken() ? null : "diagnose-hint",
      },
      "Look",
    );
    const close = h("button", {type: "button", on: {click: () => this.#dialog.close()}}, "Close");
    const form = h(
      "form",
      {
        on: {
          submit: (event) => {
            event.preventDefault();
            this.#run(
              choice.value,
              {client: client.value.trim(), use_tls: tls.checked, dialled_name: name.value.trim()},
              {steps, end, go},
            );
          },
        },
      },
      h("h2", {id: "diagnose-title"}, "Why do its calls fail?"),
      h(
        "p",
        {},
        "The steps that people take by hand, from the calling container's own network: " +
          "its networks, the name, the port, the connection, HTTP/2, health.",
      ),
      h(
        "div",
        {class: "fields"},
        h("label", {class: "field"}, "Container that calls", client),
        h("label", {class: "field"}, "Service", choice),
        h("label", {class: "field"}, "Name that it dials (if another)", name),
        h("label", {class: "check"}, tls, " with TLS"),
      ),
      h(
        "datalist",
        {id: "diagnose-clients"},
        this.#live.clients
          .filter((one) => one.containerId)
          .map((one) =>
            h("option", {value: shortId(one.containerId), label: `${one.nodeId} ${one.userAgent}`}),
          ),
      ),
      !hasToken() &&
        h(
          "p",
          {class: "hint", id: "diagnose-hint"},
          "It enters the container's network, so it needs the token: open what ",
          h("code", {}, "fairlead dashboard"),
          " prints on this host.",
        ),
      steps,
      end,
      h("div", {class: "buttons"}, close, go),
    );
    fill(this.#dialog, form);
    this.#dialog.showModal();
    client.focus();
  }

  async #run(service, body, {steps, end, go}) {
    this.#abort?.abort();
    const abort = (this.#abort = new AbortController());
    fill(steps);
    delete end.dataset.tone;
    setText(end, "Looking");
    go.disabled = true;
    let isFault = false;
    try {
      for await (const step of stream(`/v1/${pathOf(service)}:diagnose`, body, abort.signal)) {
        const [tone, word] = kVerdicts[step.verdict] ?? ["calm", ""];
        isFault ||= step.verdict === "FAULT";
        steps.append(
          h(
            "li",
            {data: {tone}},
            h("div", {}, pill(tone, word), " ", h("strong", {}, step.step), ` ${step.tried}`),
            h("p", {}, step.answer),
            step.meaning && h("p", {}, step.meaning),
            step.advice && h("p", {class: "advice"}, step.advice),
            step.log?.length > 0 &&
              h(
                "ol",
                {class: "log", "aria-label": "Log of the server"},
                step.log.map((line) => h("li", {data: line.tellsError ? {tone: "bad"} : {}}, line.text)),
              ),
          ),
        );
      }
      end.dataset.tone = isFault ? "bad" : "good";
      setText(end, isFault ? "The step in red is where it breaks." : "No fault was found on this way.");
    } catch (error) {
      if (abort.signal.aborted) return;
      end.dataset.tone = "bad";
      setText(end, error.message);
    }
    go.disabled = !hasToken();
  }
}
