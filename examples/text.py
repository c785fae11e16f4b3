"""The text that the language models read: Python's own help topics, 465,000 characters."""

from pydoc_data.topics import topics

import wengert as t


def characters():
    """The alphabet, and the text as positions in it: nine tenths for training, the last tenth for testing."""
    text = "\n".join([topics[name] for name in sorted(topics)])
    alphabet = sorted(set(text))
    place = {character: i for i, character in enumerate(alphabet)}
    numbers = t.tensor([place[character] for character in text])
    split = len(numbers) * 9 // 10
    return alphabet, numbers[:split], numbers[split:]


def batch(numbers, size: int, length: int, generator):
    """`size` random pieces (size, length) and what follows each of their characters."""
    starts = t.randint(0, len(numbers) - length - 1, (size, 1), generator=generator)
    places = starts + t.arange(length)
    return numbers[places], numbers[places + 1]


def written(alphabet, numbers) -> str:
    return "".join([alphabet[i] for i in numbers.tolist()])
