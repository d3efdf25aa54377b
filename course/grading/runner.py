"""Run a student's cells and calls. This file is all of the grading that the sandbox can see.

Requests come as lines of JSON on the standard input, answers go as lines of JSON to the standard
output. No key ever comes here, and inputs of hidden checks come after the last cell has run.
"""

import ast
import asyncio
import base64
import inspect
import json
import os
import re
import signal
import sys
import types

import numpy as np

NUMERIC = "biufc"  # the kinds of arrays that are handed over
MAGIC = re.compile(r"^(\s*)(?:[%!?].*|.*\?\??)$")  # a line for IPython, not for Python
LONGEST = 1_000_000  # characters of one answer


class TooSlow(BaseException):
    """Not an Exception, so that `except Exception` in a loop does not keep the loop going."""


def stop(*_) -> None:
    """End what runs: the time is up."""
    raise TooSlow


def confine(limits: dict) -> None:
    """Give up all rights and resources that a student's code does not need."""
    import resource  # not on Windows, where `encode` is of use, too

    if limits["user"]:
        os.setgroups([])
        os.setresgid(*[limits["user"]] * 3)
        os.setresuid(*[limits["user"]] * 3)
    for name, value in limits["resources"].items():
        resource.setrlimit(getattr(resource, name), (limits["lower"].get(name, value), value))


def give_reserve() -> None:
    """Let the memory be used that was kept back: a cell that fills it must not fail the others."""
    import resource

    _, value = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (value, value))


# ---- Values --------------------------------------------------------------------------------------


def encode(value: object) -> object:
    """Return a value as JSON: numbers, strings, arrays of numbers, and lists of these."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if value is ...:
        return {"open": True}
    if isinstance(value, list | tuple):
        return [encode(it) for it in value]
    if isinstance(value, np.ndarray | np.generic | complex):
        array = np.asarray(value)
        if array.dtype.kind in NUMERIC and array.dtype.itemsize <= 16:
            array = array.astype(array.dtype.newbyteorder("<"))
            data = base64.b64encode(array.tobytes()).decode()
            return {"dtype": array.dtype.str, "shape": list(array.shape), "data": data}
        return encode(array.tolist())
    raise TypeError(type(value).__name__)


def decode(value: object) -> object:
    """Return what `encode` was given; arrays are fresh ones."""
    if isinstance(value, list):
        return [decode(it) for it in value]
    if isinstance(value, dict):
        flat = np.frombuffer(base64.b64decode(value["data"]), value["dtype"])
        return flat.reshape(value["shape"]).copy()
    return value


# ---- Cells ---------------------------------------------------------------------------------------


def compiled(source: str) -> types.CodeType:
    """Return the code of a cell. What only IPython knows, such as %pip, is left out."""
    flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    try:
        return compile(source, "cell", "exec", flags)
    except SyntaxError:
        lines = source.split("\n")
        if lines[0].startswith("%%"):
            lines[0] = ""
        plain = "\n".join(MAGIC.sub(r"\1pass", line) for line in lines)
        if plain == source:
            raise
        return compile(plain, "cell", "exec", flags)


def run(source: str, namespace: dict) -> None:
    """Run a cell."""
    code = compiled(source)
    if code.co_flags & inspect.CO_COROUTINE:
        asyncio.run(eval(code, namespace))
    else:
        exec(code, namespace)


def told(error: BaseException) -> dict:
    """Return what is said of an error: its kind, its message, and the line of the cell."""
    line = error.lineno if isinstance(error, SyntaxError) else None
    trace = error.__traceback__
    while trace:
        if trace.tb_frame.f_code.co_filename == "cell":
            line = trace.tb_lineno
        trace = trace.tb_next
    try:
        message = str(error)[:300]
    except BaseException:
        message = ""
    return {"kind": type(error).__name__, "message": message, "line": line}


def attempt(request: dict, namespace: dict) -> dict:
    """Do what is asked for, within its time; return what came of it."""
    try:
        # Again and again, in case that the code catches the first one.
        signal.signal(signal.SIGALRM, stop)
        signal.setitimer(signal.ITIMER_REAL, request["seconds"], 0.5)
        if "run" in request:
            run(request["run"], namespace)
            return {}
        inputs = {name: decode(value) for name, value in request["inputs"].items()}
        value = eval(request["call"], namespace | inputs)
        try:
            value = encode(value)
        except Exception:
            return {"error": {"kind": "no value", "message": "", "line": None}}
        if len(json.dumps(value)) > LONGEST:
            return {"error": {"kind": "too large", "message": "", "line": None}}
        return {"value": value}
    except TooSlow:
        return {"error": {"kind": "too slow", "message": "", "line": None}}
    except BaseException as error:
        if isinstance(error, MemoryError):
            give_reserve()
        return {"error": told(error)}
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def main() -> None:
    """Answer requests until there are no more."""
    # Nothing that a cell reads or prints meets what is said here.
    requests, answers = os.fdopen(os.dup(0)), os.fdopen(os.dup(1), "w")
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nothing, descriptor)
    confine(json.loads(sys.argv[1]))

    module = types.ModuleType("__main__")
    module.display = lambda *_, **__: None
    sys.modules["__main__"] = module
    home, dumps, flush = os.getpid(), json.dumps, answers.flush
    for line in requests:
        request = json.loads(line)
        answer = attempt(request, vars(module))
        if os.getpid() != home:
            os._exit(0)  # a process that a cell has split off
        answers.write(dumps({"number": request["number"]} | answer) + "\n")
        flush()


if __name__ == "__main__":
    main()
