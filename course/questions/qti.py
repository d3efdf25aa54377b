"""Questions as QTI 1.2, in a package as Canvas imports and exports it.

A chapter becomes a quiz with its questions, and a second one with a group for each pool, from which
Canvas draws one question. Formulas are MathML, which Canvas keeps; TeX it would have to send to a
server of its own.
"""

import io
import zipfile
from decimal import Decimal
from urllib.parse import quote
from xml.etree import ElementTree as ET

from course.questions.content import FORMULA, TEXT, Number, Question, Quiz, Text
from extensions.decks.pages import bold

QTI = "http://www.imsglobal.org/xsd/ims_qtiasiv1p2"
PACKAGE = "http://www.imsglobal.org/xsd/imsccv1p1/imscp_v1p1"
CANVAS = "http://canvas.instructure.com/xsd/cccv1p0"
META = "associatedcontent/imscc_xmlv1p1/learning-application-resource"
FILES = "images"  # of the package
SETTINGS = {  # of a quiz in Canvas: for practice, as often as one likes, and not published yet
    "shuffle_answers": "true",
    "scoring_policy": "keep_highest",
    "quiz_type": "practice_quiz",
    "show_correct_answers": "true",
    "allowed_attempts": "-1",
    "available": "false",
}
DATE = (1980, 1, 1, 0, 0, 0)  # the same content is the same file


def html(text: Text) -> str:
    """Return a text as Canvas keeps it."""
    found = bold(FORMULA.sub(r"<math\g<head>>\g<mathml></math>", text.html))
    for name in text.files:
        address = f"$IMS-CC-FILEBASE$/{FILES}/{quote(name)}"
        found = found.replace(f'src="{name}"', f'src="{address}"')
    return found


def add(parent: ET.Element, tag: str, text: str = "", **attributes: str) -> ET.Element:
    """Add an element."""
    element = ET.SubElement(parent, tag, attributes)
    element.text = text or None
    return element


def material(parent: ET.Element, text: str) -> None:
    """Add HTML."""
    add(add(parent, "material"), "mattext", text, texttype="text/html")


def fields(parent: ET.Element, values: dict[str, str]) -> None:
    """Add what is said about an element."""
    data = add(parent, "qtimetadata")
    for label, entry in values.items():
        one = add(data, "qtimetadatafield")
        add(one, "fieldlabel", label)
        add(one, "fieldentry", entry)


class Item:
    """One question, part by part."""

    def __init__(self, parent: ET.Element, it: Question | Number, kind: str, answers: list[str]):
        self.item = add(parent, "item", ident=it.id, title=it.title)
        about = {
            "question_type": kind,
            "points_possible": "1",
            "original_answer_ids": ",".join(answers),
            "assessment_question_identifierref": f"{it.id}-bank",
        }
        fields(add(self.item, "itemmetadata"), about)
        self.presentation = add(self.item, "presentation")
        material(self.presentation, f"<div>{html(it.text)}</div>")
        self.process = add(self.item, "resprocessing")
        score = {"maxvalue": "100", "minvalue": "0", "varname": "SCORE", "vartype": "Decimal"}
        add(add(self.process, "outcomes"), "decvar", **score)
        self.feedback: list[tuple[str, str]] = []

    def condition(self, keep_on: bool) -> tuple[ET.Element, ET.Element]:
        found = add(self.process, "respcondition", **{"continue": "Yes" if keep_on else "No"})
        return found, add(found, "conditionvar")

    def say(self, name: str, text: str, choice: str = "") -> None:
        """Show a text for one choice, or for any answer."""
        found, variable = self.condition(keep_on=True)
        if choice:
            add(variable, "varequal", choice, respident="response1")
        else:
            add(variable, "other")
        add(found, "displayfeedback", feedbacktype="Response", linkrefid=name)
        self.feedback.append((name, text))

    def right(self) -> ET.Element:
        """Return where the condition for all points goes."""
        found, variable = self.condition(keep_on=False)
        add(found, "setvar", "100", action="Set", varname="SCORE")
        return variable

    def end(self) -> None:
        for name, text in self.feedback:
            material(add(add(self.item, "itemfeedback", ident=name), "flow_mat"), text)


def choices(parent: ET.Element, it: Question, first: int) -> None:
    """Add a question with choices; of several right ones, Canvas itself gives each its share."""
    names = [str(first + i) for i in range(len(it.choices))]
    several = sum(choice.right for choice in it.choices) > 1
    item = Item(parent, it, f"multiple_{'answers' if several else 'choice'}_question", names)
    cardinality = "Multiple" if several else "Single"
    response = add(item.presentation, "response_lid", ident="response1", rcardinality=cardinality)
    shown = add(response, "render_choice")
    for name, choice in zip(names, it.choices, strict=True):
        material(add(shown, "response_label", ident=name), html(choice.text))
        item.say(f"{name}_fb", html(choice.feedback), name)
    variable = item.right()
    if several:
        variable = add(variable, "and")
    for name, choice in zip(names, it.choices, strict=True):
        if choice.right:
            add(variable, "varequal", name, respident="response1")
        elif several:
            add(add(variable, "not"), "varequal", name, respident="response1")
    item.end()


