// @vitest-environment happy-dom
// The page's side of the live cells, with a worker that does what each test says.

import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { start } from "./lazy/page.mjs";

const PNG = btoa(
  // The first bytes of a PNG of 1200 x 600 pixels.
  "\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x04\xb0\0\0\x02\x58\x08\x06\0\0\0",
);

const WORDS = {
  cell: "cell {number}",
  stop: "Stop",
  stopLabel: "Stop ({label})",
  editor: "Code of cell {number}",
  starting: "Starting",
  loading: "{now} of {all} MB",
  waiting: "Waiting",
  running: "Running",
  runningOther: "First cell {number}",
  runningAll: "Cell {number} of {count}",
  elapsed: "{status} {seconds} s",
  done: "Done",
  doneAfter: "Done after",
  failed: "Cell {number} failed",
  stopped: "Cell {number} stopped",
  lost: "Cell {number} lost",
  unloaded: "Cell {number} unloaded",
  restarted: "Restarted",
  reset: "Reset {number}",
  own: "yours",
  stale: "stale",
  kept: "Kept",
  keptChanged: "Kept, the book has changed",
  keptGone: "{count} are gone",
  confirmReset: "Delete?",
  figure: "A figure",
  cut: "cut",
  blocked: "Blocked",
  old: "Old",
  slow: "Slow",
  broken: "Broken",
};

// Stands in for the bundled editor: a text area without the keys.
const EDITOR = `data:text/javascript,${encodeURIComponent(`
  export function createEditor({ parent, code, label, ...handlers }) {
    const area = document.createElement("textarea");
    area.value = code;
    area.handlers = handlers;
    parent.append(area);
    return {
      get code() { return area.value; }, focus: () => area.focus(), remove: () => area.remove(),
    };
  }`)}`;

class FakeWorker extends EventTarget {
  /** @type {any[]} */
  heard = [];
  terminated = false;

  postMessage(message) {
    this.heard.push(message);
  }

  terminate() {
    this.terminated = true;
  }

  /** The cells it was told to run. */
  get ran() {
    return this.heard.filter(({ type }) => type === "run").map(({ code }) => code);
  }

  async say(...messages) {
    for (const data of messages) {
      if (!this.terminated) this.dispatchEvent(new MessageEvent("message", { data }));
    }
    await settle(); // what awaits the outcome goes on
  }

  show(kind, data) {
    return this.say({ type: "result", result: { kind, data } });
  }

  finish(ok = true) {
    return this.say({ type: "running" }, { type: "done", ok });
  }
}

let workers, page;
const worker = () => workers[workers.length - 1];
const bar = (number) => document.querySelectorAll(".cell > .live-bar")[number - 1];
const status = (number) => bar(number).querySelector(".live-status").textContent;
const output = (number) => bar(number).parentElement.querySelector(".cell_output");
const note = (number) => bar(number).querySelector(".live-note").textContent;
const announced = () => document.getElementById("live-announcer").textContent;
const topBar = () => document.querySelector(".live-page .live-bar");

const settle = () =>
  vi.isFakeTimers() ? vi.advanceTimersByTimeAsync(0) : new Promise((done) => setTimeout(done));

async function press(action, number) {
  page.press((number ? bar(number) : topBar()).querySelector(`[data-live=${action}]`));
  await settle();
}

/** Open the editor, which is a real import that fake timers would hold up. */
async function type(number, code) {
  vi.useRealTimers();
  await press("edit", number);
  await vi.waitUntil(() => document.querySelector("textarea"));
  const area = bar(number).parentElement.querySelector("textarea");
  area.value = code;
  area.handlers.onChange();
  return area;
}

function cell(code, stored) {
  return `<div class="cell"><div class="cell_input"><div class="highlight"><pre>${code}\n</pre></div></div>
    <div class="live-bar"><button data-live="run" aria-label="Run it">Run</button>
    <button data-live="edit">Edit</button><button data-live="reset" hidden>Reset</button>
    <span class="live-status"></span></div>${stored}</div>`;
}

