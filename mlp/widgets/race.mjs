// Optimizer race (chapter 6): several optimizers on one surface, from a point that the reader drags.

import {
  choice,
  fill,
  fixed,
  flag,
  html,
  number,
  powers,
  tell,
  tenTo,
  widget,
  within,
  wordsOf,
} from "./kit.mjs";
import {
  curvatures,
  largestStableRate,
  linspace,
  optimizers,
  ravine,
  rosenbrock,
  saddle,
} from "./math.mjs";
import ENGLISH from "./race.json" with { type: "json" };

const WORDS = wordsOf("race", ENGLISH);

const LOOKS = {
  SGD: ["c0", "circle"],
  momentum: ["c1 dash", "square"],
  Nesterov: ["c3", "diamond"],
  AdaGrad: ["c4 dash", "triangle"],
  RMSprop: ["c6 thin", "square"],
  Adam: ["c2 dots bold", "circle"],
  AdamW: ["c5 dash", "diamond"],
};
const NAMES = Object.keys(LOOKS);
const FIRST = ["SGD", "momentum", "Adam"]; // those that run at first
const MAX_STEPS = 600;
const SHOWN_STEPS = 60;
const LOSS_POWERS = [-8, 3];
const FAR = 1000;

const circle = (low = 0, high = 2 * Math.PI) => linspace(low, high, 61);

// For each surface: the piece that is shown, the start, the levels of the contour lines, the lines of
// one level, and for each optimizer the power of ten of its rate: the best in chapter 6's experiment,
// in which AdamW has no part; it gets Adam's.
const ravineLines = (degrees) => (level) => {
  const [c, s] = [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)];
  const ellipse = circle().map((angle) => {
    const along = Math.sqrt(2 * level) * Math.cos(angle);
    const across = Math.sqrt((2 * level) / 50) * Math.sin(angle);
    return [c * along - s * across, s * along + c * across];
  });
  return [ellipse];
};

export const SURFACES = {
  ravine: {
    landscape: ravine(30),
    x: [-3.6, 1.8],
    y: [-2.6, 1.9],
    start: [-2.998, -0.807],
    levels: [0.5, 2, 5, 12, 30, 70],
    lines: ravineLines(30),
    rates: {
      SGD: -1.5,
      momentum: -2.25,
      Nesterov: -1.75,
      AdaGrad: 0.25,
      RMSprop: -2.25,
      Adam: -0.25,
      AdamW: -0.25,
    },
  },
  aligned: {
    landscape: ravine(0),
    x: [-3.6, 1.8],
    y: [-2.25, 2.25],
    start: [-3, 0.8],
    levels: [0.5, 2, 5, 12, 30, 70],
    lines: ravineLines(0),
    rates: {
      SGD: -1.5,
      momentum: -2.25,
      Nesterov: -1.75,
      AdaGrad: 0.5,
      RMSprop: -1.75,
      Adam: -0.25,
      AdamW: -0.25,
    },
  },
  saddle: {
    landscape: saddle,
    x: [-1.8, 1.8],
    y: [-1.5, 1.5],
    start: [-1.5, 0.001],
    levels: [0.02, 0.1, 0.25, 0.6, 1.2],
    // L = x²/2 + (y² - 1)²/4, so x = ±√(2L - (y² - 1)²/2), from one y to the other where that is 0.
    lines(level) {
      const size = 2 * Math.sqrt(level);
      const high = Math.sqrt(1 + size);
      const low = size > 1 ? -high : Math.sqrt(1 - size);
      const right = circle(0, Math.PI).map((angle) => {
        const y = (low + high) / 2 - ((high - low) / 2) * Math.cos(angle);
        return [Math.sqrt(Math.max(2 * level - (y * y - 1) ** 2 / 2, 0)), y];
      });
      const line = [...right, ...right.map(([x, y]) => [-x, y]).reverse()];
      return size > 1 ? [line] : [line, line.map(([x, y]) => [x, -y])];
    },
    rates: {
      SGD: -0.25,
      momentum: -0.5,
      Nesterov: -0.5,
      AdaGrad: 0,
      RMSprop: -1.5,
      Adam: -0.75,
      AdamW: -0.75,
    },
  },
  rosenbrock: {
    landscape: rosenbrock,
    x: [-1.8, 1.6],
    y: [-0.8, 2.03],
    start: [-1.2, 1],
    levels: [0.3, 1, 3, 10, 40, 150],
    // y = x² ± √(L - (1 - x)²) / 10, for the x that are shown, and closer to each other at the ends.
    lines(level) {
      const [low, high] = [-1, 1].map((side) => within(1 + side * Math.sqrt(level), [-2, 1.8]));
      const half = circle(0, Math.PI).map((angle) => {
        const x = (low + high) / 2 - ((high - low) / 2) * Math.cos(angle);
        return [x, Math.sqrt(Math.max(level - (1 - x) ** 2, 0)) / 10];
      });
      const upper = half.map(([x, y]) => [x, x ** 2 + y]);
      const lower = half.map(([x, y]) => [x, x ** 2 - y]);
      return [[...upper, ...lower.reverse()]];
    },
    rates: {
      SGD: -2.75,
      momentum: -2.75,
      Nesterov: -3,
      AdaGrad: -0.25,
      RMSprop: -2.75,
      Adam: -0.25,
      AdamW: -0.25,
    },
  },
};

