// What outlasts a reload in this tab, once, when the page loads itself again before Python starts: all
// that the reader sees, and the button that was pressed. What the reader writes is kept by work/store.mjs.

/**
 * @typedef {{top: number, open: number[], checked: number[], answered: number[]}} View
 * @typedef {{cell: number, editor: boolean, view: View}} Press
 *   `cell`: whose Run was pressed, 0 for Run all; `editor`: whether by a key in the editor
 */

const RELOADED = "live reloaded"; // kept as well, so that a tab does this only once
const PATIENCE = 5000; // milliseconds that a service worker may take to start

/** @param {string} key @returns {Press | undefined} */
export function recall(key) {
  try {
    return JSON.parse(sessionStorage.getItem(key) ?? "null") ?? undefined;
  } catch {
    return undefined; // nothing is kept, or may be
  }
}

/** @param {string} key @param {Press} [press] */
export function keep(key, press) {
  try {
    if (press) sessionStorage.setItem(key, JSON.stringify(press));
    else sessionStorage.removeItem(key);
  } catch {
    // The reader's browser keeps nothing.
  }
}

const DETAILS = "details",
  INPUTS = "form.quiz input",
  QUIZZES = "form.quiz";

/** @param {string} selector @returns {any[]} */
const all = (selector) => [...document.querySelectorAll(selector)];

/** What is unfolded and answered, and where the page is scrolled. @param {Element} anchor @returns {View} */
export function look(anchor) {
  /** @param {string} selector @param {(node: any) => boolean} test */
  const indices = (selector, test) => all(selector).flatMap((node, i) => (test(node) ? [i] : []));
  return {
    top: anchor.getBoundingClientRect().top,
    open: indices(DETAILS, (node) => node.open),
    checked: indices(INPUTS, (node) => node.checked),
    answered: indices(QUIZZES, (node) => "result" in node.dataset),
  };
}

/** Bring it all back. @param {View} view @param {Element} anchor */
export async function restore(view, anchor) {
  const [details, inputs, quizzes] = [DETAILS, INPUTS, QUIZZES].map(all);
  for (const i of view.checked) inputs[i].checked = true;
  for (const i of view.answered) quizzes[i].requestSubmit();
  for (const i of view.open) details[i].open = true;
  const scroll = () =>
    scrollBy({ top: anchor.getBoundingClientRect().top - view.top, behavior: "instant" });
  scroll();
  await new Promise((done) => setTimeout(done, 100)); // the editors measure their lines
  scroll();
}

/**
 * Start the service worker that isolates pages, which Stop needs to keep the variables, see
 * isolation.mjs. Where it has started, the page must be loaded again.
 * @param {string} address @returns {Promise<boolean>}
 */
export async function isolate(address) {
  if (globalThis.crossOriginIsolated || !navigator.serviceWorker) return false;
  try {
    if (sessionStorage.getItem(RELOADED)) return false;
    await navigator.serviceWorker.register(address);
    const late = new Promise((_, reject) => setTimeout(reject, PATIENCE));
    await Promise.race([navigator.serviceWorker.ready, late]);
    sessionStorage.setItem(RELOADED, "yes");
    return true;
  } catch {
    return false; // Stop then restarts Python
  }
}
