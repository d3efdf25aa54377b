"""The look of all pages: colors, text, cells, and the button and the box that features share.

A feature gives its buttons the class `book-button`, its boxes `book-box`; a box's edge takes its
color from the variable `--box-edge`.
"""


def setup(app):
    return {"parallel_read_safe": True, "parallel_write_safe": True}
