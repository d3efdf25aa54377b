"""Submissions from Moodle and Canvas come in, marks and feedback go back, in their own forms."""

import csv
import io
import json
import re
import stat
import zipfile
from datetime import datetime
from pathlib import Path

import pytest

from course.grading import lms

NOTEBOOK = json.dumps({"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5})

WORKSHEET = """\
Identifier,"Full name","Email address",Status,Grade,"Maximum Grade","Grade can be changed",\
"Last modified (submission)","Last modified (grade)","Feedback comments"
"Participant 4711","Müller Jörg",joerg@example.org,"Submitted for grading",,20.00,Yes,\
"Wednesday, 23 September 2026, 9:05 PM",-,
"Participant 4712","Weiß, Özlem",oezlem@example.org,"Submitted for grading",,20.00,Yes,\
"Tuesday, 22 September 2026, 10:30 AM",-,
"Participant 4713","Nguyễn Thị Hạnh",hanh@example.org,"No submission",,20.00,Yes,-,-,
"Participant 4714","O'Neil ""Ann"" Mary",ann@example.org,"Submitted for grading",11.50,20.00,Yes,\
"Tuesday, 22 September 2026, 10:31 AM","Thursday, 24 September 2026, 8:00 AM","See ""me"",
please"
"""

GRADEBOOK = """\
Student,ID,SIS User ID,SIS Login ID,Section,HW2 (1233),HW3: Backpropagation (1234),HW30 (1299),\
Homework Current Score,Final Score
,,,,,,Manual Posting,,,
    Points Possible,,,,,10,20,20,(read only),(read only)
"Müller, Jörg",12345,s001,jmueller,Section 1,8,,,80,80
"Weiß, Özlem",12346,s002,oweiss,Section 1 and Section 2,9,7.5,,90,90
"Nguyễn, Thị Hạnh",12347,,hnguyen,Section 2,,,,,
"Student, Test",99999,,,Section 1,,,,,
"""


def packed(path: Path, files: dict[str, str | bytes], folders: tuple[str, ...] = ()) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in folders:
            archive.writestr(name, b"")
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def unpacked(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def rows(path: Path) -> list[list[str]]:
    return list(csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline="")))


@pytest.fixture
def moodle(tmp_path) -> lms.Moodle:
    path = tmp_path / "Grades-NN-HW3-77.csv"
    path.write_text(WORKSHEET, encoding="utf-8-sig")
    return lms.platform("moodle", path, "HW3")


@pytest.fixture
def canvas(tmp_path) -> lms.Canvas:
    path = tmp_path / "2026-09-29T1200_Grades-NN.csv"
    path.write_text(GRADEBOOK, encoding="utf-8")
    return lms.platform("canvas", path, "HW3")


MOODLE = {
    "Müller Jörg_4711_assignsubmission_file_/hw3.ipynb": NOTEBOOK,
    "Müller Jörg_4711_assignsubmission_file_/figures/a b.ipynb": NOTEBOOK,
    "Müller Jörg_4711_assignsubmission_onlinetext_/onlinetext.html": "<p>late, sorry</p>",
    "__MACOSX/Müller Jörg_4711_assignsubmission_file_/._hw3.ipynb": "x",
    "Weiß, Özlem_4712_assignsubmission_file/hw3 (1).ipynb.txt": NOTEBOOK,
    "Fremd Frieda_9999_assignsubmission_file_/hw3.ipynb": NOTEBOOK,
    "notes.txt": "whose?",
}
EMPTY = ("O'Neil Ann_4714_assignsubmission_file_/",)


def files(student: lms.Student) -> list[str]:
    return [it.name for it in student.files]


@pytest.mark.parametrize("as_folder", [False, True])
def test_what_moodle_gives(tmp_path, moodle, as_folder):
    source = packed(tmp_path / "NN-HW3-77.zip", MOODLE, EMPTY)
    if as_folder:
        with zipfile.ZipFile(source) as archive:
            archive.extractall(tmp_path / "NN-HW3-77")
        source = tmp_path / "NN-HW3-77"
    students, others = lms.read(moodle, source, tmp_path / "in")
    assert list(students) == ["4711", "4712", "4713", "4714"]
    assert sorted(files(students["4711"])) == ["a b.ipynb", "hw3.ipynb", "onlinetext.html"]
    assert files(students["4712"]) == ["hw3 (1).ipynb.txt"]
    assert files(students["4713"]) == files(students["4714"]) == []
    assert [it.name for it in students.values()][1:3] == ["Weiß, Özlem", "Nguyễn Thị Hạnh"]
    assert students["4711"].files[0].time == datetime(2026, 9, 23, 21, 5)
    assert students["4713"].time is None
    assert students["4714"].feedback == "O'Neil Ann_4714_assignsubmission_file_/feedback.html"
    assert [it for student in students.values() for it in student.refused] == []
    assert len(others) == 2
    assert "9999 is not on the roster" in " ".join(others)
    assert "notes.txt: its name does not say whose it is" in others
    for student in students.values():
        for it in student.files:
            assert it.path.parent == tmp_path / "in" / student.id
            assert it.path.suffix == Path(it.name).suffix
            content = "<p>late, sorry</p>" if it.name == "onlinetext.html" else NOTEBOOK
            assert it.path.read_text() == content


def test_files_of_moodle_without_folders(tmp_path, moodle):
    names = ["Müller Jörg_4711_assignsubmission_file_hw_3_final.ipynb", *EMPTY]
    source = packed(tmp_path / "flat.zip", {names[0]: NOTEBOOK})
    students, others = lms.read(moodle, source, tmp_path / "in")
    assert files(students["4711"]) == ["hw_3_final.ipynb"]
    assert students["4711"].feedback == "Müller Jörg_4711_assignsubmission_file_feedback.html"
    assert others == []


def test_what_moodle_takes_back(tmp_path, moodle):
    source = packed(tmp_path / "a.zip", MOODLE, EMPTY)
    students, _ = lms.read(moodle, source, tmp_path / "in")
    before = moodle.table.path.read_bytes()
    feedback = {it: f"<p>für {it}</p>" for it in students}
    points = {"4711": 7.25, "4712": 0, "4713": 10}
    table, archive = lms.write(moodle, students, points, 10, feedback, tmp_path / "out")
    assert moodle.table.path.read_bytes() == before
    old, new = rows(moodle.table.path), rows(table)
    grade = old[0].index("Grade")
    # Half of the maximum of 20 is 10; who was not graded keeps what was there.
    assert [row[grade] for row in new] == ["Grade", "14.50", "0.00", "20.00", "11.50"]
    for row in [*old, *new]:
        del row[grade]
    assert old == new
    assert table.name == moodle.table.path.name
    assert table.read_bytes().startswith(b"\xef\xbb\xbf")
    assert unpacked(archive) == {
        "Müller Jörg_4711_assignsubmission_file_/feedback.html": "<p>für 4711</p>".encode(),
        "Weiß, Özlem_4712_assignsubmission_file/feedback.html": "<p>für 4712</p>".encode(),
        "O'Neil Ann_4714_assignsubmission_file_/feedback.html": "<p>für 4714</p>".encode(),
    }
    assert sorted(it.name for it in (tmp_path / "out").iterdir()) == [table.name, "feedback.zip"]


CANVAS = {
    "muellerjoerg_LATE_12345_67890_hw3.ipynb": NOTEBOOK,
    "muellerjoerg_LATE_12345_67891_hw3_2_3-1.ipynb": NOTEBOOK,
    "weißözlem_12346_67892_HW 3.html": "<html></html>",
    "nguyenthihanh_12347_text.html": "<p>I could not</p>",
    "anon_a1b2c_67893_hw3.ipynb": NOTEBOOK,
    "fremdfrieda_55555_67894_hw3.ipynb": NOTEBOOK,
}


def test_what_canvas_gives(tmp_path, canvas):
    source = packed(tmp_path / "submissions.zip", CANVAS)
    students, others = lms.read(canvas, source, tmp_path / "in")
    assert {it.id: it.name for it in students.values()} == {
        "12345": "Müller, Jörg",
        "12346": "Weiß, Özlem",
        "12347": "Nguyễn, Thị Hạnh",
    }
    assert files(students["12345"]) == ["hw3.ipynb", "hw3_2_3-1.ipynb"]
    assert [it.late for it in students["12345"].files] == [True, True]
    assert files(students["12346"]) == ["HW 3.html"]
    assert students["12346"].files[0].late is False
    assert files(students["12347"]) == ["text.html"]
    assert len(others) == 2
    assert "55555 is not on the roster" in others[1]


def test_what_canvas_takes_back(tmp_path, canvas):
    source = packed(tmp_path / "submissions.zip", CANVAS)
    students, _ = lms.read(canvas, source, tmp_path / "in")
    feedback = dict.fromkeys(students, "<h1>HW 3</h1><p>¾ of it</p>")
    points = {"12345": 6, "12347": 0}
    table, archive = lms.write(canvas, students, points, 8, feedback, tmp_path / "out")
    head = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section"]
    assert rows(table) == [
        [*head, "HW3: Backpropagation (1234)"],
        ["    Points Possible", "", "", "", "", "20"],
        ["Müller, Jörg", "12345", "s001", "jmueller", "Section 1", "15.00"],
        ["Nguyễn, Thị Hạnh", "12347", "", "hnguyen", "Section 2", "0.00"],
    ]
    found = unpacked(archive)
    notebook = found.pop("muellerjoerg_LATE_12345_67890_hw3.ipynb")
    [cell] = json.loads(notebook)["cells"]
    assert cell["cell_type"] == "markdown"
    assert "".join(cell["source"]) == feedback["12345"]
    assert found == {
        "weißözlem_12346_67892_HW 3.html": feedback["12346"].encode(),
        "nguyenthihanh_12347_text.html": feedback["12347"].encode(),
    }


def test_a_gradebook_with_semicolons_and_two_names(tmp_path):
    text = (
        "LastName;FirstName;ID;SIS User ID;SIS Login ID;Section;HW3 (1234)\r\n"
        "    Points Possible;;;;;;20,5\r\nMüller;Jörg;12345;s001;jm;Section 1;\r\n"
    )
    path = tmp_path / "grades.csv"
    path.write_text(text, encoding="utf-8", newline="")
    canvas = lms.platform("canvas", path, "hw3")
    source = packed(tmp_path / "a.zip", {"mj_12345_1_hw3.ipynb": NOTEBOOK})
    students, _ = lms.read(canvas, source, tmp_path / "in")
    assert students["12345"].name == "Müller, Jörg"
    table, _ = lms.write(canvas, students, {"12345": 1}, 2, {}, tmp_path / "out")
    assert table.read_bytes().decode() == text.replace("Section 1;", "Section 1;10.25")


OWNER = "Müller Jörg_4711_assignsubmission_file_"


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        (f"../../{OWNER}/hw3.ipynb", NOTEBOOK, "leads out"),
        (f"{OWNER}/../../../hw3.ipynb", NOTEBOOK, "leads out"),
        (f"/{OWNER}/hw3.ipynb", NOTEBOOK, "leads out"),
        (f"{OWNER}\\..\\..\\hw3.ipynb", NOTEBOOK, "leads out"),
        (f"C:/{OWNER}/hw3.ipynb", NOTEBOOK, "leads out"),
        (f"{OWNER}/hw3.ipynb", b"0" * 2_000_000, "has 2,000,000 bytes, and 1,000,000 are allowed"),
    ],
)
def test_a_file_that_is_refused(tmp_path, moodle, monkeypatch, name, content, words):
    monkeypatch.setattr(lms, "LARGEST", 1_000_000)
    source = packed(tmp_path / "a.zip", {name: content, f"{OWNER}/good.ipynb": NOTEBOOK})
    students, others = lms.read(moodle, source, tmp_path / "deep" / "in")
    assert files(students["4711"]) == ["good.ipynb"]
    [refused] = students["4711"].refused
    assert refused.startswith("hw3.ipynb: ")
    assert words in refused
    assert others == []
    kept = [it for it in tmp_path.rglob("*") if it.is_file() and it.suffix == ".ipynb"]
    assert kept == [students["4711"].files[0].path]


