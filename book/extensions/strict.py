"""Let a build that warned begin anew the next time.

Sphinx would not look again at pages that have not changed, so a build that failed on a warning
would pass when repeated.
"""

from pathlib import Path


def forget(app, exception) -> None:
    if exception or app._warncount:
        (Path(app.doctreedir) / "environment.pickle").unlink(missing_ok=True)


def setup(app):
    app.connect("build-finished", forget)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
