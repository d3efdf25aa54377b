"""A plugin for pytest: nbval compares figures, too, and counts cells from 1, as the pages do.

nbval compares all text but no images (its own way to compare them asks for equal bytes). Figures
are compared where the installed Matplotlib is the pinned one, which drew the stored ones.

Behind the last cell of each exercise, its check is put to the solution and to wrong answers
(see answers.py), in the same kernel.

Cells whose tag names a package that this Python cannot have are skipped, and the summary says so.

With several processes, the tests of one file stay in one: the cells of a notebook need each other,
and the fixtures of a file are made once. What takes longest begins first, so that at the end no
process works alone. The tests of `APART`, each of them long, go where there is room, as do those of
one page in `BY_PAGE`.
"""

import sys
from pathlib import Path

import nbformat
import pytest
from nbval.plugin import IPyNbCell, IPyNbFile

sys.path.insert(0, str(Path(__file__).parent))
import answers
import images
import needs
import outputs

collect, compare_text = IPyNbFile.collect, IPyNbCell.compare_outputs
COMPARED = outputs.pinned("matplotlib")
APART = ("test_chapters.py", "test_labs.py")
BY_PAGE = "test_site.py"
# The process that takes the first file builds the book; the others do meanwhile what needs none.
FIRST = ("test_live.py", *APART, BY_PAGE, "test_figures.py", ".ipynb")


def collect_from_one(self):
    exercises = answers.labels(self.path)
    for cell in collect(self):
        number = cell.cell_num + 1
        item = IPyNbCell.from_parent(
            self, name=f"Cell {number}", cell_num=number, cell=cell.cell, options=cell.options
        )
        if not needs.met_by(cell.cell):
            item.add_marker(pytest.mark.skip(reason=needs.WITHOUT))
        yield item
        if number in exercises:
            code = nbformat.v4.new_code_cell(answers.in_kernel(self.path, number))
            tried = IPyNbCell.from_parent(
                self, name=exercises[number], cell_num=number, cell=code, options=cell.options
            )
            tried.own_markers += item.own_markers
            yield tried


def pictures(all_outputs) -> list[str]:
    return [o["data"]["image/png"] for o in all_outputs if "image/png" in o.get("data", {})]


def compare_outputs(self, test, ref, skip_compare=None) -> bool:
    if not compare_text(self, test, ref, skip_compare):
        return False
    if COMPARED:  # as many of each: their text/plain, "<Figure …>", was compared above
        pairs = zip(pictures(ref), pictures(test), strict=True)
        self.comparison_traceback += filter(None, (images.difference(*pair) for pair in pairs))
    return not self.comparison_traceback


def pytest_configure():
    # Not when this module is imported: the search for doctests imports it once more.
    IPyNbFile.collect, IPyNbCell.compare_outputs = collect_from_one, compare_outputs


def pytest_collection_modifyitems(items):
    def place(item) -> int:
        file = item.nodeid.partition("::")[0]
        return next((i for i, name in enumerate(FIRST) if file.endswith(name)), len(FIRST))

    items.sort(key=place)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    from xdist.scheduler import LoadScopeScheduling

    config.option.loadscopereorder = False  # else files with few tests come last, however long

    class ByFile(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file, _, test = nodeid.partition("::")
            if file.endswith(BY_PAGE):
                return file + test.partition("[")[2]
            return nodeid if file.endswith(APART) else file

    return ByFile(config, log)


def pytest_terminal_summary(terminalreporter):
    if not COMPARED:
        terminalreporter.section("figures")
        terminalreporter.write_line("Figures were not compared: Matplotlib is not the pinned one.")
    if not needs.tensorflow():
        terminalreporter.section("TensorFlow")
        terminalreporter.write_line(f"Cells and tests were skipped: {needs.WITHOUT}.")
