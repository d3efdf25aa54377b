// One neuron with two inputs (chapter 1): its line, its output over the plane, its examples, and the
// perceptron's rule one example at a time.

import { choice, fill, fixed, number, numbers, widget, within, wordsOf } from "./kit.mjs";
import { activations, linspace, perceptronStep, weightedSum } from "./math.mjs";
import ENGLISH from "./neuron.json" with { type: "json" };

const WORDS = wordsOf("neuron", ENGLISH);

const step = { value: (z) => (z > 0 ? 1 : 0) };
const FUNCTIONS = {
  step,
  identity: activations.Identity,
  sigmoid: activations.Sigmoid,
  tanh: activations.Tanh,
  relu: activations.ReLU,
};
const RANGES = {
  step: [-0.2, 1.2],
  identity: [-6, 6],
  sigmoid: [-0.2, 1.2],
  tanh: [-1.2, 1.2],
  relu: [-1, 6],
};

const SIDE = 3;
const SETS = {
  groups: [
    [-2.2, 0.6, 0],
    [-1.4, -1.6, 0],
    [-0.9, 1.2, 0],
    [-0.4, -0.6, 0],
    [0.7, -2.2, 0],
    [0.5, 2.1, 1],
    [0.9, 0.9, 1],
    [1.6, -0.6, 1],
    [2.1, 1.5, 1],
    [2.4, 0.2, 1],
  ],
  and: [
    [0, 0, 0],
    [0, 1, 0],
    [1, 0, 0],
    [1, 1, 1],
  ],
  xor: [
    [0, 0, 0],
    [0, 1, 1],
    [1, 0, 1],
    [1, 1, 0],
  ],
};
const MOST = 60;

// The shading: where the output lies in its range, from -1 to 1. Its stops are values of z, two of them
// beside 0, where the step jumps.
const LEVELS = {
  step: Math.sign,
  identity: (z) => within(z / SIDE, [-1, 1]),
  sigmoid: (z) => Math.tanh(z / 2),
  tanh: Math.tanh,
  relu: (z) => within(z / SIDE, [0, 1]),
};
const REACH = 6;
const STOPS = [-1, 1].flatMap((sign) =>
  Array.from({ length: 13 }, (_, k) => (sign < 0 ? k / 2 - REACH : k / 2) || sign * 1e-9),
);
const DARKEST = 0.3;

export default widget({
  name: "neuron",
  title: WORDS.title,
  settings: {
    w1: number(-0.5, -99, 99),
    w2: number(1.5, -99, 99),
    b: number(0.5, -99, 99),
    activation: choice("step", Object.keys(FUNCTIONS)),
    x: numbers([1, -1.5], -SIDE, SIDE, { least: 2, most: 2 }),
    points: numbers(SETS.groups.flat(), -SIDE, SIDE, { every: 3, most: 3 * MOST }),
  },
  build,
});

