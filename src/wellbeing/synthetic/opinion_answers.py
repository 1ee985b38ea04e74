"""How the made-up staff of one school answer the opinion survey: who answers, and what they say."""

import math
from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from wellbeing.surveys import Question, Survey
from wellbeing.synthetic import exports

#: Share outside a question's denominator, where it is not the usual twentieth.
_OUTSIDE = {
    "op_3b_helped": 0.35,
    "op_14_answered": 0.35,
    "op_4_ceremony": 0.25,
    "op_6_mentor": 0.55,
    "op_10_cared": 0.55,
    "op_12_social": 0.60,
}
_USUAL_OUTSIDE, _UNANSWERED, _REFUSES, _NO_BACKGROUND = 0.05, 0.01, 0.02, 0.01
#: Of the answers of a question with several that speak for a school; all others but `none` are burdens.
_GOOD_ANSWERS = frozenset(
    {
        "know", "take_part", "speak", "supervise",
        "known", "trusted", "unafraid",
        "frank", "heard", "followed",
        "held", "attended", "meant",
        "joined", "liked", "voluntary",
        "offered",
    }
)  # fmt: skip
#: How often a burden is named, by profile.
BURDEN = {"met": 0.06, "not_met": 0.75, "contradiction": 0.75, "too_few": 0.06, "ordinary": 0.30}
_RESPONSE, _TOO_FEW_RESPONSE, _TOO_FEW_MOST = 0.82, 0.30, 12
#: A school's place on the scales of validated instruments, in standard deviations.
CLIMATE = {"met": 0.8, "not_met": -0.8, "contradiction": -0.5, "too_few": 0.5, "ordinary": 0.0}
_CUTS = np.array([-1.3, -0.5, 0.4, 1.2])


def respondents(staff: int, profile: str, rng: np.random.Generator) -> int:
    """Say how many of a school's staff answer."""
    if profile == "too_few":
        return max(1, min(_TOO_FEW_MOST, math.floor(staff * _TOO_FEW_RESPONSE)))
    rate = _RESPONSE + (rng.uniform(-0.08, 0.08) if profile == "ordinary" else 0.0)
    return max(1, round(staff * rate))


def people_of(survey: Survey, school: str, staff: int, count: int, rng: np.random.Generator) -> pd.DataFrame:
    """Invent those who answer: role, sex and age band, consent and seconds; the other columns are missing."""
    leaders, middle = max(1, round(staff * 0.04)), max(1, round(staff * 0.12))
    roles = np.repeat(["leader", "middle", "staff"], [leaders, middle, max(staff - leaders - middle, 0)])
    people = pd.DataFrame(index=range(count))
    people["school_id"] = school
    people["code"] = people["submitted"] = people["lang"] = people["consent_contact"] = None
    people["seconds"] = np.round(np.exp(rng.normal(np.log(60 * survey.minutes * 0.8), 0.35, count)))
    people["role"] = rng.permutation(roles)[:count]
    people["sex"] = np.where(rng.random(count) < 0.68, "female", "male")
    bands = np.array(["under_35", "from_35_to_49", "from_50"])
    people["age_band"] = bands[np.searchsorted([0.38, 0.80], rng.random(count))]
    for background in ("sex", "age_band", "role"):
        people[background] = people[background].astype(object).where(rng.random(count) >= _NO_BACKGROUND, None)
    people["consent_statistics"] = np.where(rng.random(count) < _REFUSES, "no", "yes")
    people["consent_version"] = survey.consent_version
    return people


