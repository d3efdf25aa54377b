// Runs the mathematics of the interactive figures on what test_widgets.py sends, and prints what comes.
import { readFileSync } from "node:fs";

import { slipIn, stepsOf } from "../../mlp/widgets/backprop.mjs";
import * as math from "../../mlp/widgets/math.mjs";
import { SURFACES } from "../../mlp/widgets/race.mjs";

const given = JSON.parse(readFileSync(0, "utf8"));

function rows(a) {
  const row = (_, i) => [...a.data.slice(i * a.columns, (i + 1) * a.columns)];
  return Array.from({ length: a.rows }, row);
}

const asMatrix = (values) =>
  math.matrix(values.length, values[0].length, (_, k) => values.flat()[k]);

const eachActivation = (compute) =>
  Object.fromEntries(Object.entries(math.activations).map(([name, f]) => [name, compute(f)]));

function deep(activation) {
  const steps = math.propagate(
    asMatrix(given.deep.x),
    given.deep.weights.map(asMatrix),
    activation,
    asMatrix(given.deep.grad),
  );
  let step = steps.next();
  while (!step.done) step = steps.next();
  const { zs, deltas } = step.value;
  return { zs: zs.map(rows), deltas: deltas.map(rows), rms: math.rms(zs[0]) };
}

function draws() {
  const random = math.generator(0);
  const drawn = ([name, make]) => {
    const draw = make(300, 100);
    return [name, Array.from({ length: 30000 }, () => draw(random))];
  };
  return Object.fromEntries(Object.entries(math.initializers).map(drawn));
}

function perceptron() {
  const { x, y, steps } = given.perceptron;
  let [weight, bias] = [[0, 0], 0];
  const path = [];
  for (let t = 0; t < steps; t++) {
    ({ weight, bias } = math.perceptronStep(weight, bias, x[t % x.length], y[t % x.length]));
    path.push([...weight, bias]);
  }
  return path;
}

const landscapes = { ravine: math.ravine(30), saddle: math.saddle, Rosenbrock: math.rosenbrock };

/** The path of an optimizer down a landscape. */
function path([name, place, rate, start]) {
  const theta = [...start];
  const step = math.optimizers[name](2, rate);
  return Array.from({ length: 50 }, () => {
    step(theta, landscapes[place].gradient(theta));
    return [...theta];
  });
}

const surface = ([name, theta]) => ({
  loss: landscapes[name].loss(theta),
  gradient: landscapes[name].gradient(theta),
  hessian: landscapes[name].hessian(theta),
  curvatures: math.curvatures(landscapes[name].hessian(theta)),
});

/** The numbers that the backprop stepper asks for, and what it says to right and wrong ones. */
const asked = (net) =>
  stepsOf(net)
    .flatMap(({ asks }) => asks)
    .map((ask) => ({
      ...ask,
      toRight: slipIn(ask, ask.value),
      toRounded: slipIn(ask, Number(ask.value.toFixed(4))),
      toSlips: ask.slips.map(([wrong]) => slipIn(ask, wrong)),
      toOther: slipIn(ask, ask.value + 77),
    }));

/** Of a surface in the race: the rates, and along its contour lines, the loss. */
const race = ([name, { landscape, levels, lines, rates }]) => [
  name,
  { rates, levels: levels.map((level) => [level, lines(level).flat().map(landscape.loss)]) },
];

const { prediction, target, logit, label, delta } = given.losses;
const { x, y, deltas } = given.line;

console.log(
  JSON.stringify({
    optimizers: Object.keys(math.optimizers),
    values: eachActivation((f) => given.points.map(f.value)),
    derivatives: eachActivation((f) => given.points.map(f.derivative)),
    deep: eachActivation(deep),
    draws: draws(),
    perceptron: perceptron(),
    losses: {
      MeanSquaredError: math.losses.MeanSquaredError(prediction, target),
      MeanAbsoluteError: math.losses.MeanAbsoluteError(prediction, target),
      Huber: math.losses.Huber(prediction, target, delta),
      BinaryCrossEntropy: math.losses.BinaryCrossEntropy(logit, label),
    },
    lines: {
      MeanSquaredError: math.fitLine.MeanSquaredError(x, y),
      MeanAbsoluteError: math.fitLine.MeanAbsoluteError(x, y),
      Huber: deltas.map((value) => math.fitLine.Huber(x, y, value)),
    },
    backprop: given.networks.map(math.backpropagate),
    asked: given.networks.map(asked),
    paths: given.paths.map(path),
    surfaces: given.surfaces.map(surface),
    minima: Object.entries(landscapes).flatMap(([name, { gradient, minima }]) =>
      minima.map((/** @type {any} */ theta) => [name, gradient(theta)]),
    ),
    race: Object.fromEntries(Object.entries(SURFACES).map(race)),
    limits: given.limits.map(([name, curvature]) => math.largestStableRate(name, curvature)),
  }),
);
