// The form that asks for name and password.
const form = document.getElementById("wj-sign-in");
const problem = document.getElementById("wj-sign-in-problem");
const { language } = document.documentElement.dataset; // as it was left on the page; the server cannot know
for (const node of document.querySelectorAll(`[data-${language}]`)) node.textContent = node.dataset[language];
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  problem.textContent = "";
  const fields = new FormData(form);
  const reply = await fetch("/login", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ name: fields.get("name"), password: fields.get("password"), language }),
  });
  if (reply.ok) { location.href = "/"; return; }
  problem.textContent = (await reply.json()).detail;
  form.password.value = "";
  form.password.focus();
});
