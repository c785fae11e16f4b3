"""Modules of `nn` with the options and inputs on which they must agree with PyTorch's, a table for each family.

Every file of this folder enters its rows, made with the words of `table.py`, by being imported.
"""

import importlib
import pkgutil

for module in pkgutil.iter_modules(__path__):
    importlib.import_module(f".{module.name}", __name__)
