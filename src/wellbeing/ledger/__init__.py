"""The ledger of measures: for every reporting unit and row of the notice a state, and what it is told from.

It goes with the opinion survey's release as ``ledger.csv``, so that signature and digest cover it; beside it lies what
its rows are called, for whoever draws has the release and nothing else. What is in it comes
from released classes and intervals, from records whose counts of persons are classes, and from what is no person's.
`wellbeing.ledger.build` makes it; whoever draws reads it here.
"""

import io
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from wellbeing.disclosure.release import Release, check_seal, read_release
from wellbeing.errors import InputError, Problem
from wellbeing.texts import say

if TYPE_CHECKING:
    import pandas as pd

#: The files' names beside the release's others: the states, what rows and evidence are called, the kit's own burden,
#: and what of it nobody need be asked again.
FILE, ROWS_FILE, BURDEN_FILE, TWICE_FILE = "ledger.csv", "rows.csv", "burden.csv", "twice.csv"
MET, NOT_MET, CANNOT_TELL, NOT_ASKED = "met", "not_met", "cannot_tell", "not_asked"
STATES = (MET, NOT_MET, CANNOT_TELL, NOT_ASKED)
#: Of an evidence that decides nothing.
SHOWN = "shown"
COLUMNS = (
    "unit", "row", "item", "source", "state", "value", "low", "high", "probability", "contradiction", "better",
    "before",
)  # fmt: skip
SOURCES = ("row", "record", "survey", "release", "pair", "derived")
#: One line per row (``item`` empty) and evidence: what it is called, in each language what it obliges and the figure to
#: hold it to (of rows), and the finest kind of unit that is told of it.
ROW_COLUMNS = (
    "row", "item", "name_zh", "name_en", "obliges_zh", "obliges_en", "figure_zh", "figure_en", "told",
)  # fmt: skip
#: One line per role and form: `wellbeing.ledger.burden.Burden.asked`.
BURDEN_COLUMNS = ("role", "form", "times", "questions", "minutes")
#: One line per question that is asked in two places or could be filled in beforehand: `Burden.needless`.
TWICE_COLUMNS = ("text_zh", "text_en", "places", "prefilled")
_TEXTS = ("unit", "row", "item", "source", "state", "value", "before")


@dataclass(frozen=True, eq=False)
class Ledger:
    """The states of all rows, with their evidence.

    Attributes
    ----------
    lines : DataFrame
        Columns `COLUMNS`, one line per unit and row (``item`` empty, ``source`` ``row``) and one for each thing that
        the row's state is told from (``item`` is the evidence's id).

        ``state``: `STATES`, and `SHOWN` of evidence that decides nothing. ``value``: a day, a number of schools as
        ``2/3``, the id of a question, or of a forecast its state. ``low``, ``high``: the range that stays possible, of
        a share 0 to 1, else in the evidence's own unit. ``probability``: that the share lies where it must; of a pair
        the share of staff that the record claims. ``contradiction``: that record and answers contradict each other, of
        a row the largest of its pairs. ``better``: that the unit is better than the county's typical level by more than
        the margin. ``before``: the row's state in the last wave. NaN and "" where there is none.
    """

    lines: "pd.DataFrame"

    def __post_init__(self) -> None:
        if tuple(self.lines.columns) != COLUMNS:
            raise ValueError("not the columns of a ledger")
        rows = self.lines["source"].eq("row")
        allowed = self.lines["state"].isin(STATES) | (~rows & self.lines["state"].eq(SHOWN))
        if not allowed.all() or not self.lines["source"].isin(SOURCES).all():
            raise ValueError("a ledger has other states than these: " + ", ".join(STATES))
        if self.lines.duplicated(["unit", "row", "item"]).any():
            raise ValueError("a ledger says something twice")

    @property
    def states(self) -> "pd.DataFrame":
        """One line per unit and row: the state, without its evidence."""
        return self.lines[self.lines["source"].eq("row")].reset_index(drop=True)

    def state(self, unit: str, row: str) -> str:
        """Give the state of one row of one unit; KeyError if there is none."""
        of_unit = self.lines[self.lines["unit"].eq(unit) & self.lines["row"].eq(row) & self.lines["source"].eq("row")]
        if of_unit.empty:
            raise KeyError((unit, row))
        return str(of_unit["state"].iloc[0])

    def evidence(self, unit: str, row: str) -> "pd.DataFrame":
        """Give what a row's state is told from, in the order of ``surveys/measures.yaml``."""
        found = self.lines["unit"].eq(unit) & self.lines["row"].eq(row) & self.lines["source"].ne("row")
        return self.lines[found].reset_index(drop=True)

    def pairs(self) -> "pd.DataFrame":
        """Word against deed: every pair of a record and a question, with its probability of contradiction."""
        return self.lines[self.lines["source"].eq("pair")].reset_index(drop=True)

    def to_bytes(self) -> bytes:
        """Write it as the released file; the same bytes for the same ledger."""
        out = self.lines.copy()
        for name in COLUMNS:
            if name not in _TEXTS:
                out[name] = ["" if value != value else f"{float(value):.10g}" for value in out[name]]
        text: str = out.to_csv(index=False, lineterminator="\n")
        return text.encode("utf-8")


