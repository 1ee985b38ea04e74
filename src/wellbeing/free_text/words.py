"""Cut a Chinese text into words: the one place that knows jieba, which is an extra (``wellbeing[text]``).

Without it the dictionary's own words are found, longest first, and every other character is a word by itself. Then a
window of three words is narrower, and a word may be found across the border of two others (docs/opinion_methods.md
tells how much that costs).
"""

import re
from functools import lru_cache
from typing import Any

_LATIN = re.compile(r"[A-Za-z0-9]+(?:[-'][A-Za-z0-9]+)*")


def has_segmenter() -> bool:
    """Say whether jieba is installed."""
    from importlib.util import find_spec

    return find_spec("jieba") is not None


def cut(text: str, dictionary: frozenset[str], plain: bool = False) -> list[str]:
    """Cut a text into words that make up the text again when joined.

    Parameters
    ----------
    text : str
    dictionary : frozenset of str
        Words to be known beside the common ones.
    plain : bool
        Whether to do without jieba although it is there.
    """
    if not plain and has_segmenter():
        words: list[str] = _tokenizer(dictionary).lcut(text, HMM=False)
        return words
    return _longest(text, dictionary)


@lru_cache(maxsize=4)
def _tokenizer(dictionary: frozenset[str]) -> Any:
    """Make a tokenizer of its own: words that are added for one list of themes must not change another's cuts."""
    import logging
    import warnings

    with warnings.catch_warnings():
        # Old regular expressions of its source, and its way of reading its own data.
        warnings.simplefilter("ignore")
        import jieba

    # It reports to the console how long its dictionary took.
    jieba.setLogLevel(logging.ERROR)
    tokenizer = jieba.Tokenizer()
    for word in sorted(dictionary):
        tokenizer.add_word(word)
    return tokenizer


def _longest(text: str, dictionary: frozenset[str]) -> list[str]:
    longest = max(map(len, dictionary), default=1)
    words: list[str] = []
    at = 0
    while at < len(text):
        latin = _LATIN.match(text, at)
        if latin is not None:
            found = latin.group()
        else:
            pieces = (text[at : at + size] for size in range(min(longest, len(text) - at), 1, -1))
            found = next((piece for piece in pieces if piece in dictionary), text[at])
        words.append(found)
        at += len(found)
    return words
