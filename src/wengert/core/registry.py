"""Every declared operation and every function made of operations, by name. They get in by being declared."""

operations: dict = {}
functions: dict = {}
internal: set = set()
by_ufunc: dict = {}
by_numpy_function: dict = {}


def register(operation, ufunc=None, numpy_functions=(), public=True):
    """Enter an operation; a name is entered once. `public` ones stand in the namespace."""
    if operation.name in operations:
        raise ValueError(f"an operation called {operation.name!r} is already declared")
    operations[operation.name] = operation
    if not public:
        internal.add(operation.name)
    if ufunc is not None:
        by_ufunc.setdefault(ufunc, operation)
    for function in numpy_functions:
        by_numpy_function[function] = operation
    return operation


def register_function(function, public: bool = True, numpy_functions=(), ufunc=None):
    """Enter a function that is made of operations, or makes tensors; `public` ones stand in the namespace."""
    name = function.__name__
    if name in operations or (name in functions and public):
        raise ValueError(f"a function called {name!r} is already declared")
    if public:
        functions[name] = function
    if ufunc is not None:
        by_ufunc.setdefault(ufunc, function)
    for numpy_function in numpy_functions:
        by_numpy_function[numpy_function] = function
    return function


def operation_called(name: str):
    """The operation of that name; KeyError names the nearest ones."""
    try:
        return operations[name]
    except KeyError:
        import difflib

        near = ", ".join(difflib.get_close_matches(name, operations)) or "none similar"
        raise KeyError(f"no operation is called {name!r} ({near})") from None
