"""Check a reader's answers to the exercises: say what is right, and of what is not, how it shows.

A check never shows the answer. It compares what an answer does: it calls a function on many inputs
and puts the result beside one that was found in another way. Each check returns a Report, which is
the last value of the exercise's cell.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from mlp import _checks

DRAWS = 20  # inputs that a function is tried on, where they are drawn
NONE = "gives None, so a return may be missing"
MARKS = {"open": "○", "wrong": "✗", "right": "✓"}


class Report:
    """What a check found; shown as the value of a cell.

    Attributes
    ----------
    state : {"open", "wrong", "right"}
        Open while there is no answer yet.
    lines : list of (state, text)
        What was found, part by part.
    """

    def __init__(self, lines: Sequence[tuple[str, str]]):
        self.lines = list(lines)
        states = {state for state, _ in lines}
        self.state = next(state for state in ("wrong", "open", "right") if state in states)

    def __repr__(self) -> str:
        return "\n".join(f"{MARKS[state]} {text}" for state, text in self.lines)

    def _repr_html_(self) -> str:
        import html

        lines = "".join(
            f'<p class="check-{state}">{MARKS[state]} {html.escape(text)}</p>'
            for state, text in self.lines
        )
        return f'<div class="check" data-check="{self.state}">{lines}</div>'


def all_of(*reports: Report) -> Report:
    """Return several reports as one, which is right if all are.

    Examples
    --------
    >>> all_of(value("low", 1, 1), value("high", ..., 2))
    ✓ low: right.
    ○ high: not answered yet.
    """
    for report in reports:
        _checks.instance("each report", report, Report)
    return Report([line for report in reports for line in report.lines])


def value(
    name: str, answer, right, *, tolerance: float = 1e-6, mistakes: Mapping | None = None
) -> Report:
    """Compare a number, an array, or a list of them with what is right.

    Parameters
    ----------
    name : str
        What the answer is called in the report.
    answer : anything
        ``...`` as long as there is none.
    right : number, str, array, list of these, or function
        A function is called without arguments, once there is an answer. It may use other answers:
        then these must be there, too.
    tolerance : float >= 0
        Of the difference, as a share of the largest number in `right`.
    mistakes : dict
        What to say of certain wrong answers: from the words to the wrong value, or to a function
        that finds it.

    Examples
    --------
    >>> value("slope", -3.0, 3.0)
    ✗ slope: has the wrong sign.
    """
    _checks.number("tolerance", tolerance, 0)
    if _is_open(answer) or (callable(right) and _uses_open(right)):
        return _open(name)
    try:
        right = right() if callable(right) else right
    except Exception as error:
        if "ellipsis" in str(error):
            return _open(name)
        how = f"{type(error).__name__}: {error}"
        return Report([("wrong", f"{name}: follows from other answers; with these, {how}.")])
    fault = _fault(answer, right, tolerance)
    if not fault:
        return Report([("right", f"{name}: right.")])
    for words, wrong in (mistakes or {}).items():
        if _is_mistake(answer, wrong() if callable(wrong) else wrong, right, tolerance):
            fault = words
    return Report([("wrong", f"{name}: {fault}.")])


def function(
    answer,
    right: Callable,
    inputs: Sequence | Callable[[np.random.Generator], object],
    *,
    tolerance: float = 1e-6,
    mistakes: Mapping[str, Callable] | None = None,
    name: str | None = None,
) -> Report:
    """Call a reader's function and compare its results with those of another one.

    Parameters
    ----------
    answer : function
        Whose body is ``...`` as long as there is none.
    right : function
        Gives what is right for the same arguments, found in another way.
    inputs : sequence or function
        The inputs to try; a tuple holds several arguments. A function draws one, given a Generator;
        it is called 20 times.
    tolerance : float >= 0
        Of the difference, as a share of the largest number in the right result.
    mistakes : dict
        What to say of certain wrong functions: from the words to the function.
    name : str
        What the answer is called in the report; the function's own name if not given.

    Raises
    ------
    ValueError
        If what is right is the same for all inputs: then a constant would pass.

    Examples
    --------
    >>> function(lambda a, b: a + b, lambda a, b: a * b, [(0, 0), (1, 2)], name="times")
    ✗ times(1, 2) gives 3, asked for 2.
    """
    _checks.number("tolerance", tolerance, 0)
    name = name or getattr(answer, "__name__", "the answer").replace("<lambda>", "the answer")
    if _is_open(answer) or _is_empty(answer) or _uses_open(answer):
        return _open(name)
    if not callable(answer):
        return Report([("wrong", f"{name}: asked for a function, got {_brief(answer)}.")])
    if callable(inputs):
        rng = np.random.default_rng(0)
        inputs = [inputs(rng) for _ in range(DRAWS)]
    calls = [it if isinstance(it, tuple) else (it,) for it in inputs]
    wanted = [right(*_copies(call)) for call in calls]
    if all(not _fault(it, wanted[0], tolerance) for it in wanted):
        raise ValueError("inputs must have different right results, else a constant would pass")
    found = []
    for call in calls:
        try:
            found.append(answer(*_copies(call)))
        except Exception as error:
            if "ellipsis" in str(error):
                return _open(name)
            text = f"{_call(name, call)} raises {type(error).__name__}: {error}"
            return Report([("wrong", text)])
        if _is_open(found[-1]):
            return _open(name)
    faults = [_fault(*pair, tolerance) for pair in zip(found, wanted, strict=True)]
    if not any(faults):
        return Report([("right", f"{name}: right, on {len(calls)} inputs.")])
    for words, wrong in (mistakes or {}).items():
        others = [wrong(*_copies(call)) for call in calls]
        if all(_is_mistake(*it, tolerance) for it in zip(found, others, wanted, strict=True)):
            return Report([("wrong", f"{name}: {words}.")])
    return Report([("wrong", _fault_of_function(name, calls, found, wanted, faults, tolerance))])


def that(name: str, answers, conditions: Mapping[str, Callable]) -> Report:
    """Ask for what must hold, where there are many right answers.

    Parameters
    ----------
    name : str
        What the answer is called in the report.
    answers : anything, or a tuple of answers
        ``...`` as long as there is none.
    conditions : dict
        From what is asked for, in words, to a function of the answers that says whether it holds:
        True, False, or in words how it does not.

    Examples
    --------
    >>> that("rate", 3.0, {"0.9 shrinks": lambda rate: abs(1 - rate * 0.9) < 1})
    ✗ rate: asked for: 0.9 shrinks.
    """
    answers = answers if isinstance(answers, tuple) else (answers,)
    if any(_is_open(it) or _is_empty(it) for it in answers):
        return _open(name)
    if any(it is None for it in answers):
        return Report([("wrong", f"{name}: {NONE}.")])
    for words, holds in conditions.items():
        try:
            found = holds(*_copies(answers))
            found = found if isinstance(found, str) else bool(found)
        except Exception as error:
            if "ellipsis" in str(error):
                return _open(name)
            how = f"{type(error).__name__}: {error}"
            if isinstance(error, TypeError) and "NoneType" in how:
                how = f"a function {NONE}"
            return Report([("wrong", f"{name}: asked for: {words}; {how}.")])
        if isinstance(found, str):
            return Report([("wrong", f"{name}: asked for: {words}; {found}.")])
        if not found:
            return Report([("wrong", f"{name}: asked for: {words}.")])
    return Report([("right", f"{name}: right.")])


def choice(name: str, answer, choices: Mapping[str, str]) -> Report:
    """Say of one of several choices whether it is the right one.

    Parameters
    ----------
    name : str
        What the answer is called in the report.
    answer : str
        ``...`` as long as there is none.
    choices : dict
        From each choice to what is wrong with it, in words; of the right one, there are none.

    Examples
    --------
    >>> choice("reason", "b", {"a": "", "b": "this holds for every network"})
    ✗ reason: this holds for every network.
    """
    if _is_open(answer):
        return _open(name)
    if not isinstance(answer, str) or answer not in choices:
        asked = ", ".join(f'"{it}"' for it in choices)
        return Report([("wrong", f"{name}: asked for one of {asked}, got {_brief(answer)}.")])
    if fault := choices[answer]:
        return Report([("wrong", f"{name}: {fault}.")])
    return Report([("right", f"{name}: right.")])


def seed() -> int:
    """Return the seed of the reader's class: what draws from it differs from class to class.

    It is the environment variable ``MLP_SEED``, and 0 without one. A page sets it to what stands
    in its address, as ``?seed=7``. So does the notebook downloaded there; the receipt holds it.

    Raises
    ------
    ValueError
        If the variable is not a whole number.

    Examples
    --------
    >>> np.random.default_rng(seed()).integers(100, size=3)
    array([85, 63, 51])
    """
    text = os.environ.get("MLP_SEED", "0")
    if not text.isdecimal():
        raise ValueError(f"MLP_SEED must be a whole number >= 0, got {text!r}")
    return int(text)


# ---- What is open ------------------------------------------------------------------------------


def _open(name: str) -> Report:
    return Report([("open", f"{name}: not answered yet.")])


def _is_open(answer) -> bool:
    """Whether something is ``...`` or holds it."""
    if isinstance(answer, np.ndarray):
        return answer.dtype == object and any(it is ... for it in answer.flat)
    if isinstance(answer, dict):
        answer = list(answer.values())
    if isinstance(answer, (list, tuple)):
        return any(_is_open(it) for it in answer)
    return answer is ...


def _is_empty(answer) -> bool:
    """Whether something is a function that returns nothing, or ``...``, and does nothing else."""
    if not hasattr(answer, "__code__"):
        return False
    return _steps(answer) <= _steps(lambda: None) | _steps(lambda: ...) | {("NOP", None)}


def _steps(function) -> set:
    """Return what a function does, in the steps of the Python that runs: they differ by version."""
    import dis  # here and below, so that importing mlp does not take longer

    return {(it.opname, it.argval) for it in dis.get_instructions(function)}


def _uses_open(answer) -> bool:
    """Whether something is a function that uses a name for which there is no answer yet."""
    import dis

    steps = [it for code in _codes(answer) for it in dis.get_instructions(code)]
    names = {it.argval for it in steps if it.opname == "LOAD_GLOBAL"}
    known = getattr(answer, "__globals__", {})
    used = [known[name] for name in names & known.keys()]
    return any(_is_open(it) or _is_empty(it) for it in used)


def _codes(answer) -> list:
    """Return the code of a function and of the functions inside it."""
    code = getattr(answer, "__code__", answer)
    if not hasattr(code, "co_consts"):
        return []
    return [code, *(inner for it in code.co_consts for inner in _codes(it))]


# ---- What is wrong -----------------------------------------------------------------------------


def _fault(found, right, tolerance: float) -> str:
    """Return in words what is wrong with an answer; "" if it is right."""
    if found is None:
        return NONE
    if isinstance(right, str) or right is None:
        return "" if isinstance(found, str) and found == right else f"is {_brief(found)}"
    if isinstance(right, (list, tuple)) and not _is_regular(right):
        if not isinstance(found, (list, tuple)) or len(found) != len(right):
            return f"asked for {len(right)} things, got {_brief(found)}"
        faults = [_fault(*pair, tolerance) for pair in zip(found, right, strict=True)]
        return next((f"number {i}: {it}" for i, it in enumerate(faults, 1) if it), "")
    if isinstance(found, int) and abs(found) >= 2**63:
        found = float(found)  # NumPy's integers are smaller
    try:
        found, right = np.asarray(found), np.asarray(right)
    except ValueError:
        return "has rows of different lengths"
    except Exception as error:  # an array of another library may have its own reasons
        return f"asked for numbers, got what NumPy cannot read: {error}"
    if found.dtype.kind not in "fiubc":
        return f"asked for numbers, got {_brief(found)}"
    if found.shape == right.shape and _close(found, right, tolerance):
        return ""
    if found.T.shape == right.shape and _close(found.T, right, tolerance):
        return "is the transpose of what is asked for"
    if found.shape != right.shape:
        return f"has the shape {found.shape}, asked for {right.shape}"
    if not np.isfinite(found).all():
        return f"holds {found[~np.isfinite(found)][0]}"
    return _pattern(found, right, tolerance) or _size(found, right, tolerance)


def _is_mistake(found, wrong, right, tolerance: float) -> bool:
    """Whether an answer is the known wrong one; a wrong 0 is told from others as the right one."""
    if _fault(found, wrong, tolerance):
        return False
    if not _is_regular(wrong) or not _is_regular(right) or np.any(wrong):
        return True
    return bool(np.all(np.abs(found) <= tolerance * (np.abs(right).max() or 1.0)))


def _is_regular(values) -> bool:
    """Whether a list is an array of numbers, not a list of things of several shapes."""
    try:
        return np.asarray(values).dtype.kind in "fiubc"
    except ValueError:
        return False


def _close(found, right, tolerance: float) -> bool:
    scale = float(np.abs(right).max(initial=0)) or 1.0
    return bool(np.all(np.abs(found - right.astype(complex)) <= tolerance * scale))


def _pattern(found: np.ndarray, right: np.ndarray, tolerance: float) -> str:
    """Return in words what all numbers have wrong in the same way, if they have."""
    if found.dtype.kind == "c" or not right.any():
        return ""
    if _close(-found.astype(float), right, tolerance):
        return "has the wrong sign"
    if found.size < 3 or len(np.unique(right)) < 3:
        return ""
    factor = float((found * right).sum() / (right.astype(float) ** 2).sum())
    if factor and _close(found / factor, right, tolerance):
        return f"is {factor:.4g} times what is asked for, everywhere"
    shift = float((found - right.astype(float)).mean())
    if _close(found - shift, right, tolerance):
        return f"is too {'large' if shift > 0 else 'small'} by the same number everywhere"
    return ""


def _size(found: np.ndarray, right: np.ndarray, tolerance: float) -> str:
    """Return in words which number is too large or too small."""
    if found.ndim == 0:
        return f"{_brief(found)} is too {'large' if found > right else 'small'}"
    distance = np.abs(found - right.astype(float))
    where = np.unravel_index(distance.argmax(), distance.shape)
    index = ", ".join(str(int(i)) for i in where)
    size = "large" if found[where] > right[where] else "small"
    return f"{_brief(found[where])} at index [{index}] is too {size}"


def _fault_of_function(name, calls, found, wanted, faults, tolerance) -> str:
    """Return in words what is wrong with the results of a function."""
    if all(not _fault(it, found[0], tolerance) for it in found):
        return f"{name} gives {_brief(found[0])} for every input."
    shapes = [(_shape(a), _shape(b)) for a, b in zip(found, wanted, strict=True)]
    if all(a == b for a, b in shapes) and all(_is_regular(it) for it in found):
        flat = [np.concatenate([np.ravel(it) for it in each]) for each in (found, wanted)]
        if pattern := _pattern(*flat, tolerance):
            return f"{name}: {pattern}."
    i = next(i for i, fault in enumerate(faults) if fault)
    is_short = not isinstance(shapes[i][1], list) and np.size(wanted[i]) <= 4
    if is_short and shapes[i][0] == shapes[i][1]:
        given, asked = _brief(found[i]), _brief(wanted[i])
        if given == asked:  # in the digits that are shown
            off = np.abs(np.asarray(found[i]) - wanted[i]).max()
            return f"{_call(name, calls[i])} gives {given}, off by {off:.1g}."
        return f"{_call(name, calls[i])} gives {given}, asked for {asked}."
    return f"{_call(name, calls[i])} {faults[i]}."


def _shape(thing) -> tuple | list:
    """Return the shape of an array; of a list of several arrays, that of each."""
    if isinstance(thing, (list, tuple)) and not _is_regular(thing):
        return [_shape(it) for it in thing]
    return np.shape(thing)


def _call(name: str, arguments: tuple) -> str:
    return f"{name}({', '.join(_brief(it) for it in arguments)})"


def _copies(values: tuple) -> list:
    """Return the values; arrays as copies, so that nobody's change reaches others."""
    return [it.copy() if isinstance(it, np.ndarray) else it for it in values]


def _brief(thing) -> str:
    """Return a thing in a few characters."""
    if isinstance(thing, (list, tuple)) and _is_regular(thing):
        thing = np.asarray(thing)
    if isinstance(thing, (np.ndarray, np.generic)):
        thing = np.asarray(thing)
        if thing.size > 6:
            return f"an array of shape {thing.shape}"
        if thing.dtype.kind == "f":
            thing = np.array([float(f"{it:.4g}") for it in thing.flat]).reshape(thing.shape)
        return repr(thing.tolist())
    if isinstance(thing, float):
        return f"{thing:.4g}"
    text = repr(thing)
    return text if len(text) <= 60 else f"{text[:57]}..."
