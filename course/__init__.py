"""What a course needs besides the book. Modules read chapters with what lies in `book/`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "book"))
