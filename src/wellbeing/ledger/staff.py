"""What the staff of a unit say, as it was released: verdicts on questions, what is better than expected."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import nan

from wellbeing.disclosure.release import Release
from wellbeing.ledger import CANNOT_TELL, MET, NOT_ASKED, NOT_MET
from wellbeing.ledger.likelihood import INSIDE_STEP, Inside, Possible, index_below, likelihood, possible
from wellbeing.ledger.records import Finding
from wellbeing.measures import Evidence, Measures

#: Below so many respondents of the county nothing is told of who is inside a question's denominator: the outermost step
#: is half of 5 points, and would leave fewer than five numbers of those outside it.
LEAST_FOR_INSIDE = 200


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

    def better(self, question: str, units: Sequence[str]) -> dict[str, float]:
        """Give for each unit the probability that it is better than the county's typical level by more than the margin.

        All units are pooled by the flags' model: who is far from the others only by luck is drawn in.

        References
        ----------
        The kit's notes on statistics, sections 4.2 and 4.8.
        """
        import numpy as np

        from wellbeing.flags.criteria import share_margin, share_reach
        from wellbeing.flags.posterior import SHARES, fit

        told = {unit: found for unit in units if (found := self.seen(unit, question)) is not None}
        # Two units say nothing of what is typical.
        if len(told) < 3:
            return {}
        rows = np.stack([likelihood(found) for found in told.values()])
        about = np.array([self.about[unit] for unit in told], dtype=np.float64)
        middle = np.array([found.mean for found in told.values()])
        wide = float(np.mean([found.high - found.low for found in told.values()]))
        centre = float(middle @ about / about.sum())
        model = fit(SHARES, rows, np.ones(len(told)), centre, share_reach(centre, float(about.sum())) + wide / 2)
        beyond = model.beyond(rows, model.reference + share_margin(model.reference))
        return dict(zip(told, beyond.tolist(), strict=True))
