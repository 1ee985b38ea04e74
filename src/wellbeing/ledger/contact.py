"""Days from the screening's answers to the first contact, of the whole county, as the counsellor exports them.

``wellbeing followup export --out`` writes classes of counts of all schools together and nothing per person; the file is
put into ``data/contact-<wave>.csv``. Nothing else of the register ever reaches the ledger.
"""

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from wellbeing.errors import InputError, Problem

_CLASS = re.compile(r"(\d+)-(\d+)")
_WITHIN = re.compile(r"within_(\d+)")


@dataclass(frozen=True)
class ContactTimes:
    """Classes of counts by days to the first contact; none where the counsellor's export withholds them.

    ``within``: the last day of each class to the fewest and the most people in it, each person in one class;
    ``others``: who was met with later, and who not yet.
    """

    within: Mapping[int, tuple[int, int]]
    others: Sequence[tuple[int, int]]

    def share(self, days: int) -> tuple[float, float] | None:
        """Give the smallest and the largest share that may have been met with within so many days; None if withheld."""
        early = [told for last, told in self.within.items() if last <= days]
        late = [*(told for last, told in self.within.items() if last > days), *self.others]
        if not early or not sum(high for _, high in early + late):
            return None
        least, most = sum(low for low, _ in early), sum(high for _, high in early)
        rest_least, rest_most = sum(low for low, _ in late), sum(high for _, high in late)
        return least / max(least + rest_most, 1), most / max(most + rest_least, 1)


def read_contact_times(path: Path) -> ContactTimes:
    """Read what ``wellbeing followup export`` wrote.

    Raises
    ------
    InputError
        If it is no such file.
    """
    try:
        rows = list(csv.reader(io.StringIO(path.read_bytes().decode("utf-8-sig"), newline="")))
    except (OSError, UnicodeDecodeError, csv.Error):
        raise InputError([Problem("contact_broken", path.name)]) from None
    told = {row[0]: row[1] for row in rows[1:] if len(row) == 2}
    if not rows or rows[0] != ["what", "class"] or not {"later", "not_yet"} <= told.keys():
        raise InputError([Problem("contact_broken", path.name)])
    within: dict[int, tuple[int, int]] = {}
    others: list[tuple[int, int]] = []
    problems = []
    for number, (what, shown) in enumerate(told.items(), 2):
        days, found = _WITHIN.fullmatch(what), _CLASS.fullmatch(shown)
        if shown != "-" and found is None:
            problems.append(Problem("contact_broken", path.name, number))
        elif found is not None and (days or what in ("later", "not_yet")):
            low, high = int(found[1]), int(found[2])
            if days:
                within[int(days[1])] = low, high
            else:
                others.append((low, high))
    if problems:
        raise InputError(problems)
    return ContactTimes(within, tuple(others))
