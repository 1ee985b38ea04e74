"""Item curves: how the answers to an item rise with the score on all the others."""

from typing import TYPE_CHECKING

from wellbeing.unestimable import Trouble, trouble_with

if TYPE_CHECKING:
    import pandas as pd

#: Classes of like many people that the rest score is cut into.
CLASSES = 5


def item_curves(items: "pd.DataFrame", classes: int = CLASSES) -> "tuple[pd.DataFrame, Trouble | None]":
    """Give each item's mean answer by class of its rest score.

    Parameters
    ----------
    items : DataFrame, shape (n_respondents, n_items)
        Answer codes, already reverse-keyed; respondents with a missing answer are left out.
    classes : int
        Classes of like many people; where many have the same rest score there are fewer.

    Returns
    -------
    DataFrame
        A row for each item and class: ``item``, ``class`` (from 1), ``n``, ``rest`` (mean rest score in scale points),
        ``mean`` and ``se`` of the answers in answer codes. Empty with trouble.
    Trouble or None

    Notes
    -----
    A curve that falls tells of an item that was not turned; one that is flat, of an item that measures something else.
    """
    import pandas as pd

    columns = ["item", "class", "n", "rest", "mean", "se"]
    trouble = trouble_with(items)
    if trouble is not None and trouble.reason != "singular":
        return pd.DataFrame(columns=columns), trouble
    complete = items.dropna()
    total = complete.sum(axis=1)
    pieces = []
    for item in complete:
        rest = total - complete[item]
        if rest.min() == rest.max():
            return pd.DataFrame(columns=columns), Trouble("nobody_differs", (str(item),))
        group = pd.qcut(rest, classes, labels=False, duplicates="drop")
        answers = pd.DataFrame({"class": group + 1, "rest": rest, "answer": complete[item]})
        by_class = answers.groupby("class")
        piece = by_class.agg(
            n=("answer", "count"), rest=("rest", "mean"), mean=("answer", "mean"), se=("answer", "sem")
        )
        pieces.append(piece.reset_index().assign(item=str(item)))
    return pd.concat(pieces, ignore_index=True)[columns], None
