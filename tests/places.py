"""Where things are. What imports this can import what lies in `book/`, too: its reader of chapters,
its extensions.
"""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BOOK = ROOT / "book"
EXTENSIONS = BOOK / "extensions"

sys.path.insert(0, str(BOOK))