def ledger_of(release: Release) -> Ledger | None:
    """Give the ledger that goes with a release; None where none does.

    Raises
    ------
    InputError
        If the file is no ledger.
    TypeError
        If it is no release.
    """
    content = check_seal(release).more.get(FILE)
    return None if content is None else _read(content)


def rows_of(release: Release) -> "pd.DataFrame | None":
    """Give what the ledger's rows and evidence are called, columns `ROW_COLUMNS`; None where no ledger goes with it."""
    return _table(check_seal(release).more.get(ROWS_FILE), ROWS_FILE, ROW_COLUMNS)


def burden_of(release: Release) -> "pd.DataFrame | None":
    """Give what the kit asked of everybody in the year, columns `BURDEN_COLUMNS`; None where no ledger goes with it."""
    found = _table(check_seal(release).more.get(BURDEN_FILE), BURDEN_FILE, BURDEN_COLUMNS)
    return None if found is None else found.astype({"times": "int64", "questions": "int64", "minutes": "float64"})


def twice_of(release: Release) -> "pd.DataFrame | None":
    """Give what the kit asks twice, or need not ask, columns `TWICE_COLUMNS`; None where it does not go with it."""
    found = _table(check_seal(release).more.get(TWICE_FILE), TWICE_FILE, TWICE_COLUMNS)
    return None if found is None else found.assign(prefilled=found["prefilled"].eq("1"))


def state_name(state: str, lang: str) -> str:
    """Name a ledger state for a reader."""
    return say(f"ledger.state_{state}", lang)


def _table(content: bytes | None, name: str, columns: tuple[str, ...]) -> "pd.DataFrame | None":
    import pandas as pd

    if content is None:
        return None
    try:
        found = pd.read_csv(io.BytesIO(content), encoding="utf-8", dtype="str", keep_default_na=False)
    except (ValueError, KeyError):
        raise InputError([Problem("release_file_changed", file=name)]) from None
    if tuple(found.columns) != columns:
        raise InputError([Problem("release_file_changed", file=name)])
    return found


def read_ledger(folder: Path) -> Ledger:
    """Read the ledger of a released folder; `wellbeing.disclosure.release.read_release` checks every digest.

    Raises
    ------
    InputError
        If the folder holds none, or release or ledger are not as they were written.
    """
    ledger = ledger_of(read_release(folder))
    if ledger is None:
        raise InputError([Problem("release_file_missing", file=FILE)])
    return ledger


def _read(content: bytes) -> Ledger:
    import pandas as pd

    kinds = {name: "str" if name in _TEXTS else "float64" for name in COLUMNS}
    try:
        numbers = {name: [""] for name in COLUMNS if name not in _TEXTS}
        lines = pd.read_csv(
            io.BytesIO(content), encoding="utf-8", dtype=kinds, keep_default_na=False, na_values=numbers
        )
        return Ledger(lines)
    except (ValueError, KeyError):
        raise InputError([Problem("release_file_changed", file=FILE)]) from None
