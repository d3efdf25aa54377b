// Tables, text and formulas that cells show as Markdown.

import katex from "katex";
import { Marked } from "marked";

const FORMULA = /^(\$\$?)(?!\s)((?:\\[\s\S]|[^$\\])+?)(?<!\s)\1(?!\d)/;

const marked = new Marked({
  extensions: [
    {
      name: "formula",
      level: "inline",
      start: (text) => text.indexOf("$"),
      tokenizer(text) {
        const found = FORMULA.exec(text);
        return found
          ? { type: "formula", raw: found[0], tex: found[2], displayMode: found[1] === "$$" }
          : undefined;
      },
      renderer: ({ tex, displayMode }) =>
        katex.renderToString(tex, { displayMode, throwOnError: false }),
    },
  ],
});

/** @param {string} text */
export function render(text) {
  return String(marked.parse(text)).replaceAll("<table>", '<table class="table">');
}
