"""Make an exam for pencil and paper, and its key, from a seed: build/exam, as HTML and as PDF.

Usage: python -m course.questions.exam [SEED]

Without a seed, it is that of the folder COURSE_PRIVATE. Versions A and B have the same tasks with
other numbers, in another order. Each is there with double time, too. The key holds every answer,
and what points are given for.
"""

import base64
import shutil
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markdown_it import MarkdownIt
from markupsafe import Markup
from mdit_py_plugins.dollarmath import dollarmath_plugin

from course.homework import overlay
from course.homework.assignment import generator
from course.questions import tasks as numbers
from course.questions.pools import CHAPTERS, fill

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
FOLDER = ROOT / "build" / "exam"
VERSIONS = ("A", "B")
MINUTES = 90
TEXT = {
    "book": "Neurons to Networks",
    "exam": "Exam, version {version}",
    "key": "Key and points, version {version}",
    "time": "{minutes} minutes, {points} points",
    "name": "Name",
    "number": "Student number",
    "aids": "Pencil and paper. Numbers are chosen so that no calculator is needed. Logarithms and "
    "powers of e may stay as they are. A right way with a wrong number from an earlier part gets "
    "its points.",
    "task": "Task",
    "of": "Points",
    "given": "Given",
    "points": "{points} points",
    "point": "1 point",
    "answer": "Answer",
}


@dataclass(frozen=True)
class Part:
    """One question of a task."""

    text: str  # Markdown
    answer: str
    rubric: dict[str, int]  # for what points are given, and how many

    @property
    def points(self) -> int:
        return sum(self.rubric.values())


@dataclass(frozen=True)
class Picture:
    """A drawing that needs no file of its own."""

    svg: bytes
    alt: str

    @property
    def uri(self) -> str:
        return f"data:image/svg+xml;base64,{base64.b64encode(self.svg).decode()}"


@dataclass(frozen=True)
class Task:
    """One task of an exam, on one chapter."""

    chapter: int
    title: str
    text: str  # Markdown
    picture: Picture | None
    parts: tuple[Part, ...]

    @property
    def points(self) -> int:
        return sum(part.points for part in self.parts)


@cache
def words() -> dict:
    """Return the words of all tasks."""
    return yaml.safe_load((HERE / "tasks.yml").read_text(encoding="utf-8"))


def task(name: str, seed: str, version: str) -> Task:
    """Return the task on one chapter, with the numbers of a seed and a version."""
    entry = words()[name]
    values = getattr(numbers, name)(generator(seed, "exam", version, name))
    if "cases" in entry:
        case = entry["cases"][values["case"]]
        values |= {key: fill(text, values) for key, text in case.items()}
    picture = None
    if "picture" in entry:
        svg = numbers.draw_training(values, entry["axes"])
        picture = Picture(svg, fill(entry["picture"], values))
    return Task(
        CHAPTERS.index(name) + 1,
        entry["title"],
        fill(entry["text"], values),
        picture,
        tuple(
            Part(fill(it["text"], values), fill(it["answer"], values), it["rubric"])
            for it in entry["parts"]
        ),
    )


def exam(seed: str, version: str) -> list[Task]:
    """Return the tasks of a version, in its order."""
    made = [task(name, seed, version) for name in CHAPTERS]
    rng = generator(seed, "order")
    orders = [rng.permutation(len(made))]
    while len(orders) < len(VERSIONS):  # no task stands at the same place twice
        order = rng.permutation(len(made))
        if all((order != other).all() for other in orders):
            orders.append(order)
    return [made[i] for i in orders[VERSIONS.index(version)]]


def said(points: int) -> str:
    """Return a number of points in words."""
    return TEXT["point"] if points == 1 else TEXT["points"].format(points=points)


def markdown(text: str) -> Markup:
    """Return Markdown as HTML, its formulas made by KaTeX."""
    from extensions.formulas import render

    reader = MarkdownIt("commonmark").use(
        dollarmath_plugin, renderer=lambda tex, options: render(tex, options["display_mode"])
    )
    return Markup(reader.render(text))


def page(made: list[Task], version: str, minutes: int, key: bool) -> str:
    """Return a paper, or its key, as a page of HTML."""
    environment = Environment(
        loader=FileSystemLoader(HERE), autoescape=True, undefined=StrictUndefined
    )
    environment.filters |= {"markdown": markdown, "said": said}
    return environment.get_template("paper.html").render(
        tasks=made,
        version=version,
        minutes=minutes,
        points=sum(it.points for it in made),
        key=key,
        text=TEXT,
        letters="abcdefgh",
    )


def write(seed: str, folder: Path) -> list[Path]:
    """Write all papers and keys of a seed into a new folder, as HTML."""
    from extensions.node import MODULES, install

    install()
    pages = {}
    for version in VERSIONS:
        made = exam(seed, version)
        pages[version] = page(made, version, MINUTES, key=False)
        pages[f"{version}-double-time"] = page(made, version, 2 * MINUTES, key=False)
        pages[f"{version}-key"] = page(made, version, MINUTES, key=True)
    shutil.rmtree(folder, ignore_errors=True)
    katex = MODULES / "katex" / "dist"
    shutil.copytree(katex / "fonts", folder / "katex" / "fonts")
    shutil.copy2(katex / "katex.min.css", folder / "katex")
    paths = [folder / f"{name}.html" for name in pages]
    for path, html in zip(paths, pages.values(), strict=True):
        path.write_text(html, encoding="utf-8")
    return paths


def sample(chapter: int) -> Task:
    """Return the worked sample of a chapter that the book shows."""
    return task(CHAPTERS[chapter - 1], "sample", "A")


def choose(seed: str) -> str:
    """Return the seed that is given, or that of the course."""
    private = overlay.instead_of(seed)
    return private.seed if private else seed


def main(seed: str = "") -> None:
    """Write the papers and print them."""
    from course import pdf

    paths = write(choose(seed), FOLDER)
    pdf.papers(paths)
    print(f"papers, keys and their PDFs: {FOLDER}")


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except ValueError as problem:
        sys.exit(f"exam: {problem}")
