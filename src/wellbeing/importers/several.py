"""Cells that hold several answers, or a ranking: taken apart where one way of doing so gives known answers only."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from wellbeing.importers.exports import JOINED
from wellbeing.importers.names import normalise

#: A form has fewer options to a question, and a label fewer commas; a hostile cell has any number of either.
_MOST_PARTS, _LONGEST_LABEL = 200, 12

#: The cell is neither an answer nor known to be none.
WRONG = object()


@dataclass(frozen=True)
class Absent:
    """There is no answer, of one of `MISSING_KINDS`."""

    kind: str


def several(one: Callable[[str], Any], separator: str | None, own: str) -> Callable[[str], list[Any] | None]:
    """Take a cell with several answers apart where one way of doing so gives known answers only.

    An option's own label may hold what stands between options; then the longest known label is taken, and a cell that
    can be read in two ways is not read at all.
    """

    def of(cell: str) -> list[Any] | None:
        alone = one(cell)
        if alone is not WRONG:
            return [alone]
        for mark in dict.fromkeys((JOINED, *([separator.strip() or separator] if separator else ()), *own)):
            if mark in cell:
                found = _readings([part.strip() for part in cell.split(mark)], mark, one)
                if len(found) == 1:
                    return found[0]
                if found:
                    return None
        return None

    return of


def _readings(parts: list[str], mark: str, one: Callable[[str], Any]) -> list[list[Any]]:
    """List the ways to put neighbouring parts together so that each is a known answer; two are enough to know."""
    parts = [part for part in parts if part]
    if len(parts) > _MOST_PARTS:
        return []
    # From each place on, the ways to read what follows.
    ways: dict[int, list[list[Any]]] = {len(parts): [[]]}
    for start in range(len(parts) - 1, -1, -1):
        found: list[list[Any]] = []
        for end in range(start + 1, min(len(parts), start + _LONGEST_LABEL) + 1):
            if not ways.get(end):
                continue
            for between in (mark,) if end == start + 1 else (mark, f"{mark} ", f" {mark} "):
                value = one(normalise(between.join(parts[start:end])))
                if value is not WRONG:
                    found += [[value, *rest] for rest in ways[end] if [value, *rest] not in found]
                    break
        ways[start] = found[:2]
    return ways[0] if parts else []


def multiple(chosen: list[Any] | None, order: list[str]) -> Any:
    """Give the chosen codes in the definition's order as they are kept, ``a;b``."""
    if chosen is None:
        return WRONG
    kinds = [each for each in chosen if isinstance(each, Absent)]
    if kinds:
        return kinds[0] if len(kinds) == len(chosen) else WRONG
    return ";".join(code for code in order if code in chosen)


def ranking(chosen: list[Any] | None) -> Any:
    """Give the codes from first to last as they are kept, ``a>b``; nothing stands in two places."""
    if chosen is None or len(set(map(repr, chosen))) < len(chosen):
        return WRONG
    if any(isinstance(each, Absent) for each in chosen):
        return chosen[0] if len(chosen) == 1 else WRONG
    return ">".join(chosen)
