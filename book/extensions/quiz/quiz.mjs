// The quiz: "Check" opens the notes on the chosen answers and says whether they are right.
// Without this script every note is a <details> that the reader opens by hand.

/** @type {NodeListOf<HTMLFormElement>} */
const forms = document.querySelectorAll("form.quiz");
for (const form of forms) {
  const status = /** @type {HTMLElement} */ (form.querySelector("[role=status]"));
  /** @type {NodeListOf<HTMLElement>} */
  const elements = form.querySelectorAll(".quiz-choice");
  const choices = [...elements].map((element) => ({
    input: /** @type {HTMLInputElement} */ (element.querySelector("input")),
    note: /** @type {HTMLDetailsElement} */ (element.querySelector("details")),
    right: "right" in element.dataset,
  }));

  /** @param {(input: HTMLInputElement) => boolean} isVisible */
  const show = (isVisible) => {
    for (const { input, note } of choices) {
      note.hidden = !isVisible(input);
      note.open = !note.hidden;
    }
  };

  form.classList.add("quiz-live");
  show(() => false);

  form.addEventListener("change", () => {
    show(() => false);
    status.textContent = "";
    delete form.dataset.result;
  });

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const chosen = choices.some(({ input }) => input.checked);
    const correct = choices.every(({ input, right }) => input.checked === right);
    const result = !chosen ? "none" : correct ? "right" : "wrong";
    // Once all is right, the notes on the other answers are worth reading, too.
    show((input) => correct || input.checked);
    form.dataset.result = result;
    status.textContent = status.dataset[result] ?? "";
  });
}
