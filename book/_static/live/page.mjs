// The cells of a page that run in it: their buttons, the order they run in, what is said about it.

import { Output, element } from "./output.mjs";
import { Python, Unavailable } from "./python.mjs";

/**
 * @typedef {Record<string, string>} Words all words of this file, from _ext/live.py
 * @typedef {import("./python.mjs").Options & {
 *   text: Words, editor: string, markdown: string, isolation: string,
 * }} Config addresses are relative to the page
 * @typedef {{code: string, focus: () => void, remove: () => void}} Editor
 * @typedef {{bar: HTMLElement, cells: Cell[]}} Job the bar whose button was pressed
 */

/** @param {string} words @param {Record<string, string | number>} values */
const fill = (words, values) => words.replace(/\{(\w+)\}/g, (_, name) => String(values[name]));

class Cell {
  /** @type {Editor | undefined} */
  editor;
  /** @type {string | undefined} the code that Python has run, while its variables are there */
  ran;
  shown = false; // whether results of the reader's are in the place of the book's

  /** @param {HTMLElement} bar @param {number} number @param {Words} text @param {string} markdown */
  constructor(bar, number, text, markdown) {
    this.bar = bar;
    this.number = number;
    const root = /** @type {HTMLElement} */ (bar.parentElement);
    this.input = /** @type {HTMLElement} */ (root.querySelector(".cell_input"));
    this.listing = /** @type {HTMLElement} */ (this.input.firstElementChild);
    this.source = (this.listing.querySelector("pre")?.textContent ?? "").replace(/\n$/, "");
    let container = /** @type {HTMLElement | null} */ (root.querySelector(".cell_output"));
    if (!container) root.append((container = element("div", "cell_output")));
    this.output = new Output(container, /** @type {any} */ (text), async () => {
      const { render } = await import(markdown);
      return render;
    });
  }

  get code() {
    return this.editor?.code ?? this.source;
  }

  /** @param {string} action */
  button(action) {
    return /** @type {HTMLButtonElement} */ (this.bar.querySelector(`[data-live=${action}]`));
  }

  /** Offer Reset where there is something to go back from. */
  update() {
    this.button("reset").hidden = this.code === this.source && !this.shown;
  }
}

export class Page {
  /** @type {Job[]} the first one is running */
  #jobs = [];
  #status = ""; // which cell is running

  /** @param {Config} config @param {() => Worker} createWorker */
  constructor(config, createWorker) {
    this.config = config;
    this.text = config.text;
    this.announcer = /** @type {HTMLElement} */ (document.getElementById("live-announcer"));
    /** @type {HTMLElement[]} */
    const bars = [...document.querySelectorAll(".cell > .live-bar")].map((bar) => /** @type {any} */ (bar));
    const markdown = new URL(config.markdown, document.baseURI).href;
    this.cells = bars.map((bar, i) => new Cell(bar, i + 1, this.text, markdown));
    const options = { ...config, python: new URL(config.python, document.baseURI).href };
    /** @param {number} loaded @param {number} total */
    const onLoading = (loaded, total) => {
      const [now, all] = [loaded, total].map((bytes) => (bytes / 1e6).toFixed(1));
      const words = loaded < total ? fill(this.text.loading, { now, all }) : this.text.starting;
      this.#say(this.#jobs[0].bar, words, false);
    };
    const onRunning = () => this.#say(this.#jobs[0].bar, this.#status, false);
    this.python = new Python(options, createWorker, onLoading, onRunning);
  }

