"""True figures of every reporting unit and group: they never leave the process that counts them.

Only answers whose consent covers statistics are counted. A score that is unscorable, and a critical question that
is unanswered, are in no figure: neither as a case nor as a person without. Nor is whoever does not know the answer to
one of the survey's own questions, or is not concerned.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd

from wellbeing.errors import KitFault
from wellbeing.instruments import CriticalItem, Instrument, Scale
from wellbeing.responses import Responses, consenting
from wellbeing.surveys import SUBGROUPS, Question, Survey
from wellbeing.surveys.digests import measure_digests
from wellbeing.surveys.stages import first_stage

#: The category of those who did not say; no option can be called so.
UNKNOWN = "?"

#: In the place of an instrument: the survey's own questions, which nobody validated.
OWN = "own"

#: Uses of the survey's own questions: shares whose denominator is itself an answer.
OWN_USES = ("favourable", "named", "unfavourable", "theme")

#: The kind of a question that nobody was asked: whether an open answer mentions a theme, of those who wrote one.
THEME = "theme"


@dataclass(frozen=True, eq=False)
class Aggregates:
    """True figures; for `disclosure` alone.

    Attributes
    ----------
    respondents : Series of int64, index ``unit``
        Respondents who agreed to statistics.
    figures : DataFrame
        One row per unit, group and measure, without gaps: ``n`` (people with a score or answer), ``cases``,
        ``total`` and ``squares`` (sums of the scores and of their squares, in score points; 0 where the measure
        has no score). Groups are ``all`` and ``sex=female`` ..., with ``sex=?`` for those who did not say.
    measures : DataFrame
        One row per measure, as `disclosure.release` describes them.
    left_out : int
        Respondents without that consent.
    overlaps : DataFrame
        One row per unit and pair of groups of different questions, ``one`` before ``other``: ``n_one``, ``n_other``
        and ``n_both`` respondents. The head of a school can count them from the staff list.
    people : mapping of (unit, group) to int
        Respondents in each group, whatever of the survey they answered.
    """

    respondents: pd.Series
    figures: pd.DataFrame
    measures: pd.DataFrame
    left_out: int
    overlaps: pd.DataFrame
    people: Mapping[tuple[str, str], int]


@dataclass(frozen=True)
class _Measure:
    id: str
    use: str
    instrument: Instrument | None = None
    scale: Scale | None = None
    critical: CriticalItem | None = None
    question: Question | None = None
    option: str = ""


def subgroup_questions(survey: Survey) -> tuple[Question, ...]:
    """Give the survey's questions by which results are told apart, in the order of `SUBGROUPS`."""
    return tuple(question for name in SUBGROUPS for question in survey.questions if question.id == name)


def groups_of(survey: Survey) -> tuple[str, ...]:
    """Give the groups that have figures of their own: ``all``, then every category of every question."""
    return ("all", *(f"{q.id}={option.code}" for q in subgroup_questions(survey) for option in q.options))


def aggregate(survey: Survey, responses: Responses, scores: pd.DataFrame, units: pd.DataFrame) -> Aggregates:
    """Count the cases and add up the scores of every unit, group and measure.

    Parameters
    ----------
    survey : Survey
    responses : Responses
    scores : DataFrame, index of ``responses.answers``
        ``<instrument>_<scale>`` with ``_band``, and ``<instrument>_critical_<n>``.
    units : DataFrame
        As `disclosure.units.form_units` gives them.

    Returns
    -------
    Aggregates

    Raises
    ------
    KitFault
        If somebody answered for a school that is in no unit; units are to be made from the whole roster.
    """
    agreed, left_out = consenting(responses, "statistics")
    people = agreed.answers
    counted = scores.loc[people.index]
    home = {school: unit for unit, ids in zip(units["unit"], units["schools"], strict=True) for school in ids.split()}
    unit = people["school_id"].map(home)
    if unit.isna().any():
        raise KitFault("answers for a school that is in no reporting unit")
    place = pd.Categorical(unit, categories=list(units["unit"])).codes.astype(np.int64)
    size = len(units)
    measures = _measures(survey)
    groups = [("all", np.ones(len(people), dtype=bool))]
    for question in subgroup_questions(survey):
        codes = [option.code for option in question.options]
        groups += [
            (f"{question.id}={code}", people[question.id].eq(code).fillna(False).to_numpy(bool)) for code in codes
        ]
        groups.append((f"{question.id}={UNKNOWN}", ~people[question.id].isin(codes).to_numpy(bool)))
    counts: dict[str, list[np.ndarray]] = {name: [] for name in ("n", "cases", "total", "squares")}
    for measure in measures:
        here, case, points = _values(measure, counted) if measure.question is None else _said(measure, people)
        for _, inside in groups:
            rows = here & inside
            at, value = place[rows], points[rows]
            counts["n"].append(np.bincount(at, minlength=size))
            counts["cases"].append(np.bincount(at[case[rows]], minlength=size))
            counts["total"].append(np.bincount(at, weights=value, minlength=size))
            counts["squares"].append(np.bincount(at, weights=value**2, minlength=size))
    names = [(group, measure.id) for measure in measures for group, _ in groups]
    figures = pd.DataFrame(
        {
            "unit": np.tile(units["unit"].to_numpy(), len(names)),
            "group": np.repeat([group for group, _ in names], size),
            "measure": np.repeat([measure for _, measure in names], size),
            **{name: np.concatenate(pieces) for name, pieces in counts.items()},
        }
    )
    respondents = pd.Series(np.bincount(place, minlength=size), index=pd.Index(units["unit"], name="unit"))
    # An opinion survey's next wave may be compared only where it asked the same: a scale is its items' words too.
    digests = {} if survey.clinical else measure_digests(survey)
    described = pd.DataFrame([_describe(measure, digests) for measure in measures])
    inside_of = {
        (str(unit), group): int(n)
        for group, inside in groups
        for unit, n in zip(units["unit"], np.bincount(place[inside], minlength=size), strict=True)
    }
    return Aggregates(respondents, figures, described, left_out, _overlaps(groups, place, units["unit"]), inside_of)


