"""Times and durations as platforms write them, in the one form in which the kit keeps them."""

import datetime as dt
import re

_TIME = re.compile(r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})(?:[ T](\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?)?")
_SECONDS = re.compile(r"(\d{1,7}(?:\.\d+)?) ?(?:秒|s)?")


def iso_time(cell: str) -> str | None:
    """Give ``2026-11-02T09:01:07``, ``""`` for a blank cell, None where it is no time."""
    text = cell.strip()
    found = _TIME.fullmatch(text)
    if not found:
        return None if text else ""
    try:
        return dt.datetime(*(int(part or 0) for part in found.groups())).isoformat()  # type: ignore[arg-type]
    except ValueError:
        return None


def seconds(cell: str) -> str | None:
    """Give the number of seconds as a text, ``""`` for a blank cell, None where it is no duration."""
    text = cell.strip()
    found = _SECONDS.fullmatch(text)
    return found.group(1) if found else (None if text else "")
