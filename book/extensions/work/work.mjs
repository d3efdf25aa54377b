// Keeps a reader's answers, shows how far they are, and hands out what they have done.

import { sourceOf } from "../live/source.mjs";
import { fill } from "../words/fill.mjs";
import { editsIn, withEdits, withSeed } from "./notebook.mjs";
import { receipt } from "./receipt.mjs";
import * as store from "./store.mjs";

/** @typedef {import("./store.mjs").Work} Work */

/** @param {string} selector @param {ParentNode} [root] @returns {HTMLElement[]} */
const all = (selector, root = document) =>
  /** @type {HTMLElement[]} */ ([...root.querySelectorAll(selector)]);

/** Whose answer a cell is: the exercise that comes before it. @param {Element} cell */
export function exerciseOf(cell) {
  for (let node = cell.previousElementSibling; node; node = node.previousElementSibling) {
    if (node.matches(".exercise[id]")) return /** @type {HTMLElement} */ (node);
  }
}

/** What a chapter asks. */
function asked() {
  const exercises = all(".cell.tag_exercise").flatMap((cell) => {
    const exercise = exerciseOf(cell);
    const title = exercise?.querySelector(".admonition-title")?.textContent?.trim() ?? "";
    const id = cell.querySelector("[data-cell]")?.getAttribute("data-cell") ?? "";
    return exercise && id ? [{ label: exercise.id, title, id, exercise }] : [];
  });
  const questions = all("form.quiz[data-quiz]").map((form) => ({
    id: /** @type {string} */ (form.dataset.quiz),
    text: form.querySelector("legend")?.textContent?.trim() ?? "",
    choices: all("label", form).map((label) => label.textContent?.trim() ?? ""),
    form: /** @type {HTMLFormElement} */ (form),
  }));
  return { exercises, questions };
}

/**
 * How far the reader is, in words.
 * @param {Record<string, string>} text @param {Work} work
 * @param {number} allExercises @param {number} allQuestions
 */
function progressOf(text, work, allExercises, allQuestions) {
  const { exercises, questions } = store.solved(work);
  const both = allExercises && allQuestions;
  const one = allExercises ? text.progressExercises : text.progressQuestions;
  return fill(both ? text.progress : one, { exercises, allExercises, questions, allQuestions });
}

