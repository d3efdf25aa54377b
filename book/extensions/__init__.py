"""What makes pages out of chapters: a feature of the pages is a folder, or one file of Python.

`_config.yml` lists the features that the book has. What they must not repeat for each other stands
in `base` (the look), `assets` (one stylesheet, one script) and `node` (Node and the npm packages).
"""
