// Small tools: elements made of text (never of HTML), strings, toasts, a question before something is lost.
export const find = (selector, within = document) => within.querySelector(selector);
export const all = (selector, within = document) => [...within.querySelectorAll(selector)];

let strings = {};

export async function loadStrings(language) {
  strings = await (await fetch(`/wj/strings/${language}`)).json();
  document.documentElement.lang = document.documentElement.dataset.language = language;
  translate(document.getElementById("wenju"));
}

export function t(key, values = {}) {
  return (strings[key] ?? key).replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}

// What the server says went wrong: a key of the strings; anything else is for programs.
export const trouble = (error) => t(error.detail in strings ? error.detail : "error.server");

export function translate(root) {
  for (const node of all("[data-i18n]", root)) node.textContent = t(node.dataset.i18n);
  for (const node of all("[data-i18n-label]", root)) node.setAttribute("aria-label", t(node.dataset.i18nLabel));
  for (const node of all("[data-i18n-title]", root)) node.title = t(node.dataset.i18nTitle);
  for (const node of all("[data-i18n-placeholder]", root)) node.placeholder = t(node.dataset.i18nPlaceholder);
}

// Characters that would turn the reading direction around become a visible replacement, as the server's do.
const ACTING = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;
export const safe = (text) => String(text).replace(ACTING, "\ufffd");

export function element(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "class") node.className = value;
    else if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name in node && name !== "list") node[name] = value;
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

export function button(words, onclick, properties = {}) {
  return element("button", { type: "button", onclick, ...properties }, words);
}

export function icon(path) {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  for (const [name, value] of Object.entries({ viewBox: "0 0 24 24", width: 17, height: 17, class: "wj-icon-line", "aria-hidden": "true" })) svg.setAttribute(name, value);
  const line = document.createElementNS(space, "path");
  line.setAttribute("d", path);
  svg.append(line);
  return svg;
}

// How far long work is. The nodes stay while it goes on, with `others` below them: what has the focus keeps it, a click is not
// lost, and the numbers are not spoken again and again in a live region.
export function drawProgress(place, job, words, others = () => []) {
  if (!find("progress", place)) place.replaceChildren(element("progress"), element("p", { "aria-live": "off" }), ...others());
  const bar = find("progress", place);
  bar.max = job.total || 1;
  bar.value = job.done || 0;
  bar.setAttribute("aria-label", words);
  find("p", place).textContent = job.remaining_s ? `${words} · ${t("batch.remaining", { seconds: job.remaining_s })}` : words;
}

export function toast(words, kind = "") {
  const node = element("div", { class: `wj-toast ${kind}` }, words);
  const place = find("#wj-toasts");
  const dialog = find("dialog[open]"); // an open dialog hides all that stands outside it
  if (dialog && place.parentElement !== dialog) {
    dialog.append(place);
    dialog.addEventListener("close", () => find("#wenju").append(place), { once: true });
  }
  place.replaceChildren(node);
  setTimeout(() => node.remove(), 4000);
}

export function confirmed(title, text, action) {
  const dialog = find("#wj-dialog");
  find("#wj-dialog-title").textContent = title;
  find("#wj-dialog-text").textContent = text;
  find("#wj-dialog-confirm").textContent = action;
  dialog.returnValue = "";
  dialog.showModal();
  find("#wj-dialog-cancel").focus();
  return new Promise((resolve) => dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true }));
}

export function prepareDialog() {
  const dialog = find("#wj-dialog");
  find("#wj-dialog-cancel").addEventListener("click", () => dialog.close(""));
  find("#wj-dialog-confirm").addEventListener("click", () => dialog.close("yes"));
}

export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // Without a secure context (plain http from another computer) only the old way works.
    const area = element("textarea", { value: text, class: "wj-offscreen" });
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
  toast(t("answer.copied"));
}

export function debounce(work, wait) {
  let timer = 0;
  return (...values) => { clearTimeout(timer); timer = setTimeout(() => work(...values), wait); };
}
