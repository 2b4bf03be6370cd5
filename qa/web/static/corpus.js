// The documents on the left: state, filter, choice, upload, replace, delete.
import { find, all, element, button, t, trouble, toast, confirmed, safe, debounce } from "./dom.js";
import { get, post, upload } from "./api.js";
import * as store from "./store.js";
import { openSource } from "./source.js";
import { stateSoon } from "./main.js";

let documents = [];
let listed = false; // whether the server has said which documents there are
let chosen = new Set();
let replaced = "";
let sending = 0;

export function start() {
  chosen = new Set(store.chosen());
  const filter = debounce(draw, 120);
  find("#wj-filter").addEventListener("input", filter);
  find("#wj-year").addEventListener("change", draw);
  find("#wj-issuer").addEventListener("change", draw);
  find("#wj-choose-all").addEventListener("click", () => { shown().forEach((one) => one.state === "ready" && chosen.add(one.id)); changed(); });
  find("#wj-choose-none").addEventListener("click", () => { chosen.clear(); changed(); });
  find("#wj-reindex").addEventListener("click", async () => {
    try { await post("/wj/reindex"); toast(t("state.reindexing")); stateSoon(true); } catch (error) { toast(trouble(error), "wj-bad"); }
  });
  find("#wj-files").addEventListener("change", (event) => { send([...event.target.files]); event.target.value = ""; });
  find("#wj-replacement").addEventListener("change", (event) => { send([...event.target.files], replaced); event.target.value = ""; });
  dropZone(find("#wj-corpus"), find("#wj-files"), send, find("#wj-drop"));
  document.addEventListener("click", (event) => { if (!event.target.closest(".wj-menu, .wj-more")) closeMenus(); });
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") closeMenus(); });
}

// Files dropped on `zone` are taken; `sign` shows that it is one, and opens the chooser by key.
export function dropZone(zone, field, take, sign = zone) {
  sign.addEventListener("keydown", (event) => { if (event.key === "Enter" || event.key === " ") { event.preventDefault(); field.click(); } });
  zone.addEventListener("dragover", (event) => { event.preventDefault(); sign.classList.add("wj-over"); });
  zone.addEventListener("dragleave", (event) => zone.contains(event.relatedTarget) || sign.classList.remove("wj-over"));
  zone.addEventListener("drop", (event) => {
    event.preventDefault();
    event.stopPropagation();
    sign.classList.remove("wj-over");
    take([...event.dataTransfer.files]);
  });
}

// While the server starts, all documents are waiting, or not even listed: the choice holds from the beginning.
export const scope = () => [...chosen].filter((id) => !listed || documents.some((one) => one.id === id && one.state !== "failed"));
export const firstReady = () => documents.find((one) => one.state === "ready")?.id;

export async function refresh() {
  const fresh = await get("/wj/documents", { language: document.documentElement.dataset.language });
  if (documents.length && JSON.stringify(fresh) === JSON.stringify(documents)) return;
  documents = fresh;
  listed = true;
  redraw();
}

export function redraw() {
  options(find("#wj-year"), t("corpus.year.all"), documents.map((one) => one.year));
  options(find("#wj-issuer"), t("corpus.issuer.all"), documents.map((one) => one.issuer));
  for (const line of all("#wj-uploads li")) line.retranslate?.();
  draw();
}

function options(select, whole, values) {
  const before = select.value;
  const found = [...new Set(values.filter(Boolean))].sort().reverse();
  select.replaceChildren(element("option", { value: "" }, whole), ...found.map((value) => element("option", { value }, safe(value))));
  select.value = found.includes(before) ? before : "";
  select.hidden = found.length === 0;
}

function shown() {
  const words = find("#wj-filter").value.trim().toLowerCase().split(/\s+/).filter(Boolean);
  const year = find("#wj-year").value;
  const issuer = find("#wj-issuer").value;
  return documents.filter((one) => (!year || one.year === year) && (!issuer || one.issuer === issuer)
    && words.every((word) => `${one.title} ${one.number} ${one.issuer} ${one.id} ${one.date}`.toLowerCase().includes(word)));
}

function changed() { store.keepChosen([...chosen]); draw(); }

function draw() {
  const rows = shown();
  find("#wj-corpus-count").textContent = documents.length ? String(documents.length) : "";
  const count = scope().length;
  find("#wj-scope").textContent = count ? t("corpus.scope.chosen", { n: count }) : t("corpus.scope.all");
  find("#wj-choose-none").hidden = count === 0;
  find("#wj-choose-all").hidden = rows.filter((one) => one.state === "ready").every((one) => chosen.has(one.id)) || rows.length === documents.length;
  const list = find("#wj-documents");
  if (!rows.length) {
    list.replaceChildren(element("li", { class: "wj-empty" }, t(documents.length ? "corpus.nothing" : "corpus.empty")));
    return;
  }
  const open = find(".wj-menu:not([hidden])", list)?.closest("[data-document]")?.dataset.document;
  list.replaceChildren(...rows.map(row));
  if (open) openMenu(find(`[data-document="${CSS.escape(open)}"]`, list));
}

function openMenu(row) {
  if (!row) return;
  find(".wj-menu", row).hidden = false;
  find(".wj-more", row).setAttribute("aria-expanded", "true");
}

