// The page's side of Python: starts the worker, sends it cells, stops it.

/**
 * @typedef {{kind: string, data: any}} Result what a cell gives: text, something shown, an error
 * @typedef {{ok: boolean, stopped?: boolean, lost?: boolean}} Outcome
 *   `lost`: Python was restarted, and its variables are gone
 * @typedef {{
 *   python: string, sizes: Record<string, number>, timeout: number,
 * }} Options where Python is served, how large its files are, and after how many milliseconds of
 *   silence we give up loading
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
  #stopping = false;

  /**
   * @param {Options} options
   * @param {() => Worker} createWorker
   * @param {(loaded: number, total: number) => void} onLoading in bytes
   * @param {() => void} onRunning
   */
  constructor(options, createWorker, onLoading, onRunning) {
    this.options = options;
    this.createWorker = createWorker;
    this.onLoading = onLoading;
    this.onRunning = onRunning;
  }

  /** Whether a cell can be stopped without losing the variables. */
  get interruptible() {
    return globalThis.crossOriginIsolated === true;
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

  /** Stop the running cell, if possible without losing the variables. */
  stop() {
    if (!this.#running || this.#stopping) return;
    this.#stopping = true;
    if (!this.#interrupt || this.#timer) return this.restart(); // cannot be stopped, or not yet
    this.#interrupt[0] = 2; // SIGINT
    const running = this.#running;
    setTimeout(() => this.#running === running && this.restart(), GRACE);
  }

  /** End Python and forget all variables; the next cell starts it anew. */
  restart() {
    this.#worker?.terminate();
    this.#worker = this.#interrupt = undefined;
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
    const { python, sizes } = this.options;
    worker.postMessage({ type: "start", python, sizes, interrupt: this.#interrupt });
    return (this.#worker = worker);
  }

  /** @param {{type: string, [key: string]: any}} message */
  #hear(message) {
    if (message.type === "progress") {
      this.#watch();
      this.onLoading(message.loaded, message.total);
    } else if (message.type === "running") {
      clearTimeout(this.#timer); // from here on the reader's program may take its time
      this.#timer = undefined;
      this.onRunning();
    } else if (message.type === "result") {
      this.#receive(message.result);
    } else if (message.type === "done") {
      const stopped = this.#stopping && !message.ok;
      this.#end()?.resolve({ ok: message.ok, stopped });
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
    this.#timer = undefined;
    this.#stopping = false;
    const running = this.#running;
    this.#running = undefined;
    return running;
  }
}
