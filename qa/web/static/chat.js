// The conversation: asking, stages, answers, follow-up chips, evidence of the chosen answer.
import { find, all, element, button, icon, t, trouble, toast, copy, confirmed, safe } from "./dom.js";
import { post, get, stream, ServerError } from "./api.js";
import * as store from "./store.js";
import * as corpus from "./corpus.js";
import { openSource } from "./source.js";
import { showPane } from "./main.js";

let kept = []; // [{id, turn, said}]
const drawn = new Map(); // id -> {node, html, evidence, copy}
let active = null; // id of the turn whose evidence is shown
let asking = null; // AbortController of the question on its way
let limits = { longest: 1000 };

export function setLimits(state) {
  find("#wj-limit").dataset.mb = state.max_mb;
  drawLimits();
}

function drawLimits() {
  const place = find("#wj-limit");
  if (place.dataset.mb) place.textContent = t("corpus.limit", { mb: place.dataset.mb });
}

export async function start() {
  kept = store.turns();
  const form = find("#wj-form");
  const question = find("#wj-question");
  form.addEventListener("submit", (event) => { event.preventDefault(); submit(); });
  question.addEventListener("input", fit);
  question.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !composing(event)) { event.preventDefault(); submit(); }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && asking && !find("dialog[open]")) { event.preventDefault(); asking.abort(); }
  });
  find("#wj-stop").addEventListener("click", () => asking?.abort());
  find("#wj-clear").addEventListener("click", clear);
  find("#wj-turns").addEventListener("click", inTurn);
  find("#wj-evidence-body").addEventListener("click", inEvidence);
  addEventListener("storage", (event) => { if (store.toldOfTurns(event)) adopt(); });
  await redraw();
  scrollDown();
  if (matchMedia("(min-width: 761px)").matches) question.focus();
}

// Safari tells of the Enter that ends the writing of pinyin with 229 alone.
const composing = (event) => event.isComposing || event.keyCode === 229;

// Changes the conversation, here and where the browser keeps it for all its tabs.
function change(work) {
  kept = store.newest(work(kept));
  store.changeTurns(work);
  dropGone();
}

function dropGone() {
  const ids = new Set(kept.map((one) => one.id));
  for (const [id, { node }] of drawn) if (!ids.has(id)) { node.remove(); drawn.delete(id); }
}

// Another tab has asked, or cleared: its turns are drawn as well, and those that stand here stay as they are.
async function adopt() {
  kept = store.turns();
  dropGone();
  await redraw(kept.filter((one) => !drawn.has(one.id)));
}

function fit() {
  const question = find("#wj-question");
  question.style.height = "auto";
  question.style.height = `${Math.min(question.scrollHeight, 168)}px`;
}

function submit() {
  const question = find("#wj-question");
  const words = question.value.trim();
  if (!words) { question.focus(); return; }
  if (asking) return;
  question.value = "";
  fit();
  ask(words);
}

