"""Buttons that open a chapter or lab as a notebook elsewhere: in Colab, on Binder, on a JupyterHub.

A button stands on a page only if it leads somewhere. What that takes is known when the book is
built, from variables of the environment:

- REPOSITORY_URL, such as https://github.com/owner/name: where course/hub/publish.py has put the
  plain notebooks, on the branch `notebooks`. Without it there is no button. Colab and Binder open
  notebooks from GitHub; a JupyterHub, through nbgitpuller, from any address.
- BOOK_URL, the address of the published book: Colab does not have mlp, and the first cell of the
  plain notebook installs it from there. Without it there is no button for Colab.
- HUB_URL, the address of a JupyterHub with the packages of `.binder/`.

Binder and such a hub do not have the frameworks of chapter 9, so it opens in Colab only.
"""

import os
from urllib.parse import quote, urlencode

from docutils import nodes
from sphinx.errors import ConfigError
from sphinx.util.docutils import SphinxDirective

from chapter import Chapter
from extensions.live import missing
from extensions.words import Words

TEXT = Words(
    "launch",
    {"elsewhere": "Open this notebook elsewhere", "open": "Open in {place}"},
)
BRANCH = "notebooks"
GITHUB = "https://github.com/"
VARIABLES = {"repository": "REPOSITORY_URL", "book": "BOOK_URL", "hub": "HUB_URL"}


def pull(repository: str, notebook: str) -> str:
    """Return what follows a server's address in a link that pulls the notebooks and opens one."""
    folder = repository.rsplit("/", 1)[-1]
    query = {"repo": repository, "branch": BRANCH, "urlpath": f"lab/tree/{folder}/{notebook}"}
    return f"git-pull?{urlencode(query)}"


def on_hub(hub: str, repository: str, notebook: str) -> str:
    """Return the link that does so on a JupyterHub, for whoever follows it."""
    return f"{hub}/hub/user-redirect/{pull(repository, notebook)}"


def links(config, chapter: Chapter) -> dict[str, str]:
    """Return the addresses at which a notebook can be opened, by the names of the places."""
    repository, book, hub = (config[f"launch_{name}"].rstrip("/") for name in VARIABLES)
    if not repository:
        return {}
    found = {}
    notebook = chapter.path.name
    runs = not missing(cell.source for cell in chapter.code)
    if repository.startswith(GITHUB):
        place = repository.removeprefix(GITHUB)
        if book:
            found["Colab"] = (
                f"https://colab.research.google.com/github/{place}/blob/{BRANCH}/{notebook}"
            )
        if runs:
            opens = quote(pull(repository, notebook), safe="")
            found["Binder"] = f"https://mybinder.org/v2/gh/{place}/HEAD?urlpath={opens}"
    if hub and runs:
        found["JupyterHub"] = on_hub(hub, repository, notebook)
    return found


def add_buttons(app, pagename, templatename, context, doctree) -> None:
    path = app.env.doc2path(pagename)
    if not app.config.launch_repository or doctree is None or not path.endswith(".ipynb"):
        return
    found = links(app.config, Chapter(path))
    if not found:
        return
    context["header_buttons"].append(
        {
            "type": "group",
            "label": "launch-buttons",
            "icon": "fas fa-rocket",
            "tooltip": TEXT["elsewhere"],
            "buttons": [
                {
                    "type": "link",
                    "text": place,
                    "tooltip": TEXT["open"].format(place=place),
                    "url": link,
                }
                for place, link in found.items()
            ],
        }
    )


class HubLinksDirective(SphinxDirective):
    """The form of the links that pull and open a notebook on a JupyterHub, and all of them.

    Where the book knows no hub or no repository, the form holds capitals instead.
    """

    def run(self):
        hub = self.config["launch_hub"].rstrip("/") or "https://HUB"
        repository = self.config["launch_repository"].rstrip("/") or f"{GITHUB}OWNER/NAME"
        form = on_hub(hub, repository, "01-neurons.ipynb")
        found = nodes.bullet_list()
        for path in map(self.env.doc2path, sorted(self.env.found_docs)):
            if path.endswith(".ipynb"):
                chapter = Chapter(path)
                if link := links(self.config, chapter).get("JupyterHub"):
                    reference = nodes.reference(link, chapter.title, refuri=link, internal=False)
                    found += nodes.list_item("", nodes.paragraph("", "", reference))
        return [nodes.literal_block(form, form, language="text"), *([found] if len(found) else [])]


def check_addresses(app, config) -> None:
    for name, variable in VARIABLES.items():
        address = config[f"launch_{name}"]
        if address and not address.startswith(("https://", "http://")):
            raise ConfigError(f"{variable} must begin with https://, and is {address!r}")


def setup(app):
    for name, variable in VARIABLES.items():
        # "env": with another address, all pages are written anew.
        app.add_config_value(f"launch_{name}", os.environ.get(variable, ""), "env", str)
    app.add_directive("hub-links", HubLinksDirective)
    app.connect("config-inited", check_addresses)
    app.connect("html-page-context", add_buttons, priority=700)  # the theme's buttons are there
    return {"parallel_read_safe": True, "parallel_write_safe": True}
