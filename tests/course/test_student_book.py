"""The book for students holds nothing of the solutions, in no file, and has the same numbers."""

import datetime
import html
import io
import json
import re
import sys
import zipfile
import zlib
from functools import cache
from pathlib import Path

import nbformat
import pytest
import yaml
from places import ROOT
from sphinx.search.en import SearchEnglish

from chapter import ROLE, Chapter

sys.path.append(str(ROOT / "course"))
import student_book

CHAPTERS = sorted((ROOT / "chapters").glob("*.ipynb"))
BUILT = CHAPTERS[:2]  # the whole book takes a minute or two
TODAY = datetime.date(2027, 3, 15)


def flat(text: str) -> str:
    """The words of a text, however it is marked up."""
    return f" {re.sub(r'[^A-Za-z0-9_]+', ' ', text).strip()} "


def texts(path: Path) -> dict[str, str]:
    """What a file holds, with what is packed in it."""
    content = path.read_bytes()
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = {it: archive.read(it) for it in archive.namelist()}
    elif path.name == "objects.inv":
        parts = {"": zlib.decompress(content.split(b"\n", 4)[4])}
    else:
        parts = {"": content}
    return {f"{path.name}:{name}": read(path, part) for name, part in parts.items()}


def read(path: Path, content: bytes) -> str:
    text = content.decode("utf-8", errors="replace")
    if path.suffix == ".html":
        # The tags around words, and what formulas say a second time.
        text = html.unescape(re.sub(r"<[^>]*>", "", text))
    return flat(text.replace("\\n", " "))


def pieces(text: str) -> list[str]:
    """Pieces of Markdown that look alike on a page: lines between formulas, code and references."""
    text = re.sub(r"\s+", " ", text)
    return re.split(r"\$+[^$]*\$+|`[^`]*`|\{[\w:]+\}|\[|\]\([^)]*\)|[*_<>|]+", text)


@cache
def told(path: Path) -> set[str]:
    """What the solutions say, in pieces and lines, and neither the rest of the chapters nor mlp."""
    found = set()
    for exercise in Chapter(path).exercises.values():
        for text in exercise.solution:
            found |= {flat(it) for it in pieces(text)}
        for code in exercise.solution_code:
            found |= {flat(line) for line in code.splitlines()}
    elsewhere = "".join(kept(path) for path in [*CHAPTERS, *(ROOT / "mlp").glob("*.py")])
    return {it for it in found if len(it) > 20 and it.count(" ") > 4 and it not in elsewhere}


@cache
def kept(path: Path) -> str:
    if path.suffix != ".ipynb":
        return flat(path.read_text(encoding="utf-8"))
    notebook = nbformat.read(path, as_version=nbformat.NO_CONVERT)
    cells = student_book.without_solutions(notebook).cells
    return "".join(flat(cell.source) for cell in cells)


@pytest.fixture(scope="module")
def book(tmp_path_factory, node_modules) -> Path:
    """Two chapters of the book for students, without references to the others."""
    source = tmp_path_factory.mktemp("student") / "source"
    student_book.copy(source, with_solutions=set())
    there = {f"chapters/{path.stem}" for path in BUILT} | {"book/bibliography", "book/glossary"}
    toc = yaml.safe_load((source / "book" / "_toc.yml").read_text(encoding="utf-8"))
    for part in toc["parts"]:
        part["chapters"] = [it for it in part["chapters"] if it["file"] in there]
    toc["parts"] = [part for part in toc["parts"] if part["chapters"]]
    (source / "book" / "_toc.yml").write_text(yaml.safe_dump(toc), encoding="utf-8")
    paths = [source / "chapters" / path.name for path in BUILT]
    said = [path.read_text(encoding="utf-8") for path in paths]
    labels = ROLE.sub("", "".join(said))

    def known(match: re.Match) -> str:
        is_reference = match["role"] in ("ref", "numref", "eq")
        lost = is_reference and (match["to"] or match["alone"]) not in labels
        return (match["text"] or match["alone"]) if lost else match[0]

    for path, text in zip(paths, said, strict=True):
        path.write_text(ROLE.sub(known, text), encoding="utf-8")
    return student_book.build(source, options=("--quiet",))


# What has a number, by its id, and the number, in the order of the page.
NUMBERED = re.compile(
    r'id="([\w-]+-fig-[\w-]+|widget-\w+|equation-[\w-]+|[\w-]+-ex-[\w-]+)"'
    r'|caption-number">((?:Fig\.|Exercise) [\d.]+)|class="eqno">(\([\d.]+\))'
)


def numbers(site: Path, path: Path) -> list[str]:
    page = (site / "chapters" / f"{path.stem}.html").read_text(encoding="utf-8")
    return ["".join(match.groups("")) for match in NUMBERED.finditer(page)]


def test_nothing_of_the_solutions_is_in_any_file(book, site):
    files = [path for path in book.rglob("*") if path.is_file()]
    assert {path.suffix for path in files} >= {".html", ".ipynb", ".js", ".inv", ".whl"}
    contents = {name: text for path in files for name, text in texts(path).items()}
    words = {name: set(text.split()) for name, text in contents.items()}
    for path in BUILT:
        wanted = told(path)
        assert len(wanted) > 100
        # In the whole book they are found, so the search can find them.
        whole = "".join(texts(site / "chapters" / f"{path.stem}.html").values())
        plain = read(Path("x.ipynb"), (site / "_sources" / "chapters" / path.name).read_bytes())
        assert sum(it in whole for it in wanted) > 0.95 * len(wanted)
        assert sum(it in plain for it in wanted) > 0.95 * len(wanted)
        left = [
            (name, it)
            for name, text in contents.items()
            for it in wanted
            if words[name].issuperset(it.split()) and it in text  # the first is quick
        ]
        assert left == []
    assert [name for name, text in contents.items() if re.search(r"\w-sol-\w", text)] == []


