"""The names of PyTorch's that docs/differences.md says are not here: they are PyTorch's, and they are not here."""

import fnmatch
import pathlib
import re

import pytest

import wengert

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.oracle

PAGE = pathlib.Path(__file__).parents[2] / "docs" / "differences.md"
TABLE = PAGE.read_text().partition("| reason | names |")[2].partition("\n\n")[0]
LISTED = sorted(set(re.findall(r"`([^`]+)`", TABLE)))
THEIRS, OURS = {*dir(torch), *dir(torch.Tensor)}, {*dir(wengert), *dir(wengert.Tensor)}


def test_the_table_was_found():
    assert len(LISTED) > 80


@pytest.mark.parametrize("name", LISTED)
def test_what_is_said_to_be_missing_is_missing(name):
    assert fnmatch.filter(THEIRS, name), "PyTorch has no such name"
    assert not fnmatch.filter(OURS, name), "it is here: strike it from the table"
