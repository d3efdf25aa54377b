// The network on the front page: its forward pass, its picture, and pixels to draw on.
for (const hero of document.querySelectorAll(".hero")) {
  const { weight1, bias1, weight2, bias2, digits } = JSON.parse(
    hero.querySelector("script").textContent,
  );
  const svg = hero.querySelector("svg");
  const CELL = 28, TOP = 58; // the pad of 8 x 8 pixels
  const pixelAt = (i) => [(i % 8) * CELL + CELL / 2, TOP + Math.floor(i / 8) * CELL + CELL / 2];
  const hiddenAt = (j) => [400, 20 + 20 * j];
  const outputAt = (k) => [545, 17 + 34 * k];
  const clamp = (value) => Math.min(1, Math.max(0, value));
  let x = digits[3].map((shade) => shade / 16);

  // Row vector times matrix plus bias, as everywhere in the book: x @ weight + bias.
  const dense = (x, weight, bias) =>
    bias.map((b, j) => x.reduce((sum, value, i) => sum + value * weight[i][j], b));

  function forward() {
    const hidden = dense(x, weight1, bias1).map((z) => Math.max(0, z));
    const logits = dense(hidden, weight2, bias2);
    const powers = logits.map((z) => Math.exp(z - Math.max(...logits)));
    const total = powers.reduce((a, b) => a + b);
    return { hidden, output: powers.map((p) => p / total) };
  }

  // What each connection carries, strongest first: input times weight.
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
        const [x1, y1] = start(i), [x2, y2] = end(j);
        const sign = signal > 0 ? "for" : "against";
        const middle = (x1 + x2) / 2;
        return `<path class="${sign}" opacity="${(0.75 * Math.abs(signal) / strongest).toFixed(2)}"
          d="M${x1} ${y1}C${middle} ${y1} ${middle} ${y2} ${x2} ${y2}"/>`;
      })
      .join("");
  }

  const squares = (name, opacity) =>
    x.map((value, i) => {
      const [cx, cy] = pixelAt(i);
      return `<rect class="${name}" opacity="${opacity(value)}" rx="4" x="${cx - CELL / 2 + 1}"
        y="${cy - CELL / 2 + 1}" width="${CELL - 2}" height="${CELL - 2}"/>`;
    }).join("");

  function draw() {
    const { hidden, output } = forward();
    const best = output.indexOf(Math.max(...output));
    const empty = x.every((value) => value === 0);
    const brightest = Math.max(...hidden, 1e-9);
    svg.innerHTML =
      `<rect class="pad" y="${TOP}" width="${8 * CELL}" height="${8 * CELL}"/>` +
      squares("pixel", () => 1) +
      lines(x, weight1, hidden, pixelAt, hiddenAt, 170) +
      squares("ink", (value) => value) + // above the lines, or they would hide the digit
      lines(hidden, weight2, output, hiddenAt, outputAt, 90) +
      hidden.map((a, j) => {
        const [cx, cy] = hiddenAt(j);
        return `<circle class="neuron" cx="${cx}" cy="${cy}" r="8"/>
          <circle class="active" opacity="${clamp(a / brightest)}" cx="${cx}" cy="${cy}" r="8"/>`;
      }).join("") +
      output.map((p, k) => {
        const [cx, cy] = outputAt(k);
        const chosen = k === best && !empty ? " chosen" : "";
        return `<circle class="neuron" cx="${cx}" cy="${cy}" r="13"/>
          <circle class="active" opacity="${clamp(p)}" cx="${cx}" cy="${cy}" r="13"/>
          <text class="${chosen}" x="${cx + 32}" y="${cy + 7}">${k}</text>`;
      }).join("");
    hero.querySelector(".hero-answer").textContent = empty
      ? hero.dataset.empty
      : hero.dataset.answer
          .replace("{digit}", best)
          .replace("{percent}", `${(100 * output[best]).toFixed(0)} %`);
  }

  function paint(event) {
    const point = new DOMPoint(event.clientX, event.clientY).matrixTransform(
      svg.getScreenCTM().inverse(),
    );
    const column = point.x / CELL, row = (point.y - TOP) / CELL;
    // A soft brush, as wide as the strokes the network has learned from.
    x = x.map((value, i) => {
      const distance = Math.hypot((i % 8) + 0.5 - column, Math.floor(i / 8) + 0.5 - row);
      return Math.max(value, clamp(1.25 - distance));
    });
    draw();
  }

  let painting = false;
  svg.addEventListener("pointerdown", (event) => {
    if (!event.target.matches("rect")) return;
    painting = true;
    svg.setPointerCapture(event.pointerId);
    paint(event);
  });
  svg.addEventListener("pointermove", (event) => painting && paint(event));
  svg.addEventListener("pointerup", () => (painting = false));
  svg.addEventListener("pointercancel", () => (painting = false));

  hero.querySelector(".hero-pick").addEventListener("click", ({ target }) => {
    if (!target.matches("button")) return;
    x = target.value ? digits[target.value].map((shade) => shade / 16) : x.map(() => 0);
    draw();
  });
  draw();
}
