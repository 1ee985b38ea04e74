"""How a wave was answered: time, strings, variability, consistency, distance and blanks. Columns and a page.

A sign of careless answering is a reason to look, never to leave somebody out: nothing here removes or changes an
answer, and whoever is at risk stays on the list with the sign beside the name of the risk.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wellbeing.instruments import Item, Scale
from wellbeing.missing import MISSING_KINDS, NOT_APPLICABLE, NOT_ASKED
from wellbeing.responses import Responses
from wellbeing.surveys import Survey
from wellbeing.texts import say

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

#: Nobody reads and answers an item in less (Huang, Curran, Keeney, Poposki & DeShon 2012, J Bus Psychol 27:99).
SECONDS_PER_ITEM = 2.0
#: Below this, halves of the same scales do not agree (Jackson 1976, after Johnson 2005, J Res Pers 39:103).
LEAST_CONSISTENT = 0.30
#: Of attentive people whose answers are normally distributed so many are taken for outliers all the same.
FALSE_OUTLIERS = 0.001
#: A page on which this many were answered can be one string by more than chance.
PAGE = 5
#: Answers so far apart in meaning contradict each other (share of the way from best to worst).
_CONTRADICTION = 0.5

#: What may be noted of one respondent, in the order of `Quality.respondents`.
SIGNS = ("fast", "straight", "inconsistent", "outlier")


@dataclass(frozen=True, eq=False)
class Quality:
    """How a wave was answered.

    Attributes
    ----------
    respondents : DataFrame, one row per respondent, index of the answers
        ``school_id``, ``code``; ``items_answered`` (count), ``seconds_per_item``; ``longest_string`` (items) and
        ``longest_string_share`` (of its page); ``variability`` (standard deviation, each answer as a share of its
        item's range); ``even_odd`` (-1 to 1); ``mahalanobis`` (squared distance) and ``mahalanobis_p``;
        ``missing_share`` (of the items asked); a bool for each of `SIGNS`. NaN where it cannot be computed.
    items : DataFrame, one row per item, index the column
        ``asked`` (count), a count for each of `MISSING_KINDS`, ``missing_share`` (of those asked).
    """

    respondents: "pd.DataFrame"
    items: "pd.DataFrame"

    def counts(self) -> dict[str, int]:
        """Count the respondents with each sign."""
        return {sign: int(self.respondents[sign].sum()) for sign in SIGNS}


def assess(responses: Responses, survey: Survey) -> Quality:
    """Work out every index for a wave's answers; `responses` stays as it is.

    Parameters
    ----------
    responses : Responses
        Answers of `survey`.
    survey : Survey
    """
    import numpy as np
    import pandas as pd

    # Not scipy.stats, whose import takes longer than all the rest: this is its chi2.sf.
    from scipy.special import chdtrc

    from wellbeing.quality.indices import even_odd, longest_string, mahalanobis, within_person_sd

    answers = responses.answers
    columns = [item.column for item in survey.items]
    given = answers[columns].to_numpy(dtype=np.float64)
    shares = _shares(given, survey.items)
    keyed = _keyed(shares, survey)
    answered = (~np.isnan(given)).sum(axis=1)
    table = answers[["school_id", "code"]].copy()
    table["items_answered"] = answered
    table["seconds_per_item"] = (answers["seconds"] / np.where(answered > 0, answered, np.nan)).astype("float64")
    strings, parts = [], []
    for part in survey.parts:
        places = [columns.index(item.column) for item in part.items]
        runs = longest_string(given[:, places])
        strings.append(runs)
        parts.append(np.where(len(places) >= PAGE, runs / max(len(places), 1), np.nan))
    table["longest_string"] = np.max(strings, axis=0)
    table["longest_string_share"] = np.fmax.reduce(parts)
    table["variability"] = within_person_sd(shares)
    table["even_odd"] = even_odd(keyed, _scales(survey))
    table["mahalanobis"], freedom = mahalanobis(given)
    table["mahalanobis_p"] = chdtrc(freedom, table["mahalanobis"]) if freedom else np.nan
    kinds = responses.missing.reindex(columns=columns)
    items = _by_item(kinds)
    unasked = np.column_stack([kinds[name].isin([NOT_ASKED, NOT_APPLICABLE]).to_numpy() for name in columns])
    blank = np.isnan(given) & ~unasked
    asked = (~unasked).sum(axis=1)
    table["missing_share"] = blank.sum(axis=1) / np.where(asked > 0, asked, np.nan)
    table["fast"] = (table["seconds_per_item"] < SECONDS_PER_ITEM).to_numpy()
    table["straight"] = _straight(given, shares, keyed, survey)
    table["inconsistent"] = (table["even_odd"] < LEAST_CONSISTENT).to_numpy()
    table["outlier"] = (table["mahalanobis_p"] < FALSE_OUTLIERS).to_numpy()
    return Quality(pd.DataFrame(table), items)


def note_for(quality: Quality, code: str, lang: str | None = None) -> str:
    """Say what was noticed about how one respondent answered, for the line on the counsellor's list.

    Returns
    -------
    str
        Empty where nothing was noticed, or nobody has the code.
    """
    people = quality.respondents
    rows = people[(people["code"] == code).fillna(False).astype(bool)]
    signs = [sign for sign in SIGNS if rows[sign].any()]
    if not signs:
        return ""
    words = say("quality.and", lang).join(say(f"quality.sign_{sign}", lang) for sign in signs)
    return say("quality.note", lang, signs=words)


def _shares(given: "NDArray[np.float64]", items: tuple[Item, ...]) -> "NDArray[np.float64]":
    """Bring each answer to the share of its item's range, 0 to 1, so that items can be compared."""
    import numpy as np

    low = np.array([min(item.codes) for item in items], dtype=np.float64)
    span = np.array([max(item.codes) for item in items], dtype=np.float64) - low
    scaled: NDArray[np.float64] = (given - low) / np.where(span > 0, span, 1.0)
    return scaled


def _keyed(shares: "NDArray[np.float64]", survey: Survey) -> "NDArray[np.float64]":
    """Turn shares so that 1 is the worse end of every scale, as its key says."""
    import numpy as np

    turned = []
    for item in survey.items:
        scale = next(iter(_scales_with(item, survey)), None)
        reversed_ = scale is not None and (item.column in scale.reverse) != (scale.higher_is == "better")
        turned.append(reversed_)
    return np.where(np.array(turned, dtype=bool), 1.0 - shares, shares)


def _scales_with(item: Item, survey: Survey) -> list[Scale]:
    return [scale for part in survey.parts for scale in part.scales if item.column in scale.items]


def _scales(survey: Survey) -> list[list[int]]:
    """Give the scales as places of items; of two that share an item the first counts."""
    columns = [item.column for item in survey.items]
    used: set[str] = set()
    found: list[list[int]] = []
    for part in survey.parts:
        for scale in part.scales:
            if scale.method in {"sum", "mean"} and not scale.optional and used.isdisjoint(scale.items):
                used |= set(scale.items)
                found.append([columns.index(column) for column in scale.items])
    return found


def _straight(
    given: "NDArray[np.float64]", shares: "NDArray[np.float64]", keyed: "NDArray[np.float64]", survey: Survey
) -> "NDArray[np.bool_]":
    """Find people whose single answer to a whole page contradicts itself.

    One answer throughout a page of symptoms is what a healthy person gives, so a string alone is no sign. It is one
    where the page holds items keyed both ways, or where every page is a string and the pages say opposite things.
    """
    import numpy as np

    columns = [item.column for item in survey.items]
    every = np.ones(len(given), dtype=bool)
    contradicts = np.zeros(len(given), dtype=bool)
    pages = 0
    for part in survey.parts:
        places = [columns.index(item.column) for item in part.items]
        if len(places) < PAGE:
            continue
        pages += 1
        enough = (~np.isnan(given[:, places])).sum(axis=1) >= PAGE
        string = enough & (_spread(shares[:, places]) == 0)
        contradicts |= string & (_spread(keyed[:, places]) >= _CONTRADICTION)
        every &= string
    if pages:
        contradicts |= every & (_spread(keyed) >= _CONTRADICTION)
    return contradicts


def _spread(values: "NDArray[np.float64]") -> "NDArray[np.float64]":
    """Give each row's largest value less its smallest; infinite below zero where there is none."""
    import numpy as np

    spread: NDArray[Any] = np.where(np.isnan(values), -np.inf, values).max(axis=1) - np.where(
        np.isnan(values), np.inf, values
    ).min(axis=1)
    return spread


def _by_item(kinds: "pd.DataFrame") -> "pd.DataFrame":
    import pandas as pd

    counts = pd.DataFrame(
        {name: [int((kinds[column] == name).sum()) for column in kinds] for name in MISSING_KINDS}, index=kinds.columns
    )
    asked = len(kinds) - counts[NOT_ASKED] - counts[NOT_APPLICABLE]
    missing = counts.drop(columns=[NOT_ASKED, NOT_APPLICABLE]).sum(axis=1)
    counts.insert(0, "asked", asked)
    counts["missing_share"] = missing / asked.where(asked > 0)
    return counts
