// @vitest-environment happy-dom
// What the browser keeps of a reader's work, and what it hands out.

import { afterEach, expect, test, vi } from "vitest";
import { editsIn, withEdits, withSeed } from "./notebook.mjs";
import { receipt } from "./receipt.mjs";
import * as store from "./store.mjs";
import { book, chapter, exerciseOf } from "./work.mjs";

const EDIT = { id: "b", source: "x = ...", code: "x = 2" };
const WORK = {
  edits: [EDIT],
  exercises: { one: "right", two: "wrong" },
  questions: { q: { chosen: [1], result: "right" } },
  seed: 0,
};

afterEach(() => {
  history.replaceState(null, "", location.pathname);
  vi.unstubAllGlobals();
  localStorage.clear();
});

test("work is kept for each page, and what is empty is not", () => {
  expect(store.read("/1.html")).toEqual(store.nothing());
  expect(store.write("/1.html", WORK)).toBe(true);
  store.update("/2.html", (work) => {
    work.exercises.three = "right";
  });
  expect(store.read("/1.html")).toEqual(WORK);
  expect(store.pages()).toEqual(["/1.html", "/2.html"]);
  expect(store.solved(WORK)).toEqual({ exercises: 1, questions: 1 });
  store.write("/1.html", store.nothing());
  expect(store.pages()).toEqual(["/2.html"]);
  expect(localStorage.length).toBe(1);
});

test("what another version or somebody else has written is left alone", () => {
  store.write("/1.html", WORK);
  const [key] = Object.keys(localStorage);
  localStorage.setItem(key, JSON.stringify({ version: 2, work: WORK }));
  expect(store.read("/1.html")).toEqual(store.nothing());
  localStorage.setItem(key, "{");
  expect(store.read("/1.html")).toEqual(store.nothing());
  expect(store.pages()).toEqual([]);
});

test("a browser that keeps nothing is no error, and is told of", () => {
  const closed = () => {
    throw new Error("SecurityError");
  };
  vi.stubGlobal("localStorage", { getItem: closed, setItem: closed, removeItem: closed });
  expect(store.read("/1.html")).toEqual(store.nothing());
  expect(store.write("/1.html", WORK)).toBe(false);
  vi.stubGlobal("localStorage", undefined);
  expect(store.update("/1.html", () => {})).toBe(false);
});

const NOTEBOOK = {
  nbformat: 4,
  metadata: { kernelspec: {} },
  cells: [
    { cell_type: "markdown", id: "m", source: ["# One\n", "two"] },
    { cell_type: "code", id: "a", source: ["y = 1\n", "y"], outputs: [1], execution_count: 1 },
    { cell_type: "code", id: "b", source: "x = ...", outputs: [2], execution_count: 2 },
  ],
};

test("the reader's notebook has their code, and no results that are not its own", () => {
  const gone = { id: "z", source: "old", code: "mine" };
  const mine = withEdits(NOTEBOOK, [EDIT, gone], "## Gone");
  expect(mine.cells.map((cell) => cell.source)).toEqual([
    ["# One\n", "two"],
    ["y = 1\n", "y"],
    "x = 2",
    "## Gone",
    "mine",
  ]);
  expect(mine.cells[1].outputs).toEqual([1]);
  expect(mine.cells[2]).toMatchObject({ outputs: [], execution_count: null, id: "b" });
  expect(mine.metadata).toEqual(NOTEBOOK.metadata);
  expect(NOTEBOOK.cells[2].source).toBe("x = ...");
  expect(withEdits(NOTEBOOK, [], "")).toEqual(NOTEBOOK);
});

test("what is read back from a notebook is what was changed", () => {
  const cells = [
    { id: "a", source: "y = 1\ny" },
    { id: "b", source: "x = ..." },
  ];
  expect(editsIn(withEdits(NOTEBOOK, [EDIT], ""), cells)).toEqual([EDIT]);
  expect(editsIn(NOTEBOOK, cells)).toEqual([]);
  expect(() => editsIn({ a: 1 }, cells)).toThrow(TypeError);
  expect(() => editsIn(null, cells)).toThrow(TypeError);
  expect(() => editsIn(NOTEBOOK, [{ id: "c", source: "" }])).toThrow(RangeError);
});

