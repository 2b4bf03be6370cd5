// Runs a question set against the index; a failed question can be asked again in the chat.
import { find, element, drawProgress, t, trouble, toast, safe } from "./dom.js";
import { get, post, cancel } from "./api.js";
import { ask } from "./chat.js";
import { showPane, showTab } from "./main.js";

let job = null;
let problem = null; // says why a run did not start, in the language of the moment
let watching = false;
let watches = 0;

export function start(golds) {
  find("#wj-gold").replaceChildren(...golds.map((name) => element("option", { value: name }, safe(name))));
  find("#wj-run").disabled = golds.length === 0;
  find("#wj-run").addEventListener("click", run);
  find("#wj-run-stop").addEventListener("click", () => job && cancel(job).catch((error) => toast(trouble(error), "wj-bad")));
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
  problem = null;
  try { job = await post("/wj/evaluation", { gold: find("#wj-gold").value }); watch(); }
  catch (error) { problem = () => trouble(error); draw(); }
}

export function show() { if (!watching) watch(); }

async function watch() {
  const mine = ++watches;
  watching = true;
  try {
    const found = await get("/wj/evaluation", { language: document.documentElement.dataset.language });
    if (mine !== watches) return;
    job = found.job;
    find("#wj-evaluation-result").innerHTML = found.html; // escaped by the server
  } catch { /* asked again */ }
  draw();
  if (job && (job.state === "waiting" || job.state === "running")) setTimeout(() => mine === watches && watch(), 700);
  else watching = false;
}

export function redraw() { if (job) watch(); else draw(); }

function draw() {
  const place = find("#wj-evaluation-job");
  const busy = job && (job.state === "waiting" || job.state === "running");
  find("#wj-run").hidden = Boolean(busy);
  find("#wj-run-stop").hidden = !busy;
  if (problem && !busy) place.replaceChildren(element("p", { class: "wj-bad" }, problem()));
  else if (!job) place.replaceChildren(element("p", { class: "wj-empty" }, t("evaluation.none")));
  else if (busy) drawProgress(place, job, t("evaluation.running", job));
  else if (job.state === "failed") place.replaceChildren(element("p", { class: "wj-bad" }, t("evaluation.failed", { reason: safe(job.message) })));
  else if (job.state === "cancelled") place.replaceChildren(element("p", {}, t("batch.cancelled")));
  else place.replaceChildren();
}
