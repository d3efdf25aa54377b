// The cells of a page that run in it: the order they run in, and what is said about it.

import { fill } from "../../words/fill.mjs";
import * as store from "../../work/store.mjs";
import { Cell } from "../cell.mjs";
import { needed } from "../needs.mjs";
import { Python, Unavailable } from "../python.mjs";
import { isolate, keep, look, recall, restore } from "../reload.mjs";

/**
 * @typedef {import("../python.mjs").Options & {
 *   text: import("../cell.mjs").Words, editor: string, markdown: string, isolation: string,
 *   key: string, names: import("../needs.mjs").Names[],
 * }} Config addresses are relative to the page; `key`: under which the tab keeps the button that is pressed
 * @typedef {{bar: HTMLElement, target: Cell | undefined}} Job the bar whose button was pressed, and
 *   the cell to run; undefined: all
 */

export class Page {
  /** @type {Job[]} the first one is running */
  #jobs = [];
  /** @type {string[]} the code that Python has run, by the cells' places; holes have not run */
  #ran = [];
  /** @type {Map<string, store.Edit>} what the reader has written, by the cells' ids */
  #edits = new Map();
  #last = 0; // the number of the last cell on the page that this Python has run
  /** @type {HTMLElement[]} where it is said how far Python is */
  #bars = [];
  #status = ""; // which cell is running
  #since = 0; // when it began
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #clock;

  /** @param {Config} config @param {() => Worker} createWorker */
  constructor(config, createWorker) {
    this.config = config;
    this.text = config.text;
    this.announcer = /** @type {HTMLElement} */ (document.getElementById("live-announcer"));
    this.bar = /** @type {HTMLElement} */ (document.querySelector(".live-page .live-bar"));
    /** @param {string} path */
    const address = (path) => new URL(path, document.baseURI).href;
    const modules = { editor: address(config.editor), markdown: address(config.markdown) };
    /** @type {NodeListOf<HTMLElement>} */
    const bars = document.querySelectorAll(".cell > .live-bar");
    this.cells = [...bars].map(
      (bar, i) => new Cell(bar, i + 1, this.text, modules, config.names[i]),
    );
    const seed = store.seedOf(location.pathname);
    this.python = new Python({ ...config, python: address(config.python), seed }, createWorker, {
      onLoading: (loaded, total) => this.#tell(this.#loading(loaded, total)),
      onRunning: () => this.#startClock(),
    });
  }

  /** @param {HTMLElement} button */
  press(button) {
    const bar = /** @type {HTMLElement} */ (button.closest(".live-bar"));
    const cell = this.cells.find((it) => it.bar === bar);
    const waiting = this.#jobs.some((job) => job.bar === bar);
    switch (button.dataset.live) {
      case "restart":
        return this.restart(bar);
      case "all":
        return waiting ? this.stop() : this.#add({ bar, target: undefined });
      case "run":
        return waiting ? this.stop() : this.run(/** @type {Cell} */ (cell));
      case "edit":
        return this.edit(/** @type {Cell} */ (cell));
      case "reset":
        return waiting || this.reset(/** @type {Cell} */ (cell));
    }
  }

