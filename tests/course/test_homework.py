"""Homework comes in variants that keep their promises: the key of one is right for it, and is
worth little for another. (tests/book/test_live.py tries them in the page, test_grading.py in the
sandbox.)
"""

import ast
import dataclasses
import itertools
import re

import nbformat
import numpy as np
import pytest
from homework import WRONG, judged, key, load, run, wrong_answer
from places import ROOT

from course.homework import assignment, byhand, hw1, leaks, overlay, release
from course.homework.assignment import NAMES, Assignment, notebook, read

SEEDS = ("practice", "4711", "a-b_c")

by_name = pytest.mark.parametrize("name", NAMES)


def passes(tests: str, names: dict) -> bool:
    try:
        exec(tests, names)
    except Exception:
        return False
    return True


def share(found: dict[str, tuple[float, str]], assignment: Assignment) -> float:
    return sum(points for points, _ in found.values()) / sum(it.points for it in assignment.checks)


@by_name
@pytest.mark.parametrize("seed", SEEDS)
def test_the_key_earns_all_points_and_passes_the_visible_tests(name, seed):
    made = load(name, seed)
    run(made, key(made), tests=True)
    assert {it: said for it, (_, said) in judged(made, key(made)).items() if said} == {}


@by_name
@pytest.mark.parametrize(("seed", "other"), [*itertools.permutations(SEEDS, 2)])
def test_the_key_of_another_seed_earns_little(name, seed, other):
    made = load(name, seed)
    assert share(judged(made, key(load(name, other))), made) < 0.4


@by_name
def test_the_start_earns_nothing_and_passes_no_visible_test(name):
    made = load(name, "practice")
    start = {task.id: task.start for task in made.tasks if not task.rubric}
    assert share(judged(made, start), made) == 0
    for task in made.tasks:
        if not task.rubric:
            names = run(made, start)
            exec(task.given, names)
            assert not passes(task.tests, names), task.id


@by_name
def test_points_and_minutes(name):
    made = load(name, "practice")
    assert made.points == 100
    assert (60 if name == "hw0" else 90) <= made.minutes <= 180
    by_hand = [task for task in made.tasks if task.rubric]
    assert len(by_hand) == (0 if name == "hw0" else 1)
    for task in by_hand:
        assert len(task.rubric) == len(task.samples) == 4
        assert task.hand > 0
        assert not task.checks
        assert task.solution == task.samples[0]
    for task in made.tasks:
        if not task.rubric:
            assert len(task.checks) >= 3, "partial credit needs parts"


def test_the_page_on_homework_gives_the_points_and_minutes_of_each():
    page = (ROOT / "course" / "homework.md").read_text(encoding="utf-8")
    for name in NAMES:
        made = load(name, "practice")
        row = re.search(rf"^\| {name} \|.*\| (\d+) \| (\d+) \|$", page, re.MULTILINE)
        assert (int(row[1]), int(row[2])) == (made.minutes, made.points)
        if name != "hw0":
            points = re.findall(r" (\d+)[;|]| (\d+) \|", row[0].split("|")[3] + "|")
            assert [int(one or other) for one, other in points] == [it.points for it in made.tasks]


@by_name
@pytest.mark.parametrize("seed", SEEDS)
def test_names_of_answers_are_used_for_nothing_else(name, seed):
    """All answers are asked for at the end: no test, and no other answer, may write over them."""
    made = load(name, seed)
    asked = {
        task.id: {
            it.id
            for check in task.checks
            for it in ast.walk(ast.parse(check.call))
            if isinstance(it, ast.Name) and it.id not in {*check.inputs, "it", "compiled"}
        }
        for task in made.tasks
    }
    cells = [(None, made.setup)]
    for task in made.tasks:
        cells += [(None, it) for it in (task.given, task.practice, task.tests)]
        cells += [(task.id, task.solution)] if not task.rubric else []
    for owner, cell in cells:
        for task, answers in asked.items():
            if task != owner:
                assert not answers & defined(cell), (task, cell)


def defined(code: str) -> set[str]:
    """Return the names that a cell defines at its top level."""
    names = set()
    for node in ast.parse(code).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Assign | ast.For | ast.AugAssign):
            names |= {
                it.id
                for it in ast.walk(node)
                if isinstance(it, ast.Name) and isinstance(it.ctx, ast.Store)
            }
    return names


@by_name
def test_inputs_of_checks_can_be_handed_over(name):
    def plain(value):
        if isinstance(value, list):
            return all(plain(it) for it in value)
        if isinstance(value, np.ndarray):
            return value.dtype.kind in "biuf"
        return type(value) in (int, float, str)

    for check in load(name, "practice").checks:
        assert plain(list(check.inputs.values())), f"{check.task}: {check.name}"