function row(one) {
  const title = safe(one.title);
  const box = element("input", { type: "checkbox", checked: chosen.has(one.id), disabled: one.state !== "ready", "aria-label": t("corpus.choose", { title }) });
  box.addEventListener("change", () => { if (box.checked) chosen.add(one.id); else chosen.delete(one.id); changed(); find(`[data-document="${CSS.escape(one.id)}"] input`)?.focus(); });
  const facts = [one.number, one.issuer, one.date].filter(Boolean).map(safe);
  const size = one.state === "ready" ? [one.format.toUpperCase(), one.pages ? t("corpus.pages", { n: one.pages }) : t("corpus.characters", { n: one.characters.toLocaleString() })] : [];
  const state = one.state === "ready" ? null : element("span", { class: `wj-badge wj-badge-${one.state}` }, t(`corpus.${one.state}`));
  const name = button(title, () => one.state === "ready" && openSource(one.id), { class: "wj-document-title", disabled: one.state !== "ready", title: safe(one.id) });
  return element("li", { class: `wj-document wj-document-${one.state}`, "data-document": one.id }, box,
    element("div", { class: "wj-document-body" }, name,
      facts.length ? element("p", { class: "wj-document-facts" }, facts.map((fact) => element("span", {}, fact))) : null,
      element("p", { class: "wj-dim wj-document-size" }, state, size.join(" · "),
        one.notes.length ? element("abbr", { class: "wj-note", title: one.notes.map(safe).join("\n"), tabIndex: 0 }, ` · ${t("corpus.notes")}`) : null),
      one.reason ? element("p", { class: "wj-reason" }, safe(one.reason)) : null), menu(one, title));
}

function menu(one, title) {
  const list = element("div", { class: "wj-menu", role: "menu", hidden: true });
  const more = button("⋯", () => {
    const open = list.hidden;
    closeMenus();
    list.hidden = !open;
    more.setAttribute("aria-expanded", open);
    if (open) find("button, a", list).focus();
  }, { class: "wj-more", "aria-label": t("corpus.more", { title }), "aria-haspopup": "menu", "aria-expanded": "false" });
  const entry = (key, work, kind = "") => button(t(key), () => { closeMenus(); work(); }, { role: "menuitem", class: kind });
  if (one.state === "ready") list.append(entry("corpus.open", () => openSource(one.id)));
  list.append(element("a", { role: "menuitem", href: `/wj/original?${new URLSearchParams({ document: one.id })}`, download: "" }, t("corpus.download")));
  list.append(entry("corpus.replace", () => { replaced = one.id; find("#wj-replacement").click(); }));
  list.append(entry("corpus.delete", () => remove(one), "wj-danger"));
  list.addEventListener("keydown", (event) => {
    const entries = all("button, a", list);
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) { event.preventDefault(); entries[(entries.indexOf(document.activeElement) + step + entries.length) % entries.length].focus(); }
    if (event.key === "Escape") more.focus();
  });
  return element("div", { class: "wj-menu-place" }, more, list);
}

function closeMenus() {
  all(".wj-menu").forEach((one) => { one.hidden = true; });
  all(".wj-more").forEach((one) => one.setAttribute("aria-expanded", "false"));
}

async function remove(one) {
  if (!(await confirmed(t("corpus.delete.title"), `${safe(one.title)}\n${t("corpus.delete.text")}`, t("corpus.delete")))) return;
  try {
    await post("/wj/delete", { document: one.id });
    chosen.delete(one.id);
    store.keepChosen([...chosen]);
    toast(t("corpus.delete.done"));
    stateSoon();
  } catch (error) { toast(trouble(error), "wj-bad"); }
}

// Files one after another, each with its own line of progress and result.
async function send(files, replaces = "") {
  const list = find("#wj-uploads");
  if (!sending) list.replaceChildren();
  const lines = files.map((file) => {
    const bar = element("progress", { max: 1, value: 0, "aria-label": safe(file.name) });
    const result = element("span", { class: "wj-upload-result" }, t("upload.sending"));
    const line = element("li", {}, element("span", { class: "wj-upload-name", title: safe(file.name) }, safe(file.name)), bar, result);
    list.append(line);
    return { file, bar, result, line };
  });
  sending += 1;
  const limit = +(find("#wj-limit").dataset.mb || 50);
  for (const { file, bar, result, line } of lines) {
    let words = () => "";
    let kind = "wj-good";
    try {
      if (file.size > limit * 2 ** 20) throw { detail: "size" };
      const values = replaces ? { name: file.name, replaces } : { name: file.name };
      const reply = await upload("/wj/upload", values, file, (share) => { bar.value = share; });
      words = () => t(`upload.${reply.state}`);
      stateSoon();
    } catch (error) {
      kind = "wj-bad";
      const known = ["size", "type", "content", "empty", "unknown", "network"];
      words = () => t("upload.refused", { reason: t(`upload.error.${known.includes(error.detail) ? error.detail : "network"}`, { mb: limit }) });
    }
    bar.remove();
    line.classList.add(kind);
    line.retranslate = () => { result.textContent = words(); };
    line.retranslate();
  }
  sending -= 1;
  if (sending) return;
  if (find(".wj-bad", list)) list.append(element("li", { class: "wj-uploads-end" }, button(t("upload.dismiss"), () => list.replaceChildren(), { class: "wj-link", "data-i18n": "upload.dismiss" })));
  setTimeout(() => { if (!sending) all(".wj-good", list).forEach((one) => one.remove()); }, 8000);
}
