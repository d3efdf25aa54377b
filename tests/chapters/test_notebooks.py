"""What chapters, appendices and labs must hold, read from notebooks; nothing is executed here."""

import ast
import base64
import re
import struct
import sys
from pathlib import Path

import answers
import nbformat
import needs
import pytest
from conftest import ROOT, toc_pages

from canonical import canonical, wrap
from chapter import Chapter

NOTEBOOKS = sorted((ROOT / "chapters").glob("*.ipynb"))
CHAPTERS = [path for path in NOTEBOOKS if path.stem != "A-prerequisites"]  # which has no exercises
LABS = sorted((ROOT / "course" / "labs").glob("*.ipynb"))  # see also tests/course/test_labs.py
END = [
    "Check your understanding",
    "Exercises",
    "Key points",
    "Common mistakes",
    "Further reading",
]
LEVELS = {"easy", "medium", "hard"}
PACKAGES = {"numpy", "matplotlib", "mlp", "IPython"}
ABSOLUTE = re.compile(r"(?<![\w.:/])/(?:home|root|tmp|usr|var|opt|mnt|work|Users)/|\b[A-Z]:\\")
LINES_OF_A_CHECK = 16  # it reads as the task; what it compares with is folded away


@pytest.fixture(params=CHAPTERS, ids=lambda path: path.stem)
def chapter(request) -> Chapter:
    return Chapter(request.param)


@pytest.fixture(params=NOTEBOOKS + LABS, ids=lambda path: path.stem)
def notebook(request) -> Chapter:
    return Chapter(request.param)


def figures(cell) -> list:
    """The outputs of a cell that are images."""
    return [o for o in cell.outputs if any(t.startswith("image/") for t in o.get("data", {}))]


def test_table_of_contents_lists_the_chapters_in_order():
    assert CHAPTERS
    listed = [page for page in toc_pages() if page.startswith("chapters/")]
    assert sorted(listed) == [f"chapters/{path.stem}" for path in NOTEBOOKS]
    numbered = [Path(page).name for page in listed if Path(page).name[0].isdigit()]
    assert [name[:2] for name in numbered] == [f"{i + 1:02}" for i in range(len(numbered))]


# ---- Parts ----------------------------------------------------------------------------------


def test_opening_says_what_is_asked_needed_and_how_long(chapter):
    opening = chapter.cells[0].source
    assert re.match(r"# \w[^$]*\n", opening), "the title comes first, without formulas"
    assert len(re.findall(r"^# ", chapter.text, re.M)) == 1
    box = re.search(
        r"^:::\{admonition\} In this chapter\n:class: in-this-chapter\n(.*?)^:::",
        opening,
        re.M | re.S,
    )
    assert box, "the box In this chapter belongs into the first cell"
    assert 3 <= len(re.findall(r"^- .+\?$", box[1], re.M)) <= 5, "three to five questions"
    assert "**You need:**" in box[1]
    assert re.search(r"\*\*Time:\*\* .*\d+ minutes? to read.*\d+ minutes? to run", box[1])


def test_last_sections_are_those_of_every_chapter(chapter):
    assert chapter.headings[-len(END) :] == END
    assert len(chapter.headings) > len(END) + 2


def test_quizzes(chapter):
    assert "<!-- {quiz} -->" in chapter.section("Check your understanding")
    assert len(chapter.questions) >= 4
    for question in chapter.questions:
        assert len(question.choices) >= 2, question.text
        assert any(choice.right for choice in question.choices), question.text
        assert not all(choice.right for choice in question.choices), question.text


def test_exercises_have_levels_and_solutions_that_check_themselves(chapter):
    assert chapter.section("Exercises")
    assert len(chapter.exercises) >= 6
    assert {exercise.level for exercise in chapter.exercises.values()} == LEVELS
    for exercise in chapter.exercises.values():
        assert exercise.text or exercise.code, exercise.label
        assert holds_assert("\n".join(exercise.solution_code)), exercise.label


