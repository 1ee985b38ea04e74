"""Times and durations as platforms write them, in the one form in which the kit keeps them.

The kit keeps the time that the clock showed: a zone is left off. The day and the month of ``8/7/2020`` cannot be told
apart, and platforms change the order within one file (a spreadsheet program that knows the day first reads some cells
as dates and leaves the others); `read_times` tells them apart only where the file leaves no other reading.
"""

import datetime as dt
import re
from collections.abc import Callable, Sequence
from functools import lru_cache

#: The orders in which day, month and year come.
_YEAR, _DAY, _MONTH = "ymd", "dmy", "mdy"
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH_NAME = r"(?P<name>[A-Za-z]{3,9})\.?"
_DATES = (
    # 2025/3/6, 2025-03-06, 2025.3.6, 2025年3月6日
    re.compile(r"(?P<year>\d{4})(?P<mark>[-/.年])(?P<first>\d{1,2})[-/.月](?P<second>\d{1,2})日?"),
    # 8/7/2020, 08-07-2020, 7.8.2020, 9/2/24
    re.compile(r"(?P<first>\d{1,2})(?P<mark>[-/.])(?P<second>\d{1,2})(?P=mark)(?P<third>\d{4}|\d{2})"),
    # 02-Feb-2021, 2 February 2021
    re.compile(rf"(?P<day>\d{{1,2}})[- ]{_MONTH_NAME}[- ](?P<year>\d{{4}})"),
    # Feb 2, 2021
    re.compile(rf"{_MONTH_NAME} (?P<day>\d{{1,2}}),? (?P<year>\d{{4}})"),
)
_TIME = re.compile(
    r"(?:T|, ?| )?"
    r"(?P<before>上午|下午)? ?"
    r"(?P<hour>\d{1,2})(?:[:时点](?P<minute>\d{2})(?:分|(?:[:分](?P<second>\d{2})秒?(?:[.,]\d{1,9})?))?)"
    r"(?: ?(?P<after>[AaPp]\.?[Mm]\.?|上午|下午))?"
    r"(?: ?(?:Z|(?:UTC|GMT)(?:[+\-\u2212]\d{1,2}(?::?\d{2})?)?|[+\-\u2212]\d{2}:?\d{2}|[A-Z]{3,4}))?"
)
_AFTERNOON, _MORNING = ("p", "下"), ("a", "上")
_PLAIN = re.compile(r"(\d{1,7}(?:\.\d+)?)")
_DURATION = re.compile(
    r"(?=\d)(?:(?P<d>\d{1,4}) ?(?:天|日|days?|d))? ?"
    r"(?:(?P<h>\d{1,5}) ?(?:小时|时|hours?|hrs?|h))? ?"
    r"(?:(?P<m>\d{1,6}) ?(?:分钟|分|minutes?|mins?|m))? ?"
    r"(?:(?P<s>\d{1,7}(?:\.\d+)?) ?(?:秒钟|秒|seconds?|secs?|s))?",
    re.IGNORECASE,
)
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}:\d{2}(?:[.,]\d{1,9})?(?:Z|[+-]\d{2}:?\d{2})?")
_CLOCK = re.compile(r"(\d{1,4}):([0-5]\d):([0-5]\d)")


def iso_time(cell: str) -> str | None:
    """Give ``2026-11-02T09:01:07``, ``""`` for a blank cell, None where it is no time or could be two days."""
    text = cell.strip()
    found = _readings(text)
    days = set(found.values())
    return days.pop() if len(days) == 1 else (None if text else "")


def seconds(cell: str) -> str | None:
    """Give the number of seconds as a text, ``""`` for a blank cell, None where it is no duration.

    ``264``, ``264秒``, ``4分24秒``, ``4 min 24 s`` and ``0:04:24`` are durations; ``4:24`` could be hours.
    """
    text = cell.strip()
    if not text:
        return ""
    clock = _CLOCK.fullmatch(text)
    if clock:
        hours, minutes, rest = map(int, clock.groups())
        return str(hours * 3600 + minutes * 60 + rest)
    plain = _PLAIN.fullmatch(text)
    found = _DURATION.fullmatch(text)
    if plain or not found:
        return plain[1] if plain else None
    whole = 86400 * int(found["d"] or 0) + 3600 * int(found["h"] or 0) + 60 * int(found["m"] or 0)
    part = float(found["s"] or 0)
    return f"{whole + part:g}" if whole else str(found["s"])


def read_seconds(cells: Sequence[str]) -> tuple[list[str], tuple[int, ...]]:
    """Read a column of durations: texts of seconds, and the places of those that cannot be read."""
    read = {cell: seconds(cell) for cell in set(cells)}
    return _parted([read[cell] for cell in cells])


def read_times(cells: Sequence[str]) -> tuple[list[str], tuple[int, ...]]:
    """Read a column of times, one a record in the order of the file.

    Where a cell fits more than one day, it is decided by what leaves no other reading, in this order:

    1. Cells that are written alike (the same marks, seconds or none, leading zeros or none) have one order of day
       and month, if all of them fit exactly one.
    2. Answers stand in the order in which they came, or in the opposite one. What fits no such order falls away.

    Returns
    -------
    list of str, tuple of int
        ISO texts, ``""`` where blank or unreadable; and the places, from 0, of the unreadable ones.
    """
    if (plain := _iso_throughout(cells)) is not None:
        return plain, ()
    every = [_readings(cell.strip()) for cell in cells]
    days = [frozenset(found.values()) for found in every]
    if any(len(each) > 1 for each in days):
        days = _in_order(_alike(cells, every))
    read = [next(iter(day)) if len(day) == 1 else None for day in days]
    return _parted([text if text or cell.strip() else "" for cell, text in zip(cells, read, strict=True)])