// Asks; `replacing` is the turn that the new answer takes the place of, `alone` asks the words as they are.
export async function ask(words, { replacing = null, alone = false } = {}) {
  if (asking) return;
  const last = kept.filter((one) => one.id !== replacing?.id).at(-1);
  const body = { question: words, language: document.documentElement.dataset.language, document_ids: corpus.scope() };
  if (!alone && last) {
    body.previous = last.turn.answer.question;
    body.previous_answer = last.turn.answer.answer.slice(0, 200);
  }
  const pending = drawPending(replacing ? replacing.turn.typed : words, replacing?.id);
  asking = new AbortController();
  busy(true);
  const id = crypto.getRandomValues(new Uint32Array(2)).join("-");
  const switched = () => body.language !== document.documentElement.dataset.language;
  let result = null;
  let problem = null; // says what went wrong, in the language of the moment
  try {
    await stream("/wj/ask", body, (line) => {
      if (line.stage) pending.stage(line.stage);
      else if (line.error) problem = () => (line.reason && !switched() ? t("stage.failed", { reason: line.reason }) : trouble({ detail: line.error }));
      else result = line;
    }, asking.signal);
    if (!result && !problem) problem = () => t("stage.offline");
    if (result && switched()) result = { ...result, ...(await rendered([{ id, turn: result.turn }])).get(id) };
  } catch (error) {
    if (error.name === "AbortError") problem = () => t("stage.stopped");
    else if (error instanceof ServerError) problem = () => trouble(error).replace("{n}", limits.longest);
    else problem = () => t("stage.offline");
  }
  asking = null;
  busy(false);
  if (!result) { pending.fail(problem, words, { replacing, alone }); return; }
  const one = { id, turn: result.turn };
  if (replacing) one.turn.typed = replacing.turn.typed;
  const replaces = (other) => other.id === replacing?.id; // not there any more where the conversation was cleared meanwhile
  change((list) => (list.some(replaces) ? list.map((other) => (replaces(other) ? one : other)) : [...list, one]));
  const node = drawTurn(one, result);
  pending.node.replaceWith(node);
  select(one.id);
  find("#wj-clear").hidden = false;
  reveal(node);
  drawNext();
}

function busy(yes) {
  find("#wj-send").hidden = yes;
  find("#wj-stop").hidden = !yes;
}

// The turn on its way; it stands in the place of the turn `replaces`, which comes back where no answer does.
function drawPending(words, replaces) {
  const stage = element("span", { class: "wj-stage" }, t("stage.retrieving"));
  let reached = "stage.retrieving";
  const card = element("div", { class: "wj-card-answer wj-pending", role: "status" }, element("i", { class: "wj-spinner" }), stage);
  const node = element("article", { class: "wj-turn" }, bubble(words), card);
  const place = drawn.get(replaces)?.node;
  node.replaces = replaces;
  all(".wj-next").forEach((one) => one.remove());
  if (replaces) all(".wj-turn").forEach((one) => one.replaces === replaces && one.remove()); // failed before
  if (place?.isConnected) place.replaceWith(node);
  else find("#wj-turns").append(node);
  find("#wj-welcome").hidden = true;
  node.retranslate = () => { stage.textContent = t(reached); };
  reveal(node);
  return {
    node,
    stage(name) { reached = name === "waiting" ? "state.wait" : `stage.${name}`; node.retranslate(); },
    fail(reason, question, options) {
      const old = drawn.get(replaces)?.node;
      if (old) {
        old.classList.toggle("wj-active", active === replaces);
        node.before(old);
        find(".wj-asked", node).remove(); // the question stands above the old answer
      }
      card.className = "wj-card-answer wj-failed";
      const said = element("p", {});
      const again = button("", () => { if (asking) return; node.remove(); ask(question, options); }, { class: "wj-link" });
      node.retranslate = () => { said.textContent = reason(); again.textContent = t("answer.retry"); };
      node.retranslate();
      card.replaceChildren(said, again);
      reveal(node);
    },
  };
}

const THUMB = "M7 10.5v9.5H4.5a1 1 0 0 1-1-1v-7.5a1 1 0 0 1 1-1zm0 0 4-7.2a2.2 2.2 0 0 1 2.2 2.2v3.8h5.3a1.9 1.9 0 0 1 1.9 2.2l-1.2 6.9a1.9 1.9 0 0 1-1.9 1.6H7";

const bubble = (words) => element("p", { class: "wj-asked", "aria-label": t("chat.you") }, safe(words));

function drawTurn(one, html) {
  const { turn } = one;
  const node = element("article", { class: "wj-turn", "data-id": one.id, tabIndex: -1 });
  const card = element("div", { class: `wj-card-answer wj-is-${turn.answer.status}` });
  const body = element("div", { class: "wj-answer" });
  body.innerHTML = html.html; // escaped by the server; see qa/web/markup.py
  card.append(body, actions(one));
  const searched = chips(one);
  node.append(bubble(turn.typed), ...(searched ? [searched] : []), card);
  drawn.set(one.id, { ...html, node });
  return node;
}

