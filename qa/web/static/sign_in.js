// The form that asks for name and password.
const form = document.getElementById("wj-sign-in");
const problem = document.getElementById("wj-sign-in-problem");
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  problem.textContent = "";
  const fields = new FormData(form);
  const reply = await fetch("/login", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ name: fields.get("name"), password: fields.get("password"), language: document.documentElement.dataset.language }),
  });
  if (reply.ok) { location.href = "/"; return; }
  problem.textContent = (await reply.json()).detail;
  form.password.value = "";
  form.password.focus();
});
