// The last checks of a replica as a strip of bars: height is how long it took, colour what came back.

import {barHeight, checkTone} from "./judge.js";
import {clean, countText, durationMs, latencyText, wordOf} from "./text.js";
import {h, setAttribute, setData} from "./dom.js";

const kBars = 20;

export function makeStrip() {
  const strip = h("span", {class: "strip", role: "img", "aria-label": "checks not asked for yet"});
  for (let i = 0; i < kBars; ++i) strip.append(document.createElement("i"));
  return strip;
}

// `checks` newest first, as Explain has them; the newest stands on the right.
export function setStrip(strip, checks) {
  const counts = new Map();
  for (let i = 0; i < kBars; ++i) {
    const bar = strip.children[kBars - 1 - i];
    const check = checks[i];
    if (!check) {
      setData(bar, "tone", "none");
      setData(bar, "height", "0");
      continue;
    }
    const word = wordOf(check.checkClass);
    setData(bar, "tone", checkTone(word));
    setData(bar, "height", String(barHeight(word, durationMs(check.latency))));
    counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  const said = [...counts].map(([word, count]) => `${count} ${word}`).join(", ");
  setAttribute(
    strip,
    "aria-label",
    said ? `last ${countText(Math.min(checks.length, kBars), "check")}: ${said}` : "no checks in this life",
  );
  setAttribute(
    strip,
    "title",
    checks[0]
      ? `newest: ${wordOf(checks[0].checkClass)} after ${latencyText(durationMs(checks[0].latency))}` +
          (checks[0].detail ? `, ${clean(checks[0].detail)}` : "")
      : "no checks in this life",
  );
}
