"""Made-up yearly record sheets to go with the made-up opinion survey: by profile they say what was done, or not."""

from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path

from wellbeing.measures import STAFF, Field, Measures
from wellbeing.surveys import Roster
from wellbeing.synthetic.opinion import PlantedRows
from wellbeing.workspace import Workspace

#: What a profile's sheet claims: much, little, or what is usual.
_CLAIMS = {"met": "good", "contradiction": "good", "too_few": "good", "not_met": "bad", "ordinary": "usual"}
#: Of those a measure is meant for, how many it reached.
_REACHED = {"good": 0.97, "bad": 0.15, "usual": 0.85}
#: Numbers of persons that say how many a measure is meant for, as shares of the staff, one at least.
_MEANT_FOR = {
    "congress_members": 0.4,
    "party_members": 0.3,
    "middle_managers": 0.12,
    "ceremony_entitled": 0.15,
    "new_teachers": 0.2,
    "visits_planned": 0.2,
    "help_applied": 0.1,
}
#: Numbers of persons where fewer is better, as shares of the staff.
_FEWER_IS_BETTER = {"seconded": {"good": 0.0, "bad": 0.1, "usual": 0.0}}
#: Events, hours, months and yuan.
_NUMBERS: dict[str, dict[str, float]] = {
    "pay_months_late": {"good": 0, "bad": 4, "usual": 0},
    "pay_average": {"good": 99000, "bad": 61000, "usual": 92000},
    "training_hours": {"good": 90, "bad": 12, "usual": 72},
    "sessions_offered": {"good": 40, "bad": 0, "usual": 20},
    "waiting_days": {"good": 2, "bad": 30, "usual": 6},
    "inspections": {"good": 6, "bad": 24, "usual": 8},
    "inspections_listed": {"good": 6, "bad": 5, "usual": 8},
    "entries": {"good": 3, "bad": 14, "usual": 4},
    "entries_listed": {"good": 3, "bad": 2, "usual": 4},
    "forms": {"good": 30, "bad": 180, "usual": 60},
    "forms_twice": {"good": 0, "bad": 50, "usual": 0},
    "seconded_months": {"good": 0, "bad": 36, "usual": 0},
}
#: In the sheet's own words.
_NOT_HELD, _YES, _NO, _NOT_HERE = "无", "是", "否", "不适用"


def make_records(
    workspace: Workspace, roster: Roster, planted: PlantedRows, measures: Measures, year: str
) -> dict[str, Path]:
    """Write every school's record sheet but that of ``planted.without_record``, as ``exports/records/<school>.xlsx``.

    Parameters
    ----------
    workspace : Workspace
    roster : Roster
    planted : PlantedRows
    measures : Measures
    year : str
        The school year, ``2026-2027``.

    Returns
    -------
    dict of school_id to Path
    """
    from wellbeing.whole_files import write_whole
    from wellbeing.worksheets.records import record_sheet

    written = {}
    for school in map(str, roster.schools.index):
        if school == planted.without_record:
            continue
        values = record_values(measures, roster, school, planted.schools[school], year)
        path = workspace.root / "exports" / "records" / f"{school}.xlsx"
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, record_sheet(measures, roster, year, "zh", school, values))
        written[school] = path
    return written


def record_values(measures: Measures, roster: Roster, school: str, profile: str, year: str) -> dict[str, str]:
    """Give what one school of a profile writes into each cell of its sheet.

    Returns
    -------
    dict of field id to text
        A field that this module knows nothing of is not there.
    """
    claim = _CLAIMS[profile]
    staff = int(roster.schools["staff"][school])
    counts: dict[str, int] = {STAFF: staff}
    values: dict[str, str] = {}
    days = iter(_days(measures, year))
    for field in measures.fields:
        value = _value(field, claim, counts, measures, year, next(days))
        if field.id == "allowance_as_listed" and not bool(roster.schools["rural"][school]):
            value = _NOT_HERE
        if value:
            values[field.id] = value
    return values


def _value(field: Field, claim: str, counts: dict[str, int], measures: Measures, year: str, day: date) -> str:
    if field.kind == "held":
        return _NOT_HELD if claim == "bad" else day.isoformat()
    if field.kind == "date":
        # The year is nearly over, so that a forecast to its end hardly differs from the count.
        return (measures.days(year)[1] - timedelta(days=60)).isoformat()
    if field.kind == "choice":
        return _NO if claim == "bad" else _YES
    if field.kind == "people":
        counts[field.id] = _people(field, claim, counts)
        return str(counts[field.id])
    if field.id not in _NUMBERS or (field.id == "waiting_days" and counts.get("sessions_offered") == 0):
        return ""
    counts[field.id] = round(_NUMBERS[field.id][claim])
    return str(counts[field.id])


def _people(field: Field, claim: str, counts: Mapping[str, int]) -> int:
    among = counts[field.of or STAFF]
    if field.id in _MEANT_FOR:
        return max(1, round(among * _MEANT_FOR[field.id]))
    if field.id in _FEWER_IS_BETTER:
        return round(among * _FEWER_IS_BETTER[field.id][claim])
    return round(among * _REACHED[claim])


def _days(measures: Measures, year: str) -> list[date]:
    """Give a school day for each field, within the term that its name says, else in autumn."""
    days = []
    for place, field in enumerate(measures.fields):
        term = "spring" if field.id.endswith("_spring") or field.id == "women_event" else "autumn"
        days.append(measures.term_days(year, term)[0] + timedelta(days=20 + place % 40))
    return days
