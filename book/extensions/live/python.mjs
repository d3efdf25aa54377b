// The page's side of Python: starts the worker, sends it cells, stops it.

/**
 * @typedef {{kind: string, data: any}} Result what a cell gives: text, something shown, an error
 * @typedef {{ok: boolean, stopped?: boolean, lost?: boolean, unloaded?: boolean}} Outcome
 *   `lost`: Python was restarted, and its variables are gone; `unloaded`: the cell has not run, as
 *   the packages that it imports could not be loaded
 * @typedef {{
 *   python: string, sizes: Record<string, number>, timeout: number, text: Record<string, string>,
 *   seed: number,
 * }} Options where Python is served, how large the files are that the page's cells load, after how
 *   many milliseconds of silence we give up loading, what cells.py says, and what mlp.check.seed is
 */

/** Python cannot be loaded; `reason` is a key of the page's words. */
export class Unavailable extends Error {
  /** @param {string} reason */
  constructor(reason) {
    super(reason);
    this.reason = reason;
  }
}

const GRACE = 3000; // milliseconds that an interrupted cell has to end by itself

export class Python {
  /** @type {Worker | undefined} */
  #worker;
  /** @type {Int32Array | undefined} the worker's Python looks here for a wish to interrupt it */
  #interrupt;
  /** @type {{resolve: (outcome: Outcome) => void, reject: (error: Error) => void} | undefined} */
  #running;
  /** @type {(result: Result) => void} */
  #receive = () => {};
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  /** @type {(answer: any) => void} */
  #answer = () => {};
  #executing = false; // a cell, and not still loading
  #stopping = false;

  /**
   * @param {Options} options
   * @param {() => Worker} createWorker
   * @param {{
   *   onLoading: (loaded: number, total: number) => void, onRunning: () => void,
   * }} listeners `loaded` and `total` are in bytes
   */
  constructor(options, createWorker, { onLoading, onRunning }) {
    this.options = options;
    this.createWorker = createWorker;
    this.onLoading = onLoading;
    this.onRunning = onRunning;
  }

  get started() {
    return this.#worker !== undefined;
  }

  /** Whether a cell can be stopped without losing the variables. */
  get interruptible() {
    // WebKitGTK isolates pages and does not let them share memory all the same.
    return globalThis.crossOriginIsolated === true && typeof SharedArrayBuffer === "function";
  }

  /**
   * Run one cell; the first one starts Python.
   * @param {string} code
   * @param {string} name
   * @param {(result: Result) => void} receive
   * @returns {Promise<Outcome>}
   */
  run(code, name, receive) {
    if (this.#running) throw new Error("a cell is running");
    this.#receive = receive;
    return new Promise((resolve, reject) => {
      this.#running = { resolve, reject };
      this.#stopping = false;
      if (this.#interrupt) this.#interrupt[0] = 0;
      this.#watch();
      try {
        this.#start().postMessage({ type: "run", code, name });
      } catch {
        this.#fail("old"); // no workers, or none that are modules
      }
    });
  }

  /**
   * Ask about what stands before the cursor: how its last name may go on, or what it
   * is; or which names a piece of code needs and gives.
   * @param {"complete" | "explain" | "names"} question
   * @param {string} before
   * @returns {Promise<any>} undefined while Python does not run, or runs a cell
   */
  ask(question, before) {
    const worker = this.#worker;
    if (!worker || this.#running) return Promise.resolve(undefined);
    this.#answer(undefined);
    return new Promise((resolve) => {
      this.#answer = resolve;
      worker.postMessage({ type: "ask", question, before });
    });
  }

  /** Stop the running cell, if possible without losing the variables. */
  stop() {
    if (!this.#running || this.#stopping) return;
    this.#stopping = true;
    if (!this.#interrupt || !this.#executing) return this.restart();
    this.#interrupt[0] = 2; // SIGINT
    const running = this.#running;
    setTimeout(() => this.#running === running && this.restart(), GRACE);
  }

  /** End Python and forget all variables; the next cell starts it anew. */
  restart() {
    this.#worker?.terminate();
    this.#worker = this.#interrupt = undefined;
    this.#answer(undefined);
    this.#end()?.resolve({ ok: false, stopped: true, lost: true });
  }

  #start() {
    if (this.#worker) return this.#worker;
    const worker = this.createWorker();
    if (this.interruptible) this.#interrupt = new Int32Array(new SharedArrayBuffer(4));
    worker.addEventListener("message", ({ data }) => this.#hear(data));
    worker.addEventListener("error", (event) => {
      event.preventDefault();
      this.#fail("blocked");
    });
    const { python, sizes, text, seed } = this.options;
    worker.postMessage({ type: "start", python, sizes, text, seed, interrupt: this.#interrupt });
    this.#worker = worker;
    return worker;
  }

  /** @param {{type: string, [key: string]: any}} message */
  #hear(message) {
    if (message.type === "progress") {
      this.#watch();
      this.onLoading(message.loaded, message.total);
    } else if (message.type === "running") {
      clearTimeout(this.#timer); // from here on the reader's program may take its time
      this.#executing = true;
      this.onRunning();
    } else if (message.type === "answer") {
      this.#answer(message.answer);
    } else if (message.type === "result") {
      this.#receive(message.result);
    } else if (message.type === "done") {
      const stopped = this.#stopping && !message.ok;
      this.#end()?.resolve({ ok: message.ok, stopped });
    } else if (message.type === "unloaded") {
      console.warn(message.detail);
      this.#end()?.resolve({ ok: false, unloaded: true });
    } else if (message.type === "failed") {
      console.warn(message.detail);
      this.#fail(message.reason);
    }
  }

  /** Give up when nothing is heard while Python loads. */
  #watch() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#fail("slow"), this.options.timeout);
  }

  /** @param {string} reason */
  #fail(reason) {
    this.#worker?.terminate();
    this.#worker = this.#interrupt = undefined;
    this.#end()?.reject(new Unavailable(reason));
  }

  #end() {
    clearTimeout(this.#timer);
    this.#executing = this.#stopping = false;
    const running = this.#running;
    this.#running = undefined;
    return running;
  }
}
