"""Every declared operation, by name. Operations get in by being declared, and in no other way."""

operations: dict = {}
by_ufunc: dict = {}
by_numpy_function: dict = {}


def register(operation, ufunc=None, numpy_functions=()):
    """Enter an operation; a name is entered once."""
    if operation.name in operations:
        raise ValueError(f"an operation called {operation.name!r} is already declared")
    operations[operation.name] = operation
    if ufunc is not None:
        by_ufunc.setdefault(ufunc, operation)
    for function in numpy_functions:
        by_numpy_function[function] = operation
    return operation


def operation_called(name: str):
    """The operation of that name; KeyError names the nearest ones."""
    try:
        return operations[name]
    except KeyError:
        import difflib

        near = ", ".join(difflib.get_close_matches(name, operations)) or "none similar"
        raise KeyError(f"no operation is called {name!r} ({near})") from None
