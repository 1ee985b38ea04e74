"""Answers as a frame, and as the bytes of a file that gives the same frame again."""

import io
from typing import TYPE_CHECKING, Any

from wellbeing.surveys import Survey

if TYPE_CHECKING:
    import pandas as pd


def frame_of(columns: dict[str, list[Any]], survey: Survey, rows: list[int] | None = None) -> "pd.DataFrame":
    """Build a frame of answers as `Responses` describes it; columns not given are missing for everybody.

    Parameters
    ----------
    columns : dict of list
        Column name to values, None where missing.
    survey : Survey
    rows : list of int, optional
        Rows of the source file, for the index.
    """
    import pandas as pd

    length = len(next(iter(columns.values()), ()))
    numbers = _number_columns(survey)
    index = pd.RangeIndex(length) if rows is None else pd.Index(rows, name="row", dtype="int64")
    return pd.DataFrame(
        {
            name: pd.Series(columns.get(name) or [None] * length, index, "float64" if name in numbers else "str")
            for name in survey.columns
        },
        index=index,
    )


def _number_columns(survey: Survey) -> set[str]:
    typed = {question.id for question in survey.own_questions if question.kind == "number"}
    return {item.column for item in survey.items} | {"seconds"} | typed


def uncoded_again(answers: "pd.DataFrame", there: "pd.DataFrame") -> list[int]:
    """Find the rows without a code that stand in another file too, sent in the same second of the same day."""

    def rows(of: "pd.DataFrame") -> "pd.DataFrame":
        timed = of["submitted"].notna() & ~of["submitted"].str.endswith("T00:00:00").fillna(True).astype(bool)
        uncoded = of[of["code"].isna() & timed].astype(object)
        return uncoded.where(uncoded.notna(), None)

    known = set(rows(there).itertuples(index=False, name=None))
    return [int(row[0]) for row in rows(answers).itertuples(name=None) if row[1:] in known]


def answer_bytes(answers: "pd.DataFrame", survey: Survey) -> bytes:
    """Write answers down as they are kept: columns of the survey, whole numbers without a point."""
    numbers = _number_columns(survey)
    out = answers[list(survey.columns)].copy()
    # Codes without ".0", but a fractional code of a definition (none today) would stay as it is.
    whole = [c for c in numbers if (out[c].dropna() % 1 == 0).all()]
    out = out.astype(dict.fromkeys(whole, "Int64"))
    text: str = out.to_csv(index=False, lineterminator="\n")
    return text.encode("utf-8")


def read_stored(content: bytes, survey: Survey) -> "pd.DataFrame":
    """Read what `answer_bytes` wrote, with the types that `Responses` promises."""
    import pandas as pd

    kinds = typed(survey)
    # Only the empty cell is missing: a code may read "NULL" or "NA12".
    answers = pd.read_csv(io.BytesIO(content), dtype=kinds, encoding="utf-8", keep_default_na=False, na_values=[""])
    return answers.reindex(columns=list(survey.columns)).astype(kinds)


def typed(survey: Survey) -> dict[str, str]:
    """Give each column's type, as `Responses` promises it."""
    numbers = _number_columns(survey)
    return {name: "float64" if name in numbers else "str" for name in survey.columns}