def number(parent: ET.Element, it: Number, name: int) -> None:
    """Add a question with a number; Canvas knows right numbers only, so it says all mistakes."""
    item = Item(parent, it, "numerical_question", [str(name)])
    response = add(item.presentation, "response_str", ident="response1", rcardinality="Single")
    add(add(response, "render_fib", fibtype="Decimal"), "response_label", ident="answer1")
    item.say("general_fb", html(it.feedback))
    answer, tolerance = (Decimal(f"{value:.12g}") for value in (it.answer, it.tolerance))
    either = add(item.right(), "or")
    add(either, "varequal", f"{answer:f}", respident="response1")
    between = add(either, "and")
    add(between, "vargte", f"{answer - tolerance:f}", respident="response1")
    add(between, "varlte", f"{answer + tolerance:f}", respident="response1")
    if it.mistakes:
        said = "".join(f"<li>{value:.6g}: {html(text)}</li>" for value, text in it.mistakes)
        item.say("general_incorrect_fb", f"<ul>{said}</ul>")
    item.end()


def group(parent: ET.Element, name: str, variants: tuple[Number, ...], first: int) -> None:
    """Add a pool, of which one question is drawn."""
    section = add(parent, "section", ident=f"{name}-group", title=name)
    selection = add(add(section, "selection_ordering"), "selection")
    add(selection, "selection_number", "1")
    add(add(selection, "selection_extension"), "points_per_item", "1")
    for i, it in enumerate(variants):
        number(section, it, first + i)


def document(root: ET.Element) -> bytes:
    """Return a file of XML."""
    ET.indent(root)
    return ET.tostring(root, encoding="utf-8", xml_declaration=True)


class Package:
    """The files of a package, and the list of them that goes with it."""

    def __init__(self, name: str):
        self.files: dict[str, bytes] = {}
        self.manifest = ET.Element("manifest", identifier=name, xmlns=PACKAGE)
        about = add(self.manifest, "metadata")
        add(about, "schema", "IMS Content")
        add(about, "schemaversion", "1.1.3")
        add(self.manifest, "organizations")
        self.resources = add(self.manifest, "resources")

    def resource(self, name: str, kind: str, path: str, content: bytes) -> ET.Element:
        found = add(self.resources, "resource", identifier=name, type=kind, href=path)
        add(found, "file", href=path)
        self.files[path] = content
        return found

    def assessment(self, name: str, title: str, points: int) -> tuple[ET.Element, ET.Element]:
        """Return a new assessment, and its section for questions; `close` it when it is full."""
        root = ET.Element("questestinterop", xmlns=QTI)
        found = add(root, "assessment", ident=name, title=title)
        fields(found, {"cc_maxattempts": "unlimited"})
        about = ET.Element("quiz", identifier=name, xmlns=CANVAS)
        for tag, text in {"title": title, **SETTINGS, "points_possible": str(points)}.items():
            add(about, tag, text)
        path = f"{name}/assessment_meta.xml"
        self.resource(f"{name}-meta", META, path, document(about))
        return root, add(found, "section", ident="root_section")

    def close(self, name: str, root: ET.Element) -> None:
        """Put an assessment that is full into the package."""
        path = f"{name}/{name}.xml"
        found = self.resource(name, "imsqti_xmlv1p2", path, document(root))
        add(found, "dependency", identifierref=f"{name}-meta")

    def packed(self) -> bytes:
        files = {"imsmanifest.xml": document(self.manifest), **self.files}
        content = io.BytesIO()
        with zipfile.ZipFile(content, "w") as archive:
            for path, data in files.items():
                archive.writestr(zipfile.ZipInfo(path, DATE), data, zipfile.ZIP_DEFLATED)
        return content.getvalue()


def package(quiz: Quiz) -> bytes:
    """Return the package of a chapter."""
    made = Package(f"package-{quiz.name}")
    name = f"quiz-{quiz.name}"
    root, section = made.assessment(name, quiz.title, len(quiz.questions))
    for index, it in enumerate(quiz.questions, 1):
        choices(section, it, 100 * index)
    made.close(name, root)
    if quiz.pools:
        name = f"numbers-{quiz.name}"
        root, section = made.assessment(
            name, TEXT["numbers"].format(title=quiz.title), len(quiz.pools)
        )
        for index, (pool, variants) in enumerate(quiz.pools.items(), 1):
            group(section, pool, variants, 10_000 * index)
        made.close(name, root)
    for file, content in quiz.files.items():
        made.resource(f"image-{file}", "webcontent", f"{FILES}/{file}", content)
    return made.packed()
