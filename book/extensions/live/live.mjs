// Live cells: the first button that a reader presses loads what runs Python in the page.
// Until then nothing of it is loaded, and no host is asked for anything.

import { onOther, read } from "../work/store.mjs";
import { recall } from "./reload.mjs";

const script = /** @type {HTMLScriptElement} */ (document.currentScript);
const modules = new URL("live/", script.src);
const key = `live ${location.pathname}`; // under which the tab keeps the button pressed
/** @type {Promise<import("./lazy/page.mjs").Page> | undefined} */
let page;

/** @param {string} id */
const byId = (id) => /** @type {HTMLElement} */ (document.getElementById(id));

/** What live/__init__.py tells the scripts. @returns {import("./lazy/page.mjs").Config} */
const config = () => JSON.parse(byId("live-config").textContent ?? "");

async function load() {
  if (location.protocol === "file:") throw "file"; // where browsers load no modules
  const { start } = await import(new URL("page.mjs", modules).href).catch(() => {
    throw "blocked";
  });
  return start({ ...config(), key });
}

/**
 * Load what runs Python and do something with it; say in a bar what hinders it.
 * @param {Element} bar
 * @param {(page: import("./lazy/page.mjs").Page) => unknown} action
 */
async function use(bar, action) {
  try {
    page ??= load();
    page.catch(() => {
      page = undefined; // it may go better the next time
    });
    await action(await page);
  } catch (error) {
    if (typeof error !== "string") console.error(error);
    const { text } = config();
    const words = typeof error === "string" ? text[error] : text.broken;
    /** @type {HTMLElement} */ (bar.querySelector(".live-status")).textContent = words;
    byId("live-announcer").textContent = words;
  }
}

document.addEventListener("click", (event) => {
  const target = /** @type {Element} */ (event.target);
  const button = /** @type {HTMLElement | null} */ (target.closest("[data-live]"));
  const bar = button?.closest(".live-bar");
  if (!button || !bar || event.detail > 1) return; // the second half of a double click
  use(bar, (it) => it.press(button));
});

const isKept = () => recall(key) !== undefined || read(location.pathname).edits.length > 0;

document.addEventListener("DOMContentLoaded", () => {
  const bar = document.querySelector(".live-page .live-bar");
  if (!bar) return;
  if (isKept()) use(bar, (it) => it.restore());
  onOther(location.pathname, () => {
    if (page || isKept()) use(bar, (it) => it.follow());
  });
});
