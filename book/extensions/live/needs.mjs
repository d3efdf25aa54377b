// Which cells of a page an exercise needs: those that give the names in it, and what these need.

/** @typedef {{uses: string[], binds: string[], changes: string[]}} Names see names() in cells.py */

/**
 * The cells above the last one that it needs, by their places.
 * @param {Names[]} names of the page's cells, up to the one that is to run
 * @returns {number[]}
 */
export function needed(names) {
  const wanted = new Set(names.at(-1)?.uses);
  const found = [];
  for (let i = names.length - 2; i >= 0; i--) {
    const { uses, binds, changes } = names[i];
    if (![...binds, ...changes].some((name) => wanted.has(name))) continue;
    found.unshift(i);
    for (const name of binds) wanted.delete(name); // not needed from further up, unless it is used
    for (const name of uses) wanted.add(name);
  }
  return found;
}
