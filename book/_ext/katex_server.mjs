// Reads one {tex, display} per line, writes one {html} or {error} per line.
import katex from "katex";
import { createInterface } from "node:readline";

for await (const line of createInterface({ input: process.stdin })) {
  const { tex, display } = JSON.parse(line);
  let answer;
  try {
    const html = katex.renderToString(tex, {
      displayMode: display,
      output: "htmlAndMathml",
      strict: "error", // only LaTeX that MathJax in Jupyter reads as well
      throwOnError: true,
    });
    answer = { html };
  } catch (error) {
    answer = { error: error.message };
  }
  process.stdout.write(JSON.stringify(answer) + "\n");
}
