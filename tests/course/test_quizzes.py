"""Questions for Moodle and Canvas, read back strictly, are those of the book.

The readers here know only the platforms' formats. What they find is compared with the Markdown of
the chapters, which the exporters do not read: they take the pages.
"""

import base64
import io
import itertools
import re
import zipfile
from dataclasses import dataclass, field
from decimal import Decimal
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

import pytest
from places import ROOT

from chapter import ROLE, Chapter
from course.questions import moodle, qti
from course.questions.content import Choice, Number, Question, Quiz, Source, Text, quizzes
from course.questions.export import variants
from course.questions.numeric import Numeric
from extensions.decks.pages import Page
from extensions.formulas import render

FOLDER = ROOT / "chapters"
CHAPTERS = {path.stem: Chapter(path) for path in sorted(FOLDER.glob("*.ipynb"))}
# Moodle: question/engine/bank.php, in percent.
SHARES = {100, 90, 83.33333, 80, 75, 70, 66.66667, 60, 50, 40, 33.33333, 30, 25, 20, 16.66667}
SHARES |= {14.28571, 12.5, 11.11111, 10, 5}
# What both platforms keep of HTML.
HTML = {"p", "div", "em", "strong", "code", "pre", "ul", "ol", "li", "a", "img"}
IDENTIFIER = re.compile(r"[A-Za-z_][\w.-]*")  # an ID of XML
PNG = b"\x89PNG\r\n\x1a\n"


@dataclass
class Found:
    """A question as a reader has found it; `answers` are its choices or numbers."""

    id: str
    text: str
    kind: str
    answers: list[tuple]
    files: dict[str, bytes] = field(default_factory=dict)