def own_answers(
    survey: Survey, people: pd.DataFrame, says: float, burden: float, rng: np.random.Generator
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Answer the survey's own questions but the written ones.

    Parameters
    ----------
    survey : Survey
    people : DataFrame, one row per respondent
    says : float
        Share of those inside a question's denominator who answer favourably.
    burden : float
        How often each burden is named where several answers are possible.
    rng : Generator

    Returns
    -------
    answers, marks : DataFrame
        One row per respondent, a column for each question; see `wellbeing.synthetic.exports.export_rows`.
    """
    given: dict[str, NDArray[np.object_]] = {"sex": people["sex"].to_numpy(), "role": people["role"].to_numpy()}
    marks: dict[str, list[str | None]] = {}
    for question in survey.own_questions:
        shown = _is_asked(survey, question.id, given, len(people))
        marks[question.id] = [None if asked else exports.SKIPPED for asked in shown]
        answers = np.full(len(people), None, dtype=object)
        if question.kind == "multiple":
            answers[shown] = [_several(question, says, burden, rng) for _ in range(int(shown.sum()))]
        elif question.kind == "choice":
            answers[shown] = _one_of(question, int(shown.sum()), says, rng)
        answers[rng.random(len(people)) < _UNANSWERED] = None
        given[question.id] = answers
    own = [question.id for question in survey.own_questions]
    return pd.DataFrame({name: given[name] for name in own}, dtype=object), pd.DataFrame(marks, dtype=object)


def _is_asked(survey: Survey, column: str, before: Mapping[str, NDArray[np.object_]], count: int) -> NDArray[np.bool_]:
    """Follow the form's routing: one of the conditions holds, or nothing is known of what they stand on."""
    conditions = survey.routing.get(column, ())
    shown = np.full(count, not conditions)
    for condition in conditions:
        rows = zip(*(before[name] for name in condition.columns), strict=True)
        # Whatever is no word is missing.
        given = [[answer for answer in row if isinstance(answer, str)] for row in rows]
        shown |= np.array(
            [not answers or not set(condition.codes).isdisjoint(answers) for answers in given], dtype=bool
        )
    return shown


def _one_of(question: Question, count: int, says: float, rng: np.random.Generator) -> list[str]:
    """Let `count` people choose: the planted share of those inside the denominator speaks for the school, exactly."""
    if not question.favourable:
        return [str(code) for code in rng.choice([option.code for option in question.options], count)]
    outside = round(count * _OUTSIDE.get(question.id, _USUAL_OUTSIDE)) if question.outside else 0
    inside = count - outside
    favourable = round(inside * says)
    judged = {*question.favourable, *question.unfavourable, *question.outside}
    neutral = [option.code for option in question.options if option.code not in judged]
    middling = round((inside - favourable) * 0.25) if neutral else 0
    chosen = [
        *rng.choice(list(question.favourable), favourable),
        *(rng.choice(neutral, middling) if middling else ()),
        *rng.choice(list(question.unfavourable), inside - favourable - middling),
        *(rng.choice(list(question.outside), outside) if outside else ()),
    ]
    return [str(code) for code in rng.permutation(chosen)]


def _several(question: Question, says: float, burden: float, rng: np.random.Generator) -> str:
    if question.outside and rng.random() < _OUTSIDE.get(question.id, _USUAL_OUTSIDE):
        return question.outside[0]
    kept = [option.code for option in question.options if option.code not in {"none", *question.outside}]
    chosen = [code for code in kept if rng.random() < (says if code in _GOOD_ANSWERS else burden)]
    return ";".join(chosen) or "none"


def item_answers(
    survey: Survey, people: pd.DataFrame, climate: float, rng: np.random.Generator
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Answer the instruments' items by how well each person thinks of the school, plus noise."""
    thinks = climate + rng.standard_normal(len(people))
    answers: dict[str, NDArray[np.float64]] = {}
    marks: dict[str, NDArray[np.object_]] = {}
    for part in survey.parts:
        better = {column: scale.higher_is == "better" for scale in part.scales for column in scale.items}
        for item in part.items:
            felt = 0.6 * thinks * (1 if better[item.column] else -1) + 0.8 * rng.standard_normal(len(people))
            ordered = np.sort(np.array(item.codes, dtype=float))
            place = np.searchsorted(_CUTS, felt) / len(_CUTS)
            codes = ordered[np.round(place * (len(ordered) - 1)).astype(int)]
            blank = rng.random(len(people)) < _UNANSWERED
            nobody = np.full(len(people), None, dtype=object)
            if item.not_applicable:
                alone = people["role"].eq("leader").to_numpy() & (rng.random(len(people)) < 0.5)
                nobody[alone] = item.not_applicable[0].code
                blank |= alone
            answers[item.column] = np.where(blank, np.nan, codes)
            marks[item.column] = nobody
    return pd.DataFrame(answers, index=people.index), pd.DataFrame(marks, index=people.index)
