// The code of a cell as the book has it.

/** @param {Element | null | undefined} cell @returns {string} */
export const sourceOf = (cell) =>
  (cell?.querySelector(".cell_input pre")?.textContent ?? "").replace(/\n$/, "");
