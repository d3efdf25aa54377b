// Join styles and scripts with esbuild: node build.mjs reads its task, as JSON; see __init__.py.

import { json } from "node:stream/consumers";
import { build } from "esbuild";

/**
 * @typedef {{
 *   name: string, styles: string[], scripts: string[], modules: Record<string, string>,
 *   before: string, folder: string,
 * }} Task how stylesheet and script are called, and their files; modules by the names that they get;
 *   the scripts of others, which run before; where everything goes
 */
const task = /** @type {Task} */ (await json(process.stdin));
const { name, styles, scripts, modules, before, folder } = task;

/** @param {string} loader @param {string[]} lines @returns {import("esbuild").BuildOptions} */
const joined = (loader, lines) => ({
  stdin: {
    contents: lines.join("\n"),
    loader: /** @type {import("esbuild").Loader} */ (loader),
    resolveDir: folder,
  },
  outfile: `${folder}/${name}.${loader}`,
});

/** @type {import("esbuild").BuildOptions} */
const common = {
  bundle: true,
  minify: true,
  target: "es2022",
  legalComments: "eof",
  logLevel: "warning",
};

await Promise.all([
  build({
    ...common,
    ...joined(
      "css",
      styles.map((path) => `@import ${JSON.stringify(path)};`),
    ),
    loader: { ".woff2": "file", ".png": "file" },
    assetNames: "site/[name]",
    // Every current browser reads KaTeX's woff2 fonts; icons.woff is written later.
    external: ["*.woff", "*.ttf", "../vendor/*"],
  }),
  build({
    ...common,
    ...joined(
      "js",
      scripts.map((path) => `import ${JSON.stringify(path)};`),
    ),
    format: "iife",
    banner: { js: before },
  }),
  build({
    ...common,
    entryPoints: modules,
    outdir: folder,
    outExtension: { ".js": ".mjs" },
    format: "esm",
    splitting: true,
    chunkNames: "chunks/[name]-[hash]",
  }),
]);
