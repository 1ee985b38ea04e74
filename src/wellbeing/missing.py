"""Why there is no answer: the five kinds, as a frame beside the answers and as a file beside theirs.

Not asked: the form did not show the question. Not answered: it was shown and left blank. Refused: the person chose not
to say. Not applicable: the person said that it does not concern them. Unreadable: there is something that nobody can
read. None of them is an answer, and none is zero.
"""

import io
from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal, get_args

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

MissingKind = Literal["not_asked", "not_answered", "refused", "not_applicable", "unreadable"]
MISSING_KINDS: tuple[str, ...] = get_args(MissingKind)
NOT_ASKED, NOT_ANSWERED, REFUSED, NOT_APPLICABLE, UNREADABLE = MISSING_KINDS


def kinds_frame(places: "Mapping[str, NDArray[np.int8]]", index: "pd.Index[int]") -> "pd.DataFrame":
    """Build the frame from places in `MISSING_KINDS`, -1 where there is an answer.

    Returns
    -------
    DataFrame, index `index`
        Categories `MISSING_KINDS`, NaN where there is an answer.
    """
    import pandas as pd

    kind = pd.CategoricalDtype(list(MISSING_KINDS))
    return pd.DataFrame(
        {name: pd.Categorical.from_codes(codes, dtype=kind) for name, codes in places.items()}, index=index
    )


def kinds_of(answers: "pd.DataFrame") -> "pd.DataFrame":
    """Give the frame for answers of which nothing more is known: whatever is missing was not answered."""
    import numpy as np
    import pandas as pd

    blank = answers.isna().to_numpy()
    place = np.int8(MISSING_KINDS.index(NOT_ANSWERED))
    places = {name: np.where(blank[:, at], place, np.int8(-1)) for at, name in enumerate(map(str, answers))}
    return kinds_frame(places, pd.Index(answers.index))


def kinds_bytes(kinds: "pd.DataFrame") -> bytes:
    """Write down what is not simply not answered: a line each with the row (from 0), the column and the kind."""
    import numpy as np

    lines = ["row,column,kind"]
    usual = MISSING_KINDS.index(NOT_ANSWERED)
    for name in kinds:
        codes = kinds[name].cat.codes.to_numpy()
        for row in np.flatnonzero((codes >= 0) & (codes != usual)):
            lines.append(f"{row},{name},{MISSING_KINDS[codes[row]]}")
    return ("\n".join(lines) + "\n").encode("utf-8")


def read_kinds(content: bytes, answers: "pd.DataFrame") -> "pd.DataFrame":
    """Read what `kinds_bytes` wrote, for the answers that it belongs to.

    A line about a cell that holds an answer, or about a column that there is not, says nothing.
    """
    import numpy as np
    import pandas as pd

    lines = pd.read_csv(io.BytesIO(content), dtype={"row": "int64", "column": "str", "kind": "str"})
    blank = answers.isna().to_numpy()
    places = np.where(blank, np.int8(MISSING_KINDS.index(NOT_ANSWERED)), np.int8(-1))
    columns = {name: at for at, name in enumerate(map(str, answers))}
    known = lines[
        lines["column"].isin(list(columns))
        & lines["kind"].isin(MISSING_KINDS)
        & lines["row"].between(0, len(answers) - 1)
    ]
    rows, at = known["row"].to_numpy(), known["column"].map(columns).to_numpy(dtype=np.intp)
    kind = known["kind"].map({kind: place for place, kind in enumerate(MISSING_KINDS)}).to_numpy(dtype=np.int8)
    # -1 stays where there is an answer.
    places[rows, at] = np.where(places[rows, at] < 0, np.int8(-1), kind)
    return kinds_frame({name: places[:, at] for name, at in columns.items()}, pd.Index(answers.index))
