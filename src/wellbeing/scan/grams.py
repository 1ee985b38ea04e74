"""Find many needles in a text at once: `Needlework`, by a few of each needle's letters in a row.

Looking for thousands of codes and pieces of sentences one by one takes too long, and hashing every stretch of a text
for every length is most of a search's time. So only every fourth place of a text is looked at: a needle of eleven units
or more covers eight in a row from such a place, whatever place it begins at; one of seven covers four. What stands
there is looked up in a table of all such rows, and only where it is in the table the whole needle is compared. A row
that is in no needle is what nearly every place has.

Units are those of UTF-16, which most letters are one of: rows of them are whole machine words.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

#: So few needles are looked for one after the other.
_FEW = 30
#: Odd 64-bit constants that spread a row over a table (multiplicative hashing, Knuth, TAOCP 3, 6.4).
_FIRST, _SECOND = 0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F


class Needlework:
    """Needles in the form of `needles.same`, by kind, prepared for texts in that form."""

    def __init__(self, needles: Mapping[str, Iterable[str]]) -> None:
        """Prepare.

        Parameters
        ----------
        needles : mapping of str to str
            By kind. An empty needle is no needle.
        """
        kinds: dict[str, set[str]] = {}
        for kind, texts in needles.items():
            for text in texts:
                if text:
                    kinds.setdefault(text, set()).add(kind)
        self._single: Mapping[str, Iterable[str]] = kinds
        self._rows: tuple[_Rows, ...] = ()
        if len(kinds) > _FEW:
            by_units: dict[bytes, frozenset[str]] = {_units(text): frozenset(found) for text, found in kinds.items()}
            # One unit is no row: such a needle is looked for by itself.
            self._single = {text: found for text, found in kinds.items() if len(_units(text)) == 2}
            groups = (
                {units: found for units, found in by_units.items() if least <= len(units) // 2 < over}
                for least, over in ((11, len(max(by_units, key=len)) + 1), (7, 11), (2, 7))
            )
            self._rows = tuple(_Rows.of(group, width) for group, width in zip(groups, (8, 4, 2), strict=True) if group)

    def kinds_in(self, straw: str) -> set[str]:
        """Say of which kinds a needle stands in a text."""
        found: set[str] = set()
        for text, kinds in self._single.items():
            if text in straw:
                found.update(kinds)
        if self._rows:
            units = _units(straw)
            for rows in self._rows:
                for kinds in rows.within(units):
                    found |= kinds
        return found


def _units(text: str) -> bytes:
    return text.encode("utf-16-le", "surrogatepass")


@dataclass(frozen=True)
class _Rows:
    """Needles of a range of lengths, and the rows of `width` units that begin at their first places.

    Attributes
    ----------
    needles : mapping
        A needle's units, and of which kinds it is.
    lengths : tuple of int
        Of the needles, in bytes.
    table : array of bool
        Whether there may be a row, by the first bits of its number.
    numbers : array of uint64
        The numbers of all rows, in order.
    """

    width: int
    needles: Mapping[bytes, frozenset[str]]
    lengths: tuple[int, ...]
    bits: int
    table: "np.ndarray"
    numbers: "np.ndarray"

    @classmethod
    def of(cls, needles: Mapping[bytes, frozenset[str]], width: int) -> "_Rows":
        import numpy as np

        starts = _starts(width)
        rows = {units[2 * at : 2 * (at + width)] for units in needles for at in range(starts)}
        numbers = np.unique(_numbers(b"".join(rows), width)[:: max(width // 4, 1)])
        # Sixty-four places for each row: one in sixty-four of all others looks like one.
        bits = min(max(int(len(numbers) * 64).bit_length(), 16), 22)
        table = np.zeros(1 << bits, bool)
        table[numbers >> np.uint64(64 - bits)] = True
        return cls(width, needles, tuple(sorted({len(units) for units in needles})), bits, table, numbers)

    def within(self, units: bytes) -> Iterator[frozenset[str]]:
        """Give the kinds of the needles in a text of units, some of them more than once."""
        import numpy as np

        # Rows of two units begin anywhere, which two readings of them together cover.
        for shift in (0, 2) if self.width == 2 else (0,):
            numbers = _numbers(units[shift:], self.width)
            near = np.flatnonzero(self.table[numbers >> np.uint64(64 - self.bits)])
            if not near.size:
                continue
            place = np.minimum(np.searchsorted(self.numbers, numbers[near]), len(self.numbers) - 1)
            step = 4 if self.width == 2 else 8
            for at in (near[self.numbers[place] == numbers[near]] * step + shift).tolist():
                yield from self._at(units, at)

    def _at(self, units: bytes, at: int) -> Iterator[frozenset[str]]:
        for start in range(at, max(at - 2 * _starts(self.width), -1), -2):
            for length in self.lengths:
                kinds = self.needles.get(units[start : start + length])
                if kinds is not None:
                    yield kinds


def _starts(width: int) -> int:
    """Say at how many of a needle's places a row begins: at each that may be the one in four that is looked at."""
    return 1 if width == 2 else 4


def _numbers(units: bytes, width: int) -> "np.ndarray":
    """Give a number to each row: of 8 or 4 units from every fourth, of 2 from every second."""
    import numpy as np

    if width == 2:
        return np.frombuffer(units, np.uint32, len(units) // 4).astype(np.uint64) * np.uint64(_FIRST)
    words = np.frombuffer(units, np.uint64, len(units) // 8)
    if width == 4:
        return words * np.uint64(_FIRST)
    return words[:-1] * np.uint64(_FIRST) ^ words[1:] * np.uint64(_SECOND)
