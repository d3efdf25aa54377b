// Which cells an exercise needs.

import { expect, test } from "vitest";
import { needed } from "./needs.mjs";

const cell = (code, uses, binds, changes = []) => ({
  code,
  source: code,
  names: { uses, binds, changes },
});

const CELLS = [
  cell("import numpy as np", [], ["np"]),
  cell("x = np.ones(3)", ["np", "x"], ["x"]),
  cell("y = 2", ["y"], ["y"]),
  cell("x.append(y)", ["x", "y"], [], ["x"]),
  cell("print(x)", ["print", "x"], []),
];

const numbers = (cells) => needed(cells).map((it) => cells.indexOf(it));

test("the cells that give its names, and what these need", () => {
  expect(numbers([...CELLS, cell("np.zeros(2)", ["np"], [])])).toEqual([0]);
  expect(numbers([...CELLS, cell("y", ["y"], [])])).toEqual([2]);
  expect(numbers([...CELLS, cell("1", [], [])])).toEqual([]);
});

test("what changes an object is needed like what made it", () => {
  expect(numbers([...CELLS, cell("x", ["x"], [])])).toEqual([0, 1, 2, 3]);
});

test("of two cells that bind a name the last one is needed", () => {
  const again = cell("y = 3", ["y"], ["y"]);
  expect(numbers([...CELLS, again, cell("z + y", ["z", "y"], [])])).toEqual([2, 5]);
  const fresh = cell("y = 3", [], ["y"]);
  expect(numbers([...CELLS, fresh, cell("z + y", ["z", "y"], [])])).toEqual([5]);
});

test("of changed code every word counts", () => {
  const changed = { ...CELLS[4], code: "first, z = 1, 2\ndef helper(): return y" };
  const cells = [...CELLS.slice(0, 4), changed];
  expect(numbers([...cells, cell("helper()", ["helper"], [])])).toEqual([2, 4]);
  expect(numbers([...cells, cell("z", ["z"], [])])).toEqual([2, 4]);
  const answer = { ...cell("...", [], []), code: "answer = y" };
  expect(numbers([...CELLS, answer])).toEqual([2]);
});
