"""Exams: their numbers are found a second time without `mlp`, and a paper holds what it must."""

import math
import re
from functools import partial

import numpy as np
import pytest
from places import ROOT

from course import pdf
from course.homework import overlay
from course.homework.assignment import generator
from course.questions import exam, tasks
from course.questions.pools import CHAPTERS

SEEDS = [f"test-{number}" for number in range(20)]


def drawn(name: str) -> list[dict]:
    return [getattr(tasks, name)(generator(seed, "exam", "A", name)) for seed in SEEDS]


def slope(function, x: float) -> float:
    return (function(x + 1e-6) - function(x - 1e-6)) / 2e-6


def gradient(function, x) -> np.ndarray:
    """Return the slopes with respect to each entry, by central differences."""
    x = np.array(x, float)
    moves = 1e-6 * np.eye(x.size).reshape(-1, *x.shape)
    return np.reshape([(function(x + it) - function(x - it)) / 2e-6 for it in moves], x.shape)


def dot(a, b) -> float:
    return math.fsum(x * y for x, y in zip(a, b, strict=True))


def relu_network(v: dict, x) -> tuple[list[float], list[float], float]:
    z = [dot(x, v[unit]) + b for unit, b in zip(("first", "second"), v["bias"], strict=True)]
    a = [max(0, it) for it in z]
    return z, a, dot(a, v["out"]) + v["last"]


def test_one_neuron():
    for v in drawn("neurons"):
        z = v["w"][0] * v["x"][0] + v["w"][1] * v["x"][1] + v["b"]
        assert (v["z"], v["said"]) == (z, z > 0)
        # The foot of the perpendicular lies on the line, as far away as the key says.
        unit = v["w"] / math.hypot(*v["w"])
        foot = v["x"] - math.copysign(v["distance"], z) * unit
        assert dot(foot, v["w"]) + v["b"] == pytest.approx(0, abs=1e-9)
        assert v["distance"] * v["length"] == pytest.approx(abs(z))
        push = 1 if v["y"] == 1 else -1
        assert [*v["new_w"], v["new_b"]] == [*(v["w"] + push * v["x"]), v["b"] + push]
        assert v["new_z"] == z + push * (1 + dot(v["x"], v["x"]))
        assert v["good"] == ((v["new_z"] > 0) == (v["y"] == 1))


def test_a_layer():
    for v in drawn("networks"):
        for x, a, y in zip(np.ndindex(2, 2), v["hidden"], v["outputs"], strict=True):
            assert relu_network(v, x)[1:] == ([*a], y)
        for x in ((0.3, -2), (5, 7)):
            z = relu_network(v, x)[0]
            linear = dot(z, v["out"]) + v["last"]
            assert dot(x, v["one_w"]) + v["one_b"] == pytest.approx(linear)
        d, h, o = v["sizes"]
        assert v["parameters"] == d * h + h + h * o + o


def test_slopes_through_layers():
    for v in drawn("activations"):
        steepest = slope(lambda z: 1 / (1 + math.exp(-z)), 0)
        assert v["vanish"] == pytest.approx(math.prod([v["weight"] * steepest] * v["layers"]))
        assert v["relu"] == pytest.approx(math.prod([v["weight"]] * v["layers"]))
        assert v["variance"] * v["inputs"] == 2
        assert v["p"] * v["total"] == pytest.approx(v["odds"])
        assert v["total"] == 10


def cross_entropy(right: int, logits) -> float:
    return math.log(sum(map(math.exp, logits))) - logits[right - 1]


def squared_error(v: dict, name: str, value) -> float:
    return (relu_network(v | {name: value}, v["x"])[2] - v["y"]) ** 2


def test_prediction_minus_target():
    for v in drawn("losses"):
        loss = partial(cross_entropy, v["right"])
        assert v["gradient"] == pytest.approx(gradient(loss, np.log(v["p"])), abs=1e-6)
        z = math.log(v["sure"] / (1 - v["sure"]))
        assert v["deaf"] == pytest.approx(slope(lambda z: (1 + math.exp(-z)) ** -2, z), abs=1e-6)


def test_forward_and_back():
    slopes = {"first": "grad_first", "second": "grad_second", "out": "grad_out"}
    for v in drawn("backprop"):
        z, a, prediction = relu_network(v, v["x"])
        assert ([*v["z"]], [*v["a"]], v["prediction"]) == (z, a, prediction)
        assert v["loss"] == (prediction - v["y"]) ** 2
        assert sum(it > 0 for it in z) == 1
        for name, found in (slopes | {"bias": "delta_hidden"}).items():
            wanted = gradient(partial(squared_error, v, name), v[name])
            assert v[found] == pytest.approx(wanted, abs=1e-4)
        assert v["delta"] == pytest.approx(gradient(partial(squared_error, v, "last"), v["last"]))
        assert v["new_last"] == pytest.approx(v["last"] - v["rate"] * 2 * (prediction - v["y"]))


