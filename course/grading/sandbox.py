"""Run student code where it can do no harm: find a sandbox, talk to the runner in it, end it.

Bubblewrap and containers limit what code can see. How much memory, time and how many processes it
may take, the runner limits for itself before it runs anything, and `Session` watches from outside.
"""

import contextlib
import itertools
import json
import os
import selectors
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
RUNNER = Path(__file__).with_name("runner.py")
IMAGE = "neurons-to-networks-grading"  # see Dockerfile
INSIDE = "/grading"  # where the sandbox has the runner and mlp
USERS = itertools.count(1_900_000_000)  # ids that no account has: one for each submission
MEGABYTE = 1_000_000
START = 60  # seconds for Python to start, on a busy machine


@dataclass(frozen=True)
class Limits:
    """What one submission may take."""

    cell: float = 30  # seconds
    call: float = 10  # seconds
    total: float = 300  # seconds, of the clock and of the processor
    memory: int = 2000 * MEGABYTE  # of all processes together
    process: int = 1500 * MEGABYTE  # of address space, for each
    reserve: int = 200 * MEGABYTE  # of it, given out after the first MemoryError
    processes: int = 16  # threads included
    file: int = 16 * MEGABYTE
    disk: int = 64 * MEGABYTE


class Gone(Exception):
    """The process has ended, or was ended."""


@dataclass(frozen=True)
class Sandbox:
    """A way to run the runner: bubblewrap, podman, docker, or none."""

    kind: str

    @property
    def container(self) -> bool:
        return self.kind in ("podman", "docker")

    def command(self, limits: Limits, name: str) -> list[str]:
        """Return the command that starts the runner."""
        root = hasattr(os, "getuid") and os.getuid() == 0
        # The number of processes is counted for a user, and root's are not counted at all.
        user = next(USERS) if root and self.kind == "bubblewrap" else 0
        resources = {
            "RLIMIT_AS": limits.process,
            "RLIMIT_CPU": int(limits.total),
            "RLIMIT_FSIZE": limits.file,
            "RLIMIT_NOFILE": 128,
            "RLIMIT_CORE": 0,
        }
        if self.kind == "bubblewrap":  # elsewhere the user has other processes, too
            resources["RLIMIT_NPROC"] = limits.processes
        lower = {"RLIMIT_AS": limits.process - limits.reserve}  # at first
        given = json.dumps({"user": user, "resources": resources, "lower": lower})
        if self.kind == "bubblewrap":
            runner = [sys.executable, f"{INSIDE}/runner.py", given]
            return [*_bubblewrap(limits, root), *_environment("--setenv"), *runner]
        if self.container:
            return [*self._engine(limits, name), "python", f"{INSIDE}/runner.py", given]
        return [sys.executable, str(RUNNER), given]

    def _engine(self, limits: Limits, name: str) -> list[str]:
        command = [self.kind, "run", "--rm", "--interactive", "--name", name, "--pull", "never"]
        command += ["--network", "none", "--read-only", "--cap-drop", "ALL"]
        command += ["--security-opt", "no-new-privileges", "--user", "65534:65534"]
        command += ["--memory", str(limits.memory), "--memory-swap", str(limits.memory)]
        command += ["--pids-limit", str(limits.processes), "--workdir", "/tmp"]
        command += ["--tmpfs", f"/tmp:mode=1777,size={limits.disk}"]
        for path in (RUNNER, ROOT / "mlp"):
            command += ["--volume", f"{path}:{INSIDE}/{path.name}:ro"]
        pairs = [f"{name}={value}" for name, value in environment().items()]
        return [*command, *(it for pair in pairs for it in ("--env", pair)), IMAGE]


def environment() -> dict[str, str]:
    """Return the variables that student code sees."""
    return {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "HOME": "/tmp",
        "LANG": "C.UTF-8",
        "MPLBACKEND": "Agg",
        "MPLCONFIGDIR": "/tmp/matplotlib",
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONWARNINGS": "ignore",
        "PYTHONUTF8": "1",
    }


def _environment(option: str) -> Iterator[str]:
    for name, value in environment().items():
        yield from (option, name, value)


