"""Which day a text means, and whether it may mean two."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from datetime import date

#: What a spreadsheet adds of the hour says nothing of the day.
_YEAR_FIRST = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?(?:[Tt ]\d{1,2}:\d{2}(?::\d{2})?)?")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")
_YEAR_LAST = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})")


def days_of(text: str) -> frozenset[date]:
    """Give every day that a text may mean; none where it is no day.

    ``2026-03-05``, ``2026/3/5``, ``2026.3.5``, ``2026年3月5日`` and ``20260305`` mean one day; ``5/3/2026`` two, and
    ``25/3/2026`` one again.
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    for pattern in (_YEAR_FIRST, _COMPACT):
        if found := pattern.fullmatch(plain):
            year, month, day = map(int, found.groups())
            return frozenset(_days([(year, month, day)]))
    if found := _YEAR_LAST.fullmatch(plain):
        first, second, year = map(int, found.groups())
        return frozenset(_days([(year, first, second), (year, second, first)]))
    return frozenset()


def _days(tries: Iterable[tuple[int, int, int]]) -> Iterator[date]:
    for year, month, day in tries:
        try:
            yield date(year, month, day)
        except ValueError:
            continue
