"""Tell what falls if a section is skipped: sections, exercises, tasks of labs, questions, slides.

Usage: python course/skip.py neurons-novikoff ...

It reads the map in `course/needs.yml` and the lectures.
"""

import argparse
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from textwrap import shorten

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "book"))
import lecture
import times
from dependencies import Map

WHY = {
    "aside": "in passing",
    "result": "says again what comes out",
    "word": "a word, which the glossary explains",
    "code": "names of its cells: run them, read or not",
}
SHORT = {
    "skips": "The short course skips it.",
    "result": "The short course takes only what comes out.",
    "lab": "The short course takes it up in a lab.",
}


def shown(slide: lecture.Slide, book: lecture.Book, needs: Map) -> Iterator[str]:
    """Yield the sections of which a slide shows something."""
    for it in slide.shown:
        if it.name in ("code", "output"):
            cell = book.code(it.argument, it.options["from"]).cell
            yield needs.owners.get(id(needs.chapters[it.argument].code[cell - 1]), "")
        elif it.name == "question":
            _, number, _ = book.question(it.argument, it.options["begins"])
            question = needs.chapters[it.argument].questions[number]
            yield from (label for label in needs.nodes if question in needs.questions(label))
        elif it.name == "widget":
            yield needs.homes[f"widget-{it.argument}"]
        elif it.argument in needs.homes:
            yield needs.homes[it.argument]
        elif it.name == "table":
            yield needs.place(it.argument)


def slides(needs: Map) -> list[tuple[str, set[str]]]:
    """Return all slides, named by lecture and number, and the sections that each shows."""
    book = lecture.book()
    return [
        (f"{text.name}, slide {number}: {slide.title}", set(shown(slide, book, needs)))
        for text in lecture.lectures().values()
        for number, slide in enumerate(text.slides, 1)
    ]


def answer(label: str, needs: Map, all_slides: list[tuple[str, set[str]]]) -> str:
    """Return what falls if a section is skipped."""
    node = needs.nodes[label]
    fallen = needs.after(label)
    gone = [label, *fallen]

    def named(it: str) -> str:
        return f"{needs.nodes[it].title} ({it})"

    def of(labels: list[str]) -> str:
        """Say by which section something falls, where it is not the one that is skipped."""
        return "" if label in labels else f", by {labels[0]}"

    fast, slow = times.rounded([node.section])
    time = f"{fast} to {slow} minutes" if slow > 1 else "a minute"
    lines = [
        f"{node.title} ({label})",
        f"{time} to read, in {node.chapter.title}",
    ]
    if node.short:
        lines.append(SHORT[node.short])

    def add(title: str, entries: Iterable[str], nothing: str = "") -> None:
        entries = [f"  {it}" for it in entries]
        if entries or nothing:
            lines.extend(["", f"{title}:", *entries] if entries else ["", nothing])

    add("It needs", map(named, node.needs))
    add(
        f"Sections that need it and fall, {len(fallen)}",
        map(named, fallen),
        "No other section needs it.",
    )
    falls, refers, minutes = [], [], 0
    for name, exercise in needs.exercises.items():
        text = f"{exercise.title} ({name}, {exercise.level})"
        if homes := [it for it in gone if name in needs.nodes[it].exercises]:
            falls.append(text + of(homes))
            minutes += times.EXERCISE[exercise.level]
        elif label in needs.of_exercise(exercise):
            refers.append(text)
    add(f"Exercises that fall, {minutes} minutes", falls, "No exercise falls.")
    add("Exercises that stay, and refer to it", refers)
    add(
        "Tasks of labs that fall",
        (
            f"{needs.tasks[task].title} ({task})" + of(homes)
            for task in needs.tasks
            if (homes := [it for it in gone if task in needs.nodes[it].labs])
        ),
        "No task of a lab falls.",
    )
    falls, refers = [], []
    for chapter in needs.chapters.values():
        for question in chapter.questions:
            text = f"{chapter.name}: {shorten(question.text, 70, placeholder=' …')}"
            if homes := [it for it in gone if question in needs.questions(it)]:
                falls.append(text + of(homes))
            elif label in needs.of_question(question):
                refers.append(text)
    add("Questions of quizzes that fall", falls, "No question of a quiz falls.")
    add("Questions that stay, and refer to it", refers)
    add(
        "Slides that show something of what falls",
        (
            slide + of(homes)
            for slide, places in all_slides
            if (homes := [it for it in gone if it in places])
        ),
        "No slide shows anything of it.",
    )
    add(
        "Sections that stay, and refer to it without need",
        (
            f"{named(it)}: {WHY[other.reasons[label]]}"
            for it, other in needs.nodes.items()
            if it not in gone and label in other.reasons
        ),
    )
    return "\n".join(lines)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("section", nargs="+", help="its label, or chapter#heading")
    needs = Map()
    try:
        labels = [needs.place(it) for it in parser.parse_args().section]
    except ValueError as error:
        parser.error(str(error))
    all_slides = slides(needs)
    print("\n\n".join(answer(it, needs, all_slides) for it in labels))
