// The try-it page: a form for each operation of the service's OpenAPI document, and what comes of sending it.
// Whatever is shown came from a service or a person, and becomes text alone.

const SHOWN_MAX = 200_000; // characters of an answer; a stream may have no end
const DEPTH_MAX = 3; // of an example: types may hold themselves

function make(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

// An example of what a schema takes, for people to change.
export function exampleOf(schema, schemas, depth = 0) {
  if (schema.$ref) return exampleOf(schemas[schema.$ref.split("/").pop()] ?? {}, schemas, depth);
  if (schema.enum) return schema.enum[0];
  switch (schema.type) {
    case "boolean": return false;
    case "integer":
    case "number": return 0;
    case "array": return [];
    case "object": {
      const example = {};
      if (depth < DEPTH_MAX) {
        for (const [name, inner] of Object.entries(schema.properties ?? {})) {
          const isNested = inner.$ref !== undefined;
          if (!isNested || depth + 1 < DEPTH_MAX) example[name] = exampleOf(inner, schemas, depth + 1);
        }
      }
      return example;
    }
    case "string": return /64$/.test(schema.format ?? "") ? "0" : schema.format === "date-time" ? "2026-01-31T12:00:00Z"
      : schema.pattern ? "1s" : "";
    default: return null;
  }
}

// The path with what the form has for it, and a query of what is not empty. A list has its values one per line.
export function addressOf(path, parameters, valueOf) {
  const query = new URLSearchParams();
  let made = path;
  for (const { name, in: place, schema } of parameters) {
    const value = valueOf(place, name);
    if (place === "path") made = made.replace(`{${name}}`, value.split("/").map(encodeURIComponent).join("/"));
    else if (value !== "") for (const one of schema?.type === "array" ? value.split("\n") : [value]) query.append(name, one);
  }
  const text = query.toString();
  return text ? `${made}?${text}` : made;
}

async function show(response, sent, into) {
  into.status.textContent = `${response.status} ${response.statusText}, ${Math.round(performance.now() - sent)} ms`;
  into.status.className = response.ok ? "good" : "bad";
  into.headers.textContent = [...response.headers].map(([name, value]) => `${name}: ${value}`).join("\n");
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
    text = (text + piece.value).slice(-SHOWN_MAX);
    into.body.textContent = text;
  }
  if (!(response.headers.get("content-type") ?? "").includes("json")) return;
  try {
    into.body.textContent = JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    // JSON lines stay as they are.
  }
}

function fieldFor({ name, in: place, schema, required }) {
  const isList = schema?.type === "array";
  const input = make(isList ? "textarea" : "input", { name: `${place}:${name}`, required: Boolean(required), autocomplete: "off" });
  input.placeholder = isList ? "one per line" : (schema?.enum ?? [schema?.format ?? schema?.type ?? "text"]).join(", ");
  return make("label", {}, `${name}${place === "path" ? " (path)" : ""}`, input);
}

function formFor(path, verb, operation, schemas) {
  const parameters = operation.parameters ?? [];
  const form = make("form", {}, ...parameters.map(fieldFor));
  const media = operation.requestBody?.content?.["application/json"];
  if (media) {
    const text = JSON.stringify(exampleOf(media.schema, schemas), null, 2);
    form.append(make("label", { className: "whole" }, "Body", make("textarea", { name: "body", value: text })));
  }
  const isStream = operation.responses?.["200"]?.content?.["text/event-stream"] !== undefined;
  if (isStream) form.append(make("label", {}, "As Server-Sent Events", make("input", { type: "checkbox", name: "events" })));
  const stop = make("button", { type: "button", textContent: "Stop", disabled: true });
  const into = { status: make("output"), headers: make("pre"), body: make("pre") };
  form.append(make("button", { textContent: "Send" }), " ", stop, into.status, into.headers, into.body);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const ends = new AbortController();
    stop.disabled = false;
    stop.onclick = () => ends.abort();
    for (const part of Object.values(into)) part.textContent = "";
    const headers = {};
    const token = document.querySelector("#token input").value;
    if (token) headers.Authorization = token;
    if (media) headers["Content-Type"] = "application/json";
    if (form.elements.events?.checked) headers.Accept = "text/event-stream";
    const address = addressOf(path, parameters, (place, name) => form.elements[`${place}:${name}`].value);
    const options = { method: verb.toUpperCase(), headers, signal: ends.signal, credentials: "omit" };
    if (media) options.body = form.elements.body.value;
    try {
      const sent = performance.now();
      await show(await fetch(address, options), sent, into);
    } catch (error) {
      into.status.textContent = error.name === "AbortError" ? `${into.status.textContent} stopped` : `no answer: ${error.message}`;
      into.status.className = "bad";
    }
    stop.disabled = true;
  });
  return form;
}

async function begin() {
  const title = document.querySelector("#title");
  const response = await fetch("openapi.json");
  const said = await response.json();
  if (!response.ok) {
    title.textContent = said.message ?? `The gateway answered ${response.status}`;
    return;
  }
  document.title = title.textContent = said.info.title;
  document.querySelector("#token").hidden = said.components?.securitySchemes === undefined;
  const operations = document.querySelector("#operations");
  for (const [path, verbs] of Object.entries(said.paths)) {
    for (const [verb, operation] of Object.entries(verbs)) {
      const details = make("details", {}, make("summary", {}, make("b", { textContent: verb.toUpperCase() }), ` ${path}`));
      // A form is made when somebody looks: an API may have thousands.
      details.addEventListener("toggle", () => details.append(formFor(path, verb, operation, said.components.schemas)), { once: true });
      operations.append(details);
    }
  }
}

begin();