const NAMES = [
  { uses: [], binds: ["a"], changes: [] },
  { uses: ["print", "a"], binds: [], changes: [] },
  { uses: ["plot", "a"], binds: [], changes: [] },
];

function open(createWorker) {
  workers = [];
  page = start(
    {
      text: WORDS,
      python: "live/",
      sizes: {},
      timeout: 60_000,
      isolation: "isolation.mjs",
      key: "live /",
      names: NAMES,
      editor: EDITOR,
      markdown:
        "data:text/javascript,export const render = (text) => ['<b>', text, '</b>'].join('');",
    },
    createWorker ?? (() => workers[workers.push(new FakeWorker()) - 1]),
  );
}

function load() {
  document.body.innerHTML = `<div class="live-page"><div class="live-bar">
    <button data-live="all">Run all</button><button data-live="restart">Restart</button>
    <span class="live-status"></span></div><p id="live-announcer"></p></div>
    ${cell("a = 1", "")}
    ${cell("print(a)", '<div class="cell_output"><div class="output">stored</div></div>')}
    ${cell("plot(a)", '<div class="cell_output"><figure id="fig"><img src="old.png" alt="A line."><figcaption>Caption</figcaption></figure></div>')}`;
  open();
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal(
    "confirm",
    vi.fn(() => true),
  );
  load();
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  sessionStorage.clear();
  localStorage.clear();
});

test("nothing is loaded before a button is pressed", () => {
  expect(workers).toEqual([]);
});

test("cells above run first, in their order, and only once", async () => {
  await press("run", 3);
  expect(worker().heard[0]).toMatchObject({
    type: "start",
    python: new URL("live/", document.baseURI).href,
  });
  expect(worker().heard[1]).toEqual({ type: "run", code: "a = 1", name: "cell 1" });
  await worker().say({ type: "running" });
  expect(status(3)).toBe("First cell 1");
  await worker().finish();
  await worker().finish();
  expect(worker().ran).toEqual(["a = 1", "print(a)", "plot(a)"]);
  await worker().say({ type: "running" });
  expect(status(3)).toBe("Running");
  await worker().finish();
  expect(status(3)).toBe("Done");
  await press("run", 3);
  expect(worker().ran).toEqual(["a = 1", "print(a)", "plot(a)", "plot(a)"]);
});

test("where a cell is changed, all from there to the one that is run runs again", async () => {
  await press("run", 3);
  for (let i = 0; i < 3; i++) await worker().finish();
  await type(1, "a = 2");
  await press("run", 3);
  for (let i = 0; i < 3; i++) await worker().finish();
  expect(worker().ran.slice(3)).toEqual(["a = 2", "print(a)", "plot(a)"]);
});

test("a cell that runs again makes those below it run again, up to the one asked for", async () => {
  await press("run", 3);
  for (let i = 0; i < 3; i++) await worker().finish();
  await press("run", 1); // which may have made anew what cell 2 had changed
  expect(status(1)).toBe("Starting");
  await worker().finish();
  expect(status(1)).toBe("Done after");
  await press("run", 3);
  await worker().finish();
  await worker().finish();
  expect(worker().ran.slice(3)).toEqual(["a = 1", "print(a)", "plot(a)"]);
  expect(status(3)).toBe("Done");
});

test("results from before a change are marked, those of the book too, until they are renewed", async () => {
  const marked = () => [1, 2, 3].map((number) => output(number).classList.contains("live-stale"));
  const area = await type(1, "a = 2");
  expect(marked()).toEqual([true, true, true]);
  expect([note(1), note(2), note(3)]).toEqual(["", "stale", "stale"]); // cell 1 shows nothing
  await press("run", 2);
  await worker().finish();
  await worker().show("stdout", "2");
  await worker().finish();
  expect(marked()).toEqual([false, false, true]);
  expect([note(2), note(3)]).toEqual(["yours", "stale"]);
  area.value = "a = 1";
  area.handlers.onChange();
  expect(marked()).toEqual([true, true, false]);
  area.value = "a = 2";
  area.handlers.onChange();
  await press("reset", 2);
  expect([note(2), note(3)]).toEqual(["stale", "stale"]);
  await press("reset", 1);
  expect([note(2), note(3)]).toEqual(["", ""]);
});