def _alike(cells: Sequence[str], every: list[dict[str, str]]) -> list[frozenset[str]]:
    """Keep of each cell's days the one whose order is that of all cells that are written alike, if they have one."""
    styles = [_style(cell.strip()) if found else None for cell, found in zip(cells, every, strict=True)]
    orders: dict[str, set[str]] = {}
    for style, found in zip(styles, every, strict=True):
        if style:
            orders[style] = orders.get(style, set(found)) & found.keys()
    kept = []
    for style, found in zip(styles, every, strict=True):
        known = orders[style] if style else set()
        kept.append(frozenset(found[order] for order in known) if len(known) == 1 else frozenset(found.values()))
    return kept


def _iso_throughout(cells: Sequence[str]) -> list[str] | None:
    """Read a column in which nothing but ISO times stands, as most platforms write it; None if anything else does."""
    read = []
    for cell in cells:
        text = cell.strip()
        if text:
            if not _ISO.fullmatch(text):
                return None
            try:
                text = dt.datetime.fromisoformat(text[:19]).isoformat()
            except ValueError:
                return None
        read.append(text)
    return read


def _parted(read: list[str | None]) -> tuple[list[str], tuple[int, ...]]:
    return [text or "" for text in read], tuple(at for at, text in enumerate(read) if text is None)


def _in_order(days: list[frozenset[str]]) -> list[frozenset[str]]:
    """Keep the days that are part of at least one order in time, upwards or downwards; all where there is none."""
    upwards = _upwards(days)
    downwards = _upwards(days[::-1])
    ordered = [each for each in (upwards, downwards and downwards[::-1]) if each]
    return [frozenset().union(*found) for found in zip(*ordered, strict=True)] if ordered else days


def _upwards(days: list[frozenset[str]]) -> list[frozenset[str]] | None:
    """Keep the days of those chains that never go back in time; None if there is no such chain."""
    forward = _reached(days, lambda day, limit: day >= limit, min)
    backward = forward and _reached(forward[::-1], lambda day, limit: day <= limit, max)
    return backward[::-1] if backward else None


def _reached(
    days: list[frozenset[str]], fits: Callable[[str, str], bool], nearest: Callable[[frozenset[str]], str]
) -> list[frozenset[str]] | None:
    limit: str | None = None
    found = []
    for each in days:
        kept = frozenset(day for day in each if limit is None or fits(day, limit))
        if each and not kept:
            return None
        limit = nearest(kept) if kept else limit
        found.append(kept)
    return found


@lru_cache(maxsize=65536)
def _readings(text: str) -> dict[str, str]:
    """Give every day and time that a text may mean, by the order of day, month and year that it takes."""
    for pattern in _DATES:
        date = pattern.match(text)
        if date:
            clock = _clock(text[date.end() :])
            if clock is None:
                return {}
            return {order: f"{day}T{clock}" for order, day in _days(date.groupdict()).items()}
    return {}


def _days(parts: dict[str, str | None]) -> dict[str, str]:
    def number(name: str) -> int:
        return int(parts[name] or 0)

    if parts.get("name"):
        name = str(parts["name"]).lower()
        month = next((at for at, known in enumerate(_MONTHS, 1) if name.startswith(known)), 0)
        tries = {_DAY: (number("year"), month, number("day"))}
    elif "third" not in parts:
        tries = {_YEAR: (number("year"), number("first"), number("second"))}
    else:
        first, second, third = number("first"), number("second"), number("third")
        short = len(parts["third"] or "") == 2
        year = third + 2000 if short else third
        tries = {_DAY: (year, second, first)}
        # With dots the day always comes first.
        if parts["mark"] != ".":
            tries[_MONTH] = (year, first, second)
        if short:
            tries[_YEAR] = (first + 2000, second, third)
    found = {}
    for order, (year, month, day) in tries.items():
        try:
            found[order] = dt.date(year, month, day).isoformat()
        except ValueError:
            continue
    return found


def _clock(text: str) -> str | None:
    if not text.strip():
        return "00:00:00"
    found = _TIME.fullmatch(text)
    if not found:
        return None
    hour, minute, second = (int(found[part] or 0) for part in ("hour", "minute", "second"))
    half = (found["before"] or found["after"] or "").lower()
    if half.startswith((*_AFTERNOON, *_MORNING)):
        if hour > 12:
            return None
        hour = hour % 12 + (12 if half.startswith(_AFTERNOON) else 0)
    try:
        return dt.time(hour, minute, second).isoformat()
    except ValueError:
        return None


def _style(text: str) -> str | None:
    """Tell how a time is written, whatever it is: its marks, seconds or none, leading zeros or none.

    None where the day shows nothing of leading zeros, because all its numbers have two digits.
    """
    day = re.split(r"[ T]", text)[0]
    zeros, single = re.search(r"(?<!\d)0\d", day), re.search(r"(?<!\d)\d(?!\d)", day)
    if not zeros and not single:
        return None
    return ("0" if zeros else "") + re.sub(r"\d+", "9", re.sub(r"\d{4}", "y", text))
