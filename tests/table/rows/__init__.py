"""The samples, a module for each family: every module of this folder enters its rows by being imported."""

import importlib
import pkgutil

for module in pkgutil.iter_modules(__path__):
    importlib.import_module(f".{module.name}", __name__)
