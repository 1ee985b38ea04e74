"""Releases written by hand, as files, each of which tells too much in one way; the kit's own type refuses to."""

import csv
import json
from collections.abc import Iterable, Mapping
from pathlib import Path

UNITS = ("unit", "level", "name_zh", "name_en", "kind", "town", "schools", "compare", "respondents", "response")
CELLS = ("unit", "group", "measure", "low", "high", "side", "mean_low", "mean_high", "sd")
POLICY = {
    "class_width": 5,
    "min_respondents": 20,
    "subgroup_min": 20,
    "mean_values": 5,
    "sd_step": 0.5,
    "response_step": 5,
    "group_max_share": 0.6,
    "min_response": 0.5,
}
PHQ9 = {
    "measure": "phq9_total",
    "instrument": "phq9",
    "scale": "total",
    "use": "attention",
    "acronym": "PHQ-9",
    "name_zh": "抑郁",
    "name_en": "Depression",
    "bands_zh": "中度、中重度、重度",
    "bands_en": "Moderate, Moderately severe, Severe",
    "range_low": "0.0",
    "range_high": "27.0",
    "higher_is": "worse",
}
SEVERE = PHQ9 | {"measure": "phq9_total_severe", "use": "severe", "bands_zh": "重度", "bands_en": "Severe"}
MODERATE = PHQ9 | {"measure": "phq9_total_moderate", "use": "band", "bands_zh": "中度", "bands_en": "Moderate"}
GAD7 = PHQ9 | {
    "measure": "gad7_total",
    "instrument": "gad7",
    "acronym": "GAD-7",
    "bands_zh": "中度、重度",
    "bands_en": "Moderate, Severe",
    "range_high": "21.0",
}

#: Four schools with reports, one without, and the county: names, staff, respondents as told.
SCHOOLS: dict[str, tuple[int, str]] = {"S1": (60, "45"), "S2": (60, "45"), "S3": (60, "45"), "S4": (60, "45")}


def few(unit: str, low: int, **more: str) -> dict[str, str]:
    """A class of five on the side of the cases."""
    return {"unit": unit, "low": str(low), "high": str(low + 4), "side": "few", **more}


def count(unit: str, cases: int, n: int | None = None, **more: str) -> dict[str, str]:
    """A count told exactly."""
    return {"unit": unit, "count": str(cases), **({} if n is None else {"n": str(n)}), **more}


def withheld(unit: str, **more: str) -> dict[str, str]:
    return {"unit": unit, "side": "withheld", **more}


def unit(
    id: str, level: str = "school", schools: str = "", respondents: str = "45", compare: str = "county"
) -> dict[str, str]:
    return {
        "unit": id,
        "level": level,
        "schools": schools or id,
        "respondents": respondents,
        "response": "75",
        "compare": compare,
    }


def county(*schools: str, respondents: str = "180") -> dict[str, str]:
    return unit("county", "county", " ".join(schools), respondents, "") | {"response": "-"}


def write(
    folder: Path,
    units: Iterable[Mapping[str, str]],
    cells: Iterable[Mapping[str, str]],
    measures: Iterable[Mapping[str, str]] = (PHQ9,),
    staff: Mapping[str, int] | None = None,
    wave: str = "2026-autumn",
) -> Path:
    """Write a release's files; a cell is of everybody and of PHQ-9 unless it says otherwise."""
    folder.mkdir(parents=True)
    rows = [{"group": "all", "measure": "phq9_total"} | dict(cell) for cell in cells]
    named = list(units)
    schools = {school for row in named for school in row["schools"].split()}
    for name, table in (
        ("units.csv", named),
        ("cells.csv", rows),
        ("measures.csv", list(measures)),
        ("roster.csv", [{"school_id": s, "staff": str((staff or {}).get(s, 60))} for s in sorted(schools)]),
    ):
        first = {"units.csv": UNITS, "cells.csv": CELLS}.get(name, ())
        columns = list(dict.fromkeys((*first, *(column for row in table for column in row))))
        with (folder / name).open("w", encoding="utf-8", newline="") as file:
            out = csv.DictWriter(file, columns, restval="-")
            out.writeheader()
            out.writerows(table)
    (folder / "policy.json").write_text(json.dumps(POLICY), encoding="utf-8")
    head = {"schema": 1, "survey": "screening", "wave": wave, "frozen": "2026-11-20", "county": {"name_zh": "某县"}}
    (folder / "release.json").write_text(json.dumps(head), encoding="utf-8")
    return folder
