// A chapter with the reader's changes as a notebook, and back.

/** @typedef {{id: string, source: string, code: string}} Edit see store.mjs */

/** @param {string | string[]} source as notebooks hold it: a text, or its lines */
const textOf = (source) => (Array.isArray(source) ? source.join("") : source);

/**
 * The chapter's notebook with the reader's code. Cells that were changed lose the book's results, and
 * what the book no longer has stands at the end.
 * @param {any} notebook @param {Edit[]} edits @param {string} heading of what stands at the end
 */
export function withEdits(notebook, edits, heading) {
  const byId = new Map(edits.map((edit) => [edit.id, edit]));
  const cells = notebook.cells.map((/** @type {any} */ cell) => {
    const edit = byId.get(cell.id);
    if (!edit || cell.cell_type !== "code") return cell;
    byId.delete(cell.id);
    return { ...cell, source: edit.code, outputs: [], execution_count: null };
  });
  if (byId.size) {
    cells.push({
      cell_type: "markdown",
      id: "no-longer-in-the-book",
      metadata: {},
      source: heading,
    });
  }
  for (const { id, code } of byId.values()) {
    cells.push({
      cell_type: "code",
      id,
      metadata: {},
      source: code,
      outputs: [],
      execution_count: null,
    });
  }
  return { ...notebook, cells };
}

/**
 * A notebook with the class's seed, where `mlp.check.seed` finds it.
 * @param {any} notebook @param {number} seed @param {string} words about it
 */
export function withSeed(notebook, seed, words) {
  if (!seed) return notebook;
  const first = notebook.cells.findIndex((/** @type {any} */ cell) => cell.cell_type === "code");
  const cell = {
    cell_type: "code",
    id: "class-seed",
    metadata: {},
    source: `# ${words}\nimport os\n\nos.environ["MLP_SEED"] = "${seed}"`,
    outputs: [],
    execution_count: null,
  };
  return {
    ...notebook,
    metadata: { ...notebook.metadata, class_seed: seed },
    cells: notebook.cells.toSpliced(first, 0, cell),
  };
}

/**
 * The code in a notebook that is not the book's.
 * @param {any} notebook what a reader has opened
 * @param {{id: string, source: string}[]} cells of the page
 * @returns {Edit[]} throws a TypeError if it is no notebook, a RangeError if it has no cell of this page
 */
export function editsIn(notebook, cells) {
  if (!Array.isArray(notebook?.cells)) throw new TypeError("no notebook");
  /** @type {Map<string, string>} */
  const codes = new Map(
    notebook.cells
      .filter((/** @type {any} */ cell) => cell.cell_type === "code" && cell.id)
      .map((/** @type {any} */ cell) => [cell.id, textOf(cell.source)]),
  );
  const ours = cells.filter(({ id }) => codes.has(id));
  if (!ours.length) throw new RangeError("no cell of this page");
  return ours
    .map(({ id, source }) => ({ id, source, code: /** @type {string} */ (codes.get(id)) }))
    .filter(({ source, code }) => code.trimEnd() !== source.trimEnd());
}
