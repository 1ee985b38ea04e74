"""Who was asked what: a blank cell of a question that the form did not show is not asked, not left out."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from wellbeing.importers.exports import MISSING_KINDS, NOT_ANSWERED, NOT_ASKED
from wellbeing.surveys import Condition, Survey

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def mark_not_asked(
    columns: "Mapping[str, NDArray[np.object_]]", kinds: "dict[str, NDArray[np.int8]]", survey: Survey
) -> None:
    """Turn blanks of questions whose conditions did not hold from not answered into not asked, in place.

    Parameters
    ----------
    columns : mapping of array, shape (n_records,)
        Answers, None where missing.
    kinds : dict of array of int8, shape (n_records,)
        Places in `MISSING_KINDS`, -1 where there is an answer; changed.
    survey : Survey
        Whose `routing` says when a question is asked.
    """
    import numpy as np

    blank, not_asked = MISSING_KINDS.index(NOT_ANSWERED), MISSING_KINDS.index(NOT_ASKED)
    known: dict[tuple[Condition, ...], Any] = {}
    for name, conditions in survey.routing.items():
        if name not in kinds:
            continue
        if conditions not in known:
            known[conditions] = np.logical_or.reduce([_holds(each, columns) for each in conditions])
        unseen = (kinds[name] == blank) & ~known[conditions]
        kinds[name] = np.where(unseen, np.int8(not_asked), kinds[name])


def _holds(condition: Condition, columns: "Mapping[str, NDArray[np.object_]]") -> "NDArray[np.bool_]":
    import numpy as np

    given = [columns[name] for name in condition.columns if name in columns]
    length = len(next(iter(columns.values())))
    answered = [np.array([value is not None for value in values]) for values in given]
    # Where nothing is known the question was asked, to be on the safe side.
    nothing = ~np.logical_or.reduce(answered) if answered else np.ones(length, dtype=bool)
    if condition.at_least is not None:
        total = sum((np.array([value or 0.0 for value in values], dtype=float) for values in given), np.zeros(length))
        return nothing | (total >= condition.at_least)
    chosen = frozenset(condition.codes)
    hits = [np.array([bool(chosen & _codes(value)) for value in values]) for values in given]
    return nothing | np.logical_or.reduce(hits) if hits else nothing


def _codes(value: Any) -> set[str]:
    if value is None:
        return set()
    if isinstance(value, float):
        return {f"{value:g}"}
    return set(str(value).replace(">", ";").split(";"))
