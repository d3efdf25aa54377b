"""What a check says of right, wrong and missing answers."""

import itertools
import math

import numpy as np
import pytest

from mlp import check

BITS = list(itertools.product((0, 1), repeat=2))


def nand(a, b):
    return int(not (a and b))


def square(x):
    return x**2


def draw(rng):
    return rng.normal(size=(4, 3))


# ---- what is open --------------------------------------------------------------------------------


def empty(a, b): ...


def documented(a, b):
    """Return NAND."""


def passing(a, b):
    pass


def unfinished(a, b):
    w = ...
    return w * a + b > 0


def returns_dots(a, b):
    return ...


@pytest.mark.parametrize("answer", [..., empty, documented, passing, unfinished, returns_dots])
def test_what_is_not_filled_in_is_open(answer):
    report = check.function(answer, nand, BITS)
    assert report.state == "open"
    assert "not answered yet" in repr(report)


a_name, b_name = ..., 1


@pytest.mark.parametrize(
    "used", ["a_name + b_name", "empty(1, 2)", "[empty(x, y) for x in (1, 2)]"]
)
def test_a_function_that_needs_another_answer_is_open(used):
    assert check.function(eval(f"lambda x, y: {used}"), nand, BITS).state == "open"
    assert check.function(lambda x, y: b_name, nand, BITS).state == "wrong"


@pytest.mark.parametrize("answer", [..., [1, ...], (..., 2), {"a": ...}, np.array([1, ...])])
def test_a_value_with_dots_is_open(answer):
    assert check.value("w", answer, [1, 2]).state == "open"
    assert check.that("w", (answer,), {"is 1": lambda w: w == 1}).state == "open"


def test_what_is_right_is_not_computed_before_there_is_an_answer():
    assert check.value("w", ..., lambda: 1 / 0).state == "open"
    assert check.value("w", 3, lambda: 3).state == "right"


def test_a_condition_meets_dots_inside_an_answer():
    report = check.that("f", unfinished, {"is 1 at 0": lambda f: f(0, 0) == 1})
    assert report.state == "open"


# ---- functions -----------------------------------------------------------------------------------


def wrong_one(a, b):
    return a or b


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (wrong_one, "wrong_one(0, 0) gives 0, asked for 1"),
        (lambda a, b: None if a else nand(a, b), "(1, 0) gives None, asked for 1"),
        (lambda a, b: 1, "gives 1 for every input"),
        (lambda a, b: "yes", "gives 'yes' for every input"),
        (lambda a, b: [1, 0], "gives [1, 0] for every input"),
        (lambda a, b: [nand(a, b)], "has the shape (1,), asked for ()"),
        (lambda a, b: a[0], "(0, 0) raises TypeError"),
        (lambda a: a, "raises TypeError"),
        (3, "asked for a function, got 3"),
    ],
)
def test_a_wrong_function_is_told_how_it_shows(answer, says):
    report = check.function(answer, nand, BITS)
    assert report.state == "wrong"
    assert says in repr(report)


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (lambda x: -(x**2), "has the wrong sign"),
        (lambda x: 4 * x**2, "is 4 times what is asked for, everywhere"),
        (lambda x: x**2 + 1, "too large by the same number everywhere"),
        (lambda x: (x**2).T, "is the transpose of what is asked for"),
        (lambda x: x**2 * [1, 1, 2], "at index ["),
        (lambda x: x**2 / 0, "raises FloatingPointError"),
        (lambda x: x**2 * math.nan, "holds nan"),
        (lambda x: (x**2).sum(axis=1), "has the shape (4,), asked for (4, 3)"),
    ],
)
def test_what_all_results_have_wrong_in_common_is_said(answer, says):
    with np.errstate(all="raise"):
        report = check.function(answer, square, draw)
    assert report.state == "wrong"
    assert says in repr(report)


def test_of_several_arrays_the_wrong_one_is_named():
    def both(x):
        return [x, x[0]]

    assert check.function(both, both, draw).state == "right"
    for answer, says in (
        (lambda x: [x, 1 - x[0]], "number 2"),
        (lambda x: (x + 1, x[0]), "number 1"),
        (lambda x: [x], "asked for 2 things"),
        (lambda x: x, "asked for 2 things"),
    ):
        report = check.function(answer, both, draw)
        assert report.state == "wrong"
        assert says in repr(report)


