// Loss explorer (chapter 4): what one outlier does to three fitted lines; and a logit, its loss and
// the slope of its loss.

import { choice, fill, fixed, number, widget, wordsOf } from "./kit.mjs";
import ENGLISH from "./loss.json" with { type: "json" };
import {
  fitLine,
  generator,
  linspace,
  losses,
  predictions,
  sigmoid,
  standardNormal,
} from "./math.mjs";

const WORDS = wordsOf("loss", ENGLISH);

const LOOKS = { MeanSquaredError: "c0", MeanAbsoluteError: "c1 dash", Huber: "c2 dots bold" };
const SHAPES = { MeanSquaredError: "circle", MeanAbsoluteError: "square", Huber: "triangle" };
const NAMES = Object.keys(LOOKS);

const X_RANGE = [0, 2.5]; // so wide that the point can pull any of the lines over
const Y_RANGE = [-1, 6];
const random = generator(5);
const GOOD_X = Array.from({ length: 8 }, (_, i) => (i + 0.5) / 8);
const GOOD_Y = GOOD_X.map((x) => 1 + 2 * x + 0.12 * standardNormal(random));

/** Loss and slope in z of the squared error (σ(z) - y)², by the chain rule. */
function squaredError(z, y) {
  const p = sigmoid(z);
  const { loss, gradient } = losses.MeanSquaredError([p], [y]);
  return { loss, slope: gradient[0] * p * (1 - p) };
}

function crossEntropy(z, y) {
  const { loss, gradient } = losses.BinaryCrossEntropy([z], [y]);
  return { loss, slope: gradient[0] };
}

const ticks = (values) => values.map((value) => [value, fixed(value, 0)]);

function buildOutlier(stage) {
  const plane = stage.plot({
    label: WORDS.plane,
    x: X_RANGE,
    y: Y_RANGE,
    xLabel: WORDS.x,
    yLabel: WORDS.y,
  });
  plane.curve("muted thin", true).set(X_RANGE.map((x) => [x, 1 + 2 * x]));
  const lines = NAMES.map((name) => plane.curve(LOOKS[name]));
  plane.points("circle", "muted", true).set(GOOD_X.map((x, i) => [x, GOOD_Y[i]]));
  const outlier = plane.handle({
    label: WORDS.outlier,
    look: "ink",
    shape: "diamond",
    step: 0.05,
    move: (x, y) => stage.set({ x, y }),
  });
  plane.key([
    ...NAMES.map((name) => [LOOKS[name], WORDS.names[name]]),
    ["muted thin", WORDS.truth],
    ["ink", WORDS.dragged, "diamond"],
    ["muted", WORDS.good, "circle"],
  ]);

  const pulls = stage.plot({
    label: WORDS.pulls,
    x: [-6, 6],
    y: [-8, 8],
    xLabel: WORDS.error,
    yLabel: WORDS.pull,
    xTicks: ticks([-6, -3, 0, 3, 6]),
    yTicks: ticks([-8, -4, 0, 4, 8]),
  });
  const curves = NAMES.map((name) => pulls.curve(LOOKS[name]));
  const points = NAMES.map((name) => pulls.points(SHAPES[name], LOOKS[name]));
  pulls.key(NAMES.map((name) => [LOOKS[name], WORDS.names[name]]));

  const draw = ({ x, y, delta }) => {
    // Between these the slopes are straight lines; at 0 that of the MAE jumps.
    const errors = [-6, -delta, -1e-9, 1e-9, delta, 6];
    const [allX, allY] = [
      [...GOOD_X, x],
      [...GOOD_Y, y],
    ];
    const slopes = NAMES.map((name, k) => {
      const line = fitLine[name](allX, allY, delta);
      const [prediction] = predictions(line, [x]);
      const pull = (error) => losses[name]([error], [0], delta).gradient[0];
      lines[k].set(X_RANGE.map((end) => [end, ...predictions(line, [end])]));
      curves[k].set(errors.map((error) => [error, pull(error)]));
      points[k].set([[prediction - y, pull(prediction - y)]]);
      return line[1];
    });
    outlier.set(x, y, fill(WORDS.at, { x: fixed(x), y: fixed(y) }));
    return () => {
      const [mse, mae, huber] = slopes.map((slope) => fixed(slope));
      return fill(WORDS.slopes, { mse, mae, huber });
    };
  };
  return { plots: [plane, pulls], draw };
}

