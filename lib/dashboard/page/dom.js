// Making and changing elements. Text only ever becomes a text node.

import {clean} from "./text.js";

// h("td", {class: "name"}, "text", element, ...). `on` has listeners, `data` the data-* attributes.
// What is null or false is left out.
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "on") {
      for (const [event, listener] of Object.entries(value)) element.addEventListener(event, listener);
    } else if (name === "data") {
      Object.assign(element.dataset, value);
    } else {
      element.setAttribute(name, value === true ? "" : clean(value));
    }
  }
  add(element, children);
  return element;
}

function add(element, children) {
  for (const child of children.flat(3)) {
    if (child === null || child === undefined || child === false) continue;
    element.append(child instanceof Node ? child : document.createTextNode(clean(child)));
  }
}

export function fill(element, ...children) {
  element.replaceChildren();
  add(element, children);
}

// An element that holds one text. What is the same already costs nothing.
export function setText(element, text) {
  const wanted = clean(text);
  const node = element.firstChild;
  if (node === null) {
    if (wanted) element.append(document.createTextNode(wanted));
  } else if (node.data !== wanted) {
    node.data = wanted;
  }
}

export function setData(element, name, value) {
  if (element.dataset[name] !== value) element.dataset[name] = value;
}

export function setHidden(element, isHidden) {
  if (element.hidden !== isHidden) element.hidden = isHidden;
}

export function setAttribute(element, name, value) {
  const wanted = clean(value);
  if (element.getAttribute(name) !== wanted) element.setAttribute(name, wanted);
}

// Makes `parent` hold the elements of `items` in their order: one per key, made once by `make(item)`
// and kept. Elements that stay in place are not touched. Returns the Map that the next call needs.
export function setList(parent, items, before, keyOf, make) {
  const now = new Map();
  for (const item of items) {
    const key = keyOf(item);
    now.set(key, before.get(key) ?? make(item));
  }
  for (const [key, element] of before) if (!now.has(key)) element.remove();
  let place = parent.firstElementChild;
  for (const element of now.values()) {
    if (element === place) {
      place = place.nextElementSibling;
    } else {
      parent.insertBefore(element, place);
    }
  }
  return now;
}

// Redraws `element` only when what it shows has changed.
export function redraw(element, value, draw) {
  const key = JSON.stringify(value ?? null);
  if (element.shownValue === key) return;
  element.shownValue = key;
  fill(element, draw(value));
}

export function pill(tone, text) {
  return h("span", {class: "pill", data: {tone}}, text);
}

export const byId = (id) => document.getElementById(id);
