// Runs before the first paint: colours and language as they were left, or as the browser likes them.
(() => {
  const kept = (name) => { try { return localStorage.getItem(name); } catch { return null; } };
  const root = document.documentElement;
  const dark = (kept("wenju:theme") || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
  root.dataset.theme = dark ? "dark" : "light";
  const asked = document.querySelector('meta[name="wenju-language"]');
  const language = kept("wenju:language") || (asked && asked.content) || navigator.language || "zh";
  // The framework sets the document's own language to the browser's later; this one stays.
  root.dataset.language = language.toLowerCase().startsWith("en") ? "en" : "zh";
  root.lang = root.dataset.language;
})();
