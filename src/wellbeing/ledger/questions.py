"""What staff say of each own question, unit by unit: its range, and whether it is better or worse than is usual.

It goes with the opinion survey's release as ``questions.csv`` and is worked out from released classes alone
(`wellbeing.ledger.compare`); whoever draws reads it here.
"""

import io
from typing import TYPE_CHECKING

from wellbeing.disclosure.release import Release, check_seal
from wellbeing.errors import InputError, Problem

if TYPE_CHECKING:
    import pandas as pd

FILE = "questions.csv"
#: One line per unit and measure of the survey's own questions.
COLUMNS = (
    "unit", "measure", "row", "item", "good", "low", "high", "typical", "better", "worse", "need", "need_low",
    "need_high", "gap", "verdict", "change",
)  # fmt: skip
#: Words of ``verdict``; empty where nothing is told, or where a question is neither good nor bad.
BETTER, WORSE, UNCLEAR = "better", "worse", "unclear"
#: Words of ``change``; empty where there is nothing to compare with.
HIGHER, LOWER, NO_CLEAR_CHANGE = "higher", "lower", "no_clear_change"
NUMBERS = ("good", "low", "high", "typical", "better", "worse", "need", "need_low", "need_high", "gap")


def questions_of(release: Release) -> "pd.DataFrame | None":
    """Give what a release says of its own questions; None where that does not go with it.

    Returns
    -------
    DataFrame
        Columns `COLUMNS`. ``row`` is the measure that the question belongs to, ``item`` the evidence that it is part
        of. ``good``: 1 where more is better, -1 where less is, 0 where it is neither. ``low``, ``high``: the range of
        shares, 0 to 1, that stays possible. ``typical``: what is usual in a school of this county, after pooling.
        ``better``, ``worse``: the probability that the unit lies beyond that by more than the flags' margin. ``need``:
        the pooled share that does not speak for the school, ``need_low`` and ``need_high`` its 95 % interval; ``gap``:
        how much larger it is than usual. ``verdict``: `BETTER` or `WORSE` where that is as sure as a state of the
        ledger has to be, else `UNCLEAR`. ``change`` since the last wave: `HIGHER`, `LOWER` or `NO_CLEAR_CHANGE` of the
        share. NaN and "" where there is none.

    Raises
    ------
    InputError
        If the file is none such.
    TypeError
        If it is no release.
    """
    import pandas as pd

    content = check_seal(release).more.get(FILE)
    if content is None:
        return None
    kinds = {name: "float64" if name in NUMBERS else "str" for name in COLUMNS}
    blank = {name: [""] for name in NUMBERS}
    try:
        found = pd.read_csv(io.BytesIO(content), encoding="utf-8", dtype=kinds, keep_default_na=False, na_values=blank)
    except (ValueError, KeyError):
        raise InputError([Problem("release_file_changed", file=FILE)]) from None
    if tuple(found.columns) != COLUMNS:
        raise InputError([Problem("release_file_changed", file=FILE)])
    return found
