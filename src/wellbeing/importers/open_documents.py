"""Look into an OpenDocument spreadsheet (``.ods``) before it is read: how far it reaches, where formulas failed.

The reader of workbooks gives the error of a formula as an empty cell, says nothing of merged cells here, and lays
out every row and column that the file only repeats.

References
----------
OpenDocument 1.3 part 3, 9.1 (tables), 19.675 and 19.681 (repeated columns and rows), 19.684 (merged cells).
"""

import zipfile
from dataclasses import dataclass, field
from typing import IO
from xml.parsers import expat

from wellbeing.importers.workbooks import MOST_CELLS, MOST_TEXT, CutShort, Protected, Seen, TooLarge

_COVERED = ("table:table-cell", "table:covered-table-cell")


def look_into_ods(package: zipfile.ZipFile) -> Seen:
    """Find failed formulas and merged cells.

    Raises
    ------
    CutShort, Protected, TooLarge
        If it is not whole, locked, or would fill the memory.
    """
    if b"encryption-data" in package.read("META-INF/manifest.xml"):
        raise Protected
    tables = _Tables()
    with package.open("content.xml") as content:
        tables.parse(content)
    warnings = set()
    if any(name.startswith(("Basic/", "Scripts/")) for name in package.namelist()):
        warnings.add("macros_not_run")
    if tables.formulas:
        warnings.add("formulas_as_calculated")
    return Seen(
        {place: frozenset(found) for place, found in enumerate(tables.failed)},
        {place: found for place, found in enumerate(tables.merged) if found},
        frozenset(warnings),
    )


@dataclass
class _Tables:
    """What is found while the file is gone through, a list entry for each table."""

    failed: list[set[tuple[int, int]]] = field(default_factory=list)
    merged: list[list[tuple[int, int]]] = field(default_factory=list)
    formulas: bool = False
    _depth: int = 0
    _row: int = 0
    _rows: int = 1
    _column: int = 0
    _reach: tuple[int, int] = (0, 0)
    _times: int = 1
    _text: int = 0

    def parse(self, content: IO[bytes]) -> None:
        parser = expat.ParserCreate()
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._data
        try:
            parser.ParseFile(content)
        except expat.ExpatError:
            raise CutShort from None

    def _start(self, name: str, given: dict[str, str]) -> None:
        if name == "table:table":
            self._depth += 1
            if self._depth == 1:
                self.failed.append(set())
                self.merged.append([])
                self._row, self._reach = 0, (0, 0)
        elif name == "table:table-row" and self._depth == 1:
            self._rows, self._column = _count(given, "table:number-rows-repeated"), 0
        elif name in _COVERED and self._depth == 1:
            self._cell(given)

    def _cell(self, given: dict[str, str]) -> None:
        width = _count(given, "table:number-columns-repeated")
        kind = given.get("office:value-type", "")
        formula = "table:formula" in given
        self.formulas = self.formulas or formula
        if kind or formula:
            self._reach = (
                max(self._reach[0], self._row + self._rows),
                max(self._reach[1], self._column + width),
            )
            if self._reach[0] * self._reach[1] > MOST_CELLS:
                raise TooLarge
        if given.get("calcext:value-type") == "error" or (formula and not kind):
            self.failed[-1] |= {
                (row, column)
                for row in range(self._row, self._row + self._rows)
                for column in range(self._column, self._column + width)
            }
        if max(_count(given, "table:number-columns-spanned"), _count(given, "table:number-rows-spanned")) > 1:
            self.merged[-1].append((self._row, self._column))
        self._column += width
        self._times = width * self._rows if kind else 1

    def _end(self, name: str) -> None:
        if name in _COVERED:
            self._times = 1
        elif name == "table:table-row" and self._depth == 1:
            self._row += self._rows
        elif name == "table:table":
            self._depth -= 1

    def _data(self, text: str) -> None:
        # A text is laid out again in every row and column in which it is repeated.
        self._text += len(text) * self._times
        if self._text > MOST_TEXT:
            raise TooLarge


def _count(given: dict[str, str], name: str) -> int:
    try:
        return max(1, int(given.get(name, "1")))
    except ValueError:
        raise CutShort from None
