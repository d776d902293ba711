"use strict";
// Search, class filter, theme and keys. The page is whole without this script; its form is hidden then.
const root = document.documentElement;
const form = document.getElementById("form");
const find = document.getElementById("find");
const kind = document.getElementById("kind");
const count = document.getElementById("count");
const system = matchMedia("(prefers-color-scheme: dark)");
const cards = [...document.querySelectorAll(".card")];
const texts = cards.map((card) => card.textContent.toLowerCase());

function filter() {
  const words = find.value.toLowerCase().split(/\s+/).filter(Boolean);
  let shown = 0;
  cards.forEach((card, i) => {
    const fits = !kind.value || card.dataset.class === kind.value;
    card.hidden = !(fits && words.every((word) => texts[i].includes(word)));
    shown += card.hidden ? 0 : 1;
  });
  count.textContent = `${shown} of ${cards.length} cards`;
}

function move(step) {
  const shown = cards.filter((card) => !card.hidden);
  const at = shown.indexOf(document.activeElement);
  const next = shown[Math.max(0, Math.min(shown.length - 1, at < 0 ? 0 : at + step))];
  if (next) next.focus();
}

function setTheme(dark) {
  root.dataset.theme = dark ? "dark" : "light";
}

function press(event) {
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  if (event.target === find) {
    if (event.key === "Escape") {
      find.value = "";
      filter();
      find.blur();
    }
    return;
  }
  if (event.target === kind) return;
  const step = { j: 1, ArrowRight: 1, k: -1, ArrowLeft: -1 }[event.key];
  if (event.key === "/") find.focus();
  else if (step) move(step);
  else return;
  event.preventDefault();
}

find.addEventListener("input", filter);
kind.addEventListener("change", filter);
form.addEventListener("submit", (event) => event.preventDefault());
document.getElementById("theme").addEventListener("click", () => setTheme(root.dataset.theme !== "dark"));
system.addEventListener("change", (event) => setTheme(event.matches));
document.addEventListener("keydown", press);
setTheme(system.matches);
form.hidden = false;
filter();
