"""What the staff of a unit say, as it was released: verdicts on questions, and whether kinds of schools are alike."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import hypot, nan, sqrt

from wellbeing.disclosure.release import Release
from wellbeing.ledger import CANNOT_TELL, MET, NOT_ASKED, NOT_MET
from wellbeing.ledger.likelihood import INSIDE_STEP, Inside, Possible, index_below, possible
from wellbeing.ledger.records import Finding
from wellbeing.measures import Evidence, Measures

#: Below so many respondents of the county nothing is told of who is inside a question's denominator: the outermost step
#: is half of 5 points, and would leave fewer than five numbers of those outside it.
LEAST_FOR_INSIDE = 200
#: Fewer rural schools or groups, or fewer of the town, say nothing of their kind.
_FEWEST_OF_A_SIDE = 3


def inside_shares(respondents: int, answers: Mapping[str, int]) -> dict[str, float]:
    """Tell which share of the county's respondents is inside each measure's denominator, to 5 points.

    Parameters
    ----------
    respondents : int
        Of the whole county.
    answers : mapping of str to int
        Measure to the county's answers that count.

    Returns
    -------
    dict of str to float
        Empty below `LEAST_FOR_INSIDE` respondents.
    """
    if respondents < LEAST_FOR_INSIDE:
        return {}
    return {
        measure: round(min(int(n / respondents / INSIDE_STEP + 0.5) * INSIDE_STEP, 1.0), 2)
        for measure, n in answers.items()
    }


@dataclass(frozen=True, eq=False)
class Deed:
    """A release of the opinion survey, asked about one unit and question after the other.

    ``inside``: `inside_shares`; ``routed``: the questions that are asked of some only, by an answer before.
    """

    release: Release
    measures: Measures
    inside: Mapping[str, float]
    routed: frozenset[str]

    @cached_property
    def _cells(self) -> dict[tuple[str, str], tuple[float, float, str]]:
        cells = self.release.cells
        everybody = cells[cells["group"].eq("all")]
        columns = ("unit", "measure", "low", "high", "side")
        return {
            (str(unit), str(measure)): (float(low), float(high), str(side))
            for unit, measure, low, high, side in everybody[list(columns)].itertuples(index=False, name=None)
        }

    @cached_property
    def asked(self) -> frozenset[str]:
        """Every measure of the survey's own questions, asked and counted in this wave."""
        measures = self.release.measures
        return frozenset(measures.loc[measures["use"].isin(["favourable", "named"]), "measure"].astype(str))

    @cached_property
    def about(self) -> dict[str, int]:
        """Respondents of each unit that is told, to the nearest five."""
        units = self.release.units
        told = units[units["respondents"].notna()]
        return {str(unit): int(n) for unit, n in zip(told["unit"], told["respondents"], strict=True)}

    def seen(self, unit: str, question: str) -> Possible | None:
        """Give what a unit's class of a question leaves possible; None where nothing is told."""
        low, high, side = self._cells.get((unit, question), (nan, nan, "withheld"))
        if side not in ("few", "many", "untold") or unit not in self.about:
            return None
        share = self.inside.get(question)
        inside = None if share is None else Inside(share, unit == "county")
        policy = self.release.policy
        # The upper end of an untold class says nothing.
        top = low if side == "untold" else high
        return possible(
            int(low),
            int(top),
            side,
            self.about[unit],
            policy.min_respondents,
            policy.class_width,
            inside,
            question.partition("=")[0] in self.routed,
        )

    def judge(self, evidence: Evidence, unit: str) -> Finding:
        """Judge the mean of some questions' favourable shares, or that of answers that should be rare."""
        asked = [question for question in evidence.questions if question in self.asked]
        if not asked:
            return Finding(NOT_ASKED)
        seen = [found for question in asked if (found := self.seen(unit, question)) is not None]
        if len(seen) < len(asked):
            return Finding(CANNOT_TELL)
        if evidence.most is not None:
            chance = index_below(seen, evidence.most)
        else:
            chance = 1 - index_below(seen, evidence.least or self.measures.favourable)
        low, high = (sum(ends) / len(seen) for ends in ([s.low for s in seen], [s.high for s in seen]))
        sure = self.measures.sure
        state = MET if chance >= sure else NOT_MET if chance <= 1 - sure else CANNOT_TELL
        return Finding(state, "", low, high, chance)

    def fair(self, question: str, rural: Mapping[str, bool]) -> Finding:
        """Judge whether rural schools and those of the town are alike in a question, by more than the flags' margin.

        Of each side the mean of its units' shares, by their respondents; what units differ by among themselves is part
        of its standard error, and its distribution is taken as normal. A side of fewer than three units says nothing.

        Returns
        -------
        Finding
            Met where the difference lies within the margin with the probability that states need, not met where it lies
            outside with it; ``low`` and ``high`` are the two sides' means, the lower first, and ``probability`` that
            they are alike.
        """
        from statistics import NormalDist

        from wellbeing.flags.criteria import share_margin

        if question not in self.asked:
            return Finding(NOT_ASKED)
        sides = [
            [(found, self.about[unit]) for unit, is_rural in rural.items()
             if is_rural is side and (found := self.seen(unit, question)) is not None]
            for side in (True, False)
        ]  # fmt: skip
        if min(map(len, sides)) < _FEWEST_OF_A_SIDE:
            return Finding(CANNOT_TELL)
        means, errors = zip(*(_level(side) for side in sides), strict=True)
        margin = share_margin(sum(means) / 2)
        difference = NormalDist(means[0] - means[1], max(hypot(*errors), 1e-9))
        alike = difference.cdf(margin) - difference.cdf(-margin)
        sure = self.measures.sure
        state = MET if alike >= sure else NOT_MET if alike <= 1 - sure else CANNOT_TELL
        return Finding(state, "", min(means), max(means), alike)


def _level(units: Sequence[tuple[Possible, int]]) -> tuple[float, float]:
    """Give the mean of some units' shares, by their respondents, and its standard error."""
    whole = sum(about for _, about in units)
    mean = sum(found.mean * about for found, about in units) / whole
    between = sum((found.mean - mean) ** 2 * about for found, about in units) / whole
    within = sum(found.sd**2 * about for found, about in units) / whole
    # What units differ by beyond what is not known of each.
    apart = max(between - within, 0.0)
    return mean, sqrt(sum((about / whole) ** 2 * (found.sd**2 + apart) for found, about in units))
