// Compile matmul.wat for numbers of 64 and 32 bits: node matmul.mjs TARGET

import { readFileSync, writeFileSync } from "node:fs";
import wabt from "wabt";

const template = readFileSync(new URL("matmul.wat", import.meta.url), "utf8");
/** @param {string} number @param {string} vector */
const fill = (number, vector) =>
  template.replaceAll("{number}", number).replaceAll("{vector}", vector);
const functions = fill("f64", "f64x2") + fill("f32", "f32x4");
const { parseWat } = await wabt();
const module = parseWat("matmul.wat", `(module (import "env" "memory" (memory 0)) ${functions})`);
module.validate();
writeFileSync(process.argv[2], module.toBinary({}).buffer);