def test_every_exercise_that_is_no_proof_has_a_check_a_hint_and_wrong_answers(chapter):
    wrong, proofs = answers.wrong_answers(chapter.path), answers.proofs(chapter.path)
    assert wrong.keys() | proofs == chapter.exercises.keys()
    for label, exercise in chapter.exercises.items():
        assert bool(exercise.code) != (label in proofs), label
        if exercise.code:
            assert len(wrong[label]) >= 2, label
            assert 1 <= len(exercise.hints) <= 2, label
            assert exercise.check.startswith("mlp.check."), label
            assert exercise.answers, label
            assert "..." in exercise.code[0], label
            assert len(after_the_start(exercise.code[0])) <= LINES_OF_A_CHECK, label


def after_the_start(code: str) -> list[str]:
    """Return the lines of a reader's cell that are not there to be filled in."""
    *answers_, _ = ast.parse(code).body
    ends = [it.end_lineno for it in answers_ if "..." in ast.get_source_segment(code, it)]
    return [line for line in code.splitlines()[max(ends) :] if line]


def holds_assert(code: str) -> bool:
    """Whether code asserts something, by itself or with numpy.testing."""
    return any(
        isinstance(node, ast.Assert)
        or (isinstance(node, ast.Attribute) and node.attr.startswith("assert_"))
        for node in ast.walk(ast.parse(code))
    )


@pytest.mark.parametrize("title", ["Key points", "Common mistakes", "Further reading"])
def test_lists_at_the_end(chapter, title):
    assert len(re.findall(r"^- ", chapter.section(title), re.M)) >= 3


def test_further_reading_is_cited(chapter):
    assert re.search(r"\{cite(:\w)?\}`", chapter.section("Further reading"))


# ---- Figures --------------------------------------------------------------------------------


def test_figures_are_described_captioned_and_named(notebook):
    for figure in notebook.figures:
        assert len(figure.alt) > 40, f"alt text missing or short: {figure.name}"
        assert not re.search(r"[\\$`]|\.png|\w/\w+/", figure.alt), f"no description: {figure.alt}"
        assert len(figure.caption) > 10, figure.name
    names = [figure.name for figure in notebook.figures]
    assert len(names) >= (0 if notebook.path in LABS else 3)
    assert len(names) == len(set(names))


def test_cells_that_draw_show_one_figure_and_print_no_object(notebook):
    for cell in filter(figures, notebook.code):
        assert len(figures(cell)) == 1, "one figure per cell"
        assert "plt.show()" in cell.source.splitlines(), cell.source[:80]
        assert not [o for o in cell.outputs if o.output_type == "execute_result"]


def test_figures_are_crisp(notebook):
    for cell in filter(figures, notebook.code):
        output = figures(cell)[0]
        png = base64.b64decode(output.data["image/png"])
        width = struct.unpack(">I", png[16:20])[0]
        shown = output.metadata.get("image/png", {}).get("width", width)
        assert width >= 1.9 * shown, "call mlp.plots.use_style() before the first figure"
        assert shown <= 820, f"{shown} pixels are wider than the page"


# ---- Code -----------------------------------------------------------------------------------


def test_code_ran_from_top_to_bottom_without_complaint(notebook):
    counts = [cell.execution_count for cell in notebook.code]
    assert counts == list(range(1, len(counts) + 1))
    for cell in notebook.code:
        for output in cell.outputs:
            assert output.output_type != "error", output.get("evalue")
            assert output.get("name") != "stderr", output.get("text")


def test_imports_are_the_book_s_own(notebook):
    allowed = PACKAGES | set(sys.stdlib_module_names) - {"random"}
    if notebook.name.startswith("09-"):
        allowed |= needs.FRAMEWORKS
    for cell in notebook.code:
        for node in ast.walk(ast.parse(cell.source)):
            modules = []
            if isinstance(node, ast.Import):
                modules = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                modules = [node.module]
            for module in modules:
                assert module.split(".")[0] in allowed, f"import of {module}"


