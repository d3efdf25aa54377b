"""Docstrings of the package, as the page of reference shows them."""


def escape_bars(app, what, name, obj, options, lines):
    """Let docstrings write |x| for an absolute value, which reST takes for a substitution."""
    lines[:] = [
        line if line.lstrip().startswith((">>>", "...")) else line.replace("|", r"\|")
        for line in lines
    ]


def setup(app):
    app.connect("autodoc-process-docstring", escape_bars)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
