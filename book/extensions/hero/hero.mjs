// The network on the front page: its forward pass, its picture, and pixels to draw on.

/**
 * @typedef {{
 *   weight1: number[][], bias1: number[], weight2: number[][], bias2: number[], digits: number[][],
 * }} Network the weights, and digits in sixteen shades
 * @typedef {(index: number) => [number, number]} Place where a neuron or pixel has its middle
 */

const CELL = 28; // the width of one of the 8 x 8 pixels
const TOP = 58; // of the pad that they make

/** @type {Place} */
const pixelAt = (i) => [(i % 8) * CELL + CELL / 2, TOP + Math.floor(i / 8) * CELL + CELL / 2];
/** @type {Place} */
const hiddenAt = (j) => [400, 20 + 20 * j];
/** @type {Place} */
const outputAt = (k) => [545, 17 + 34 * k];

/** @param {number} value */
const clamp = (value) => Math.min(1, Math.max(0, value));

/**
 * Row vector times matrix plus bias, as everywhere in the book: x @ weight + bias.
 * @param {number[]} x @param {number[][]} weight @param {number[]} bias
 */
const dense = (x, weight, bias) =>
  bias.map((b, j) => x.reduce((sum, value, i) => sum + value * weight[i][j], b));

/**
 * What the connections of a layer carry, strongest first: input times weight.
 * @param {number[]} from @param {number[][]} weight @param {number[]} alive what they lead to
 * @param {Place} start @param {Place} end @param {number} count how many are drawn
 */
function lines(from, weight, alive, start, end, count) {
  const carried = from.flatMap((value, i) =>
    weight[i].map((w, j) => ({ i, j, signal: alive[j] > 0 ? value * w : 0 })),
  );
  carried.sort((a, b) => Math.abs(b.signal) - Math.abs(a.signal));
  const strongest = Math.abs(carried[0].signal) || 1;
  return carried
    .slice(0, count)
    .filter(({ signal }) => signal !== 0)
    .map(({ i, j, signal }) => {
      const [x1, y1] = start(i);
      const [x2, y2] = end(j);
      const sign = signal > 0 ? "for" : "against";
      const middle = (x1 + x2) / 2;
      const opacity = ((0.75 * Math.abs(signal)) / strongest).toFixed(2);
      return `<path class="${sign}" opacity="${opacity}"
        d="M${x1} ${y1}C${middle} ${y1} ${middle} ${y2} ${x2} ${y2}"/>`;
    })
    .join("");
}

/** @param {HTMLElement} hero */
function start(hero) {
  /** @template {Element} T @param {string} selector */
  const part = (selector) => /** @type {T} */ (hero.querySelector(selector));
  /** @type {Network} */
  const { weight1, bias1, weight2, bias2, digits } = JSON.parse(part("script").textContent ?? "");
  /** @type {SVGSVGElement} */
  const svg = part("svg");
  let x = digits[3].map((shade) => shade / 16);

  function forward() {
    const hidden = dense(x, weight1, bias1).map((z) => Math.max(0, z));
    const logits = dense(hidden, weight2, bias2);
    const powers = logits.map((z) => Math.exp(z - Math.max(...logits)));
    const total = powers.reduce((a, b) => a + b);
    return { hidden, output: powers.map((p) => p / total) };
  }

  /** @param {string} name @param {(value: number) => number} opacity */
  const squares = (name, opacity) =>
    x.map((value, i) => {
      const [cx, cy] = pixelAt(i);
      return `<rect class="${name}" opacity="${opacity(value)}" rx="4" x="${cx - CELL / 2 + 1}"
        y="${cy - CELL / 2 + 1}" width="${CELL - 2}" height="${CELL - 2}"/>`;
    });

  function draw() {
    const { hidden, output } = forward();
    const best = output.indexOf(Math.max(...output));
    const empty = x.every((value) => value === 0);
    const brightest = Math.max(...hidden, 1e-9);
    const hiddenNeurons = hidden.map((a, j) => {
      const [cx, cy] = hiddenAt(j);
      return `<circle class="neuron" cx="${cx}" cy="${cy}" r="8"/>
        <circle class="active" opacity="${clamp(a / brightest)}" cx="${cx}" cy="${cy}" r="8"/>`;
    });
    const outputNeurons = output.map((p, k) => {
      const [cx, cy] = outputAt(k);
      const chosen = k === best && !empty ? " chosen" : "";
      return `<circle class="neuron" cx="${cx}" cy="${cy}" r="13"/>
        <circle class="active" opacity="${clamp(p)}" cx="${cx}" cy="${cy}" r="13"/>
        <text class="${chosen}" x="${cx + 32}" y="${cy + 7}">${k}</text>`;
    });
    svg.innerHTML = [
      `<rect class="pad" y="${TOP}" width="${8 * CELL}" height="${8 * CELL}"/>`,
      ...squares("pixel", () => 1),
      lines(x, weight1, hidden, pixelAt, hiddenAt, 170),
      ...squares("ink", (value) => value), // above the lines, or they would hide the digit
      lines(hidden, weight2, output, hiddenAt, outputAt, 90),
      ...hiddenNeurons,
      ...outputNeurons,
    ].join("");
    const { answer = "", empty: nothing = "" } = hero.dataset;
    part(".hero-answer").textContent = empty
      ? nothing
      : answer
          .replace("{digit}", String(best))
          .replace("{percent}", `${(100 * output[best]).toFixed(0)} %`);
  }

  let isDue = false;
  /** @param {PointerEvent} event */
  function paint(event) {
    const toPixels = /** @type {DOMMatrix} */ (svg.getScreenCTM()).inverse();
    const point = new DOMPoint(event.clientX, event.clientY).matrixTransform(toPixels);
    const column = point.x / CELL;
    const row = (point.y - TOP) / CELL;
    // A soft brush, as wide as the strokes the network has learned from.
    x = x.map((value, i) => {
      const distance = Math.hypot((i % 8) + 0.5 - column, Math.floor(i / 8) + 0.5 - row);
      return Math.max(value, clamp(1.25 - distance));
    });
    // With the next frame: a pixel that is drawn anew at once would not hear that a finger touched it.
    if (!isDue) {
      requestAnimationFrame(() => {
        isDue = false;
        draw();
      });
    }
    isDue = true;
  }

  let painting = false;
  const stop = () => {
    painting = false;
  };
  /** @param {Event} event */
  const isOnPixels = ({ target }) => /** @type {Element} */ (target).matches("rect");
  // A finger on the pixels draws; beside them it scrolls.
  svg.addEventListener("touchstart", (event) => {
    if (isOnPixels(event)) event.preventDefault();
  });
  svg.addEventListener("pointerdown", (event) => {
    if (!isOnPixels(event)) return;
    painting = true;
    svg.setPointerCapture(event.pointerId);
    paint(event);
  });
  svg.addEventListener("pointermove", (event) => {
    if (painting) paint(event);
  });
  svg.addEventListener("pointerup", stop);
  svg.addEventListener("pointercancel", stop);

  part(".hero-pick").addEventListener("click", ({ target }) => {
    const button = /** @type {HTMLButtonElement} */ (target);
    if (!button.matches("button")) return;
    x = button.value ? digits[Number(button.value)].map((shade) => shade / 16) : x.map(() => 0);
    draw();
  });
  draw();
}

for (const hero of document.querySelectorAll(".hero")) start(/** @type {HTMLElement} */ (hero));
