"""Reading times are counted as the rates say, and each chapter says what is counted."""

import nbformat
import pytest
from conftest import ROOT
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

import times
from chapter import Chapter

NOTEBOOKS = sorted((ROOT / "chapters").glob("*.ipynb"))

OPENING = """\
# Title

:::{admonition} In this chapter
:class: in-this-chapter
- Why?

**Time:** 1 to 2 minutes to read; 3 minutes
to run (4 in the page).
:::
"""
QUIZ = "<!-- {quiz} -->\nWhy?\n\n- [x] So.\n  > Since.\n- [ ] No.\n  > Never."
PICTURE = new_output("display_data", {"image/png": "", "text/plain": "<Figure>"})


def exercise(label: str, level: str) -> str:
    return f":::{{exercise}} Task\n:label: {label}\n:class: {level}\n\n{'word ' * 500}\n:::"


@pytest.fixture
def chapter(tmp_path):
    """Return a function that writes a chapter of these cells, behind the opening."""

    def write(*cells, opening=OPENING) -> Chapter:
        path = tmp_path / "01-chapter.ipynb"
        cells = [new_markdown_cell(opening), *cells]
        nbformat.write(new_notebook(cells=cells), path)
        return Chapter(path)

    return write


def test_a_section_takes_what_its_words_formulas_lines_and_figures_take(chapter):
    folded = new_code_cell("x = 1\n" * 500, metadata={"tags": ["hide-input"]}, outputs=[PICTURE])
    found = chapter(
        new_markdown_cell("(here)=\n## One two\n\n" + "word " * 478),  # 480 words
        new_markdown_cell("$$\na = b\n$$ (eq:a)\n\n$$\nc\n$$"),  # 2 formulas
        new_markdown_cell("$a$ $b$ $c$"),  # 3 within a line
        new_code_cell("x = 1\n\ny = 2\n" * 5),  # 10 lines
        folded,  # one figure
    )
    [_, section] = found.sections
    assert times.amount(section) == times.Amount(480, 2, 3, 10, 1)
    fast, slow = times.reading([section])
    assert 60 * fast == pytest.approx(120 + 2 * 30 + 3 * 2 + 10 * 3 + 24)
    assert 60 * slow == pytest.approx(180 + 2 * 90 + 3 * 4 + 10 * 7 + 45)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("See {ref}`the place <here>`, [there](there.ipynb).", 4),
        (":::{note}\n:class: tip\nTwo words.\n:::", 2),
        ("One <!-- not a single one --> more.", 2),
        (QUIZ, 0),
        ("| one | two |\n| --- | --- |\n| $x$ | three |", 3),
    ],
)
def test_words_are_those_that_a_reader_reads(chapter, text, words):
    [_, section] = chapter(new_markdown_cell(f"## One\n\n{text}")).sections
    assert times.amount(section).words == 1 + words


def test_parts_count_for_their_section_and_exercises_count_apart(chapter):
    found = chapter(
        new_markdown_cell("(a)=\n## One\n\n(b)=\n### Two\n\n" + "word " * 2400),
        new_markdown_cell(f"## Quiz\n\n{QUIZ}\n\n{QUIZ}"),
        new_markdown_cell("## Exercises"),
        *(new_markdown_cell(exercise(level, level)) for level in ("easy", "medium", "hard")),
        new_code_cell("x = 1\n" * 300, metadata={"tags": ["exercise"]}),
    )
    _, section, quiz, exercises = found.sections
    assert [it.label for it in section.parts] == ["b"]
    assert times.amount(section).words == 2402
    assert times.amount(quiz).words == 1
    assert times.amount(exercises) == times.Amount()
    assert (times.quiz(found), times.exercises(found)) == (4, 15 + 30 + 60)
    line = "10 to 15 minutes to read, 4 for the quiz, 2 hours for all exercises"
    assert times.line(found) == line


def test_writing_brings_the_line_up_to_date_and_keeps_the_time_to_run(chapter):
    path = chapter(new_markdown_cell("## One\n\n" + "word " * 2400)).path  # 10 and 15 minutes
    times.write(path)
    opening = Chapter(path).cells[0].source
    line = "**Time:** 10 to 15 minutes to read; 3 minutes to run (4 in the page).\n:::\n"
    assert opening == OPENING.partition("**Time:**")[0] + line
    before = path.read_bytes()
    times.write(path)
    assert path.read_bytes() == before


def test_a_chapter_without_the_line_is_an_error_and_stays_as_it_is(chapter):
    path = chapter(opening="# Title\n\n**Time:** long.\n").path
    before = path.read_bytes()
    with pytest.raises(ValueError, match=r"01-chapter.ipynb: the opening box ends with no"):
        times.write(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_the_line_time_says_what_is_counted(path):
    chapter = Chapter(path)
    found = times.LINE.search(chapter.cells[0].source)
    assert found, "the opening box ends with the line **Time:** ...; 1 minute to run."
    said = " ".join(found["reading"].split())
    assert said == times.line(chapter), "make lint brings the line up to date"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_sections_hold_all_that_a_chapter_holds(path):
    chapter = Chapter(path)
    cells = [it for s in chapter.sections for part in (s, *s.parts) for it in part.cells]
    code = [id(it) for it in cells if it.cell_type == "code"]
    assert sorted(code) == sorted(map(id, chapter.code))
    text = "".join("".join(it.source.split()) for it in cells if it.cell_type == "markdown")
    assert sorted(text) == sorted("".join(chapter.text.split()))
