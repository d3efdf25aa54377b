"""Name the tests that say most about what has changed: `make check` runs them.

Changed is what differs from the main branch, committed or not. A chapter in which only words
changed is not run, and the tests of pages in a browser are left to `make test`.
"""

import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from places import ROOT

QUICK = [  # of the features of the pages, without a browser
    "tests/book/test_formulas.py",
    "tests/book/test_node.py",
    "tests/book/test_plain_notebooks.py",
    "tests/book/test_quiz.py",
]
ALWAYS = [
    "tests/chapters/test_notebooks.py",
    "tests/course/test_needs.py",
    "tests/course/test_times.py",
    "tests/repository/test_repository.py",
]


def git(*arguments: str) -> str:
    return subprocess.run(
        ["git", *arguments], cwd=ROOT, capture_output=True, encoding="utf-8", check=True
    ).stdout


def base() -> str:
    """The commit of the main branch that the changes start from."""
    for branch in ("upstream/main", "origin/main"):
        try:
            return git("merge-base", "HEAD", branch).strip()
        except subprocess.CalledProcessError:
            continue  # there is no such branch here
    return "HEAD"


def changed_files(since: str) -> list[str]:
    names = git("diff", "--name-only", "--diff-filter=d", since).splitlines()
    return sorted({*names, *git("ls-files", "--others", "--exclude-standard").splitlines()})


def code(text: str) -> list:
    """What is run of a notebook, and what is stored of it."""
    cells = [cell for cell in json.loads(text)["cells"] if cell["cell_type"] == "code"]
    return [(cell["source"], cell["metadata"].get("tags"), cell["outputs"]) for cell in cells]


def runs_differently(notebook: str, since: str) -> bool:
    try:
        before = git("show", f"{since}:{notebook}")
    except subprocess.CalledProcessError:
        return True  # it is new
    return code(before) != code((ROOT / notebook).read_text(encoding="utf-8"))


def tests_for(name: str, since: str) -> list[str]:
    """The tests that a changed file asks for, as arguments of pytest; some may not exist."""
    path = Path(name)
    if path.parts[0] == "chapters" and path.suffix == ".ipynb":
        number = path.name.partition("-")[0]
        folder = "frameworks" if number == "09" else "chapters"
        return (
            [name, f"tests/{folder}/test_chapter_{number}.py"]
            if runs_differently(name, since)
            else []
        )
    if name.startswith(("course/homework", "course/private", "tests/course/answers/homework")):
        return ["tests/course/test_homework.py"]
    if path.parent.name == "answers":
        # The checks of a chapter or a lab meet them while it runs.
        return [f"{folder}/{path.stem}.ipynb" for folder in ("chapters", "course/labs")]
    if path.parts[:2] == ("course", "labs") and path.suffix == ".ipynb":
        return [name, "tests/course/test_labs.py"]
    if path.parts[:2] == ("course", "grading"):
        return ["tests/course/test_grading.py", "tests/course/test_lms.py"]
    if path.parts[:2] == ("course", "questions"):
        return ["tests/course/test_pools.py"]
    if path.parts[0] == "mlp" and path.suffix == ".py":
        module = f"tests/package/test_{path.stem}.py"
        # What begins with an underscore serves all modules.
        return [name, module if (ROOT / module).exists() else "tests/package"]
    if path.suffix in (".mjs", ".css"):
        return ["tests/book/test_scripts.py"]
    if name.startswith("book/extensions/"):
        return QUICK
    if path.parts[0] == "tests" and path.name.startswith("test_"):
        return [name]
    return []


def main() -> None:
    since = base()
    wanted = {test for name in changed_files(since) for test in tests_for(name, since)}
    wanted = {test for test in wanted if (ROOT / test).exists()}
    frameworks = {test for test in wanted if "09" in test or "tests/frameworks" in test}
    if frameworks and find_spec("torch") is None:
        print("Left to make test, which installs the frameworks:", *frameworks, file=sys.stderr)
        wanted -= frameworks
    print(*sorted({*ALWAYS, *wanted}))


if __name__ == "__main__":
    main()