/** @param {string} name @param {string} type @param {any} content to be written as JSON */
function save(name, type, content) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([JSON.stringify(content, null, 1)], { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

/** The work on a chapter. @param {HTMLElement} box where it is shown */
export function chapter(box) {
  const page = location.pathname;
  const text = JSON.parse(/** @type {string} */ (box.dataset.text));
  const { exercises, questions } = asked();
  const status = /** @type {HTMLElement} */ (box.querySelector(".work-status"));

  /** @param {string} words */
  const say = (words) => (status.textContent = words);

  /** @param {(work: Work) => void} change */
  function keep(change) {
    if (!store.update(page, change)) say(text.notKept);
    show();
  }

  /** Show how far the reader is, once they have begun. */
  function show() {
    const work = store.read(page);
    for (const { label, exercise } of exercises) {
      exercise.classList.toggle("exercise-solved", work.exercises[label] === "right");
    }
    const progress = /** @type {HTMLElement} */ (box.querySelector(".work-progress"));
    progress.hidden = store.isEmpty(work);
    progress.textContent = progressOf(text, work, exercises.length, questions.length);
    const seed = /** @type {HTMLElement} */ (box.querySelector(".work-seed"));
    seed.hidden = !work.seed;
    seed.textContent = fill(text.seed, { seed: work.seed });
  }

  /** Put the answers that are kept into their forms; those to a question that has changed are not shown. */
  function answer() {
    const work = store.read(page);
    for (const { id, form } of questions) {
      const answer = work.questions[id];
      if (!answer) continue;
      const inputs = /** @type {HTMLInputElement[]} */ (all("input", form));
      for (const [i, input] of inputs.entries()) input.checked = answer.chosen.includes(i);
      form.requestSubmit();
    }
  }
  answer();
  store.onOther(page, () => {
    answer();
    show();
  });
  document.addEventListener("submit", ({ target }) => {
    const question = questions.find(({ form }) => form === target);
    if (!question) return;
    const result = question.form.dataset.result ?? "none";
    if (result === "none") return;
    const chosen = all("input", question.form).flatMap((input, i) =>
      /** @type {HTMLInputElement} */ (input).checked ? [i] : [],
    );
    keep((work) => (work.questions[question.id] = { chosen, result }));
  });

  // What a check said; live cells tell it.
  document.addEventListener("checked", (event) => {
    const { cell, state } = /** @type {CustomEvent} */ (event).detail;
    const label = exerciseOf(cell)?.id;
    if (label && state !== "open") keep((work) => (work.exercises[label] = state));
  });
  document.addEventListener("kept", (event) => {
    if (!(/** @type {CustomEvent} */ (event).detail)) say(text.notKept);
    show();
  });

  const title = document.querySelector("h1")?.firstChild?.textContent?.trim() ?? "";
  const name =
    page
      .split("/")
      .pop()
      ?.replace(/\.html$/, "") ?? "chapter";

  async function download() {
    const response = await fetch(/** @type {string} */ (box.dataset.notebook));
    if (!response.ok) throw new Error(`${response.status} for ${response.url}`);
    const { edits, seed } = store.read(page);
    const mine = withEdits(await response.json(), edits, text.gone);
    save(`${name}.ipynb`, "application/x-ipynb+json", withSeed(mine, seed, text.seedCell));
  }

  /** @param {File} file */
  async function open(file) {
    const cells = all("[data-cell]").map((bar) => ({
      id: /** @type {string} */ (bar.dataset.cell),
      source: sourceOf(bar.parentElement),
    }));
    let notebook, edits;
    try {
      notebook = JSON.parse(await file.text());
      edits = editsIn(notebook, cells);
    } catch (error) {
      return say(error instanceof RangeError ? text.otherPage : text.noNotebook);
    }
    if (store.read(page).edits.length && !confirm(text.replace)) return;
    const seed = Number(notebook.metadata?.class_seed) || store.seedOf(page);
    keep((work) => Object.assign(work, { edits, seed }));
    location.reload();
  }

  function reset() {
    if (!confirm(text.confirmPage)) return;
    store.clear(page);
    location.reload();
  }

  function hand() {
    const { book = "" } = box.dataset;
    const work = store.read(page);
    const content = receipt({
      book,
      page: name,
      title,
      date: new Date(),
      work,
      exercises,
      questions,
    });
    save(`${name}-receipt.json`, "application/json", content);
  }

  const input = /** @type {HTMLInputElement} */ (box.querySelector("input[type=file]"));
  input.addEventListener("change", () => {
    if (input.files?.[0]) open(input.files[0]);
    input.value = "";
  });
  /** @type {Record<string, () => unknown>} */
  const actions = { download, open: () => input.click(), receipt: hand, reset };
  box.addEventListener("click", async ({ target }) => {
    const button = /** @type {HTMLElement} */ (target).closest("[data-work]");
    if (!button) return;
    const action = actions[button.getAttribute("data-work") ?? ""];
    say("");
    try {
      await action();
    } catch (error) {
      console.error(error);
      say(text.loading);
    }
  });
  const seed = store.seedOf(page);
  // With other data, what was checked is open again.
  if (seed !== store.read(page).seed) keep((work) => Object.assign(work, { seed, exercises: {} }));
  show();
}

/** The work on all chapters, for readers who have begun. @param {HTMLElement} box on the front page */
export function book(box) {
  const text = JSON.parse(/** @type {string} */ (box.dataset.text));
  let begun = false;
  for (const row of all("[data-page]", box)) {
    const link = /** @type {HTMLAnchorElement} */ (row.querySelector("a"));
    const work = store.read(new URL(link.href).pathname);
    row.hidden = store.isEmpty(work);
    begun ||= !row.hidden;
    /** @type {HTMLElement} */ (row.querySelector("span")).textContent = progressOf(
      text,
      work,
      Number(row.dataset.exercises),
      Number(row.dataset.questions),
    );
  }
  box.hidden = !begun;
  box.querySelector("[data-work=reset]")?.addEventListener("click", () => {
    if (!confirm(text.confirmAll)) return;
    for (const page of store.pages()) store.clear(page);
    box.hidden = true;
  });
}

const box = document.querySelector("div.work");
if (box) chapter(/** @type {HTMLElement} */ (box));
const overview = document.querySelector("div.work-overview");
if (overview) book(/** @type {HTMLElement} */ (overview));
