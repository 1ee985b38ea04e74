"""Read what a release holds: a class as a range of shares, an interval as words, a unit's figures by measure.

A share is printed as the range of shares that its class leaves possible, so it holds the true share for every number
of respondents that rounds to the released one.
"""

from dataclasses import dataclass, field
from math import ceil, floor
from typing import TYPE_CHECKING, Any, cast
from weakref import WeakKeyDictionary, WeakSet

from wellbeing.disclosure.release import WITHHELD, Release, check_seal
from wellbeing.errors import UsageError
from wellbeing.texts import LANGUAGES, current_language, say

if TYPE_CHECKING:
    import pandas as pd

#: From so many respondents shares are rounded to 1 point, below to 5.
_FINE_FROM = 200
#: Numbers of respondents are released to the nearest 5: the true one is at most 2 away.
_ABOUT_OFF = 2

#: A range of shares as it is printed, in whole per cent; None where withheld.
Shares = tuple[int, int] | None


@dataclass(frozen=True)
class Figures:
    """The released figures of one reporting unit and one group, by measure.

    Attributes
    ----------
    unit : dict
        The unit's row of ``Release.units``.
    cells : dict of dict
        Measure to its row of ``Release.cells``.
    """

    unit: dict[str, Any]
    cells: dict[str, dict[str, Any]]

    def share(self, measure: str) -> tuple[float, float] | None:
        """Give the lowest and the highest share, 0 to 1, that stay possible; None where withheld."""
        cell, about = self.cells.get(measure), self.unit["respondents"]
        if cell is None or cell["side"] == "withheld" or not told(about):
            return None
        return share_bounds(int(cell["low"]), int(cell["high"]), str(cell["side"]), int(about))

    def mean(self, measure: str) -> tuple[float, float] | None:
        """Give the interval that holds the mean, in scale points; None where withheld."""
        cell = self.cells.get(measure)
        if cell is None or not told(cell["mean_low"]):
            return None
        return float(cell["mean_low"]), float(cell["mean_high"])

    def sd(self, measure: str) -> float | None:
        """Give the standard deviation in scale points; None where withheld, or 0 to the policy's step."""
        cell = self.cells.get(measure)
        return float(cell["sd"]) if cell is not None and told(cell["sd"]) and cell["sd"] > 0 else None

    @property
    def respondents(self) -> int:
        """The fewest respondents that round to the released number, where it is released."""
        return int(self.unit["respondents"]) - _ABOUT_OFF

    def share_range(self, measure: str) -> Shares:
        """Give the range of shares as it is printed, in whole per cent; None where withheld."""
        bounds = self.share(measure)
        return None if bounds is None else share_range(bounds, int(self.unit["respondents"]))

    def share_words(self, measure: str) -> str:
        """Write the range of shares, or the mark for withheld."""
        return per_cent(self.share_range(measure))

    def mean_words(self, measure: str) -> str:
        """Write the mean's interval, or the mark for withheld."""
        bounds = self.mean(measure)
        return WITHHELD if bounds is None else f"{bounds[0]:.1f}–{bounds[1]:.1f}"


def told(figure: float | None) -> bool:
    """Say whether a figure was released: a withheld one is NaN."""
    return figure is not None and figure == figure


def per_cent(shares: Shares) -> str:
    """Write a range of shares, or the mark for withheld."""
    return WITHHELD if shares is None else f"{shares[0]}%–{shares[1]}%"


def share_bounds(low: int, high: int, side: str, about: int) -> tuple[float, float]:
    """Turn a class of counts into the shares that stay possible (rule R5).

    Parameters
    ----------
    low, high : int
        Counts of the smaller side.
    side : str
        ``few``, ``many`` or ``untold``; where untold, only `low` is told, since `high` would tell n.
    about : int
        Respondents to the nearest 5, above 2.

    Returns
    -------
    tuple of float
        Lowest and highest share of the cases, 0 to 1. Holds the true one for every n that rounds to `about`.
    """
    least = low / (about + _ABOUT_OFF)
    most = 1 - least if side == "untold" else min(1.0, high / (about - _ABOUT_OFF))
    return (1 - most, 1 - least) if side == "many" else (least, most)


def share_range(bounds: tuple[float, float], about: int) -> tuple[int, int]:
    """Round a range of shares outwards, to 5 points below 200 respondents and to 1 point from there, in per cent."""
    step = 1 if about >= _FINE_FROM else 5
    # A share such as 0.2 is 20.000000000000004 per cent to a computer: not a reason to print 25.
    return floor(100 * bounds[0] / step + 1e-9) * step, min(100, ceil(100 * bounds[1] / step - 1e-9) * step)


