// What the interactive figures share: settings, controls, plots. A figure is a module
//
//   import { choice, number, widget, wordsOf } from "./kit.mjs";
//   import ENGLISH from "./neuron.json" with { type: "json" };      // every word that a reader sees
//   const WORDS = wordsOf("neuron", ENGLISH);
//   export default widget({
//     name: "neuron",
//     title: WORDS.title,
//     settings: { w1: number(1, -3, 3), activation: choice("step", ["step", "tanh"]) },
//     build(stage) {
//       stage.slider("w1", { label: WORDS.weight, step: 0.1 });
//       const plot = stage.plot({ label: WORDS.plane, x: [-3, 3], y: [-3, 3], xLabel: "x₁" });
//       const line = plot.curve("c0");
//       return ({ w1 }) => line.set([[-3, -3 * w1], [3, 3 * w1]]);    // draws all; called after each change
//     },
//   });
//
// The settings are the whole state that can be linked to: model.get("settings") holds them as texts,
// those only that differ from their defaults. On a page the model is the address, in JupyterLab it is
// the object in Python.
//
// stage  state           the values of the settings now
//        set({w1: 2})    changes some (out of range: nearest allowed), saves, draws with the next frame
//        redraw()        draws with the next frame, for what is not a setting
//        onReset(f)      f() runs when the reader resets, before the settings are the defaults again
//        onStop(f)       f() runs when the figure is taken away; `signal` is for addEventListener
//        onSettle(f)     f() runs three times a second at most, after what was drawn, for what is laid out
//        calm            whether the reader wants less motion
//        loop(f)         {start, stop, running}: f(seconds since the last call) in every frame, twice a
//                        second for readers who want less motion
//   controls, in the order in which they are made; the first argument is the setting's name:
//        slider(name, {label, step, show, min, max})   select(name, {label, options: {value: text}})
//        toggle(name, {label})               button({label, act}) -> element
//        field({label, get, act}) -> input: a number typed in, act(value) when it is one
//        group(label): the controls made from now on stand together under a heading
//        says() -> f(words): a sentence under the plots, what words() returns; read aloud when it changes
//   Controls and sentences follow the settings three times a second, plots in each frame.
//   plot({label, x, y, xLabel, yLabel, equal …}) -> plot, beside the one before where there is room
//        box(className) -> element among the plots, for what is no plot
// plot   x(v) y(v)       from data to the picture; at(event) back to [x, y]; range({x, y}, {x, y}) new limits, new ticks
//        curve(class, isStill) -> {set(points)}; a point that is not finite breaks it; add(points) goes on from
//        the last point, which costs less than to draw all again; what is still seldom changes, and lies under
//        all that moves
//        shading() -> {stops([[offset, class, opacity]]), between([x, y], [x, y])}: colors over the whole plot,
//        from the first point (offset 0) to the second (offset 1), and the same at right angles to that
//        points(shape, class, isStill) -> {set(points)}; shapes: circle ring square diamond triangle cross
//        text(class) -> {set(x, y, text)}; handle({label, class, shape, step, move(x, y)}) -> {set(x, y, words)}:
//        a point that is dragged, or moved with the arrow keys
//        key([[class, words, shape]]): what the lines (no shape) and points mean, under the plot; may change
// Classes: c0 … c6 the colors of mlp.plots, ink, muted; with dash, dots, thin, bold, faint.

import ENGLISH from "./kit.json" with { type: "json" };
import { painter } from "./paint.mjs";

const WORDS = wordsOf("kit", ENGLISH);

// ---- Settings: a default, and how a value is written in an address and read from it ----

/**
 * @template T
 * @typedef {{ initial: T, write: (value: T) => string, read: (text: string) => T | undefined,
 *   fit: (value: T) => T, min?: number, max?: number, options?: string[] }} Setting
 */

/** A number from `min` to `max`. @returns {Setting<number>} */
export function number(initial, min, max) {
  return {
    initial,
    min,
    max,
    fit: (value) => within(value, [min, max]),
    write: (value) => String(Number(value.toFixed(6))),
    read(text) {
      const value = text.trim() === "" ? Number.NaN : Number(text);
      return Number.isFinite(value) ? this.fit(value) : undefined;
    },
  };
}

