# Each target makes its own virtual environment, installs what it needs and runs; nothing has to be set up before.
#
#   make demo        train LeNet-5 on real digits and watch its gradients (pictures in out/lenet)
#   make test        the whole test suite against the installed package
#   make examples    all scripts of examples/ in a short form, their figures checked (ARGS=--full: the whole runs)
#   make oracle      the differential tests against PyTorch 2.13.0
#   make fuzz        nonsense as arguments (CALLS=50000), then random programs in wengert and PyTorch
#                    (PROGRAMS=20000, SEED=0)
#   make bench       wengert and PyTorch side by side
#   make bench-peers the same questions put to PyTorch, JAX, HIPS autograd and MyGrad
#   make lint        ruff and mypy
#   make clean       remove the environments and everything that was built

PYTHON ?= python3
PIP = bin/python -m pip install --quiet --disable-pip-version-check

# What an installed copy of the package depends on: when one of these changes, it is installed again.
SOURCES = pyproject.toml meson.build meson.options src/wengert/meson.build \
	$(shell find src tools -type f \( -name '*.py' -o -name '*.pxd' -o -name '*.pyi' -o -name '*.h' \))

.PHONY: help demo test examples oracle fuzz bench bench-peers lint clean
help:
	@sed -n 's/^#   //p' Makefile

# .venv-demo holds the package with its extra "demo", and so on. A directory is always installed anew by pip.
.venv-%/installed: $(SOURCES)
	@test -x .venv-$*/bin/python || $(PYTHON) -m venv .venv-$*
	@echo "Installing wengert and its extra '$*' into .venv-$* ..."
	@cd .venv-$* && $(PIP) '..[$*]'
	@touch $@

demo: .venv-demo/installed
	.venv-demo/bin/wengert demo $(ARGS)

test: .venv-test/installed
	.venv-test/bin/python -m pytest -m "not oracle" $(ARGS)

examples: .venv-examples/installed
	.venv-examples/bin/python examples/run_all.py $(ARGS)

oracle: .venv-oracle/installed
	.venv-oracle/bin/python -m pytest -m oracle tests/oracle $(ARGS)

PROGRAMS ?= 20000
SEED ?= 0
CALLS ?= 50000
fuzz: .venv-oracle/installed
	.venv-oracle/bin/python -m tests.nonsense.long_run --calls $(CALLS) --seed $(SEED)
	.venv-oracle/bin/python -m tests.oracle.fuzz.long_run --programs $(PROGRAMS) --seed $(SEED) $(ARGS)

bench: .venv-bench/installed
	env -u OPENBLAS_CORETYPE -u OPENBLAS_L2_SIZE .venv-bench/bin/python benchmarks/run.py $(ARGS)

bench-peers: .venv-peers/installed
	env -u OPENBLAS_CORETYPE -u OPENBLAS_L2_SIZE .venv-peers/bin/python benchmarks/peers.py $(ARGS)

lint: .venv-lint/installed
	.venv-lint/bin/ruff check .
	.venv-lint/bin/mypy

clean:
	rm -rf .venv-* build dist out .mypy_cache .ruff_cache .hypothesis
