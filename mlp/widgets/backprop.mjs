// Backprop stepper (chapter 5): the network with 2, 2 and 1 units, forward and back, one node at a
// time. In its second mode the reader fills in the numbers, and is told which rule was broken.
import ENGLISH from "./backprop.json" with { type: "json" };
import { choice, fill, fixed, html, number, svg, widget, wordsOf } from "./kit.mjs";
import { backpropagate, sigmoid } from "./math.mjs";

const WORDS = wordsOf("backprop", ENGLISH);

const DIGITS = 4;
const plain = (value) => fixed(value, 6).replace(/\.?0+$/, "");
const inBrackets = (text) => (/^\d/.test(text) ? text : `(${text})`);
const given = (value) => inBrackets(plain(value)); // a number that the reader can choose
const found = (value) => inBrackets(fixed(value, DIGITS)); // one that was computed
const product = (...factors) => factors.join(" · ");
const sum = (...terms) => terms.join(" + ");

// ---- The numbers: their names, formulas and values, and the wrong ones that betray a rule ----

/** Chapter 5's names, with the index of the unit or the input below. */
const below = (j) => "₁₂"[j];
const X = (i) => `x${below(i)}`;
const W1 = (i, j) => `w⁽¹⁾${below(i)}${below(j)}`;
const B1 = (j) => `b⁽¹⁾${below(j)}`;
const Z = (j) => `z⁽¹⁾${below(j)}`;
const A = (j) => `a⁽¹⁾${below(j)}`;
const DELTA1 = (j) => `δ⁽¹⁾${below(j)}`;
const W2 = (j) => `w⁽²⁾${below(j)}`;
const [B2, DELTA2, Y_HAT] = ["b⁽²⁾", "δ⁽²⁾", "ŷ"];
const slope = (name) => `∂L/∂${name}`;