def _bubblewrap(limits: Limits, root: bool) -> list[str]:
    command = ["bwrap", "--die-with-parent", "--new-session", "--clearenv"]
    if root:  # to become nobody; the runner gives these up, too
        command += ["--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts"]
        command += ["--cap-drop", "ALL", "--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"]
    else:
        command += ["--unshare-all", "--cap-drop", "ALL"]
    command += ["--proc", "/proc", "--dev", "/dev", "--remount-ro", "/dev"]
    for path in ("/tmp", "/dev/shm"):  # before Python is bound: it may lie in /tmp, too
        command += ["--size", str(limits.disk // 2), "--perms", "1777", "--tmpfs", path]
    command += ["--ro-bind", "/usr", "/usr"]
    for path in map(Path, ("/bin", "/lib", "/lib64")):
        if path.is_symlink():
            command += ["--symlink", os.readlink(path), str(path)]
        elif path.exists():
            command += ["--ro-bind", str(path), str(path)]
    pythons = {Path(sys.prefix), Path(sys.base_prefix)}
    for path in sorted(it for it in pythons if not it.is_relative_to("/usr")):
        for parent in [*path.parents][-2::-1]:
            command += ["--dir", str(parent)]
        command += ["--ro-bind", str(path), str(path)]
    command += ["--ro-bind-try", "/etc/ld.so.cache", "/etc/ld.so.cache"]
    command += ["--dir", INSIDE, "--ro-bind", str(RUNNER), f"{INSIDE}/runner.py"]
    command += ["--ro-bind", str(ROOT / "mlp"), f"{INSIDE}/mlp"]
    return [*command, "--remount-ro", "/", "--chdir", "/tmp"]


def find(*, unsafe: bool = False) -> Sandbox:
    """Return the first sandbox that passes a trial, or none if `unsafe`; else say why not."""
    if unsafe:
        return Sandbox("none")
    reasons = []
    for kind, program in (("bubblewrap", "bwrap"), ("podman", "podman"), ("docker", "docker")):
        if shutil.which(program) is None:
            reasons.append(f"{kind}: not installed")
            continue
        sandbox = Sandbox(kind)
        reason = trial(sandbox)
        if reason is None:
            return sandbox
        reasons.append(f"{kind}: {reason}")
    raise RuntimeError(
        "No sandbox works here, so no student's code is run. Tried:\n  "
        + "\n  ".join(reasons)
        + "\nInstall bubblewrap, or see course/grading.md. UNSAFE=1 runs the code as yourself: it "
        "can then read and delete what you can."
    )


def trial(sandbox: Sandbox) -> str | None:
    """Return why a sandbox does not work, or None if it does."""
    session = Session(sandbox, Limits(total=2 * START))
    try:
        with session:
            session.ask({"run": "import numpy, mlp"}, START)
            answer = session.ask({"call": "numpy.arange(3).sum()", "inputs": {}}, START)
    except Gone:
        return session.complaint or "it ended without a word"
    return None if "value" in answer else f"a trial gave {answer}"


class Session:
    """A runner in its sandbox. Leaving it ends all its processes."""

    def __init__(self, sandbox: Sandbox, limits: Limits, ends: float | None = None):
        self.sandbox, self.limits = sandbox, limits
        self.name = f"grading-{uuid.uuid4().hex}"
        self.numbers = itertools.count()
        self.read = b""
        self.total = 0  # bytes read
        self.ends = ends or time.monotonic() + limits.total

    def __enter__(self):
        self.errors = tempfile.TemporaryFile()
        self.folder = None
        surroundings, folder = None, None
        if self.sandbox.kind == "none":
            self.folder = tempfile.TemporaryDirectory()
            folder = self.folder.name
            surroundings = os.environ | environment() | {"PYTHONPATH": str(ROOT)}
        self.process = subprocess.Popen(
            self.sandbox.command(self.limits, self.name),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.errors,
            start_new_session=True,
            bufsize=0,
            cwd=folder,
            env=surroundings,
        )
        for pipe in (self.process.stdin, self.process.stdout):
            os.set_blocking(pipe.fileno(), False)
        return self

    def __exit__(self, *_):
        self.end()
        self.errors.seek(0)
        # Of what sandbox and runner have complained.
        self.complaint = self.errors.read(MEGABYTE).decode(errors="replace").strip()[-500:]
        for file in (self.process.stdin, self.process.stdout, self.errors):
            with contextlib.suppress(OSError):
                file.close()
        if self.folder:
            self.folder.cleanup()

    def end(self) -> None:
        """End all processes: bubblewrap's die with it, a container's with the container."""
        if self.sandbox.container:
            kill = [self.sandbox.kind, "kill", self.name]
            subprocess.run(kill, capture_output=True, check=False, timeout=60)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def ask(self, request: dict, seconds: float) -> dict:
        """Return the runner's answer, or raise Gone with the reason."""
        number = next(self.numbers)
        # The runner stops what takes longer, by an exception; three seconds later, we do.
        deadline = min(time.monotonic() + seconds + 3, self.ends)
        asked = request | {"number": number, "seconds": seconds}
        self._write(json.dumps(asked).encode() + b"\n", deadline)
        while True:
            line = self._line(deadline)
            with contextlib.suppress(ValueError, RecursionError):  # not by the runner
                answer = json.loads(line)
                if isinstance(answer, dict) and answer.get("number") == number:
                    return answer

    def _write(self, data: bytes, deadline: float) -> None:
        while data:
            self._wait(self.process.stdin, selectors.EVENT_WRITE, deadline)
            try:
                data = data[self.process.stdin.write(data) or 0 :]
            except BrokenPipeError:
                raise Gone("ended") from None

    def _line(self, deadline: float) -> bytes:
        while b"\n" not in self.read:
            self._wait(self.process.stdout, selectors.EVENT_READ, deadline)
            data = self.process.stdout.read(65536)
            if data is None:
                continue  # there was nothing after all
            if not data:
                raise Gone("ended")
            self.read += data
            self.total += len(data)
            if len(self.read) > 2 * MEGABYTE or self.total > 64 * MEGABYTE:
                raise Gone("output")
        line, _, self.read = self.read.partition(b"\n")
        return line

    def _wait(self, pipe, event: int, deadline: float) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(pipe, event)
            while not selector.select(min(0.2, max(0, deadline - time.monotonic()))):
                if time.monotonic() >= deadline:
                    raise Gone("time")
                if memory(self.process.pid) > self.limits.memory:
                    raise Gone("memory")


def memory(pid: int) -> int:
    """Return the bytes that a process and all its children hold, where Linux tells."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return 0
    held = [line.split() for line in status.splitlines() if line.startswith(("RssAnon", "RssShm"))]
    return sum(int(it[1]) * 1024 for it in held) + sum(memory(int(child)) for child in children)
