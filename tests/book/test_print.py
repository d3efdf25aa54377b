"""The features in print: no form, no script, and everything that a reader needs all the same."""

import re

from conftest import build_pages
from test_words import PAGE, SETTINGS


def test_page_with_all_features_is_written_for_print(tmp_path, node_modules):
    (tmp_path / "source").mkdir()
    (tmp_path / "source" / "index.md").write_text(PAGE, encoding="utf-8")
    settings = SETTINGS | {"language": "en", "source_suffix": {".md": "myst-nb"}}
    assert build_pages(tmp_path, settings, builder="latex") == ""
    (written,) = (tmp_path / "out").glob("*.tex")
    text = " ".join(written.read_text(encoding="utf-8").split())
    for paragraph in "ABCDE":  # what the paragraphs say of the interactive figures
        assert f" {paragraph}. " in text
    # The choices by letters, and under them the answers by the same ones.
    lists = re.findall(r"\\begin\{enumerate\}(.*?)\\end\{enumerate\}", text)
    items = [re.findall(r"So\.|No\.|Since\.|Never\.|checkmark|✗", it) for it in lists]
    assert items == [["So.", "No."], ["checkmark", "Since.", "✗", "Never."]]
    assert text.index("Why?") < text.index("So.") < text.index("Answers") < text.index("Since.")
    assert "Do it." in text  # the exercise