/** All steps of a network; each asks for some numbers. */
export function stepsOf(net) {
  const { x, y, w1, b1, w2, b2 } = net;
  const r = backpropagate(net);
  const { slips } = WORDS;

  const preActivation = (j) => ({
    symbol: Z(j),
    formula: sum(product(X(0), W1(0, j)), product(X(1), W1(1, j)), B1(j)),
    numbers: sum(
      product(given(x[0]), given(w1[0][j])),
      product(given(x[1]), given(w1[1][j])),
      given(b1[j]),
    ),
    value: r.z1[j],
    slips: [
      [r.z1[j] - b1[j], slips.noBias],
      [r.z1[j] - 2 * b1[j], slips.biasSign],
      [x[0] * w1[j][0] + x[1] * w1[j][1] + b1[j], slips.row],
      [r.z1[1 - j], slips.row],
      [w1[0][j] + w1[1][j] + b1[j], slips.noInputs],
    ],
  });
  const activation = (j) => ({
    symbol: A(j),
    formula: `σ(${Z(j)})`,
    numbers: `σ(${fixed(r.z1[j], DIGITS)})`,
    value: r.a1[j],
    slips: [
      [r.z1[j], slips.noSigmoid],
      [Math.tanh(r.z1[j]), slips.tanh],
      [Math.max(r.z1[j], 0), slips.relu],
      [sigmoid(-r.z1[j]), slips.sigmoidSign],
      [r.a1[j] * (1 - r.a1[j]), slips.slopeNotValue],
    ],
  });
  const output = {
    symbol: Y_HAT,
    formula: sum(product(A(0), W2(0)), product(A(1), W2(1)), B2),
    numbers: sum(
      product(found(r.a1[0]), given(w2[0])),
      product(found(r.a1[1]), given(w2[1])),
      given(b2),
    ),
    value: r.prediction,
    slips: [
      [r.prediction - b2, slips.noBias],
      [r.prediction - 2 * b2, slips.biasSign],
      [r.z1[0] * w2[0] + r.z1[1] * w2[1] + b2, slips.zNotA],
      [r.a1[0] * w2[1] + r.a1[1] * w2[0] + b2, slips.exchanged],
      [w2[0] + w2[1] + b2, slips.noInputs],
      [sigmoid(r.prediction), slips.outputSigmoid],
    ],
  };
  const error = r.prediction - y;
  const loss = {
    symbol: "L",
    formula: `(${Y_HAT} − y)²`,
    numbers: `(${fixed(r.prediction, DIGITS)} − ${given(y)})²`,
    value: r.loss,
    slips: [
      [error, slips.notSquared],
      [-error, slips.notSquared],
      [r.loss / 2, slips.half],
      [(r.prediction + y) ** 2, slips.errorSum],
    ],
  };
  const deltaOutput = {
    symbol: DELTA2,
    formula: product("2", `(${Y_HAT} − y)`),
    numbers: `2 · (${fixed(r.prediction, DIGITS)} − ${given(y)})`,
    value: r.delta2,
    slips: [
      [error, slips.noTwo],
      [-r.delta2, slips.errorSign],
      [-error, slips.errorSign],
      [r.loss, slips.lossNotSlope],
      [r.delta2 * r.prediction * (1 - r.prediction), slips.outputSlope],
    ],
  };
  const outputWeight = (j) => ({
    symbol: slope(W2(j)),
    formula: product(A(j), DELTA2),
    numbers: product(found(r.a1[j]), found(r.delta2)),
    value: r.gradW2[j],
    slips: [
      [r.gradA1[j], slips.weightInstead],
      [r.gradW2[1 - j], slips.otherUnit],
      [r.z1[j] * r.delta2, slips.zInstead],
      [r.delta2, slips.biasOnly],
      [-r.gradW2[j], slips.sign],
      [r.gradW2[j] / 2, slips.noTwo],
    ],
  });
  const outputBias = {
    symbol: slope(B2),
    formula: DELTA2,
    numbers: "",
    value: r.gradB2,
    slips: [
      [b2 * r.delta2, slips.biasTimes],
      [-r.delta2, slips.sign],
      [r.delta2 / 2, slips.noTwo],
      [1, slips.biasTimes],
    ],
  };
  const hiddenActivation = (j) => ({
    symbol: slope(A(j)),
    formula: product(DELTA2, W2(j)),
    numbers: product(found(r.delta2), given(w2[j])),
    value: r.gradA1[j],
    slips: [
      [r.gradW2[j], slips.activationInstead],
      [r.gradA1[1 - j], slips.otherUnit],
      [r.delta1[j], slips.tooFar],
      [r.delta2, slips.weightForgotten],
      [-r.gradA1[j], slips.sign],
    ],
  });
  const hiddenDelta = (j) => ({
    symbol: DELTA1(j),
    formula: product(slope(A(j)), A(j), `(1 − ${A(j)})`),
    numbers: product(found(r.gradA1[j]), found(r.a1[j]), `(1 − ${fixed(r.a1[j], DIGITS)})`),
    value: r.delta1[j],
    slips: [
      [r.gradA1[j], slips.noSlope],
      [r.gradA1[j] * r.a1[j], slips.halfSlope],
      [r.gradA1[j] * (1 - r.a1[j]), slips.halfSlope],
      [r.gradA1[j] * r.z1[j] * (1 - r.z1[j]), slips.slopeOfZ],
      [r.a1[j] * (1 - r.a1[j]), slips.slopeAlone],
      [r.delta1[1 - j], slips.otherUnit],
      [-r.delta1[j], slips.sign],
    ],
  });
  const hiddenWeight = (i, j) => ({
    symbol: slope(W1(i, j)),
    formula: product(X(i), DELTA1(j)),
    numbers: product(given(x[i]), found(r.delta1[j])),
    value: r.gradW1[i][j],
    slips: [
      [r.gradW1[i][1 - j], slips.otherUnit],
      [r.gradW1[1 - i][j], slips.otherInput],
      [w1[i][j] * r.delta1[j], slips.weightInstead],
      [x[i] * r.gradA1[j], slips.beforeSigmoid],
      [r.delta1[j], slips.biasOnly],
      [-r.gradW1[i][j], slips.sign],
    ],
  });
  const hiddenBias = (j) => ({
    symbol: slope(B1(j)),
    formula: DELTA1(j),
    numbers: "",
    value: r.gradB1[j],
    slips: [
      [b1[j] * r.delta1[j], slips.biasTimes],
      [r.delta1[1 - j], slips.otherUnit],
      [r.gradA1[j], slips.beforeSigmoid],
      [-r.delta1[j], slips.sign],
      [1, slips.biasTimes],
    ],
  });
  const input = (i) => ({
    symbol: slope(X(i)),
    formula: sum(product(DELTA1(0), W1(i, 0)), product(DELTA1(1), W1(i, 1))),
    numbers: sum(
      product(found(r.delta1[0]), given(w1[i][0])),
      product(found(r.delta1[1]), given(w1[i][1])),
    ),
    value: r.gradX[i],
    slips: [
      [r.delta1[0] * w1[i][0], slips.onePath],
      [r.delta1[1] * w1[i][1], slips.onePath],
      [r.delta1[0] * w1[0][i] + r.delta1[1] * w1[1][i], slips.column],
      [r.gradA1[0] * w1[i][0] + r.gradA1[1] * w1[i][1], slips.beforeSigmoid],
      [r.gradX[1 - i], slips.otherInput],
      [-r.gradX[i], slips.sign],
    ],
  });

  return [
    { name: "hidden1", at: "h1", asks: [preActivation(0), activation(0)] },
    { name: "hidden2", at: "h2", asks: [preActivation(1), activation(1)] },
    { name: "output", at: "y", asks: [output] },
    { name: "loss", at: "L", asks: [loss] },
    { name: "backOutput", at: "y", asks: [deltaOutput] },
    { name: "backWeights", at: "y", asks: [outputWeight(0), outputWeight(1), outputBias] },
    { name: "back1", at: "h1", asks: [hiddenActivation(0), hiddenDelta(0)] },
    { name: "back2", at: "h2", asks: [hiddenActivation(1), hiddenDelta(1)] },
    { name: "weights1", at: "h1", asks: [hiddenWeight(0, 0), hiddenWeight(1, 0), hiddenBias(0)] },
    { name: "weights2", at: "h2", asks: [hiddenWeight(0, 1), hiddenWeight(1, 1), hiddenBias(1)] },
    { name: "inputs", at: "x", asks: [input(0), input(1)] },
  ];
}

