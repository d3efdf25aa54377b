// A deck: reveal.js, its speaker's window, live cells, and interactive figures.

import Reveal from "reveal.js";
import Notes from "reveal.js/plugin/notes";
import activation from "../../../mlp/widgets/activation.mjs";
import backprop from "../../../mlp/widgets/backprop.mjs";
import loss from "../../../mlp/widgets/loss.mjs";
import neuron from "../../../mlp/widgets/neuron.mjs";
import race from "../../../mlp/widgets/race.mjs";
import "../live/live.mjs";

/** @type {Record<string, {render: (options: any) => unknown}>} */
const FIGURES = { activation, backprop, loss, neuron, race };

/** @type {NodeListOf<HTMLElement>} */
const figures = document.querySelectorAll("figure[data-widget]");
for (const { dataset, firstElementChild } of figures) {
  const settings = Object.fromEntries(new URLSearchParams(dataset.state));
  const model = { get: () => settings, set() {}, save_changes() {}, on() {} };
  const place = document.createElement("div");
  FIGURES[/** @type {string} */ (dataset.widget)].render({ model, el: place });
  firstElementChild?.replaceWith(place);
}

// What is typed in a cell or a figure moves no slide. Escape gives the keys back to the deck.
/** @type {NodeListOf<HTMLElement>} */
const boxes = document.querySelectorAll(".cell, figure[data-widget]");
for (const box of boxes) {
  box.addEventListener("keydown", (event) => {
    event.stopPropagation();
    if (event.key === "Escape") /** @type {HTMLElement} */ (document.activeElement).blur();
  });
}

const deck = new Reveal({
  width: 1280,
  height: 720,
  margin: 0,
  minScale: 0.1,
  maxScale: 10,
  center: false,
  display: "flex",
  hash: true,
  transition: "none",
  viewDistance: 1000, // all slides are laid out, so formulas can be measured
  mobileViewDistance: 1000,
  pdfSeparateFragments: false,
  pdfMaxPagesPerSlide: 1,
  plugins: [Notes],
});

/** Make smaller what is wider or higher than its slide leaves room for, down to two thirds. */
function fit() {
  /** @type {NodeListOf<HTMLElement>} */
  const formulas = document.querySelectorAll(".slides .katex-display");
  for (const formula of formulas) {
    const ratio = formula.clientWidth / formula.scrollWidth;
    if (ratio < 1) formula.style.fontSize = `${Math.floor(97 * ratio)}%`;
  }
  /** @type {NodeListOf<HTMLElement>} */
  const bodies = document.querySelectorAll(".slides .body");
  for (const body of bodies) {
    for (let zoom = 97; zoom > 66 && body.scrollHeight > body.clientHeight; zoom -= 3) {
      body.style.zoom = `${zoom}%`;
    }
  }
}

/** On paper all slides are there at once: their tags and the outline hold what is not hidden. */
function tell() {
  for (const slide of deck.getSlides()) {
    slide.removeAttribute("hidden");
    slide.removeAttribute("aria-hidden");
  }
}

start();
async function start() {
  const laidOut = new Promise((resolve) => deck.on("pdf-ready", resolve)); // some frames after the start
  await deck.initialize();
  await document.fonts.ready;
  fit();
  if (deck.getConfig().view === "print") {
    await laidOut;
    tell();
  }
  document.documentElement.dataset.ready = "yes"; // to be printed
}
