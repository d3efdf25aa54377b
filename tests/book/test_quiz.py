"""Quizzes: what the extension writes, and that an author's slip is an error."""

import re

import pytest


def quiz(*choices: str) -> str:
    return "<!-- {quiz} -->\nWhy?\n\n" + "\n".join(choices) + "\n\nMore text.\n\n"


NO = "- [ ] No\n  > Because."
YES = "- [x] Yes\n  > Because."


def test_quiz_is_a_labelled_form(build):
    page, warnings = build(quiz("- [ ] The $b$\n  > No: see [x].", "- [x] `w`\n  > Yes."))
    assert warnings == ""
    form = page.select_one("form.quiz")
    assert form.select_one("fieldset > legend").text == "Why?"
    labels = form.select("label")
    assert [label.select_one(".katex-html, code").text for label in labels] == ["b", "w"]
    assert "[x]" not in "".join(label.text for label in labels)
    inputs = form.select("input[type=radio]")
    assert [item["id"] for item in inputs] == [label["for"] for label in labels]
    assert len({item["name"] for item in inputs}) == 1
    assert [note.find("p").text for note in form.select("details")] == ["No: see [x].", "Yes."]
    assert [choice.get("data-right") for choice in form.select(".quiz-choice")] == [None, ""]
    assert form.select_one("[role=status]").text == ""


def test_quiz_with_several_right_choices_has_check_boxes(build):
    page, warnings = build(quiz(YES, NO, YES) + "\n" + quiz(NO, YES))
    assert warnings == ""
    first, second = page.select("form.quiz")
    assert [item["type"] for item in first.select("input")] == ["checkbox"] * 3
    assert [item["type"] for item in second.select("input")] == ["radio"] * 2
    assert first.select_one("input")["name"] != second.select_one("input")["name"]


def test_question_may_hold_more_than_words(build):
    page, warnings = build("<!-- {quiz} -->\nWhat is `a`?\n\n```\na = 1\n```\n\n" + NO + "\n" + YES)
    assert warnings == ""
    form = page.select_one("form.quiz")
    assert form.select_one("legend code").text == "a"
    assert "a = 1" in form.select_one("pre").text
    assert len(form.select("input")) == 2


@pytest.mark.parametrize(
    ("markdown", "message"),
    [
        (quiz(NO, NO), "no choice is marked right"),
        (quiz(YES), "at least two choices"),
        (quiz(YES, "- [ ] No"), "choice “No” needs feedback"),
        (quiz(YES, "- [ ] No\n  > One.\n\n  More."), "choice “No” needs feedback"),
        (quiz(YES, "- No\n  > Because."), "must start with [x] or [ ], not with “No"),
        (quiz(YES, "-"), "must start with [x] or [ ]"),
        ("<!-- {quiz} -->\nWhy?\n\nNo list.", "there must be a list of choices"),
        ("<!-- {quiz} -->\nWhy?\n\n## Next\n\n" + YES, "there must be a list of choices"),
        ("<!-- {quiz} -->\nWhy?\n\n" + quiz(YES, NO), "there must be a list of choices"),
        ("<!-- {quiz} -->\n\n" + YES + "\n" + NO, "must be the question"),
        ("Text.\n\n<!-- {quiz} -->", "must be the question"),
    ],
)
def test_malformed_quiz_is_an_error(build, markdown, message):
    _, warnings = build(markdown)
    found = re.search(r"index\.md:\d+: WARNING: quiz 1: .*" + re.escape(message), warnings)
    assert found, warnings