test("what the book shows stays until the first result comes", async () => {
  await press("run", 2);
  await worker().finish();
  await worker().say({ type: "running" });
  expect(output(2).textContent).toBe("stored");
  await worker().show("stdout", "1");
  expect(output(2).textContent).toBe("1");
  await worker().show("stdout", "2\n");
  expect(output(2).textContent).toBe("12\n");
  expect(output(2).querySelectorAll("pre")).toHaveLength(1);
  await worker().show("stderr", "careful");
  expect(output(2).querySelector(".live-stderr pre").textContent).toBe("careful");
  await worker().finish();
  expect(output(2).textContent).toBe("12\ncareful");
});

test("what a cell gives is seen, also where the book folds it away", async () => {
  const folded = document.createElement("details");
  output(2).replaceWith(folded);
  folded.innerHTML = '<div class="cell_output">stored</div>';
  open();
  await press("run", 2);
  expect(folded.open).toBe(true);
});

test("a cell that now shows nothing shows nothing", async () => {
  await press("run", 2);
  await worker().finish();
  await worker().finish();
  expect(output(2).textContent).toBe("");
});

test("values are shown in the richest form there is", async () => {
  await press("run", 1);
  await worker().show("display", { "text/plain": "<x>" });
  await worker().show("display", { "text/plain": "x", "text/html": "<i>html</i>" });
  await worker().show("display", { "text/plain": "x", "text/markdown": "text" });
  await worker().finish();
  expect(output(1).querySelector(".text_plain pre").textContent).toBe("<x>");
  expect(output(1).querySelector(".text_html i").textContent).toBe("html");
  vi.useRealTimers();
  await vi.waitUntil(() => output(1).querySelector(".text_markdown b"));
  expect(output(1).querySelector(".text_markdown b").textContent).toBe("text");
});

test("a figure takes the place of the stored one and keeps its description and caption", async () => {
  await press("run", 3);
  await worker().finish();
  await worker().finish();
  await worker().show("display", { "image/png": PNG, "text/plain": "<Figure>" });
  await worker().show("display", { "image/png": PNG, "text/plain": "<Figure>" });
  const [first, second] = output(3).querySelectorAll("img");
  expect(first.src).toBe(`data:image/png;base64,${PNG}`);
  expect(first.alt).toBe("A line.");
  expect([first.width, first.height]).toEqual([600, 300]);
  expect(first.closest("figure").textContent).toBe("Caption");
  expect(document.querySelectorAll("#fig")).toHaveLength(1);
  expect(second.alt).toBe("A figure");
});

test("a loop that prints forever does not fill the page", async () => {
  await press("run", 1);
  for (let i = 0; i < 5; i++) await worker().show("stdout", "x".repeat(100_000));
  expect(output(1).textContent.length).toBeLessThan(310_000);
  expect(output(1).textContent).toMatch(/x\ncut$/);
});

test("an error is shown under its cell, and later cells do not run", async () => {
  await press("run", 3);
  await worker().finish();
  await worker().show("error", "ZeroDivisionError");
  await worker().finish(false);
  expect(output(2).querySelector(".live-error pre").textContent).toBe("ZeroDivisionError");
  expect(status(3)).toBe("Cell 2 failed");
  expect(announced()).toBe("Cell 2 failed");
  expect(worker().ran).toHaveLength(2);
  expect(output(3).textContent).toBe("Caption");
  await press("run", 3);
  expect(worker().ran).toEqual(["a = 1", "print(a)", "print(a)"]);
});

