// Text for people: what the API says, as words, times and lengths of time. Pure.

const kShownMax = 600; // of one text; the API's own limits are lower

// Names and messages come from containers. They reach the page as text nodes only, and what would
// reorder, hide or break a line is written out.
export function clean(text) {
  const cut = String(text ?? "").slice(0, kShownMax);
  return cut.replace(
    /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g,
    (c) => "\\u" + c.charCodeAt(0).toString(16).padStart(4, "0"),
  );
}

// Milliseconds since 1970, or null for no time.
export function msOf(stamp) {
  const ms = stamp ? Date.parse(stamp) : NaN;
  return Number.isNaN(ms) ? null : ms;
}

// "12 s", "3 min", "2 h 5 min", "14 h", "4 d"; clocks that differ a little are no reason for a minus.
export function spanText(ms) {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 10 && minutes % 60) return `${hours} h ${minutes % 60} min`;
  return hours < 48 ? `${hours} h` : `${Math.floor(hours / 24)} d`;
}

export function agoText(stamp, now) {
  const ms = msOf(stamp);
  return ms === null ? "" : spanText(now - ms);
}

const two = (number) => String(number).padStart(2, "0");

// "14:03:22" today, "11-26 14:03:22" on another day; the browser's own time zone.
export function clockText(ms, now) {
  const at = new Date(ms);
  const time = `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
  const isToday = at.toDateString() === new Date(now).toDateString();
  return isToday ? time : `${two(at.getMonth() + 1)}-${two(at.getDate())} ${time}`;
}

// protobuf's "0.012345678s" as milliseconds; 0 for nothing.
export function durationMs(text) {
  const seconds = parseFloat(text ?? "");
  return Number.isNaN(seconds) ? 0 : seconds * 1000;
}

export function latencyText(ms) {
  if (ms < 1) return `${ms.toFixed(1)} ms`;
  return ms < 10_000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}

// "CHECK_CLASS_NOT_SERVING", "PHASE_STALE", "EVENT_KIND_ACT_FINISHED" as the state model writes it.
export function wordOf(name) {
  return String(name ?? "")
    .replace(/^(CHECK_CLASS|PHASE|EVENT_KIND)_/, "")
    .toLowerCase()
    .replaceAll("_", "-");
}

export function countText(count, one, many = one + "s") {
  return `${count} ${count === 1 ? one : many}`;
}

// The container's id as people write it.
export const shortId = (id) => String(id ?? "").slice(0, 12);
