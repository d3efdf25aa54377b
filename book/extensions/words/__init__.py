"""The words of the features, in the language of the book.

A feature holds all words that it says in a `Words`, each under a name. `book.pot` beside this file
lists them for translators. A language is a file made from it, such as `zh_CN.po`, and `language:
zh_CN` in _config.yml; what it does not translate stays English.
"""

import io
import pkgutil
from collections import UserDict
from importlib import import_module
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from sphinx.locale import get_translation

import extensions

FOLDER = Path(__file__).parent
CATALOG = "book"
translate = get_translation(CATALOG)
every_words = []  # of all features that have been imported


class Words(UserDict):
    """Words by name. They are translated when they are looked up: the language is known then."""

    def __init__(self, feature: str, words: dict[str, str]):
        super().__init__(words)
        self.feature = feature
        every_words.append(self)

    def __getitem__(self, name: str) -> str:
        return str(translate(self.data[name]))


def template() -> bytes:
    """Return what book.pot must hold: the words of all features, and where each one is said."""
    for module in pkgutil.iter_modules(extensions.__path__):
        import_module(f"extensions.{module.name}")
    catalog = Catalog()
    for words in sorted(every_words, key=lambda it: it.feature):
        for name, english in words.data.items():
            catalog.add(english, auto_comments=[f"{words.feature}: {name}"])
    file = io.BytesIO()
    write_po(file, catalog, width=100, omit_header=True)
    return file.getvalue().rstrip() + b"\n"


def setup(app):
    language = app.config.language
    source = FOLDER / f"{language}.po"
    if source.exists():
        folder = Path(app.doctreedir, "words")
        compiled = folder / language / "LC_MESSAGES" / f"{CATALOG}.mo"
        compiled.parent.mkdir(parents=True, exist_ok=True)
        with source.open("rb") as old, compiled.open("wb") as new:
            write_mo(new, read_po(old, language))
        app.add_message_catalog(CATALOG, str(folder))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
