"""Rehearse a class on a JupyterHub: students pull, run, change, and pull again.

Usage: make test-hub STUDENTS=20

On this machine alone, under Linux: a hub, its proxy, a Jupyter server for each student, and a git
repository with the plain notebooks in a folder that is deleted afterwards. Each student logs in,
follows the link that the book gives, runs chapter 1 and lab 1, and saves them. Then the teacher
corrects, adds and removes a notebook, the students have done each their own thing (see STORIES),
and all pull again. A pull that fails, an output or a figure that differs from the book's, or a
student's work that is gone ends the rehearsal with a message. Last come times and memory.

Do not serve a class with such a hub: each of its students has the rights of the one who starts it.
"""

import argparse
import json
import os
import secrets
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

import nbformat
import psutil
import requests
import websocket

from course.hub.publish import BRANCH, ROOT, git, publish
from extensions import node
from extensions.launch import on_hub, pull

CHAPTER, LAB = "01-neurons.ipynb", "lab1-zero-or-one.ipynb"
REMOVED, ADDED = "02-feedforward-networks.ipynb", "lab1-more.ipynb"
CORRECTION = "Corrected by the teacher."
IMAGE = ROOT / ".binder"
PATIENCE = 300  # seconds for a server to start, or for a cell


class RehearsalError(Exception):
    """Something went otherwise than it must for a class."""


# ---- The hub -------------------------------------------------------------------------------


