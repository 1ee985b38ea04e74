"""Write a plan down, then open data under it: the only way to a study."""

import hashlib
import io
import re
from pathlib import Path
from typing import TYPE_CHECKING

from wellbeing.analysis_plan import AnalysisPlan, PlanLog, note_deviation, note_opened, read_log, register_plan
from wellbeing.errors import UsageError
from wellbeing.wave_study.study import Study, school_column

if TYPE_CHECKING:
    import pandas as pd

#: What an unscorable score is in the kit's files (design, section 4).
UNSCORABLE = "unscorable"
#: The kit's names of waves: a year's autumn comes after its spring.
_TERM = re.compile(r"([12][0-9]{3})-(spring|autumn)")


def plan_study(folder: str | Path, lang: str | None = None, **plan: object) -> AnalysisPlan:
    """Write a plan of analysis down and store its hash, before any data are opened.

    Parameters
    ----------
    folder : str or Path
        The study's own folder, in the working zone.
    lang : str, optional
    **plan
        The fields of `AnalysisPlan`.
    """
    known = AnalysisPlan(**plan)  # type: ignore[arg-type]
    register_plan(known, Path(folder))
    return known


def open_study(data: str | Path, folder: str | Path, lang: str | None = None) -> Study:
    """Open data under the plan that stands in a folder.

    Parameters
    ----------
    data : str or Path
        A CSV file, one row per person and wave.
    folder : str or Path
    lang : str, optional
        ``zh`` or ``en``.

    Raises
    ------
    UsageError
        If no plan stands, or the file or one of its columns is not there.
    """
    log = read_log(Path(folder))
    if not log.events:
        raise UsageError("plan_missing")
    if not str(data):
        raise UsageError("study_no_data")
    path = Path(data)
    if not path.is_file():
        raise UsageError("study_no_file", name=path.name)
    content = path.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    log = note_opened(Path(folder), digest, content.count(b"\n"))
    return read_study(content, log, lang, path.name)


def deviate(folder: str | Path, reason: str) -> None:
    """Note in one's own words what was done otherwise than planned; it is listed at the study's end."""
    note_deviation(Path(folder), reason)


def read_study(content: bytes, log: PlanLog, lang: str | None = None, name: str = "") -> Study:
    """Lay out a data file for the plan of a log.

    Raises
    ------
    UsageError
        If a column that the plan names is not there, the outcome is no number, or no row is left.
    """
    import pandas as pd

    plan = log.current
    raw = pd.read_csv(io.BytesIO(content), dtype=str, keep_default_na=False, na_values=["", "NA"], encoding="utf-8-sig")
    needed = [plan.outcome, plan.wave, plan.person, plan.link, *plan.school, *plan.covariates, *plan.items]
    needed = [column for column in dict.fromkeys(needed) if column]
    for column in needed:
        if column not in raw.columns:
            raise UsageError("research_no_column", column=column)
    if raw.empty:
        raise UsageError("study_empty", name=name)
    rows = raw[needed].copy()
    unscorable = int(rows[plan.outcome].eq(UNSCORABLE).sum())
    for column in (plan.outcome, *plan.items):
        try:
            rows[column] = pd.to_numeric(rows[column].mask(rows[column].eq(UNSCORABLE)))
        except ValueError:
            raise UsageError("research_not_a_number", column=column) from None
    for column in plan.covariates:
        as_number = pd.to_numeric(rows[column], errors="coerce")
        if as_number.notna().equals(rows[column].notna()):
            rows[column] = as_number
    if len(plan.school) > 1:
        together = rows[plan.school[0]]
        for column in plan.school[1:]:
            together = together + "/" + rows[column]
        rows[school_column(plan)] = together
    waves: tuple[str, ...] = ()
    if plan.wave:
        rows, waves = _steps(rows, plan.wave)
    return Study(plan, log, rows, waves, hashlib.sha256(content).hexdigest(), unscorable, lang)


def _steps(rows: "pd.DataFrame", wave: str) -> tuple["pd.DataFrame", tuple[str, ...]]:
    """Number the waves from 0: by their own distances where they are numbers, else by year and term, else by name."""
    import pandas as pd

    names = rows[wave].dropna().unique()
    numbers = pd.to_numeric(pd.Series(names), errors="coerce")
    if numbers.notna().all():
        order = [name for _, name in sorted(zip(numbers, names, strict=True))]
        steps = {name: float(name) - float(order[0]) for name in order}
    else:
        terms = [_TERM.fullmatch(name) for name in names]
        dated = {t.group(): (t.group(1), t.group(2) == "autumn") for t in terms if t}
        order = sorted(names, key=dated.__getitem__ if all(terms) else None)
        steps = {name: float(place) for place, name in enumerate(order)}
    return rows.assign(**{wave: rows[wave].map(steps)}), tuple(str(name) for name in order)
