// Calls to the server. A reply of "sign in first" leads to the sign-in page.
export class ServerError extends Error {
  constructor(status, detail) { super(detail); this.status = status; this.detail = detail; }
}

async function checked(reply) {
  if (reply.status === 401) { location.href = "/login"; throw new ServerError(401, "error.server"); }
  if (reply.ok) return reply;
  let detail = "error.server";
  try { const body = await reply.json(); if (typeof body.detail === "string") detail = body.detail; } catch { /* not JSON */ }
  throw new ServerError(reply.status, detail);
}

export async function get(path, values = {}) {
  const query = new URLSearchParams(values).toString();
  return (await checked(await fetch(query ? `${path}?${query}` : path))).json();
}

export async function post(path, body = {}) {
  return (await checked(await send(path, body))).json();
}

/** Stop long work of the server. */
export const cancel = (job) => post(`/wj/jobs/${job.id}/cancel`);

const send = (path, body, signal) =>
  fetch(path, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body), signal });

// Lines of JSON as they come, each handed to `tell`.
export async function stream(path, body, tell, signal) {
  const reply = await checked(await send(path, body, signal));
  const reader = reply.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) break;
    rest += value;
    const lines = rest.split("\n");
    rest = lines.pop();
    for (const line of lines) if (line) tell(JSON.parse(line));
  }
}

// A file as the body, with progress from 0 to 1.
export function upload(path, values, file, progress) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", `${path}?${new URLSearchParams(values)}`);
    request.setRequestHeader("content-type", "application/octet-stream");
    request.upload.addEventListener("progress", (event) => event.lengthComputable && progress(event.loaded / event.total));
    request.addEventListener("error", () => reject(new ServerError(0, "network")));
    request.addEventListener("load", () => {
      let body = {};
      try { body = JSON.parse(request.responseText); } catch { /* not JSON */ }
      if (request.status === 401) location.href = "/login";
      if (request.status === 200) resolve(body);
      else reject(new ServerError(request.status, typeof body.detail === "string" ? body.detail : "network"));
    });
    request.send(file);
  });
}
