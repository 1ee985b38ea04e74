"""The state that is printed: a function of releases and nothing else, so that it tells nothing more than they do (R8).

Where a scale's mean is released it decides, otherwise the share does: `flags.ranged_rule`. The last wave's release
counts too, where it speaks of the same schools and the same version of the questionnaire.
"""

from dataclasses import dataclass, replace
from math import nan
from typing import Any
from weakref import WeakKeyDictionary

from wellbeing.disclosure.release import Release
from wellbeing.errors import UsageError
from wellbeing.figures.released import Opened, open_release, told
from wellbeing.flags.ranged_rule import Verdict, judge_classes, judge_intervals
from wellbeing.flags.ranges import Classed, Ranged

#: Least response, in per cent, from which anything is said (rule R1); the release withholds the rest already.
_LEAST_RESPONSE = 50


@dataclass(frozen=True)
class Flag:
    """The printed state of one measure of one reporting unit.

    Attributes
    ----------
    unit, measure : str
    state : str
        ``red``, ``amber``, ``green`` or ``grey``; ``untold`` where the unit's figures are withheld: that is no state.
    by : str
        ``mean`` or ``share``, whichever decided; empty where untold.
    probability : float
        That the true level lies above the cut; by a mean, at the end of its interval that speaks least for strain.
    within : str
        The kind of school within which it was compared; empty for the whole county.
    last_wave : str
        ``used``, or why last wave was not: ``none`` (there is none), ``instrument`` (another version of the
        questionnaire), ``schools`` (no such unit, or other schools in it), ``untold`` (no figure then).
    tipping : float or None
        Of a flagged result: the highest strain of those who did not answer at which it would not be flagged, a share
        0 to 1 or a mean in scale points; NaN where it would be at any, None where not flagged.
    """

    unit: str
    measure: str
    state: str
    by: str = ""
    probability: float = nan
    within: str = ""
    last_wave: str = "none"
    tipping: float | None = None

    @property
    def flagged(self) -> bool:
        """Whether it is red or amber."""
        return self.state in ("red", "amber")


@dataclass(frozen=True, eq=False)
class CountyFlags:
    """The printed flags of every reporting unit and measure of a release.

    Attributes
    ----------
    flags : tuple of Flag
        By unit, then by measure, in the release's order.
    shares : dict of str to float
        Of each measure the county's share of cases as the model sees it, 0 to 1: what a funnel plot is drawn around.
        NaN where no unit's share is told.
    """

    flags: tuple[Flag, ...]
    shares: dict[str, float]

    def of(self, unit: str) -> list[Flag]:
        """Give a unit's flags, in the order of the measures."""
        return [flag for flag in self.flags if flag.unit == unit]

    def number(self, state: str, measure: str) -> int:
        """Count the units that have a state in a measure."""
        return sum(flag.state == state and flag.measure == measure for flag in self.flags)

    @property
    def wrong_reds(self) -> float:
        """How many reds are expected to lie below the cut: the sum of 1 - P over all reds (section 4.6)."""
        return sum(1 - flag.probability for flag in self.flags if flag.state == "red")


#: Judged once beside each wave before: a report asks for the same flags several times.
_JUDGED: "WeakKeyDictionary[Release, dict[Release | None, CountyFlags]]" = WeakKeyDictionary()


def printed_flags(release: Release | Opened, last_wave: Release | Opened | None = None) -> CountyFlags:
    """Judge every measure of every unit that reports, from what is released.

    Parameters
    ----------
    release : Release
    last_wave : Release, optional
        The same survey's wave before.

    Returns
    -------
    CountyFlags

    Raises
    ------
    TypeError
        If either is not a release.
    UsageError
        If `last_wave` is of another survey, or is the same wave.

    References
    ----------
    The kit's notes on statistics, sections 4.2 and 4.8.
    """
    opened = open_release(release)
    before = None if last_wave is None else open_release(last_wave)
    if before is not None:
        _check_earlier(opened.release, before.release)
    judged = _JUDGED.setdefault(opened.release, {})
    key = None if before is None else before.release
    if key not in judged:
        judged[key] = _judge(opened, before)
    return judged[key]


def _check_earlier(release: Release, before: Release) -> None:
    if before.survey != release.survey:
        raise UsageError("last_wave_survey", survey=release.survey, other=before.survey)
    if before.wave == release.wave:
        raise UsageError("last_wave_same", wave=release.wave)


