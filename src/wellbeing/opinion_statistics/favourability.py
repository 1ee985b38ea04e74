"""Favourable, neutral, unfavourable: what staff say of each question, beside the county's and last year's.

Whoever does not know or is not concerned leaves the denominator. Items worded the other way round are turned for the
reader and marked. A change is named only where its interval excludes 0 and it is 5 points or more.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wellbeing.opinion_statistics.differences import Share, difference
from wellbeing.opinion_statistics.pooling import pooled_shares

if TYPE_CHECKING:
    import pandas as pd

    from wellbeing.surveys import Question


@dataclass(frozen=True)
class Coding:
    """Which answer codes of a question speak for the school, which against it, and which leave the denominator.

    All other codes are neutral. `turned` marks an item worded the other way round: agreeing with it is unfavourable.
    """

    favourable: frozenset[str]
    unfavourable: frozenset[str]
    outside: frozenset[str] = frozenset()
    turned: bool = False

    def __post_init__(self) -> None:
        if not self.favourable or not self.unfavourable:
            raise ValueError("a coding names favourable and unfavourable answers")
        if (self.favourable & self.unfavourable) | (self.outside & (self.favourable | self.unfavourable)):
            raise ValueError("an answer is one thing only")

    @classmethod
    def of_scale(cls, codes: Iterable[int], reverse: bool = False) -> "Coding":
        """Give the coding of a scale by numbers: its top two fifths are favourable; turned where `reverse`.

        Of five codes the top two and the bottom two; of seven likewise, of four one and one.
        """
        ordered = sorted(set(codes))
        part = max(len(ordered) * 2 // 5, 1)
        top, bottom = ({str(code) for code in end} for end in (ordered[-part:], ordered[:part]))
        good, bad = (bottom, top) if reverse else (top, bottom)
        return cls(frozenset(good), frozenset(bad), turned=reverse)

    @classmethod
    def of_question(cls, question: "Question") -> "Coding":
        """Give the coding that a survey's own question states; by numbers that run downwards it is a turned one.

        Raises
        ------
        ValueError
            If the question states none.
        """
        good, bad = question.favourable, question.unfavourable
        numbers = all(code.lstrip("-").isdigit() for code in (*good, *bad))
        turned = bool(numbers and good and bad) and max(map(int, good)) < min(map(int, bad))
        return cls(frozenset(good), frozenset(bad), frozenset(question.outside), turned)


@dataclass(frozen=True)
class Favourability:
    """What so many people say: counts of those inside the denominator, and of those outside it.

    ``share``, ``neutral_share`` and ``unfavourable_share`` add up to 1, ``net`` lies between -1 and 1; NaN of nobody.
    """

    favourable: int
    neutral: int
    unfavourable: int
    outside: int
    missing: int
    turned: bool = False

    @property
    def n(self) -> int:
        return self.favourable + self.neutral + self.unfavourable

    @property
    def share(self) -> float:
        return self._of(self.favourable)

    @property
    def neutral_share(self) -> float:
        return self._of(self.neutral)

    @property
    def unfavourable_share(self) -> float:
        return self._of(self.unfavourable)

    @property
    def net(self) -> float:
        return self._of(self.favourable - self.unfavourable)

    @property
    def interval(self) -> Share:
        return Share.of(self.favourable, self.n)

    def _of(self, count: int) -> float:
        return count / self.n if self.n else float("nan")


def favourability(answers: "pd.Series", coding: Coding) -> Favourability:
    """Count what the people of a column say.

    Parameters
    ----------
    answers : Series of str
        Answer codes, missing where a question was not answered or not asked. Numbers count by their whole part's text.
    coding : Coding
    """
    given = codes_of(answers)
    good, bad, outside = (
        given.isin(sorted(codes)) for codes in (coding.favourable, coding.unfavourable, coding.outside)
    )
    neutral = given.notna() & ~good & ~bad & ~outside
    none = given.isna()
    return Favourability(
        int(good.sum()), int(neutral.sum()), int(bad.sum()), int(outside.sum()), int(none.sum()), coding.turned
    )


def codes_of(answers: "pd.Series") -> "pd.Series":
    """Write a column's answers as codes: texts as they are, whole numbers without a point, missing as missing."""
    import pandas as pd

    if pd.api.types.is_numeric_dtype(answers):
        return answers.map(lambda code: f"{code:g}", na_action="ignore").astype("str")
    return answers.astype("str").where(answers.notna())


def favourability_table(
    answers: "pd.DataFrame",
    units: "pd.Series",
    codings: Mapping[str, Coding],
    last: "tuple[pd.DataFrame, pd.Series] | None" = None,
    untold: Collection[str] = (),
) -> "pd.DataFrame":
    """Put every unit's answers beside what is typical of the county and what the unit said last time.

    True counts: for the working zone.

    Parameters
    ----------
    answers : DataFrame, shape (n_people, n_columns)
        Those who agreed to statistics.
    units : Series, shape (n_people,)
        The school or group of each.
    codings : mapping of column to Coding
    last : (DataFrame, Series), optional
        The same of the last wave.
    untold : collection of str
        Questions that were another question then (`wellbeing.surveys.digests.untold_trends`): no change is told.

    Returns
    -------
    DataFrame
        One row per unit and question: ``unit, question, turned, n, outside, missing, favourable, neutral, unfavourable,
        net, low, high`` (shares 0 to 1 of `n`, interval of ``favourable``), ``typical``, ``from_typical`` with
        ``from_typical_low``, ``from_typical_high`` and ``from_typical_word``, ``last`` and ``change`` likewise, whose
        word is empty where there is nothing to compare with.

    References
    ----------
    The kit's notes on statistics, section 7.1.
    """
    import numpy as np
    import pandas as pd

    names = sorted(map(str, units.dropna().unique()))
    rows = []
    for question, coding in codings.items():
        here = {unit: favourability(answers.loc[units.eq(unit), question], coding) for unit in names}
        counts = np.array([[told.favourable, told.n] for told in here.values()], dtype=float)
        typical = pooled_shares(*counts.T).typical if counts[:, 1].sum() else Share(np.nan, 0.0, 1.0)
        compared = last is not None and question not in untold and question in last[0]
        for unit, told in here.items():
            share = told.interval
            before = Share(np.nan, 0.0, 1.0)
            if last is not None and compared:
                before = favourability(last[0].loc[last[1].eq(unit), question], coding).interval
            apart, change = difference(share, typical), difference(share, before)
            rows.append(
                {
                    "unit": unit,
                    "question": question,
                    "turned": told.turned,
                    "n": told.n,
                    "outside": told.outside,
                    "missing": told.missing,
                    "favourable": told.share,
                    "neutral": told.neutral_share,
                    "unfavourable": told.unfavourable_share,
                    "net": told.net,
                    "low": share.low,
                    "high": share.high,
                    "typical": typical.value,
                    "from_typical": apart.value,
                    "from_typical_low": apart.low,
                    "from_typical_high": apart.high,
                    "from_typical_word": "" if np.isnan(apart.value) else apart.word,
                    "last": before.value,
                    "change": change.value,
                    "change_low": change.low,
                    "change_high": change.high,
                    "change_word": "" if np.isnan(change.value) else change.word,
                }
            )
    return pd.DataFrame(rows)
