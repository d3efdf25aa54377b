// Compile archives with the browser's Python: node compile.mjs FOLDER JSON, with the folder of
// Pyodide and a list of [archive, compiled archive, folder that it will be imported from].

import { readFileSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [folder, archives] = process.argv.slice(2);
const { loadPyodide } = await import(pathToFileURL(`${folder}/pyodide.mjs`).href);
const pyodide = await loadPyodide();
pyodide.runPython(readFileSync(new URL("compile.py", import.meta.url), "utf8"));
const compile = pyodide.globals.get("compile_archive");
try {
  for (const [source, target, place] of JSON.parse(archives)) {
    pyodide.FS.writeFile("/tmp/source", readFileSync(source));
    compile("/tmp/source", "/tmp/target", place);
    writeFileSync(target, pyodide.FS.readFile("/tmp/target"));
  }
} catch (error) {
  console.error(/** @type {Error} */ (error).message); // Python's traceback; Node would print all of Pyodide before it
  process.exitCode = 1;
}