function actions(one) {
  const said = (verdict) => async (event) => {
    const card = event.currentTarget.closest(".wj-card-answer");
    try {
      await post("/wj/feedback", { turn: one.turn, verdict });
      change((list) => list.map((other) => (other.id === one.id ? { ...other, said: verdict } : other)));
      press(card, verdict);
      toast(t("answer.thanks"));
      if (verdict === "wrong") offerMarking(one, card);
    } catch (error) { toast(trouble(error), "wj-bad"); }
  };
  const verdict = (name, label) => button(icon(THUMB), said(name), {
    class: `wj-verdict wj-verdict-${name}`, "data-verdict": name, title: t(label), "aria-label": t(label), "aria-pressed": String(one.said === name),
  });
  const scope = one.turn.scope ? element("span", { class: "wj-dim" }, t("chat.scope", { n: one.turn.scope })) : null;
  return element("div", { class: "wj-actions" },
    button(t("answer.copy"), () => copy(drawn.get(one.id).copy), { class: "wj-link" }),
    button(t("answer.retry"), () => ask(one.turn.answer.question, { replacing: one, alone: true }), { class: "wj-link" }),
    verdict("right", "answer.good"), verdict("wrong", "answer.bad"),
    scope, element("span", { class: "wj-dim wj-time" }, t("answer.time", { ms: Math.round(one.turn.answer.timings_ms.total ?? 0) })));
}

function press(card, said) {
  all(".wj-verdict", card).forEach((node) => node.setAttribute("aria-pressed", node.dataset.verdict === said));
}

function offerMarking(one, card) {
  find(".wj-correct", card)?.remove();
  const first = one.turn.answer.citations[0];
  const document = first?.document_id ?? corpus.firstReady();
  if (!document) return;
  card.append(element("p", { class: "wj-correct" }, button(t("answer.correct"), () =>
    openSource(document, { start: first?.start ?? -1, end: first?.end ?? -1, cited: first?.sha256 ?? "", turn: one.turn }), { class: "wj-button wj-button-quiet" })));
  card.scrollIntoView({ block: "nearest" });
}

// The question that was searched, piece by piece; each piece can be changed or taken away.
function chips(one) {
  const parts = one.turn.parts;
  if (!parts.length) return null;
  const again = (list) => { const words = list.map((part) => part.text).join("").trim(); if (words) ask(words, { replacing: one, alone: true }); };
  const list = element("ul", { class: "wj-chips" });
  parts.forEach((part, place) => {
    const edit = button(safe(part.text), () => {
      const field = element("input", { class: "wj-chip-field", value: part.text, "aria-label": t("chat.part.edit", { text: part.text }) });
      field.size = Math.max(4, part.text.length * 2);
      const commit = () => { if (field.value !== part.text) again(parts.map((p, i) => (i === place ? { ...p, text: field.value } : p))); else field.replaceWith(edit); };
      field.addEventListener("keydown", (event) => {
        if (event.key === "Enter" && !composing(event)) { event.preventDefault(); commit(); }
        if (event.key === "Escape") { event.stopPropagation(); field.replaceWith(edit); edit.focus(); }
      });
      field.addEventListener("blur", () => field.isConnected && field.value === part.text && field.replaceWith(edit));
      edit.replaceWith(field);
      field.focus();
      field.select();
    }, { class: "wj-chip-text", "aria-label": t("chat.part.edit", { text: safe(part.text) }) });
    const remove = button("×", () => again(parts.filter((_, i) => i !== place)), { class: "wj-chip-remove", "aria-label": t("chat.part.remove", { text: safe(part.text) }) });
    list.append(element("li", { class: `wj-chip ${part.carried ? "wj-carried" : ""}`, title: part.carried ? t("chat.carried") : "" }, edit, parts.length > 1 ? remove : null));
  });
  return element("div", { class: "wj-searched" }, element("span", { class: "wj-dim" }, t("chat.searched")), list);
}

