"""The package as a whole: its names, its documentation, its size, and what importing it costs."""

import ast
import inspect
import random
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import numpy as np
import pytest
from conftest import ROOT

import mlp

MODULES = {path.stem: path for path in sorted(Path(mlp.__file__).parent.glob("*.py"))}

# Readers' notebooks rely on these names: one that goes away breaks them.
NAMES = [
    "AdaGrad",
    "Adam",
    "AdamW",
    "BinaryCrossEntropy",
    "CosineDecay",
    "CrossEntropy",
    "Dense",
    "Dropout",
    "ELU",
    "EarlyStopping",
    "ExponentialDecay",
    "GELU",
    "History",
    "Huber",
    "Identity",
    "Layer",
    "LeakyReLU",
    "MeanAbsoluteError",
    "MeanSquaredError",
    "Neuron",
    "Perceptron",
    "RMSprop",
    "ReLU",
    "SGD",
    "Sequential",
    "SiLU",
    "Sigmoid",
    "Softmax",
    "Softplus",
    "StepDecay",
    "Tanh",
    "Value",
    "Warmup",
    "accuracy",
    "check",
    "check_gradients",
    "confusion_matrix",
    "datasets",
    "evaluate",
    "fit",
    "glorot_normal",
    "glorot_uniform",
    "he_normal",
    "he_uniform",
    "interop",
    "lecun_normal",
    "load",
    "numerical_gradient",
    "plots",
    "zeros",
]
DATASETS = [
    "blobs",
    "circles",
    "digits",
    "fashion_mnist",
    "mnist",
    "moons",
    "sine",
    "spirals",
    "xor",
]
INTEROP = ["from_jax", "from_keras", "from_torch", "to_jax", "to_keras", "to_torch"]
CHECK = ["all_of", "choice", "function", "seed", "that", "value"]
PLOTS = [
    "confusion_matrix",
    "decision_regions",
    "images",
    "learning_curves",
    "network_diagram",
    "table",
    "use_style",
]


def public(module):
    """Return the classes and functions that the module itself defines, without those of _."""
    return {
        name: thing
        for name, thing in vars(module).items()
        if name[0] != "_" and getattr(thing, "__module__", None) == module.__name__
    }


# Everything a reader may call, by its name in the reference.
PUBLIC = {name: getattr(mlp, name) for name in NAMES if not inspect.ismodule(getattr(mlp, name))}
PUBLIC |= {f"datasets.{name}": getattr(mlp.datasets, name, None) for name in DATASETS}
PUBLIC |= {f"plots.{name}": getattr(mlp.plots, name, None) for name in PLOTS}
PUBLIC |= {f"check.{name}": getattr(mlp.check, name, None) for name in CHECK}
METHODS = {
    f"{name}.{method}": getattr(thing, method)
    for name, thing in PUBLIC.items()
    if inspect.isclass(thing) and not issubclass(thing, dict)
    for method in dir(thing)
    if method[0] != "_" and callable(getattr(thing, method))
}


# --- names ----------------------------------------------------------------------------------------


def test_the_public_names_are_frozen():
    assert sorted(mlp.__all__) == NAMES
    for name in NAMES:
        assert hasattr(mlp, name)


def test_the_names_in_the_modules_are_frozen():
    functions = {
        module: [name for name, thing in public(module).items() if inspect.isfunction(thing)]
        for module in (mlp.check, mlp.datasets, mlp.interop, mlp.plots)
    }
    assert sorted(functions[mlp.check]) == CHECK
    assert sorted(functions[mlp.interop]) == INTEROP
    assert sorted(functions[mlp.datasets]) == DATASETS
    assert sorted(functions[mlp.plots]) == PLOTS


# The arguments of the contract, by position and name.
SIGNATURES = {
    "Adam": "learning_rate beta1 beta2 eps",
    "CosineDecay": "initial steps final",
    "CrossEntropy": "label_smoothing",
    "Dense": "d_in d_out initializer rng dtype",
    "Dropout": "p rng",
    "ELU": "alpha",
    "ExponentialDecay": "initial rate",
    "Huber": "delta",
    "LeakyReLU": "negative_slope",
    "Neuron": "weight bias activation",
    "Perceptron": "n_inputs",
    "Sequential": "layers rng dtype",
    "StepDecay": "initial every factor",
    "Warmup": "steps then",
    "accuracy": "prediction target",
    "check_gradients": "network x target loss tolerance rng",
    "confusion_matrix": "prediction target n_classes",
    "evaluate": "network x y loss batch_size",
    "fit": "network x y loss optimizer epochs batch_size validation_data early_stopping augment "
    "rng progress",
    "glorot_uniform": "shape rng dtype",
    "load": "path",
    "numerical_gradient": "function x step",
    "plots.decision_regions": "predict x y ax steps",
}


