// A sheet of questions in, a sheet of answers out, with progress.
import { find, element, button, drawProgress, t, trouble, toast, safe } from "./dom.js";
import { get, cancel, upload } from "./api.js";
import * as store from "./store.js";
import { dropZone } from "./corpus.js";

let job = null;
let problem = null; // says what went wrong, in the language of the moment

export function start() {
  const field = find("#wj-batch-file");
  field.addEventListener("change", () => { send([...field.files]); field.value = ""; });
  dropZone(find("#wj-batch-drop"), field, send);
  const before = store.batch(); // loading the page again does not lose a sheet
  if (before) { job = { id: before, state: "waiting" }; watch(before, true); }
  find("#wj-batch-template").addEventListener("click", () => {
    const link = element("a", { href: URL.createObjectURL(new Blob([`\ufeff${t("batch.column.question").toLowerCase()}\r\n`], { type: "text/csv" })), download: "questions.csv" });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  });
}

const busy = () => job?.state === "waiting" || job?.state === "running";
const stop = () => cancel(job).catch((error) => toast(trouble(error), "wj-bad"));

async function send(files) {
  if (!files.length) return;
  problem = null;
  try {
    const next = await upload("/wj/batch", { name: files[0].name }, files[0], () => {});
    if (busy()) stop(); // the sheet before it, which nobody would see the end of
    job = next;
    store.keepBatch(job.id);
    watch(job.id);
  } catch (error) {
    const words = () => t("batch.failed", { reason: t(`upload.error.${["type", "size"].includes(error.detail) ? error.detail : "network"}`, { mb: 10 }) });
    if (busy()) toast(words(), "wj-bad"); // the sheet before it goes on
    else { job = null; problem = words; }
  }
  redraw();
}

let watches = 0;

async function watch(id, again = false) {
  if (job?.id !== id) return;
  const mine = ++watches;
  try {
    const found = await get(`/wj/jobs/${id}`, { language: document.documentElement.dataset.language });
    if (mine !== watches || job?.id !== id) return; // another sheet has taken its place meanwhile
    job = found;
  } catch (error) {
    if (mine !== watches || job?.id !== id) return;
    if (error.status === 404) {
      job = null;
      store.keepBatch("");
      problem = again ? null : () => t("batch.gone");
      redraw();
      return;
    }
  }
  redraw();
  if (busy()) setTimeout(() => mine === watches && watch(id), 400);
}

export function refresh() { if (job) watch(job.id); else redraw(); }

function redraw() {
  const place = find("#wj-batch-job");
  if (problem) { place.replaceChildren(element("p", { class: "wj-bad" }, problem())); return; }
  if (!job) { place.replaceChildren(); return; }
  if (job.state === "failed") { place.replaceChildren(element("p", { class: "wj-bad" }, t("batch.failed", { reason: safe(job.message) }))); return; }
  if (job.state === "cancelled") { place.replaceChildren(element("p", {}, t("batch.cancelled"))); return; }
  if (job.state === "done") { done(place); return; }
  drawProgress(place, job, job.total ? t("batch.progress", job) : t("stage.queued"),
    () => [button(t("batch.cancel"), stop, { class: "wj-button wj-button-quiet", "data-i18n": "batch.cancel" })]);
}

function done(place) {
  const { counts, preview } = job.result;
  const links = ["xlsx", "csv", "jsonl"].map((format) => element("a", { class: "wj-button wj-button-quiet", href: `/wj/jobs/${job.id}/answers.${format}`, download: "", "aria-label": t("batch.download.as", { format }) }, format));
  const names = ["question", "answer", "source", "confidence"].map((name) => t(`batch.column.${name}`));
  const head = element("tr", {}, names.map((name) => element("th", { scope: "col" }, name)));
  const rows = preview.map((row) => {
    const cells = [row.question, row.answer || row.error || t(row.status === "related" ? "batch.related" : "evaluation.refused"), row.title || row.document || "—", row.status === "answered" ? `${Math.round(100 * row.confidence)}%` : "—"];
    return element("tr", {}, cells.map((words, i) => element("td", { "data-label": names[i], class: i === 3 ? "wj-number-cell" : undefined }, safe(words))));
  });
  place.replaceChildren(element("p", { class: "wj-good" }, t("batch.done", counts)), element("div", { class: "wj-buttons" }, element("span", {}, t("batch.download")), links),
    element("h3", {}, t("batch.preview", { n: preview.length })),
    element("div", { class: "wj-table" }, element("table", {}, element("thead", {}, head), element("tbody", {}, rows))));
}
