"""What `help` and documentation tools read of an operation, which is no function: name, signature, documentation."""

import inspect


def name_of(operation) -> str:
    """What `__name__` is."""
    return operation.name


def _is_form(operation) -> bool:
    """Whether it is the in-place form of an operation."""
    return hasattr(operation, "operation")


def inspected(operation):
    """The signature that `inspect.signature` and `help` show: the declared names, and the further keywords."""
    form = _is_form(operation)
    declared = operation.operation if form else operation
    kinds = inspect.Parameter
    parameters: list = []
    for name in declared.names:
        if name == declared.collects:
            parameters.append(kinds(name, kinds.VAR_POSITIONAL))
            continue
        default = declared.defaults.get(name, kinds.empty)
        after = any([p.kind is kinds.VAR_POSITIONAL for p in parameters])
        kind = kinds.KEYWORD_ONLY if after else kinds.POSITIONAL_OR_KEYWORD
        parameters.append(kinds(name, kind, default=default))
    for name in (*declared.rewrites, *(() if form else ("out",))):
        if name not in declared.names:
            parameters.append(kinds(name, kinds.KEYWORD_ONLY, default=None))
    return inspect.Signature(parameters)


def documentation_of(operation) -> str:
    """What `__doc__` is."""
    if _is_form(operation):
        return in_place_documentation(operation.operation.name)
    return inspect.cleandoc(operation.documentation)


def in_place_documentation(name: str) -> str:
    """The docstring of the in-place form of what is called `name`."""
    return (
        f"In-place form of `{name}`: writes the result into the first input and returns it.\n\n"
        f"Arguments and errors are those of `{name}`. RuntimeError, too, where the result has another shape than the "
        "input or a type\nthat the input's cannot hold, and for a leaf that requires a gradient, outside of `no_grad`."
    )