async function drawNext() {
  all(".wj-next").forEach((one) => one.remove());
  const last = kept.at(-1);
  if (!last) return;
  try {
    const questions = await post("/wj/next", { turn: last.turn });
    if (!questions.length || kept.at(-1)?.id !== last.id || asking) return;
    const list = element("ul", {}, questions.map((words) => element("li", {}, button(safe(words), () => ask(words, { alone: true }), { class: "wj-suggestion" }))));
    const node = drawn.get(last.id)?.node;
    const log = find("#wj-log");
    const left = log.scrollTop;
    node?.append(element("div", { class: "wj-next" }, element("h3", {}, t("chat.next")), list));
    if (node && shownAt === left) reveal(node); // not where the reader has scrolled meanwhile
  } catch { /* suggestions are an extra */ }
}

function inTurn(event) {
  const turn = event.target.closest(".wj-turn[data-id]");
  if (!turn) return;
  if (!event.target.closest("a, summary, .wj-actions, .wj-searched, .wj-next")) select(turn.dataset.id);
  const cite = event.target.closest("[data-cite]");
  if (cite) { select(turn.dataset.id); showCitation(cite.dataset.cite); }
}

export function select(id) {
  const found = drawn.get(id);
  if (!found) return;
  const same = active === id;
  active = id;
  all(".wj-turn").forEach((node) => node.classList.toggle("wj-active", node.dataset.id === id));
  if (!same || !find("#wj-evidence-body .wj-card")) drawEvidence(found, id);
}

function drawEvidence(found, id) {
  const body = find("#wj-evidence-body");
  body.innerHTML = found.evidence; // escaped by the server
  body.scrollTop = 0;
  const one = kept.find((other) => other.id === id);
  find("#wj-evidence-for").textContent = safe(one.turn.answer.question);
  find("#wj-evidence-for").title = safe(one.turn.answer.question);
  const count = one.turn.answer.citations.length;
  find("#wj-evidence-count").textContent = count ? ` ${count}` : "";
}

function showCitation(number) {
  showPane("evidence");
  const card = find(`#wj-evidence-body [data-citations~="${number}"]`);
  if (!card) return;
  card.open = true;
  all(".wj-here", card).forEach((node) => node.classList.remove("wj-here"));
  const words = find(`[data-anchor="c${number}"]`, card);
  words?.classList.add("wj-here");
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  (words ?? card).scrollIntoView({ block: "center", behavior: calm ? "auto" : "smooth" });
  card.classList.remove("wj-flash");
  void card.offsetWidth; // starts the animation anew
  card.classList.add("wj-flash");
  find("summary", card).focus({ preventScroll: true });
}

function inEvidence(event) {
  const opener = event.target.closest("[data-open]");
  const one = kept.find((other) => other.id === active);
  if (opener && one) {
    const [start, end] = [+opener.dataset.start, +opener.dataset.end];
    const cited = one.turn.answer.citations.filter((c) => c.document_id === opener.dataset.open);
    const { sha256 } = cited.find((c) => c.start === start && c.end === end) ?? cited[0];
    const hits = cited.filter((c) => c.sha256 === sha256).map((c) => `${c.start}-${c.end}`);
    openSource(opener.dataset.open, { start, end, hits, cited: sha256, turn: one.turn });
  }
  if (event.target.closest("[data-copy-passage]")) {
    const number = parseInt(event.target.closest(".wj-card").dataset.citations, 10);
    const citation = one?.turn.answer.citations.find((c) => c.id === number);
    if (citation) copy(citation.passage.text.trim());
  }
}