def test_steps():
    for v in drawn("optim"):
        c, mu, rate, start = v["curvature"], v["memory"], v["rate"], v["start"]
        first = start * (1 - rate * c)
        # The ball's recursion, without a velocity.
        second = (1 + mu - rate * c) * first - mu * start
        assert v["theta"] == pytest.approx([first, second])
        assert v["g"] == pytest.approx([c * start, c * first])
        assert v["v"] == pytest.approx([(start - first) / rate, (first - second) / rate])
        assert abs(1 - v["limit"] * c) == pytest.approx(1)
        for g in (v["slope"], 100 * v["slope"]):
            m, s = 0.1 * g / (1 - 0.9), 0.001 * g**2 / (1 - 0.999)
            assert v["adam_rate"] * m / math.sqrt(s) == pytest.approx(v["adam_rate"])


def test_curves_can_be_read():
    for v in drawn("training"):
        assert all(np.diff(v["training"]) < 0)
        assert all(v["training"] <= v["validation"])
        place = [*v["epoch"]].index(v["stop"])
        assert all(np.diff(v["validation"][: place + 1]) < 0)
        assert all(np.diff(v["validation"][place:]) > 0)
        assert (v["validation"][place], v["validation"][-1]) == (v["best"], v["end"])
        assert abs(v["training"][place] - v["there"]) < 0.06
        share = v["percent"] / 100
        of_images = v["images"] * share * (1 - share)  # the variance of the number of right ones
        assert v["spread"] == pytest.approx(100 * math.sqrt(of_images) / v["images"])
        assert v["other"] - v["percent"] <= v["spread"] + 1e-9


def run_step(code: str, rows: int):
    """Run a step with a rate of 1; return what it took off each array, and what it should have."""
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((rows, 3)), rng.standard_normal((rows, 1))
    shapes = ((3, 4), (4,), (4, 1), (1,))
    start = [rng.standard_normal(shape) for shape in shapes]
    names = {"np": np}
    exec(code, names)
    ends = [it.copy() for it in start]
    names["step"](x, y, *ends, 1.0)

    def loss(k, value):
        w1, b1, w2, b2 = (*start[:k], value, *start[k + 1 :])
        return np.mean((np.maximum(0, x @ w1 + b1) @ w2 + b2 - y) ** 2)

    wanted = [gradient(partial(loss, k), array) for k, array in enumerate(start)]
    taken = [a - b for a, b in zip(start, ends, strict=True)]
    return [a / b for a, b in zip(taken, wanted, strict=True)]


def test_the_step_is_right_and_each_fault_shows_as_the_key_says():
    assert all(it == pytest.approx(1, abs=1e-5) for it in run_step(tasks.STEP, 8))
    seen = {}
    for case, (right, planted) in tasks.FAULTS.items():
        assert tasks.STEP.count(right) == 1
        seen[case] = run_step(tasks.STEP.replace(right, planted), 8)
    assert all(it == pytest.approx(8, abs=1e-4) for it in seen["mean"])
    w1, *others = seen["sign"]
    assert w1 == pytest.approx(-1, abs=1e-5)
    assert all(it == pytest.approx(1, abs=1e-5) for it in others)
    w1, b1, w2, b2 = seen["derivative"]
    assert [*w2.flat, *b2] == pytest.approx([1] * 5, abs=1e-5)
    assert np.ptp(w1) > 0.1
    assert np.ptp(b1) > 0.1
    *others, b2 = seen["bias"]
    assert b2 == pytest.approx(1 / 8, abs=1e-5)
    assert all(it == pytest.approx(1, abs=1e-5) for it in others)


def test_every_fault_is_drawn_and_stands_in_the_line_that_the_key_names():
    found = set()
    for v in drawn("wrong"):
        found.add(v["case"])
        lines = v["code"].splitlines()
        _, planted = tasks.FAULTS[v["case"]]
        assert [n for n, it in enumerate(lines, 1) if planted == it[4:].strip()] == [v["line"]]
        assert lines[v["line"] - 1].startswith(f"{v['line']:2}  ")
        assert v["right"] not in [it[4:].strip() for it in lines]
        assert v["guess"] == round(math.log(v["classes"]), 2)
        assert v["started"] > 3 * v["guess"]
    assert found == {*tasks.FAULTS} == {*exam.words()["wrong"]["cases"]}


