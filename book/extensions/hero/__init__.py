"""The picture on the front page: a network trained while the book is built, live in the page.

    :::{hero}
    Caption, in which {accuracy} is what the network reaches on the digits it was not trained on.
    :::

Nothing in it is drawn by hand: mlp trains 64-16-10 neurons on its handwritten digits, and
hero.mjs computes the same forward pass from the weights put here.
"""

import json
from html import escape

import numpy as np
from docutils import nodes
from sphinx.util.docutils import SphinxDirective

import mlp
from extensions.words import Words

TEXT = Words(
    "hero",
    {
        "label": "A network reads a handwritten digit: 64 pixels, 16 hidden neurons, 10 outputs",
        "pick": "Show it a digit:",
        "clear": "Clear",
        "answer": "The network reads {digit}, and is {percent} sure.",
        "empty": "Draw a digit on the pixels.",
    },
)

HTML = """<div class="hero" data-answer="{answer}" data-empty="{empty}">
<svg viewBox="0 0 600 340" role="img" aria-label="{label}"></svg>
<p class="hero-answer" role="status"></p>
<p class="hero-pick">{pick} {buttons}
<button type="button" class="book-button">{clear}</button></p>
<script type="application/json">{data}</script>
</div>
"""
BUTTON = '<button type="button" class="book-button" value="{0}">{0}</button>'


def train():
    """Return the trained network, its accuracy on the test digits, and one test digit per class."""
    data = mlp.datasets.digits()
    net = mlp.Sequential(mlp.Dense(64, 16), mlp.ReLU(), mlp.Dense(16, 10), rng=0)
    mlp.fit(
        net,
        data.x_train,
        data.y_train,
        loss=mlp.CrossEntropy(label_smoothing=0.1),
        optimizer=mlp.Adam(5e-3),
        epochs=60,
        batch_size=32,
        rng=0,
        progress=False,
    )
    scores = net(data.x_test)
    accuracy = mlp.accuracy(scores, data.y_test)
    # Of each class, the one with the largest score.
    digits = [data.x_test[np.argmax(scores[:, k] - 1e3 * (data.y_test != k))] for k in range(10)]
    return net, accuracy, digits


class HeroDirective(SphinxDirective):
    has_content = True

    def run(self):
        net, accuracy, digits = train()
        first, _, second = net.layers
        arrays = {
            "weight1": first.weight,
            "bias1": first.bias,
            "weight2": second.weight,
            "bias2": second.bias,
            "digits": np.array(digits) * 16,  # sixteen shades of gray
        }
        data = {
            name: np.round(np.asarray(a, dtype=float), 2).tolist() for name, a in arrays.items()
        }
        buttons = " ".join(BUTTON.format(k) for k in range(10))
        words = {name: escape(it) for name, it in TEXT.items()}
        html = HTML.format(data=json.dumps(data, separators=(",", ":")), buttons=buttons, **words)
        figure = nodes.figure("", nodes.raw("", html, format="html"), classes=["hero-figure"])
        caption = "\n".join(self.content).format(accuracy=f"{accuracy:.1%}".replace("%", " %"))
        words, messages = self.state.inline_text(caption, self.lineno)
        figure += nodes.legend("", nodes.paragraph("", "", *words))
        return [figure, *messages]


def setup(app):
    app.add_directive("hero", HeroDirective)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
