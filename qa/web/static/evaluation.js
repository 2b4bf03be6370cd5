// Runs a question set against the index; a failed question can be asked again in the chat.
import { find, element, t, trouble, safe } from "./dom.js";
import { get, post } from "./api.js";
import { ask } from "./chat.js";
import { showPane, showTab } from "./main.js";

let job = null;
let watching = false;

export function start(golds) {
  find("#wj-gold").replaceChildren(...golds.map((name) => element("option", { value: name }, safe(name))));
  find("#wj-run").disabled = golds.length === 0;
  find("#wj-run").addEventListener("click", run);
  find("#wj-run-stop").addEventListener("click", () => job && post(`/wj/jobs/${job.id}/cancel`));
  find("#wj-evaluation-result").addEventListener("click", (event) => {
    const report = event.target.closest(".wj-report-link");
    if (report) { const { language, theme } = document.documentElement.dataset; report.href = `/wj/evaluation/report?${new URLSearchParams({ language, theme })}`; }
    const question = event.target.closest("[data-ask]");
    if (!question) return;
    showTab("ask");
    showPane("chat");
    ask(question.dataset.ask, { alone: true });
  });
}

async function run() {
  try { job = await post("/wj/evaluation", { gold: find("#wj-gold").value }); watch(); }
  catch (error) { find("#wj-evaluation-job").replaceChildren(element("p", { class: "wj-bad" }, trouble(error))); }
}

export function show() { if (!watching) watch(); }

async function watch() {
  watching = true;
  try {
    const found = await get("/wj/evaluation", { language: document.documentElement.dataset.language });
    job = found.job;
    find("#wj-evaluation-result").innerHTML = found.html; // escaped by the server
  } catch { /* asked again */ }
  draw();
  if (job && (job.state === "waiting" || job.state === "running")) setTimeout(watch, 700);
  else watching = false;
}

export function redraw() { if (job) watch(); }

function draw() {
  const place = find("#wj-evaluation-job");
  const busy = job && (job.state === "waiting" || job.state === "running");
  find("#wj-run").hidden = Boolean(busy);
  find("#wj-run-stop").hidden = !busy;
  if (!job) place.replaceChildren(element("p", { class: "wj-empty" }, t("evaluation.none")));
  else if (busy) place.replaceChildren(element("progress", { max: job.total || 1, value: job.done, "aria-label": t("evaluation.running", job) }), element("p", {}, t("evaluation.running", job), job.remaining_s ? ` · ${t("batch.remaining", { seconds: job.remaining_s })}` : ""));
  else if (job.state === "failed") place.replaceChildren(element("p", { class: "wj-bad" }, t("evaluation.failed", { reason: safe(job.message) })));
  else if (job.state === "cancelled") place.replaceChildren(element("p", {}, t("batch.cancelled")));
  else place.replaceChildren();
}
