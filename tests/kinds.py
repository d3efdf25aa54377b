"""The kinds of activation functions and optimizers, found in `mlp`: a new one is tested with all.

What must hold for each of them is tested over these; the numbers of one stand in its own tests.
"""

import mlp
from mlp.activations import Activation
from mlp.optimizers import Optimizer


def public(kind: type) -> dict[str, type]:
    """The public classes of a kind, by name."""
    named = {name: getattr(mlp, name) for name in mlp.__all__}
    return {
        name: found
        for name, found in named.items()
        if isinstance(found, type) and issubclass(found, kind) and found is not kind
    }


ACTIVATIONS = public(Activation)
OPTIMIZERS = public(Optimizer)