def free_port() -> int:
    """Return a port of this machine that is free."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def running_hub(folder: Path) -> Iterator[tuple[str, psutil.Process]]:
    """Run a hub with its proxy; the values are its address and process."""
    proxy = Path(__file__).parent
    node.install(proxy)
    port, hub_port, api_port = free_port(), free_port(), free_port()
    program = proxy / "node_modules" / "configurable-http-proxy" / "bin" / "configurable-http-proxy"
    settings = {
        "JupyterHub.bind_url": f"http://127.0.0.1:{port}",
        "JupyterHub.hub_bind_url": f"http://127.0.0.1:{hub_port}",
        "JupyterHub.authenticator_class": "dummy",
        "JupyterHub.spawner_class": "simple",
        "JupyterHub.db_url": f"sqlite:///{folder / 'hub.sqlite'}",
        "JupyterHub.cookie_secret_file": folder / "cookie_secret",
        "JupyterHub.concurrent_spawn_limit": 0,
        "ConfigurableHTTPProxy.command": [node.NODE, program],
        "ConfigurableHTTPProxy.api_url": f"http://127.0.0.1:{api_port}",
        "ConfigurableHTTPProxy.pid_file": folder / "proxy.pid",
        "SimpleLocalProcessSpawner.home_dir_template": folder / "homes" / "{username}",
        "Spawner.cmd": [IMAGE / "start", "jupyterhub-singleuser"],
        "Spawner.environment": f"NB_PYTHON_PREFIX={sys.prefix}",
        "Spawner.args": ["--allow-root"],
        "Spawner.http_timeout": PATIENCE,
        "Spawner.start_timeout": PATIENCE,
    }
    command = [sys.executable, "-m", "jupyterhub"]
    for name, value in settings.items():
        command += [f"--{name}={it}" for it in (value if isinstance(value, list) else [value])]
    log = folder / "hub.log"
    with log.open("w") as lines:
        hub = subprocess.Popen(command, cwd=folder, stdout=lines, stderr=lines)
    address = f"http://127.0.0.1:{port}"
    try:
        wait_for(lambda: hub.poll() is not None or answers(f"{address}/hub/api"), "the hub")
        if hub.poll() is not None:
            raise RehearsalError("the hub has ended")
        yield address, psutil.Process(hub.pid)
    except Exception:
        # Its last lines explain it.
        print("".join(log.read_text().splitlines(keepends=True)[-40:]), file=sys.stderr)
        raise
    finally:
        hub.terminate()  # the hub ends its proxy and all servers
        hub.wait()


def answers(address: str) -> bool:
    """Say whether an address answers."""
    try:
        return requests.get(address).ok
    except requests.ConnectionError:
        return False


def wait_for(condition: Callable[[], bool], what: str) -> None:
    """Wait until a condition holds, but not forever."""
    end = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > end:
            raise RehearsalError(f"waited {PATIENCE} seconds for {what}")
        time.sleep(0.2)


# ---- A student -----------------------------------------------------------------------------


class Student:
    """One student with a browser's session. What is done goes through the hub, by REST."""

    def __init__(self, name: str, hub: str, repository: str, homes: Path):
        self.name, self.hub, self.repository = name, hub, repository
        self.server = f"{hub}/user/{name}"
        self.session = requests.Session()
        self.mark = f"the work of {name}, {secrets.token_hex(8)}"
        self.folder = homes / name / Path(repository).name
        self.seconds = {}
        self.kernels = {}  # by notebook

    @contextmanager
    def timed(self, what: str) -> Iterator[None]:
        start = time.monotonic()
        yield
        self.seconds[what] = time.monotonic() - start

    def log_in(self) -> None:
        form = f"{self.hub}/hub/login"
        self.session.get(form)
        data = {"username": self.name, "password": "", "_xsrf": self.token("/hub/")}
        self.session.post(form, data=data).raise_for_status()

    def token(self, path: str) -> str:
        """Return what each request must repeat of the cookies."""
        return self.session.cookies.get("_xsrf", path=path)

    def follow_link(self) -> None:
        """Follow the book's link until the student's own server shows the page that pulls."""
        link = on_hub(self.hub, self.repository, CHAPTER)

        def arrived() -> bool:
            page = self.session.get(link)
            return page.ok and page.url.startswith(f"{self.server}/git-pull")

        wait_for(arrived, f"the server of {self.name}")

    def call(self, method: str, path: str, **arguments) -> requests.Response:
        headers = {"X-XSRFToken": self.token(f"/user/{self.name}/")}
        response = self.session.request(
            method, f"{self.server}/{path}", headers=headers, **arguments
        )
        if not response.ok:
            raise RehearsalError(f"{self.name}: {method} {path}: {response.text}")
        return response

    def pull(self) -> None:
        """Do what the page does that pulls."""
        address = pull(self.repository, CHAPTER).replace("git-pull?", "git-pull/api?")
        lines = self.call("GET", address, stream=True).iter_lines(decode_unicode=True)
        events = [json.loads(line.removeprefix("data: ")) for line in lines if line]
        if events[-1]["phase"] != "finished":
            said = "".join(event.get("output", "") for event in events)
            raise RehearsalError(f"{self.name}: a pull failed:\n{said}")

    # -- Files

    def contents(self, name: str) -> str:
        return f"api/contents/{self.folder.name}/{name}"

    def read(self, name: str) -> nbformat.NotebookNode:
        content = self.call("GET", self.contents(name)).json()["content"]
        return nbformat.from_dict(content)

    def save(self, name: str, notebook: nbformat.NotebookNode) -> None:
        self.call("PUT", self.contents(name), json={"type": "notebook", "content": notebook})

    def rename(self, name: str, new: str) -> None:
        path = f"{self.folder.name}/{new}"
        self.call("PATCH", self.contents(name), json={"path": path})

    def delete(self, name: str) -> None:
        self.call("DELETE", self.contents(name))

    def write(self, name: str, cell: int = -1) -> None:
        """Add the student's mark to a cell."""
        notebook = self.read(name)
        notebook.cells[cell].source += f"\n\n# {self.mark}"
        self.save(name, notebook)

    # -- Cells

    def run(self, name: str) -> None:
        """Run all cells of a notebook in a kernel of its own, compare, and save what came out."""
        notebook = self.read(name)
        path = f"{self.folder.name}/{name}"
        session = {"path": path, "name": name, "type": "notebook", "kernel": {"name": "python3"}}
        kernel = self.call("POST", "api/sessions", json=session).json()["kernel"]["id"]
        self.kernels[name] = kernel
        address = f"{self.server}/api/kernels/{kernel}/channels"
        cookies = requests.cookies.get_cookie_header(
            self.session.cookies, requests.Request("GET", address)
        )
        channel = websocket.create_connection(
            address.replace("http", "ws", 1), cookie=cookies, timeout=PATIENCE
        )
        for number, cell in enumerate((it for it in notebook.cells if it.cell_type == "code"), 1):
            old = cell.outputs
            cell.outputs = list(execute(channel, cell.source))
            for output in cell.outputs:
                if output.output_type == "error":
                    trace = "\n".join(output.traceback)
                    raise RehearsalError(f"{self.name}: {name}, code cell {number}: {trace}")
            if shown(cell.outputs) != shown(old):
                raise RehearsalError(
                    f"{self.name}: {name}, code cell {number} shows {shown(cell.outputs)}, "
                    f"and in the book {shown(old)}"
                )
        channel.close()
        self.save(name, notebook)


