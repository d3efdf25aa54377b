// Which cells an exercise needs.

import { expect, test } from "vitest";
import { needed } from "./needs.mjs";

const cell = (uses, binds, changes = []) => ({ uses, binds, changes });

const CELLS = [
  cell([], ["np"]),
  cell(["np"], ["x"]),
  cell([], ["y"]),
  cell(["x", "y"], [], ["x"]),
  cell(["x"], []),
];
const needs = (...names) => needed([...CELLS, cell(names, [])]);

test("the cells that give its names, and what these need", () => {
  expect(needs("np")).toEqual([0]);
  expect(needs("y", "print")).toEqual([2]);
  expect(needs()).toEqual([]);
});

test("what changes an object is needed like what made it", () => {
  expect(needs("x")).toEqual([0, 1, 2, 3]);
});

test("of two cells that bind a name the last one is needed, and the first one if it uses it", () => {
  expect(needed([...CELLS, cell([], ["y"]), cell(["y"], [])])).toEqual([5]);
  expect(needed([...CELLS, cell(["y"], ["y"]), cell(["y"], [])])).toEqual([2, 5]);
});