@by_name
def test_variants_differ_in_every_task_and_are_made_again_alike(name):
    one, other = load(name, "practice"), load(name, "4711")
    again = assignment.load(name, "practice")
    assert notebook(one, key=True) == notebook(again, key=True)
    for mine, theirs in zip(one.tasks, other.tasks, strict=True):
        assert (mine.text, mine.given, mine.samples) != (
            theirs.text,
            theirs.given,
            theirs.samples,
        ), mine.id


# ---- Wrong answers -----------------------------------------------------------------------------


def test_there_are_wrong_answers_for_every_task():
    tasks = [task for name in NAMES for task in load(name, "practice").tasks if not task.rubric]
    assert [*WRONG] == [task.id for task in tasks]
    assert all(len(it) >= 2 for it in WRONG.values())


@pytest.mark.parametrize(
    ("task", "wrong"), [(task, wrong) for task, them in WRONG.items() for wrong in them]
)
def test_a_typical_wrong_answer_loses_points_with_the_right_words(task, wrong):
    made = load(task.partition("-")[0], "practice")
    answers, check, words = wrong_answer(made, task, wrong)
    found = judged(made, answers)
    points, said = found[f"{task}: {check}"]
    assert points == 0
    assert words in said
    assert all(points for label, (points, _) in found.items() if not label.startswith(task))


@pytest.mark.parametrize("number", range(20))
def test_networks_by_hand_know_right_from_wrong(number):
    it = byhand.Network(np.random.default_rng(number))
    assert it.check(**it.answers()).state == "right"
    # Once more, step by step, with what people do instead.
    z = it.x @ it.w + it.b
    a = np.where(z > 0, z, it.slope * z)
    error = 2 * (a @ it.v + it.c - it.y)
    slopes = np.where(z > 0, 1, it.slope)
    right = error * it.v * slopes
    wrong = [
        ("prediction", z @ it.v + it.c, "linear"),
        ("prediction", np.maximum(z, 0) @ it.v + it.c, "dead"),
        ("grad_v", error * a / 2, "half"),
        ("grad_v", error * z, "before"),
        ("grad_v", error * np.maximum(z, 0), "dead"),
        ("grad_b", right / 2, "half"),
        ("grad_b", error * it.v, "linear"),
        ("grad_b", np.where(z > 0, right, 0), "dead"),
        ("grad_b", error * (it.v - 0.1 * error * a) * slopes, "stepped"),
        ("grad_w", np.outer(it.x, error * it.v), "linear"),
        ("grad_w", np.array([right, right]), "input"),
        ("grad_x", it.w.T @ right, "turned"),
        ("grad_x", it.w @ (error * it.v), "linear"),
    ]
    for name, answer, kind in wrong:
        assert byhand.MISTAKES[kind] in repr(it.check(**{name: answer})), (name, kind)


def test_104_functions_of_three_inputs_are_within_reach_of_one_neuron():
    assert len(hw1.ONE_NEURON) == 104  # a known number; chapter 1 finds it, too


# ---- Notebooks ---------------------------------------------------------------------------------


@by_name
def test_the_released_notebook_has_the_cells_of_nbgrader_and_no_key(name, tmp_path):
    made = load(name, "practice")
    release.main(name.removeprefix("hw"), "practice", tmp_path)
    students = nbformat.read(tmp_path / "release" / name / f"{name}.ipynb", as_version=4)
    cells = {cell.metadata.nbgrader.grade_id: cell for cell in students.cells}
    assert len(cells) == len(students.cells)
    graded = {
        it: cell.metadata.nbgrader.points
        for it, cell in cells.items()
        if "points" in cell.metadata.nbgrader
    }
    assert sum(graded.values()) == made.points
    for task in made.tasks:
        about = cells[task.id].metadata.nbgrader
        assert about.solution
        assert not about.locked
        assert about.grade == bool(task.rubric)
        if not task.rubric:
            tests = cells[f"{task.id}-tests"].metadata.nbgrader
            assert tests.grade
            assert tests.locked
            assert not tests.solution
    everything = (tmp_path / "release" / name / f"{name}.ipynb").read_text(encoding="utf-8")
    assert "{{" not in "".join(
        cell.source for cell in students.cells if cell.cell_type == "markdown"
    )
    for task in made.tasks:
        assert task.solution not in everything
        assert not any(sample in everything for sample in task.samples)
    with_key = nbformat.read(tmp_path / "key" / name / f"{name}-key.ipynb", as_version=4)
    answers = {cell.metadata.nbgrader.grade_id: cell.source for cell in with_key.cells}
    assert all(answers[task.id] == task.solution.strip() for task in made.tasks)


