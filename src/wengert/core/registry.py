"""Every declared operation and every function made of operations, by name. They get in by being declared.

A name with dots, "linalg.inv", stands in the namespace before its last dot; other names stand in `wengert` itself.
"""

from .argument_errors import naming_its_arguments

operations: dict = {}
functions: dict = {}
internal: set = set()
by_ufunc: dict = {}
by_numpy_function: dict = {}

# What each namespace holds, aliases included: {"": {"exp": ...}, "linalg": {"inv": ...}}.
namespaces: dict[str, dict] = {"": {}}

# The further names of an operation or function, each with the name that it was declared under.
aliases: dict[str, str] = {}


def register(operation, ufunc=None, numpy_functions=(), public=True, further_names=()):
    """Enter an operation; a name is entered once. `public` ones stand in their namespace, and under further names."""
    name = operation.name
    _refuse_second(name)
    operations[name] = operation
    if public:
        publish(name, operation, further_names)
    else:
        internal.add(name)
    _answer_numpy(operation, ufunc, numpy_functions)
    return operation


def register_function(
    function, public: bool = True, numpy_functions=(), ufunc=None, namespace: str = "", further_names=()
):
    """Enter a function that is made of operations, or makes tensors; `public` ones stand in their namespace."""
    name = qualified(function.__name__, namespace)
    if not hasattr(function, "__wrapped__"):
        function = naming_its_arguments(function)
    if public:
        _refuse_second(name)
        functions[name] = function
        publish(name, function, further_names)
    elif name in operations:
        _refuse_second(name)
    _answer_numpy(function, ufunc, numpy_functions)
    return function


def qualified(name: str, namespace: str) -> str:
    """The name with its namespace before it: "linalg.inv"; in no namespace, the name itself."""
    return f"{namespace}.{name}" if namespace else name


def own_name(name: str) -> str:
    """The name without its namespace: "inv" of "linalg.inv"."""
    return name.rpartition(".")[2]


def namespace_called(name: str) -> dict:
    """What a namespace ("linalg"; "" is `wengert` itself) holds by name, aliases included."""
    return dict(namespaces[name])


def _refuse_second(name: str) -> None:
    if name in operations or name in functions:
        raise ValueError(f"an operation called {name!r} is already declared")


def publish(name: str, value, further_names=()) -> None:
    """Put a value into the namespace that its name says, and under further names."""
    for entered in (name, *further_names):
        namespace, _, own = entered.rpartition(".")
        members = namespaces.setdefault(namespace, {})
        if own in members:
            raise ValueError(f"{entered!r} is already a public name: of {members[own]!r}")
        members[own] = value
        if entered != name:
            aliases[entered] = name


def _answer_numpy(value, ufunc, numpy_functions) -> None:
    for entered in ufunc if isinstance(ufunc, tuple) else (ufunc,):
        if entered is not None:
            by_ufunc.setdefault(entered, value)
    for function in numpy_functions:
        by_numpy_function[function] = value


def operation_called(name: str):
    """The operation of that name, "exp" or "linalg.inv"; KeyError names the nearest ones.

    >>> import wengert as t
    >>> t.library.operation_called("exp").signature
    'exp(input)'
    """
    try:
        return operations[name]
    except KeyError:
        import difflib

        near = ", ".join(difflib.get_close_matches(name, operations)) or "none similar"
        raise KeyError(f"no operation is called {name!r} ({near})") from None
