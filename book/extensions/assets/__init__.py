"""Serve all styles as one file and all scripts as another, and nothing a page does not need.

Of each feature, a folder beside this one, `<feature>.css` joins the stylesheet, `<feature>.mjs` the
script that every page runs, and each file in `lazy/` becomes a module that scripts import when they
need it, under `_static/<feature>/`. A feature that the book does not have adds nothing.

The themes and other extensions bring stylesheets, scripts, source maps, and 540 kB of icons as
JavaScript. The pages (see _templates/) load site.css, site.js and a font of the icons they show.
"""

import json
import re
import shutil
import subprocess
import sys
from fnmatch import fnmatch
from pathlib import Path

import pydata_sphinx_theme
from fontTools import subset
from sphinx.errors import ExtensionError
from sphinx.util import logging

from extensions.node import NODE

logger = logging.getLogger(__name__)
_THEME = Path(pydata_sphinx_theme.__file__).parent / "theme" / "pydata_sphinx_theme"
ICONS = _THEME / "static" / "vendor" / "fontawesome" / "webfonts" / "fa-solid-900.ttf"

# What does not come from features, in the order of the cascade and of execution.
STYLES = [
    "basic.css",
    "styles/pydata-sphinx-theme.css",
    "pygments.css",
    "styles/sphinx-book-theme.css",
    "mystnb.*.css",
    "copybutton.css",
]
SCRIPTS = [
    "documentation_options.js",
    "doctools.js",
    "translations.js",  # Sphinx's words, in a language that is not English
    "sphinx_highlight.js",
    "clipboard.min.js",
    "copybutton.js",
    "scripts/bootstrap.js",
    "scripts/sphinx-book-theme.js",
    "scripts/pydata-sphinx-theme.js",
]
# exercises.css styles exercises; the options are for the theme's version switcher and other search.
UNUSED = ["exercise.css", "DOCUMENTATION_OPTIONS.*"]
PRUNED = ["**/*.map", "scripts/fontawesome.js*", "vendor", "locales", "images", "*-macros.html"]


def take_files(app, pagename, templatename, context, doctree) -> None:
    """Take styles and scripts off the page; what no list knows would be lost, so it is an error."""
    for asset in [*context["css_files"], *context["script_files"]]:
        name = (asset.filename or asset.attributes["body"]).removeprefix("_static/")
        if not any(fnmatch(name, known) for known in STYLES + SCRIPTS + UNUSED):
            logger.warning("%s: %r is in no list of extensions/assets", pagename, name)
    context["css_files"], context["script_files"] = [], []


def features(app) -> list[Path]:
    """Return the folders of the features that the book has, in the order of its configuration."""
    ours = [sys.modules[name] for name in app.extensions if name.startswith("extensions.")]
    return [Path(module.__file__).parent for module in ours if hasattr(module, "__path__")]


def join(app, static: Path) -> None:
    """Write site.css, site.js and the modules of the features."""

    def found(patterns: list[str]) -> list[Path]:
        return [path for pattern in patterns for path in sorted(static.glob(pattern))]

    def of_features(suffix: str) -> list[Path]:
        named = [folder / f"{folder.name}.{suffix}" for folder in features(app)]
        return [path for path in named if path.exists()]

    modules = {
        f"{folder.name}/{path.stem}": str(path)
        for folder in features(app)
        for path in sorted(folder.glob("lazy/*.mjs"))
    }
    shutil.rmtree(static / "chunks", ignore_errors=True)  # what modules of an older build shared
    before = ";\n".join(path.read_text(encoding="utf-8") for path in found(SCRIPTS))
    if "bootstrap" in before:
        before = _with_quick_clicks(before)
    styles, scripts = found(STYLES) + of_features("css"), of_features("mjs")
    bundle(static, "site", styles, scripts, before, modules)


# How Bootstrap finds what was clicked, minified:
#   const found = page.querySelectorAll(selector);
#   for (let { target: at } = event; at && at !== this; at = at.parentNode)
#     for (const one of found) if (one === at) return ...
_CLICKS = re.compile(
    r"const (\w+)=\w+\.querySelectorAll\((\w+)\);"
    r"(for\(let\{target:(\w+)\}=[^()]*\))for\(const (\w+) of \1\)if\(\5===\4\)"
)


def _with_quick_clicks(script: str) -> str:
    """Let Bootstrap ask what was clicked, and not the whole page, ten times with each click."""
    script, count = _CLICKS.subn(r"\3if(\4.matches(\2))", script)
    if count != 1:
        raise ExtensionError("Bootstrap finds what was clicked in another way: mend _CLICKS")
    return script


def bundle(
    folder: Path,
    name: str,
    styles: list[Path],
    scripts: list[Path],
    before: str = "",
    modules: dict[str, str] | None = None,
) -> None:
    """Write one stylesheet, one script that runs `before` first, and modules; see build.mjs."""
    task = {
        "name": name,
        "styles": list(map(str, styles)),
        "scripts": list(map(str, scripts)),
        "before": before,
        "modules": modules or {},
        "folder": str(folder),
    }
    done = subprocess.run(
        [NODE, Path(__file__).with_name("build.mjs")],
        input=json.dumps(task),
        capture_output=True,
        encoding="utf-8",
    )
    if done.returncode or done.stderr:
        raise ExtensionError(f"esbuild failed:\n{done.stdout}{done.stderr}")


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
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=codes)
    with subset.load_font(ICONS, options) as font:
        subsetter.subset(font)
        subset.save_font(font, static / "icons.woff", options)


def write_files(app, exception) -> None:
    if exception or app.builder.format != "html":
        return
    out = Path(app.outdir)
    static = out / "_static"
    join(app, static)
    path = static / "site.css"
    css = _without_unused_icons(path.read_text(encoding="utf-8"), list(out.rglob("*.html")))
    _write_icons(static, css)
    # The theme's own icon fonts (300 kB) give way to the subset, which base.css declares.
    css = re.sub(r"@font-face\{[^}]*Font Awesome[^}]*/webfonts/[^}]*\}", "", css)
    path.write_text(css, encoding="utf-8")
    for pattern in PRUNED:
        for path in list(static.glob(pattern)):
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def setup(app):
    app.connect("html-page-context", take_files, priority=900)
    app.connect("build-finished", write_files, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
