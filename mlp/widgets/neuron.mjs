// One neuron with two inputs (chapter 1): its line, its output over the plane, its examples, and the
// perceptron's rule one example at a time.
import { choice, fixed, number, numbers, widget } from "./kit.mjs";
import { activations, perceptronStep, weightedSum } from "./math.mjs";

const WORDS = {
  title: "One neuron with two inputs",
  plane: "The plane of the inputs, with the neuron's line and the examples",
  curve: "The activation function, with the neuron's output for each example",
  w1: "weight w₁",
  w2: "weight w₂",
  b: "bias b",
  activation: "activation φ",
  names: {
    step: "step",
    identity: "identity",
    sigmoid: "sigmoid",
    tanh: "tanh",
    relu: "ReLU",
  },
  point: "the input x",
  arrow: "the weights w, as an arrow from the origin",
  line: "z = 0",
  class0: "class 0",
  class1: "class 1",
  input: "input x",
  high: "large a",
  low: "small a",
  examples: "Examples",
  add: (label) => `Add x as class ${label}`,
  remove: "Remove the example nearest to x",
  sets: { groups: "Two groups", and: "AND", xor: "XOR" },
  rule: "The perceptron's rule",
  next: "Next example",
  pass: "All examples once",
  at: (x, z, a) => `x = (${x}): z = x · w + b = ${z}, a = φ(z) = ${a}. `,
  above: (distance) => `x lies ${distance} from the line, on the side to which w points.`,
  below: (distance) => `x lies ${distance} from the line, on the side away from w.`,
  on: "x lies on the line.",
  noLine: "The weights are both 0: there is no line.",
  wrong: (count, all) => `Mistakes of the threshold z > 0: ${count} of ${all} examples. `,
  right: (label, z) => `This example of class ${label} has z = ${z}: right, nothing changes.`,
  plus: (z) => `This example of class 1 had z = ${z}: a mistake. w ← w + x, b ← b + 1.`,
  minus: (z) => `This example of class 0 had z = ${z}: a mistake. w ← w − x, b ← b − 1.`,
};

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

// Each level of the shading is a half-plane, faint: where many lie on each other, a is far from the
// middle of its range. Here, for level t from -1 to 1, the z at which it begins.
const LEVELS = 8;
const BEGINS = {
  step: () => 0,
  identity: (t) => SIDE * t,
  sigmoid: (t) => 2 * Math.atanh(t),
  tanh: Math.atanh,
  relu: (t) => (t > 0 ? SIDE * t : -Infinity),
};

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
  const shades = [];
  for (let k = 0; k < LEVELS; k += 1) {
    const t = (k + 0.5) / LEVELS;
    for (const sign of [1, -1]) {
      const area = plane.area(sign > 0 ? "c1" : "c0");
      area.element.setAttribute("style", "opacity: 0.045");
      shades.push({ area, sign, t: sign * t });
    }
  }
  const line = plane.curve("ink bold");
  const stem = plane.curve("c2");
  const dots = [];
  const ring = plane.point("ring", "ink");
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
  const curve = graph.curve("ink");
  const zero = graph.curve("muted thin dash");
  const outputs = [];
  const output = graph.point("cross", "ink");

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
      label: WORDS.add(label),
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
      const words =
        made.error === 0
          ? WORDS.right(label, fixed(before))
          : (label ? WORDS.plus : WORDS.minus)(fixed(before));
      seen = { x, words };
      turn += 1;
    }
    stage.set({ w1, w2, b });
  }
  stage.button({ label: WORDS.next, act: () => learn(Math.min(1, examples().length)) });
  stage.button({ label: WORDS.pass, act: () => learn(examples().length) });

  // ---- Drawing ----

  function drawExamples() {
    const all = examples();
    const activation = FUNCTIONS[state.activation];
    for (const marks of [dots, outputs]) {
      for (const mark of marks.splice(0)) mark.element.remove();
    }
    all.forEach(({ x, label }) => {
      const [shape, look] = label ? ["square", "c1"] : ["circle", "c0"];
      const dot = plane.point(shape, look);
      dot.set(...x);
      dots.push(dot);
      const mark = graph.point(shape, look);
      mark.set(z(x), activation.value(z(x)));
      outputs.push(mark);
    });
    output.element.parentNode.append(output.element);
    const wrong = all.filter(({ x, label }) => (z(x) > 0 ? 1 : 0) !== label).length;
    tell(WORDS.wrong(wrong, all.length) + (seen?.words ?? ""));
  }

  return function draw({ w1, w2, b, activation, x }) {
    const length = Math.hypot(w1, w2);
    const some = length > 1e-9;
    const [n1, n2] = some ? [w1 / length, w2 / length] : [1, 0];
    const far = 4 * SIDE;
    for (const { area, sign, t } of shades) {
      const begins = BEGINS[activation](t);
      if (!some) {
        // z = b everywhere: all of the plane, or nothing of it
        const covered = sign * (b - begins) > 0;
        area.set(
          covered
            ? [
                [-far, -far],
                [far, -far],
                [far, far],
                [-far, far],
              ]
            : [],
        );
        continue;
      }
      const s = Math.min(far, Math.max(-far, (begins - b) / length)); // along n, from the origin
      const corner = (along, across) => [along * n1 - across * n2, along * n2 + across * n1];
      const end = s + sign * 2 * far;
      area.set([corner(s, -far), corner(s, far), corner(end, far), corner(end, -far)]);
    }
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
    graph.range({ y: RANGES[activation] });
    const grid = Array.from({ length: 241 }, (_, k) => -6 + k / 20);
    curve.set(
      activation === "step"
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
    output.set(z(x), value(z(x)));
    drawExamples();
    if (seen) ring.set(...seen.x);
    else ring.hide();

    const distance = some ? z(x) / length : 0;
    const side = distance > 0 ? WORDS.above : WORDS.below;
    const place = Math.abs(distance) < 1e-9 ? WORDS.on : side(fixed(Math.abs(distance)));
    say(
      WORDS.at(x.map((v) => fixed(v)).join(", "), fixed(z(x)), fixed(value(z(x)))) +
        (some ? place : WORDS.noLine),
    );
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
