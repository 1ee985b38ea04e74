"""Questions that a platform spreads over several columns under one stem: ticks, ranks, or the rows of a matrix.

Nothing in such files names the kind of a question. It is told by the cells: a tick repeats its option, ranks are
different numbers in every record; what is neither are a matrix question's rows.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from wellbeing.importers.exports import JOINED, LABELS, ORDINALS, ExportColumn
from wellbeing.importers.options import join_chosen

_RANK = re.compile(r"([1-9]\d?)(?:\.0)?")
_YES, _NO = frozenset({"1", "1.0"}), frozenset({"0", "0.0", ""})


@dataclass(frozen=True)
class Part:
    """One of the columns: where it stands, what follows the stem in its header, its cells, all its names."""

    place: int
    label: str
    cells: list[str]
    names: tuple[str, ...]


def whole_or_parts(
    stem: tuple[str, ...], parts: Sequence[Part], coding: str, ticks: Callable[[str, str], bool]
) -> list[ExportColumn]:
    """Give the columns of a question: one with all chosen options, or one for each row.

    Parameters
    ----------
    stem : tuple of str
        What the question as a whole is called.
    parts : sequence of Part
        At least two.
    coding : str
        How the cells of a row are to be read.
    ticks : callable
        Whether a filled cell repeats its option: cell and label.

    Returns
    -------
    list of ExportColumn
        Where numbers could be ticks or ranks as well as the answers of a matrix, or where nobody answered, both the
        whole and the rows, each telling of the other in `ExportColumn.also_in`.
    """
    rows = [ExportColumn(part.place, part.names, part.cells, coding=coding) for part in parts]
    whole = ExportColumn(parts[0].place, stem, [], coding=LABELS, separator=JOINED)
    labels = [part.label for part in parts]
    columns = [part.cells for part in parts]
    filled = [{cell.strip() for cell in part.cells} - {""} for part in parts]
    numbered = [{str(at), f"{at}.0"} for at in range(1, len(parts) + 1)]
    both = [replace(row, also_in=whole.place) for row in rows]
    if not any(filled):
        return [replace(whole, cells=[""] * len(columns[0]), also_in=whole.place), *both]
    if all(ticks(cell, part.label) for part, cells in zip(parts, filled, strict=True) for cell in cells):
        return [replace(whole, cells=join_chosen(labels, columns, lambda cell: bool(cell.strip())))]
    chosen: list[str] | None = None
    if all(cells <= _YES | _NO for cells in filled):
        chosen = join_chosen(labels, columns, lambda cell: cell.strip() in _YES)
    elif all(cells <= number for cells, number in zip(filled, numbered, strict=True)) and not _complete(columns):
        # By number, an option's tick is its own place among the options; ranks would not stand in order every time.
        chosen = join_chosen(labels, columns, lambda cell: bool(cell.strip()))
    else:
        chosen = _ranks(labels, columns)
    return rows if chosen is None else [replace(whole, cells=chosen, also_in=whole.place), *both]


def by_number(columns: Sequence[list[str]]) -> bool:
    """Say whether most of the filled cells of all answers are whole numbers."""
    numbers = filled = 0
    for cells in columns:
        counts: dict[str, int] = {}
        for cell in cells:
            counts[cell] = counts.get(cell, 0) + 1
        for cell, count in counts.items():
            if cell.strip():
                filled += count
                numbers += count if re.fullmatch(r"-?\d+(?:\.0+)?", cell.strip()) else 0
    return 2 * numbers > filled


def coding_of(numbers: bool) -> str:
    """Give the coding of a file that holds labels, or the numbers of options in the form, from 1."""
    return ORDINALS if numbers else LABELS


def _ranks(labels: Sequence[str], columns: Sequence[list[str]]) -> list[str] | None:
    joined = []
    several = False
    for record in zip(*columns, strict=True):
        found: dict[int, str] = {}
        for label, cell in zip(labels, record, strict=True):
            if not cell.strip():
                continue
            rank = _RANK.fullmatch(cell.strip())
            if not rank or not int(rank[1]) <= len(labels) or int(rank[1]) in found:
                return None
            found[int(rank[1])] = label
        several = several or len(found) > 1
        joined.append(JOINED.join(found[rank] for rank in sorted(found)))
    return joined if several else None


def _complete(columns: Sequence[list[str]]) -> bool:
    """Say whether whoever filled one of the columns filled all."""
    return all(all(map(str.strip, record)) or not any(map(str.strip, record)) for record in zip(*columns, strict=True))
