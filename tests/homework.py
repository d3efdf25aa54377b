"""Try homework: with its keys, and with wrong answers (see course/answers/homework-practice.py).

Keys are our own code, so they run in this process. What students hand in never does.
"""

import contextlib
import functools
import io
import runpy
import sys

import numpy as np
from places import ROOT

sys.path.insert(0, str(ROOT))
from course.homework import assignment
from course.homework.assignment import Assignment, Check

load = functools.cache(assignment.load)
WRONG = runpy.run_path(str(ROOT / "tests" / "course" / "answers" / "homework-practice.py"))["WRONG"]


def key(assignment: Assignment) -> dict[str, str]:
    return {task.id: task.solution for task in assignment.tasks if not task.rubric}


def copies(inputs: dict) -> dict:
    return {name: it.copy() if isinstance(it, np.ndarray) else it for name, it in inputs.items()}


def run(assignment: Assignment, answers: dict[str, str], tests: bool = False) -> dict:
    """Run the cells with these answers, and return what they define. A cell may fail."""
    names: dict = {}
    exec(assignment.setup, names)
    for task in assignment.tasks:
        with contextlib.redirect_stdout(io.StringIO()):
            exec(task.given, names)
            exec(task.practice, names)
        with contextlib.suppress(Exception):
            exec(answers.get(task.id, ""), names)
        if tests:
            exec(task.tests, names)
    return names


def points(check: Check, value: object) -> tuple[float, str]:
    """Return the points for a value, and what the judge says of it."""
    try:
        with np.errstate(all="ignore"):
            said = check.judge(value)
    except Exception as error:
        said = f"raises {error!r}"
    return (0 if said else check.points), said or ""


def judged(assignment: Assignment, answers: dict[str, str]) -> dict[str, tuple[float, str]]:
    """Return the points of each check, and what its judge says."""
    names = run(assignment, answers)
    found = {}
    for check in assignment.checks:
        try:
            with np.errstate(all="ignore"):
                value = eval(check.call, names | copies(check.inputs))
        except Exception as error:
            earned = 0, f"raises {error!r}"
        else:
            earned = points(check, value)
        found[f"{check.task}: {check.name}"] = earned
    return found


def wrong_answer(made: Assignment, task: str, name: str) -> tuple[dict[str, str], str, str]:
    """Return the answers with one that is wrong, the check that must fail, and what it must say."""
    answers = key(made)
    code, check, words = WRONG[task][name]
    answers[task] = code(answers[task]) if callable(code) else code
    assert answers[task] != key(made)[task], "the wrong answer is the right one"
    return answers, check, words
