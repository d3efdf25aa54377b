// Live cells: the first button that a reader presses loads what runs Python in the page.
// Until then nothing of it is loaded, and no host is asked for anything.
{
  const modules = new URL("live/", document.currentScript.src);
  const key = `live ${location.pathname}`; // under which the tab keeps what the reader writes
  let page;

  async function load() {
    if (location.protocol === "file:") throw "file"; // where browsers load no modules
    const config = JSON.parse(document.getElementById("live-config").textContent);
    const { start } = await import(new URL("page.mjs", modules)).catch(() => {
      throw "blocked";
    });
    return start({ ...config, key });
  }

  /** Load what runs Python and do something with it; say in a bar what hinders it. */
  async function use(bar, action) {
    try {
      page ??= load();
      page.catch(() => (page = undefined)); // it may go better the next time
      await action(await page);
    } catch (error) {
      if (typeof error !== "string") console.error(error);
      const { text } = JSON.parse(document.getElementById("live-config").textContent);
      const words = typeof error === "string" ? text[error] : text.broken;
      bar.querySelector(".live-status").textContent = words;
      document.getElementById("live-announcer").textContent = words;
    }
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-live]");
    if (!button || event.detail > 1) return; // the second half of a double click
    use(button.closest(".live-bar"), (it) => it.press(button));
  });

  function isKept() {
    try {
      return sessionStorage.getItem(key) !== null;
    } catch {
      return false; // the browser keeps nothing
    }
  }

  document.addEventListener("DOMContentLoaded", () => {
    const bar = document.querySelector(".live-page .live-bar");
    if (bar && isKept()) use(bar, (it) => it.restore());
  });
}
