"""Try the checks of a chapter's exercises: with the book's solution, and with wrong answers.

The wrong answers that people give stand in chapters/answers/, one file for each chapter, and those
to the labs in course/answers/:

    PROOFS = {"neurons-ex-rate"}  # exercises without a check
    WRONG = {
        "neurons-ex-majority": {
            "four of five": ("w, b = np.ones(5), -3.5", "at least three"),
        },
    }

A lab holds no solution: there it is SOLUTION, from the label to the code.

Each has its code, which takes the place of the start in the reader's cell, and a part of what the
check must say. Besides these, no check may accept an empty function, one that returns 0 or the text
of the task, or that text as a value.
"""

import ast
import contextlib
import io
import runpy
from functools import partial
from pathlib import Path

from places import ROOT

from chapter import Chapter, Exercise


def wrong_answers(path) -> dict[str, dict[str, tuple[str, str]]]:
    return _read(path).get("WRONG", {})


def proofs(path) -> set[str]:
    return _read(path).get("PROOFS", set())


def solutions(path) -> dict[str, str]:
    """Return the answers to a lab."""
    return _read(path).get("SOLUTION", {})


def _read(path) -> dict:
    path = Path(path)
    folder = "course" if path.parent.name == "labs" else "chapters"
    file = ROOT / "tests" / folder / "answers" / f"{path.stem}.py"
    return runpy.run_path(str(file)) if file.exists() else {}


def by_cell(path) -> dict[int, partial]:
    """Return for the last cell of each exercise what tries its check, after that cell has run."""
    wrong, solution = wrong_answers(path), solutions(path)
    return {
        it.end: partial(tried, it, solution.get(it.label, ""), wrong.get(it.label, {}))
        for it in Chapter(path).exercises.values()
        if it.code
    }


def labels(path) -> dict[int, str]:
    """Return the exercises with a check, by the numbers of their last cells."""
    return {it.end: it.label for it in Chapter(path).exercises.values() if it.code}


def in_kernel(path, number: int) -> str:
    """Return code that tries the check of one exercise, after its last cell, and raises faults.

    It leaves no name behind.
    """
    return (
        f"__import__('sys').path.insert(0, {str(ROOT / 'tests')!r})\n"
        f"__import__('answers').assert_sharp({str(path)!r}, {number}, globals())"
    )


def assert_sharp(path: str, number: int, variables: dict) -> None:
    messages = faults([{"answers": by_cell(path)[number](variables, ast.parse)}])
    assert not messages, "\n\n".join(messages)


def without_sense(exercise: Exercise) -> dict[str, str]:
    """Return answers, as code, that nobody could mean."""
    text = repr(" ".join(" ".join(exercise.text).split()))
    found = {}
    for name, is_function in exercise.answers.items():
        if is_function:
            for what in ("None", "0", text):
                found[f"{name} returns {what:.20}"] = f"{name} = lambda *a, **k: {what}"
        else:
            found[f"{name} is the text"] = f"{name} = {text}"
    return found


def tried(exercise: Exercise, solution: str, wrong: dict, variables: dict, parse) -> list[dict]:
    """Return what the check says of each answer: of the solution first.

    The solution of a chapter has run, and its variables are there.
    """

    def say(code: str) -> tuple[str, str]:
        space = dict(variables)
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            exec(compile(parse(code), exercise.label, "exec"), space)
            tree = parse(f"_report = {exercise.check}")
            exec(compile(tree, exercise.label, "exec"), space)
        return space["_report"].state, repr(space["_report"])

    def entry(what: str, code: str, says: str = "") -> dict:
        try:
            state, text = say(code)
        except Exception as error:
            state, text = "broken", f"{type(error).__name__}: {error}"
        return {"label": exercise.label, "what": what, "state": state, "text": text, "says": says}

    entries = [entry("solution", solution)]
    entries += [entry(what, code, says) for what, (code, says) in wrong.items()]
    senseless = without_sense(exercise)
    entries += [entry(what, code) | {"senseless": True} for what, code in senseless.items()]
    return entries


def faults(results: list[dict]) -> list[str]:
    """Return a message for each answer of which the check says what it should not."""
    messages = []
    for it in (answer for result in results for answer in result.get("answers", [])):
        where = f"{it['label']}, {it['what']}: the check says:\n{it['text']}"
        if it["what"] == "solution":
            good = it["state"] == "right"
        elif "senseless" in it:
            good = it["state"] in ("wrong", "open")
        else:
            good = it["state"] == "wrong" and it["says"] in it["text"]
            where += f"\nwanted in it: {it['says']}"
        if not good:
            messages.append(where)
    return messages