def test_pictures_and_outputs_of_solutions_are_gone(book, site):
    for path in BUILT:
        whole = Chapter(path)
        rest = Chapter(book.parents[2] / "chapters" / path.name)
        gone = {cell.id for cell in whole.code} - {cell.id for cell in rest.code}
        assert len(gone) >= len(whole.exercises) - 2  # proofs have no code
        names = {it.name for it in whole.figures} - {it.name for it in rest.figures}
        page = (book / "chapters" / f"{path.stem}.html").read_text(encoding="utf-8")
        assert not any(name in page for name in names)
        assert len(page) < len((site / "chapters" / f"{path.stem}.html").read_bytes())


def test_the_search_does_not_know_the_words_of_solutions(book):
    index = (book / "searchindex.js").read_text(encoding="utf-8")
    index = json.loads(index[index.index("{") : index.rindex("}") + 1])
    language = SearchEnglish({})
    source = book.parents[2]
    sources = [source / "book" / it for it in ("intro.md", "glossary.md", "references.bib")]
    sources += [source / "chapters" / path.name for path in BUILT]  # with captions and outputs
    rest = "".join([*(read(path, path.read_bytes()) for path in sources), *map(kept, BUILT)])
    known = {language.stem(it.lower()) for it in {*rest.split()}}
    exercises = [it for path in BUILT for it in Chapter(path).exercises.values()]
    said = flat(" ".join(text for it in exercises for text in it.solution + it.solution_code))
    only = {language.stem(it.lower()) for it in {*said.split()} if it.isalpha()} - known
    assert len(only) > 10
    assert only & (index["terms"].keys() | index["titleterms"].keys()) == set()


def test_exercises_stay_and_all_numbers_too(book, site):
    for path in BUILT:
        here, there = numbers(book, path), numbers(site, path)
        whole, rest = Chapter(path), Chapter(book.parents[2] / "chapters" / path.name)
        for name in {it.name for it in whole.figures} - {it.name for it in rest.figures}:
            place = there.index(name)
            del there[place : place + 2]  # a figure of a solution, and its number
        assert here == there
        assert {it for it in here if "-ex-" in it} == {*whole.exercises}
        for kind in ("Fig. ", "(", "Exercise "):
            assert sum(it.startswith(kind) for it in here) > 5


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_no_number_moves_when_solutions_go(path):
    """What a solution numbers comes after all else that has such a number in its chapter."""
    notebook = nbformat.read(path, as_version=nbformat.NO_CONVERT)
    whole = [it for cell in notebook.cells for it in numbered(cell)]
    cells = student_book.without_solutions(notebook).cells
    assert not any("{solution" in cell.source for cell in cells)
    rest = [it for cell in cells for it in numbered(cell)]
    for kind in {kind for kind, _ in rest}:
        labels = [label for it, label in rest if it == kind]
        assert [label for it, label in whole if it == kind][: len(labels)] == labels


def numbered(cell) -> list[tuple[str, str]]:
    if cell.cell_type == "code":
        figure = cell.metadata.get("mystnb", {}).get("figure")
        return [("figure", figure["name"])] if figure else []
    found = [("equation", it) for it in re.findall(r"\$\$ *\(([\w:-]+)\)", cell.source)]
    found += [("table", it) for it in re.findall(r"^:name: (.+)", cell.source, re.M)]
    return found + [("widget", it) for it in re.findall(r"<!-- \{widget\} (\w+)", cell.source)]


def test_solutions_come_from_their_day_on():
    text = "01-neurons: 2027-03-15\n02-feedforward-networks: 2027-03-16\n"
    assert student_book.shown(text, TODAY) == {"01-neurons"}
    assert student_book.shown("", TODAY) == set()


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("- 01-neurons", "expected lines such as"),
        ("11-more: 2027-03-15", "no chapter '11-more'; there are 01-neurons"),
        ("01-neurons: soon", "01-neurons: expected a day such as 2027-03-12, got 'soon'"),
        ("01-neurons: true", "01-neurons: expected a day"),
    ],
)
def test_a_file_that_says_something_else(text, problem, tmp_path, monkeypatch):
    with pytest.raises(ValueError, match=problem):
        student_book.shown(text, TODAY)
    monkeypatch.setattr(student_book, "SOURCE", tmp_path / "source")
    (tmp_path / "days.yml").write_text(text)
    with pytest.raises(SystemExit, match=f"days.yml: .*{problem}"):
        student_book.main([str(tmp_path / "days.yml")])
    assert not (tmp_path / "source").exists()


def test_the_sheets_of_the_labs_are_for_assistants(tmp_path):
    student_book.copy(tmp_path / "source", with_solutions=set())
    labs = {path.name for path in (tmp_path / "source" / "course" / "labs").iterdir()}
    toc = (tmp_path / "source" / "book" / "_toc.yml").read_text(encoding="utf-8")
    assert "lab1-zero-or-one.ipynb" in labs
    assert "course/labs/lab1-zero-or-one" in toc
    assert not [name for name in labs if "sheet" in name]
    assert "sheet" not in toc
    assert len(yaml.safe_load(toc)["parts"]) == 4


def test_chapters_keep_their_solutions_when_asked(tmp_path):
    student_book.copy(tmp_path / "source", with_solutions={BUILT[1].stem})
    folder = tmp_path / "source" / "chapters"
    without, with_them = (Chapter(folder / path.name) for path in BUILT)
    assert not any(it.solution for it in without.exercises.values())
    assert with_them.text == Chapter(BUILT[1]).text
    assert [*without.exercises] == [*Chapter(BUILT[0]).exercises]
