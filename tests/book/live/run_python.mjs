// Run a Python file in Pyodide: node run_python.mjs FOLDER FILE, with the folder that a book serves.

import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [folder, file] = process.argv.slice(2);
const { loadPyodide } = await import(pathToFileURL(`${folder}/pyodide.mjs`).href);
const pyodide = await loadPyodide({ packageBaseUrl: `${folder}/` });
const code = readFileSync(file, "utf8");
try {
  await pyodide.loadPackagesFromImports(code, { messageCallback: () => {} });
  pyodide.runPython(code);
} catch (error) {
  console.error(/** @type {Error} */ (error).message); // Python's traceback; Node would print all of Pyodide before it
  process.exitCode = 1;
}