class Words(HTMLParser):
    """HTML as words, a formula being its number; tags must be known, and closed."""

    def __init__(self, html: str):
        super().__init__()
        self.open, self.words, self.images, self.links = [], "", [], []
        self.formulas, self.formula = [], None
        self.feed(html)
        self.close()
        assert self.open == [], html

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        assert len(values) == len(attributes), attributes
        if tag == "math":
            assert values.pop("xmlns") == "http://www.w3.org/1998/Math/MathML"
            self.formula = ""
        if self.formula is None:
            assert tag in HTML, tag
            assert {*values} <= {"img": {"src", "alt"}, "a": {"href"}}.get(tag, set()), values
        else:
            assert tag.startswith("m"), tag
        if tag == "img":
            assert len(values["alt"]) > 40
            self.images.append(values["src"])
            return
        if tag == "a":
            self.links.append(values["href"])
        if tag in ("p", "li"):
            self.words += " "
        self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        if tag != "img":
            self.handle_endtag(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag
        if tag == "math":
            self.words += f"${len(self.formulas)}$"
            self.formulas.append(self.formula)
            self.formula = None

    def handle_data(self, data):
        if self.formula is None:
            self.words += data
        else:
            self.formula += data


# ---- Moodle ----------------------------------------------------------------------------------

# For each element what it may hold, as a pattern of names, and its attributes.
TEXT = ("text (file )*", "format")
MOODLE = {
    "quiz": ("(question )+", ""),
    "question": (
        "category |name questiontext defaultgrade idnumber (generalfeedback )?"
        "((single shuffleanswers answernumbering (answer )+)|(answer )+)",
        "type",
    ),
    "category": ("text ", ""),
    "name": ("text ", ""),
    "questiontext": TEXT,
    "generalfeedback": TEXT,
    "feedback": TEXT,
    "answer": ("text (file )*(tolerance )?(feedback )?", "format fraction"),
    "file": ("", "encoding name path"),
}
MOODLE |= dict.fromkeys(("text", "tolerance", "single", "shuffleanswers"), ("", ""))
MOODLE |= dict.fromkeys(("answernumbering", "defaultgrade", "idnumber"), ("", ""))


def strictly(element: ET.Element, grammar: dict[str, tuple[str, str]], name: str = "") -> None:
    """Assert that an element and all in it hold what they may hold, in the right order."""
    tag = element.tag.removeprefix(name)
    pattern, attributes = grammar[tag]
    children = "".join(f"{it.tag.removeprefix(name)} " for it in element)
    assert re.fullmatch(pattern, children), (tag, children)
    optional = {it.removesuffix("?") for it in attributes.split() if it.endswith("?")}
    wanted = {it for it in attributes.split() if not it.endswith("?")}
    assert wanted <= {*element.attrib} <= wanted | optional, (tag, element.attrib)
    assert not (pattern and (element.text or "").strip()), tag
    for child in element:
        assert not (child.tail or "").strip()
        strictly(child, grammar, name)


def held(element: ET.Element, found: Found) -> str:
    """Return the HTML of an element; what it shows must be there, and no more."""
    html = element.findtext("text").strip()
    assert html
    words = Words(html)
    assert words.formulas == []  # TeX, not MathML
    files = {it.get("name"): base64.b64decode(it.text) for it in element.findall("file")}
    assert [f"@@PLUGINFILE@@/{name}" for name in files] == words.images
    for name, content in files.items():
        assert content.startswith(PNG), name
    found.files |= files
    return html


def read_moodle(content: bytes) -> dict[str, list[Found]]:
    """Return the questions by category."""
    root = ET.fromstring(content)
    strictly(root, MOODLE)
    categories: dict[str, list[Found]] = {}
    for question in root:
        kind = question.get("type")
        if kind == "category":
            now = categories.setdefault(question.findtext("category/text"), [])
            continue
        found = Found(question.findtext("idnumber"), "", kind, [])
        assert 0 < len(question.findtext("name/text")) <= 255
        found.text = held(question.find("questiontext"), found)
        shares = []
        for answer in question.findall("answer"):
            share = float(answer.get("fraction"))
            assert share == 0 or abs(share) in SHARES, share
            shares.append(share)
            feedback = answer.find("feedback")
            said = "" if feedback is None else held(feedback, found)
            if kind == "numerical":
                numbers = float(answer.findtext("text")), float(answer.findtext("tolerance"))
                found.answers.append((numbers, share, said))
            else:
                assert answer.find("tolerance") is None
                found.answers.append((held(answer, found), share, said))
        if kind == "numerical":
            assert held(question.find("generalfeedback"), found)
            assert shares == [100] + [0] * (len(shares) - 1)
            assert found.answers[0][2] == ""
        elif question.findtext("single") == "true":
            assert sorted(shares, reverse=True) == [100] + [0] * (len(shares) - 1)
        else:
            assert sum(it for it in shares if it > 0) == pytest.approx(100, abs=0.001)
            # Who ticks all gets nothing.
            assert sum(shares) == pytest.approx(0, abs=0.001)
        now.append(found)
    return categories


# ---- QTI -------------------------------------------------------------------------------------

CONDITION = "((varequal |vargte |varlte |and |or |not |other )+)"
QTI = {
    "questestinterop": ("assessment ", ""),
    "assessment": ("qtimetadata section ", "ident title"),
    "section": ("(selection_ordering )?((item |section )+)", "ident title?"),
    "selection_ordering": ("selection ", ""),
    "selection": ("selection_number selection_extension ", ""),
    "selection_extension": ("points_per_item ", ""),
    "item": ("itemmetadata presentation resprocessing (itemfeedback )*", "ident title"),
    "itemmetadata": ("qtimetadata ", ""),
    "qtimetadata": ("(qtimetadatafield )+", ""),
    "qtimetadatafield": ("fieldlabel fieldentry ", ""),
    "presentation": ("material (response_lid |response_str )", ""),
    "response_lid": ("render_choice ", "ident rcardinality"),
    "response_str": ("render_fib ", "ident rcardinality"),
    "render_choice": ("(response_label ){2,}", ""),
    "render_fib": ("response_label ", "fibtype"),
    "response_label": ("(material )?", "ident"),
    "material": ("mattext ", ""),
    "resprocessing": ("outcomes (respcondition )+", ""),
    "outcomes": ("decvar ", ""),
    "decvar": ("", "maxvalue minvalue varname vartype"),
    "respcondition": ("conditionvar (setvar |displayfeedback )", "continue"),
    "conditionvar": (CONDITION, ""),
    "and": (CONDITION, ""),
    "or": (CONDITION, ""),
    "not": (CONDITION, ""),
    "varequal": ("", "respident"),
    "vargte": ("", "respident"),
    "varlte": ("", "respident"),
    "other": ("", ""),
    "setvar": ("", "action varname"),
    "displayfeedback": ("", "feedbacktype linkrefid"),
    "itemfeedback": ("flow_mat ", "ident"),
    "flow_mat": ("material ", ""),
    "mattext": ("", "texttype"),
} | dict.fromkeys(["fieldlabel", "fieldentry", "selection_number", "points_per_item"], ("", ""))
MANIFEST = {
    "manifest": ("metadata organizations resources ", "identifier"),
    "metadata": ("schema schemaversion ", ""),
    "resources": ("(resource )+", ""),
    "resource": ("file (dependency )?", "identifier type href"),
    "file": ("", "href"),
    "dependency": ("", "identifierref"),
} | dict.fromkeys(["schema", "schemaversion", "organizations"], ("", ""))
IN_QTI = f"{{{qti.QTI}}}"
IN_PACKAGE = f"{{{qti.PACKAGE}}}"


def holds(condition: ET.Element, given: set[str]) -> bool:
    """Return whether a condition holds for what is ticked, or for the number written."""
    tag = condition.tag.removeprefix(IN_QTI)
    if tag == "varequal":
        return condition.text in given
    if tag in ("vargte", "varlte"):
        [number], bound = map(Decimal, given), Decimal(condition.text)
        return number >= bound if tag == "vargte" else number <= bound
    if tag == "other":
        return True
    inside = [holds(it, given) for it in condition]
    if tag == "not":
        return not any(inside)
    return any(inside) if tag == "or" else all(inside)


def answered(item: ET.Element, given: set[str]) -> tuple[int, list[str]]:
    """Return score and feedback, as QTI says it: condition by condition, until one says stop."""
    score, said = 0, []
    for condition in item.iterfind(f".//{IN_QTI}respcondition"):
        if not holds(condition.find(f"{IN_QTI}conditionvar"), given):
            continue
        for it in condition.iterfind(f"{IN_QTI}setvar"):
            score = int(it.text)
        said += [it.get("linkrefid") for it in condition.iterfind(f"{IN_QTI}displayfeedback")]
        if condition.get("continue") == "No":
            break
    return score, said


def shown(element: ET.Element, images: set[str]) -> str:
    """Return the HTML of a material."""
    text = element.find(f".//{IN_QTI}mattext")
    assert text.get("texttype") == "text/html"
    words = Words(text.text)
    for source in words.images:
        assert source.startswith("$IMS-CC-FILEBASE$/")
        images.add(source.removeprefix("$IMS-CC-FILEBASE$/"))
    assert not re.search(r"\\[(\[a-z]|annotation", text.text)  # no TeX
    return text.text


def read_item(item: ET.Element, images: set[str]) -> Found:
    data = item.iterfind(f"{IN_QTI}itemmetadata//{IN_QTI}qtimetadatafield")
    about = {it[0].text: it[1].text for it in data}
    assert about["points_possible"] == "1"
    presentation = item.find(f"{IN_QTI}presentation")
    found = Found(item.get("ident"), shown(presentation[0], images), about["question_type"], [])
    feedback = {it.get("ident"): shown(it, images) for it in item.iterfind(f"{IN_QTI}itemfeedback")}
    if found.kind == "numerical_question":
        assert presentation.find(f".//{IN_QTI}render_fib").get("fibtype") == "Decimal"
        low, high = (item.findtext(f".//{IN_QTI}{tag}") for tag in ("vargte", "varlte"))
        middle = item.findtext(f".//{IN_QTI}or/{IN_QTI}varequal")
        for number in (low, middle, high):
            assert answered(item, {number}) == (100, ["general_fb"])
        for number in (Decimal(low) - Decimal("1e-9"), Decimal(high) + Decimal("1e-9")):
            score, said = answered(item, {str(number)})
            assert (score, {*said}) == (0, {*feedback})
        found.answers = [float(middle), float(low), float(high), feedback]
        return found
    labels = {
        it.get("ident"): shown(it, images)
        for it in presentation.iterfind(f".//{IN_QTI}response_label")
    }
    assert about["original_answer_ids"] == ",".join(labels)
    every = [set(it) for n in range(len(labels) + 1) for it in itertools.combinations(labels, n)]
    [right] = [it for it in every if len(it) == 1 and answered(item, it)[0] == 100] or [
        it for it in every if answered(item, it)[0] == 100
    ]
    several = presentation[1].get("rcardinality") == "Multiple"
    assert several is (len(right) > 1) is (found.kind == "multiple_answers_question")
    used = set()
    for name, text in labels.items():
        [said] = answered(item, {name})[1]
        used.add(said)
        found.answers.append((text, name in right, feedback[said]))
    assert used == {*feedback}
    return found


def read_qti(content: bytes) -> tuple[dict[str, list[Found]], dict[str, bytes]]:
    """Return the questions by assessment or group, and the pictures."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    manifest = ET.fromstring(files.pop("imsmanifest.xml"))
    strictly(manifest, MANIFEST, IN_PACKAGE)
    resources = {it.get("identifier"): it for it in manifest.iter(f"{IN_PACKAGE}resource")}
    assert len(resources) == len(files)
    for it in resources.values():
        assert it.get("href") == it.find(f"{IN_PACKAGE}file").get("href")
    assert {it.get("href") for it in resources.values()} == {*files}
    found: dict[str, list[Found]] = {}
    images, idents = set(), []
    for name, it in resources.items():
        if it.get("type") != "imsqti_xmlv1p2":
            continue
        meta = resources[it.find(f"{IN_PACKAGE}dependency").get("identifierref")]
        assert meta.get("type").endswith("learning-application-resource")
        about = ET.fromstring(files[meta.get("href")])
        assert about.get("identifier") == name
        root = ET.fromstring(files[it.get("href")])
        strictly(root, QTI, IN_QTI)
        assert root[0].get("ident") == name
        idents += [part.get("ident") for part in root.iter(f"{IN_QTI}item")]
        for section in root.iter(f"{IN_QTI}section"):
            items = section.findall(f"{IN_QTI}item")
            if items:
                found[section.get("title") or name] = [read_item(it, images) for it in items]
    assert len({*idents}) == len(idents)
    assert all(IDENTIFIER.fullmatch(it) for it in (*idents, *resources))
    pictures = {name: it for name, it in files.items() if name.startswith("images/")}
    assert {*pictures} == images
    assert all(it.startswith(PNG) for it in pictures.values())
    return found, pictures


# ---- The book --------------------------------------------------------------------------------

QUOTES = str.maketrans("“”‘’", "\"\"''")


def pattern(markdown: str) -> tuple[str, list[str]]:
    """Return the words of a source, a role being anything, and its formulas."""
    formulas = re.findall(r"\$([^$]+)\$", markdown)
    for number, tex in enumerate(formulas):
        markdown = markdown.replace(f"${tex}$", f"\1{number}\1", 1)
    markdown = re.sub(r"\[([^\]]+)\]\([^)]+\)", r"\1", ROLE.sub("\2", markdown))
    code = re.split(r"`([^`]+)`", markdown)  # every second part
    code[::2] = [it.replace("*", "").replace("...", "…").translate(QUOTES) for it in code[::2]]
    some = re.escape(" ".join("".join(code).split())).replace("\1", r"\$").replace("\2", ".+?")
    return f"{some}(.*)", formulas


def test_the_pattern_of_a_source():
    source = "The *first* $x_1$ of {numref}`a-b`,\nin [chapter 4](04.ipynb): `x ** 2`."
    some, formulas = pattern(source)
    assert formulas == ["x_1"]
    assert re.fullmatch(some, "The first $0$ of Fig. 1.2, in chapter 4: x ** 2.")[1] == ""
    assert not re.fullmatch(some, "The first $0$ of , in chapter 4: x ** 2.")


def squeezed(text: str) -> str:
    return " ".join(text.translate(QUOTES).split())


def assert_moodle_says(html: str, markdown: str) -> None:
    some, formulas = pattern(markdown)
    words = squeezed(Words(html).words)
    tex = re.findall(r"\\\((.*?)\\\)", words)
    for number, it in enumerate(tex):
        words = words.replace(rf"\({it}\)", f"${number}$", 1)
    match = re.fullmatch(some, words)
    assert match, (words, some)
    assert [squeezed(it) for it in tex[: len(formulas)]] == [squeezed(it) for it in formulas]
    # What follows belongs to a reference.
    assert not match[1] or ".+?" in some, match[1]


def assert_canvas_says(html: str, markdown: str) -> None:
    some, formulas = pattern(markdown)
    words = Words(html)
    assert re.fullmatch(some, squeezed(words.words)), (words.words, some)
    for tex, found in zip(formulas, words.formulas, strict=False):
        mathml = re.search("<mrow>.*?(?=<annotation)", render(tex, False), re.S)[0]
        assert found == "".join(ET.fromstring(f"<m>{mathml}</m>".replace("&nbsp;", " ")).itertext())
    assert len(words.formulas) >= len(formulas)


@pytest.fixture(scope="session")
def pools() -> dict[int, dict[str, list[Numeric]]]:
    """The pools, each with a few of its questions."""
    found = variants("practice")
    assert {len(questions) for own in found.values() for questions in own.values()} == {30}
    return {number: {name: own[name][:3] for name in own} for number, own in found.items()}


@pytest.fixture(scope="session")
def made(site, pools) -> dict[str, Quiz]:
    return {it.name: it for it in quizzes(site, FOLDER, pools)}


@pytest.fixture(scope="session")
def in_moodle(made) -> dict[str, dict[str, list[Found]]]:
    return {name: read_moodle(moodle.document(it)) for name, it in made.items()}


@pytest.fixture(scope="session")
def in_canvas(made) -> dict[str, tuple[dict[str, list[Found]], dict[str, bytes]]]:
    return {name: read_qti(qti.package(it)) for name, it in made.items()}


def test_every_chapter_has_its_files(made):
    assert {*made} == {*CHAPTERS}
    assert sum(len(it.questions) for it in made.values()) >= 63


@pytest.mark.parametrize("name", CHAPTERS)
def test_moodle_has_the_questions_of_the_book(name, in_moodle):
    [quiz] = [it for path, it in in_moodle[name].items() if path.endswith("/Quiz")]
    book = CHAPTERS[name].questions
    assert [it.id for it in quiz] == [f"quiz-{name}-{i}" for i in range(1, len(book) + 1)]
    for found, question in zip(quiz, book, strict=True):
        assert_moodle_says(found.text, question.text)
        right = sum(it.right for it in question.choices)
        for (text, share, feedback), choice in zip(found.answers, question.choices, strict=True):
            assert_moodle_says(text, choice.text)
            assert_moodle_says(feedback, choice.feedback)
            if choice.right:
                assert share == pytest.approx(100 / right, abs=1e-5)
            else:
                wrong = len(question.choices) - right
                assert share == pytest.approx(-100 / wrong if right > 1 else 0, abs=1e-5)


@pytest.mark.parametrize("name", CHAPTERS)
def test_canvas_has_the_questions_of_the_book(name, in_canvas):
    found, _ = in_canvas[name]
    for item, question in zip(found[f"quiz-{name}"], CHAPTERS[name].questions, strict=True):
        assert_canvas_says(item.text, question.text)
        assert [it[1] for it in item.answers] == [it.right for it in question.choices]
        for (text, _, feedback), choice in zip(item.answers, question.choices, strict=True):
            assert_canvas_says(text, choice.text)
            assert_canvas_says(feedback, choice.feedback)


def test_figures_that_a_question_refers_to_come_along(in_moodle, in_canvas):
    for name, chapter in CHAPTERS.items():
        wanted = {}
        for question in chapter.questions:
            source = [
                question.text,
                *(part for c in question.choices for part in (c.text, c.feedback)),
            ]
            roles = [it for text in source for it in ROLE.finditer(text)]
            named = {it["alone"] for it in roles if it["role"] == "numref"}
            wanted |= {f"{it.name}.png": it.png for it in chapter.figures if it.name in named}
        moodles = {n: c for it in in_moodle[name].values() for q in it for n, c in q.files.items()}
        canvases = {it.rpartition("/")[2]: content for it, content in in_canvas[name][1].items()}
        assert moodles == canvases == wanted
    assert "training-fig-best.png" in {
        it.rpartition("/")[2] for it in in_canvas["07-training-in-practice"][1]
    }


def test_a_reference_has_its_number_and_its_equation(in_moodle, site):
    page = (site / "chapters" / "06-optimizers.html").read_text(encoding="utf-8")
    number = re.search(r'id="equation-eq-optim-nesterov-limit".*?eqno">\(([\d.]+)\)', page, re.S)[1]
    [quiz] = [it for path, it in in_moodle["06-optimizers"].items() if path.endswith("/Quiz")]
    said = [it[2] for question in quiz for it in question.answers if f"({number})" in it[2]]
    assert len(said) == 1
    assert re.search(
        rf"without momentum, \({number}\)\.\)</p><p>\({number}\) \\\[.*\\\]</p>", said[0], re.S
    )


def test_pools_come_with_answers_and_mistakes(made, pools, in_moodle, in_canvas):
    for name, quiz in made.items():
        number = name.partition("-")[0]
        own = pools.get(int(number), {}) if number.isdecimal() else {}
        assert {*quiz.pools} == {*own}
        assert len(own) == (5 if number.isdecimal() else 0)
        for pool, questions in own.items():
            [moodles] = [it for path, it in in_moodle[name].items() if path.endswith(f"/{pool}")]
            canvases = in_canvas[name][0][pool]
            assert len(moodles) == len(canvases) == len(questions)
            for ours, one, other in zip(questions, moodles, canvases, strict=True):
                assert ours.id == one.id == other.id
                assert_moodle_says(one.text, ours.text)
                assert_canvas_says(other.text, ours.text)
                told = [ours.answer, *(value for value, _ in ours.mistakes)]
                for (value, tolerance), told_value in zip(
                    [it[0] for it in one.answers], told, strict=True
                ):
                    assert value == pytest.approx(told_value, rel=1e-11, abs=1e-12)
                    assert tolerance == ours.tolerance
                for (_, _, said), (_, words) in zip(one.answers[1:], ours.mistakes, strict=True):
                    assert_moodle_says(said, words)
                middle, low, high, feedback = other.answers
                assert middle == pytest.approx(ours.answer, rel=1e-11, abs=1e-12)
                assert low == pytest.approx(ours.answer - ours.tolerance, abs=1e-9)
                assert high == pytest.approx(ours.answer + ours.tolerance, abs=1e-9)
                assert_canvas_says(feedback["general_fb"], ours.feedback)
                assert feedback["general_incorrect_fb"].count("<li>") == len(ours.mistakes)


# ---- What the book has not, yet --------------------------------------------------------------

MATH = (
    '<math xmlns="http://www.w3.org/1998/Math/MathML"><semantics><mrow><mi>a</mi><mo>&lt;</mo>'
    '<mi>b</mi></mrow><annotation encoding="application/x-tex">a &lt; b</annotation></semantics>'
    "</math>"
)
PAGE = f"""\
<form class="quiz book-box"><fieldset><legend>Is <span class="math"><span class="katex">
<span class="katex-mathml">{MATH}</span><i class="katex-html">a&lt;b</i></span></span>?</legend>
<p class="quiz-hint">Choose one answer.</p>
<div class="highlight-python notranslate"><div class="highlight"><pre><span>a</span>
<span>b</span></pre></div></div>
<div class="quiz-choice"><input type="radio"><label for="x">See <a class="reference"
href="../book/api.html#mlp.fit"><code class="docutils"><span>fit</span></code></a></label>
<details class="quiz-feedback"><summary>Answer</summary><p>No &amp; <em>no</em>.</p></details></div>
<div class="quiz-choice" data-right><input type="radio"><label for="y">Yes</label>
<details class="quiz-feedback"><summary>Answer</summary><p>Yes.</p></details></div>
<div class="quiz-end"><button>Check</button></div></fieldset></form>
"""


def source(tmp_path, html: str, site: str = "") -> Source:
    (tmp_path / "chapters").mkdir()
    (tmp_path / "chapters" / "A-prerequisites.html").write_text(html, encoding="utf-8")
    chapter = CHAPTERS["A-prerequisites"]
    return Source(Page(tmp_path, chapter), chapter, site)


@pytest.mark.parametrize("site", ["", "https://example.org/book"])
def test_a_question_with_code_and_a_link(tmp_path, site):
    one = source(tmp_path, PAGE, site).question(1, 0)
    assert one.title.startswith("A.1 Is a<b?")
    [found] = read_moodle(moodle.document(Quiz("x", "X", (one,), {})))[
        "$course$/top/Neurons to Networks/X/Quiz"
    ]
    assert found.text == r"<p>Is \(a &lt; b\)?</p><pre>a" + "\nb</pre>"
    fit = "<code>fit</code>"
    link = f'<a href="{site}/book/api.html#mlp.fit">{fit}</a>'
    assert found.answers[0] == (f"See {link if site else fit}", 0, "<p>No &amp; <em>no</em>.</p>")
    [item] = read_qti(qti.package(Quiz("x", "X", (one,), {})))[0]["quiz-x"]
    assert Words(item.text).formulas == ["a<b"]


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("<em>no</em>", "<svg></svg>", "A-prerequisites.html: no rule for <svg> in a question"),
        ("", "", "A-prerequisites.html has 1 questions, its chapter has 4: run make book"),
    ],
)
def test_a_page_that_cannot_be_read(tmp_path, old, new, problem):
    page = source(tmp_path, PAGE.replace(old, new))
    with pytest.raises(ValueError, match=re.escape(problem)):
        page.question(1, 0) if old else page.questions()


def test_eleven_right_choices_are_more_than_moodle_can_share():
    choice = Choice(Text("x"), True, Text("yes"))
    one = Question("x-1", "x", Text("x?"), (choice,) * 11)
    with pytest.raises(ValueError, match="Moodle has no share for one answer of 11"):
        moodle.document(Quiz("x", "X", (one,), {}))
    for parts in moodle.PARTS:
        assert float(moodle.fraction(parts)) in SHARES


def test_a_slash_in_a_title_is_no_new_category():
    one = Number("n-01", "n", Text("n?"), 0.1 + 0.2, 0.001, Text("so"), ())
    choices = tuple(Choice(Text("x"), right, Text("no")) for right in (False, True))
    quiz = Quiz("x", "1 In/out", (Question("x-1", "x", Text("x?"), choices),), {"n": (one,)})
    path = "$course$/top/Neurons to Networks/1 In//out/n"
    [found] = read_moodle(moodle.document(quiz))[path]
    assert found.answers == [((0.3, 0.001), 100, "")]
    [item] = read_qti(qti.package(quiz))[0]["n"]
    assert item.answers[:3] == [0.3, 0.299, 0.301]