  /** @param {HTMLElement} button */
  press(button) {
    const bar = /** @type {HTMLElement} */ (button.closest(".live-bar"));
    const cell = this.cells.find((it) => it.bar === bar);
    const action = button.dataset.live;
    if (action === "restart") this.restart(bar);
    else if (this.#jobs.some((job) => job.bar === bar) && action !== "edit") {
      if (action === "run" || action === "all") this.stop();
    } else if (action === "all") this.#add({ bar, cells: this.cells });
    else if (cell && action === "run") this.run(cell);
    else if (cell && action === "edit") {
      this.edit(cell).catch(() => this.#say(bar, this.text.blocked));
    } else if (cell && action === "reset") this.reset(cell);
  }

  /** Run a cell, after the cells above it that have not run as they stand. @param {Cell} cell */
  run(cell) {
    if (this.#jobs.some((job) => job.bar === cell.bar)) return;
    cell.output.container.closest("details")?.setAttribute("open", "");
    this.#add({ bar: cell.bar, cells: this.cells.slice(0, cell.number) });
  }

  stop() {
    this.#jobs.splice(1).forEach((job) => this.#idle(job));
    this.python.stop();
  }

  /** @param {HTMLElement} bar where it is said */
  restart(bar) {
    this.stop();
    this.python.restart();
    this.#forget();
    this.#say(bar, this.text.restarted);
  }

  /** @param {Cell} cell */
  async edit(cell) {
    cell.input.closest("details")?.setAttribute("open", "");
    if (cell.editor) return cell.editor.focus();
    const { createEditor } = await import(new URL(this.config.editor, document.baseURI).href);
    if (cell.editor) return;
    cell.listing.hidden = true;
    cell.editor = createEditor({
      parent: cell.input,
      code: cell.source,
      label: fill(this.text.editor, { number: cell.number }),
      onChange: () => cell.update(),
      onRun: () => this.run(cell),
      onLeave: () => cell.button("run").focus(),
    });
    cell.editor?.focus();
  }

  /** @param {Cell} cell */
  reset(cell) {
    cell.editor?.remove();
    cell.editor = cell.ran = undefined;
    cell.listing.hidden = cell.shown = false;
    cell.output.reset();
    cell.update();
    cell.button("edit").focus();
    this.#say(cell.bar, fill(this.text.reset, { number: cell.number }));
  }

  /** @param {Job} job */
  async #add(job) {
    const button = /** @type {HTMLElement} */ (job.bar.querySelector("[data-live]"));
    button.dataset.label = button.getAttribute("aria-label") ?? button.textContent ?? "";
    button.dataset.text = button.textContent ?? "";
    button.textContent = this.text.stop;
    button.setAttribute("aria-label", fill(this.text.stopLabel, { label: button.dataset.label }));
    job.bar.classList.add("live-busy");
    this.#say(job.bar, this.text.starting);
    if (this.#jobs.push(job) > 1) return;
    for (let next; (next = this.#jobs[0]); ) {
      try {
        await this.#work(next);
      } catch (error) {
        this.#jobs.splice(1).forEach((it) => this.#idle(it));
        this.#forget();
        const reason = error instanceof Unavailable ? error.reason : "broken";
        if (reason === "broken") console.error(error);
        this.#say(next.bar, this.text[reason]);
      }
      this.#jobs.shift();
      this.#idle(next);
    }
  }

  /** @param {Job} job */
  async #work({ bar, cells }) {
    const target = cells[cells.length - 1];
    const all = target.bar !== bar;
    const due = cells.filter((cell) => all || cell === target || cell.ran !== cell.code);
    const started = performance.now();
    for (const cell of due) {
      const { code, output } = cell;
      const words = cell === target ? this.text.running : this.text.runningOther;
      this.#status = fill(words, { number: cell.number });
      output.begin();
      let heard = false;
      const outcome = await this.python
        .run(code, fill(this.text.cell, { number: cell.number }), (result) => {
          heard = true;
          output.add(result);
        })
        .catch((error) => {
          output.cancel();
          throw error;
        });
      if (outcome.lost && !heard) output.cancel();
      else output.end();
      cell.shown ||= heard || !outcome.lost;
      cell.ran = outcome.ok ? code : undefined;
      cell.update();
      if (outcome.lost) this.#forget();
      if (!outcome.ok) {
        const reason = outcome.lost ? "lost" : outcome.stopped ? "stopped" : "failed";
        this.#say(bar, fill(this.text[reason], { number: cell.number }));
        return;
      }
    }
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    this.#say(bar, fill(this.text.done, { seconds }));
  }

  /** Python has lost its variables. */
  #forget() {
    for (const cell of this.cells) cell.ran = undefined;
  }

  /** Give a bar its button back. @param {Job} job */
  #idle({ bar }) {
    const button = /** @type {HTMLElement} */ (bar.querySelector("[data-live]"));
    button.textContent = button.dataset.text ?? "";
    button.setAttribute("aria-label", button.dataset.label ?? "");
    bar.classList.remove("live-busy");
    const status = bar.querySelector(".live-status");
    if (status?.textContent === this.text.starting) status.textContent = "";
  }

  /** @param {HTMLElement} bar @param {string} words @param {boolean} aloud for screen readers */
  #say(bar, words, aloud = true) {
    /** @type {HTMLElement} */ (bar.querySelector(".live-status")).textContent = words;
    if (aloud) this.announcer.textContent = words;
  }
}

/** Let later pages stop cells without losing variables: that needs headers, see isolation.mjs. */
function isolate(/** @type {string} */ address) {
  if (globalThis.crossOriginIsolated || !navigator.serviceWorker) return;
  navigator.serviceWorker.register(address).catch(() => {}); // Stop then restarts Python
}

/** @param {Config} config @param {() => Worker} [createWorker] */
export function start(
  config,
  createWorker = () => new Worker(new URL("worker.mjs", import.meta.url), { type: "module" }),
) {
  isolate(config.isolation);
  return new Page(config, createWorker);
}