def _overlaps(groups: list[tuple[str, np.ndarray]], place: np.ndarray, units: pd.Series) -> pd.DataFrame:
    """Count who is in two groups of different questions at once, unit by unit."""
    size = len(units)
    pieces = []
    for (one, here), (other, there) in combinations(groups[1:], 2):
        if one.partition("=")[0] == other.partition("=")[0]:
            continue
        counts = {
            name: np.bincount(place[inside], minlength=size)
            for name, inside in (("n_one", here), ("n_other", there), ("n_both", here & there))
        }
        pieces.append(pd.DataFrame({"unit": units.to_numpy(), "one": one, "other": other, **counts}))
    columns = ["unit", "one", "other", "n_one", "n_other", "n_both"]
    return pd.concat(pieces, ignore_index=True) if pieces else pd.DataFrame(columns=columns)


def _measures(survey: Survey) -> list[_Measure]:
    """List what is counted: first every scale with bands that need attention, then what only the county is told.

    An instrument that is asked in two stages is not counted: see `wellbeing.surveys.stages`.
    """
    parts = [part for part in survey.parts if first_stage(survey, part) is None]
    scales = [(part.instrument, scale) for part in parts for scale in part.scales if scale.bands]
    found = [_Measure(f"{i.id}_{scale.id}", "attention", i, scale) for i, scale in scales if scale.attention]
    found += [_Measure(f"{i.id}_{scale.id}_severe", "severe", i, scale) for i, scale in scales if scale.severe]
    for part in parts:
        asked = {item.column: item.number for item in part.items}
        found += [
            _Measure(
                f"{part.instrument.id}_critical_{asked[critical.column]}",
                "critical",
                part.instrument,
                critical=critical,
            )
            for critical in part.instrument.critical
            if critical.column in asked
        ]
    if not survey.clinical:
        # A scale of an opinion survey without bands tells its mean; a figure of groups is no person's.
        found += [
            _Measure(f"{part.instrument.id}_{scale.id}", "mean", part.instrument, scale)
            for part in parts
            for scale in part.scales
            if not scale.attention and scale.level != "group" and scale.method in ("sum", "mean")
        ]
        found += [measure for question in survey.own_questions for measure in _own(question)]
    return found


def _own(question: Question) -> Iterator[_Measure]:
    """List what is counted of one of the survey's own questions: favourable answers, or each option that is named."""
    if question.kind == "multiple":
        for option in question.options:
            if option.code not in question.outside:
                yield _Measure(f"{question.id}={option.code}", "named", question=question, option=option.code)
    elif question.kind == THEME:
        yield _Measure(question.id, THEME, question=question)
    elif question.favourable:
        yield _Measure(question.id, "favourable", question=question)
        judged = {*question.favourable, *question.unfavourable, *question.outside}
        # Where no answer is neutral, whoever does not speak for it speaks against it: the same figure twice.
        if question.unfavourable and any(option.code not in judged for option in question.options):
            yield _Measure(f"{question.id}_unfavourable", "unfavourable", question=question)