function build(stage) {
  const { state } = stage;
  const examples = () => {
    const all = [];
    for (let i = 0; i < state.points.length; i += 3) {
      const [x1, x2, label] = state.points.slice(i, i + 3);
      all.push({ x: [x1, x2], label: label > 0.5 ? 1 : 0 });
    }
    return all;
  };
  const z = (x) => weightedSum(x, [state.w1, state.w2], state.b);

  // ---- The plane ----

  const plane = stage.plot({
    label: WORDS.plane,
    x: [-SIDE, SIDE],
    y: [-SIDE, SIDE],
    xLabel: "x₁",
    yLabel: "x₂",
    equal: true,
  });
  const shading = plane.shading();
  const line = plane.curve("ink bold");
  const stem = plane.curve("c2");
  const dots = marks(plane);
  const ring = plane.points("ring", "ink");
  const lineName = plane.text("middle");
  const arrowName = plane.text();
  const arrow = plane.handle({
    label: WORDS.arrow,
    look: "c2",
    shape: "diamond",
    step: 0.1,
    move: (w1, w2) => stage.set({ w1, w2 }),
  });
  const probe = plane.handle({
    label: WORDS.point,
    look: "ink",
    shape: "cross",
    step: 0.1,
    move: (x1, x2) => stage.set({ x: [x1, x2] }),
  });
  const tip = plane.text("middle");
  plane.key([
    ["c0", WORDS.class0, "circle"],
    ["c1", WORDS.class1, "square"],
    ["ink", WORDS.input, "cross"],
    ["ink bold", WORDS.line],
    ["c2", "w", "diamond"],
  ]);

  // A click or a tap brings x there; so does dragging it, which the handle sees to.
  const listen = (name, act) => plane.root.addEventListener(name, act, { signal: stage.signal });
  const inside = ([x1, x2]) => Math.abs(x1) <= SIDE && Math.abs(x2) <= SIDE;
  listen("click", (event) => {
    const x = plane.at(event);
    if (!event.target.closest(".w-handle") && inside(x)) stage.set({ x });
  });
  listen("pointermove", (event) => {
    const x = plane.at(event);
    const shown = event.pointerType === "mouse" && event.buttons === 0 && inside(x);
    if (!shown) return hideTip();
    const [x1, x2] = x;
    tip.set(
      x1,
      x2 > SIDE - 0.5 ? x2 - 0.45 : x2 + 0.25,
      `a = ${fixed(FUNCTIONS[state.activation].value(z(x)))}`,
    );
  });
  const hideTip = () => tip.set(0, 0, "");
  listen("pointerleave", hideTip);

  // ---- The activation function ----

  const graph = stage.plot({
    label: WORDS.curve,
    x: [-6, 6],
    y: RANGES.step,
    xLabel: "z = x · w + b",
    yLabel: "a = φ(z)",
    height: 344,
  });
  const curve = graph.curve("ink", true);
  const zero = graph.curve("muted thin dash", true);
  const outputs = marks(graph);
  const output = graph.points("cross", "ink");

  const say = stage.says();
  const tell = stage.says();

  // ---- Controls ----

  for (const name of ["w1", "w2", "b"]) {
    stage.slider(name, { label: WORDS[name], step: 0.1, min: -SIDE, max: SIDE });
  }
  stage.select("activation", { label: WORDS.activation, options: WORDS.names });

  let turn = 0; // which example is next
  let seen; // the one that the rule has looked at, and what it said
  const begin = (points) => {
    turn = 0;
    seen = undefined;
    stage.set({ points });
  };
  stage.onReset(() => begin(state.points));

  stage.group(WORDS.examples);
  for (const label of [0, 1]) {
    stage.button({
      label: fill(WORDS.add, { label }),
      act: () => begin([...state.points.slice(-3 * (MOST - 1)), ...state.x, label]),
    });
  }
  stage.button({
    label: WORDS.remove,
    act() {
      const far = examples().map(({ x }) => Math.hypot(x[0] - state.x[0], x[1] - state.x[1]));
      const nearest = far.indexOf(Math.min(...far));
      begin(state.points.filter((_, i) => Math.floor(i / 3) !== nearest));
    },
  });
  for (const [name, words] of Object.entries(WORDS.sets)) {
    stage.button({ label: words, act: () => begin(SETS[name].flat()) });
  }

  stage.group(WORDS.rule);
  function learn(times) {
    const all = examples();
    let { w1, w2, b } = state;
    for (let k = 0; k < times; k += 1) {
      turn %= all.length;
      const { x, label } = all[turn];
      const before = weightedSum(x, [w1, w2], b);
      const made = perceptronStep([w1, w2], b, x, label);
      [w1, w2] = made.weight;
      b = made.bias;
      const words = made.error === 0 ? WORDS.right : label ? WORDS.plus : WORDS.minus;
      seen = { x, words: fill(words, { label, z: fixed(before) }) };
      turn += 1;
    }
    stage.set({ w1, w2, b });
  }
  stage.button({ label: WORDS.next, act: () => learn(Math.min(1, examples().length)) });
  stage.button({ label: WORDS.pass, act: () => learn(examples().length) });

  // ---- Drawing ----

  let drawn = ""; // which activation function is
  function drawActivation() {
    const { value } = FUNCTIONS[drawn];
    shading.stops(
      STOPS.map((v) => {
        const level = LEVELS[drawn](v);
        const look = v < 0 ? "c0" : "c1";
        return [(v / REACH + 1) / 2, look, (DARKEST * Math.abs(level)).toFixed(3)];
      }),
    );
    graph.range({ y: RANGES[drawn] });
    const grid = linspace(-6, 6, 241);
    curve.set(
      drawn === "step"
        ? [
            [-6, 0],
            [0, 0],
            [Number.NaN, 0],
            [0, 1],
            [6, 1],
          ]
        : grid.map((v) => [v, value(v)]),
    );
    zero.set([
      [0, -9],
      [0, 9],
    ]);
  }

  function drawExamples() {
    const all = examples();
    const { value } = FUNCTIONS[state.activation];
    const labels = all.map(({ label }) => label);
    dots.set(
      all.map(({ x }) => x),
      labels,
    );
    outputs.set(
      all.map(({ x }) => [z(x), value(z(x))]),
      labels,
    );
    const wrong = all.filter(({ x, label }) => (z(x) > 0 ? 1 : 0) !== label).length;
    tell(() => `${fill(WORDS.wrong, { count: wrong, all: all.length })} ${seen?.words ?? ""}`);
  }

  return function draw({ w1, w2, b, activation, x }) {
    const length = Math.hypot(w1, w2);
    const some = length > 1e-9;
    const [n1, n2] = some ? [w1 / length, w2 / length] : [1, 0];
    // Without weights z is b everywhere: then the shading is as wide as can be.
    const at = (z) => [n1, n2].map((n) => ((z - b) / Math.max(length, 1e-4)) * n);
    shading.between(at(-REACH), at(REACH));
    const far = 4 * SIDE;
    const foot = some ? -b / length : Number.NaN;
    line.set([-far, far].map((across) => [foot * n1 - across * n2, foot * n2 + across * n1]));
    const seenLine = some && Math.abs(foot) < SIDE;
    lineName.set(...(seenLine ? nameLine(foot, n1, n2) : [0, 0]), seenLine ? WORDS.line : "");
    stem.set([
      [0, 0],
      [w1, w2],
    ]);
    arrow.set(w1, w2, `w₁ = ${fixed(w1)}, w₂ = ${fixed(w2)}`);
    arrowName.set(w1 + 0.2, w2 + 0.15, inside([w1 + 0.2, w2 + 0.15]) ? "w" : "");
    probe.set(...x, `x₁ = ${fixed(x[0])}, x₂ = ${fixed(x[1])}`);

    const { value } = FUNCTIONS[activation];
    if (drawn !== activation) {
      drawn = activation;
      drawActivation();
    }
    output.set([[z(x), value(z(x))]]);
    drawExamples();
    ring.set(seen ? [seen.x] : []);

    say(() => {
      const distance = some ? z(x) / length : 0;
      const side = distance > 0 ? WORDS.above : WORDS.below;
      const place = Math.abs(distance) < 1e-9 ? WORDS.on : side;
      const here = fill(WORDS.at, {
        x: x.map((v) => fixed(v)).join(", "),
        z: fixed(z(x)),
        a: fixed(value(z(x))),
      });
      const where = fill(some ? place : WORDS.noLine, { distance: fixed(Math.abs(distance)) });
      return `${here} ${where}`;
    });
  };
}

/** The examples in a plot, by their classes. */
function marks(plot) {
  const classes = [plot.points("circle", "c0"), plot.points("square", "c1")];
  return {
    set(at, labels) {
      for (const [label, points] of classes.entries()) {
        points.set(at.filter((_, i) => labels[i] === label));
      }
    },
  };
}

/** Where on the line its name stands: as far along as the plane reaches, and a little beside it. */
function nameLine(foot, n1, n2) {
  const room = SIDE - 0.6;
  let best = [0, 0];
  for (let across = -2 * SIDE; across <= 2 * SIDE; across += 0.1) {
    const at = [(foot - 0.3) * n1 - across * n2, (foot - 0.3) * n2 + across * n1];
    if (Math.abs(at[0]) < room && Math.abs(at[1]) < room) best = at;
  }
  return best;
}