  /** Run a cell, after those above it that have not run as they stand. @param {Cell} cell */
  run(cell) {
    if (this.#jobs.some((job) => job.bar === cell.bar)) return;
    cell.unfold();
    this.#add({ bar: cell.bar, target: cell });
  }

  stop() {
    for (const job of this.#jobs.splice(1)) this.#idle(job);
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
    cell.unfold();
    if (!cell.editor) await this.#openEditor(cell, cell.source);
    cell.editor?.focus();
  }

  /** @param {Cell} cell @param {string} code */
  async #openEditor(cell, code) {
    const onChange = () => {
      this.#update();
      if (cell.code === cell.source) this.#edits.delete(cell.id);
      else {
        const { source } = this.#edits.get(cell.id) ?? cell; // the book's when it was first changed
        this.#edits.set(cell.id, { id: cell.id, source, code: cell.code });
      }
      this.#keep(cell);
    };
    await cell
      .openEditor({
        code,
        onChange,
        onRun: () => this.run(cell),
        ask: (question, before) => this.python.ask(question, before),
      })
      .catch(() => this.#say(cell.bar, this.text.blocked));
  }

  /** @param {Cell} cell */
  reset(cell) {
    if (cell.code !== cell.source && !confirm(this.text.confirmReset)) return;
    cell.closeEditor();
    cell.basis = undefined;
    cell.output.reset();
    this.#edits.delete(cell.id);
    this.#update();
    this.#keep(cell);
    cell.button("edit").focus();
    this.#say(cell.bar, fill(this.text.reset, { number: cell.number }));
  }

  /** Bring back what the browser keeps, and press the button for which the page was loaded again. */
  async restore() {
    const press = recall(this.config.key);
    const edits = store.read(location.pathname).edits;
    this.#edits = new Map(edits.map((edit) => [edit.id, edit]));
    const changed = this.cells.filter(({ id }) => this.#edits.has(id));
    for (const cell of changed) {
      await this.#openEditor(cell, /** @type {store.Edit} */ (this.#edits.get(cell.id)).code);
    }
    this.#update();
    for (const cell of changed) {
      const same = this.#edits.get(cell.id)?.source === cell.source;
      this.#say(cell.bar, same ? this.text.kept : this.text.keptChanged, false);
    }
    const gone = edits.length - changed.length;
    if (gone) this.#say(this.bar, fill(this.text.keptGone, { count: gone }), false);
    if (!press) return;
    keep(this.config.key); // it is pressed once
    const cell = this.cells[press.cell - 1];
    const button = cell ? cell.button("run") : this.bar.querySelector("button");
    if (!button) return;
    await restore(press.view, button);
    if (press.editor) cell.editor?.focus();
    else button.focus({ preventScroll: true });
    this.press(button);
  }

  /** Show what the reader writes in another tab. */
  async follow() {
    const { edits } = store.read(location.pathname);
    this.#edits = new Map(edits.map((edit) => [edit.id, edit]));
    for (const cell of this.cells) {
      const code = this.#edits.get(cell.id)?.code ?? cell.source;
      if (code === cell.code) continue;
      cell.closeEditor();
      if (code !== cell.source) await this.#openEditor(cell, code);
    }
    this.#update();
  }

  /**
   * Keep what the reader has written in a cell, and say so to whom it may concern. The other cells may
   * have been changed in another tab.
   * @param {Cell} [changed]
   */
  #keep(changed) {
    const edit = this.#edits.get(changed?.id ?? "");
    const kept = store.update(location.pathname, (work) => {
      work.edits = work.edits.filter(({ id }) => id !== changed?.id).concat(edit ?? []);
    });
    document.dispatchEvent(new CustomEvent("kept", { detail: kept }));
    return kept;
  }

  /** Before Python starts, see to it that Stop will keep the variables. @param {Job} job */
  async #reload({ bar, target }) {
    // Where nothing can be kept, nothing must be lost by it.
    if (this.python.started || !this.#keep() || !(await isolate(this.config.isolation)))
      return false;
    const editor = target?.root.querySelector(".cell_input")?.contains(document.activeElement);
    const view = look(/** @type {Element} */ (bar.querySelector("[data-live]")));
    keep(this.config.key, { cell: target?.number ?? 0, editor: Boolean(editor), view });
    location.reload();
    return true;
  }

  /** @param {Job} job */
  async #add(job) {
    const button = /** @type {HTMLElement} */ (job.bar.querySelector("[data-live]"));
    button.dataset.label = button.getAttribute("aria-label") ?? button.textContent ?? "";
    button.dataset.text = button.textContent ?? "";
    button.textContent = this.text.stop;
    button.setAttribute("aria-label", fill(this.text.stopLabel, { label: button.dataset.label }));
    job.bar.classList.add("live-busy");
    this.#say(job.bar, this.#jobs.length ? this.text.waiting : this.text.starting);
    if (this.#jobs.push(job) > 1) return;
    if (await this.#reload(job)) return;
    while (this.#jobs.length) {
      const next = this.#jobs[0];
      try {
        this.#say(next.bar, await this.#work(next));
      } catch (error) {
        for (const it of this.#jobs.splice(1)) this.#idle(it);
        this.#forget();
        const reason = error instanceof Unavailable ? error.reason : "broken";
        if (reason === "broken") console.error(error);
        this.#say(next.bar, this.text[reason]);
      }
      this.#jobs.shift();
      this.#idle(next);
    }
  }

  /** Run what a job asks for. @param {Job} job @returns {Promise<string>} what to say at its end */
  async #work({ bar, target }) {
    const started = performance.now();
    const count = this.cells.length;
    const end = target?.number ?? count;
    const all = this.cells.slice(0, end);
    // An exercise does not wait for the whole chapter.
    const cells = target?.isExercise ? await this.#needed(all) : all;
    const changed = cells.findIndex((cell) => this.#ran[cell.number - 1] !== cell.code);
    const start = target ? Math.min(cells.length - 1, changed < 0 ? count : changed) : 0;
    const leftovers = target && this.#last > end;
    for (const cell of cells.slice(start)) {
      const { number } = cell;
      const { runningAll, running, runningOther } = this.text;
      const words = !target ? runningAll : cell === target ? running : runningOther;
      this.#status = fill(words, { number, count });
      this.#bars = cell.bar === bar ? [bar] : [bar, cell.bar];
      const outcome = await this.#runCell(cell).finally(() => {
        clearInterval(this.#clock);
        if (cell.bar !== bar) this.#say(cell.bar, "", false);
      });
      if (!outcome.ok) {
        const { lost, unloaded, stopped } = outcome;
        const reason = lost ? "lost" : unloaded ? "unloaded" : stopped ? "stopped" : "failed";
        return fill(this.text[reason], { number });
      }
    }
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    return fill(leftovers ? this.text.doneAfter : this.text.done, { seconds });
  }

  /** An exercise and what it needs. @param {Cell[]} cells the page's, up to the exercise */
  async #needed(cells) {
    const isChanged = (/** @type {Cell} */ { code, source }) => code !== source;
    if (cells.some(isChanged) && !this.python.started) {
      await this.python.run("", "", () => {}); // Python is to read what the reader has written
    }
    const names = [];
    for (const cell of cells) {
      const own = isChanged(cell) && (await this.python.ask("names", cell.code));
      names.push(own ? JSON.parse(own) : cell.names);
    }
    return [...needed(names).map((i) => cells[i]), /** @type {Cell} */ (cells.at(-1))];
  }

  /** @param {Cell} cell */
  async #runCell(cell) {
    const { code, number, output } = cell;
    const above = this.cells.slice(0, number);
    const codes = above.map((it) => it.code);
    this.#ran.length = Math.min(this.#ran.length, number - 1); // what is below has to run again
    this.#last = Math.max(this.#last, number);
    output.begin();
    let heard = false;
    const outcome = await this.python
      .run(code, fill(this.text.cell, { number }), (result) => {
        heard = true;
        output.add(result);
      })
      .catch((error) => {
        output.cancel();
        throw error;
      });
    if (heard || !(outcome.lost || outcome.unloaded)) {
      output.end();
      cell.basis = codes;
      this.#tellCheck(cell);
    } else output.cancel();
    if (outcome.ok) this.#ran[number - 1] = code;
    if (outcome.lost) this.#forget();
    this.#update();
    return outcome;
  }

  /** Say what a check found, for who keeps it. @param {Cell} cell */
  #tellCheck({ root, output }) {
    const check = /** @type {HTMLElement | null} */ (
      output.container.querySelector("[data-check]")
    );
    if (!check) return;
    const detail = { cell: root, state: check.dataset.check };
    document.dispatchEvent(new CustomEvent("checked", { detail }));
  }