const COUNT = 11; // of the steps

/** What to say to a number that a reader filled in; `null` if it is right. */
export function slipIn({ value, slips }, answer) {
  // Whoever calculates with the rounded numbers on the screen is a little off.
  const near = (other) => Math.abs(answer - other) <= 0.0006 + 0.001 * Math.abs(other);
  if (near(value)) return null;
  return slips.find(([wrong]) => near(wrong))?.[1] ?? WORDS.unknown;
}

// ---- The picture: where everything stands ----

const RADIUS = 17;
const NODES = {
  x1: { x: 30, y: 95, label: "x₁" },
  x2: { x: 30, y: 300, label: "x₂" },
  h1: { x: 168, y: 95, label: "h₁" },
  h2: { x: 168, y: 300, label: "h₂" },
  y: { x: 266, y: 197, label: Y_HAT },
  L: { x: 332, y: 197, label: "L" },
};
// `weight` is the setting, `grad` the symbol of its slope, `at` where these numbers stand.
const edge = (from, to, weight, grad, at) => ({ from, to, weight, grad, at });
const EDGES = [
  edge("x1", "h1", "w11", slope(W1(0, 0)), { x: 99, y: 90, anchor: "middle" }),
  edge("x1", "h2", "w12", slope(W1(0, 1)), { x: 64, y: 164, anchor: "end" }),
  edge("x2", "h1", "w21", slope(W1(1, 0)), { x: 64, y: 227, anchor: "end" }),
  edge("x2", "h2", "w22", slope(W1(1, 1)), { x: 99, y: 295, anchor: "middle" }),
  edge("h1", "y", "v1", slope(W2(0)), { x: 217, y: 124, anchor: "start" }),
  edge("h2", "y", "v2", slope(W2(1)), { x: 220, y: 264, anchor: "start" }),
];
// The other numbers: the colors of given ones, values and slopes, the letter before them.
const place = (name, look, at, letter = "") => ({ name, look, at, letter });
const PLACES = [
  place("x1", "given", { x: 30, y: 70 }),
  place(slope(X(0)), "slope", { x: 30, y: 55 }),
  place("x2", "given", { x: 30, y: 333 }),
  place(slope(X(1)), "slope", { x: 30, y: 348 }),
  place("b1", "given", { x: 168, y: 41 }, "b "),
  place(Z(0), "value", { x: 168, y: 56 }, "z "),
  place(A(0), "value", { x: 168, y: 71 }, "a "),
  place(slope(A(0)), "slope", { x: 191, y: 84, anchor: "start" }, "∂a "),
  place(DELTA1(0), "slope", { x: 191, y: 99, anchor: "start" }, "δ "),
  place("b2", "given", { x: 168, y: 363 }, "b "),
  place(Z(1), "value", { x: 168, y: 333 }, "z "),
  place(A(1), "value", { x: 168, y: 348 }, "a "),
  place(slope(A(1)), "slope", { x: 191, y: 303, anchor: "start" }, "∂a "),
  place(DELTA1(1), "slope", { x: 191, y: 318, anchor: "start" }, "δ "),
  place("c", "given", { x: 266, y: 158 }, "b "),
  place(Y_HAT, "value", { x: 266, y: 173 }),
  place(DELTA2, "slope", { x: 255, y: 230, anchor: "start" }, "δ "),
  place("L", "value", { x: 332, y: 173 }),
  place("y", "given", { x: 332, y: 245 }, "y "),
];