def test_cells_that_need_tensorflow_say_so(notebook):
    """Readers whose Python cannot have it pass them over, and so do the tests (see needs.py)."""
    for cell in notebook.code:
        tagged = "tensorflow" in cell.metadata.get("tags", [])
        assert tagged == cell.source.startswith("# needs TensorFlow\n"), cell.source[:80]
        names = {node.id for node in ast.walk(ast.parse(cell.source)) if isinstance(node, ast.Name)}
        assert tagged or not names & {"keras", "tf"}, cell.source[:80]


def test_cells_hold_code_for_readers_and_no_pragma_for_tools(notebook):
    for cell in notebook.code:
        assert re.findall(r"#\s*(?:fmt|noqa|type|ruff|isort|pylint|pragma)\s*:", cell.source) == []


def test_every_random_number_has_a_seed(notebook):
    for cell in notebook.code:
        for node in ast.walk(ast.parse(cell.source)):
            if isinstance(node, ast.Attribute) and ast.unparse(node.value).endswith("np.random"):
                assert node.attr in {"default_rng", "Generator"}, (
                    f"global state: {ast.unparse(node)}"
                )
            if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("default_rng"):
                seeds = [*node.args, *(keyword.value for keyword in node.keywords)]
                assert seeds, f"no seed: {ast.unparse(node)}"
                assert not (isinstance(seeds[0], ast.Constant) and seeds[0].value is None)


def test_nothing_is_tied_to_a_machine(notebook):
    for cell in notebook.cells:
        assert not ABSOLUTE.search(cell.source), cell.source
        for output in cell.get("outputs", []):
            text = output.get("text", "") + str(output.get("data", {}).get("text/plain", ""))
            assert not ABSOLUTE.search(text), text


@pytest.mark.parametrize("path", NOTEBOOKS + LABS, ids=lambda path: path.stem)
def test_notebook_is_in_its_one_form(path):
    text = path.read_text(encoding="utf-8")
    form = nbformat.writes(canonical(nbformat.reads(text, as_version=4))) + "\n"
    assert text == form, "make lint brings it into its one form"


WORDS = "word " * 18  # 90 columns

PROSE = f"""\
:::{{note}}
- {WORDS}a + b $a + b$ words
  and - dashes.
  > {WORDS}see {{ref}}`here <label>`.
:::
$$
{WORDS}{WORDS}
$$ (label)
{WORDS}some more 3. 4
"""

WRAPPED = f"""\
:::{{note}}
- {WORDS}a + b
  $a + b$ words and - dashes.
  > {WORDS}see
  > {{ref}}`here <label>`.
:::
$$
{WORDS}{WORDS}
$$ (label)
{WORDS}some
more 3. 4
"""


def test_long_paragraphs_are_wrapped_and_nothing_else():
    assert wrap(PROSE) == wrap(WRAPPED) == WRAPPED


@pytest.mark.parametrize("text", ["word " * 30 + "$open", "two  spaces " + "word " * 30])
def test_prose_that_cannot_be_wrapped_is_an_error(text):
    with pytest.raises(ValueError, match="cannot be wrapped"):
        wrap(text.strip())


def test_metadata_is_minimal(notebook):
    for cell in notebook.cells:
        assert set(cell.metadata) <= {"mystnb", "tags"}, cell.metadata
        assert set(cell.metadata.get("tags", [])) <= {
            "exercise",
            "hide-input",
            "hide-cell",
            "tensorflow",
        }


# ---- Language -------------------------------------------------------------------------------


def test_prose_never_calls_anything_easy(notebook):
    captions = [
        cell.metadata.get("mystnb", {}).get("figure", {}).get("caption", "")
        for cell in notebook.code
    ]
    prose = "\n".join([notebook.text, *captions])
    assert re.findall(r"\b(?:simply|obviously)\b", prose, re.IGNORECASE) == []