function buildLogit(stage) {
  const zs = linspace(-8, 8, 161);
  const kinds = [
    { compute: crossEntropy, look: "c0", shape: "circle", words: WORDS.crossEntropy },
    { compute: squaredError, look: "c1 dash", shape: "square", words: WORDS.squared },
  ];
  const parts = [
    ["loss", WORDS.loss, WORDS.lossAxis, [0, 8], ticks([0, 2, 4, 6, 8])],
    ["slope", WORDS.gradient, WORDS.slopeAxis, [-1.1, 1.1], ticks([-1, 0, 1])],
  ].map(([part, label, yLabel, y, yTicks]) => {
    const xTicks = ticks([-8, -4, 0, 4, 8]);
    const plot = stage.plot({ label, x: [-8, 8], y, xTicks, yTicks, xLabel: WORDS.logit, yLabel });
    const here = plot.curve("muted thin");
    const drawn = kinds.map(({ compute, look, shape }) => ({
      curve: plot.curve(look),
      point: plot.points(shape, look),
      value: (z, target) => compute(z, target)[part],
    }));
    plot.key(kinds.map(({ look, words }) => [look, words]));
    const draw = (z, target) => {
      here.set(y.map((end) => [z, end]));
      for (const { curve, point, value } of drawn) {
        curve.set(zs.map((at) => [at, value(at, target)]));
        point.set([[z, value(z, target)]]);
      }
    };
    return { plot, draw };
  });
  const draw = ({ z, target }) => {
    for (const part of parts) part.draw(z, Number(target));
    return () => {
      const [entropy, squared] = kinds.map(({ compute }) => {
        const { loss, slope } = compute(z, Number(target));
        return { loss: fixed(loss, 3), slope: fixed(slope, 3) };
      });
      return fill(WORDS.logitSays, {
        z: fixed(z, 1),
        p: fixed(sigmoid(z), 4),
        target,
        entropyLoss: entropy.loss,
        entropySlope: entropy.slope,
        squaredLoss: squared.loss,
        squaredSlope: squared.slope,
      });
    };
  };
  return { plots: parts.map(({ plot }) => plot), draw };
}

export default widget({
  name: "loss",
  title: WORDS.title,
  settings: {
    view: choice("outlier", ["outlier", "logit"]),
    x: number(0.95, ...X_RANGE),
    y: number(0.2, ...Y_RANGE),
    delta: number(0.3, 0.05, 3),
    z: number(-4, -8, 8),
    target: choice("1", ["1", "0"]),
  },
  build(stage) {
    stage.select("view", { label: WORDS.view, options: WORDS.views });
    const delta = stage.slider("delta", { label: WORDS.delta, step: 0.05 });
    const z = stage.slider("z", {
      label: WORDS.logit,
      step: 0.1,
      show: (value) => fixed(value, 1),
    });
    const target = stage.select("target", { label: WORDS.target, options: WORDS.targets });
    const says = stage.says();
    const views = {
      outlier: { ...buildOutlier(stage), controls: [delta] },
      logit: { ...buildLogit(stage), controls: [z, target] },
    };
    return (state) => {
      for (const [name, { plots, controls }] of Object.entries(views)) {
        const display = name === state.view ? "" : "none";
        for (const { root } of plots) root.parentElement.style.display = display;
        for (const control of controls) control.parentElement.style.display = display;
      }
      says(views[state.view].draw(state));
    };
  },
});