test("a receipt says what was asked, answered and checked", () => {
  const found = receipt({
    book: "Book 1.0",
    page: "01",
    title: "Neurons",
    date: new Date("2030-01-02T03:04:05Z"),
    work: WORK,
    exercises: [
      { label: "one", title: "One", id: "b" },
      { label: "three", title: "Three", id: "c" },
    ],
    questions: [
      { id: "q", text: "Which?", choices: ["this", "that"] },
      { id: "r", text: "Why?", choices: [] },
    ],
  });
  expect(found).toMatchObject({ book: "Book 1.0", date: "2030-01-02T03:04:05.000Z" });
  expect(found.exercises).toEqual([
    { label: "one", title: "One", state: "right", code: "x = 2" },
    { label: "three", title: "Three", state: "open", code: null },
  ]);
  expect(found.questions).toEqual([
    { text: "Which?", state: "right", chosen: ["that"] },
    { text: "Why?", state: "open", chosen: [] },
  ]);
});

const TEXT = {
  progress: "{exercises} of {allExercises}, {questions} of {allQuestions}",
  progressExercises: "{exercises} of {allExercises}",
  progressQuestions: "{questions} of {allQuestions}",
  notKept: "Not kept",
  seed: "Seed {seed}",
  confirmPage: "Delete?",
  confirmAll: "Delete all?",
};

/** A page with one exercise and one question. */
function page() {
  document.body.innerHTML = `<h1>Neurons<a>#</a></h1>
    <div class="work"><p class="work-progress" hidden></p><p class="work-seed" hidden></p><button data-work="reset"></button>
    <input type="file" hidden><p class="work-status"></p></div>
    <form class="quiz" data-quiz="q"><legend>Which?</legend>
    <input type="radio" name="q"><label>this</label><input type="radio" name="q"><label>that</label>
    </form>
    <div class="exercise" id="ex"><p class="admonition-title">One</p></div><p>Text</p>
    <div class="cell tag_exercise"><div data-cell="b"></div></div>`;
  const form = document.querySelector("form");
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const [wrong, right] = form.querySelectorAll("input");
    form.dataset.result = right.checked ? "right" : wrong.checked ? "wrong" : "none";
  });
  const box = document.querySelector(".work");
  box.dataset.text = JSON.stringify(TEXT);
  chapter(box);
  return { box, form, progress: box.querySelector(".work-progress") };
}

test("answers and solved exercises are kept, counted, and there again on the next visit", () => {
  const { form, progress } = page();
  expect(progress.hidden).toBe(true);
  form.requestSubmit(); // nothing is chosen
  expect(progress.hidden).toBe(true);
  form.querySelectorAll("input")[0].checked = true;
  form.requestSubmit();
  expect(progress.hidden).toBe(false);
  expect(progress.textContent).toBe("0 of 1, 0 of 1");
  form.querySelectorAll("input")[1].checked = true;
  form.requestSubmit();
  const cell = document.querySelector(".cell");
  expect(exerciseOf(cell).id).toBe("ex");
  for (const state of ["open", "wrong", "right"]) {
    document.dispatchEvent(new CustomEvent("checked", { detail: { cell, state } }));
  }
  expect(progress.textContent).toBe("1 of 1, 1 of 1");

  const again = page();
  expect(again.progress.textContent).toBe("1 of 1, 1 of 1");
  expect(again.form.dataset.result).toBe("right");
  expect(again.form.querySelectorAll("input")[1].checked).toBe(true);
  expect(document.getElementById("ex").classList.contains("exercise-solved")).toBe(true);
});

