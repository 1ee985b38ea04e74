"""What goes with a release must say no more than it does: the ledger's ranges of shares of a unit's people.

A range of shares that leaves fewer counts of people than a class is a figure that was never cleared, whatever it was
worked out from.
"""

import csv
import io
from collections.abc import Iterator
from fractions import Fraction
from math import floor

from wellbeing.attack.findings import Leak
from wellbeing.attack.known import respondents
from wellbeing.attack.told import ALL, Told

#: The files that go with an opinion survey's release: the ledger, what staff say of each question, what they write of,
#: and the county's shares as weighted to its staff.
NAME, QUESTIONS, THEMES, WEIGHTED = "ledger.csv", "questions.csv", "themes.csv", "weighted.csv"
BESIDE = (NAME, QUESTIONS, THEMES, WEIGHTED)
#: Where a range is worked out from what people answered.
_ANSWERS = {"survey", "pair"}


def ledger_leaks(told: Told) -> Iterator[Leak]:
    """Find ranges of shares beside a release that leave fewer counts than a class, and units that may not report.

    Of how many people a share is, is not told: as many as can have answered leave the most counts.
    """
    width = int(told.number("class_width", 5))
    for row in [line for name in BESIDE for line in lines_of(told, name)]:
        unit = told.unit(row.get("unit") or "")
        ends = [_share(row.get(name) or "") for name in ("low", "high")]
        if row.get("source", "survey") not in _ANSWERS or ends[0] is None or ends[1] is None:
            continue
        n = respondents(told, unit)[1] if unit is not None and unit.respondents is not None else 0
        left = floor((ends[1] - ends[0]) * n) + 1
        if left < width:
            names = (row.get("row"), row.get("theme") or row.get("measure") or row.get("item"))
            what = " ".join(name for name in names if name)
            yield Leak(told.name, row.get("unit") or "", ALL, what, "ledger", left)


def lines_of(told: Told, name: str) -> Iterator[dict[str, str]]:
    """Read a file that goes with a release, line by line; nothing where there is none."""
    path = told.folder / name
    if path.is_file():
        yield from csv.DictReader(io.StringIO(path.read_bytes().decode("utf-8-sig", "replace"), newline=""))


def _share(text: str) -> Fraction | None:
    try:
        return Fraction(text)
    except (ValueError, ZeroDivisionError):  # nothing is told there
        return None