test("Run all runs all, once more those that have run", async () => {
  await press("run", 1);
  await worker().finish();
  await press("all");
  await worker().say({ type: "running" });
  expect(topBar().querySelector(".live-status").textContent).toBe("Cell 1 of 3");
  expect(status(1)).toBe("Cell 1 of 3");
  for (let i = 0; i < 3; i++) await worker().finish();
  expect([status(1), status(2), status(3)]).toEqual(["", "", ""]);
  expect(worker().ran).toEqual(["a = 1", "a = 1", "print(a)", "plot(a)"]);
  expect(topBar().querySelector(".live-status").textContent).toBe("Done");
  expect(topBar().querySelector("button").textContent).toBe("Run all");
});

test("a second button waits for the first", async () => {
  await press("run", 1);
  await press("run", 2);
  expect(status(2)).toBe("Waiting");
  await press("run", 2); // is now Stop, of both
  expect(worker().terminated).toBe(true);
  expect(status(2)).toBe("");
  await press("run", 1);
  await press("run", 3);
  expect(worker().ran).toEqual(["a = 1"]);
  for (let i = 0; i < 3; i++) await worker().finish();
  expect(worker().ran).toEqual(["a = 1", "print(a)", "plot(a)"]);
  expect(status(3)).toBe("Done");
});

test("while a cell runs its button is Stop, and keeps the focus", async () => {
  const button = bar(1).querySelector("button");
  button.focus();
  await press("run", 1);
  expect(button.textContent).toBe("Stop");
  expect(button.getAttribute("aria-label")).toBe("Stop (Run it)");
  await worker().finish();
  expect(button.textContent).toBe("Run");
  expect(button.getAttribute("aria-label")).toBe("Run it");
  expect(document.activeElement).toBe(button);
});

test.each([
  ["the page is not isolated", {}],
  [
    "the browser shares no memory all the same",
    { crossOriginIsolated: true, SharedArrayBuffer: undefined },
  ],
])("where %s Stop restarts Python, says so, and forgets what has run", async (_, globals) => {
  for (const [name, value] of Object.entries(globals)) vi.stubGlobal(name, value);
  await press("run", 2);
  await worker().finish();
  await worker().say({ type: "running" });
  await worker().show("stdout", "one");
  await press("run", 2);
  expect(worker().terminated).toBe(true);
  expect(status(2)).toBe("Cell 2 lost");
  expect(output(2).textContent).toBe("one");
  await press("run", 2);
  expect(workers).toHaveLength(2);
  expect(worker().ran).toEqual(["a = 1"]);
});

test("with shared memory Stop interrupts the cell and keeps the rest", async () => {
  vi.stubGlobal("crossOriginIsolated", true);
  await press("run", 2);
  const { interrupt } = worker().heard[0];
  await worker().finish();
  await worker().say({ type: "running" });
  await press("run", 2);
  expect(interrupt[0]).toBe(2);
  await worker().show("error", "KeyboardInterrupt");
  await worker().say({ type: "done", ok: false });
  expect(status(2)).toBe("Cell 2 stopped");
  expect(worker().terminated).toBe(false);
  await press("run", 2);
  expect(worker().ran).toEqual(["a = 1", "print(a)", "print(a)"]);
  expect(interrupt[0]).toBe(0);
  await vi.advanceTimersByTimeAsync(5000); // the patience with the first Stop is over
  expect(worker().terminated).toBe(false);
});

test("a cell that does not let itself be interrupted is ended", async () => {
  vi.stubGlobal("crossOriginIsolated", true);
  await press("run", 1);
  await worker().say({ type: "running" });
  await press("run", 1);
  await vi.advanceTimersByTimeAsync(2900);
  expect(worker().terminated).toBe(false);
  await vi.advanceTimersByTimeAsync(200);
  expect(worker().terminated).toBe(true);
  expect(status(1)).toBe("Cell 1 lost");
});

test("while Python loads Stop ends it, with shared memory too", async () => {
  vi.stubGlobal("crossOriginIsolated", true);
  await press("run", 1);
  await press("run", 1);
  expect(worker().terminated).toBe(true);
});

test("Restart forgets everything", async () => {
  await press("run", 1);
  await worker().finish();
  const old = worker();
  await press("restart");
  expect(old.terminated).toBe(true);
  expect(announced()).toBe("Restarted");
  await press("run", 2);
  expect(worker().ran).toEqual(["a = 1"]);
});