@by_name
def test_all_words_are_said_in_some_variant(name, monkeypatch):
    class Said(dict):
        def __init__(self, words):
            super().__init__(words)
            self.silent = set(words)

        def __getitem__(self, word):
            self.silent.discard(word)
            return super().__getitem__(word)

    title, text, words = read(name)
    words = {it: dataclasses.replace(words[it], says=Said(words[it].says)) for it in words}
    monkeypatch.setattr(assignment, "read", lambda _: (title, text, words))
    for number in range(40):
        if not any(it.says.silent for it in words.values()):
            break
        for check in assignment.load(name, f"seed-{number}").checks:
            for found in (
                0.123,
                [[0], [1]],
                [[0], [1], [2]],
                [np.zeros((3, 2)), [0, 0], [0, 0], 0],
            ):
                assert check.judge(found), f"{check.task}: {check.name}"
    assert {task: it.says.silent for task, it in words.items() if it.says.silent} == {}


# ---- Asking for the wrong thing ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "seed", "message"),
    [
        ("7", "practice", "one of hw0, hw1, hw2, hw3, hw4, got 'hw7'"),
        ("", "practice", "one of hw0, hw1, hw2, hw3, hw4, got 'hw'"),
        ("1", "a b", "1 to 64 letters, digits, - or _, got 'a b'"),
        ("1", "x" * 65, "1 to 64 letters"),
        ("1", "", "either SEED or COURSE_PRIVATE, got neither"),
    ],
)
def test_what_cannot_be_released_is_told_and_nothing_is_written(
    number, seed, message, tmp_path, monkeypatch
):
    monkeypatch.delenv(overlay.VARIABLE, raising=False)
    with pytest.raises(ValueError, match=message):
        release.main(number, seed, tmp_path)
    assert not [*tmp_path.iterdir()]


# ---- Secrets -----------------------------------------------------------------------------------

HIDDEN = """
import numpy as np

from course.homework.assignment import Check, equals


def checks(assignment):
    rng = np.random.default_rng(0)
    return [Check("hw1-line", "a further one", 5, "moved_bias + 0.123454321", {}, equals(4))]
"""


@pytest.fixture
def private(tmp_path, monkeypatch):
    """The overlay of a course."""
    folder = tmp_path / "private"
    folder.mkdir()
    text = "seed: spring-of-secrets\nvariants: {hw2: another-secret-one}\n"
    (folder / "course.yml").write_text(text, encoding="utf-8")
    (folder / "hidden_hw1.py").write_text(HIDDEN, encoding="utf-8")
    monkeypatch.setenv(overlay.VARIABLE, str(folder))
    return folder


def test_an_overlay_chooses_variants_and_adds_hidden_tests(private):
    course = overlay.find()
    assert course.load("hw2").seed == "another-secret-one"
    made = course.load("hw1")
    assert made.seed == "spring-of-secrets"
    assert made.points == 105
    assert [check.points for check in made.tasks[0].checks][-1] == 5


def test_the_example_of_an_overlay_works():
    example = overlay.read(ROOT / "course" / "private-example")
    made = example.load("hw2")
    assert share(judged(made, key(made)), made) == 1
    assert example.load("hw3").seed != made.seed


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("seeds: x", "asked for `seed`"),
        ("- a\n- b", "asked for `seed`"),
        ("seed: [", "line 1"),
        ("seed: spring-of-secrets\nvariants: hw2", "variants are such as .*'hw2'"),
        ("seed: spring of secrets", "a seed is 12 to 64 letters.*'spring of secrets'"),
        ("seed: spring-2027", "a seed is 12 to 64 letters.*'spring-2027'"),
        ("seed: 1234567890123", "a seed is 12 to 64 letters.*123"),
        ("seed: spring-of-secrets\nvariants: {hw9: b}", "variants must be of hw0.*'hw9'"),
    ],
)
def test_a_faulty_overlay_is_told_with_its_file(private, text, message):
    (private / "course.yml").write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=message) as told:
        overlay.find()
    assert "course.yml" in str(told.value)


def test_an_overlay_without_its_file_and_tests_of_no_task_are_told(private):
    (private / "hidden_hw1.py").write_text(HIDDEN.replace("hw1-line", "hw1-lines"), "utf-8")
    with pytest.raises(ValueError, match=r"hidden_hw1\.py: asked for checks of hw1-line, "):
        overlay.find().load("hw1")
    (private / "hidden_hw1.py").write_text("check = 1", "utf-8")
    with pytest.raises(ValueError, match=r"hidden_hw1\.py: asked for a function checks"):
        overlay.find().load("hw1")
    (private / "course.yml").unlink()
    with pytest.raises(ValueError, match=r"holds no course\.yml"):
        overlay.find()


