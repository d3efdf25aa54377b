"""Which names a cell needs and which it gives, so that an exercise runs without the chapter."""

import ast

# What a call of these does to the object it is called on, or to its first argument.
CHANGING = {"add", "append", "backward", "extend", "fit", "shuffle", "step", "update"}
SCOPES = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
COMPREHENSIONS = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp


def names(source: str) -> dict[str, list[str]]:
    """Return the names that a cell uses, those it binds, and those whose objects it changes."""
    tree = ast.parse(source)
    uses = {it.id for it in ast.walk(tree) if isinstance(it, ast.Name)}
    binds, changes = set(), set()
    todo = list(tree.body)
    while todo:
        node = todo.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            binds.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            binds |= {(it.asname or it.name).partition(".")[0] for it in node.names}
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            binds.add(node.id)
        elif isinstance(node, ast.AugAssign):
            changes |= _root(node.target)
        elif isinstance(node, ast.Subscript | ast.Attribute) and isinstance(node.ctx, ast.Store):
            changes |= _root(node)
        elif isinstance(node, ast.Call):
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            if name in CHANGING:
                changes |= _root(node.func).union(*map(_root, node.args[:1]))
        # What functions and comprehensions bind is theirs.
        if not isinstance(node, SCOPES | ast.ClassDef | COMPREHENSIONS):
            todo += ast.iter_child_nodes(node)
    return {"uses": sorted(uses), "binds": sorted(binds - changes), "changes": sorted(changes)}


def _root(node) -> set[str]:
    """Return the name at the start of `name.attribute[index]`."""
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    return {node.id} if isinstance(node, ast.Name) else set()
