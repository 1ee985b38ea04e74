"""Questions that an export spreads over several columns: a column an option, or a column a rank."""

from collections.abc import Callable, Sequence

from wellbeing.importers.exports import JOINED


def join_chosen(labels: Sequence[str], columns: Sequence[list[str]], chosen: Callable[[str], bool]) -> list[str]:
    """Join the labels of the chosen options, one text a record; ``""`` where none was chosen.

    Parameters
    ----------
    labels : sequence of str
        What the options are called, one for each of `columns`.
    columns : sequence of list of str
        Each as long as there are records.
    chosen : callable
        Whether a cell says that its option was chosen.
    """
    ticks = {cell: chosen(cell) for cells in columns for cell in set(cells)}
    return [
        JOINED.join(label for label, cell in zip(labels, record, strict=True) if ticks[cell])
        for record in zip(*columns, strict=True)
    ]


def join_ranks(columns: Sequence[list[str]]) -> list[str] | None:
    """Join what was ranked, first to last, one text a record; None where the columns are no ranks.

    Ranks are filled from the first on without a gap, and never hold the same option twice; at least one record must
    rank two.
    """
    joined: list[str] = []
    several = False
    for record in zip(*columns, strict=True):
        filled = [cell for cell in record if cell.strip()]
        if len(set(filled)) < len(filled) or any(cell.strip() for cell in record[len(filled) :]):
            return None
        several = several or len(filled) > 1
        joined.append(JOINED.join(filled))
    return joined if several else None


def all_ticks(columns: Sequence[list[str]], ticked: frozenset[str], unticked: frozenset[str]) -> bool:
    """Say whether nothing but ticks stands in the columns, and at least one."""
    found = {cell.strip() for cells in columns for cell in set(cells)} - {""}
    return bool(found & ticked) and found <= ticked | unticked