def test_a_zip_in_the_zip_a_link_and_a_damaged_file_are_refused(tmp_path, moodle):
    inner = packed(tmp_path / "inner.zip", {"hw3.ipynb": NOTEBOOK}).read_bytes()
    source = tmp_path / "a.zip"
    with zipfile.ZipFile(source, "w") as archive:
        archive.writestr(f"{OWNER}/hw3.zip", inner)
        link = zipfile.ZipInfo(f"{OWNER}/roster.csv")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
        archive.writestr(f"{OWNER}/damaged.ipynb", "DAMAGED")
    source.write_bytes(source.read_bytes().replace(b"DAMAGED", b"DAMAGES"))
    students, _ = lms.read(moodle, source, tmp_path / "in")
    assert files(students["4711"]) == []
    found = dict(it.split(": ", 1) for it in students["4711"].refused)
    assert "is a zip file" in found["hw3.zip"]
    assert found["roster.csv"] == "is a link, not a file"
    assert found["damaged.ipynb"] == "is damaged or encrypted"
    assert not (tmp_path / "in").exists()


def test_a_link_in_a_folder_is_refused(tmp_path, moodle):
    (tmp_path / "from" / OWNER).mkdir(parents=True)
    (tmp_path / "from" / OWNER / "hw3.ipynb").symlink_to(moodle.table.path)
    students, _ = lms.read(moodle, tmp_path / "from", tmp_path / "in")
    assert students["4711"].refused == ["hw3.ipynb: is a link, not a file"]