function drawNetwork(box) {
  const lines = [...EDGES, { from: "y", to: "L" }].map(({ from, to }) => {
    const [start, end] = [NODES[from], NODES[to]];
    return { from, to, line: svg("path", { d: `M${start.x} ${start.y}L${end.x} ${end.y}` }) };
  });
  const circles = Object.entries(NODES).map(([name, { x, y }]) => ({
    name,
    circle: svg("circle", { cx: x, cy: y, r: RADIUS }),
  }));
  const text = (look, { x, y, anchor = "middle" }, ...words) =>
    svg("text", { class: `w-text w-${look}`, x, y, "text-anchor": anchor }, ...words);
  const numbers = [
    ...PLACES,
    ...EDGES.flatMap(({ weight, grad, at }) => [
      place(weight, "given", at),
      place(grad, "slope", { ...at, y: at.y + 18 }),
    ]),
  ].map(({ name, look, at, letter }) => ({ name, letter, element: text(look, at) }));
  const shown = svg("g");
  box.append(
    svg(
      "svg",
      { class: "w-plot", viewBox: "0 0 360 372", role: "img", "aria-label": WORDS.network },
      ...lines.map(({ line }) => line),
      ...circles.map(({ circle }) => circle),
      ...Object.values(NODES).map(({ x, y, label }) => text("label", { x, y: y + 4 }, label)),
      shown,
    ),
    html(
      "ul",
      { class: "w-key" },
      ...Object.entries(WORDS.key).map(([look, words]) =>
        html("li", { class: `w-${look}` }, words),
      ),
    ),
  );

  /** `known` holds texts by the name of a setting or a symbol; `at` is where the step is. */
  return (known, at) => {
    for (const { from, to, line } of lines) {
      const active = at !== undefined && (to === at || from.startsWith(at));
      line.setAttribute("class", `w-curve ${active ? "c1 bold" : "muted thin"}`);
    }
    for (const { name, circle } of circles) {
      const active = at !== undefined && name.startsWith(at);
      circle.setAttribute("class", active ? "w-node w-here" : "w-node");
    }
    const here = numbers.filter(({ name }) => name in known);
    for (const { name, letter, element } of here) element.textContent = letter + known[name];
    shown.replaceChildren(...here.map(({ element }) => element));
  };
}

// ---- The figure ----

// The numbers of chapter 5, and their names beside the fields.
const GIVEN = {
  x1: [1, X(0)],
  x2: [2, X(1)],
  y: [1, "y"],
  w11: [0.4, W1(0, 0)],
  w12: [-0.5, W1(0, 1)],
  w21: [-0.3, W1(1, 0)],
  w22: [0.8, W1(1, 1)],
  b1: [0.2, B1(0)],
  b2: [-0.1, B1(1)],
  v1: [0.6, W2(0)],
  v2: [-0.4, W2(1)],
  c: [0.1, B2],
};
const DRAWN = ["w11", "w12", "w21", "w22", "b1", "b2", "v1", "v2", "c"];

const networkOf = (s) => ({
  x: [s.x1, s.x2],
  y: s.y,
  w1: [
    [s.w11, s.w12],
    [s.w21, s.w22],
  ],
  b1: [s.b1, s.b2],
  w2: [s.v1, s.v2],
  b2: s.c,
});

/** A number from -1 to 1 with one decimal, and not 0. */
function drawWeight() {
  const size = Math.ceil(10 * Math.random()) / 10;
  return Math.random() < 0.5 ? -size : size;
}

let asked = 0; // for ids that no other question on the page has