def _judge(opened: Opened, before: Opened | None) -> CountyFlags:
    units = opened.units("school", "group")
    found: dict[tuple[str, str], Flag] = {}
    shares = {}
    measures = opened.measures("attention", "zh")
    for measure, facts in measures.items():
        rows = [_Row.of(opened, before, unit, measure, facts) for unit in units]
        reporting = [row for row in rows if row.reports]
        by_share, shares[measure] = _by_share([row for row in reporting if row.share is not None])
        by_mean = _by_mean([row for row in reporting if row.mean is not None], opened, before, measure, facts)
        for row in rows:
            verdict, by = (by_mean[row.unit], "mean") if row.unit in by_mean else (by_share.get(row.unit), "share")
            found[row.unit, measure] = _flag(row, measure, verdict, by)
    order = [(str(unit["unit"]), measure) for unit in units for measure in measures]
    return CountyFlags(tuple(found[key] for key in order), shares)


def _flag(row: "_Row", measure: str, verdict: Verdict | None, by: str) -> Flag:
    if verdict is None:
        return Flag(row.unit, measure, "untold", last_wave=row.last_wave)
    used = row.last_wave
    if used == "used" and (row.mean_before if by == "mean" else row.share_before) is None:
        used = "untold"
    return Flag(row.unit, measure, verdict.state, by, verdict.probability, verdict.within, used, verdict.tipping)


@dataclass(frozen=True)
class _Row:
    """One unit's figures of one measure, this wave and, where they can be set side by side, last wave."""

    unit: str
    kind: str
    silent: float
    share: Classed | None
    mean: Ranged | None
    share_before: Classed | None = None
    mean_before: Ranged | None = None
    last_wave: str = "none"
    reports: bool = False

    @classmethod
    def of(
        cls, opened: Opened, before: Opened | None, unit: dict[str, Any], measure: str, facts: dict[str, Any]
    ) -> "_Row":
        name, response = str(unit["unit"]), unit["response"]
        reports = told(unit["respondents"]) and told(response) and response >= _LEAST_RESPONSE
        about = int(unit["respondents"]) if reports else 0
        # 95 stands for 95 and more: at most so many were silent.
        silent = about * (100 / response - 1) if reports else 0.0
        share, mean = _figures(opened, name, measure) if reports else (None, None)
        row = cls(name, str(unit["kind"]), silent, share, mean, reports=reports)
        if before is None:
            return row
        refused = _refused(before, unit, measure, facts)
        if refused:
            return replace(row, last_wave=refused)
        share_before, mean_before = _figures(before, name, measure)
        return replace(row, share_before=share_before, mean_before=mean_before, last_wave="used")


def _refused(before: Opened, unit: dict[str, Any], measure: str, facts: dict[str, Any]) -> str:
    """Say why last wave cannot be set beside this one; empty where it can."""
    known = before.measures("attention", "zh").get(measure)
    if known is None or (known["version"], known["digest"]) != (facts["version"], facts["digest"]):
        return "instrument"
    earlier = {str(row["unit"]): row for row in before.units("school", "group")}.get(str(unit["unit"]))
    if earlier is None or earlier["schools"] != unit["schools"]:
        return "schools"
    return ""


def _figures(opened: Opened, unit: str, measure: str) -> tuple[Classed | None, Ranged | None]:
    figures = opened.figures(unit)
    cell, about = figures.cells.get(measure), figures.unit["respondents"]
    if cell is None or cell["side"] == "withheld" or not told(about):
        return None, None
    mean = figures.mean(measure)
    return (
        Classed(int(cell["low"]), int(cell["high"]), str(cell["side"]), int(about)),
        None if mean is None else Ranged(*mean, int(about)),
    )


def _by_share(rows: list[_Row]) -> tuple[dict[str, Verdict], float]:
    verdicts, reference = judge_classes(
        [row.share for row in rows if row.share is not None],
        [row.share_before for row in rows],
        [row.kind for row in rows],
        [row.silent for row in rows],
    )
    return dict(zip([row.unit for row in rows], verdicts, strict=True)), reference


def _by_mean(
    rows: list[_Row], opened: Opened, before: Opened | None, measure: str, facts: dict[str, Any]
) -> dict[str, Verdict]:
    """Judge by the means; nobody where the county's sd is not told, for then there is nothing to measure them by."""
    sd = _sd(opened, measure)
    if sd is None or not rows:
        return {}
    sd_before = None if before is None else _sd(before, measure)
    # Of a wave without an sd the means cannot be used either.
    earlier = [row.mean_before if sd_before else None for row in rows]
    verdicts = judge_intervals(
        [row.mean for row in rows if row.mean is not None],
        sd,
        earlier,
        sd_before or sd,
        higher_is=str(facts["higher_is"]),
        scale=(float(facts["range_low"]), float(facts["range_high"])),
        kinds=[row.kind for row in rows],
        silent=[row.silent for row in rows],
    )
    return dict(zip([row.unit for row in rows], verdicts, strict=True))


def _sd(opened: Opened, measure: str) -> tuple[float, float] | None:
    """Give the least and the greatest sd of the county that its released figure leaves."""
    sd = opened.figures("county").sd(measure)
    if sd is None:
        return None
    half = opened.release.policy.sd_step / 2
    return max(sd - half, half / 2), sd + half
