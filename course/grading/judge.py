"""Run a submission in the sandbox, and compare what comes back. No student code runs here."""

import base64
import builtins
import math
import re
import time
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from course.grading.runner import encode
from course.grading.sandbox import START, Gone, Limits, Sandbox, Session
from course.grading.words import say
from course.homework.assignment import Check

NUMBER = re.compile(r"-?\d+(\.\d+)?(e[+-]?\d+)?")
DTYPE = re.compile(r"[<|][biufc](1|2|4|8|16)")
AGAIN = 8  # how often a submission is run again after it has ended Python


@dataclass(frozen=True)
class Result:
    """What a check has found."""

    check: Check
    points: float
    fault: str | None  # in words, or None if it is right


def decoded(value: object) -> object:
    """Return what the runner has encoded. Whatever else it is, is a ValueError."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, list):
        return [decoded(it) for it in value]
    if value == {"open": True}:
        return ...
    if not isinstance(value, dict) or value.keys() != {"dtype", "shape", "data"}:
        raise ValueError("no value")
    dtype, shape, data = value["dtype"], value["shape"], value["data"]
    if not (isinstance(dtype, str) and DTYPE.fullmatch(dtype) and isinstance(data, str)):
        raise ValueError("no array")
    if not (isinstance(shape, list) and all(type(it) is int and it >= 0 for it in shape)):
        raise ValueError("no shape")
    flat = base64.b64decode(data, validate=True)
    if math.prod(shape) * np.dtype(dtype).itemsize != len(flat):
        raise ValueError("another size")
    array = np.frombuffer(flat, dtype).reshape(shape).copy()
    return array if shape else array.item()


def run(
    sandbox: Sandbox, limits: Limits, cells: Sequence[str], checks: Sequence[Check]
) -> tuple[dict[int, dict | str], dict[int, dict | str]]:
    """Run cells, then calls; return what went wrong with cells, and the answers to calls.

    What ends Python is left out the next time; in its place stands the reason.
    """
    ends = time.monotonic() + limits.total
    lost = {}
    for _ in range(1 + AGAIN):
        errors, answers = {}, {}
        try:
            now = None
            with Session(sandbox, limits, ends) as session:
                session.ask({"run": ""}, START)
                for number, source in enumerate(cells):
                    now = ("cell", number)
                    if now not in lost:
                        answer = session.ask({"run": source}, limits.cell)
                        if isinstance(answer.get("error"), dict):
                            errors[number] = answer["error"]
                for number, check in enumerate(checks):
                    now = ("call", number)
                    if now not in lost:
                        inputs = {name: encode(it) for name, it in check.inputs.items()}
                        request = {"call": check.call, "inputs": inputs}
                        answers[number] = session.ask(request, limits.call)
            break
        except Gone as gone:
            if now is None:
                raise RuntimeError(session.complaint) from None
            lost[now] = str(gone)
        if time.monotonic() > ends:
            break
    errors |= {number: why for (kind, number), why in lost.items() if kind == "cell"}
    answers |= {number: why for (kind, number), why in lost.items() if kind == "call"}
    return errors, answers


def judged(check: Check, answer: dict | str | None) -> Result:
    """Return the result of a check, given what the runner has answered."""
    fault = _fault(check, answer)
    return Result(check, 0 if fault else check.points, fault)


def _fault(check: Check, answer: dict | str | None) -> str | None:
    if not isinstance(answer, dict):
        return say(answer or "not run")
    if "value" not in answer:
        return problem(answer.get("error"), message=not check.hidden)
    try:
        value = decoded(answer["value"])
    except (ValueError, TypeError, RecursionError):
        return say("form")
    if value is ...:
        return say("open")
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            fault = check.judge(value)
            return masked(fault.rstrip("."), value) if fault and check.hidden else fault
    except Exception:  # of whatever form the answer is, the judge was not made for it
        return say("form")


def masked(fault: str, value: object) -> str:
    """Return a fault without numbers of the answer: `return x` would show what x is."""
    leaves = list(_leaves(value))
    if any(isinstance(it, str) for it in leaves):
        return say("wrong")
    numbers = np.abs(np.concatenate([np.zeros(0), *map(np.ravel, leaves)]))

    def shown(match: re.Match) -> str:
        close = np.abs(numbers - abs(float(match[0]))) <= 0.01 * numbers
        return "…" if len(match[0]) > 2 and close.any() else match[0]

    return NUMBER.sub(shown, fault)


def _leaves(value: object) -> Iterator[object]:
    """Yield the strings, numbers and arrays of an answer."""
    if isinstance(value, list):
        for it in value:
            yield from _leaves(it)
    elif isinstance(value, int | float | complex | np.ndarray | str):
        yield value if isinstance(value, str) else np.asarray(value).astype(complex)


def problem(error: object, *, message: bool) -> str:
    """Say what an error of the runner means.

    Messages are the student's own words and could tell what hidden inputs are.
    """
    error = error if isinstance(error, dict) else {}
    kind = str(error.get("kind"))
    if kind in ("too slow", "too large", "no value"):
        return say(kind)
    known = getattr(builtins, kind, None)
    if not (isinstance(known, type) and issubclass(known, BaseException)):
        kind = "Exception"
    text = str(error.get("message", ""))[:300] if message else ""
    return say("error", kind=f"{kind}: {text}" if text else kind)
