// What this browser keeps: the conversation of each user, language, colours. Never sent anywhere but to be drawn again.
const MOST_TURNS = 50;
let user = "";

export function setUser(name) { user = name; }

const key = (name) => `wenju:${encodeURIComponent(user)}:${name}`;

function read(name, otherwise) {
  try { return JSON.parse(localStorage.getItem(name)) ?? otherwise; } catch { return otherwise; }
}

export function turns() {
  const kept = read(key("turns"), []);
  return Array.isArray(kept) ? kept.filter((one) => one && typeof one === "object" && one.turn) : [];
}

export function keepTurns(list) {
  let kept = list.slice(-MOST_TURNS);
  while (kept.length) {
    try { localStorage.setItem(key("turns"), JSON.stringify(kept)); return; }
    catch { kept = kept.slice(Math.ceil(kept.length / 4)); } // the browser's room is full: the oldest go
  }
  try { localStorage.removeItem(key("turns")); } catch { /* no storage at all */ }
}

export const chosen = () => read(key("chosen"), []).filter((one) => typeof one === "string");
export function keepChosen(list) { try { localStorage.setItem(key("chosen"), JSON.stringify(list)); } catch { /* private mode */ } }
export function keepPlain(name, value) { try { localStorage.setItem(`wenju:${name}`, value); } catch { /* private mode */ } }
// The sheet of questions that this tab has sent last.
export function batch() { try { return sessionStorage.getItem("wenju:batch") ?? ""; } catch { return ""; } }
export function keepBatch(id) { try { sessionStorage.setItem("wenju:batch", id); } catch { /* private mode */ } }