test("where there is no quiz, only exercises are counted", () => {
  store.write(location.pathname, { ...WORK, exercises: { ex: "right" } });
  page();
  document.querySelector("form").remove();
  const box = document.querySelector(".work");
  chapter(box);
  expect(box.querySelector(".work-progress").textContent).toBe("1 of 1");
});

test("a class's seed comes by the address, stays, and makes what was checked open again", () => {
  store.write(location.pathname, WORK);
  history.replaceState(null, "", "?seed=07x");
  expect(page().box.querySelector(".work-seed").hidden).toBe(true);
  history.replaceState(null, "", "?seed=2031");
  const { box, progress } = page();
  expect(box.querySelector(".work-seed").textContent).toBe("Seed 2031");
  expect(progress.textContent).toBe("0 of 1, 1 of 1");
  history.replaceState(null, "", location.pathname);
  expect(store.seedOf(location.pathname)).toBe(2031);
  store.update(location.pathname, (work) => {
    work.exercises.ex = "right";
  });
  expect(page().progress.textContent).toBe("1 of 1, 1 of 1"); // the same seed again
  store.clear(location.pathname);
  expect(store.read(location.pathname)).toEqual({ ...store.nothing(), seed: 2031 });
  expect(store.pages()).toEqual([]);
});

test("the downloaded notebook brings the class's seed", () => {
  expect(withSeed(NOTEBOOK, 0, "Seed")).toBe(NOTEBOOK);
  const mine = withSeed(NOTEBOOK, 7, "Seed");
  expect(mine.cells.map((cell) => cell.id)).toEqual(["m", "class-seed", "a", "b"]);
  expect(mine.cells[1].source).toBe('# Seed\nimport os\n\nos.environ["MLP_SEED"] = "7"');
  expect(mine.metadata).toEqual({ kernelspec: {}, class_seed: 7 });
});

test("what is done in another tab is shown in this one", () => {
  const { form, progress } = page();
  store.write(location.pathname, { ...WORK, exercises: { ex: "right" } });
  const [key] = Object.keys(localStorage);
  dispatchEvent(new StorageEvent("storage", { key: `${key} of another page` }));
  expect(progress.hidden).toBe(true);
  dispatchEvent(new StorageEvent("storage", { key }));
  expect(progress.textContent).toBe("1 of 1, 1 of 1");
  expect(form.dataset.result).toBe("right");
});

test("Reset asks before it deletes", async () => {
  const reload = vi.spyOn(location, "reload").mockImplementation(() => {});
  const asked = vi.fn(() => false);
  vi.stubGlobal("confirm", asked);
  store.write(location.pathname, WORK);
  const { box } = page();
  box.querySelector("button").click();
  expect(asked).toHaveBeenCalledWith("Delete?");
  expect(store.read(location.pathname)).toEqual(WORK);
  asked.mockReturnValue(true);
  box.querySelector("button").click();
  expect(store.pages()).toEqual([]);
  expect(reload).toHaveBeenCalledTimes(1);
  reload.mockRestore();
});

test("the front page shows the chapters that are begun", () => {
  const row = (name) =>
    `<li data-page data-exercises="9" data-questions="5"><a href="/${name}">x</a><span></span></li>`;
  document.body.innerHTML = `<div hidden>${row("1.html")}${row("2.html")}
    <button data-work="reset"></button></div>`;
  const box = document.querySelector("div");
  box.dataset.text = JSON.stringify(TEXT);
  book(box);
  expect(box.hidden).toBe(true);
  store.write("/2.html", WORK);
  book(box);
  expect(box.hidden).toBe(false);
  expect([...box.querySelectorAll("li")].map((it) => it.hidden)).toEqual([true, false]);
  expect(box.querySelectorAll("span")[1].textContent).toBe("1 of 9, 1 of 5");
  box.querySelectorAll("li")[1].dataset.exercises = "0"; // no browser can run them
  book(box);
  expect(box.querySelectorAll("span")[1].textContent).toBe("1 of 5");
});
