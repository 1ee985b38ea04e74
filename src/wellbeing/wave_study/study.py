"""One study over waves: its plan, its rows, and the models that the plan asks for."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from wellbeing.analysis_plan import AnalysisPlan, PlanLog
from wellbeing.change import clinical_change, reliable_change
from wellbeing.effect_sizes import Size, TwoGroups, TwoWaves, paired_rank_biserial, two_waves
from wellbeing.models.attrition import Weights, leavers_against_stayers, leaving_model, retention, staying_weights
from wellbeing.models.gee import AverageModel, average_model
from wellbeing.models.logistic import LogisticModel
from wellbeing.models.nested import MixedModel, mixed_model
from wellbeing.models.ordinal import ordinal_model
from wellbeing.models.outcome import NotEstimated
from wellbeing.models.shifts import Shifted, shift_analysis
from wellbeing.multiplicity import Family, family
from wellbeing.texts import say

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Study:
    """Data opened under a plan.

    Attributes
    ----------
    plan : AnalysisPlan
        As it was registered last.
    log : PlanLog
    rows : DataFrame
        One row per person and wave, as in the file: the outcome NaN where missing or unscorable; the wave as steps from
        the first; the school's columns as one, named ``school`` where they are several.
    waves : tuple of str
        What the waves are called in the file, in order.
    digest : str
        SHA-256 of the data file.
    unscorable : int
        Scores that are the word for it.
    lang : str or None
    """

    plan: AnalysisPlan
    log: PlanLog
    rows: "pd.DataFrame"
    waves: tuple[str, ...]
    digest: str
    unscorable: int
    lang: str | None

    @property
    def wave(self) -> str | None:
        """The wave's column; None where there is one wave only."""
        return self.plan.wave if len(self.waves) > 1 else None

    @property
    def person(self) -> str | None:
        """The column of codes; None where nobody can be seen twice."""
        return self.plan.person if self.plan.person and self.wave else None

    @property
    def school(self) -> str | None:
        """The column of schools; None where there is none, or one school only."""
        name = school_column(self.plan)
        return name if name and len(self.rows[name].dropna().unique()) > 1 else None

    @property
    def one_school(self) -> bool:
        """Whether schools were planned and there is one only."""
        return bool(self.plan.school) and self.school is None

    @property
    def terms(self) -> list[str]:
        """The wave and the covariates."""
        return [*([self.wave] if self.wave else []), *self.plan.covariates]

    @property
    def seen(self) -> "pd.DataFrame":
        """The rows that have a score: who has none was not seen."""
        return self.rows.dropna(subset=[self.plan.outcome])

    @cached_property
    def model(self) -> MixedModel | NotEstimated:
        """The main analysis: the nested mixed model on all rows."""
        return self._mixed(self.rows, self.terms)

    @cached_property
    def by_steps(self) -> MixedModel | NotEstimated:
        """The same with the waves as steps instead of a line."""
        if not self.wave or len(self.waves) < 3:
            return NotEstimated("one_wave")
        known = self.rows.dropna(subset=[self.wave])
        return self._mixed(known.assign(**{self.wave: known[self.wave].map("{:g}".format)}), self.terms)

    @cached_property
    def complete_only(self) -> MixedModel | NotEstimated:
        """The same on people seen in every wave."""
        if not self.person:
            return NotEstimated("no_persons")
        often = self.seen.groupby(self.person)[self.plan.wave].transform("nunique")
        return self._mixed(self.seen[often == len(self.waves)], self.terms)

    @cached_property
    def exact_links(self) -> MixedModel | NotEstimated:
        """The same on rows that were linked by their very code."""
        link = self.plan.link
        if not link or not self.rows[link].dropna().ne("exact").any():
            return NotEstimated("no_links")
        return self._mixed(self.rows[self.rows[link].eq("exact")], self.terms)

    @cached_property
    def average(self) -> AverageModel | NotEstimated:
        """The population average by GEE, robust by school."""
        if not self.school:
            return NotEstimated("one_group" if self.one_school else "no_schools")
        return average_model(self.rows, self.plan.outcome, self.terms, self.school)

    @cached_property
    def cases(self) -> AverageModel | NotEstimated:
        """The odds of being at or above the cutoff, as a population average by GEE."""
        if self.plan.cutoff is None:
            return NotEstimated("no_cutoff")
        if not self.school:
            return NotEstimated("one_group" if self.one_school else "no_schools")
        case = (self.rows[self.plan.outcome] >= self.plan.cutoff).astype(float)
        known = self.rows.assign(case_=case.where(self.rows[self.plan.outcome].notna()))
        return average_model(known, "case_", self.terms, self.school, "yes_no")

    @cached_property
    def change(self) -> TwoWaves | NotEstimated:
        """The same people, first wave against last: points, and d_av."""
        pairs = self._pairs()
        return pairs if isinstance(pairs, NotEstimated) else two_waves(*pairs)

    @cached_property
    def change_in_ranks(self) -> Size | NotEstimated:
        """The same, as the matched-pairs rank-biserial correlation."""
        pairs = self._pairs()
        return pairs if isinstance(pairs, NotEstimated) else paired_rank_biserial(*pairs)

    @cached_property
    def reliable(self) -> "pd.Series | NotEstimated":
        """How many changed reliably from the first wave to the last, and crossed the cutoff by it.

        Notes
        -----
        The sd is the first wave's. Cases are who is at or above the cutoff of a scale on which higher is worse; of any
        other scale nobody crosses.
        """
        import pandas as pd

        if self.plan.reliability is None:
            return NotEstimated("no_reliability")
        pairs = self._pairs()
        if isinstance(pairs, NotEstimated):
            return pairs
        before, now = (scores.loc[pairs[0].notna() & pairs[1].notna()] for scores in pairs)
        sd = float(pairs[0].std(ddof=1))
        if len(before) < 2 or not sd > 0:
            return NotEstimated("few_values" if len(before) < 2 else "no_spread")
        judged = reliable_change(now, before, sd, self.plan.reliability)
        counts = judged["verdict"].value_counts().reindex(["rise", "fall", "none"], fill_value=0)
        if self.plan.cutoff is None or self.plan.higher_is == "better":
            return counts
        crossed = clinical_change(now, before, self.plan.cutoff, judged).value_counts()
        return pd.concat([counts, crossed.reindex(["new_case", "recovered"], fill_value=0)])

    @cached_property
    def leaving(self) -> LogisticModel | NotEstimated:
        """Who leaves, by the last score and covariates."""
        if not self.person:
            return NotEstimated("no_persons")
        return leaving_model(self.seen, self.plan.outcome, self.plan.wave, self.person, self.plan.covariates)

    @cached_property
    def leavers(self) -> TwoGroups | NotEstimated:
        """Last scores of leavers against those of stayers."""
        if not self.person:
            return NotEstimated("no_persons")
        return leavers_against_stayers(self.seen, self.plan.outcome, self.plan.wave, self.person)

    @cached_property
    def weights(self) -> Weights | NotEstimated:
        """Inverse-probability weights of staying."""
        if not self.person:
            return NotEstimated("no_persons")
        plan = self.plan
        return staying_weights(self.seen, plan.outcome, plan.wave, self.person, plan.covariates, self.school)

    @cached_property
    def weighted(self) -> AverageModel | NotEstimated:
        """The population average with those weights."""
        if not self.school:
            return NotEstimated("one_group" if self.one_school else "no_schools")
        if isinstance(self.weights, NotEstimated):
            return self.weights
        return average_model(self.seen, self.plan.outcome, self.terms, self.school, weights=self.weights.weights)

    @cached_property
    def shifted(self) -> Shifted | NotEstimated:
        """The wave's coefficient where leavers fared worse than the model expects."""
        if not self.person or not self.wave:
            return NotEstimated("no_persons" if self.wave else "one_wave")
        if isinstance(self.model, NotEstimated):
            return self.model
        plan, worse = self.plan, self.plan.higher_is == "worse"
        return shift_analysis(
            self.rows, self.model, plan.outcome, self.wave, plan.covariates, self.person, self.school,
            higher_is_worse=worse,
        )  # fmt: skip

    @cached_property
    def items(self) -> "Family | NotEstimated":
        """Each item's odds of a higher answer over waves, one family of tests; items without an estimate have no p."""
        import pandas as pd

        if not self.plan.items:
            return NotEstimated("no_items")
        if not self.wave:
            return NotEstimated("one_wave")
        table = pd.DataFrame(index=list(self.plan.items), columns=["odds_ratio", "low", "high", "p"], dtype=float)
        for item in self.plan.items:
            fitted = ordinal_model(self.rows, item, self.terms, self.school)
            if not isinstance(fitted, NotEstimated):
                table.loc[item] = fitted.fixed.loc[self.wave, list(table.columns)].astype(float)
        named = family(
            say("research.family_items", self.lang), {item: float(table["p"].loc[item]) for item in self.plan.items}
        )
        return Family(named.name, named.tests.join(table[["odds_ratio", "low", "high"]]))

    def retention(self, by_school: bool = False) -> "pd.DataFrame | NotEstimated":
        """Count who was seen again in the next wave, by wave or by school too."""
        if not self.person:
            return NotEstimated("no_persons")
        if by_school and not self.school:
            return NotEstimated("one_group" if self.one_school else "no_schools")
        return retention(self.seen, self.plan.wave, self.person, self.school if by_school else None)

    def _mixed(self, rows: "pd.DataFrame", terms: Sequence[str]) -> MixedModel | NotEstimated:
        if not self.school and not self.person:
            return NotEstimated("one_group" if self.one_school else "no_groups")
        return mixed_model(rows, self.plan.outcome, terms, self.school, self.person)

    def _pairs(self) -> "tuple[pd.Series, pd.Series] | NotEstimated":
        if not self.person:
            return NotEstimated("no_persons" if self.wave else "one_wave")
        table = self.seen.pivot_table(index=self.person, columns=self.plan.wave, values=self.plan.outcome)
        steps = sorted(table.columns)
        if len(steps) < 2:
            return NotEstimated("few_values")
        return table[steps[0]], table[steps[-1]]


def school_column(plan: AnalysisPlan) -> str:
    """Name the column that schools stand in: the plan's own, or ``school`` for several together; empty for none."""
    return plan.school[0] if len(plan.school) == 1 else "school" if plan.school else ""