def language(lang: str | None) -> str:
    """Give `lang`, or the user's language where None.

    Raises
    ------
    UsageError
        If it is none of the languages of the texts.
    """
    if lang is None:
        return current_language()
    if lang not in LANGUAGES:
        raise UsageError("no_language", lang=lang)
    return lang


class _Rows:
    """The rows of a release as they are looked up; it holds no release, so that one can be forgotten."""

    def __init__(self, release: Release) -> None:
        self.units: dict[str, dict[str, Any]] = {unit["unit"]: unit for unit in _rows(release.units)}
        self.cells: dict[tuple[str, str], dict[str, dict[str, Any]]] = {}
        for cell in _rows(release.cells):
            self.cells.setdefault((cell["unit"], cell["group"]), {})[cell["measure"]] = cell
        self.measures: list[dict[str, Any]] = _rows(release.measures)
        self.digest = release.digest


_ROWS: "WeakKeyDictionary[Release, _Rows]" = WeakKeyDictionary()

#: Those whose release had its seal checked; nothing else that looks like one is drawn.
_OPENED: "WeakSet[Opened]" = WeakSet()


@dataclass(frozen=True, eq=False)
class Opened:
    """A release with its seal checked and its rows at hand; the check is dear, so a report makes it once.

    Attributes
    ----------
    release : Release
    digest : str
        The release's SHA-256.
    """

    release: Release
    _units: dict[str, dict[str, Any]] = field(init=False, repr=False)
    _cells: dict[tuple[str, str], dict[str, dict[str, Any]]] = field(init=False, repr=False)
    _measures: list[dict[str, Any]] = field(init=False, repr=False)
    digest: str = field(init=False, repr=False)

    def __post_init__(self) -> None:
        check_seal(self.release)
        _OPENED.add(self)
        # The seal is checked each time; as long as it holds, the rows are the same.
        rows = _ROWS.get(self.release)
        if rows is None:
            rows = _ROWS[self.release] = _Rows(self.release)
        object.__setattr__(self, "_units", rows.units)
        object.__setattr__(self, "_cells", rows.cells)
        object.__setattr__(self, "_measures", rows.measures)
        object.__setattr__(self, "digest", rows.digest)

    def units(self, *levels: str) -> list[dict[str, Any]]:
        """Give the rows of the units of some levels, in their order."""
        return [unit for unit in self._units.values() if unit["level"] in levels]

    def reporting(self, unit: str) -> dict[str, Any]:
        """Give the row of a unit that gets a report.

        Raises
        ------
        UsageError
            If `unit` is empty, not in the release, or a comparison rather than a school or a group.
        """
        if not unit:
            raise UsageError("unit_empty")
        row = self._units.get(unit)
        if row is None or row["level"] not in {"school", "group"}:
            raise UsageError("no_unit", unit=unit)
        return row

    def figures(self, unit: str, group: str = "all") -> Figures:
        """Give the figures of any unit, comparisons and the county too; KeyError if there is none."""
        return Figures(self._units[unit], self._cells.get((unit, group), {}))

    def groups(self, unit: str) -> list[str]:
        """List the groups that a unit is told apart by, in their order."""
        return [group for of, group in self._cells if of == unit and group != "all"]

    def measures(self, use: str, lang: str) -> dict[str, dict[str, Any]]:
        """Give the measures of one use in their order, each with a ``label`` such as "Anxiety (GAD-7)"."""
        return {row["measure"]: {**row, "label": _label(row, lang)} for row in self._measures if row["use"] == use}

    def instruments(self) -> list[dict[str, Any]]:
        """Give the first measure of each instrument, in their order: for what is true of the instrument."""
        found: dict[str, dict[str, Any]] = {}
        for row in self._measures:
            found.setdefault(row["instrument"], row)
        return list(found.values())


def open_release(release: Release | Opened) -> Opened:
    """Open a release for drawing; one that is open already is given back.

    Raises
    ------
    TypeError
        If it is anything else, or was altered.
    """
    if type(release) is not Opened:
        return Opened(cast(Release, release))  # which checks the seal
    if release not in _OPENED:
        raise TypeError("this was put together by hand; open a Release")
    return release


def _rows(frame: "pd.DataFrame") -> list[dict[str, Any]]:
    return [{str(column): value for column, value in row.items()} for row in frame.to_dict("records")]


def _label(measure: dict[Any, Any], lang: str) -> str:
    name, acronym = str(measure[f"name_{lang}"]), str(measure["acronym"])
    name = name[:1].upper() + name[1:]
    return name if acronym in name else say("report.measure", lang, name=name, acronym=acronym)
