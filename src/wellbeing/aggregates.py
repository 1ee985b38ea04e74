"""True figures of every reporting unit and group: they never leave the process that counts them.

Only answers whose consent covers statistics are counted. A score that is unscorable, and a critical question that
is unanswered, are in no figure: neither as a case nor as a person without.
"""

from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd

from wellbeing.errors import KitFault
from wellbeing.instruments import CriticalItem, Instrument, Scale
from wellbeing.responses import Responses, consenting
from wellbeing.surveys import SUBGROUPS, Question, Survey
from wellbeing.surveys.stages import first_stage

#: The category of those who did not say; no option can be called so.
UNKNOWN = "?"


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
    """

    respondents: pd.Series
    figures: pd.DataFrame
    measures: pd.DataFrame
    left_out: int
    overlaps: pd.DataFrame


@dataclass(frozen=True)
class _Measure:
    id: str
    use: str
    instrument: Instrument
    scale: Scale | None = None
    critical: CriticalItem | None = None


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
    pieces = []
    for measure in measures:
        here, case, points = _values(measure, counted)
        for group, inside in groups:
            rows = here & inside
            at, value = place[rows], points[rows]
            pieces.append(
                pd.DataFrame(
                    {
                        "unit": units["unit"].to_numpy(),
                        "group": group,
                        "measure": measure.id,
                        "n": np.bincount(at, minlength=size),
                        "cases": np.bincount(at[case[rows]], minlength=size),
                        "total": np.bincount(at, weights=value, minlength=size),
                        "squares": np.bincount(at, weights=value**2, minlength=size),
                    }
                )
            )
    figures = pd.concat(pieces, ignore_index=True)
    respondents = pd.Series(np.bincount(place, minlength=size), index=pd.Index(units["unit"], name="unit"))
    described = pd.DataFrame([_describe(measure) for measure in measures])
    return Aggregates(respondents, figures, described, left_out, _overlaps(groups, place, units["unit"]))


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
    return found


def _values(measure: _Measure, scores: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Give who is in a measure's figures, who of them is a case, and the scores (0 where it has none)."""
    if measure.scale is None:
        answer = scores[measure.id]
        nothing = np.zeros(len(scores))
        return answer.isin(["yes", "no"]).to_numpy(bool), answer.eq("yes").fillna(False).to_numpy(bool), nothing
    name = f"{measure.instrument.id}_{measure.scale.id}"
    bands = measure.scale.attention if measure.use == "attention" else measure.scale.severe
    points = scores[name].to_numpy(dtype=float, na_value=np.nan)
    scored = ~np.isnan(points)
    case = scores[f"{name}_band"].isin(list(bands)).to_numpy(bool)
    return scored, case & scored, np.where(scored, points, 0.0)


def _describe(measure: _Measure) -> dict[str, str | float]:
    instrument = measure.instrument
    if measure.scale is not None:
        scale = measure.scale
        wanted = scale.attention if measure.use == "attention" else scale.severe
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
        "digest": instrument.digest,
        "status": instrument.status,
    }
