// What the browser keeps of a reader's work: for each page the code that was written, the answers to
// questions, the exercises solved, and the seed of the reader's class. Nothing of it leaves the browser
// by itself.
//
// A page may be open in several tabs. Each changes by `update` what it has to change, and no more, and
// hears by `onOther` what the others do.

/**
 * @typedef {{id: string, source: string, code: string}} Edit a cell's id, the book's code when the
 *   reader changed it, and the reader's
 * @typedef {{chosen: number[], result: string}} Answer the choices, and what they were: right, wrong
 * @typedef {{
 *   edits: Edit[], exercises: Record<string, string>, questions: Record<string, Answer>, seed: number,
 * }} Work exercises: what the check said last, by the exercise's label
 */

const PREFIX = "neurons-to-networks work ";
const VERSION = 1; // of what is stored; another one is left alone

/** @returns {Work} */
export const nothing = () => ({ edits: [], exercises: {}, questions: {}, seed: 0 });

/** Whether nothing is done; the seed is not the reader's. @param {Work} work */
export const isEmpty = (work) =>
  work.edits.length + Object.keys(work.exercises).length + Object.keys(work.questions).length === 0;

/** What is kept for a page. @param {string} page @returns {Work} */
export function read(page) {
  try {
    const { version, work } = JSON.parse(localStorage.getItem(PREFIX + page) ?? "{}");
    return version === VERSION ? { ...nothing(), ...work } : nothing();
  } catch {
    return nothing(); // nothing is kept, or may be
  }
}

/**
 * Keep work for a page.
 * @param {string} page @param {Work} work
 * @returns {boolean} false where the browser keeps nothing: in private windows, or when it is full
 */
export function write(page, work) {
  try {
    if (isEmpty(work) && !work.seed) localStorage.removeItem(PREFIX + page);
    else localStorage.setItem(PREFIX + page, JSON.stringify({ version: VERSION, work }));
    return true;
  } catch {
    return false;
  }
}

/** Change what is kept for a page. @param {string} page @param {(work: Work) => void} change */
export function update(page, change) {
  const work = read(page);
  change(work);
  return write(page, work);
}

/** Forget what is done on a page. @param {string} page */
export const clear = (page) => write(page, { ...nothing(), seed: read(page).seed });

/** Do something when another tab changes what is kept for a page. @param {string} page @param {() => void} act */
export function onOther(page, act) {
  addEventListener("storage", ({ key }) => {
    if (key === PREFIX + page || key === null) act();
  });
}

/**
 * The seed of the reader's class, from which data are drawn that differ from class to class: it stands
 * in the address, as ?seed=7, or did on an earlier visit; else it is 0.
 * @param {string} page
 */
export function seedOf(page) {
  const asked = new URLSearchParams(location.search).get("seed") ?? "";
  return /^\d{1,9}$/.test(asked) ? Number(asked) : read(page).seed;
}

/** The pages of which something is kept. @returns {string[]} */
export function pages() {
  try {
    return Object.keys(localStorage)
      .filter((key) => key.startsWith(PREFIX))
      .map((key) => key.slice(PREFIX.length))
      .filter((page) => !isEmpty(read(page)));
  } catch {
    return [];
  }
}

/** How many exercises and questions are solved. @param {Work} work */
export const solved = ({ exercises, questions }) => ({
  exercises: Object.values(exercises).filter((state) => state === "right").length,
  questions: Object.values(questions).filter(({ result }) => result === "right").length,
});
