// Starts the page when its skeleton is there, and holds what the parts share.
import { find, all, loadStrings, t, safe, prepareDialog, toast } from "./dom.js";
import { get } from "./api.js";
import * as store from "./store.js";
import * as chat from "./chat.js";
import * as corpus from "./corpus.js";
import * as source from "./source.js";
import * as batch from "./batch.js";
import * as evaluation from "./evaluation.js";

let documentsKey = "";

function shellReady() {
  return new Promise((resolve) => {
    const look = () => find("#wenju #wj-turns") && (watcher.disconnect(), resolve());
    const watcher = new MutationObserver(look);
    watcher.observe(document.documentElement, { childList: true, subtree: true });
    look();
  });
}

export function showPane(name) {
  find("#wenju").dataset.pane = name;
  for (const node of all("[data-show-pane]")) node.setAttribute("aria-pressed", node.dataset.showPane === name);
}

export function showTab(name) {
  find("#wenju").dataset.tab = name;
  for (const tab of all("[role=tab]")) {
    const active = tab.dataset.tab === name;
    tab.setAttribute("aria-selected", active);
    tab.tabIndex = active ? 0 : -1;
    find(`#wj-panel-${tab.dataset.tab}`).hidden = !active;
  }
  if (name === "evaluation") evaluation.show();
}

function tabKeys(event) {
  const tabs = all("[role=tab]");
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!step) return;
  const next = tabs[(tabs.indexOf(event.target) + step + tabs.length) % tabs.length];
  showTab(next.dataset.tab);
  next.focus();
}

async function setLanguage(language) {
  store.keepPlain("language", language);
  await loadStrings(language);
  document.title = `${t("app.name")} · ${t("app.claim")}`;
  corpus.redraw();
  corpus.refresh();
  await chat.redraw();
  batch.refresh();
  evaluation.redraw();
  drawState(lastState);
  stateSoon();
}

function toggleTheme() {
  const dark = document.documentElement.dataset.theme !== "dark";
  document.documentElement.dataset.theme = dark ? "dark" : "light";
  store.keepPlain("theme", dark ? "dark" : "light");
}

let lastState = null;

function drawState(state) {
  if (!state) return;
  const place = find("#wj-state");
  const words = find("span", place);
  place.dataset.state = state.updating ? "updating" : state.state;
  const stage = state.stage && state.total ? t(`state.stage.${state.stage}`, state) : "";
  if (state.state === "ready") words.textContent = state.updating ? stage || t("state.indexing") : t("state.ready");
  else if (state.state === "indexing") words.textContent = state.stage === "loading" ? t("state.stage.loading") : stage || t("state.indexing");
  else words.textContent = t(`state.${state.state}`);
  const starting = find("#wj-starting");
  starting.hidden = state.state === "ready";
  starting.classList.toggle("wj-broken", state.state === "failed");
  starting.textContent = state.state === "failed" ? t("state.broken", { reason: safe(state.message) }) : t("state.welcome", { state: words.textContent.replace(/…$/, "") });
  place.title = state.message || (state.updating ? t("state.updating") : "");
  notice(state.state === "ready" && state.message && !state.updating ? t("state.stale", { reason: safe(state.message) }) : "");
}

function notice(words) {
  const place = find("#wj-notice");
  place.textContent = words;
  place.hidden = !words;
}

const told = () => get("/wj/state", { language: document.documentElement.dataset.language });

async function watchState() {
  let wait = 5000;
  try {
    const state = await told();
    const first = lastState === null;
    lastState = state;
    drawState(state);
    if (first) chat.setLimits(state);
    // The version grows with each step of an update; what counts is that one has ended since, by whomever it was begun.
    const settled = state.state === "ready" && !state.updating ? state.version : "";
    const key = `${state.state}|${state.updating}|${settled}|${state.index}|${state.documents}|${Object.keys(state.failed).length}`;
    if (key !== documentsKey) {
      await corpus.refresh(state);
      if (!first) await chat.redrawEvidence();
      documentsKey = key;
    }
    if (state.state !== "ready" || state.updating) wait = 600;
    if (state.state === "ready" && !chat.hasExamples()) { await chat.loadExamples(); wait = Math.min(wait, 1500); }
  } catch {
    find("#wj-state").dataset.state = "failed";
    find("#wj-state span").textContent = t("state.offline");
    notice(t("state.offline.notice"));
    documentsKey = ""; // another server may answer next
    wait = 2000;
  }
  setTimeout(watchState, wait);
}

/** Ask the state soon; `begun`: an update has, and is shown at once, however short it is. */
export function stateSoon(begun = false) {
  if (begun && lastState) drawState({ ...lastState, updating: true, stage: "" });
  documentsKey = "";
  setTimeout(async () => { try { const s = await told(); lastState = s; drawState(s); await corpus.refresh(s); } catch { /* the watch goes on */ } }, 250);
}

async function start() {
  await shellReady();
  await loadStrings(document.documentElement.dataset.language);
  document.title = `${t("app.name")} · ${t("app.claim")}`;
  prepareDialog();
  let state = {};
  try { state = await told(); drawState(state); } catch { /* shown by the watch */ }
  store.setUser(state.user || "");
  if (state.signed_in) {
    find("#wj-user").textContent = state.user;
    find("#wj-user").hidden = false;
    const leave = find("#wj-sign-out");
    leave.hidden = false;
    leave.addEventListener("click", async () => { await fetch("/logout", { method: "POST" }); location.href = "/login"; });
  }
  all("[data-show-pane]").forEach((node) => node.addEventListener("click", () => showPane(node.dataset.showPane)));
  all("[role=tab]").forEach((tab) => { tab.addEventListener("click", () => showTab(tab.dataset.tab)); tab.addEventListener("keydown", tabKeys); });
  find("#wj-language").addEventListener("click", () => setLanguage(document.documentElement.dataset.language === "zh" ? "en" : "zh"));
  find("#wj-theme").addEventListener("click", toggleTheme);
  // What a mouse reads by resting on it, a finger reads by touching it.
  document.addEventListener("click", (event) => {
    const hint = event.target.closest(".wj-confidence, .wj-note, .wj-show-repairs .wj-removed, .wj-show-repairs .wj-replaced");
    if (hint?.title && matchMedia("(hover: none)").matches) toast(hint.title);
  });
  // A file dropped beside the place for it must not take the page's place.
  for (const name of ["dragover", "drop"]) document.addEventListener(name, (event) => event.preventDefault());
  corpus.start();
  source.start();
  batch.start();
  evaluation.start(state.golds || []);
  showTab("ask");
  showPane("chat");
  await chat.start();
  find("#wenju").dataset.ready = document.documentElement.dataset.started = "yes";
  watchState();
}

start();
