// Live cells: the first button that a reader presses loads what runs Python in the page.
// Until then nothing of it is loaded, and no host is asked for anything.
{
  const modules = new URL("live/", document.currentScript.src);
  let page;

  async function load(config) {
    if (location.protocol === "file:") throw "file"; // where browsers load no modules
    const { start } = await import(new URL("page.mjs", modules)).catch(() => {
      throw "blocked";
    });
    return start(config);
  }

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-live]");
    if (!button || event.detail > 1) return; // the second half of a double click
    const config = JSON.parse(document.getElementById("live-config").textContent);
    try {
      (await (page ??= load(config))).press(button);
    } catch (reason) {
      page = undefined;
      button.closest(".live-bar").querySelector(".live-status").textContent = config.text[reason];
      document.getElementById("live-announcer").textContent = config.text[reason];
    }
  });
}