/** One of some names. @returns {Setting<string>} */
export function choice(initial, options) {
  return {
    initial,
    options,
    fit: (value) => (options.includes(value) ? value : initial),
    write: (value) => value,
    read: (text) => (options.includes(text) ? text : undefined),
  };
}

/** Yes or no. @returns {Setting<boolean>} */
export function flag(initial) {
  return {
    initial,
    fit: Boolean,
    write: (value) => (value ? "yes" : "no"),
    read: (text) => (text === "yes" ? true : text === "no" ? false : undefined),
  };
}

/**
 * A list of numbers from `min` to `max`, of a length from `least` to `most`, a multiple of `every`.
 * @returns {Setting<number[]>}
 */
export function numbers(initial, min, max, { every = 1, least = 0, most = 200 } = {}) {
  const one = number(0, min, max);
  return {
    initial,
    min,
    max,
    fit: (values) => values.slice(0, most).map((value) => one.fit(value)),
    write: (values) => values.map((value) => one.write(value)).join(","),
    read(text) {
      const values = text === "" ? [] : text.split(",").map((part) => one.read(part));
      const many = values.length;
      const good = many % every === 0 && many >= least && many <= most;
      return good && values.every((value) => value !== undefined) ? values : undefined;
    },
  };
}

// ---- Words and elements ----

/** The words of a module: those that the page brings in its own language, else the English ones. */
export function wordsOf(name, english) {
  const brought = globalThis.document?.getElementById(`words-${name}`);
  return brought ? JSON.parse(brought.textContent ?? "") : english;
}

/** Put values into words: "{number} of {count}". */
export const fill = (words, values) => words.replace(/\{(\w+)\}/g, (_, name) => values[name]);

/** A number with `digits` decimals and a real minus sign. */
export function fixed(value, digits = 2) {
  const text = value.toFixed(digits);
  return (Number(text) === 0 ? text.replace("-", "") : text).replace("-", WORDS.sign.minus);
}

/** A power of ten, as 10⁻³. */
export function tenTo(power) {
  const small = { "-": "⁻" };
  [..."⁰¹²³⁴⁵⁶⁷⁸⁹"].forEach((digit, index) => {
    small[index] = digit;
  });
  return `10${[...String(power)].map((sign) => small[sign]).join("")}`;
}

function complete(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== false) element.setAttribute(name, String(value));
  }
  element.append(...children);
  return element;
}

export const html = (tag, attributes = {}, ...children) =>
  complete(document.createElement(tag), attributes, children);

export const svg = (tag, attributes = {}, ...children) =>
  complete(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);

/** Change an element's words, if they are others: what is written is laid out again. Return whether they were. */
export function tell(element, text) {
  if (element.textContent === text) return false;
  element.textContent = text;
  return true;
}

/** Change an attribute, if it is another: what is written is drawn again. Return whether it was. */
function put(element, name, value) {
  if (element.getAttribute(name) === String(value)) return false;
  element.setAttribute(name, String(value));
  return true;
}

/**
 * A function that does something at once, but at most every so many milliseconds: the last time afterwards.
 * @param {number} milliseconds @param {() => void} act @param {AbortSignal} signal
 */
function atMostEvery(milliseconds, act, signal) {
  /** @type {any} */
  let timer;
  let isDue = false;
  const now = () => {
    isDue = false;
    timer = setTimeout(() => {
      timer = undefined;
      if (isDue) now();
    }, milliseconds);
    act();
  };
  signal.addEventListener("abort", () => clearTimeout(timer));
  return () => {
    if (timer === undefined) now();
    else isDue = true;
  };
}

/** The nearest number from `low` to `high`. */
export const within = (value, [low, high]) => Math.min(high, Math.max(low, value));

const round = (value) => Math.round(value * 10) / 10;

/** @typedef {[number, string][]} Ticks values and their words */

/** About `count` round numbers from `low` to `high`. */
function ticks(low, high, count) {
  const rough = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5].find((factor) => factor * power >= rough * 0.999) ?? 10);
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  const found = [];
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high + 1e-9 * step; k += 1) {
    found.push([k * step, fixed(k * step, digits)]);
  }
  return found;
}