def own_columns(survey: Survey, answers: pd.DataFrame) -> pd.DataFrame:
    """Write down, for every measure of the survey's own questions, who is in its figures: 1 if a case, 0 if not.

    Parameters
    ----------
    survey : Survey
    answers : DataFrame
        A wave's checked answers.

    Returns
    -------
    DataFrame of float64, index of `answers`
        A column per measure; NaN where somebody did not answer, does not know or is not concerned.
    """
    columns = {}
    for measure in _measures(survey):
        if measure.question is not None:
            here, case, _ = _said(measure, answers)
            columns[measure.id] = np.where(here, case.astype(float), np.nan)
    return pd.DataFrame(columns, index=answers.index)


def _said(measure: _Measure, people: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Give who is in the figures of an own question, who of them is a case, and no scores."""
    question = measure.question
    if question is None:
        raise KitFault("no question of the survey's own")
    answer = people[question.id]
    nothing = np.zeros(len(people))
    if measure.use == "named":
        codes = ";" + answer.fillna("").astype("str") + ";"
        within = [option.code for option in question.options if option.code not in question.outside]
        named = {code: codes.str.contains(f";{code};", regex=False).to_numpy(bool) for code in within}
        return np.logical_or.reduce(list(named.values())), named[measure.option], nothing
    inside = [option.code for option in question.options if option.code not in question.outside]
    here = answer.isin(inside).to_numpy(bool)
    return here, here & answer.isin(list(_counted(measure, question))).to_numpy(bool), nothing


def _counted(measure: _Measure, question: Question) -> tuple[str, ...]:
    """Give the answers that a measure of an own question counts."""
    if measure.use == "named":
        return (measure.option,)
    if measure.use == THEME:
        return (question.options[0].code,)
    return question.favourable if measure.use == "favourable" else question.unfavourable


def _values(measure: _Measure, scores: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Give who is in a measure's figures, who of them is a case, and the scores (0 where it has none)."""
    if measure.scale is None or measure.instrument is None:
        answer = scores[measure.id]
        nothing = np.zeros(len(scores))
        return answer.isin(["yes", "no"]).to_numpy(bool), answer.eq("yes").fillna(False).to_numpy(bool), nothing
    name = f"{measure.instrument.id}_{measure.scale.id}"
    bands = {"attention": measure.scale.attention, "severe": measure.scale.severe}.get(measure.use, ())
    points = scores[name].to_numpy(dtype=float, na_value=np.nan)
    scored = ~np.isnan(points)
    case = scores[f"{name}_band"].isin(list(bands)).to_numpy(bool) if bands else np.zeros(len(scores), dtype=bool)
    return scored, case & scored, np.where(scored, points, 0.0)


def _describe(measure: _Measure, digests: Mapping[str, str]) -> dict[str, str | float]:
    instrument = measure.instrument
    if instrument is None:
        return _describe_own(measure, digests)
    if measure.scale is not None:
        scale = measure.scale
        wanted = {"attention": scale.attention, "severe": scale.severe}.get(measure.use, ())
        bands = [band.name for band in scale.bands.bands if band.id in wanted] if scale.bands else []
        part, name, (low, high), higher_is = scale.id, scale.name, scale.range, scale.higher_is
    elif measure.critical is not None:
        codes = instrument.item(measure.critical.column).codes
        bands, part, name, low, high, higher_is = [], "", measure.critical.meaning, min(codes), max(codes), "worse"
    return {
        "measure": measure.id,
        "instrument": instrument.id,
        "scale": part,
        "use": measure.use,
        "acronym": instrument.acronym,
        "name_zh": name.in_("zh"),
        "name_en": name.in_("en"),
        "bands_zh": "、".join(band.in_("zh") for band in bands),
        "bands_en": ", ".join(band.in_("en") for band in bands),
        "range_low": low,
        "range_high": high,
        "higher_is": higher_is,
        "version": instrument.version,
        "digest": digests.get(measure.id, instrument.digest),
        "status": instrument.status,
    }


def _describe_own(measure: _Measure, digests: Mapping[str, str]) -> dict[str, str | float]:
    question = measure.question
    if question is None:
        raise KitFault("a measure of neither an instrument nor a question")
    counted = _counted(measure, question)
    labels = [option.label for option in question.options if option.code in counted]
    return {
        "measure": measure.id,
        "instrument": OWN,
        "scale": question.id,
        "use": measure.use,
        "acronym": "",
        "name_zh": question.text.in_("zh"),
        "name_en": question.text.in_("en"),
        "bands_zh": "、".join(label.in_("zh") for label in labels),
        "bands_en": ", ".join(label.in_("en") for label in labels),
        "range_low": 0,
        "range_high": 1,
        "higher_is": {"favourable": "better", "unfavourable": "worse"}.get(measure.use, "neutral"),
        "version": "",
        "digest": digests[question.id],
        "status": OWN,
    }
