"""Pages that are no numbered chapter number what they hold by themselves."""

import re

from conftest import build_pages
from PIL import Image

PAGE = """\
# Page

```{{figure}} dot.png
:name: {name}-fig

Caption
```

$$
x
$$ (eq:{name})

See {{numref}}`{name}-fig` and {{eq}}`eq:{name}`.
"""
INDEX = """\
# Book

```{toctree}
:numbered: 2
1-chapter
```

```{toctree}
lab1
lab2
A-first
B-second
```
"""


def test_each_page_begins_with_one_and_an_appendix_with_its_letter(tmp_path, node_modules):
    source = tmp_path / "source"
    source.mkdir()
    Image.new("RGB", (2, 2)).save(source / "dot.png")
    (source / "index.md").write_text(INDEX, encoding="utf-8")
    numbers = {"1-chapter": "1.1", "lab1": "1", "lab2": "1", "A-first": "A.1", "B-second": "B.1"}
    for name in numbers:
        (source / f"{name}.md").write_text(PAGE.format(name=name), encoding="utf-8")
    settings = {
        "extensions": [
            *(f"extensions.{it}" for it in ("node", "formulas", "numbers")),
            "myst_parser",
        ],
        "source_suffix": {".md": "markdown"},
        "myst_enable_extensions": ["dollarmath"],
        "numfig": True,
        "math_numfig": True,
    }
    assert build_pages(tmp_path, settings) == ""
    for name, number in numbers.items():
        html = (tmp_path / "out" / f"{name}.html").read_text(encoding="utf-8")
        assert f'<span class="caption-number">Fig. {number} </span>' in html
        assert f'<span class="std std-numref">Fig. {number}</span>' in html
        equations = re.findall(r"\(([AB]?\.?\d[.\d]*)\)", re.sub("<[^>]+>", "", html))
        assert equations == [number, number], name  # at the formula, and where it is referred to