/** Ticks for powers of ten, where the axis holds the powers: at most eight. */
export function powers(low, high) {
  const step = [1, 2, 3, 5, 10, 20, 50].find((size) => (high - low) / size <= 8) ?? 100;
  const found = [];
  for (let power = Math.ceil(low / step) * step; power <= high; power += step) {
    found.push([power, tenTo(power)]);
  }
  return found;
}

// ---- Plots ----

// Paths around a point.
const SHAPES = {
  circle: "m-5 0a5 5 0 1 0 10 0a5 5 0 1 0 -10 0Z",
  ring: "m-9 0a9 9 0 1 0 18 0a9 9 0 1 0 -18 0Z",
  square: "m-4.5-4.5h9v9h-9Z",
  diamond: "m0-6l6 6l-6 6l-6-6Z",
  triangle: "m0-6l5.5 10.5h-11Z",
  cross: "m-4.5-4.5l9 9m0-9l-9 9",
  focus: "m-11 0a11 11 0 1 0 22 0a11 11 0 1 0 -22 0Z",
};

const shapeAt = (shape, x, y) => `M${x} ${y}${SHAPES[shape]}`;

const glyph = (shape, look) =>
  svg("path", { class: `w-point w-${shape} ${look}`, d: shapeAt(shape, 0, 0) });

const RIM = { left: 58, right: 12, top: 10, bottom: 44 };
// How far lines are drawn outside the axes, where nobody sees them: so they end behind the edge.
const BEYOND = 10;

/**
 * @param {{ label: string, x: [number, number], y: [number, number], xLabel?: string, yLabel?: string,
 *   width?: number, height?: number, equal?: boolean, xTicks?: Ticks, yTicks?: Ticks }} options
 *   Without ticks they are round numbers. With `equal`, both axes have the same scale at the start. The size is in units of about one pixel; lettering keeps
 *   its size only if `width` stays near 360.
 */