export default widget({
  name: "backprop",
  title: WORDS.title,
  settings: {
    step: number(0, 0, COUNT),
    mode: choice("watch", ["watch", "practice"]),
    ...Object.fromEntries(
      Object.entries(GIVEN).map(([name, [initial]]) => [name, number(initial, -5, 5)]),
    ),
  },
  build(stage) {
    const box = stage.box("w-network");
    const drawing = drawNetwork(box);
    const sheet = html("div", { class: "w-sheet" });
    stage.box().append(sheet);
    const says = stage.says();

    const back = stage.button({
      label: WORDS.back,
      act: () => stage.set({ step: stage.state.step - 1 }),
    });
    const next = stage.button({
      label: WORDS.next,
      act: () => stage.set({ step: stage.state.step + 1 }),
    });
    // Under the network, so that a phone shows both.
    box.append(html("div", { class: "w-group w-steps" }, back, next));
    stage.select("mode", { label: WORDS.mode, options: WORDS.modes });
    stage.button({
      label: WORDS.draw,
      act: () =>
        stage.set({ ...Object.fromEntries(DRAWN.map((name) => [name, drawWeight()])), step: 0 }),
    });
    stage.group(WORDS.numbers);
    for (const [name, [, label]] of Object.entries(GIVEN)) {
      stage.field({
        label,
        get: () => plain(stage.state[name]),
        act: (value) => stage.set({ [name]: value }),
      });
    }

    let shown; // what the sheet was made for: typed numbers stay while that stays
    let solved; // the symbols of this step that the reader has found

    const equation = ({ symbol, formula, numbers, value }) =>
      html(
        "p",
        { class: "w-equation" },
        `${symbol} = ${formula}`,
        ...[numbers, fixed(value, DIGITS)]
          .filter(Boolean)
          .flatMap((line) => [html("br"), `= ${line}`]),
      );

    function question(ask) {
      asked += 1;
      const id = `w-told-${asked}`;
      const input = html("input", {
        type: "text",
        inputmode: "decimal",
        autocomplete: "off",
        "aria-describedby": id,
      });
      const told = html("p", { class: "w-told", id, role: "status" });
      const row = html(
        "div",
        {},
        html("label", {}, `${ask.symbol} = ${ask.formula} = `, input),
        told,
      );
      const check = () => {
        const text = input.value.trim().replace("−", "-").replace(",", ".");
        const answer = text === "" ? Number.NaN : Number(text);
        const slip = Number.isFinite(answer) ? slipIn(ask, answer) : WORDS.notANumber;
        told.textContent = slip ?? `${WORDS.right} ${ask.symbol} = ${fixed(ask.value, DIGITS)}`;
        row.dataset.result = slip ? "wrong" : "right";
        if (!slip) solved.add(ask.symbol);
      };
      return { row, check };
    }

    function fillSheet(step, mode) {
      solved = new Set();
      const rule = html("p", { class: "w-rule" }, WORDS.rules[step.name]);
      if (mode === "watch") {
        sheet.replaceChildren(...step.asks.map(equation), rule);
        return;
      }
      const questions = step.asks.map(question);
      const form = html(
        "form",
        {},
        ...questions.map(({ row }) => row),
        html("button", {}, WORDS.check),
      );
      form.addEventListener("submit", (event) => {
        event.preventDefault();
        for (const { check } of questions) check();
        stage.redraw();
      });
      sheet.replaceChildren(form, rule);
    }

    return (state) => {
      const steps = stepsOf(networkOf(state));
      const k = Math.round(state.step);
      const step = steps[k - 1];
      back.disabled = k === 0;
      next.disabled = k === COUNT;

      const now = JSON.stringify([k, state.mode, networkOf(state)]);
      if (now !== shown) {
        shown = now;
        if (step) fillSheet(step, state.mode);
        else sheet.replaceChildren(html("p", {}, WORDS.start));
      }
      const known = {};
      for (const name of Object.keys(GIVEN)) known[name] = plain(state[name]);
      steps.slice(0, k).forEach(({ asks }, index) => {
        for (const { symbol, value } of asks) {
          const hidden = state.mode === "practice" && index === k - 1 && !solved.has(symbol);
          known[symbol] = hidden ? "?" : fixed(value, DIGITS);
        }
      });
      drawing(known, step?.at);
      says(() => {
        if (!step) return "";
        const name = WORDS.steps[step.name];
        const results = step.asks.map(({ symbol, value }) => `${symbol} = ${fixed(value, DIGITS)}`);
        const words = state.mode === "practice" ? WORDS.ask : WORDS.step;
        return fill(words, { k, count: COUNT, name, results: results.join(", ") });
      });
    };
  },
});
