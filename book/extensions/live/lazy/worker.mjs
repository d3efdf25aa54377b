// Python, away from the page, so that a long cell does not freeze it. The cells are run by cells.py.

/** @typedef {import("../python.mjs").Result} Result */

const BURST = 20; // so many pieces of text in a tenth of a second are sent at once, others together

/**
 * @typedef {{
 *   run: (code: string, name: string) => Promise<void>,
 *   ask: (question: "complete" | "explain" | "names", before: string) => void,
 * }} Answering
 */

/** @type {Promise<Answering> | undefined} */
let python;

/** @param {string} type @param {object} [message] */
const post = (type, message) => postMessage({ type, ...message });

/**
 * Count what is loaded, for the page's progress line.
 * @param {Record<string, number>} sizes of files, by name, where they are known before
 * @returns {Promise<never>} fails when a file cannot be loaded, which Pyodide may keep to itself
 */
function watchFetch(sizes) {
  const { fetch } = self;
  const totals = { ...sizes };
  let loaded = 0;
  /** @type {(error: unknown) => void} */
  let fail;
  /** @type {Promise<never>} */
  const failure = new Promise((_, reject) => (fail = reject));
  failure.catch(() => {});
  const report = () => {
    const total = Object.values(totals).reduce((a, b) => a + b, 0);
    post("progress", { loaded: Math.min(loaded, total), total });
  };
  self.fetch = async (...request) => {
    const response = await fetch(...request).catch((error) => {
      fail(error);
      throw error;
    });
    if (!response.ok) fail(new Error(`${response.status} for ${response.url}`));
    if (!response.ok || !response.body) return response;
    const name = /** @type {string} */ (new URL(response.url).pathname.split("/").pop());
    totals[name] ??= Number(response.headers.get("content-length"));
    const counted = response.body.pipeThrough(
      new TransformStream({
        transform(chunk, controller) {
          loaded += chunk.length;
          report();
          controller.enqueue(chunk);
        },
      }),
    );
    const { status, headers } = response;
    return new Response(counted, { status, headers });
  };
  return failure;
}

/** Send results; text that comes in a flood is sent in larger pieces. */
function sender() {
  let kind = "",
    text = "",
    since = 0,
    count = 0;
  const flush = () => {
    if (text) post("result", { result: { kind, data: text } });
    text = "";
  };
  /** @param {string} newKind @param {any} data */
  const send = (newKind, data) => {
    if (newKind !== kind) flush();
    kind = newKind;
    if (kind === "display") {
      const bundle = data.toJs({ dict_converter: Object.fromEntries });
      data.destroy();
      post("result", { result: { kind, data: bundle } });
      return;
    }
    text += data;
    const now = performance.now();
    if (now - since > 100) [since, count] = [now, 0];
    if (++count <= BURST || kind === "error") flush();
  };
  return { send, flush };
}

/** @param {import("../python.mjs").Options & {interrupt?: Int32Array}} options */
async function start({ python: base, sizes, text, seed, interrupt }) {
  const failure = watchFetch(sizes);
  const load = async () => {
    const { loadPyodide } = await import(`${base}pyodide.mjs`);
    return loadPyodide({ indexURL: base, env: { MLP_SEED: String(seed) } });
  };
  const loadCells = () => fetch(new URL("cells.py", import.meta.url)).then((it) => it.text());
  const loadLock = () => fetch(`${base}pyodide-lock.json`).then((it) => it.json());
  const all = Promise.all([load(), loadCells(), loadLock()]);
  const [pyodide, source, lock] = await Promise.race([all, failure]);
  if (interrupt) pyodide.setInterruptBuffer(interrupt);
  const { send, flush } = sender();
  const namespace = pyodide.toPy({ __name__: "cells" });
  pyodide.runPython(source, { globals: namespace });
  const page = namespace.get("Page")(send, pyodide.toPy(text));
  page.__enter__();

  /** @param {"complete" | "explain" | "names"} question @param {string} before the cursor */
  const ask = (question, before) => {
    const found = page[question](before);
    const answer = typeof found === "string" ? found : found.toJs();
    if (typeof found !== "string") found.destroy();
    post("answer", { answer });
  };

  /** @param {string} code @param {string} name */
  const run = async (code, name) => {
    /** @type {string[]} */
    const problems = [];
    const options = {
      messageCallback: () => {},
      errorCallback: (/** @type {string} */ message) => problems.push(message),
    };
    try {
      // Where the network failed before, Pyodide takes a package for loaded that lacks another.
      const { loadedPackages } = pyodide;
      const missing = Object.keys(loadedPackages)
        .flatMap((name) => lock.packages[name]?.depends ?? [])
        .filter((name) => !(name in loadedPackages));
      if (missing.length) await pyodide.loadPackage(missing, options);
      await pyodide.loadPackagesFromImports(code, options);
    } catch (error) {
      // Code that cannot be read has no imports to load, and is told so when it runs.
      if (!String(error).includes("SyntaxError")) problems.push(String(error));
    }
    if (problems.length) return post("unloaded", { detail: problems.join("\n") });
    post("running");
    const ok = page.run(code, name);
    flush();
    post("done", { ok });
  };
  return { run, ask };
}

self.addEventListener("message", async ({ data }) => {
  try {
    if (data.type === "start") {
      python = start(data);
      await python;
    } else if (data.type === "ask") (await python)?.ask(data.question, data.before);
    else await (await python)?.run(data.code, data.name);
  } catch (error) {
    post("failed", { reason: "blocked", detail: String(error) });
  }
});
