// Which cells of a page an exercise needs: those that give the names in it, and what these need.

/** @typedef {{uses: string[], binds: string[], changes: string[]}} Names see names.py */

/** @param {string} code @returns {Names} of code that the reader has changed: rather too many */
function guess(code) {
  const bound = [...code.matchAll(/^(?:(?:def|class)\s+(\w+)|([\w\s,*]+?)\s*=(?!=))/gm)];
  return {
    uses: code.match(/[A-Za-z_]\w*/g) ?? [],
    binds: [],
    changes: bound.flatMap(([, name, list]) => name ?? list.match(/\w+/g) ?? []),
  };
}

/**
 * The cells above the last one that it needs, in their order.
 * @template {{code: string, source: string, names: Names}} Item
 * @param {Item[]} cells the page's, up to the one that is to run
 * @returns {Item[]}
 */
export function needed(cells) {
  const names = cells.map(({ code, source, names: own }) => {
    if (code === source) return own;
    const { uses, changes } = guess(code);
    return { uses, binds: [], changes: [...own.binds, ...own.changes, ...changes] };
  });
  const wanted = new Set(names.at(-1)?.uses);
  const found = cells.slice(0, -1).map(() => false);
  for (let i = found.length - 1; i >= 0; i--) {
    const { uses, binds, changes } = names[i];
    found[i] = [...binds, ...changes].some((name) => wanted.has(name));
    if (!found[i]) continue;
    for (const name of binds) wanted.delete(name); // not needed from further up, unless it is used
    for (const name of uses) wanted.add(name);
  }
  return cells.slice(0, -1).filter((_, i) => found[i]);
}