def test_a_few_numbers_are_shown_rounded_whatever_holds_them():
    report = check.function(lambda x: (np.float64(x) / 3, 1), lambda x: [x, 1], [1, 2], name="f")
    assert repr(report) == "✗ f(1) gives [0.3333, 1.0], asked for [1, 1]."


def test_a_right_function_passes_and_cannot_spoil_its_inputs():
    def in_place(x):
        x *= x
        return x

    kept = np.arange(3.0)
    assert check.function(in_place, square, [kept, kept + 1]).state == "right"
    np.testing.assert_array_equal(kept, [0, 1, 2])
    assert repr(check.function(square, square, draw)) == "✓ square: right, on 20 inputs."


def test_what_differs_in_later_digits_only_is_said_to_be_off():
    report = check.function(lambda x: x**2 + 1e-5 * x, square, [1.0, 2.0], name="square")
    assert repr(report) == "✗ square(1) gives 1, off by 1e-05."


def test_a_known_mistake_gets_its_words():
    report = check.function(
        lambda x: x.sum(axis=0),
        lambda x: x.mean(axis=0),
        draw,
        name="mean",
        mistakes={"the division by N is missing": lambda x: x.sum(axis=0)},
    )
    assert repr(report) == "✗ mean: the division by N is missing."


def test_where_a_constant_would_pass_the_check_is_wrong():
    with pytest.raises(ValueError, match="a constant would pass"):
        check.function(square, lambda x: 1, draw)


# ---- values --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "right"),
    [
        (3, 3),
        (np.float32(0.1), 0.1),
        ([1, 2], np.array([1.0, 2.0])),
        ((2, 3), (2, 3)),
        ("up", "up"),
        (True, 1),
        ([np.zeros(2), np.ones((2, 2))], [np.zeros(2), np.ones((2, 2))]),
        (1e6 + 0.1, 1e6),
        (math.factorial(32), 2.631308369336935e35),
        (1 + 2j, 1 + 2j),
    ],
)
def test_right_values(answer, right):
    assert check.value("it", answer, right).state == "right"


@pytest.mark.parametrize(
    ("answer", "right", "says"),
    [
        (3.1, 3.0, "3.1 is too large"),
        (2, 3, "2 is too small"),
        (-3, 3, "has the wrong sign"),
        (None, 3, "gives None"),
        ("3", 3, "asked for numbers, got '3'"),
        (3, "up", "is 3"),
        (math.nan, 3, "holds nan"),
        (math.inf, 3, "holds inf"),
        ([1, 2], [1, 2, 3], "has the shape (2,), asked for (3,)"),
        ([1, 2, 4], [1, 2, 3], "4 at index [2] is too large"),
        ([2, 4, 6], [1, 2, 3], "is 2 times what is asked for"),
        ([[1, 2], [3, 4]], [[1, 3], [2, 4]], "transpose"),
        ([[1], [2, 3]], [1, 2], "different lengths"),
        (1 + 2j, 1 - 2j, "too"),
        ([np.zeros(2)], [np.zeros(2), np.ones((2, 2))], "asked for 2 things"),
        ([np.zeros(2), np.zeros((2, 2))], [np.zeros(2), np.ones((2, 2))], "number 2"),
        (1.00001, 1.0, "too large"),
        (0.1, 0.0, "too large"),
    ],
)
def test_wrong_values(answer, right, says):
    report = check.value("it", answer, right)
    assert report.state == "wrong"
    assert says in repr(report)


def test_a_known_mistake_of_a_value_gets_its_words():
    report = check.value("count", 12, 15, mistakes={"the biases are missing": 12})
    assert repr(report) == "✗ count: the biases are missing."
    late = check.value("count", 12, 15, mistakes={"the biases are missing": lambda: 12})
    assert repr(late) == repr(report)


def test_conditions_say_what_is_asked_for():
    conditions = {
        "it is positive": lambda rate: rate > 0,
        "it shrinks 1": lambda rate: abs(1 - rate) < 1 or f"1 becomes {1 - rate}",
        "it is no list": lambda rate: rate + 1 > 0,
    }
    assert check.that("rate", 0.5, conditions).state == "right"
    assert "asked for: it is positive." in repr(check.that("rate", -1, conditions))
    assert "asked for: it shrinks 1; 1 becomes -2." in repr(check.that("rate", 3, conditions))
    assert "TypeError" in repr(check.that("rate", "a", conditions))
    assert check.that("rate", np.float64(-1), conditions).state == "wrong"
    assert check.that("rate", np.array([1.0, -1.0]), conditions).state == "wrong"