function makePlot(options, stage) {
  const limits = { x: options.x, y: options.y };
  const size = ([low, high]) => high - low;
  const { width = 360 } = options;
  const inner = { width: width - RIM.left - RIM.right };
  inner.height = options.equal
    ? (inner.width * size(limits.y)) / size(limits.x)
    : (options.height ?? 300) - RIM.top - RIM.bottom;
  const height = inner.height + RIM.top + RIM.bottom;
  const marked = { x: options.xTicks, y: options.yTicks };
  const x = (value) => RIM.left + ((value - limits.x[0]) / size(limits.x)) * inner.width;
  const y = (value) => RIM.top + ((limits.y[1] - value) / size(limits.y)) * inner.height;

  const grid = svg("g", { "aria-hidden": "true" });
  // A drawing within the drawing, of the same coordinates, cuts off what leaves the axes.
  const axesBox = {
    x: RIM.left,
    y: RIM.top,
    width: inner.width,
    height: inner.height,
    viewBox: `${RIM.left} ${RIM.top} ${inner.width} ${inner.height}`,
  };
  const [still, marks] = [svg("svg", axesBox), svg("svg", axesBox)];
  const above = svg("g");
  const hands = svg("g"); // where a finger reaches what stands above
  const legend = html("ul", { class: "w-key" });
  const root = svg(
    "svg",
    {
      class: "w-plot",
      viewBox: `0 0 ${width} ${height}`,
      role: "img",
      "aria-label": options.label,
    },
    grid,
    still,
    hands,
  );
  const { canvas, paint } = painter({
    drawing: root,
    moving: svg("g", {}, marks, above),
    width,
    height,
    signal: stage.signal,
  });
  let isStale = false; // whether something has changed since it was painted
  const change = (element, name, value) => {
    if (put(element, name, value)) isStale = true;
  };

  function drawGrid() {
    const [left, right] = [RIM.left, RIM.left + inner.width];
    const [top, bottom] = [RIM.top, RIM.top + inner.height];
    const parts = [];
    for (const [value, text] of marked.x ?? ticks(...limits.x, inner.width / 60)) {
      const at = round(x(value));
      parts.push(svg("path", { class: "w-grid", d: `M${at} ${top}V${bottom}` }));
      parts.push(
        svg("text", { class: "w-tick", x: at, y: bottom + 17, "text-anchor": "middle" }, text),
      );
    }
    for (const [value, text] of marked.y ?? ticks(...limits.y, inner.height / 45)) {
      const at = round(y(value));
      parts.push(svg("path", { class: "w-grid", d: `M${left} ${at}H${right}` }));
      parts.push(
        svg("text", { class: "w-tick", x: left - 6, y: at + 4, "text-anchor": "end" }, text),
      );
    }
    const name = (text, at) =>
      parts.push(svg("text", { class: "w-name", "text-anchor": "middle", ...at }, text));
    if (options.xLabel) name(options.xLabel, { x: left + inner.width / 2, y: height - 6 });
    if (options.yLabel) {
      const middle = top + inner.height / 2;
      name(options.yLabel, { x: 13, y: middle, transform: `rotate(-90 13 ${middle})` });
    }
    parts.push(svg("path", { class: "w-axis", d: `M${left} ${top}V${bottom}H${right}` }));
    grid.replaceChildren(...parts);
  }
  drawGrid();

  const least = [RIM.left - BEYOND, RIM.top - BEYOND];
  const most = [RIM.left + inner.width + BEYOND, RIM.top + inner.height + BEYOND];
  const inside = (point) =>
    point[0] >= least[0] && point[0] <= most[0] && point[1] >= least[1] && point[1] <= most[1];
  /** The part of a line that is to be drawn, if any; an end that stays is the same array. */
  function cut(from, to) {
    if (inside(from) && inside(to)) return [from, to];
    let [low, high] = [0, 1]; // where on the line the part begins and ends
    for (const axis of [0, 1]) {
      const change = to[axis] - from[axis];
      const ends = [least, most].map((limit) => (limit[axis] - from[axis]) / change);
      low = Math.max(low, Math.min(...ends));
      high = Math.min(high, Math.max(...ends));
    }
    if (!(low < high)) return undefined;
    const at = (t) => from.map((value, axis) => value + t * (to[axis] - value));
    return [low > 0 ? at(low) : from, high < 1 ? at(high) : to];
  }
  const place = (point) => `${round(point[0])} ${round(point[1])}`;
  /** The text of a path on from the pen's place. The pen is down where the text so far ends. */
  const path = (points, pen) => {
    let text = "";
    for (const [a, b] of points) {
      const next = Number.isFinite(a) && Number.isFinite(b) ? [x(a), y(b)] : undefined;
      const part = pen.at && next && cut(pen.at, next);
      if (part) {
        if (!pen.down || part[0] !== pen.at) text += `M${place(part[0])}`;
        text += `L${place(part[1])}`;
      }
      pen.down = part?.[1] === next;
      pen.at = next;
    }
    return text;
  };
  const added = (parent, element) => {
    parent.append(element);
    return element;
  };

  const plot = {
    root,
    canvas,
    paint() {
      if (isStale) paint();
      isStale = false;
    },
    x,
    y,
    at(event) {
      const box = root.getBoundingClientRect();
      const scale = width / box.width;
      const across = ((event.clientX - box.left) * scale - RIM.left) / inner.width;
      const down = ((event.clientY - box.top) * scale - RIM.top) / inner.height;
      return [limits.x[0] + across * size(limits.x), limits.y[1] - down * size(limits.y)];
    },
    range(changed, newTicks = {}) {
      const same = Object.entries(changed).every(
        ([axis, [low, high]]) => limits[axis][0] === low && limits[axis][1] === high,
      );
      if (same) return;
      Object.assign(limits, changed);
      Object.assign(marked, newTicks);
      drawGrid();
    },
    curve(look, isStill = false) {
      const element = added(isStill ? still : marks, svg("path", { class: `w-curve ${look}` }));
      let [drawn, pen] = ["", {}];
      const write = (text) => {
        drawn = text;
        change(element, "d", drawn);
      };
      return {
        element,
        set(points) {
          pen = {};
          write(path(points, pen));
        },
        add: (points) => write(drawn + path(points, pen)),
      };
    },
    shading() {
      // Each figure draws by its own name: there may be several on a page, or copies of one.
      const id = `w-shading-${Math.random().toString(36).slice(2)}`;
      const gradient = added(marks, svg("linearGradient", { id, gradientUnits: "userSpaceOnUse" }));
      const { left, top } = RIM;
      const [wide, high] = [inner.width, inner.height];
      added(
        marks,
        svg("rect", { x: left, y: top, width: wide, height: high, fill: `url(#${id})` }),
      );
      return {
        stops(entries) {
          gradient.replaceChildren(
            ...entries.map(([offset, look, opacity]) =>
              svg("stop", { class: `w-stop ${look}`, offset, "stop-opacity": opacity }),
            ),
          );
          isStale = true;
        },
        between(from, to) {
          for (const [number, [a, b]] of [from, to].entries()) {
            change(gradient, `x${number + 1}`, x(a).toFixed(2));
            change(gradient, `y${number + 1}`, y(b).toFixed(2));
          }
        },
      };
    },
    points(shape, look, isStill = false) {
      const element = added(isStill ? still : marks, glyph(shape, look));
      const one = ([a, b]) => shapeAt(shape, round(x(a)), round(y(b)));
      return { set: (points) => change(element, "d", points.map(one).join("")) };
    },
    text(look = "") {
      const element = added(above, svg("text", { class: `w-text ${look}` }));
      return {
        set(a, b, words) {
          if (tell(element, words)) isStale = true;
          change(element, "x", round(x(a)));
          change(element, "y", round(y(b)));
        },
      };
    },
    handle({ label, look = "c1", shape = "circle", step = 0.1, move }) {
      root.setAttribute("role", "group"); // the parts of an image cannot be reached, those of a group can
      const ring = added(above, svg("path"));
      const sign = added(above, glyph(shape, look));
      const grip = svg("circle", { class: "w-grip", r: 22 });
      const element = added(
        hands,
        svg("g", { class: "w-handle", role: "slider", tabindex: 0, "aria-label": label }, grip),
      );
      let [here, there, told] = [0, 0, ""];
      stage.onSettle(() => {
        put(grip, "cx", round(x(here)));
        put(grip, "cy", round(y(there)));
        put(element, "aria-valuenow", Number(here.toFixed(2)));
        put(element, "aria-valuemin", limits.x[0]);
        put(element, "aria-valuemax", limits.x[1]);
        put(element, "aria-valuetext", told);
      });
      const go = (a, b) => {
        // Here at once, so that the next key goes on from here, even before the next frame.
        [here, there] = [within(a, limits.x), within(b, limits.y)];
        move(here, there);
      };
      const on = (name, act) => element.addEventListener(name, act, { signal: stage.signal });
      on("focus", stage.redraw);
      on("blur", stage.redraw);
      // A finger on the point moves it; beside it, it scrolls.
      on("touchstart", (event) => event.preventDefault());
      let hold; // from the pointer to the point, so that it does not jump when it is taken
      on("pointerdown", (event) => {
        const [a, b] = plot.at(event);
        hold = [here - a, there - b];
        element.setPointerCapture(event.pointerId);
        element.focus({ preventScroll: true });
        event.preventDefault();
      });
      on("pointermove", (event) => {
        if (!hold) return;
        const [a, b] = plot.at(event);
        go(a + hold[0], b + hold[1]);
      });
      on("lostpointercapture", () => {
        hold = undefined;
      });
      on("keydown", (event) => {
        const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowDown: [0, -1], ArrowUp: [0, 1] }[
          event.key
        ];
        if (!way || event.ctrlKey || event.altKey || event.metaKey) return;
        const size = event.shiftKey ? 10 * step : step;
        go(here + way[0] * size, there + way[1] * size);
        event.preventDefault();
      });
      return {
        element,
        set(a, b, words = `${fixed(a)}, ${fixed(b)}`) {
          [here, there, told] = [a, b, words];
          const at = [round(x(a)), round(y(b))];
          const isFocused = element.matches(":focus-visible");
          change(ring, "class", isFocused ? "w-focus w-focused" : "w-focus");
          change(ring, "d", shapeAt("focus", ...at));
          change(sign, "d", shapeAt(shape, ...at));
        },
      };
    },
    key(entries) {
      const items = entries.map(([look, words, shape]) =>
        html(
          "li",
          {},
          svg(
            "svg",
            { class: "w-sign", viewBox: "-16 -8 32 16", "aria-hidden": "true" },
            shape ? glyph(shape, look) : svg("path", { class: `w-curve ${look}`, d: "M-15 0H15" }),
          ),
          words,
        ),
      );
      legend.replaceChildren(...items);
      root.after(legend);
    },
  };
  return plot;
}

