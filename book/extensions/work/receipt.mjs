// A receipt of a chapter: a small file that says what was asked, answered and checked.

/** @typedef {import("./store.mjs").Work} Work */

/**
 * @param {{
 *   book: string, page: string, title: string, date: Date, work: Work,
 *   exercises: {label: string, title: string, id: string}[],
 *   questions: {id: string, text: string, choices: string[]}[],
 * }} parts `id` of an exercise: of the cell where it is answered
 */
export function receipt({ book, page, title, date, work, exercises, questions }) {
  const code = new Map(work.edits.map((edit) => [edit.id, edit.code]));
  return {
    format: "neurons-to-networks receipt 1",
    book,
    page,
    title,
    date: date.toISOString(),
    seed: work.seed,
    exercises: exercises.map(({ label, title, id }) => ({
      label,
      title,
      state: work.exercises[label] ?? "open",
      code: code.get(id) ?? null,
    })),
    questions: questions.map(({ id, text, choices }) => {
      const { chosen = [], result = "open" } = work.questions[id] ?? {};
      return { text, state: result, chosen: chosen.map((i) => choices[i]) };
    }),
  };
}
