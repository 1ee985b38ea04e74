"""The county's shares as they would be if its respondents were its staff: what a report reads of weighting.

It goes with the opinion survey's release as ``weighted.csv``; `wellbeing.opinion_statistics.weighting` makes it.
"""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass

from wellbeing.disclosure.release import Release, check_seal
from wellbeing.errors import InputError, Problem

FILE = "weighted.csv"
#: Whether there are weights, or why not: no file of margins; no margin of which every level is large enough; margins
#: that the respondents could not be brought to.
WEIGHTED, NO_MARGINS, NONE_USABLE, NOT_RAKED = "weighted", "no_margins", "none_usable", "not_raked"
STATES = (WEIGHTED, NO_MARGINS, NONE_USABLE, NOT_RAKED)
COLUMNS = ("unit", "measure", "low", "high", "finding", "state", "margins", "unused", "design_effect", "effective")
_BETWEEN = " "


@dataclass(frozen=True)
class Weighting:
    """How the county's respondents were weighted.

    ``margins`` were raked to, ``unused`` have a level too small for it. ``design_effect`` is Kish's; ``effective`` is
    how many respondents of equal weight they are worth, to the nearest five.
    """

    state: str
    margins: tuple[str, ...] = ()
    unused: tuple[str, ...] = ()
    design_effect: float | None = None
    effective: int | None = None

    def __post_init__(self) -> None:
        if self.state not in STATES:
            raise ValueError("not a state of weighting")


@dataclass(frozen=True)
class WeightedShare:
    """The range, 0 to 1, that a question's weighted share of the county lies in; None where nothing is told.

    ``finding``: weighting moves it by more than one standard error, whatever of the two ranges is true.
    """

    measure: str
    low: float | None = None
    high: float | None = None
    finding: bool = False


def weighted_bytes(weighting: Weighting, shares: Sequence[WeightedShare]) -> bytes:
    """Write the file that goes with a release; its first line tells of the weights alone."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    how = (
        weighting.state,
        _BETWEEN.join(weighting.margins),
        _BETWEEN.join(weighting.unused),
        "" if weighting.design_effect is None else f"{weighting.design_effect:.2f}",
        "" if weighting.effective is None else weighting.effective,
    )
    writer.writerow(["county", "", "", "", "", *how])
    for share in shares:
        ends = ["" if end is None else f"{end:.2f}" for end in (share.low, share.high)]
        writer.writerow(["county", share.measure, *ends, int(share.finding), *how])
    return out.getvalue().encode("utf-8")


def weighted_of(release: Release) -> tuple[Weighting, dict[str, WeightedShare]] | None:
    """Give a release's weighted shares by measure; None where nothing of them goes with it.

    Raises
    ------
    InputError
        If the file is none such.
    TypeError
        If it is no release.
    """
    content = check_seal(release).more.get(FILE)
    if content is None:
        return None
    try:
        rows = list(csv.reader(content.decode("utf-8").splitlines()))
        if tuple(rows[0]) != COLUMNS or any(len(row) != len(COLUMNS) for row in rows):
            raise ValueError
        lines = [dict(zip(COLUMNS, row, strict=True)) for row in rows[1:]]
        head = lines[0]
        weighting = Weighting(
            head["state"],
            tuple(head["margins"].split()),
            tuple(head["unused"].split()),
            float(head["design_effect"]) if head["design_effect"] else None,
            int(head["effective"]) if head["effective"] else None,
        )
        shares = [
            WeightedShare(
                line["measure"],
                float(line["low"]) if line["low"] else None,
                float(line["high"]) if line["high"] else None,
                line["finding"] == "1",
            )
            for line in lines[1:]
        ]
    except (ValueError, IndexError):
        raise InputError([Problem("release_file_changed", file=FILE)]) from None
    return weighting, {share.measure: share for share in shares}