// What the server draws of turns, by their ids, in the page's language even where that is switched meanwhile.
async function rendered(list) {
  const turns = list.map((one) => one.turn);
  let html = [];
  let language = "";
  while (turns.length && language !== document.documentElement.dataset.language) {
    ({ language } = document.documentElement.dataset);
    html = await post("/wj/render", { turns, language });
  }
  return new Map(list.map((one, i) => [one.id, html[i]]));
}

// Draws the conversation; the turns `anew` in new words, the others in the nodes that they have.
export async function redraw(anew = kept) {
  const place = find("#wj-turns");
  let html = new Map();
  try { html = await rendered([...anew]); }
  catch (error) { toast(error instanceof ServerError ? trouble(error) : t("stage.offline"), "wj-bad"); }
  kept = kept.filter((one) => html.get(one.id)?.html !== ""); // what cannot be drawn any more
  dropGone();
  const failed = (node) => find(".wj-failed", node);
  const unfinished = all(".wj-turn:not([data-id])", place).filter((node) => !node.replaces || !failed(node) || drawn.has(node.replaces));
  unfinished.forEach((node) => node.retranslate());
  const nodes = kept.flatMap((one) => {
    const node = html.has(one.id) ? drawTurn(one, html.get(one.id)) : drawn.get(one.id)?.node;
    if (!node) return [];
    press(node, one.said);
    const again = unfinished.find((other) => other.replaces === one.id);
    if (!again) return [node];
    return failed(again) ? [node, again] : [again];
  });
  place.replaceChildren(...nodes, ...unfinished.filter((node) => !nodes.includes(node)));
  find("#wj-welcome").hidden = place.childElementCount > 0;
  find("#wj-clear").hidden = kept.length === 0;
  const before = active;
  if (html.has(before) || !drawn.has(before)) active = null; // its evidence is drawn too
  if (drawn.size) { select(drawn.has(before) ? before : kept.filter((one) => drawn.has(one.id)).at(-1).id); drawNext(); }
  else emptyEvidence();
  drawLimits();
}

/** Draws the evidence again after the index has changed. */
export async function redrawEvidence() {
  let html = new Map();
  try { html = await rendered([...kept]); }
  catch (error) { if (!(error instanceof ServerError)) throw error; } // what the server refuses stays as it is
  const before = drawn.get(active)?.evidence;
  for (const [id, { evidence }] of html) if (drawn.has(id)) drawn.get(id).evidence = evidence;
  const shown = drawn.get(active);
  if (shown && shown.evidence !== before) drawEvidence(shown, active);
}

function emptyEvidence() {
  find("#wj-evidence-for").textContent = "";
  find("#wj-evidence-count").textContent = "";
  find("#wj-evidence-body").replaceChildren(element("p", { class: "wj-empty" }, t("evidence.empty")));
}

async function clear() {
  if (!(await confirmed(t("chat.clear.title"), t("chat.clear.text"), t("chat.clear")))) return;
  change(() => []);
  await redraw();
  find("#wj-question").focus();
}

export const hasExamples = () => !find("#wj-examples").hidden;

export async function loadExamples() {
  const questions = await get("/wj/examples", { count: 4 });
  const place = find("#wj-examples");
  place.hidden = questions.length === 0;
  find("ul", place).replaceChildren(...questions.map((words) => element("li", {}, button(safe(words), () => ask(words, { alone: true }), { class: "wj-suggestion" }))));
}

function scrollDown() { const log = find("#wj-log"); log.scrollTop = log.scrollHeight; }

// Brings a new turn into view with its question at the top where it is longer than the window.
let shownAt = -1; // where the log stood after that

function reveal(node) {
  const log = find("#wj-log");
  const top = node.offsetTop - log.offsetTop;
  log.scrollTop = Math.max(top - 16, Math.min(log.scrollHeight, top + node.offsetHeight) - log.clientHeight > top ? top - 16 : top + node.offsetHeight - log.clientHeight + 24);
  shownAt = log.scrollTop;
}
