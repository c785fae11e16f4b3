"""A failed call names the function that was called, and says what is wrong with its arguments."""

import re

import pytest

import wengert
from wengert import ones

UNNAMED = """
ones(2, 3).mean(7); ones(2, 3).sum(7); ones(2, 3).cumsum_(5); ones(3).view(5); ones(3).reshape(2, 2)
ones(3).unsqueeze(7); t.combinations(ones(2, 3))
t.cdist(ones(2, 3), ones(2, 4)); ones(3).histc(-1); t.nn.functional.softmax(ones(3), 4)
t.trapezoid(ones(2, 3), ones(5, 7)); ones(2, 3).transpose(0, 5); t.nn.functional.pad(ones(3), (1,))
"""


@pytest.mark.parametrize("text", [x.strip() for line in UNNAMED.strip().splitlines() for x in line.split("; ")])
def test_the_message_names_the_function(text):
    name = re.search(r"(\w+)\([^()]*(\([^()]*\)[^()]*)*\)$", text)[1]
    with pytest.raises((RuntimeError, IndexError)) as raised:
        eval(text, {"t": wengert, "ones": ones})
    assert name in str(raised.value)


def test_the_outermost_function_is_named_once():
    with pytest.raises(IndexError) as raised:
        wengert.nn.functional.cosine_similarity(ones(3), ones(3), dim=5)
    assert str(raised.value).endswith("but got 5): in cosine_similarity()")


def test_a_users_own_error_stays_as_it_is():
    def own(x):
        raise ValueError("mine")

    with pytest.raises(ValueError, match="^mine$"):
        wengert.vmap(own)(ones(2))
    with pytest.raises(ValueError, match="^mine$"):
        ones(2).apply_(own)


@pytest.mark.parametrize("surplus", [7, None, "a", [1], 1j, wengert.float32])
def test_arguments_too_many_are_counted(surplus):
    with pytest.raises(TypeError, match=r"^abs\(\) takes 1 positional argument but 2 were given"):
        wengert.abs(ones(2), surplus)
    with pytest.raises(TypeError, match=r"^sigmoid_\(\) takes 1 positional argument but 2 were given"):
        ones(2).sigmoid_(surplus)
    with pytest.raises(TypeError, match=r"^add\(\) takes 2 positional arguments but 4 were given"):
        wengert.add(ones(2), ones(2), ones(2), surplus)