def test_a_loop():
    for v in drawn("frameworks"):
        g, h, k = v["slopes"]
        assert [*v["sums"]] == [g, g + h, g + h + k]
        assert v["piled"] == pytest.approx(v["start"] - v["rate"] * (3 * g + 2 * h + k))
        assert v["mended"] == pytest.approx(v["start"] - v["rate"] * (g + h + k))
        assert v["floor"] == pytest.approx(math.log(math.e + v["classes"] - 1) - 1)


def test_a_design():
    for v in drawn("outlook"):
        assert v["train"] + v["validate"] + v["test"] == v["images"]
        assert v["baseline"] == 100 * (v["common"] / v["images"])
        assert v["baseline"] < v["reached"] < 100
        assert v["guess"] == round(math.log(v["classes"]), 2)
    assert {v["case"] for v in drawn("outlook")} == {*exam.words()["outlook"]["cases"]}


# ---- Papers ------------------------------------------------------------------------------------


def test_two_versions_have_the_same_tasks_in_another_order_with_other_numbers():
    a, b = (exam.exam("test", version) for version in exam.VERSIONS)
    assert {it.title for it in a} == {it.title for it in b}
    assert len({it.chapter for it in a}) == len(CHAPTERS)
    assert all(one.chapter != other.chapter for one, other in zip(a, b, strict=True))
    answers = {it.chapter: [part.answer for part in it.parts] for it in b}
    same = [it.title for it in a if [part.answer for part in it.parts] == answers[it.chapter]]
    assert same == []
    assert sum(it.points for it in a) == sum(it.points for it in b) == exam.MINUTES


@pytest.fixture(scope="module")
def papers(tmp_path_factory, node_modules):
    return {path.stem: path for path in exam.write("test", tmp_path_factory.mktemp("exam") / "new")}


def test_papers_ask_and_keys_answer(papers):
    assert [*papers] == ["A", "A-double-time", "A-key", "B", "B-double-time", "B-key"]
    for version in exam.VERSIONS:
        paper, double, key = (
            papers[version + end].read_text(encoding="utf-8")
            for end in ("", "-double-time", "-key")
        )
        assert double == paper.replace("90 minutes", "180 minutes")
        made = exam.exam("test", version)
        for number, task in enumerate(made, 1):
            for html in (paper, key):
                assert f"{number}. {task.title} (9 points)" in html
            for part in task.parts:
                answer = str(exam.markdown(part.answer))
                assert answer in key
                assert answer not in paper
        assert key.count('class="answer"') == sum(len(task.parts) for task in made)
        for html in (paper, key):
            assert "{{" not in html
            assert not re.search(r'src="(?!data:)|https?://(?!www\.w3\.org)', html)
            assert len(re.search(r'<img [^>]*alt="([^"]+)"', html)[1]) > 40
        assert "$" not in re.sub(r"(?s)<annotation.*?</annotation>", "", paper)


def test_a_paper_is_printed(papers, visit):
    content = pdf.paper(visit().page, papers["B-key"]).read_bytes()
    assert b"/StructTreeRoot" in content
    assert b"/Outlines" in content
    assert 4 <= len(re.findall(rb"/Type\s*/Page\b", content)) <= 12


@pytest.mark.parametrize(("seed", "problem"), [("", "SEED or COURSE_"), ("two words", "seed must")])
def test_without_a_good_seed_nothing_is_written(seed, problem, tmp_path, monkeypatch):
    folder = tmp_path / "exam"
    monkeypatch.setattr(exam, "FOLDER", folder)
    monkeypatch.delenv(overlay.VARIABLE, raising=False)
    with pytest.raises(ValueError, match=problem):
        exam.main(seed)
    assert not folder.exists()


def test_the_seed_of_the_course_is_taken_and_stays_secret(tmp_path, monkeypatch, node_modules):
    private = ROOT / "course" / "private-example"
    monkeypatch.setenv(overlay.VARIABLE, str(private))
    secret = exam.choose("")
    assert secret == overlay.read(private).seed
    paths = exam.write(secret, tmp_path / "exam")
    assert all(secret not in path.read_text(encoding="utf-8") for path in paths)
    with pytest.raises(ValueError, match="got both"):
        exam.choose("practice")


def test_the_book_shows_a_worked_sample_of_each_chapter(site):
    html = (site / "course" / "exam.html").read_text(encoding="utf-8")
    for chapter in range(1, len(CHAPTERS) + 1):
        start = html.index(f'id="sample-{chapter}"')
        section = html[start : html.index("</section>", start)]
        task = exam.sample(chapter)
        assert f"Chapter {chapter}: {task.title}" in section
        assert section.count("<li>") >= 2 * len(task.parts)
        for part in task.parts:
            for words in part.rubric:
                assert words.partition("$")[0] in section
    assert (ROOT / "course" / "exam.md").read_text(encoding="utf-8").count(":::{sample-exam}") == 1
