"""The labs hold what a lab needs, and with the answers they run to their ends.

nbval runs each lab as it is, and tries its checks (see plugin.py). Here the class has another seed,
and so other data.
"""

import re

import answers
import nbformat
import outputs
import pytest
from conftest import ROOT, toc_pages

from chapter import Chapter

LABS = sorted((ROOT / "course" / "labs").glob("*.ipynb"))
SEED = "7"

by_lab = pytest.mark.parametrize("path", LABS, ids=lambda path: path.stem)


@pytest.fixture(params=LABS, ids=lambda path: path.stem)
def lab(request) -> Chapter:
    return Chapter(request.param)


def number(lab: Chapter) -> int:
    return int(re.match(r"lab(\d+)-", lab.name)[1])


def test_the_book_has_all_labs_and_their_sheets_in_order():
    listed = [page for page in toc_pages() if page.startswith("course/labs/")]
    sheets = [f"course/labs/{path.name.partition('-')[0]}-sheet" for path in LABS]
    assert listed == [f"course/labs/{path.stem}" for path in LABS] + sheets
    assert [number(Chapter(path)) for path in LABS] == [*range(1, 9)]


def test_opening_says_what_is_asked_needed_and_how_long(lab):
    opening = lab.cells[0].source
    assert opening.startswith(f"# Lab {number(lab)}: ")
    assert len(re.findall(r"^# ", lab.text, re.M)) == 1
    box = re.search(
        r"^:::\{admonition\} In this lab\n:class: in-this-chapter\n(.*?)^:::", opening, re.M | re.S
    )
    assert 2 <= len(re.findall(r"^- .+\?$", box[1], re.M)) <= 4
    assert "**You need:**" in box[1]
    assert "**Time:** 75 minutes" in box[1]


def test_three_checkpoints_and_an_extra_have_checks_hints_and_answers_to_try(lab):
    names = [f"lab{number(lab)}-{it}" for it in ("cp1", "cp2", "cp3", "extra")]
    wrong = answers.wrong_answers(lab.path)
    assert [*lab.exercises] == [*answers.solutions(lab.path)] == [*wrong] == names
    for label, exercise in lab.exercises.items():
        part = "Extra" if label.endswith("extra") else f"Checkpoint {label[-1]}"
        assert exercise.title.startswith(f"{part}: ")
        assert len(exercise.code) == 1
        assert "..." in exercise.code[0], label
        assert exercise.check.startswith("mlp.check."), label
        assert 1 <= len(exercise.hints) <= 2, label
        assert not exercise.solution, "the book holds no solution of a lab"
        assert len(wrong[label]) >= 2, label


def test_after_each_checkpoint_a_folded_cell_holds_what_the_rest_needs(lab):
    for label, exercise in lab.exercises.items():
        if not label.endswith("extra"):
            assert lab.code[exercise.end].metadata.get("tags") == ["hide-input"], label


def test_data_differ_from_class_to_class(lab):
    code = "\n".join(cell.source for cell in lab.code)
    assert "np.random.default_rng(mlp.check.seed())" in code


def shown(result: dict) -> str:
    """Return what a cell has shown, or how it failed."""
    return "\n".join(
        str(what.get("text/plain", "")) if kind == "display" else str(what)
        for kind, what in result["sent"]
    )


@by_lab
def test_with_the_answers_all_is_right_and_the_lab_runs_to_its_end(path, tmp_path, monkeypatch):
    monkeypatch.setenv("MLP_SEED", SEED)
    lab = Chapter(path)
    for label, code in answers.solutions(path).items():
        exercise = lab.exercises[label]
        lab.code[exercise.end - 1].source = f"{code}\n\n{exercise.check}"
    answered = tmp_path / path.name
    nbformat.write(lab.notebook, answered)
    results = outputs.run(answered)
    assert [shown(it) for it in results if not it["ok"]] == []
    for exercise in lab.exercises.values():
        lines = shown(results[exercise.end - 1]).splitlines()
        assert all(line.startswith("✓ ") for line in lines), "\n".join(lines)


@by_lab
def test_in_another_class_it_runs_on_other_data_and_checks_know_right_from_wrong(path, monkeypatch):
    monkeypatch.setenv("MLP_SEED", SEED)
    results = outputs.run(path, answers=True)
    assert [shown(it) for it in results if not it["ok"]] == []
    assert not answers.faults(results)
    assert outputs.differences(path, results), "shows the same as for seed 0"
