"""What students and teachers are told, in one place."""

WORDS = {
    # Of a check.
    "right": "right",
    "wrong": "wrong",
    "open": "not answered yet",
    "form": "has another form than the task asks for",
    "no value": "gives no value that can be compared",
    "error": "stops with {kind}",
    "too slow": "takes too long and was stopped",
    "too large": "gives more than fits",
    "ended": "ended Python",
    "time": "took too long and did not let itself be stopped",
    "memory": "took too much memory",
    "output": "wrote too much",
    "not run": "was not run: the time was up, or other cells had ended Python too often",
    # Of a cell.
    "cell": "{cell} {what}{line}.",
    "line": ", in line {line}",
    "task cell": "The cell of “{task}”",
    "other cell": "Code cell {number}",
    "given cell": "A cell that was given",
    # Of a file.
    "none": "Nothing was handed in.",
    "empty": "The file is empty.",
    "no notebook": "This is no notebook: {what}.",
    "page": "it is a web page, perhaps an export",
    "json": "it is not in the format of notebooks",
    "no cells": "it has no cells",
    "latin": "The file was not in UTF-8 and was read as Latin-1.",
    "suffix": "The file is called {name}; it was read as a notebook.",
    "versions": "{count} files came; {name} counts.",
    "fault": "The grading itself failed: {error}. Tell whoever grades.",
    # Of what has become of the cells.
    "ids lost": "The names of the cells are lost. The answers were found by what they say.",
    "found": "The answer of “{task}” was found in another cell than its own.",
    "missing": "There is no cell for “{task}”.",
    "became text": "A cell of “{task}” had become text. It was run as code.",
    "became code": "The cell of “{task}” had become code. It was read as text.",
    "twice": "“{task}” has {count} answers. They ran in their order, so the last one counts.",
    "given changed": "A cell that was given was changed. It ran, and then as it was handed out.",
    "tests changed": "The tests of “{task}” were changed, copied or deleted; that changes nothing.",
    # The page.
    "feedback": "Feedback",
    "total": "{points} of {of} points",
    "so far": "{points} of {of} points so far; answers in words are not marked yet",
    "late": "{days} late",
    "day": "1 day",
    "days": "{days} days",
    "points": "{points} of {of}",
    "waits": "not marked yet",
    "notes": "What happened on the way",
    "cells": "Cells that stopped",
    "other": "Elsewhere",
}


def say(name: str, /, **values: object) -> str:
    """Return words, filled in."""
    return WORDS[name].format(**values)