@pytest.mark.parametrize("name", SIGNATURES)
def test_the_arguments_are_frozen(name):
    assert " ".join(inspect.signature(PUBLIC[name]).parameters) == SIGNATURES[name]


def test_the_version_is_that_of_the_project():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert mlp.__version__ == project["version"]


# --- documentation --------------------------------------------------------------------------------


def arguments(thing):
    try:
        return [name for name in inspect.signature(thing).parameters if name[0] != "_"]
    except ValueError:  # a subclass of dict has none
        return []


@pytest.mark.parametrize("name", PUBLIC)
def test_every_public_name_is_documented(name):
    thing = PUBLIC[name]
    assert thing.__doc__, f"{name} has no docstring"
    text = inspect.cleandoc(thing.__doc__)  # its own, not an inherited one
    assert text.split("\n")[0].rstrip().endswith((".", ":")), text.split("\n")[0]
    if name != "Layer":  # which is there to be derived from
        assert re.search(r"\n>>> ", text), f"{name} has no example"
    # What several have in common is said once: in their module, or in the one that a text names.
    module = inspect.getmodule(thing)
    named = [getattr(module, other, None) for other in re.findall(r"`(\w+)`", text)]
    said = "\n".join([text, module.__doc__, *(other.__doc__ for other in named if callable(other))])
    for argument in arguments(thing):
        assert re.search(rf"\b{argument}\b", said), f"{name} does not say what {argument} is"
    if arguments(thing) and name in NAMES and module is not mlp.initializers:
        assert re.search(r"\nParameters\n-{10}\n", text), f"{name} has no Parameters"


@pytest.mark.parametrize("name", PUBLIC)
def test_no_line_of_a_docstring_begins_as_a_list_does(name):
    """The reference would number what begins with "W. " or "35. ", and drop the letter."""
    assert not re.findall(
        r"^\s*(?:[A-Za-z]|\d+)\.(?:\s.*)?$", PUBLIC[name].__doc__, flags=re.MULTILINE
    )


@pytest.mark.parametrize("name", METHODS)
def test_every_public_method_is_documented(name):
    assert inspect.getdoc(METHODS[name]), f"{name} has no docstring"


@pytest.mark.parametrize("name", MODULES)
def test_every_module_says_what_it_is(name):
    text = ast.get_docstring(ast.parse(MODULES[name].read_text(encoding="utf-8")))
    assert text
    assert text[0].isupper() or text.startswith("mlp")


# --- direction ------------------------------------------------------------------------------------


