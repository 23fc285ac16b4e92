// The page's picture of services and replicas. Pure.
//
// Lists are the truth, events are early news of it: an event changes one replica at once, and the
// next list puts right whatever that got wrong. Each change says which rows differ.

const kFacetOf = {
  "readiness-changed": "readiness",
  "liveness-changed": "liveness",
  "presence-changed": "presence",
  "repair-changed": "repair",
};

// "services/user-service.shop" of a replica's resource name.
export const serviceOf = (replicaName) => replicaName.replace(/\/replicas\/.*$/, "");

export class Fleet {
  services = new Map(); // by resource name
  replicas = new Map(); // by resource name
  #byDisplayName = new Map();

  setServices(list) {
    this.services = new Map(list.map((service) => [service.name, service]));
  }

  // The whole list. Returns the names that are new, changed or gone.
  setReplicas(list) {
    const before = this.replicas;
    const changed = new Set();
    const now = new Map();
    for (const replica of list) {
      now.set(replica.name, replica);
      const old = before.get(replica.name);
      if (!old || !isSame(old, replica)) changed.add(replica.name);
    }
    for (const name of before.keys()) if (!now.has(name)) changed.add(name);
    this.replicas = now;
    this.#byDisplayName = new Map(list.map((replica) => [replica.displayName, replica.name]));
    return changed;
  }

  // Returns the name of the replica that it is about and changed, or null.
  apply(event) {
    const name = this.#byDisplayName.get(event.replica);
    if (!name) return null;
    const replica = this.replicas.get(name);
    if (event.kind === "rotation-changed") {
      const out = /^out\((.*)\)$/.exec(event.code);
      this.replicas.set(name, {
        ...replica,
        inRotation: !out,
        outReason: out ? out[1] : "",
        isPanic: event.code === "in(panic)",
        isStandby: event.code === "in(standby)",
        rotationSince: event.time,
      });
      return name;
    }
    const facet = kFacetOf[event.kind];
    if (!facet || replica[facet] === event.code) return null;
    this.replicas.set(name, {...replica, [facet]: event.code});
    return name;
  }

  // Of the replicas, not of the services' own counts, which come later.
  counts() {
    let inRotation = 0;
    for (const replica of this.replicas.values()) if (replica.inRotation) ++inRotation;
    return {services: this.services.size, replicas: this.replicas.size, inRotation};
  }

  // [service, its replicas], in the order of names as the API has it. A replica whose service is not
  // known yet makes one up from its name.
  groups() {
    const groups = new Map(
      [...this.services.values()].map((service) => [service.name, {service, replicas: []}]),
    );
    for (const replica of this.replicas.values()) {
      const name = serviceOf(replica.name);
      if (!groups.has(name)) groups.set(name, {service: madeUp(name), replicas: []});
      groups.get(name).replicas.push(replica);
    }
    return [...groups.values()];
  }
}

function madeUp(name) {
  const text = name.replace(/^services\//, "");
  return {name, service: text, project: "", port: 0, availableMinimum: 0};
}

// By value; fields of replicas are texts, numbers, and small objects.
function isSame(a, b) {
  for (const key of Object.keys(b)) {
    if (a[key] === b[key]) continue;
    if (typeof b[key] !== "object" || JSON.stringify(a[key]) !== JSON.stringify(b[key])) return false;
  }
  return Object.keys(a).length === Object.keys(b).length;
}

// Does a row stay when people look for `words` among `choice` ("all", "out", "bad")?
export function matches(replica, tone, words, choice) {
  if (choice === "out" && replica.inRotation) return false;
  if (choice === "trouble" && tone !== "bad" && tone !== "busy") return false;
  if (words.length === 0) return true;
  const text = [
    replica.displayName,
    replica.containerName,
    replica.containerId,
    replica.image,
    replica.address,
    replica.outReason,
    replica.repair,
    replica.presence,
  ]
    .join(" ")
    .toLowerCase();
  return words.every((word) => text.includes(word));
}
