"""The reader of chapters finds the parts that a notebook has, and says what it cannot read."""

import base64

import nbformat
import pytest

from chapter import Chapter, Choice, Exercise, Figure, Question

EXERCISE = """\
## Exercises

:::{exercise} NAND by hand
:label: gates-ex-nand
:class: easy

Find weights for NAND.

Then for NOR.
:::

```{solution-start} gates-ex-nand
:label: gates-sol-nand
:class: dropdown
```

Turn the signs of AND around:"""

LONG_EXERCISE = """\
```{exercise-start} With code
:label: gates-ex-code
:class: hard
```

Look at this:"""

QUIZ = """\
## Check your understanding

<!-- {quiz} -->
Which does $b$ change?

```
z = x @ w + b
```

- [ ] The direction of
  the line.
  > No: that is $\\mathbf{w}$.
- [x] Its distance.
  > Yes: the distance
  > is $|b|$.

<!-- {quiz} -->
Is it a {term}`neuron`, or {term}`neurons <neuron>`?
- [x] Yes.
  > Yes.
- [ ] No.
  > No.

## Next"""


def text(source):
    return nbformat.v4.new_markdown_cell(source)


def code(source, **metadata):
    return nbformat.v4.new_code_cell(source, metadata=metadata)


@pytest.fixture
def read(tmp_path):
    def read(*cells):
        path = tmp_path / "01-gates.ipynb"
        nbformat.write(nbformat.v4.new_notebook(cells=list(cells)), path)
        return Chapter(path)

    return read


def test_exercises_with_their_solutions(read):
    chapter = read(
        text("# Gates\n\nText."),
        code("before = 1"),
        text(EXERCISE),
        code("assert w"),
        text("```{solution-end}\n```\n\n" + LONG_EXERCISE),
        code("x = 1"),
        text("What is it?\n\n```{exercise-end}\n```"),
        code("after = 1"),
        text("```{solution-start} gates-ex-code\n```\n\nOne.\n\n```{solution-end}\n```\n\n## End"),
    )
    assert chapter.exercises == {
        "gates-ex-nand": Exercise(
            "gates-ex-nand",
            "NAND by hand",
            "easy",
            ["Find weights for NAND.\n\nThen for NOR."],
            solution=["Turn the signs of AND around:"],
            solution_code=["assert w"],
            end=2,
        ),
        "gates-ex-code": Exercise(
            "gates-ex-code",
            "With code",
            "hard",
            ["Look at this:", "What is it?"],
            ["x = 1"],
            solution=["One."],
            end=3,
        ),
    }
    assert (chapter.title, chapter.headings) == ("Gates", ["Exercises", "End"])


ANSWER = """limit = 0
w, b = ..., 0


def nand(x):
    ...


def given(x):
    return b


mlp.check.all_of(mlp.check.value("b", b, 1), mlp.check.value("w", w, 2))"""


def test_exercise_with_a_cell_for_the_reader_and_hints(read):
    asked, _, solved = EXERCISE.partition("```{solution-start}")
    answer = code(ANSWER)
    answer.metadata["tags"] = ["exercise"]
    hints = text(":::{hint}\n:class: dropdown\nOne.\n:::\n\n:::{hint}\n:class: dropdown\nTwo.\n:::")
    chapter = read(
        code("before = 1"),
        text(asked),
        answer,
        hints,
        text("```{solution-start}" + solved),
        code("w"),
    )
    exercise = chapter.exercises["gates-ex-nand"]
    assert exercise.code == [ANSWER]
    assert exercise.hints == ["One.\n", "Two.\n"]
    assert exercise.solution == ["Turn the signs of AND around:"]
    assert exercise.end == 3
    assert exercise.answers == {"w": False, "b": False, "nand": True}
    assert exercise.check == (
        "mlp.check.all_of(mlp.check.value('b', b, 1), mlp.check.value('w', w, 2))"
    )


def test_a_readers_cell_without_an_exercise_or_a_check_is_an_error(read):
    answer = code("w = ...")
    answer.metadata["tags"] = ["exercise"]
    with pytest.raises(ValueError, match="01-gates, cell 1: of no exercise"):
        _ = read(answer).exercises
    chapter = read(text(EXERCISE.partition("```{solution-start}")[0]), answer)
    with pytest.raises(ValueError, match="does not end with a check"):
        _ = chapter.exercises["gates-ex-nand"].check


def test_quiz_and_terms(read):
    chapter = read(text(QUIZ))
    assert chapter.questions == [
        Question(
            "Which does $b$ change?\n\n```\nz = x @ w + b\n```",
            [
                Choice("The direction of the line.", False, "No: that is $\\mathbf{w}$."),
                Choice("Its distance.", True, "Yes: the distance is $|b|$."),
            ],
        ),
        Question(
            "Is it a {term}`neuron`, or {term}`neurons <neuron>`?",
            [Choice("Yes.", True, "Yes."), Choice("No.", False, "No.")],
        ),
    ]
    assert chapter.terms == ["neuron"]
    assert chapter.section("Next") == ""
    assert chapter.section("Check your understanding").startswith("\n<!-- {quiz} -->")


def test_figures(read):
    about = {"figure": {"name": "gates-fig-line", "caption": "A line."}, "image": {"alt": "Line."}}
    png = base64.b64encode(b"not really one").decode()
    drawing = code("plt.show()", mystnb=about)
    drawing.outputs = [nbformat.v4.new_output("display_data", {"image/png": png})]
    chapter = read(code("x = 1"), drawing)
    [figure] = chapter.figures
    assert figure == Figure("gates-fig-line", "A line.", "Line.", b"not really one", 2)
    drawing.metadata = {}
    unnamed = read(drawing)
    with pytest.raises(ValueError, match="01-gates, cell 1: the figure has no name"):
        assert unnamed.figures


@pytest.mark.parametrize(
    ("part", "source", "said"),
    [
        ("exercises", ":::{exercise} No label\n\nText.\n:::", "'No label' has no label"),
        ("exercises", "```{solution-start} none\n```\n", "solution of 'none' before"),
        (
            "questions",
            "<!-- {quiz} -->\nWhy?\n\n- [x] So.\n- [ ] No.\n  > No.",
            "no feedback: .*Why",
        ),
        ("questions", "<!-- {quiz} -->\nWhy?\n\nText.", "no list of choices"),
    ],
)
def test_what_cannot_be_read_is_an_error(read, part, source, said):
    with pytest.raises(ValueError, match=f"01-gates.*{said}"):
        getattr(read(text(source)), part)
