// The API over HTTP, from the same origin as the page.

import {readToken} from "./token.js";

const kQuestionMs = 5000;

// What the daemon answered in place of what was asked; `status` 0: it did not answer.
export class ApiError extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

async function failure(response) {
  try {
    return new ApiError(response.status, (await response.json()).message ?? response.statusText);
  } catch {
    return new ApiError(response.status, `HTTP ${response.status}`);
  }
}

async function ask(path, options) {
  let response;
  try {
    response = await fetch(path, {cache: "no-store", credentials: "omit", redirect: "error", ...options});
  } catch (error) {
    throw new ApiError(
      0,
      error.name === "TimeoutError" ? "fairleadd does not answer" : "fairleadd cannot be reached",
    );
  }
  if (!response.ok) throw await failure(response);
  return response;
}

export async function get(path) {
  return (await ask(path, {signal: AbortSignal.timeout(kQuestionMs)})).json();
}

// All pages of a list.
export async function list(path, items) {
  const all = [];
  let token = "";
  do {
    const page = await get(path + (token ? `?page_token=${encodeURIComponent(token)}` : ""));
    all.push(...(page[items] ?? []));
    token = page.nextPageToken;
  } while (token);
  return all;
}

// "services/x/replicas/y" as part of a path: what stands between slashes is escaped.
export const pathOf = (name) => name.split("/").map(encodeURIComponent).join("/");

function posted(body, signal) {
  return {
    method: "POST",
    body: JSON.stringify(body),
    signal,
    headers: {"Content-Type": "application/json", Authorization: `Bearer ${readToken()}`},
  };
}

// "drain" of "services/x/replicas/y". Answers when it is done, which may take minutes.
export async function act(verb, name, body) {
  return (await ask(`/v1/${pathOf(name)}:${verb}`, posted(body))).json();
}

// The messages of a server stream, one by one.
export async function* stream(path, body, signal) {
  const response = await ask(path, posted(body, signal));
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  while (true) {
    const {done, value} = await reader.read();
    if (done) return;
    const lines = (rest + value).split("\n");
    rest = lines.pop();
    for (const line of lines) {
      const message = JSON.parse(line);
      if (message.error) throw new ApiError(200, message.error.message);
      yield message.result;
    }
  }
}