test("how long a cell has run is told, and not read aloud", async () => {
  await press("run", 2);
  await worker().finish();
  await worker().say({ type: "running" });
  await vi.advanceTimersByTimeAsync(12_100);
  expect(status(2)).toBe("Running 12 s");
  expect(announced()).toBe("Starting");
  await worker().say({ type: "done", ok: true });
  await vi.advanceTimersByTimeAsync(5_000);
  expect(status(2)).toBe("Done");
});

test("progress is shown in megabytes and not read aloud", async () => {
  await press("run", 1);
  await worker().say({ type: "progress", loaded: 1_230_000, total: 4_000_000 });
  expect(status(1)).toBe("1.2 of 4.0 MB");
  expect(announced()).toBe("Starting");
  await worker().say({ type: "progress", loaded: 4_000_000, total: 4_000_000 });
  expect(status(1)).toBe("Starting");
});

test.each([
  ["blocked", () => worker().say({ type: "failed", reason: "blocked", detail: "no network" })],
  ["blocked", () => worker().dispatchEvent(new Event("error", { cancelable: true }))],
  ["slow", () => vi.advanceTimersByTimeAsync(60_100)],
])(
  "where Python cannot be loaded (%s) the results stay and the reason is given",
  async (reason, fail) => {
    vi.spyOn(console, "warn").mockImplementation(() => {});
    await press("run", 2);
    await fail();
    await vi.advanceTimersByTimeAsync(0);
    expect(output(2).textContent).toBe("stored");
    expect(output(2).className).toBe("cell_output");
    expect(status(2)).toBe(WORDS[reason]);
    expect(announced()).toBe(WORDS[reason]);
    expect(bar(2).querySelector("button").textContent).toBe("Run");
    await press("run", 2); // may go better
    expect(workers).toHaveLength(2);
    expect(worker().ran).toEqual(["a = 1"]);
  },
);

test("where packages cannot be loaded the cell has not run, and Python is kept", async () => {
  vi.spyOn(console, "warn").mockImplementation(() => {});
  await press("run", 2);
  await worker().finish();
  await worker().say({ type: "unloaded", detail: "no network" });
  expect(status(2)).toBe("Cell 2 unloaded");
  expect(output(2).textContent).toBe("stored");
  expect(output(2).className).toBe("cell_output");
  await press("run", 2);
  expect(workers).toHaveLength(1);
  expect(worker().ran).toEqual(["a = 1", "print(a)", "print(a)"]);
});

test("a browser without module workers is told so", async () => {
  open(() => {
    throw new TypeError("no modules");
  });
  await press("run", 1);
  expect(status(1)).toBe("Old");
  await press("run", 1);
  expect(status(1)).toBe("Old");
});

test("only silence while loading is a time-out", async () => {
  await press("run", 1);
  await vi.advanceTimersByTimeAsync(50_000);
  await worker().say({ type: "progress", loaded: 1, total: 2 });
  await vi.advanceTimersByTimeAsync(50_000);
  await worker().say({ type: "running" });
  await vi.advanceTimersByTimeAsync(3_600_000); // an hour of training
  expect(worker().terminated).toBe(false);
  await worker().finish();
  expect(status(1)).toBe("Done");
});

test("an edited cell runs as it is, and before those below it", async () => {
  await press("run", 1);
  await worker().finish();
  const area = await type(1, "a = 2");
  expect(bar(1).querySelector("[data-live=reset]").hidden).toBe(false);
  area.handlers.onRun();
  await settle();
  await worker().finish();
  expect(worker().ran).toEqual(["a = 1", "a = 2"]);
  area.value = "a = 3";
  await press("run", 2);
  await worker().finish();
  await worker().finish();
  expect(worker().ran.slice(2)).toEqual(["a = 3", "print(a)"]);
});

