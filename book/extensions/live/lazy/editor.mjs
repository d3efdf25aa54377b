// The editor of a cell: CodeMirror, with keys that leave the page usable without a mouse.

import { indentWithTab } from "@codemirror/commands";
import { python } from "@codemirror/lang-python";
import {
  bracketMatching,
  indentOnInput,
  indentUnit,
  syntaxHighlighting,
} from "@codemirror/language";
import { EditorState, Prec } from "@codemirror/state";
import { EditorView, keymap } from "@codemirror/view";
import { tagHighlighter, tags } from "@lezer/highlight";
import { minimalSetup } from "codemirror";

// The classes of the book's listings, whose colors are chosen for light and for dark mode.
const colors = tagHighlighter([
  { tag: tags.keyword, class: "k" },
  { tag: tags.operatorKeyword, class: "ow" },
  { tag: [tags.bool, tags.null], class: "kc" },
  { tag: tags.operator, class: "o" },
  { tag: tags.number, class: "mi" },
  { tag: [tags.string, tags.special(tags.string)], class: "s2" },
  { tag: tags.comment, class: "c1" },
  { tag: tags.function(tags.definition(tags.variableName)), class: "nf" },
  { tag: tags.definition(tags.className), class: "nc" },
  { tag: tags.meta, class: "nd" },
]);

/**
 * @param {{
 *   parent: HTMLElement, code: string, label: string,
 *   onChange: () => void, onRun: () => void, onLeave: () => void,
 * }} options
 */
export function createEditor({ parent, code, label, onChange, onRun, onLeave }) {
  /** @param {() => void} action */
  const instead = (action) => () => {
    action();
    return true; // and not what the key does otherwise
  };
  // Tab indents, so another key must lead out.
  const keys = [
    { key: "Shift-Enter", run: instead(onRun) },
    { key: "Escape", run: instead(onLeave) },
    indentWithTab,
  ];
  const box = document.createElement("div");
  box.className = "highlight";
  parent.append(box);
  // Not for the page's own shortcuts: "/" would open the search.
  box.addEventListener("keydown", (event) => event.stopPropagation());
  const view = new EditorView({
    parent: box,
    state: EditorState.create({
      doc: code,
      extensions: [
        Prec.highest(keymap.of(keys)),
        minimalSetup,
        python(),
        syntaxHighlighting(colors),
        bracketMatching(),
        indentOnInput(),
        indentUnit.of("    "),
        EditorView.contentAttributes.of({ "aria-label": label }),
        EditorView.updateListener.of((update) => update.docChanged && onChange()),
      ],
    }),
  });
  return {
    get code() {
      return view.state.doc.toString();
    },
    focus: () => view.focus(),
    remove: () => {
      view.destroy();
      box.remove();
    },
  };
}
