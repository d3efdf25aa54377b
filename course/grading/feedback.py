"""The page that a student gets: what was right and what was wrong, without inputs and keys."""

from html import escape

from course.grading.gradebook import Gradebook, level_points
from course.grading.words import say
from course.homework.assignment import Task

STYLE = """
body { max-width: 45rem; margin: auto; padding: 1rem; font-family: sans-serif; line-height: 1.5;
  color-scheme: light dark }
ul { list-style: none; padding: 0 }
li { margin: 0.3rem 0 }
"""


def page(book: Gradebook, student: str) -> str:
    """Return a student's feedback as HTML."""
    record, row = book.records[student], book.row(student)
    title = book.assignment.title
    points = sum(it for it in row.values() if it is not None)
    total = "so far" if None in row.values() else "total"
    parts = [
        f"<h1>{escape(title)}</h1>",
        f"<p>{escape(record['name'])} ({escape(student)})</p>",
        f"<p><strong>{say(total, points=f'{points:g}', of=f'{book.assignment.points:g}')}</strong>",
    ]
    if record["late"]:
        days = say("day") if record["late"] == 1 else say("days", days=record["late"])
        parts.append(f", {say('late', days=days)}")
    parts.append("</p>")
    if record["notes"]:
        parts += [f"<h2>{say('notes')}</h2>", _list(record["notes"])]
    for task in book.assignment.tasks:
        parts += _task(book, student, task, row[task.id])
    if elsewhere := record["cells"].get(""):
        parts += [f"<h2>{say('other')}</h2>", _list(elsewhere)]
    return (
        '<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width">\n'
        f"<title>{say('feedback')}: {escape(title)}</title>\n<style>{STYLE}</style>\n"
        + "\n".join(parts)
        + "\n</html>\n"
    )


def _task(book: Gradebook, student: str, task: Task, points: float | None) -> list[str]:
    record = book.records[student]
    shown = (
        say("waits")
        if points is None
        else say("points", points=f"{points:g}", of=f"{task.points:g}")
    )
    parts = [f"<h2>{escape(task.title)} ({shown})</h2>"]
    if stopped := record["cells"].get(task.id):
        parts.append(_list(stopped))
    checks = [it for it in record["checks"] if it["task"] == task.id]
    if checks:
        parts.append(_list([_check(it) for it in checks]))
    mark = book.marks.get(task.id, {}).get(student)
    if mark and task.rubric:
        got = level_points(task, mark["level"])
        line = say("points", points=f"{got:.3g}", of=f"{task.hand:g}")
        parts.append(_list([f"{line}: {task.rubric[mark['level']]} {mark['comment']}".strip()]))
    return parts


def _check(check: dict) -> str:
    sign, words = ("✗", check["fault"]) if check["fault"] else ("✓", say("right"))
    points = say("points", points=f"{check['points']:g}", of=f"{check['of']:g}")
    return f"{sign} {check['name']}: {words} ({points})"


def _list(lines: list[str]) -> str:
    return "<ul>" + "".join(f"<li>{escape(line)}</li>" for line in lines) + "</ul>"
