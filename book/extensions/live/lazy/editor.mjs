// The editor of a cell: CodeMirror, with keys that leave the page usable without a mouse.

import {
  acceptCompletion,
  autocompletion,
  closeCompletion,
  startCompletion,
} from "@codemirror/autocomplete";
import { indentWithTab } from "@codemirror/commands";
import { python } from "@codemirror/lang-python";
import {
  bracketMatching,
  indentOnInput,
  indentUnit,
  syntaxHighlighting,
} from "@codemirror/language";
import { EditorState, Prec, StateEffect, StateField } from "@codemirror/state";
import { EditorView, keymap, showTooltip } from "@codemirror/view";
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

/** @typedef {(question: "complete" | "explain", before: string) => Promise<any>} Ask see python.mjs */

/** A key's action that leaves nothing for others to do. @param {() => void} action */
const handled = (action) => () => {
  action();
  return true;
};

/** @typedef {{pos: number, text: string}} Note */
const setNote = /** @type {import("@codemirror/state").StateEffectType<Note>} */ (
  StateEffect.define()
);

/** What a name is, shown at the cursor until the reader goes on. */
const note = StateField.define({
  create: () => /** @type {Note | null} */ (null),
  update(value, transaction) {
    for (const effect of transaction.effects) if (effect.is(setNote)) return effect.value;
    return transaction.docChanged || transaction.selection ? null : value;
  },
  provide: (field) =>
    showTooltip.from(
      field,
      (value) =>
        value && {
          pos: value.pos,
          create() {
            const dom = document.createElement("pre");
            dom.className = "live-explained";
            dom.textContent = value.text;
            dom.setAttribute("role", "status");
            return { dom };
          },
        },
    ),
});

/**
 * The keys that ask Python: Tab completes the name before the cursor, or says what it is where it is
 * complete; Shift+Tab says what it is. They indent where no name stands, or Python does not run.
 * @param {Ask} ask
 */
function asking(ask) {
  /** @param {EditorView} view */
  const explain = async (view) => {
    const pos = view.state.selection.main.head;
    const text = await ask("explain", view.state.sliceDoc(0, pos));
    if (text && view.state.selection.main.head === pos) {
      view.dispatch({ effects: setNote.of({ pos, text }) });
    }
  };
  /** @param {EditorView} view */
  const complete = async (view) => {
    const pos = view.state.selection.main.head;
    const names = await ask("complete", view.state.sliceDoc(0, pos));
    if (names?.length) startCompletion(view);
    else if (names) explain(view);
  };
  /** @param {(view: EditorView) => unknown} action where a name or a call stands before the cursor */
  const afterName = (action) => (/** @type {EditorView} */ view) => {
    const { main } = view.state.selection;
    const line = view.state.doc.lineAt(main.head);
    if (!main.empty || !/[\w.(]$/.test(line.text.slice(0, main.head - line.from))) return false;
    action(view);
    return true;
  };
  const keys = [
    { key: "Tab", run: acceptCompletion },
    { key: "Tab", run: afterName(complete) },
    { key: "Shift-Tab", run: afterName(explain) },
  ];
  const source = async (
    /** @type {import("@codemirror/autocomplete").CompletionContext} */ context,
  ) => {
    const names = await ask("complete", context.state.sliceDoc(0, context.pos));
    if (!names?.length) return null;
    const word = context.matchBefore(/[\w.]*/);
    return {
      from: word?.from ?? context.pos,
      options: names.map((/** @type {string} */ label) => ({ label })),
      validFor: /^[\w.]*$/,
    };
  };
  return [
    Prec.highest(keymap.of(keys)),
    autocompletion({
      override: [source],
      activateOnTyping: false,
      interactionDelay: 0, // the list comes when it is asked for, so a second Tab is meant
      icons: false,
    }),
    note,
  ];
}

/**
 * @param {{
 *   parent: HTMLElement, code: string, label: string,
 *   onChange: () => void, onRun: () => void, onLeave: () => void, ask: Ask,
 * }} options
 */
export function createEditor({ parent, code, label, onChange, onRun, onLeave, ask }) {
  // Tab indents or completes, so another key must lead out.
  const keys = [
    { key: "Shift-Enter", run: handled(onRun) },
    { key: "Escape", run: closeCompletion },
    { key: "Escape", run: handled(onLeave) },
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
        asking(ask),
        Prec.high(keymap.of(keys)),
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
