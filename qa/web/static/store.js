// What this browser keeps: the conversation of each user, language, colours. Never sent anywhere but to be drawn again.
const MOST_TURNS = 50;
let user = "";

export function setUser(name) { user = name; }

const key = (name) => `wenju:${encodeURIComponent(user)}:${name}`;

function read(name, otherwise) {
  try { return JSON.parse(localStorage.getItem(name)) ?? otherwise; } catch { return otherwise; }
}

export const newest = (list) => list.slice(-MOST_TURNS);

export function turns() {
  const kept = read(key("turns"), []);
  return Array.isArray(kept) ? newest(kept.filter((one) => one && typeof one === "object" && typeof one.id === "string" && one.turn)) : [];
}

// `work` makes the new list of the one that is stored now: another tab may have changed it since this one read it.
export function changeTurns(work) {
  let kept = newest(work(turns()));
  while (kept.length) {
    try { localStorage.setItem(key("turns"), JSON.stringify(kept)); return; }
    catch { kept = kept.slice(Math.ceil(kept.length / 4)); } // the browser's room is full: the oldest go
  }
  try { localStorage.removeItem(key("turns")); } catch { /* no storage at all */ }
}

// Whether a `storage` event, which other tabs cause, is about the conversation.
export const toldOfTurns = (event) => event.key === null || event.key === key("turns");

export const chosen = () => read(key("chosen"), []).filter((one) => typeof one === "string");
export function keepChosen(list) { try { localStorage.setItem(key("chosen"), JSON.stringify(list)); } catch { /* private mode */ } }
export function keepPlain(name, value) { try { localStorage.setItem(`wenju:${name}`, value); } catch { /* private mode */ } }
// The sheet of questions that this tab has sent last.
export function batch() { try { return sessionStorage.getItem("wenju:batch") ?? ""; } catch { return ""; } }
export function keepBatch(id) { try { sessionStorage.setItem("wenju:batch", id); } catch { /* private mode */ } }
