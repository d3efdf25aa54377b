"""Number figures, equations and exercises on pages that are no numbered chapter.

Sphinx counts there from one page to the next. Here each page begins with 1, and an appendix puts
its letter before it: Fig. B.1.
"""

import re
from pathlib import PurePosixPath


def count(app, env) -> list[str]:
    for page, kinds in env.toc_fignumbers.items():
        if env.toc_secnumbers.get(page):
            continue
        letter = re.match(r"([A-Z])-", PurePosixPath(page).name)
        before = letter.groups() if letter else ()
        for numbers in kinds.values():
            numbers |= {name: (*before, i) for i, name in enumerate(numbers, 1)}
    return []


def setup(app):
    app.connect("env-get-updated", count, priority=600)  # after Sphinx has counted
    return {"parallel_read_safe": True, "parallel_write_safe": True}
