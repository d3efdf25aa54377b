// An activation function and its slope (chapter 3), and what 30 layers make of a signal on its way
// forward and of a derivative on its way back.
import ENGLISH from "./activation.json" with { type: "json" };
import { choice, fill, fixed, number, powers, tenTo, widget, wordsOf } from "./kit.mjs";
import {
  activations,
  generator,
  initializers,
  linspace,
  matrix,
  propagate,
  rms,
  standardNormal,
} from "./math.mjs";

const WORDS = wordsOf("activation", ENGLISH);

const LAYERS = 30;
const UNITS = 100;
const EXAMPLES = 10;

export default widget({
  name: "activation",
  title: WORDS.title,
  settings: {
    activation: choice("Sigmoid", Object.keys(WORDS.names)),
    initializer: choice("glorot_normal", Object.keys(WORDS.initializers)),
    gain: number(1, 0.25, 12),
    seed: number(1, 1, 99),
    z: number(1, -4, 4),
  },
  build,
});

/** A number that may be very small or large: 0.25, or 3.1 · 10⁻⁷. */
function inPowers(value) {
  if (value >= 0.01 && value < 1000) return fixed(value, value < 10 ? 2 : 0);
  const power = Math.floor(Math.log10(value));
  return fill(WORDS.times, { digits: fixed(value / 10 ** power, 1), power: tenTo(power) });
}

/** Limits for powers of ten, from a few that are used again and again. */
function limits(values) {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return [
    [-3, -6, -12, -24, -48].find((limit) => limit <= low) ?? low,
    [1, 3, 6, 12, 24, 48].find((limit) => limit >= high) ?? high,
  ];
}

/** The points of a curve, with a gap where it jumps. */
function withGaps(points) {
  return points.flatMap((point, k) => {
    const jumps = k > 0 && Math.abs(point[1] - points[k - 1][1]) > 0.5;
    return jumps ? [[point[0], Number.NaN], point] : [point];
  });
}

function build(stage) {
  const { state } = stage;

  const graph = stage.plot({
    label: WORDS.function,
    x: [-4, 4],
    y: [-1.2, 2.8],
    xLabel: "z",
  });
  const curves = [graph.curve("c0", true), graph.curve("c1 dash", true)];
  const mark = graph.curve("muted thin dots");
  const dots = [graph.points("circle", "c0"), graph.points("square", "c1")];
  const point = graph.handle({
    label: WORDS.point,
    look: "ink",
    shape: "triangle",
    step: 0.1,
    move: (z) => stage.set({ z }),
  });
  graph.key([
    ["c0", WORDS.value],
    ["c1 dash", WORDS.slope],
  ]);

  const depth = stage.plot({
    label: WORDS.depth,
    x: [1, LAYERS],
    y: [-1, 0], // until it is known
    xLabel: WORDS.layer,
    yLabel: WORDS.size,
    xTicks: [1, 5, 10, 15, 20, 25, 30].map((layer) => [layer, String(layer)]),
  });
  const one = depth.curve("muted thin", true);
  const sizes = [depth.curve("c0"), depth.curve("c1 dash")];
  depth.key([
    ["c0", WORDS.z],
    ["c1 dash", WORDS.delta],
  ]);

  const say = stage.says();
  stage.select("activation", { label: WORDS.activation, options: WORDS.names });
  stage.select("initializer", { label: WORDS.initializer, options: WORDS.initializers });
  stage.slider("gain", { label: WORDS.gain, step: 0.25 });
  stage.button({ label: WORDS.draw, act: () => stage.set({ seed: (state.seed % 99) + 1 }) });

  // ---- The thirty layers: a little in each frame, so that the page stays quick ----

  let drawn = ""; // of which initializer and seed the weights are
  let inputs;
  let weights;
  let derivatives;
  let asked = ""; // the settings of what is computed
  let work; // what is left of it
  let words = "";

  function* drawWeights(initializer, seed) {
    const random = generator(seed);
    const one = () => standardNormal(random);
    const draw = initializers[initializer](UNITS, UNITS);
    inputs = matrix(EXAMPLES, UNITS, one);
    derivatives = matrix(EXAMPLES, UNITS, one);
    weights = [];
    while (weights.length < LAYERS) {
      weights.push(matrix(UNITS, UNITS, () => draw(random)));
      yield;
    }
  }

  function* compute() {
    const { initializer, seed, gain } = state;
    const activation = activations[state.activation];
    asked = settings();
    if (drawn !== `${initializer} ${seed}`) {
      drawn = `${initializer} ${seed}`;
      yield* drawWeights(initializer, seed);
    }
    const scaled = [];
    for (const weight of weights) {
      scaled.push({ ...weight, data: weight.data.map((w) => gain * w) });
      yield;
    }
    const { zs, deltas } = yield* propagate(inputs, scaled, activation, derivatives);
    showSizes(zs.map(rms), deltas.map(rms));
  }

  function showSizes(forward, back) {
    const logs = [forward, back].map((values) => values.map((value) => Math.log10(value)));
    const y = limits(logs.flat().filter(Number.isFinite));
    depth.range({ y }, { y: powers(...y) });
    one.set([
      [1, 0],
      [LAYERS, 0],
    ]);
    for (const [k, curve] of sizes.entries()) {
      curve.set(logs[k].map((power, layer) => [layer + 1, power]));
    }
    words = fill(WORDS.change, {
      forward: inPowers(forward[LAYERS - 1] / forward[0]),
      back: inPowers(back[0] / back[LAYERS - 1]),
    });
  }

  const settings = () => [state.activation, state.initializer, state.gain, state.seed].join(" ");

  function goOn(milliseconds) {
    const end = performance.now() + milliseconds;
    while (performance.now() < end) {
      if (!work && asked === settings()) return;
      work ??= compute(); // what is begun is finished first: so the curves follow a slider
      if (work.next().done) work = undefined;
    }
    stage.redraw();
  }

  let shown = ""; // whose curves are drawn
  const grid = linspace(-4, 4, 321);

  return function draw({ activation, z }) {
    const { value, derivative } = activations[activation];
    if (shown !== activation) {
      shown = activation;
      curves[0].set(grid.map((v) => [v, value(v)]));
      curves[1].set(withGaps(grid.map((v) => [v, derivative(v)])));
    }
    mark.set([
      [z, -9],
      [z, 9],
    ]);
    dots[0].set([[z, value(z)]]);
    dots[1].set([[z, derivative(z)]]);
    point.set(z, -1.2, `z = ${fixed(z)}`);

    goOn(words ? 3 : Infinity); // at the first view, all at once
    say(() => {
      const here = { z: fixed(z), value: fixed(value(z)), slope: fixed(derivative(z), 3) };
      return `${fill(WORDS.at, here)} ${words}`;
    });
  };
}