// ---- The figure ----

// Milliseconds between two changes of what is laid out (sentences, controls): nobody reads faster.
const PAUSE = 300;

/**
 * @param {{ name: string, title: string, settings: Record<string, Setting<any>>,
 *   build: (stage: any) => (state: any) => void }} figure
 */
export function widget({ name, title, settings, build }) {
  return { render: ({ model, el }) => open({ name, title, settings, build }, model, el) };
}

function open({ name, title, settings, build }, model, el) {
  const ending = new AbortController();
  const { signal } = ending;
  const listen = (target, kind, act) => target.addEventListener(kind, act, { signal });
  const initial = () =>
    Object.fromEntries(Object.entries(settings).map(([key, setting]) => [key, setting.initial]));
  const state = initial();
  /** @type {(() => void)[][]} */
  const [syncs, resets, stops] = [[], [], []];
  /** @type {{ paint: () => void }[]} */
  const drawings = [];

  const plots = html("div", { class: "w-plots" });
  const controls = html("div", {
    class: "w-controls",
    role: "group",
    "aria-label": WORDS.controls,
  });
  const root = html("div", {
    class: `w-figure w-figure-${name}`,
    role: "group",
    "aria-label": title,
  });
  root.append(plots, controls);
  // In JupyterLab, whose shortcuts are many, keys belong to what has the focus.
  listen(root, "focusin", ({ target }) =>
    target.setAttribute("data-lm-suppress-shortcuts", "true"),
  );
  let shelf = controls; // where the next control goes

  let frame = 0;
  let draw = (_state) => {};
  const redraw = () => {
    frame ||= requestAnimationFrame(() => {
      frame = 0;
      show();
    });
  };
  const settle = atMostEvery(
    PAUSE,
    () => {
      for (const sync of syncs) sync();
    },
    signal,
  );
  function show() {
    draw(state);
    for (const drawing of drawings) drawing.paint();
    settle();
  }

  function read() {
    const texts = model.get("settings") ?? {};
    Object.assign(state, initial());
    for (const [key, setting] of Object.entries(settings)) {
      const value = key in texts ? setting.read(String(texts[key])) : undefined;
      if (value !== undefined) state[key] = value;
    }
  }
  const texts = () => {
    const changed = {};
    for (const [key, setting] of Object.entries(settings)) {
      const text = setting.write(state[key]);
      if (text !== setting.write(setting.initial)) changed[key] = text;
    }
    return changed;
  };
  /** @type {any} */
  let saving;
  const save = () => {
    clearTimeout(saving); // once the reader pauses: neither address nor Python takes 60 in a second
    saving = setTimeout(() => {
      model.set("settings", texts());
      model.save_changes();
    }, 300);
  };
  const changed = () => {
    if (JSON.stringify(model.get("settings")) === JSON.stringify(texts())) return; // our own change
    clearTimeout(saving);
    read();
    redraw();
  };

  /** Do something at first and whenever a setting has changed. */
  const follow = (key, act) => {
    let last;
    const sync = () => {
      if (state[key] === last) return;
      last = state[key];
      act(last);
    };
    syncs.push(sync);
    return sync;
  };
  const labelled = (label, control, ...more) => {
    shelf.append(html("label", { class: "w-control" }, html("span", {}, label), control, ...more));
    return control;
  };

  const stage = {
    state,
    signal,
    redraw,
    calm: matchMedia("(prefers-reduced-motion: reduce)").matches,
    set(values) {
      for (const [key, value] of Object.entries(values)) state[key] = settings[key].fit(value);
      save();
      redraw();
    },
    onReset: (act) => resets.push(act),
    onStop: (act) => stops.push(act),
    onSettle: (act) => syncs.push(act),
    loop(act) {
      /** @type {any} */
      let timer;
      let before = 0;
      const next = () => {
        timer = stage.calm ? setTimeout(tick, 500) : requestAnimationFrame(tick);
      };
      const tick = () => {
        const now = performance.now();
        const seconds = (now - before) / 1000;
        before = now;
        next(); // first, so that `act` can stop it
        act(seconds);
      };
      const loop = {
        running: false,
        start() {
          if (loop.running) return;
          loop.running = true;
          before = performance.now();
          next();
        },
        stop() {
          loop.running = false;
          (stage.calm ? clearTimeout : cancelAnimationFrame)(timer);
        },
      };
      stops.push(loop.stop);
      return loop;
    },
    group(label) {
      shelf = html("div", { class: "w-group", role: "group", "aria-label": label });
      controls.append(shelf);
      shelf.append(html("p", { class: "w-heading", "aria-hidden": "true" }, label));
    },
    slider(key, { label, step = 0.1, min, max, show: words = (value) => fixed(value) }) {
      min ??= settings[key].min;
      max ??= settings[key].max;
      const value = html("span", { class: "w-value", "aria-hidden": "true" });
      const input = labelled(label, html("input", { type: "range", min, max, step }), value);
      const sync = follow(key, (now) => {
        input.value = String(now);
        tell(value, words(now));
        input.setAttribute("aria-valuetext", words(now));
      });
      listen(input, "input", () => {
        stage.set({ [key]: Number(input.value) });
        sync(); // it is drawn anew in any case
      });
      return input;
    },
    select(key, { label, options }) {
      const items = Object.entries(options).map(([value, text]) => html("option", { value }, text));
      const input = labelled(label, html("select", {}, ...items));
      listen(input, "change", () => stage.set({ [key]: input.value }));
      follow(key, (now) => {
        input.value = now;
      });
      return input;
    },
    toggle(key, { label }) {
      const input = html("input", { type: "checkbox" });
      shelf.append(html("label", { class: "w-control w-toggle" }, input, label));
      listen(input, "change", () => stage.set({ [key]: input.checked }));
      follow(key, (now) => {
        input.checked = now;
      });
      return input;
    },
    field({ label, get, act }) {
      const input = labelled(
        label,
        html("input", { type: "text", inputmode: "decimal", autocomplete: "off" }),
      );
      listen(input, "change", () => {
        const value = Number(input.value.trim().replace(WORDS.sign.minus, "-").replace(",", "."));
        const good = input.value.trim() !== "" && Number.isFinite(value);
        input.toggleAttribute("aria-invalid", false);
        if (good) act(value);
        else input.setAttribute("aria-invalid", "true");
      });
      syncs.push(() => {
        if (document.activeElement === input) return;
        input.value = get();
        input.removeAttribute("aria-invalid");
      });
      return input;
    },
    button({ label, act }) {
      const button = html("button", { type: "button" }, label);
      listen(button, "click", act);
      shelf.append(button);
      return button;
    },
    says() {
      const line = html("p", { class: "w-says", role: "status" });
      controls.before(line);
      let words = () => "";
      syncs.push(() => tell(line, words()));
      return (newWords) => {
        words = newWords;
      };
    },
    plot(options) {
      const plot = makePlot(options, stage);
      plots.append(html("div", { class: "w-panel" }, plot.root, plot.canvas));
      drawings.push(plot);
      return plot;
    },
    box(look = "") {
      const box = html("div", { class: `w-panel ${look}` });
      plots.append(box);
      return box;
    },
  };

  draw = build(stage);
  shelf = controls;
  stage.button({
    label: WORDS.reset,
    act() {
      for (const act of resets) act();
      stage.set(initial());
    },
  });
  read();
  el.append(root);
  show();
  model.on("change:settings", changed);

  return () => {
    for (const act of stops) act();
    cancelAnimationFrame(frame);
    clearTimeout(saving);
    ending.abort();
    model.off("change:settings", changed);
    root.remove();
  };
}
