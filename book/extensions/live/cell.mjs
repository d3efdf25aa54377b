// One cell of the page: its listing or editor, its buttons, its results and what is said of them.

import { fill } from "../words/fill.mjs";
import { element, Output } from "./output.mjs";
import { sourceOf } from "./source.mjs";

/**
 * @typedef {Record<string, string>} Words all words that the page's scripts say, from live/__init__.py
 * @typedef {{code: string, focus: () => void, remove: () => void}} Editor
 */

export class Cell {
  /** @type {Editor | undefined} */
  editor;
  /** @type {string[] | undefined} the code, from the page's first cell to this one, whose results
   * are shown; undefined: the book's code */
  basis;

  /**
   * @param {HTMLElement} bar
   * @param {number} number
   * @param {Words} text
   * @param {{editor: string, markdown: string}} modules addresses of what is loaded when needed
   * @param {import("./needs.mjs").Names} names of the book's code
   */
  constructor(bar, number, text, modules, names) {
    this.bar = bar;
    this.id = bar.dataset.cell ?? String(number); // the same when the book has other cells
    this.number = number;
    this.names = names;
    this.text = text;
    this.modules = modules;
    this.root = /** @type {HTMLElement} */ (bar.parentElement);
    this.isExercise = this.root.classList.contains("tag_exercise");
    this.input = /** @type {HTMLElement} */ (this.root.querySelector(".cell_input"));
    this.listing = /** @type {HTMLElement} */ (this.input.firstElementChild);
    this.source = sourceOf(this.root);
    let container = /** @type {HTMLElement | null} */ (this.root.querySelector(".cell_output"));
    if (!container) {
      container = element("div", "cell_output");
      this.root.append(container);
    }
    const loadMarkdown = async () => (await import(modules.markdown)).render;
    this.output = new Output(container, /** @type {any} */ (text), loadMarkdown);
    this.note = element("span", "live-note");
    bar.append(this.note);
  }

  get code() {
    return this.editor?.code ?? this.source;
  }

  /** @param {string} action */
  button(action) {
    return /** @type {HTMLButtonElement} */ (this.bar.querySelector(`[data-live=${action}]`));
  }

  /** Unfold the code and the results, where the book folds them away. */
  unfold() {
    for (const part of [this.input, this.output.container]) {
      part.closest("details")?.setAttribute("open", "");
    }
  }

  /** @param {{code: string, onChange: () => void, onRun: () => void, ask: import("./lazy/editor.mjs").Ask}} options */
  async openEditor({ code, onChange, onRun, ask }) {
    const { createEditor } = await import(this.modules.editor);
    if (this.editor) return;
    this.listing.hidden = true;
    this.root.classList.add("live-editing");
    this.editor = createEditor({
      parent: this.input,
      code,
      label: fill(this.text.editor, { number: this.number }),
      onChange,
      onRun,
      ask,
      onLeave: () => this.button("run").focus(),
    });
  }

  closeEditor() {
    this.editor?.remove();
    this.editor = undefined;
    this.listing.hidden = false;
    this.root.classList.remove("live-editing");
  }

  /**
   * Say whose results are shown and whether they are those of the code, and offer Reset where there
   * is something to go back from.
   * @param {Cell[]} above the cells from the page's first to this one
   */
  update(above) {
    const own = this.basis !== undefined;
    const stale = above.some((cell, i) => cell.code !== (this.basis ? this.basis[i] : cell.source));
    const { classList, childNodes } = this.output.container;
    classList.toggle("live-own", own);
    classList.toggle("live-stale", stale);
    this.note.textContent =
      childNodes.length === 0 ? "" : stale ? this.text.stale : own ? this.text.own : "";
    this.button("reset").hidden = this.code === this.source && !own;
  }
}