def test_seed_and_overlay_together_are_refused(private, tmp_path):
    with pytest.raises(ValueError, match="got both"):
        release.main("1", "practice", tmp_path / "build")


def test_a_release_holds_no_secret(private, tmp_path):
    release.main("1", "", tmp_path / "build")
    written = [tmp_path / "build" / "release" / "hw1" / "hw1.ipynb"]
    assert leaks.search(written, leaks.secrets(overlay.find())) == []


def test_a_release_with_a_secret_in_it_is_not_made(private, tmp_path, monkeypatch):
    made = dataclasses.replace(overlay.find().load("hw1"), text="Made with spring-of-secrets.")
    monkeypatch.setattr(overlay.Overlay, "load", lambda *_: made)
    with pytest.raises(ValueError, match="not released"):
        release.main("1", "", tmp_path / "build")
    assert not [*(tmp_path / "build").rglob("*.ipynb")]


@pytest.fixture
def site(tmp_path):
    """A repository with a built site, a release and feedback."""
    root = tmp_path / "repository"
    for name in (
        "chapter.md",
        "build/_build/html/index.html",
        "build/release/hw1/hw1.ipynb",
        "build/student-book/page.html",
        "build/grades/hw1/feedback/anna.html",
        "build/grades/hw1/grades.csv",
        "build/key/hw1/hw1-key.ipynb",
    ):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("nothing", encoding="utf-8")
    leaks.subprocess.run(["git", "-C", str(root), "init", "-q"], check=True)
    leaks.subprocess.run(["git", "-C", str(root), "add", "chapter.md"], check=True)
    return root


def test_nothing_is_found_where_nothing_is(private, site, capsys):
    assert leaks.main(site) == 0
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("name", "planted"),
    [
        ("chapter.md", "the seed is spring-of-secrets"),
        ("build/_build/html/index.html", "<meta content='another-secret-one'>"),
        ("build/release/hw1/hw1.ipynb", '{"metadata": {"seed": "spring-of-secrets"}}'),
        (
            "build/release/hw1/hw1.ipynb",
            r'{"outputs": ["return [Check(\"hw1-line\", \"a further one\", 5, '
            r'\"moved_bias + 0.123454321\", {}, equals(4))]"]}',
        ),
        ("build/student-book/page.html", "another-secret-one"),
        ("build/grades/hw1/feedback/anna.html", "spring-of-secrets"),
    ],
)
def test_a_planted_secret_is_found(private, site, capsys, name, planted):
    (site / name).write_text(planted, encoding="utf-8")
    assert leaks.main(site) == 1
    assert str(site / name) in capsys.readouterr().out


def test_keys_and_marks_are_not_public(private, site):
    (site / "build/key/hw1/hw1-key.ipynb").write_text("spring-of-secrets", encoding="utf-8")
    (site / "build/grades/hw1/grades.csv").write_text("spring-of-secrets", encoding="utf-8")
    assert leaks.main(site) == 0


def test_a_secret_is_found_in_a_zip_file(private, site, capsys):
    with leaks.zipfile.ZipFile(
        site / "build/release/all.zip", "w", leaks.zipfile.ZIP_DEFLATED
    ) as it:
        it.writestr("hw1.ipynb", "spring-of-secrets")
    assert leaks.main(site) == 1
    assert "all.zip: hw1.ipynb" in capsys.readouterr().out


def test_an_overlay_in_the_repository_is_found(private, site, monkeypatch, capsys):
    inside = site / "private"
    private.rename(inside)
    monkeypatch.setenv(overlay.VARIABLE, str(inside))
    assert leaks.main(site) == 0
    leaks.subprocess.run(["git", "-C", str(site), "add", "private"], check=True)
    assert leaks.main(site) == 1
    assert "git tracks it" in capsys.readouterr().out


def test_the_search_without_an_overlay_says_what_it_needs(monkeypatch):
    monkeypatch.delenv(overlay.VARIABLE, raising=False)
    with pytest.raises(ValueError, match="COURSE_PRIVATE must name the folder"):
        leaks.main()


def test_nothing_of_the_example_is_a_secret_but_its_seeds():
    example = overlay.read(leaks.EXAMPLE)
    assert leaks.secrets(example) == [example.seed, *example.variants.values()]
