// What moves in a plot, on a canvas.
//
// For one changed attribute of an SVG drawing, a browser goes through the whole page again; on a long
// chapter that takes longer than a phone's frame lasts. A changed canvas costs a third of it. So what
// moves is kept as SVG that is no part of the page, and painted here as it is. On paper, and for
// pictures (which announce themselves as paper does), the SVG takes the canvas's place.

const MARGIN = 14; // around the drawing, for what stands at its edge

/** How an element would look in a drawing. */
function readLook(drawing, element) {
  const probe = drawing.appendChild(element.cloneNode());
  const style = getComputedStyle(probe);
  const look = {
    fill: style.fill,
    stroke: style.stroke,
    strokeAlpha: Number(style.strokeOpacity),
    stop: style.stopColor,
    width: Number.parseFloat(style.strokeWidth),
    dash:
      style.strokeDasharray === "none"
        ? []
        : style.strokeDasharray.split(",").map(Number.parseFloat),
    cap: style.strokeLinecap,
    join: style.strokeLinejoin,
    font: `${style.fontWeight} ${style.fontSize} ${style.fontFamily}`,
    align: { start: "left", middle: "center", end: "right" }[style.textAnchor],
  };
  probe.remove();
  return look;
}

/**
 * A canvas over an SVG drawing of `width` × `height` units: `paint()` paints what stands in the parts of
 * `moving`. A part that is an SVG element with a box is cut off there. It can hold paths, texts, and
 * rectangles filled by the gradient before them.
 *
 * @param {{ drawing: SVGElement, moving: SVGElement, width: number, height: number, signal: AbortSignal }} options
 */
export function painter({ drawing, moving, width, height, signal }) {
  const canvas = document.createElement("canvas");
  canvas.className = "w-canvas";
  canvas.setAttribute("aria-hidden", "true");
  const [wide, high] = [width + 2 * MARGIN, height + 2 * MARGIN];
  Object.assign(canvas.style, {
    width: `${(100 * wide) / width}%`,
    aspectRatio: `${wide} / ${high}`,
    transform: `translate(${(-100 * MARGIN) / wide}%, ${(-100 * MARGIN) / high}%)`,
  });
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));

  const looks = new Map(); // by tag and classes, until the colors of the page change
  function lookOf(element) {
    const key = `${element.localName} ${element.getAttribute("class")}`;
    if (!looks.has(key)) looks.set(key, readLook(drawing, element));
    return looks.get(key);
  }

  const paths = new WeakMap(); // of an element: what was made of its text
  function pathOf(element) {
    const text = element.getAttribute("d");
    let made = paths.get(element);
    if (made?.text !== text) {
      made = { text, path: new Path2D(text) };
      paths.set(element, made);
    }
    return made.path;
  }

  const number = (element, name) => Number(element.getAttribute(name));
  /** @returns {[number, number, number, number]} */
  const box = (element) => [
    number(element, "x"),
    number(element, "y"),
    number(element, "width"),
    number(element, "height"),
  ];

  function gradient(element) {
    const colors = context.createLinearGradient(
      number(element, "x1"),
      number(element, "y1"),
      number(element, "x2"),
      number(element, "y2"),
    );
    for (const stop of element.children) {
      context.fillStyle = lookOf(stop).stop; // as #rrggbb, when it is read again
      const alpha = Math.round(255 * number(stop, "stop-opacity"));
      const color = `${context.fillStyle}${alpha.toString(16).padStart(2, "0")}`;
      colors.addColorStop(number(stop, "offset"), color);
    }
    return colors;
  }

  const draw = {
    path(element) {
      const { fill, stroke, strokeAlpha, width, dash, cap, join } = lookOf(element);
      const path = pathOf(element);
      if (fill !== "none") {
        context.fillStyle = fill;
        context.fill(path);
      }
      if (stroke !== "none") {
        Object.assign(context, { strokeStyle: stroke, lineWidth: width, lineCap: cap });
        Object.assign(context, { lineJoin: join, globalAlpha: strokeAlpha });
        context.setLineDash(dash);
        context.stroke(path);
        context.globalAlpha = 1;
      }
    },
    text(element) {
      const words = element.textContent;
      if (!words) return;
      const { fill, stroke, width, join, font, align } = lookOf(element);
      const [x, y] = [number(element, "x"), number(element, "y")];
      Object.assign(context, { font, textAlign: align });
      Object.assign(context, { strokeStyle: stroke, lineWidth: width, lineJoin: join });
      context.setLineDash([]);
      context.strokeText(words, x, y); // the ground around the letters
      context.fillStyle = fill;
      context.fillText(words, x, y);
    },
    rect(element) {
      context.fillStyle = gradient(element.previousSibling);
      context.fillRect(...box(element));
    },
  };

  function paint() {
    if (!canvas.isConnected) return; // not yet, or the SVG in its place
    const ratio = canvas.width / wide;
    context.setTransform(ratio, 0, 0, ratio, ratio * MARGIN, ratio * MARGIN);
    context.clearRect(-MARGIN, -MARGIN, wide, high);
    for (const group of moving.children) {
      context.save();
      if (group.localName === "svg") {
        context.beginPath();
        context.rect(...box(group));
        context.clip();
      }
      for (const element of group.children) draw[element.localName]?.(element);
      context.restore();
    }
  }

  // As many dots as the screen has there; and all anew when the page's colors change.
  function fit() {
    const dots = Math.round(canvas.getBoundingClientRect().width * devicePixelRatio);
    if (!dots) return; // not on the page, or hidden
    canvas.width = dots;
    canvas.height = Math.round((dots * high) / wide);
    looks.clear();
    paint();
  }
  const sizes = new ResizeObserver(fit);
  sizes.observe(canvas);
  const colors = new MutationObserver(fit);
  for (const it of [document.documentElement, document.body]) {
    colors.observe(it, { attributes: true });
  }
  const listen = (name, act) => addEventListener(name, act, { signal });
  listen("resize", () => requestAnimationFrame(fit));
  listen("beforeprint", () => {
    drawing.append(moving);
    canvas.remove();
  });
  listen("afterprint", () => {
    moving.remove();
    drawing.after(canvas);
  });
  signal.addEventListener("abort", () => {
    sizes.disconnect();
    colors.disconnect();
  });
  return { canvas, paint };
}