def execute(channel: websocket.WebSocket, code: str) -> Iterator[nbformat.NotebookNode]:
    """Yield the outputs of a cell that runs in the kernel behind a websocket."""
    request = uuid4().hex
    header = {"msg_id": request, "msg_type": "execute_request", "session": request}
    header |= {"username": "", "version": "5.3"}
    content = {"code": code, "silent": False, "store_history": True, "allow_stdin": False}
    message = {"channel": "shell", "header": header, "content": content}
    channel.send(json.dumps(message | {"parent_header": {}, "metadata": {}}))
    replied = idle = False
    while not (replied and idle):
        message = json.loads(channel.recv())
        if message["parent_header"].get("msg_id") != request:
            continue
        match message["msg_type"]:
            case "execute_reply":
                replied = True
            case "status":
                idle = message["content"]["execution_state"] == "idle"
            case "stream" | "display_data" | "execute_result" | "error":
                yield nbformat.v4.output_from_msg(message)


def shown(outputs: list[nbformat.NotebookNode]) -> tuple[str, int]:
    """Return what is compared: the printed text, and how many figures there are."""
    text = "".join(it.text for it in outputs if it.output_type == "stream")
    return text, sum("image/png" in it.get("data", {}) for it in outputs)


# ---- What students and the teacher do between two pulls --------------------------------------


def first_text(notebook: nbformat.NotebookNode) -> int:
    """Return which cell the teacher corrects: the first Markdown under the title."""
    texts = [n for n, cell in enumerate(notebook.cells) if cell.cell_type == "markdown"]
    return texts[2]  # the first one says that this is a copy, the second one is the title


def write_there(student: Student) -> None:
    """Write in the cell that the teacher corrects."""
    student.write(CHAPTER, first_text(student.read(CHAPTER)))


def write_elsewhere(student: Student) -> None:
    """Write in the last cell of the notebook that the teacher corrects."""
    student.write(CHAPTER)


def write_and_rename(student: Student) -> None:
    """Write in that notebook, and rename it."""
    student.write(CHAPTER)
    student.rename(CHAPTER, "my neurons.ipynb")


def write_and_move(student: Student) -> None:
    """Write in that notebook, and move it to a new folder."""
    student.write(CHAPTER)
    student.call("PUT", student.contents("mine"), json={"type": "directory"})
    student.rename(CHAPTER, f"mine/{CHAPTER}")


def write_in_removed(student: Student) -> None:
    """Write in the notebook that the teacher removes."""
    student.write(REMOVED)


def write_and_rename_removed(student: Student) -> None:
    """Write in the notebook that the teacher removes, and rename it."""
    student.write(REMOVED)
    student.rename(REMOVED, "my layers.ipynb")


def make_the_added(student: Student) -> None:
    """Make a notebook with the name of the one that the teacher adds."""
    cells = [nbformat.v4.new_markdown_cell(student.mark)]
    student.save(ADDED, nbformat.v4.new_notebook(cells=cells))


# In words, and what a student does after both notebooks have run and are saved.
STORIES = {
    "did nothing more": lambda student: None,
    "wrote in the cell that is corrected": write_there,
    "wrote in another cell of that notebook": write_elsewhere,
    "deleted that notebook": lambda student: student.delete(CHAPTER),
    "wrote in that notebook and renamed it": write_and_rename,
    "wrote in that notebook and moved it to a new folder": write_and_move,
    "wrote in the notebook that is removed": write_in_removed,
    "deleted the notebook that is removed": lambda student: student.delete(REMOVED),
    "wrote in the notebook that is removed and renamed it": write_and_rename_removed,
    "made a notebook with the name of the one that is added": make_the_added,
}


class Teacher:
    """The teacher's own clone of the repository."""

    def __init__(self, repository: str, folder: Path):
        self.folder = folder
        folder.mkdir()
        git(folder, "clone", "--quiet", repository, ".")

    def correct(self, name: str) -> None:
        path = self.folder / name
        notebook = nbformat.read(path, as_version=4)
        notebook.cells[first_text(notebook)].source += f"\n\n{CORRECTION}"
        nbformat.write(notebook, path)

    def push(self) -> None:
        git(self.folder, "add", "--all")
        git(self.folder, "commit", "--quiet", "--message", "What has changed")
        git(self.folder, "push", "--quiet")


