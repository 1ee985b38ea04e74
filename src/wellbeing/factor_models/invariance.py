"""Does a scale measure the same in several groups? Configural, metric and scalar invariance, and what follows.

Each step holds more equal: nothing but which items load; the loadings; the intercepts too. Only after the last
may the means of the groups be compared.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from wellbeing.factor_models.fit import FactorFit, fit_factors
from wellbeing.factor_models.parameters import LEVELS, Level
from wellbeing.factor_models.structure import Structure, one_factor
from wellbeing.texts import say
from wellbeing.unestimable import Trouble

if TYPE_CHECKING:
    import pandas as pd

#: What the unconstrained model must reach: Bentler 1990 for the CFI, Hu and Bentler 1999 for the SRMR.
LEAST_CFI, MOST_SRMR = 0.90, 0.08
#: Most that a step may cost in CFI and RMSEA: with many people in groups of like size, and otherwise (Chen 2007).
_MANY, _FEW = (0.010, 0.015), (0.005, 0.010)
#: People from which "many" holds, and how many times the smallest group the largest may be.
_MANY_PEOPLE, _LIKE_SIZE = 300, 1.5
#: Rise of the SRMR that counts as failed.
_SRMR_RISE: dict[Level, float] = {"metric": 0.030, "scalar": 0.015}
#: Rounding of sums of squares must not decide.
_ROUNDING = 1e-9


@dataclass(frozen=True, eq=False)
class Step:
    """One level: its fit, what it cost against the level before, and whether it holds.

    ``reasons`` names what failed: ``cfi``, ``rmsea``, ``srmr``, or ``trouble``; changes are NaN on the first level.
    """

    level: Level
    fit: FactorFit
    cfi_change: float
    rmsea_change: float
    srmr_change: float
    reasons: tuple[str, ...]

    @property
    def holds(self) -> bool:
        return not self.reasons


@dataclass(frozen=True, eq=False)
class Invariance:
    """The three steps in order; a level counts as reached only if all before it hold.

    ``limits`` are the largest losses of CFI and RMSEA that were allowed.
    """

    steps: tuple[Step, ...]
    limits: tuple[float, float]

    @property
    def reached(self) -> Level | None:
        """Strictest level that holds together with all looser ones; None if none does."""
        reached: Level | None = None
        for step in self.steps:
            if not step.holds:
                break
            reached = step.level
        return reached

    @property
    def comparable(self) -> bool:
        """Whether means of the groups may be compared."""
        return self.reached == LEVELS[-1]

    @property
    def failed(self) -> Step | None:
        """First step that does not hold."""
        return next((step for step in self.steps if not step.holds), None)

    @property
    def trouble(self) -> Trouble | None:
        """What kept the first failing step from being estimated, if anything did."""
        return self.failed.fit.trouble if self.failed else None

    def sentence(self, lang: str | None = None) -> str:
        """Say what was found; where a comparison is not supported, what must be printed beside it."""
        failed = self.failed
        if failed is None:
            return say("measurement.invariant", lang)
        if failed.fit.trouble is not None:
            said = failed.fit.trouble.sentence(lang)
            return say("measurement.not_tested", lang, level=_level(failed.level, lang), said=said)
        if failed.level == "configural":
            fit = failed.fit.indices
            return say("measurement.not_configural", lang, cfi=f"{fit.cfi:.3f}", srmr=f"{fit.srmr:.3f}")
        return say(
            "measurement.not_invariant",
            lang,
            level=_level(failed.level, lang),
            cfi=f"{failed.cfi_change:+.3f}",
            rmsea=f"{failed.rmsea_change:+.3f}",
            srmr=f"{failed.srmr_change:+.3f}",
        )

    def table(self, lang: str | None = None) -> "pd.DataFrame":
        """Give the steps as a table: chi-square, df, p, CFI, RMSEA, SRMR, their changes, and whether the step holds."""
        import pandas as pd

        rows = {
            _level(step.level, lang): [
                step.fit.indices.chi2,
                step.fit.indices.df,
                step.fit.indices.p,
                step.fit.indices.cfi,
                step.fit.indices.rmsea,
                step.fit.indices.srmr,
                step.cfi_change,
                step.rmsea_change,
                step.srmr_change,
                say("measurement.holds" if step.holds else "measurement.fails", lang),
            ]
            for step in self.steps
        }
        columns = [
            "chi2",
            "df",
            "p",
            "CFI",
            "RMSEA",
            "SRMR",
            "ΔCFI",
            "ΔRMSEA",
            "ΔSRMR",
            say("measurement.verdict", lang),
        ]
        return pd.DataFrame.from_dict(rows, orient="index", columns=columns)


def _level(level: Level, lang: str | None) -> str:
    return say(f"measurement.level_{level}", lang)


def invariance(answers: "pd.DataFrame", groups: "pd.Series", structure: Structure | None = None) -> Invariance:
    """Fit the three levels and judge each against the one before.

    Parameters
    ----------
    answers : DataFrame, shape (n_respondents, any)
        Answer codes, already reverse-keyed; respondents with a missing answer are left out.
    groups : Series, shape (n_respondents,), index of `answers`
        Waves, languages, kinds of school; rows without one are left out.
    structure : Structure, optional
        One factor over all columns by default.

    Returns
    -------
    Invariance
        A level that could not be fitted properly does not hold, and its trouble says why.

    References
    ----------
    Chen 2007, Structural Equation Modeling 14:464: a loss of .010 in CFI and .015 in RMSEA with more than 300
    people in groups of equal size, .005 and .010 otherwise; .030 in SRMR for loadings and .015 for intercepts.
    """
    model = structure or one_factor(map(str, answers.columns))
    fits = [fit_factors(answers, model, groups, level) for level in LEVELS]
    sizes = fits[0].n
    many = bool(sizes) and sum(sizes) > _MANY_PEOPLE and max(sizes) <= _LIKE_SIZE * min(sizes)
    limits = _MANY if many else _FEW
    steps = [_first(fits[0])]
    steps += [_step(fit, before, limits) for before, fit in pairwise(fits)]
    return Invariance(tuple(steps), limits)


def _first(fit: FactorFit) -> Step:
    nothing = float("nan")
    if fit.trouble:
        return Step("configural", fit, nothing, nothing, nothing, ("trouble",))
    reasons = [("cfi", fit.indices.cfi < LEAST_CFI), ("srmr", fit.indices.srmr > MOST_SRMR)]
    return Step("configural", fit, nothing, nothing, nothing, tuple(name for name, failed in reasons if failed))


def _step(fit: FactorFit, before: FactorFit, limits: tuple[float, float]) -> Step:
    cfi = fit.indices.cfi - before.indices.cfi
    rmsea = fit.indices.rmsea - before.indices.rmsea
    srmr = fit.indices.srmr - before.indices.srmr
    if fit.trouble or before.trouble:
        return Step(fit.level, fit, cfi, rmsea, srmr, ("trouble",))
    reasons = [
        ("cfi", -cfi > limits[0] + _ROUNDING),
        ("rmsea", rmsea > limits[1] + _ROUNDING),
        ("srmr", srmr >= _SRMR_RISE[fit.level] - _ROUNDING),
    ]
    return Step(fit.level, fit, cfi, rmsea, srmr, tuple(name for name, failed in reasons if failed))
