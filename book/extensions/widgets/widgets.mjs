// Interactive figures: each one's module is loaded when the figure comes within a screen of the
// window. Until then, without JavaScript, and from the disk, where browsers load no modules, its
// picture stands there.

const script = /** @type {HTMLScriptElement} */ (document.currentScript);
const modules = new URL("widgets/", script.src);

/** What stands behind a figure's name in the address. @param {string} id */
function written(id) {
  const [name, settings = ""] = decodeURIComponent(location.hash.slice(1)).split("?");
  return name === id ? Object.fromEntries(new URLSearchParams(settings)) : undefined;
}

/** The state of one figure, in the address: what anywidget's model is in JupyterLab. */
class Address {
  /** @type {Record<string, string>} */
  settings;

  /** @param {string} id */
  constructor(id) {
    this.id = id;
    this.settings = written(id) ?? {};
  }

  get() {
    return this.settings;
  }

  /** @param {string} _name @param {Record<string, string>} settings */
  set(_name, settings) {
    this.settings = settings;
  }

  save_changes() {
    const settings = new URLSearchParams(this.settings).toString().replaceAll("%2C", ",");
    history.replaceState(history.state, "", `#${this.id}${settings && `?${settings}`}`);
  }

  /** @param {string} _name @param {() => void} act */
  on(_name, act) {
    addEventListener("hashchange", () => {
      const settings = written(this.id);
      if (!settings) return;
      this.settings = settings;
      act();
    });
  }

  off() {} // a figure on a page stays
}

/**
 * The figure grows by its controls: keep it where it is, unless what is read stands under it.
 * @param {HTMLElement} figure
 */
function stay(figure) {
  if (figure.getBoundingClientRect().bottom < 0) return;
  const { style } = document.body;
  style.overflowAnchor = "none";
  requestAnimationFrame(() => requestAnimationFrame(() => style.removeProperty("overflow-anchor")));
}

/** @param {HTMLElement} figure */
async function mount(figure) {
  const picture = /** @type {HTMLElement} */ (figure.querySelector(".widget-picture"));
  try {
    const { default: widget } = await import(new URL(`${figure.dataset.widget}.mjs`, modules).href);
    const place = document.createElement("div");
    widget.render({ model: new Address(figure.id), el: place });
    stay(figure);
    picture.replaceWith(place);
    figure.closest("article")?.classList.add("has-widget");
  } catch (error) {
    console.error(error);
    const problem = /** @type {HTMLElement} */ (figure.querySelector(".widget-problem"));
    problem.textContent = problem.dataset.words ?? "";
  }
}

const near = new IntersectionObserver(
  (entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      near.unobserve(target);
      mount(/** @type {HTMLElement} */ (target));
    }
  },
  { rootMargin: "100% 0px" },
);

const figures = document.querySelectorAll("figure[data-widget]");

/** Go to the figure that the address names: with its settings, the browser does not find it. */
function go() {
  for (const figure of figures) if (written(figure.id)) figure.scrollIntoView();
}

if (location.protocol !== "file:") for (const figure of figures) near.observe(figure);
go();
addEventListener("hashchange", go);