test("Escape leaves the editor for the cell's button; Edit goes back into it", async () => {
  const area = await type(1, "a = 2");
  expect(document.activeElement).toBe(area);
  area.handlers.onLeave();
  expect(document.activeElement).toBe(bar(1).querySelector("[data-live=run]"));
  await press("edit", 1);
  expect(document.activeElement).toBe(area);
  expect(document.querySelectorAll("textarea")).toHaveLength(1);
});

test("Reset brings back the book's code and results", async () => {
  const reset = bar(2).querySelector("[data-live=reset]");
  expect(reset.hidden).toBe(true);
  await type(2, "print(7)");
  await press("run", 2);
  await worker().finish();
  await worker().show("stdout", "7");
  await worker().finish();
  confirm.mockReturnValueOnce(false);
  await press("reset", 2);
  expect(confirm).toHaveBeenLastCalledWith("Delete?");
  expect(document.querySelector("textarea").value).toBe("print(7)");
  await press("reset", 2);
  expect(output(2).textContent).toBe("stored");
  expect(document.querySelector("textarea")).toBe(null);
  expect(bar(2).parentElement.querySelector(".highlight").hidden).toBe(false);
  expect(reset.hidden).toBe(true);
  expect(document.activeElement).toBe(bar(2).querySelector("[data-live=edit]"));
  await press("run", 2);
  expect(worker().ran).toEqual(["a = 1", "print(7)", "print(a)"]);
});

test("what the reader has written is there when the page is loaded again", async () => {
  await type(2, "print(a + 1)");
  await type(1, "a = 3");
  await press("reset", 1);
  load();
  await page.restore();
  expect([...document.querySelectorAll("textarea")].map((area) => area.value)).toEqual([
    "print(a + 1)",
  ]);
  expect([status(1), status(2)]).toEqual(["", "Kept"]);
  expect(note(3)).toBe("stale");
  await press("run", 2);
  expect(worker().ran).toEqual(["a = 1"]);
  await worker().finish();
  expect(worker().ran).toEqual(["a = 1", "print(a + 1)"]);
});

const areas = () => [...document.querySelectorAll("textarea")].map((area) => area.value);

test("what was written is kept when the book's cell changes, and the reader is told", async () => {
  await type(2, "print(a + 1)");
  load();
  document.querySelectorAll(".cell_input pre")[1].textContent = "print(a, a)\n"; // a new edition
  open();
  await page.restore();
  expect(areas()).toEqual(["print(a + 1)"]);
  expect(status(2)).toBe("Kept, the book has changed");
  await type(1, "a = 2");
  load();
  document.querySelectorAll(".cell_input pre")[1].textContent = "print(a, a)\n";
  open();
  await page.restore(); // told until the cell is reset
  expect([status(1), status(2)]).toEqual(["Kept", "Kept, the book has changed"]);
  await press("reset", 2);
  expect(bar(2).parentElement.querySelector("pre").textContent).toBe("print(a, a)\n");
});

test("what was written finds its cell by the cell's id, and is kept when the book has it no more", async () => {
  const mark = (ids) => {
    ids.forEach((id, i) => {
      bar(i + 1).dataset.cell = id;
    });
    open();
  };
  mark(["a", "b", "c"]);
  await type(2, "print(a + 1)");
  await type(3, "plot(a + 1)");
  load();
  mark(["new", "a", "b"]);
  await page.restore();
  expect(areas()).toEqual(["print(a + 1)"]);
  expect(
    [2, 3].map((number) => bar(number).parentElement.querySelectorAll("textarea").length),
  ).toEqual([0, 1]);
  expect(topBar().querySelector(".live-status").textContent).toBe("1 are gone");
  await type(2, "print(a)  # changed");
  load();
  mark(["a", "b", "c"]);
  await page.restore();
  expect(areas()).toContain("plot(a + 1)");
});

test("where the browser keeps nothing the page does not load itself again", async () => {
  const reload = vi.spyOn(location, "reload").mockImplementation(() => {});
  const ready = { register: async () => {}, ready: Promise.resolve() };
  vi.stubGlobal("navigator", { serviceWorker: ready });
  const full = () => {
    throw new Error("full");
  };
  vi.stubGlobal("localStorage", { getItem: () => null, setItem: full, removeItem: full });
  const told = vi.fn();
  document.addEventListener("kept", told, { once: true });
  await type(2, "print(a + 1)");
  expect(told.mock.calls[0][0].detail).toBe(false);
  await press("run", 2);
  expect(reload).not.toHaveBeenCalled();
  expect(workers).toHaveLength(1);
  reload.mockRestore();
});

