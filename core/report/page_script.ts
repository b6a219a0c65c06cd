/**
 * The script of all pages: stepping through frames, singling out categories by their legend, enlarging, colour scheme,
 * marking the section in view, opening everything for print. Without it the page shows all frames below each other.
 */
export const PAGE_SCRIPT: string = `(() => {
"use strict";
const all = (selector, root = document) => [...root.querySelectorAll(selector)];

for (const player of all(".player")) {
  const decks = all(".deck", player.closest("figure")).map((deck) => [...deck.children]);
  const longest = decks.reduce((a, b) => b.length > a.length ? b : a);
  const [range] = all("input", player), [out] = all("output", player), [play] = all("[data-play]", player);
  let timer = 0;
  const show = (i) => {
    const at = Math.max(0, Math.min(longest.length - 1, i));
    for (const deck of decks) deck.forEach((frame, j) => { frame.hidden = j !== Math.min(at, deck.length - 1); });
    range.value = at;
    range.setAttribute("aria-valuetext", longest[at].dataset.label);
    out.textContent = longest[at].dataset.label;
  };
  const stop = () => { clearInterval(timer); timer = 0; play.textContent = "Play"; };
  const start = () => {
    if (+range.value >= longest.length - 1) show(0);
    play.textContent = "Pause";
    timer = setInterval(() => { show(+range.value + 1); if (+range.value >= longest.length - 1) stop(); }, 220);
  };
  range.addEventListener("input", () => { stop(); show(+range.value); });
  play.addEventListener("click", () => timer ? stop() : start());
  for (const button of all("[data-step]", player)) {
    button.addEventListener("click", () => { stop(); show(+range.value + +button.dataset.step); });
  }
}

document.addEventListener("click", (event) => {
  const key = event.target.closest?.(".mg-key");
  const root = key?.closest("figure, dialog");
  if (!root) return;
  const chosen = !key.classList.contains("on");
  for (const part of all("[data-group]", root)) {
    if (part.dataset.group === key.dataset.group) part.classList.toggle("on", chosen);
  }
  root.classList.toggle("solo", all(".mg-key.on", root).length > 0);
});

const [dialog] = all("dialog"), [stage] = all(".stage");
let home = [], view = [];
const svg = () => stage.querySelector("svg");
const look = (next) => { view = next; svg().setAttribute("viewBox", view.join(" ")); };
const zoom = (factor, clientX, clientY) => {
  const matrix = svg().getScreenCTM().inverse();
  const at = new DOMPoint(clientX, clientY).matrixTransform(matrix);
  const width = Math.min(home[2], Math.max(home[2] / 24, view[2] * factor)), f = width / view[2];
  look(width === home[2] ? home : [at.x - (at.x - view[0]) * f, at.y - (at.y - view[1]) * f, width, view[3] * f]);
};
const middle = () => { const box = stage.getBoundingClientRect(); return [box.x + box.width / 2, box.y + box.height / 2]; };
const enlarge = (figure, drawing) => {
  const copy = drawing.cloneNode(true);
  copy.removeAttribute("width");
  copy.removeAttribute("height");
  stage.replaceChildren(copy);
  dialog.classList.toggle("solo", figure.classList.contains("solo"));
  all("h3", dialog)[0].textContent = all("h3 .name", figure)[0].textContent;
  home = copy.getAttribute("viewBox").split(" ").map(Number);
  look(home);
  dialog.showModal();
};
document.addEventListener("click", ({ target }) => {
  const act = target.dataset?.zoom;
  if (act === "open") {
    const figure = target.closest("figure"), part = target.closest(".grid > div") ?? figure;
    enlarge(figure, part.querySelector(".frame:not([hidden]) svg"));
  }
  if (act === "in") zoom(1 / 1.5, ...middle());
  if (act === "out") zoom(1.5, ...middle());
  if (act === "reset") look(home);
  if (act === "close") dialog.close();
});
document.addEventListener("dblclick", ({ target }) => {
  const drawing = target.closest?.("figure .frame svg");
  if (drawing) enlarge(drawing.closest("figure"), drawing);
});
stage.addEventListener("wheel", (event) => {
  event.preventDefault();
  zoom(1.0018 ** event.deltaY, event.clientX, event.clientY);
}, { passive: false });
stage.addEventListener("pointermove", (event) => {
  if (!event.buttons || !svg()) return;
  const scale = svg().getScreenCTM().a;
  look([view[0] - event.movementX / scale, view[1] - event.movementY / scale, view[2], view[3]]);
});
dialog.addEventListener("close", () => stage.replaceChildren());

const [theme] = all("[data-scheme]"), names = ["auto", "light", "dark"];
theme.addEventListener("click", () => {
  const next = names[(names.indexOf(theme.dataset.scheme) + 1) % 3];
  theme.dataset.scheme = next;
  theme.textContent = "Colours: " + next;
  if (next === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = next;
});

const links = new Map(all("nav a").map((link) => [link.hash.slice(1), link]));
const seen = new Set();
const observer = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) isIntersecting ? seen.add(target.id) : seen.delete(target.id);
  const current = [...links.keys()].findLast((id) => seen.has(id));
  if (!current) return;
  for (const [id, link] of links) id === current ? link.setAttribute("aria-current", "true") : link.removeAttribute("aria-current");
}, { rootMargin: "0px 0px -65% 0px" });
for (const id of links.keys()) { const part = document.getElementById(id); if (part) observer.observe(part); }

addEventListener("beforeprint", () => { for (const part of all("details")) part.open = true; });
})();`;
