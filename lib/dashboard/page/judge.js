// What the state of a replica, a client or the daemon means to a person: how bad, and what to do.
// Pure. The daemon decides; these are words and colours for its codes.

import {wordOf} from "./text.js";

// good: as it should be. busy: on its way, by itself. calm: somebody wants it so. bad: trouble.
export const kTones = ["bad", "busy", "calm", "good"];

const head = (code) => String(code ?? "").replace(/\(.*$/, "");

const kToneOfReason = {
  dead: "bad",
  failing: "bad",
  "not-serving": "bad",
  misconfigured: "bad",
  flapping: "bad",
  "no-shared-network": "bad",
  suspect: "busy",
  starting: "busy",
  stopping: "busy",
  "engine-restarting": "busy",
  draining: "busy",
  repairing: "busy",
  verifying: "busy",
  cascade: "busy",
  paused: "calm",
  "operator-drained": "calm",
  superseded: "calm",
  "weight-zero": "calm",
};

// Ends that nobody has to mend: a person's, a recreate's, ours, or of work that is done.
const kCalmDepartures = new Set(["operator", "finished", "unseen", "compose-recreate", "ours"]);

export function toneOf(replica) {
  const repair = head(replica.repair);
  if (repair === "gave-up") return "bad";
  if (replica.inRotation) {
    if (replica.isPanic) return "bad";
    return repair === "idle" || repair === "" ? "good" : "busy";
  }
  const reason = head(replica.outReason);
  if (reason === "exited") {
    return kCalmDepartures.has(head(replica.departure)) ? "calm" : "bad";
  }
  return kToneOfReason[reason] ?? "bad";
}

export function rotationText(replica) {
  if (!replica.inRotation) return replica.outReason || "out";
  if (replica.isPanic) return "in (panic)";
  return replica.isStandby ? `stands by, priority ${replica.priority}` : "in rotation";
}

// What a person can do about a replica that is out, by the reason that it is out for.
const kAdvice = {
  dead: "Its process has ended. See its exit and log; fairlead starts it again where it may.",
  exited: "See its exit and log (docker logs). Restart starts it again.",
  failing: "It does not answer its checks: see its log; Explain says what comes next.",
  "not-serving": "The server itself says so: see its log. A restart would mend nothing, so none is made.",
  misconfigured: "Port, health service name or TLS do not fit: compare its labels with what it serves.",
  flapping: "It comes and goes: see its log. It returns when it has been well for long enough.",
  "no-shared-network": "Connect it to a network that its callers share, or publish its port.",
  suspect: "Nothing yet: others serve meanwhile; it is asked again at once.",
  starting: "Wait for its first good check.",
  stopping: "Somebody is stopping it: nothing to do.",
  paused: "docker unpause brings it back.",
  "engine-restarting": "The engine starts it by its restart policy.",
  "operator-drained": "Undrain it when you are done.",
  superseded: "A newer container takes its place.",
  "weight-zero": "Set fairlead.weight above 0 to give it traffic.",
};

export function adviceOn(replica) {
  if (head(replica.repair) === "gave-up")
    return "Restarts have not helped: see its log, mend it, then Restart.";
  if (replica.inRotation && replica.isPanic)
    return "It fails its checks and is in the lists because too few others serve: mend any of them.";
  return kAdvice[head(replica.outReason)] ?? "";
}

// What fairlead did, or would do, in one line.
export function deedOf(replica) {
  const parts = [];
  if (replica.repair && replica.repair !== "idle") parts.push(`repair ${replica.repair}`);
  if (replica.restartsInWindow > 0) {
    parts.push(
      replica.restartsInWindow === 1
        ? "restarted once in its window"
        : `restarted ${replica.restartsInWindow} times in its window`,
    );
  }
  if (replica.lastCause) parts.push(replica.lastCause);
  if (parts.length === 0) parts.push(replica.inRotation ? "nothing" : "took it out of every list");
  return parts.join("; ");
}

export function whyOf(replica) {
  if (replica.departure) return `${replica.departure}: ${replica.departureEvidence}`;
  const check = replica.lastCheck;
  if (check && check.checkClass !== "CHECK_CLASS_SERVING" && check.detail) return check.detail;
  return `presence ${replica.presence}, readiness ${replica.readiness}, liveness ${replica.liveness}`;
}

// Replicas that a person should look at, the worst first; among equals the latest change first.
export function troubles(replicas) {
  const rank = {bad: 0, busy: 1};
  return replicas
    .filter((replica) => toneOf(replica) in rank && !(replica.inRotation && toneOf(replica) === "busy"))
    .sort(
      (a, b) =>
        rank[toneOf(a)] - rank[toneOf(b)] || (b.rotationSince ?? "").localeCompare(a.rotationSince ?? ""),
    );
}

const kCheckTones = {
  serving: "good",
  refused: "bad",
  reset: "bad",
  timeout: "bad",
  closed: "bad",
  "not-serving": "bad",
  "service-unknown": "bad",
  unimplemented: "bad",
  tls: "bad",
  protocol: "bad",
  "http-status": "bad",
};
// What is fairlead's own trouble blames nobody.
export const checkTone = (word) => kCheckTones[word] ?? "calm";

// Bars of a strip: 1 (quick) to 4 (slow) on a scale of tens; a failure is 5.
export function barHeight(word, ms) {
  if (checkTone(word) === "bad") return 5;
  return ms < 2 ? 1 : ms < 20 ? 2 : ms < 200 ? 3 : 4;
}

const kRefusedFirst = ["REFUSED", "SENT", "REQUESTED", "ACKNOWLEDGED"];
const kClientWords = {
  REFUSED: ["bad", "refused"],
  SENT: ["busy", "not answered yet"],
  REQUESTED: ["busy", "nothing sent"],
  ACKNOWLEDGED: ["good", "acknowledged"],
};
export const resourceTone = (state) => kClientWords[state]?.[0] ?? "calm";
export const resourceWord = (state) => kClientWords[state]?.[1] ?? "";

// The worst of what a client said to what it was sent.
export function clientState(client) {
  const states = (client.resources ?? []).map((resource) => resource.state);
  return kRefusedFirst.find((state) => states.includes(state)) ?? "REQUESTED";
}

// "2 of 3 repairs spent in 10m: ..." among the holds of an explanation; null where none says so.
export function budgetIn(holds) {
  for (const hold of holds ?? []) {
    const found = /^(\d+) of (\d+) repairs spent in ([^:]+)/.exec(hold.measured ?? "");
    if (found) return {spent: Number(found[1]), most: Number(found[2]), window: found[3]};
  }
  return null;
}

// "0 of 2" of the measure with that name.
export function measureIn(measures, what) {
  const value = (measures ?? []).find((measure) => measure.what === what)?.value;
  const found = /^(\d+) of (\d+)/.exec(value ?? "");
  return found ? {now: Number(found[1]), most: Number(found[2])} : null;
}

const kPhaseMeans = {
  stale: "Lists stay as they were, and nothing is repaired.",
  early: "Lists are published and repairs begin when it is.",
};

// What stands above everything else. `act`: what a button beside it would do.
export function bannersOf(status) {
  if (!status) return [];
  const banners = [];
  const add = (key, tone, title, text, since, act) => banners.push({key, tone, title, text, since, act});
  if (status.brake)
    add(
      "brake",
      "bad",
      "The brake is on",
      `${status.brake}. Nothing is repaired and no list shrinks.`,
      status.brakeSince,
    );
  if (status.phase !== "PHASE_SERVING") {
    const isStale = status.phase === "PHASE_STALE";
    add(
      "phase",
      isStale ? "bad" : "busy",
      isStale ? "Frozen: the engine is away" : `Not serving yet: ${wordOf(status.phase)}`,
      `${status.phaseReason || "waiting"}. ${kPhaseMeans[isStale ? "stale" : "early"]}`,
      status.phaseSince,
    );
  } else if (["FROZEN", "STALE"].includes(status.inventory?.state)) {
    add(
      "inventory",
      "bad",
      "The picture of the engine is held",
      status.inventory.reason,
      status.inventory.since,
    );
  }
  for (const pause of status.pauses ?? []) {
    add(
      `pause ${pause.name}`,
      "calm",
      `Repairs are paused: ${pause.displayName}`,
      `by ${pause.actor}${pause.reason ? `: ${pause.reason}` : ", who gave no reason"}`,
      pause.time,
      {verb: "resume", name: pause.name, label: pause.displayName},
    );
  }
  if (status.journal?.trouble) add("journal", "busy", "Events are not written down", status.journal.trouble);
  for (const hook of status.webhooks ?? []) {
    if (hook.trouble)
      add(
        `webhook ${hook.url}`,
        "busy",
        `Webhook ${hook.url} fails`,
        `${hook.trouble}; ${hook.waitingCount} wait`,
      );
  }
  if (status.deathSignalsOff) add("deaths", "calm", "Deaths are noticed late here", status.deathSignalsOff);
  if (status.cutOff) add("cut", "calm", "Callers of a silent replica are not cut loose here", status.cutOff);
  return banners;
}

// Which events the feed shows: what was done, what changed for callers, or everything.
const kActKinds = new Set([
  "act-permitted",
  "act-finished",
  "command-answered",
  "intent-changed",
  "pause-changed",
  "brake-changed",
  "phase-changed",
  "callers-cut",
  "access-refused",
]);
const kQuietKinds = new Set(["view-published", "readiness-changed", "liveness-changed", "presence-changed"]);
export function isShown(kind, choice) {
  return choice === "all" || kActKinds.has(kind) || (choice === "changes" && !kQuietKinds.has(kind));
}

// "in", "in(standby)", "in(panic)", "out(failing(timeout))".
function toneOfRotation(code) {
  if (code === "in" || code === "in(standby)") return "good";
  if (code.startsWith("in")) return "bad";
  return kToneOfReason[head(code.slice(4, -1))] ?? "bad";
}

export function eventTone(event) {
  switch (event.kind) {
    case "rotation-changed":
      return toneOfRotation(event.code);
    case "act-finished":
    case "command-answered":
      return event.outcome && event.outcome !== "succeeded" ? "bad" : "good";
    case "access-refused":
      return "bad";
    case "brake-changed":
      return event.code === "off" ? "good" : "bad";
    case "act-permitted":
    case "repair-changed":
    case "callers-cut":
      return "busy";
    default:
      return "calm";
  }
}
