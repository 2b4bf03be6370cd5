// The whole text of a document, window by window, with its marks; a selection can be marked as the right answer.
import { find, all, element, t, trouble, toast, safe } from "./dom.js";
import { get, post } from "./api.js";

let shown = null; // {id, start, end, hits, cited, turn, low, high, size, sha256, changed}
let place = 0;
let loading = false;

export function start() {
  const dialog = find("#wj-source");
  find("#wj-source-close").addEventListener("click", () => dialog.close());
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
  dialog.addEventListener("close", () => { find("#wj-source-mark").hidden = true; });
  find("#wj-source-previous").addEventListener("click", () => go(-1));
  find("#wj-source-next").addEventListener("click", () => go(1));
  find("#wj-source-repairs").addEventListener("change", (event) => find("#wj-source-text").classList.toggle("wj-show-repairs", event.target.checked));
  find("#wj-source-text").addEventListener("scroll", more);
  document.addEventListener("selectionchange", offerMark);
  find("#wj-source-mark").addEventListener("mousedown", (event) => event.preventDefault());
  find("#wj-source-mark").addEventListener("click", mark);
}

// `cited` is the sha256 of the document that the places are of; where it has another one now, the server marks none of them.
export async function openSource(id, { start: from = -1, end = -1, hits = [], cited = "", turn = null } = {}) {
  const values = { document: id, language: document.documentElement.dataset.language, start: from, end, hits: hits.join(","), sha256: cited };
  let found;
  try { found = await get("/wj/source", values); }
  catch (error) { toast(trouble(error), "wj-bad"); return; }
  shown = { id, start: from, end, hits, cited, turn, ...found };
  find("#wj-source-title").textContent = safe(found.title);
  const about = found.metadata;
  const encoding = found.encoding ? t("source.encoding", { name: found.encoding }) : "";
  find("#wj-source-meta").replaceChildren(...[about.number, about.issuer, about.date, found.id, encoding].filter(Boolean).map((words) => element("span", {}, safe(words))));
  find("#wj-source-download").href = `/wj/original?${new URLSearchParams({ document: id })}`;
  find("#wj-source-select").hidden = !turn;
  const text = find("#wj-source-text");
  text.innerHTML = found.html; // escaped by the server
  const dialog = find("#wj-source");
  if (!dialog.open) dialog.showModal();
  const first = anchors().findIndex((node) => node.dataset.anchor === "quote");
  place = Math.max(0, first);
  text.scrollTop = 0;
  if (anchors().length) go(0); else text.focus();
  count();
}

const anchors = () => all("#wj-source-text [data-anchor]");

function go(step) {
  const found = anchors();
  if (!found.length) return;
  place = (place + step + found.length) % found.length;
  all(".wj-here").forEach((node) => node.classList.remove("wj-here"));
  found[place].classList.add("wj-here");
  found[place].scrollIntoView({ block: "center" });
  count();
}

function count() {
  const total = anchors().length;
  const words = total ? t("source.hits", { i: place + 1, n: total }) : "";
  find("#wj-source-hits").textContent = shown.changed ? t("source.changed") : words;
  find("#wj-source-hits").classList.toggle("wj-stale", Boolean(shown.changed));
  find("#wj-source-previous").hidden = find("#wj-source-next").hidden = total < 2;
}

// The window before or after the one that is shown, when its edge comes near.
async function more() {
  const text = find("#wj-source-text");
  if (loading || !shown) return;
  const down = text.scrollHeight - text.scrollTop - text.clientHeight < 600 && shown.high < shown.size;
  const up = text.scrollTop < 400 && shown.low > 0;
  if (!down && !up) return;
  loading = true;
  const [low, high] = down ? [shown.high, Math.min(shown.size, shown.high + 40000)] : [Math.max(0, shown.low - 40000), shown.low];
  try {
    const values = { document: shown.id, language: document.documentElement.dataset.language, start: shown.start, end: shown.end, hits: shown.hits.join(","), sha256: shown.cited, low, high };
    const found = await get("/wj/source", values);
    if (found.sha256 !== shown.sha256) return;
    const before = text.scrollHeight;
    const here = anchors()[place];
    text.insertAdjacentHTML(down ? "beforeend" : "afterbegin", found.html);
    if (down) shown.high = found.high; else { shown.low = found.low; text.scrollTop += text.scrollHeight - before; }
    place = Math.max(0, anchors().indexOf(here));
    count();
  } catch { /* scrolling again tries again */ } finally { loading = false; }
}

function offerMark() {
  const dialog = find("#wj-source");
  if (!dialog?.open || !shown?.turn) return;
  const range = selected();
  find("#wj-source-mark").hidden = !range;
}

// Offsets of the selection in the source text: a character of a line counts one, and so does a control sign.
function selected() {
  const selection = getSelection();
  if (!selection.rangeCount || selection.isCollapsed || !find("#wj-source-text").contains(selection.anchorNode)) return null;
  const range = selection.getRangeAt(0);
  const start = offsetAt(range.startContainer, range.startOffset);
  const end = offsetAt(range.endContainer, range.endOffset);
  return start !== null && end !== null && start < end && end - start <= 600 ? { start, end } : null;
}

function offsetAt(node, offset) {
  const line = (node.nodeType === 1 ? node : node.parentElement)?.closest(".wj-line");
  if (!line) return null;
  const before = document.createRange();
  before.setStart(line, 0);
  before.setEnd(node, offset);
  const part = before.cloneContents();
  const controls = part.querySelectorAll(".wj-control").length;
  // JavaScript counts UTF-16 units, the source text counts characters.
  return +line.dataset.start + [...part.textContent].length + controls;
}

async function mark() {
  const range = selected();
  if (!range || !shown.turn) return;
  try {
    const found = await get("/wj/quote", { document: shown.id, ...range });
    await post("/wj/feedback", { turn: shown.turn, verdict: "wrong", marked: { document_id: shown.id, sha256: shown.sha256, ...range, quote: found.quote } });
    toast(t("source.marked"));
    getSelection().removeAllRanges();
    find("#wj-source-mark").hidden = true;
  } catch (error) { toast(trouble(error), "wj-bad"); }
}
