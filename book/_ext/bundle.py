"""Serve all styles as one file and all scripts as another, and nothing a page does not need.

The themes and extensions bring nine stylesheets, ten scripts, source maps, and 540 kB of icons as
JavaScript. The pages (see _templates/) load site.css, site.js and a font of the icons they show.
"""

import posixpath
import re
import shutil
from fnmatch import fnmatch
from pathlib import Path

import pydata_sphinx_theme
from fontTools import subset
from sphinx.util import logging

logger = logging.getLogger(__name__)
_THEME = Path(pydata_sphinx_theme.__file__).parent / "theme" / "pydata_sphinx_theme"
ICONS = _THEME / "static" / "vendor" / "fontawesome" / "webfonts" / "fa-solid-900.ttf"

# In the order of the cascade and of execution.
STYLES = [
    "basic.css",
    "styles/pydata-sphinx-theme.css",
    "pygments.css",
    "styles/sphinx-book-theme.css",
    "mystnb.*.css",
    "copybutton.css",
    "katex/katex.min.css",
    "book.css",
]
SCRIPTS = [
    "documentation_options.js",
    "doctools.js",
    "sphinx_highlight.js",
    "clipboard.min.js",
    "copybutton.js",
    "quiz.js",
    "page.js",
    "hero.js",
    "live.js",
    "scripts/bootstrap.js",
    "scripts/sphinx-book-theme.js",
    "scripts/pydata-sphinx-theme.js",
]
# book.css styles exercises; the options are for the theme's version switcher and other search.
UNUSED = ["exercise.css", "DOCUMENTATION_OPTIONS.*"]
PRUNED = ["**/*.map", "scripts/fontawesome.js*", "vendor", "locales", "images", "*-macros.html"]


def take_files(app, pagename, templatename, context, doctree) -> None:
    """Take styles and scripts off the page; what no list knows would be lost, so it is an error."""
    for asset in [*context["css_files"], *context["script_files"]]:
        name = (asset.filename or asset.attributes["body"]).removeprefix("_static/")
        if not any(fnmatch(name, known) for known in STYLES + SCRIPTS + UNUSED):
            logger.warning("%s: %r is in no list of bundle.py", pagename, name)
    context["css_files"], context["script_files"] = [], []


def _concatenate(static: Path, patterns: list[str]) -> str:
    texts = []
    for pattern in patterns:
        [path] = static.glob(pattern)
        text = path.read_text(encoding="utf-8")
        if path.suffix == ".css":  # addresses are now relative to the bundle's own folder
            folder = path.parent.relative_to(static).as_posix()
            text = re.sub(
                r"""url\((['"]?)(?!data:|#)([^'")]+)\1\)""",
                lambda match, folder=folder: (
                    f"url({posixpath.normpath(posixpath.join(folder, match[2]))})"
                ),
                text,
            )
        texts.append(text)
    return ("\n" if patterns is STYLES else ";\n").join(texts)


# How the theme's styles assign a letter of the icon font, as `.fa-moon:before{content:"\f186"}`.
_ICON = re.compile(r'([^{}]+)\{content:"\\([0-9a-f]{4,5})"\}')


def _without_unused_icons(css: str, pages: list[Path]) -> str:
    """Drop the rules of the icons that no page shows: 1,800 of them, a fifth of all styles."""
    names = {n for page in pages for n in re.findall(r"\bfa-([a-z-]+)", page.read_text("utf-8"))}

    def keep(rule: re.Match) -> str:
        icons = set(re.findall(r"\.fa-([a-z0-9-]+):", rule[1]))
        return "" if icons and not icons & names else rule[0]

    return _ICON.sub(keep, css)


def _write_icons(static: Path, css: str) -> None:
    """Write the subset of the theme's icon font that the styles of the pages show."""
    codes = {int(code, 16) for _, code in _ICON.findall(css)}
    codes |= {ord(char) for char in re.findall(r'--pst-icon-[a-z-]+:"(.)"', css)}
    options = subset.Options(flavor="woff", layout_features=[])
    font = subset.load_font(ICONS, options)
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=codes)
    subsetter.subset(font)
    subset.save_font(font, static / "icons.woff", options)


def write_files(app, exception) -> None:
    if exception or app.builder.format != "html":
        return
    out = Path(app.outdir)
    static = out / "_static"
    css = _without_unused_icons(_concatenate(static, STYLES), list(out.rglob("*.html")))
    _write_icons(static, css)
    # The theme's own icon fonts (300 kB) give way to the subset, which book.css declares.
    css = re.sub(r"@font-face\{[^}]*Font Awesome[^}]*\}", "", css)
    (static / "site.css").write_text(css, encoding="utf-8")
    (static / "site.js").write_text(_concatenate(static, SCRIPTS), encoding="utf-8")
    for pattern in PRUNED:
        for path in list(static.glob(pattern)):
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def setup(app):
    app.connect("html-page-context", take_files, priority=900)
    app.connect("build-finished", write_files, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