  /** Python has lost its variables. */
  #forget() {
    this.#ran = [];
    this.#last = 0;
  }

  #update() {
    for (const cell of this.cells) cell.update(this.cells.slice(0, cell.number));
  }

  /** Give a bar its button back. @param {Job} job */
  #idle({ bar }) {
    const button = /** @type {HTMLElement} */ (bar.querySelector("[data-live]"));
    button.textContent = button.dataset.text ?? "";
    button.setAttribute("aria-label", button.dataset.label ?? "");
    bar.classList.remove("live-busy");
    const status = bar.querySelector(".live-status");
    if (status?.textContent === this.text.waiting) status.textContent = "";
  }

  /** @param {number} loaded @param {number} total in bytes */
  #loading(loaded, total) {
    const [now, all] = [loaded, total].map((bytes) => (bytes / 1e6).toFixed(1));
    return loaded < total ? fill(this.text.loading, { now, all }) : this.text.starting;
  }

  /** Say which cell runs, and for how long it has. */
  #startClock() {
    this.#since = performance.now();
    this.#tell(this.#status);
    clearInterval(this.#clock);
    this.#clock = setInterval(() => {
      const seconds = Math.round((performance.now() - this.#since) / 1000);
      this.#tell(fill(this.text.elapsed, { status: this.#status, seconds }));
    }, 1000);
  }

  /** Say how far Python is, where one looks for it, but not to screen readers. @param {string} words */
  #tell(words) {
    for (const bar of this.#bars) this.#say(bar, words, false);
  }

  /** @param {HTMLElement} bar @param {string} words @param {boolean} aloud for screen readers */
  #say(bar, words, aloud = true) {
    /** @type {HTMLElement} */ (bar.querySelector(".live-status")).textContent = words;
    if (aloud) this.announcer.textContent = words;
  }
}

/** @param {Config} config @param {() => Worker} [createWorker] */
export function start(
  config,
  createWorker = () => new Worker(new URL("worker.mjs", import.meta.url), { type: "module" }),
) {
  return new Page(config, createWorker);
}