def test_too_much_of_one_student_leaves_the_others_alone(tmp_path, moodle, monkeypatch):
    monkeypatch.setattr(lms, "LARGEST_SUM", 2500)
    monkeypatch.setattr(lms, "MOST", 2)
    sizes = [1000, 1000, 1000, 100]
    names = {f"{OWNER}/{i}.ipynb": "0" * size for i, size in enumerate(sizes)}
    other = {f"W_4712_assignsubmission_file_/{i}.ipynb": "0" for i in range(3)}
    students, _ = lms.read(moodle, packed(tmp_path / "a.zip", names | other), tmp_path / "in")
    assert files(students["4711"]) == ["0.ipynb", "1.ipynb"]
    assert "the files have more than 2,500 bytes" in students["4711"].refused[0]
    assert "there are more than 2 files" in students["4711"].refused[1]
    assert files(students["4712"]) == ["0.ipynb", "1.ipynb"]


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("moodle", "Teilnehmer,Bewertung\n1,2\n", "no column 'Grade', only Teilnehmer, Bewertung"),
        ("moodle", WORKSHEET.replace("Participant 4712", "Özlem"), "row 3: Identifier must be"),
        ("moodle", WORKSHEET.replace("4712", "4711"), "4711 is there twice"),
        ("moodle", "", "is empty"),
        ("moodle", WORKSHEET.replace('4713",', '4713",,'), "row 4: must have 10 columns"),
        ("canvas", GRADEBOOK.replace("Section,", "Group,"), "no column 'Section'"),
        ("canvas", GRADEBOOK.replace("HW3:", "HW 3:"), "'HW3'; its assignments are 'HW2 (1233)'"),
        ("canvas", GRADEBOOK.replace("HW2", "HW3"), "one assignment must have a name"),
        ("canvas", GRADEBOOK.replace("10,20,20", "10,none,20"), "row 3, column 'HW3: Backprop"),
        ("canvas", GRADEBOOK.replace(",12346", ",x12346"), "row 5: ID must be a number"),
        ("canvas", GRADEBOOK.replace("    Points", "Points not"), "must have one row"),
        ("blackboard", GRADEBOOK, "LMS must be one of moodle, canvas, got 'blackboard'"),
    ],
)
def test_a_table_that_cannot_be_meant(tmp_path, name, text, words):
    path = tmp_path / "roster.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=re.escape(words)) as error:
        lms.read(lms.platform(name, path, "HW3"), tmp_path, tmp_path / "in")
    assert name == "blackboard" or str(error.value).startswith(str(path))


def test_other_input_that_cannot_be_meant(tmp_path, moodle):
    path = tmp_path / "latin.csv"
    path.write_bytes("Identifier,Grade\nParticipant 1,Müller\n".encode("latin1"))
    with pytest.raises(ValueError, match=r"latin\.csv: must be a CSV file in UTF-8"):
        lms.platform("moodle", path, "HW3")
    with pytest.raises(ValueError, match=r"latin\.csv: must be the zip of the platform, or a fol"):
        lms.read(moodle, path, tmp_path / "in")
    students, _ = lms.read(moodle, packed(tmp_path / "a.zip", MOODLE), tmp_path / "in")
    for points, words in [({"1": 1}, "1 is not on the roster"), ({"4711": 11}, "between 0 and 10")]:
        with pytest.raises(ValueError, match=words):
            lms.write(moodle, students, points, 10, {}, tmp_path / "out")
    assert not (tmp_path / "out").exists()
