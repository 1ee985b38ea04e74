"""What a researcher asks of an instrument, one question a method: each gives a table and the sentences beside it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wellbeing.factor_models import (
    FactorFit,
    NotComparable,
    bifactor,
    compare_means,
    correlated_factors,
    fit_factors,
    invariance,
    one_factor,
)
from wellbeing.instrument_check.answers import KeyedAnswers, answers_of_file, answers_of_waves
from wellbeing.instrument_check.curves import ItemCurves, draw_item_curves
from wellbeing.instrument_check.shown import Shown, probability, share, told
from wellbeing.item_functioning import item_functioning, with_and_without
from wellbeing.reliability import Omega, bootstrap_omega, consistency, item_curves, omega_of
from wellbeing.texts import say

if TYPE_CHECKING:
    import pandas as pd


def check_instrument(
    instrument: str,
    file: str | Path = "",
    survey: str = "",
    waves: Sequence[str] = (),
    scale: str = "",
    by: str = "",
    lang: str | None = None,
) -> "InstrumentCheck":
    """Open one scale's answers for checking, from a file or from imported waves.

    Parameters
    ----------
    instrument : str
    file : str or Path
        A table with columns ``<instrument>_<item number>``; or
    survey, waves : str, sequence of str
        the imported waves of a survey.
    scale : str
        The only one by default.
    by : str
        What is compared: a column of the file; ``wave``, ``kind`` or a column of the survey.
    lang : str, optional

    Raises
    ------
    InputError, UsageError
        As `answers_of_file` and `answers_of_waves` do.
    """
    if file:
        return InstrumentCheck(answers_of_file(Path(file), instrument, scale, by), lang)
    return InstrumentCheck(answers_of_waves(survey, waves, instrument, scale, by), lang)


@dataclass(frozen=True, eq=False)
class InstrumentCheck:
    """One scale's answers and the questions to them."""

    keyed: KeyedAnswers
    lang: str | None = None

    def _say(self, key: str, **fields: str | int) -> str:
        return say(f"measurement.{key}", self.lang, **fields)

    def flow(self) -> Shown:
        """How many answered, and how many of them count where?"""
        import pandas as pd

        items, groups = self.keyed.items, self.keyed.groups
        counts = {
            "flow_rows": self.keyed.rows,
            "flow_refused": self.keyed.refused,
            "flow_empty": int(items.isna().all(axis=1).sum()),
            "flow_incomplete": int((items.isna().any(axis=1) & items.notna().any(axis=1)).sum()),
            "flow_complete": int(items.notna().all(axis=1).sum()),
        }
        if groups is not None:
            counts["flow_no_group"] = int((items.notna().all(axis=1) & groups.isna()).sum())
        table = pd.DataFrame({self._say("people"): {self._say(key): count for key, count in counts.items()}})
        return Shown(table, tuple(sign.line(self.lang) for sign in self.keyed.signs))

    def consistency(self) -> Shown:
        """How consistent is the scale, how precise one score, do scores pile up at an end?"""
        import pandas as pd

        found = consistency(self.keyed.items, self.keyed.codes)
        pairwise = consistency(self.keyed.items, self.keyed.codes, "pairwise")
        rows = {
            "complete_people": str(found.n),
            "alpha": f"{told(found.alpha, lang=self.lang)} [{told(found.low, lang=self.lang)}, "
            f"{told(found.high, lang=self.lang)}]",
            "alpha_pairwise": told(pairwise.alpha, lang=self.lang),
            "mean": told(found.mean, 2, self.lang),
            "sd": told(found.sd, 2, self.lang),
            "sem": told(found.sem, 2, self.lang),
            "floor": share(found.floor, self.lang),
            "ceiling": share(found.ceiling, self.lang),
        }
        table = pd.DataFrame({self._say("figure"): {self._say(key): words for key, words in rows.items()}})
        said = [found.trouble.sentence(self.lang)] if found.trouble else []
        if found.turned:
            said.append(self._say("turned", items=self._say("comma").join(found.turned)))
        return Shown(table, tuple(said))

    def beside(self, other: "Callable[..., tuple[float, Any]] | None") -> Shown:
        """Does another program come to the same alpha?

        Parameters
        ----------
        other : callable or None
            pingouin's ``cronbach_alpha``, which the notebook hands over: this package does not import it (GPL-3). None
            where it is not installed. Its interval is rounded to three decimals; of answers with gaps it takes the
            complete ones here, as the kit does, where by itself it would take pairs.
        """
        import pandas as pd

        if other is None:
            return Shown(None, (self._say("beside_none"),))
        found = consistency(self.keyed.items, self.keyed.codes)
        if found.trouble:
            return Shown(None, (found.trouble.sentence(self.lang),))
        alpha, ends = other(data=self.keyed.items, nan_policy="listwise")
        rows = {
            "beside_kit": (found.alpha, found.low, found.high),
            "beside_other": (float(alpha), float(ends[0]), float(ends[1])),
        }
        words = {
            self._say(key): f"{told(value, lang=self.lang)} [{told(low, lang=self.lang)}, {told(high, lang=self.lang)}]"
            for key, (value, low, high) in rows.items()
        }
        return Shown(pd.DataFrame({self._say("alpha"): words}), ())

    def omegas(self, draws: int = 2000) -> Shown:
        """How much of the sum's variance do its factors account for? Each omega by its name."""
        found = [
            bootstrap_omega(self.keyed.items, "one_factor_raw", draws),
            bootstrap_omega(self.keyed.items, "one_factor_standardised", draws),
        ]
        if self._bifactor is not None:
            found += [omega_of(self._bifactor, kind) for kind in ("bifactor_total", "bifactor_hierarchical")]
        return self._omegas(found)

    def _omegas(self, found: Sequence[Omega]) -> Shown:
        import pandas as pd

        rows = {
            self._say(f"omega_{one.kind}"): [
                told(one.value, lang=self.lang),
                f"[{told(one.low, lang=self.lang)}, {told(one.high, lang=self.lang)}]" if one.draws else "",
                str(one.failed) if one.draws else "",
                str(one.n),
            ]
            for one in found
        }
        columns = [self._say(key) for key in ("omega", "interval", "failed_draws", "complete_people")]
        troubles = dict.fromkeys(one.trouble.sentence(self.lang) for one in found if one.trouble)
        return Shown(pd.DataFrame.from_dict(rows, orient="index", columns=columns), tuple(troubles))

    def items(self) -> Shown:
        """What does each item add?"""
        found = consistency(self.keyed.items, self.keyed.codes)
        table = found.items.copy().astype(object)
        for column in ("mean", "sd"):
            table[column] = [told(value, 2, self.lang) for value in found.items[column]]
        for column in ("item_rest", "alpha_if_deleted"):
            table[column] = [told(value, 3, self.lang) for value in found.items[column]]
        for column in ("floor", "ceiling"):
            table[column] = [share(value, self.lang) for value in found.items[column]]
        table.columns = [self._say(f"column_{column}") for column in table.columns]
        return Shown(table, (found.trouble.sentence(self.lang),) if found.trouble else ())

    def curves(self) -> "ItemCurves | Shown":
        """Do the answers to each item rise with the score on the others?"""
        found, trouble = item_curves(self.keyed.items)
        if trouble is not None:
            return Shown(None, (trouble.sentence(self.lang),))
        return draw_item_curves(found, self.keyed.codes, self.lang)

    def structure(self) -> Shown:
        """Is it one thing that the items measure, or several with something in common?"""
        fits = {"one_factor": fit_factors(self.keyed.items, one_factor(self.keyed.scale.items))}
        whole = self._whole()
        if whole is not None:
            everything, parts = whole
            fits["one_factor_all"] = fit_factors(everything, one_factor(map(str, everything.columns)))
            fits["correlated"] = fit_factors(everything, correlated_factors(parts))
        if self._bifactor is not None:
            fits["bifactor"] = self._bifactor
        return self._fits({self._say(f"model_{name}"): fit for name, fit in fits.items()})

    def _fits(self, fits: dict[str, FactorFit]) -> Shown:
        import pandas as pd

        rows = {}
        for name, fit in fits.items():
            found = fit.indices
            figures = [told(value, 3, self.lang) for value in (found.cfi, found.tli, found.rmsea, found.srmr)]
            df = str(found.df) if fit.models else self._say("not_estimated")
            p = probability(found.p, self.lang) if found.df else ""
            rows[name] = [str(sum(fit.n)), told(found.chi2, 2, self.lang), df, p, *figures]
        columns = ["n", "chi2", "df", "p", "CFI", "TLI", "RMSEA", "SRMR"]
        said = [f"{name}: {fit.trouble.sentence(self.lang)}" for name, fit in fits.items() if fit.trouble]
        return Shown(pd.DataFrame.from_dict(rows, orient="index", columns=columns), tuple(said))

    def functioning(self) -> Shown:
        """Do people alike on the other items answer each item alike, whatever their group?"""
        groups = self.keyed.groups
        if groups is None:
            return Shown(None, (self._say("no_groups"),))
        found = item_functioning(self.keyed.items, groups)
        table = found.table.astype(object)
        table["n"] = ["" if value != value else str(int(value)) for value in found.table["n"]]
        table["df"] = ["" if value != value else str(int(value)) for value in found.table["df"]]
        table["chi2"] = [told(value, 2, self.lang) for value in found.table["chi2"]]
        for column in ("p", "q"):
            table[column] = [probability(value, self.lang) for value in found.table[column]]
        for column in ("r2_change", "nagelkerke_change"):
            table[column] = [told(value, 3, self.lang) for value in found.table[column]]
        table.columns = ["n", "chi2", "df", "p", "q", self._say("r2_change"), self._say("nagelkerke_change")]
        return Shown(table, (found.sentence(self.lang),))

    def without_differing(self) -> Shown:
        """What becomes of the groups' mean answers without the items that differ?"""
        groups = self.keyed.groups
        if groups is None:
            return Shown(None, (self._say("no_groups"),))
        differing = item_functioning(self.keyed.items, groups).differing
        if not differing:
            return Shown(None, (self._say("nothing_to_leave_out"),))
        means = with_and_without(self.keyed.items, groups, differing)
        table = means.astype(object)
        for column in ("with", "without"):
            table[column] = [told(value, 3, self.lang) for value in means[column]]
        table.columns = [self._say("people"), self._say("mean_with"), self._say("mean_without")]
        return Shown(table, ())

    def invariance(self) -> Shown:
        """Does the scale measure the same in all groups, so that their means may be compared?"""
        groups = self.keyed.groups
        if groups is None:
            return Shown(None, (self._say("no_groups"),))
        found = invariance(self.keyed.items, groups)
        table = found.table(self.lang)
        words = table.astype(object)
        for column in ("chi2", "CFI", "RMSEA", "SRMR"):
            words[column] = [told(value, 2 if column == "chi2" else 3, self.lang) for value in table[column]]
        words["df"] = [
            str(step.fit.indices.df) if step.fit.models else self._say("not_estimated") for step in found.steps
        ]
        words["p"] = [probability(value, self.lang) for value in table["p"]]
        for column in ("ΔCFI", "ΔRMSEA", "ΔSRMR"):
            # The first level is compared with nothing.
            words[column] = ["", *(told(value, 3, self.lang) for value in table[column].iloc[1:])]
        limits = self._say("limits", cfi=f"{found.limits[0]:.3f}", rmsea=f"{found.limits[1]:.3f}")
        return Shown(words, (found.sentence(self.lang), limits))

    def means(self, insist: bool = False) -> Shown:
        """How do the groups' means differ? Refused where the scale does not measure the same, unless one insists."""
        groups = self.keyed.groups
        if groups is None:
            return Shown(None, (self._say("no_groups"),))
        try:
            found = compare_means(self.keyed.items, groups, insist=insist, lang=self.lang)
        except NotComparable as refusal:
            return Shown(None, (refusal.message(self.lang),))
        table = found.means.astype(object)
        for column in ("mean", "sd"):
            table[column] = [told(value, 2, self.lang) for value in found.means[column]]
        for column in ("difference", "low", "high"):
            # The first group is what the others are compared with.
            table[column] = ["", *(told(value, 2, self.lang) for value in found.means[column].iloc[1:])]
        table["n"] = [str(int(value)) for value in found.means["n"]]
        table.columns = [self._say(f"means_{column}") for column in table.columns]
        return Shown(table, (found.must_print,) if found.must_print else ())

    @cached_property
    def _bifactor(self) -> FactorFit | None:
        whole = self._whole()
        return None if whole is None else fit_factors(whole[0], bifactor(whole[1]))

    def _whole(self) -> "tuple[pd.DataFrame, dict[str, tuple[str, ...]]] | None":
        """Give all items of the instrument by scale, where it has several that share no item and were all asked.

        A scale that holds another one, such as a total over subscales, is no part.
        """
        asked = self.keyed.everything
        sets = {one.id: set(one.items) for one in self.keyed.instrument.scales}
        parts = {
            one.id: one.items
            for one in self.keyed.instrument.scales
            if sets[one.id] <= set(asked.columns) and not any(other < sets[one.id] for other in sets.values())
        }
        items = [item for part in parts.values() for item in part]
        if len(parts) < 2 or len(items) != len(set(items)):
            return None
        return asked[items], parts