test("an exercise runs the cells that it needs, and tells what its check says", async () => {
  document.querySelectorAll(".cell")[2].classList.add("tag_exercise");
  open();
  const told = vi.fn();
  document.addEventListener("checked", told, { once: true });
  await press("run", 3);
  await worker().finish();
  expect(worker().ran).toEqual(["a = 1", "plot(a)"]);
  await worker().say({
    type: "result",
    result: { kind: "display", data: { "text/html": '<div data-check="wrong">No.</div>' } },
  });
  await worker().finish();
  expect(told.mock.calls[0][0].detail).toMatchObject({ state: "wrong" });
  expect(told.mock.calls[0][0].detail.cell).toBe(bar(3).parentElement);
  await press("run", 3); // nothing above has changed
  await worker().finish();
  await press("run", 2); // has not run yet
  await worker().finish();
  expect(worker().ran).toEqual(["a = 1", "plot(a)", "plot(a)", "print(a)"]);
  await type(3, "plot(b)");
  await press("run", 3);
  expect(worker().heard.at(-1)).toMatchObject({
    type: "ask",
    question: "names",
    before: "plot(b)",
  });
  await worker().say({ type: "answer", answer: '{"uses": [], "binds": [], "changes": []}' });
  await worker().finish();
  expect(worker().ran.slice(4)).toEqual(["plot(b)"]);
});

test("what is no longer changed is not kept", async () => {
  await type(2, "print(a + 1)");
  expect(localStorage.length).toBe(1);
  await press("reset", 2);
  expect(localStorage.length + sessionStorage.length).toBe(0);
});

test("before Python starts the page loads itself again, once, to be isolated; nothing is lost", async () => {
  const reload = vi.spyOn(location, "reload").mockImplementation(() => {});
  const register = vi.fn(async () => {});
  vi.stubGlobal("navigator", { serviceWorker: { register, ready: Promise.resolve() } });
  document.body.insertAdjacentHTML(
    "beforeend",
    "<details></details><details open></details><form class=quiz><input type=radio><input type=radio></form>",
  );
  document.querySelectorAll("input")[1].checked = true;
  await type(2, "print(a + 1)");
  bar(2).querySelector("[data-live=run]").focus();
  await press("run", 2);
  expect(register).toHaveBeenCalledWith("isolation.mjs");
  expect(reload).toHaveBeenCalledTimes(1);
  expect(workers).toEqual([]);

  load();
  document.body.insertAdjacentHTML(
    "beforeend",
    "<details></details><details></details><form class=quiz><input type=radio><input type=radio></form>",
  );
  await page.restore();
  await settle();
  expect([...document.querySelectorAll("details")].map((it) => it.open)).toEqual([false, true]);
  expect([...document.querySelectorAll("input")].map((it) => it.checked)).toEqual([false, true]);
  expect(document.activeElement).toBe(bar(2).querySelector("[data-live=run]"));
  await worker().finish(); // it runs, though the page is not isolated even now
  expect(worker().ran).toEqual(["a = 1", "print(a + 1)"]);
  expect(reload).toHaveBeenCalledTimes(1);

  load(); // the button was for once, the code is for all times
  await page.restore();
  await settle();
  expect(workers).toEqual([]);
  expect(document.querySelector("textarea").value).toBe("print(a + 1)");
});

test("where no service worker can start Python starts all the same", async () => {
  const register = async () => {
    throw new DOMException("not in a private window", "SecurityError");
  };
  vi.stubGlobal("navigator", { serviceWorker: { register, ready: new Promise(() => {}) } });
  await press("run", 1);
  await settle();
  expect(worker().ran).toEqual(["a = 1"]);
});
