"""Say where, in bytes that were read as letters, a needle can be at all: nearly everywhere none can.

A font or a picture, read in the encodings of Chinese, is thousands of letters at random. To bring them into the form in
which needles are compared takes most of a search's time; to see that not even ten in a row are letters of needles takes
little.
"""

import re
import unicodedata
from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

#: The basic plane, and in it the halves of which UTF-16 makes all other letters.
_BASIC, _HALVES = 0x10000, range(0xD800, 0xE000)
#: As many as any letter beyond the basic plane stands for.
_MANY = 8
#: Parts of a text that do not belong together are set apart by what no needle has.
_APART = "\0"


class Gate:
    """The letters that needles are made of, in every way in which they may be written."""

    def __init__(self, needles: Iterable[str], left_out: "re.Pattern[str]") -> None:
        """Prepare.

        Parameters
        ----------
        needles : iterable of str
            In the form of `needles.same`.
        left_out : pattern
            What that form leaves out.
        """
        needles = [needle for needle in needles if needle]
        self._least = min(map(len, needles), default=0)
        self._weights = _weights(set("".join(needles)), left_out)

    def near(self, text: str) -> str:
        """Give those parts of a text in which as many letters in a row may be a needle's as the shortest needle has.

        `needles.same` of the text holds a needle only where `needles.same` of what is given here does. Each part has
        one letter more on both sides, since letters are put together with what is before and behind them.
        """
        import numpy as np

        coded = text.encode("utf-16-le", "surrogatepass")
        if not self._least or not coded:
            return ""
        weights = self._weights[np.frombuffer(coded, np.uint16)]
        ends = np.flatnonzero(weights == 0)
        sums = np.cumsum(weights, dtype=np.int64)
        runs = np.diff(sums[ends], prepend=0, append=sums[-1])
        long = np.flatnonzero(runs >= self._least)
        starts = np.concatenate(([0], ends))[long].tolist()
        stops = np.concatenate((ends, [len(weights)]))[long].tolist()
        parts = (coded[2 * start : 2 * (stop + 1)] for start, stop in zip(starts, stops, strict=True))
        return _APART.join(part.decode("utf-16-le", "surrogatepass") for part in parts)


def _weights(letters: set[str], left_out: "re.Pattern[str]") -> "np.ndarray":
    """Give of each letter of the basic plane how many letters of needles it may stand for; 0 where it ends a row.

    Normalization (Unicode, annex 15) takes each letter apart by itself, orders marks, and puts letters together again
    with what follows; folding of case then looks at each by itself. So a letter counts where anything it is taken apart
    into is part of a needle's letter, or of what is folded to one; a mark or a blank never ends a row.
    """
    import numpy as np

    taken_apart, marks = _odd_letters()
    parts = set(letters).union(*(unicodedata.normalize("NFKD", letter) for letter in letters))
    for apart, _ in taken_apart.values():
        # What is folded to a needle's letter may have been put together from parts that it is not made of itself.
        whole = unicodedata.normalize("NFKC", apart)
        if not letters.isdisjoint(whole.casefold()):
            parts.update(apart)
    blanks = set("".join(left_out.findall(_plane())))
    weights = np.zeros(_BASIC, np.uint8)
    for letter in filter(lambda part: ord(part) < _BASIC, parts | marks | blanks):
        weights[ord(letter)] = 1
    for letter, forms in taken_apart.items():
        wanted = max(sum(part in parts or part in marks for part in form) for form in forms)
        weights[ord(letter)] = max(wanted, weights[ord(letter)], all(part in blanks for part in forms[0]))
    weights[_HALVES.start : _HALVES.stop] = _MANY
    return weights


def _plane() -> str:
    return "".join(chr(number) for number in range(_BASIC) if number not in _HALVES)


@cache
def _odd_letters() -> tuple[dict[str, tuple[str, str]], set[str]]:
    """Give the letters that are taken apart or folded, with what becomes of them; and all marks."""
    odd = {}
    for letter in _plane():
        apart = unicodedata.normalize("NFKD", letter)
        folded = apart.casefold()
        if not apart == letter == folded:
            odd[letter] = (apart, folded)
    return odd, {letter for letter in _plane() if unicodedata.combining(letter)}