def imports(name):
    """Return the modules of mlp that a module imports, wherever in it, and all other roots."""
    own, others = set(), set()
    for node in ast.walk(ast.parse(MODULES[name].read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            full = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name} imports relatively: the package does it in one way"
            inner = [f"{node.module}.{alias.name}" for alias in node.names]
            full = [i if i.removeprefix("mlp.") in MODULES else node.module for i in inner]
        else:
            continue
        for module in full:
            root, _, rest = module.partition(".")
            if root == "mlp":
                own.add(rest or "__init__")
            else:
                others.add(root)
    return own, others


def floors():
    """Return on which floor each module is, from the ground up: CONTRIBUTING.md has the table."""
    table = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").partition("| floor | modules")[2]
    rows = re.findall(r"^\| \w+ \| (`.+`) \|$", table.partition("\n\n")[0], flags=re.MULTILINE)
    return {
        name: floor
        for floor, row in enumerate(reversed(rows))
        for name in re.findall(r"`(\w+)`", row)
    }


FLOOR = floors()
# Within a function, so that a network can be saved by its own method.
UPWARD = {("networks", "saving")}


@pytest.mark.parametrize("name", MODULES)
def test_imports_run_one_way(name):
    assert name in FLOOR, f"{name} needs a floor in the table of CONTRIBUTING.md"
    not_below = {other for other in imports(name)[0] if FLOOR[other] >= FLOOR[name]}
    assert {(name, other) for other in not_below} <= UPWARD


def test_the_ground_knows_nothing_of_networks():
    for name in ("_checks", "_layer", "activations", "initializers", "schedules"):
        assert imports(name)[0] <= {"_checks", "_layer"}
    assert not imports("networks")[0] & {"training", "plots", "optimizers", "losses", "datasets"}
    assert not imports("backprop")[0] & {"training", "plots", "optimizers", "networks"}


def test_nothing_but_what_the_project_names_is_imported():
    allowed = {"numpy", "matplotlib", "pooch", "tqdm", *sys.stdlib_module_names}
    # For crisp figures in a notebook, if they are there; and what parameters are converted for.
    extra = {"plots": {"IPython", "matplotlib_inline"}, "interop": {"torch", "jax"}}
    extra["_matmul"] = {"js", "pyodide", "pyodide_js"}  # which there are in a browser only
    for name in MODULES:
        assert imports(name)[1] <= allowed | extra.get(name, set())


# --- importing ------------------------------------------------------------------------------------


def test_importing_brings_in_nothing_that_is_not_needed():
    heavy = [
        "matplotlib",
        "pooch",
        "tqdm",
        "torch",
        "jax",
        "keras",
        "scipy",
        "IPython",
        "hypothesis",
        "requests",
        "pandas",
    ]
    code = f"import sys, mlp; print(sorted(set({heavy}) & set(sys.modules)))"
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == "[]"
    assert result.stderr == ""


def test_importing_takes_less_than_twice_as_long_as_numpy():
    """Seconds of the processor, and the fastest of several: other programs make it only slower.

    As a ratio, it is the same on slow machines.
    """
    seconds = {"numpy": [], "mlp": []}
    for _ in range(5):  # in turns, so that a busy moment hits both
        for name, times in seconds.items():
            code = f"import {name}, time; print(time.process_time())"
            result = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
            times.append(float(result.stdout))
    assert min(seconds["mlp"]) < 2 * min(seconds["numpy"])


# --- randomness -----------------------------------------------------------------------------------


def work():
    """Use everything that draws random numbers; return what came out."""
    x, y = mlp.datasets.moons(40, noise=0.1, rng=0)
    net = mlp.Sequential(mlp.Dense(2, 8), mlp.Tanh(), mlp.Dropout(0.2), mlp.Dense(8, 2), rng=0)
    mlp.fit(
        net,
        x,
        y,
        loss=mlp.CrossEntropy(),
        optimizer=mlp.Adam(0.01),
        epochs=2,
        rng=0,
        augment=lambda x, rng: x + rng.normal(0, 0.1, x.shape).astype(x.dtype),
        progress=False,
    )
    mlp.check_gradients(mlp.Sequential(mlp.Dropout(0.5), rng=0, dtype=float), x, rng=0)
    perceptron = mlp.Perceptron(2)
    perceptron.fit(x, y, epochs=3, rng=0)
    toys = [mlp.datasets.xor, mlp.datasets.circles, mlp.datasets.spirals, mlp.datasets.blobs]
    drawn = [toy(rng=0)[0].sum() for toy in toys] + [mlp.datasets.digits().x_train.sum()]
    weights = [
        getattr(mlp, name)((3, 2), rng=0).sum()
        for name in NAMES
        if re.search("glorot|he_|lecun", name)
    ]
    return [*net.parameters.tolist(), *perceptron.weight.tolist(), *map(float, drawn + weights)]


def test_nothing_reads_or_changes_a_global_generator():
    results = []
    for seed in (1, 2):
        np.random.seed(seed)  # noqa: NPY002
        random.seed(seed)
        before = str(np.random.get_state()), random.getstate()  # noqa: NPY002
        results.append(work())
        mlp.Sequential(mlp.Dense(2, 2), mlp.Dropout(0.5))(np.ones((1, 2)))  # fresh entropy
        assert (str(np.random.get_state()), random.getstate()) == before  # noqa: NPY002
    assert results[0] == results[1]


@pytest.mark.parametrize("name", MODULES)
def test_no_module_names_a_global_generator(name):
    used = re.findall(r"np\.random\.(\w+)", MODULES[name].read_text(encoding="utf-8"))
    assert set(used) <= {"Generator", "default_rng"}
    assert "random" not in imports(name)[1]


def test_no_module_unpickles():
    for name, path in MODULES.items():
        text = path.read_text(encoding="utf-8")
        assert "allow_pickle=True" not in text
        assert not {"pickle", "marshal", "shelve", "dill"} & imports(name)[1]
        assert not re.search(r"\b(eval|exec)\(", text)
