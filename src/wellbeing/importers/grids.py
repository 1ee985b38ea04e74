"""Lay out an export's records: its header rows, and a column of cells under each header.

Survey platforms put up to three rows above the answers, and one of them writes rows that are longer than its header.
"""

from dataclasses import dataclass

from wellbeing.errors import InputError, Problem
from wellbeing.importers.exports import Source

#: What a reader puts into a blank cell where the platform tells that the question was not put to this person.
NOT_SHOWN = "(not asked)"


@dataclass(frozen=True)
class Grid:
    """A file's cells as texts, stripped of nothing.

    Attributes
    ----------
    headers : tuple of tuple of str
        The header rows, each as wide as `columns`.
    columns : tuple of list of str
        Each as long as `rows`.
    rows : list of int
        The row of each record as a spreadsheet shows it.
    blank_rows : int
        Entirely blank rows below the header, which are left out.
    """

    headers: tuple[tuple[str, ...], ...]
    columns: tuple[list[str], ...]
    rows: list[int]
    blank_rows: int


def grid_of(source: Source, header_rows: int = 1, longer: bool = False) -> Grid:
    """Give the cells of a source under its header rows.

    A column without any header and without any cell is left out: platforms end their rows with a separator.

    Parameters
    ----------
    source : Source
    header_rows : int
        How many rows stand above the answers.
    longer : bool
        Whether rows may have more cells than the header; these come as columns under an empty header.

    Raises
    ------
    InputError
        If the source is no table, or empty; if there is no answer, or a row does not fit the header.
    """
    records = source.records
    filled = [place for place, cells in enumerate(records) if any(cell.strip() for cell in cells)]
    if not filled:
        raise InputError([Problem("empty_file", source.file)])
    tops, body = filled[:header_rows], filled[header_rows:]
    if not body:
        raise InputError([Problem("no_data_row", source.file)])
    if header_rows == 1 and _filled(records[tops[0]]) == 1 < _filled(records[body[0]]):
        raise InputError([Problem("title_above_header", source.file, tops[0] + 1)])
    width = _width(records[tops[0]])
    # A column whose header is blank is still one: whoever reads it says that its header is missing.
    widest = max(_width(records[place]) for place in body) if longer else max(len(records[place]) for place in tops)
    problems = [
        Problem("cells_do_not_fit", source.file, place + 1)
        for place in [*tops[1:], *body]
        if len(records[place]) < width or (not longer and _width(records[place]) > max(width, widest))
    ]
    if problems:
        raise InputError(problems)
    width = max(width, widest)
    # A row that is longer than the header by blank cells only is as wide as the header.
    padded = {
        place: cells if len(cells := records[place]) == width else (cells + [""] * width)[:width] for place in filled
    }
    columns = [list(column) for column in zip(*(padded[place] for place in body), strict=True)]
    headed = {at for place in tops for at in range(width) if padded[place][at].strip()}
    kept = [at for at in range(width) if at in headed or any(map(str.strip, columns[at]))]
    return Grid(
        tuple(tuple(padded[place][at] for at in kept) for place in tops),
        tuple(columns[at] for at in kept),
        [place + 1 for place in body],
        len(records) - tops[0] - len(filled),
    )


def first_rows(source: Source, count: int) -> list[list[str]]:
    """Give the first rows that hold something, or none where the source is no table; for recognising a platform."""
    try:
        records = source.records
    except InputError:
        return []
    found: list[list[str]] = []
    for cells in records:
        if len(found) == count:
            break
        if any(cell.strip() for cell in cells):
            found.append([cell.strip() for cell in cells])
    return found


def _width(cells: list[str]) -> int:
    """Count the cells up to the last that holds something."""
    return next((at + 1 for at in range(len(cells) - 1, -1, -1) if cells[at].strip()), 0)


def _filled(cells: list[str]) -> int:
    return sum(bool(cell.strip()) for cell in cells)
