"""How closely each question goes together with how content people are with their work: of the county alone (R14).

Nobody is asked how much a measure counts, so this stands for it. It goes with the opinion survey's release as
``importance.csv``.
"""

import csv
import io
from collections.abc import Mapping
from typing import TYPE_CHECKING

from wellbeing.disclosure.release import Release, check_seal
from wellbeing.errors import InputError, Problem
from wellbeing.opinion_statistics.differences import Share
from wellbeing.opinion_statistics.priorities import association

if TYPE_CHECKING:
    import pandas as pd

FILE = "importance.csv"
#: The validated scale that stands for contentment with work; higher is better.
OUTCOME = "copsoq3_core_job_satisfaction"
#: Of fewer people no association is told.
LEAST_PAIRS = 200
_COLUMNS = ("measure", "importance", "from", "to")


def importance_bytes(columns: "pd.DataFrame", scores: "pd.DataFrame") -> bytes:
    """Write the association of every measure with `OUTCOME` over the county, to two digits.

    Parameters
    ----------
    columns : DataFrame, one row per respondent who agrees to statistics
        A column for each measure of the survey's own questions: 1 who is a case, 0 who is not, NaN who is in neither.
    scores : DataFrame, index of `columns`
        Without the column of the outcome, where the survey does not ask it, the file holds no line.

    References
    ----------
    The kit's notes on statistics, section 7.2; privacy rule R14: county-wide, 50 people or more, two digits.
    """
    import pandas as pd

    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(_COLUMNS)
    if OUTCOME in scores:
        # As it is written to a file, an unscorable score is a word.
        both = columns.assign(**{OUTCOME: pd.to_numeric(scores[OUTCOME], errors="coerce").astype("float64")})
        known = both[OUTCOME].notna()
        asked = [str(name) for name in columns if int((columns[name].notna() & known).sum()) >= LEAST_PAIRS]
        for measure, share in association(both, OUTCOME, asked).items():
            writer.writerow([measure, *(f"{end:.2f}" for end in (share.value, share.low, share.high))])
    return out.getvalue().encode("utf-8")


def importance_of(release: Release) -> Mapping[str, Share]:
    """Give the association of each measure; of a release without any nothing.

    Raises
    ------
    InputError
        If the file is none such.
    TypeError
        If it is no release.
    """
    content = check_seal(release).more.get(FILE)
    if content is None:
        return {}
    try:
        rows = list(csv.reader(content.decode("utf-8").splitlines()))
        if tuple(rows[0]) != _COLUMNS:
            raise ValueError
        return {measure: Share(*map(float, ends)) for measure, *ends in rows[1:]}
    except (ValueError, IndexError, TypeError):
        raise InputError([Problem("release_file_changed", file=FILE)]) from None