def check(student: Student, story: str) -> None:
    """See that the student's work is there, and that it and the teacher's can be opened."""

    def must(condition: bool, what: str) -> None:
        if not condition:
            raise RehearsalError(f"{student.name}, who {story}: {what}")

    marked = "wrote" in story or "made" in story
    kept = 0
    for path in student.folder.rglob("*.ipynb"):
        if path.parent.name == ".ipynb_checkpoints":  # what Jupyter keeps aside
            continue
        notebook = nbformat.read(path, as_version=4)
        nbformat.validate(notebook)
        kept += any(student.mark in cell.source for cell in notebook.cells)
    must(kept == marked, f"{kept} notebooks hold what was written")
    for name in (CHAPTER, LAB, ADDED):
        must((student.folder / name).exists(), f"{name} is not there")
    removed = (student.folder / REMOVED).exists()
    must(removed == (story == "wrote in the notebook that is removed"), f"{REMOVED}: {removed}")
    if story != "wrote in the cell that is corrected":
        text = (student.folder / CHAPTER).read_text(encoding="utf-8")
        must(CORRECTION in text, "the correction has not come")


# ---- What it takes ------------------------------------------------------------------------


def memory(process: psutil.Process) -> dict[str, float]:
    """Return megabytes of memory: now, now with shared pages divided, and at most."""
    status = Path("/proc", str(process.pid), "status").read_text(encoding="utf-8")
    peak = next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM"))
    found = process.memory_full_info()
    return {"RSS": found.rss / 1e6, "PSS": found.pss / 1e6, "peak RSS": int(peak) * 1.024e-3}


def measure(hub: psutil.Process, students: list[Student]) -> None:
    """Print what servers and kernels have taken so far, while all notebooks are open."""
    names = {kernel: name for student in students for name, kernel in student.kernels.items()}
    total = memory(hub)["PSS"]
    taken = {}
    for process in hub.children(recursive=True):
        command = " ".join(process.cmdline())
        kinds = [name for kernel, name in names.items() if kernel in command]
        kinds += ["server"] * ("jupyterhub-singleuser" in command)
        found = memory(process)
        total += found["PSS"]
        found["processor s"] = sum(process.cpu_times()[:2])
        for kind in kinds:
            taken.setdefault(kind, []).append(found)
    for kind, found in taken.items():
        parts = [f"{what} {statistics.median(it[what] for it in found):.0f}" for what in found[0]]
        print(f"{kind:28} {len(found)} times, medians in MB: {', '.join(parts)}")
    print(f"{'hub and all students':28} PSS {total / 1e3:.1f} GB")


def rehearse(count: int, folder: Path) -> None:
    """Rehearse a class of so many students in a folder."""
    repository = f"file://{folder}/repository/neurons-to-networks"
    bare = folder / "repository" / "neurons-to-networks"
    bare.mkdir(parents=True)
    git(bare, "init", "--quiet", "--bare", "--initial-branch", BRANCH)
    publish(repository)
    teacher = Teacher(repository, folder / "teacher")

    with running_hub(folder) as (hub, process), ThreadPoolExecutor(os.cpu_count()) as pool:
        students = [
            Student(f"student{n:02}", hub, repository, folder / "homes") for n in range(count)
        ]
        stories = [list(STORIES)[n % len(STORIES)] for n in range(count)]

        def begin(student: Student) -> None:
            with student.timed("log in, server starts"):
                student.log_in()
                student.follow_link()
            with student.timed("first pull"):
                student.pull()
            for name in (CHAPTER, LAB):
                with student.timed(f"{name} runs"):
                    student.run(name)

        def go_on(student: Student, story: str) -> None:
            with student.timed("a later pull"):
                student.pull()
            check(student, story)

        list(pool.map(begin, students))
        measure(process, students)
        for student, story in zip(students, stories, strict=True):
            STORIES[story](student)
        teacher.correct(CHAPTER)
        (teacher.folder / REMOVED).unlink()
        more = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("# More")])
        nbformat.write(more, teacher.folder / ADDED)
        teacher.push()
        list(pool.map(go_on, students, stories))
        teacher.correct(LAB)  # and once more: what the second pull has made must not stop the third
        teacher.push()
        list(pool.map(go_on, students, stories))
        for what in students[0].seconds:
            found = [student.seconds[what] for student in students]
            print(f"{what:28} median {statistics.median(found):5.1f} s, at most {max(found):.1f} s")


def main() -> None:
    """Rehearse a class; a failure ends with its message."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--students", type=int, default=20)
    count = parser.parse_args().students
    for role in ("AUTHOR", "COMMITTER"):
        os.environ |= {f"GIT_{role}_NAME": "Teacher", f"GIT_{role}_EMAIL": "teacher@example.org"}
    # As in the image that is made of .binder: its Python comes first, and postBuild has run.
    os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    os.environ["NB_PYTHON_PREFIX"] = sys.prefix
    subprocess.run([IMAGE / "postBuild"], cwd=ROOT, check=True)
    print(f"{count} students, {os.cpu_count()} at once")
    try:
        with TemporaryDirectory() as folder:
            rehearse(count, Path(folder))
    except RehearsalError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
