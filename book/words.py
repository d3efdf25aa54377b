"""List the words that the features of the pages say, for translators, in words/book.pot."""

from extensions import words

if __name__ == "__main__":
    (words.FOLDER / "book.pot").write_bytes(words.template())
