"""Run in Pyodide: answers to homework. What they give is printed, and judged at home."""

import contextlib
import io
import json
import types

import numpy as np

import mlp

given = json.loads("GIVEN")  # the test puts it in
runner = types.ModuleType("runner")
exec(given["runner"], vars(runner))

found = []
for name, cells in given["answers"]:
    names = {
        "np": np,
        "mlp": mlp,
    }  # as the first cell does; Pyodide loads what it sees in this file
    for cell in cells:
        with contextlib.suppress(Exception), contextlib.redirect_stdout(io.StringIO()):
            runner.run(cell, names)
    values = []
    for call, inputs in given["calls"][name]:
        fresh = {key: runner.decode(value) for key, value in inputs.items()}
        try:
            values.append([runner.encode(eval(call, names | fresh))])
        except Exception:
            values.append([])
    found.append(values)
print(json.dumps(found))