const runs = (name) => `run${name[0].toUpperCase()}${name.slice(1)}`;
const short = (value) => String(Number(value.toPrecision(2)));

function lossText(loss) {
  if (loss === 0 || loss >= 0.001) return short(loss);
  const power = Math.floor(Math.log10(loss));
  return `${fixed(loss / 10 ** power, 1)} · ${tenTo(power)}`;
}

/** The path of an optimizer: points, losses, and their heights in the chart, up to step t by `until(t)`. */
function makePath(name, rate, landscape, start) {
  const theta = [...start];
  const step = optimizers[name](2, rate);
  /** @type {number[][]} */
  const points = [];
  /** @type {number[]} */
  const losses = [];
  /** @type {number[][]} */
  const heights = [];
  let gone = false;
  function add() {
    const loss = landscape.loss(theta);
    heights.push([points.length, Math.max(Math.log10(loss), LOSS_POWERS[0] - 1)]);
    losses.push(loss);
    points.push([...theta]);
  }
  function until(t) {
    while (points.length <= t && !gone) {
      step(theta, landscape.gradient(theta));
      gone = !(Math.hypot(...theta) < FAR);
      if (!gone) add();
    }
  }
  add();
  return { points, losses, heights, until };
}

export default widget({
  name: "race",
  title: WORDS.title,
  settings: {
    surface: choice("ravine", Object.keys(SURFACES)),
    x: number(SURFACES.ravine.start[0], -4, 4),
    y: number(SURFACES.ravine.start[1], -4, 4),
    t: number(SHOWN_STEPS, 0, MAX_STEPS),
    speed: number(20, 1, 60),
    ...Object.fromEntries(NAMES.map((name) => [name, number(SURFACES.ravine.rates[name], -4, 1)])),
    ...Object.fromEntries(NAMES.map((name) => [runs(name), flag(FIRST.includes(name))])),
  },
  build(stage) {
    const { state } = stage;
    const first = SURFACES[state.surface];
    const plane = stage.plot({
      label: WORDS.plane,
      x: first.x,
      y: first.y,
      equal: true,
      xLabel: "θ₁",
      yLabel: "θ₂",
    });
    const contours = plane.curve("muted thin faint", true);
    const minima = plane.points("cross", "ink", true);
    const chart = stage.plot({
      label: WORDS.losses,
      x: [0, SHOWN_STEPS],
      y: LOSS_POWERS,
      yTicks: powers(...LOSS_POWERS),
      xLabel: WORDS.steps,
      yLabel: WORDS.loss,
    });
    const racers = NAMES.map((name) => {
      const [look, shape] = LOOKS[name];
      const [path, curve] = [plane.curve(look), chart.curve(look)];
      // `made` is what the run (the path's points) was made for, `scale` what it is drawn for, `end`
      // how far.
      const [here, limit] = [plane.points(shape, look), html("span", { class: "w-limit" })];
      return { name, path, curve, here, limit, made: "", scale: "", end: 0 };
    });
    const start = plane.handle({
      label: WORDS.start,
      look: "ink",
      shape: "diamond",
      step: 0.1,
      move: (x, y) => stage.set({ x, y }),
    });
    plane.key([
      ["ink", WORDS.startKey, "diamond"],
      ["ink", WORDS.minimum, "cross"],
    ]);
    chart.key(NAMES.map((name) => [LOOKS[name][0], name]));
    const says = stage.says();

    let due = 0; // steps that are due, and a fraction
    const loop = stage.loop((seconds) => {
      due += seconds * state.speed;
      const steps = Math.floor(due);
      due -= steps;
      state.t = Math.min(state.t + steps, MAX_STEPS); // saved with the pause, not with each frame
      if (state.t === MAX_STEPS) pause();
      stage.redraw();
    });
    function pause() {
      loop.stop();
      stage.set({ t: state.t });
    }
    const run = stage.button({
      label: WORDS.run,
      act() {
        if (loop.running) {
          pause();
        } else {
          if (state.t === MAX_STEPS) state.t = 0;
          due = 0;
          loop.start();
          stage.redraw();
        }
      },
    });
    stage.button({
      label: WORDS.step,
      act() {
        loop.stop();
        stage.set({ t: state.t + 1 });
      },
    });
    stage.button({
      label: WORDS.restart,
      act() {
        loop.stop();
        stage.set({ t: 0 });
      },
    });
    stage.onReset(() => loop.stop());
    stage.slider("speed", { label: WORDS.speed, step: 1, show: (value) => fixed(value, 0) });
    const select = stage.select("surface", { label: WORDS.surface, options: WORDS.surfaces });
    const moveThere = () => {
      const {
        start: [x, y],
        rates,
      } = SURFACES[state.surface];
      stage.set({ x, y, ...rates });
    };
    select.addEventListener("change", moveThere, { signal: stage.signal });

    stage.group(WORDS.methods);
    const show = (power) => short(10 ** power);
    const rows = racers.map(({ name, limit }) => {
      const toggle = stage.toggle(runs(name), { label: name });
      const slider = stage.slider(name, { label: fill(WORDS.rate, { name }), step: 0.05, show });
      const row = html("div", { class: "w-racer" });
      toggle.parentElement.before(row);
      row.append(toggle.parentElement, slider.parentElement, limit);
      return row;
    });
    const note = html("p", { class: "w-note" });
    rows[rows.length - 1].after(note);

    let surface; // the one that is drawn
    function drawSurface({ landscape, x, y, levels, lines }) {
      plane.range({ x, y });
      contours.set(
        levels.flatMap((level) => lines(level).flatMap((line) => [...line, [NaN, NaN]])),
      );
      minima.set(landscape.minima);
    }

    /** Draw a run up to step t; return what is to be said of it, if it runs. */
    function drawRacer(racer, { landscape }, from, t, span) {
      const { name, path, curve, here } = racer;
      const rate = 10 ** state[name];
      if (!state[runs(name)]) {
        path.set([]);
        curve.set([]);
        here.set([]);
        racer.scale = "";
        return null;
      }
      const made = [state.surface, ...from, rate].join();
      if (racer.made !== made)
        Object.assign(racer, { made, run: makePath(name, rate, landscape, from) });
      const { run } = racer;
      run.until(t);
      const end = Math.min(t + 1, run.points.length);
      const scale = [made, span].join();
      const goesOn = racer.scale === scale && racer.end <= end;
      const [first, draw] = goesOn ? [racer.end, "add"] : [0, "set"];
      path[draw](run.points.slice(first, end));
      curve[draw](run.heights.slice(first, end));
      Object.assign(racer, { scale, end });
      here.set([run.points[end - 1]]);
      return () =>
        end <= t
          ? fill(WORDS.gone, { name, step: end })
          : fill(WORDS.result, { name, loss: lossText(run.losses[t]) });
    }

    let limits; // what the words beside the rates were written for
    function writeLimits(curvature) {
      const now = [curvature, ...NAMES.map((name) => state[name])].join();
      if (limits === now) return;
      limits = now;
      for (const { name, limit: element } of racers) {
        const limit = largestStableRate(name, curvature);
        const isAbove = limit !== null && 10 ** state[name] >= limit;
        element.classList.toggle("w-above", isAbove);
        const words = isAbove ? WORDS.above : WORDS.limit;
        tell(element, limit === null ? WORDS.noLimit : fill(words, { limit: short(limit) }));
      }
      tell(note, fill(WORDS.note, { curvature: fixed(curvature, 0) }));
    }

    return () => {
      const shown = SURFACES[state.surface];
      if (surface !== state.surface) {
        surface = state.surface;
        drawSurface(shown);
      }
      const t = Math.round(state.t);
      const from = [within(state.x, shown.x), within(state.y, shown.y)];
      const [, curvature] = curvatures(shown.landscape.hessian(shown.landscape.minima[0]));
      const span = [SHOWN_STEPS, 150, 300, MAX_STEPS].find((steps) => steps >= t);
      chart.range({ x: [0, span] });
      const results = racers.flatMap((racer) => drawRacer(racer, shown, from, t, span) ?? []);
      start.set(...from, fill(WORDS.at, { x: fixed(from[0], 3), y: fixed(from[1], 3) }));
      writeLimits(curvature);
      tell(run, loop.running ? WORDS.pause : WORDS.run);
      says(() => {
        if (loop.running) return WORDS.running;
        if (!results.length) return WORDS.nobody;
        return fill(WORDS.after, { steps: t, results: results.map((said) => said()).join("; ") });
      });
    };
  },
});