def test_where_a_condition_meets_none_a_return_is_missing():
    needs = {"it is positive": lambda it: it > 0}
    assert (
        repr(check.that("rate", None, needs)) == "✗ rate: gives None, so a return may be missing."
    )
    calls = {"f(2) is above 1": lambda f: f(2) > 1}
    report = check.that("f", lambda x: None if x else 1, calls)
    assert repr(report) == (
        "✗ f: asked for: f(2) is above 1; a function gives None, so a return may be missing."
    )


def test_a_wrong_value_of_zero_is_not_every_small_number():
    mistakes = {"the sum is empty": 0.0}
    assert "is too large" in repr(check.value("it", 0.02, 0.01, tolerance=0.1, mistakes=mistakes))
    assert "the sum is empty" in repr(
        check.value("it", 0.0, 0.01, tolerance=0.1, mistakes=mistakes)
    )
    zero = {"is always 0": lambda x: 0.0}
    report = check.function(
        lambda x: x + 0.005, lambda x: x, [0.01, 0.02], tolerance=0.1, name="f", mistakes=zero
    )
    assert "gives 0.015" in repr(report)


first, second = 2, ...


def test_what_is_right_may_follow_from_other_answers():
    assert check.value("it", 4, lambda: first**2).state == "right"
    assert check.value("it", 4, lambda: second**2).state == "open"
    assert check.value("it", 4, lambda: [first, second][1] ** 2).state == "open"
    report = check.value("it", 4, lambda: first[0])
    assert report.state == "wrong"
    assert "it: follows from other answers; with these, TypeError" in repr(report)


def test_a_function_without_a_name_is_the_answer():
    assert "the answer(0, 0) gives 0" in repr(check.function(lambda a, b: a, nand, BITS))


CHOICES = {"a": "this holds everywhere", "b": "", "c": "this never holds"}


@pytest.mark.parametrize(
    ("answer", "state", "says"),
    [
        (..., "open", "not answered yet"),
        ("b", "right", "right"),
        ("a", "wrong", "reason: this holds everywhere."),
        ("c", "wrong", "reason: this never holds."),
        ("B", "wrong", 'asked for one of "a", "b", "c", got \'B\''),
        (["b"], "wrong", "asked for one of"),
        (None, "wrong", "asked for one of"),
    ],
)
def test_of_several_choices_the_wrong_one_is_told_why(answer, state, says):
    report = check.choice("reason", answer, CHOICES)
    assert report.state == state
    assert says in repr(report)


# ---- reports -------------------------------------------------------------------------------------


def test_several_parts_are_right_if_all_are():
    right, wrong, open_ = (check.value("it", answer, 1) for answer in (1, 2, ...))
    assert check.all_of(right, right).state == "right"
    assert check.all_of(right, open_).state == "open"
    assert check.all_of(right, open_, wrong).state == "wrong"
    with pytest.raises(TypeError, match="each report must be a Report"):
        check.all_of(right, True)


def test_a_report_is_safe_html_with_its_state():
    report = check.value("a < b", "<b>", "x")
    assert report._repr_html_() == (
        '<div class="check" data-check="wrong"><p class="check-wrong">'
        "✗ a &lt; b: is &#x27;&lt;b&gt;&#x27;.</p></div>"
    )


def test_a_wrong_number_is_not_told_the_right_one():
    for answer in (3.1, -271828, "1", None, math.nan, [1.0]):
        assert "314159" not in repr(check.value("it", answer, 314159))


def test_an_array_that_does_not_let_itself_be_read_is_an_answer_too():
    class Tensor:
        def __array__(self, dtype=None, copy=None):
            raise RuntimeError("call detach() first")

    report = check.value("it", Tensor(), [1.0, 2.0])
    assert report.state == "wrong"
    assert "cannot read: call detach() first" in repr(report)


def test_seed_of_the_class(monkeypatch):
    monkeypatch.delenv("MLP_SEED", raising=False)
    assert check.seed() == 0
    monkeypatch.setenv("MLP_SEED", "2031")
    assert check.seed() == 2031
    for wrong in ("-1", "2.5", "", "seven"):
        monkeypatch.setenv("MLP_SEED", wrong)
        with pytest.raises(
            ValueError, match=f"MLP_SEED must be a whole number >= 0, got '{wrong}'"
        ):
            check.seed()
