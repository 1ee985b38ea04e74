"""Decide who needs somebody, and in which order: by urgency, never by a composite score.

The levels, from the kit's statistics rules (triage order):

1. a critical item answered above zero
2. a severe band
3. at or above the cutoff, with a reliable rise since last term
4. a critical item unanswered, or a scale unscorable with the answered items already at the cutoff
5. at or above the cutoff two terms running
6. at or above the cutoff for the first time
7. below the cutoff, with a reliable rise

"At or above the cutoff" is a band that the definition names under ``attention``, or, where a scale has no bands, its
one published cut-off; "rise" means a change for the worse, on the WHO-5 a fall. An instrument that the survey marks
``worklist: false`` puts nobody on the list; its findings stand behind the others. Within a level the heavier burden
comes first, by the survey's first scale.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from wellbeing.change import Precision, precision, reliable_change
from wellbeing.instruments import Scale
from wellbeing.missing import NOT_ASKED
from wellbeing.responses import Responses, consenting
from wellbeing.scoring import score
from wellbeing.surveys import Part, Survey

#: How soon each level is due.
WHEN = {1: "today", 2: "this_week", 3: "this_week", 4: "ask_again", 5: "watch", 6: "watch", 7: "watch"}
#: Urgencies in order.
URGENCIES = ("today", "this_week", "ask_again", "watch")


@dataclass(frozen=True)
class Reason:
    """One reason why a person is on the list; a sentence is made of it by `wellbeing.followup.words`.

    Attributes
    ----------
    key : str
        ``critical``, ``severe``, ``rise_above``, ``critical_unanswered``, ``lower_bound``, ``again``, ``first``
        (below the cutoff last term), ``unseen`` (no score last term) or ``rise_below``.
    measure : str
        ``phq9_total``, or ``phq9_critical_9``.
    score, before : float or None
        Scale points now and last term; of a ``lower_bound`` the bound.
    band : str or None
    """

    key: str
    measure: str
    score: float | None = None
    before: float | None = None
    band: str | None = None


_LEVELS = {
    "critical": 1,
    "severe": 2,
    "rise_above": 3,
    "critical_unanswered": 4,
    "lower_bound": 4,
    "again": 5,
    "first": 6,
    "unseen": 6,
    "rise_below": 7,
}


def worklist(
    survey: Survey,
    responses: Responses,
    scores: pd.DataFrame,
    previous: pd.DataFrame | None,
    precisions: Mapping[str, Precision] | None = None,
) -> pd.DataFrame:
    """List the persons who need somebody, agreed to be contacted, and have a code.

    Parameters
    ----------
    survey : Survey
    responses : Responses
    scores : DataFrame, index of ``responses.answers``
        As `wellbeing.scoring.score_survey` gives them.
    previous : DataFrame or None
        Last term's scores with a column ``code``; None if there was no last term.
    precisions : mapping of scale column to Precision, optional
        By default the published ones, else those of this wave.

    Returns
    -------
    DataFrame, one row per person, most urgent first
        ``level`` (1 to 7), ``when`` (one of `URGENCIES`), ``school_id``, ``code``, ``reasons`` (tuple of `Reason`,
        most urgent first, those that only stand beside at the end); for each scale its columns of `scores` and, in
        scale points, NaN if not known: ``_change`` since last term, ``_sem``, the standard error of measurement, and
        ``_bound``, what the answers given come to where there is no score; the critical items of `scores`.
    """
    answers = responses.answers
    reachable = answers["consent_contact"].eq("yes") & answers["code"].notna()
    if precisions is None:
        precisions = _precisions(survey, responses, scores)
    asked, needing = answers[reachable], _as_asked(survey, responses, scores)[reachable]
    return _needs(survey, asked, needing, _last_term(asked, previous), precisions)


def not_reachable(survey: Survey, responses: Responses, scores: pd.DataFrame) -> pd.DataFrame:
    """Count those who would be on the list, but agreed to no contact or left no code.

    Whoever refused statistics and contact both is not counted: nothing of theirs may be used. Without a code
    nobody is linked with last term, so nobody is here for a change alone.

    Returns
    -------
    DataFrame, one row per school and reason
        ``school_id``, ``why`` (``no_consent`` or ``no_code``), and a count for each of `URGENCIES`.
    """
    answers = responses.answers
    contact = answers["consent_contact"].eq("yes")
    counted = (answers["consent_statistics"].eq("yes") & ~contact) | (contact & answers["code"].isna())
    asked = answers[counted]
    needs = _needs(survey, asked, _as_asked(survey, responses, scores)[counted], _last_term(asked, None), {})
    why = np.where(contact[needs.index], "no_code", "no_consent")
    table = pd.crosstab([needs["school_id"], pd.Series(why, index=needs.index, name="why")], needs["when"])
    return table.reindex(columns=list(URGENCIES), fill_value=0).rename_axis(columns=None).reset_index()


def _as_asked(survey: Survey, responses: Responses, scores: pd.DataFrame) -> pd.DataFrame:
    """Tell a critical item that the form did not show (``not_asked``: no reason to ask again) from one left blank.

    Screened in two stages, most people never see it.
    """
    seen = scores.copy()
    for part in survey.parts:
        for critical in part.instrument.critical:
            name = f"{part.instrument.id}_critical_{critical.column.rsplit('_', 1)[1]}"
            if name in seen and critical.column in survey.routing:
                hidden = responses.missing[critical.column].eq(NOT_ASKED).fillna(False).to_numpy(bool)
                seen[name] = seen[name].astype(object).mask(hidden & seen[name].eq("unanswered"), NOT_ASKED)
    return seen


def _precisions(survey: Survey, responses: Responses, scores: pd.DataFrame) -> dict[str, Precision]:
    counted = consenting(responses, "statistics")[0].answers
    return {
        _name(part, scale): precision(part.instrument, scale, counted, scores.loc[counted.index, _name(part, scale)])
        for part in survey.parts
        for scale in part.scales
    }


def _name(part: Part, scale: Scale) -> str:
    return f"{part.instrument.id}_{scale.id}"


def _last_term(asked: pd.DataFrame, previous: pd.DataFrame | None) -> pd.DataFrame:
    """Give each person's scores of last term, by code; a row of nothing where there are none."""
    if previous is None:
        return pd.DataFrame(index=asked.index)
    known = previous[previous["code"].notna()].set_index("code")
    return known.reindex(asked["code"]).set_axis(asked.index)


def _needs(
    survey: Survey,
    answers: pd.DataFrame,
    scores: pd.DataFrame,
    before: pd.DataFrame,
    precisions: Mapping[str, Precision],
) -> pd.DataFrame:
    """Find all reasons of all persons, and put those who have any in order; the index stays the person's."""
    reasons: list[list[Reason]] = [[] for _ in range(len(answers))]
    beside: list[list[Reason]] = [[] for _ in range(len(answers))]
    shown: dict[str, pd.Series] = {}
    burden: dict[str, pd.Series] = {}
    for part in survey.parts:
        for critical in part.instrument.critical:
            name = f"{part.instrument.id}_critical_{critical.column.rsplit('_', 1)[1]}"
            if name in scores:
                shown[name] = scores[name].astype(object)
                for answer, key in (("yes", "critical"), ("unanswered", "critical_unanswered")):
                    for place in np.flatnonzero(shown[name] == answer):
                        reasons[place].append(Reason(key, name))
        for scale in part.scales:
            name = _name(part, scale)
            judged = _judge(part, scale, answers, scores, before, precisions.get(name))
            for key in _LEVELS:
                for place in np.flatnonzero(judged[key]) if key in judged else ():
                    (reasons if part.worklist else beside)[place].append(_reason(key, name, judged.iloc[place]))
            shown |= {name + end: scores[name + end] for end in ("", "_answered", "_prorated")}
            shown |= {f"{name}_{column}": judged[column] for column in ("band", "change", "bound", "sem")}
            burden[name] = judged["points"] * (1 if scale.higher_is == "worse" else -1)
    for found in (*reasons, *beside):
        found.sort(key=lambda reason: _LEVELS[reason.key])
    level = pd.Series([_LEVELS[found[0].key] if found else 0 for found in reasons], index=answers.index)
    # An instrument that puts nobody on the list is still told of those who are on it.
    told = [tuple(found + more) for found, more in zip(reasons, beside, strict=True)]
    head = {
        "level": level,
        "when": level.map(WHEN),
        "school_id": answers["school_id"],
        "code": answers["code"],
        "reasons": pd.Series(told, index=answers.index, dtype=object),
    }
    listed = pd.DataFrame(head | shown, index=answers.index)
    # In the end the code decides, which is random, so that the order does not depend on that of the answers.
    order = pd.DataFrame({"level": level} | burden | {"code": answers["code"]})[level > 0]
    by = ["level", *burden, "code"]
    rising = [column not in burden for column in by]
    return listed.loc[order.sort_values(by, ascending=rising, na_position="last").index]


def _judge(
    part: Part,
    scale: Scale,
    answers: pd.DataFrame,
    scores: pd.DataFrame,
    before: pd.DataFrame,
    noise: Precision | None,
) -> pd.DataFrame:
    """Apply the rules to one scale.

    Returns
    -------
    DataFrame, one row per person
        A bool column for each key that a scale can give, and what a reason tells: ``points`` (the score, else
        its bound), ``band``, ``earlier``, ``change``, ``bound``, ``sem``.
    """
    name = _name(part, scale)
    now = scores[name]
    band = scores[f"{name}_band"].astype(object)
    nothing = pd.Series(np.nan, index=now.index)
    earlier = pd.to_numeric(before.get(name, nothing), errors="coerce")
    earlier_band = before.get(f"{name}_band", nothing).astype(object)
    bound = best_case(part, scale, answers, now)
    noise = noise or Precision(np.nan, np.nan)
    moved = reliable_change(now, earlier, noise.sd, noise.reliability, noise.floor)
    worse = moved["verdict"] == ("rise" if scale.higher_is == "worse" else "fall")
    severe = band.isin(scale.severe)
    above = _at_cutoff(part, scale, now, band)
    before_above = _at_cutoff(part, scale, earlier, earlier_band)
    at_least = pd.Series([_band_of(scale, points) for points in bound], index=now.index, dtype=object)
    # What is said already by a more urgent reason of the same scale is not said again.
    plain = above & ~severe & ~worse
    return pd.DataFrame(
        {
            "points": now.fillna(bound),
            "bound": bound,
            "sem": noise.sdiff / math.sqrt(2),
            "band": band,
            "earlier": earlier,
            "change": moved["change"],
            "severe": severe,
            "rise_above": above & worse,
            "lower_bound": _at_cutoff(part, scale, bound, at_least),
            "again": above & before_above,
            "first": plain & earlier.notna() & ~before_above,
            "unseen": plain & earlier.isna(),
            "rise_below": now.notna() & ~above & worse & (bool(scale.attention) or cutoff(part, scale) is not None),
        }
    )


def cutoff(part: Part, scale: Scale) -> float | None:
    """Find the one published cut-off of a scale that has no bands, such as the PHQ-8's 10; None if there is none.

    Without it whoever is not asked the PHQ-9's last question would be on no list.
    """
    if scale.bands is not None or scale.higher_is != "worse":
        return None
    rules = {f.rule for f in part.instrument.facts.cutoffs if f.scale == scale.id and not f.unconfirmed}
    found = re.fullmatch(r">= (\d+(?:\.\d+)?)", rules.pop() or "") if len(rules) == 1 else None
    return float(found.group(1)) if found else None


def _at_cutoff(part: Part, scale: Scale, points: pd.Series, band: pd.Series) -> pd.Series:
    line = cutoff(part, scale)
    return band.isin(scale.attention) if line is None else points >= line


def _band_of(scale: Scale, points: float) -> str | None:
    band = scale.bands.band(points) if scale.bands else None
    return band.id if band else None


def _reason(key: str, name: str, judged: pd.Series) -> Reason:
    earlier = None if pd.isna(judged["earlier"]) else float(judged["earlier"])
    band = judged["band"] if isinstance(judged["band"], str) else None
    return Reason(key, name, float(judged["points"]), earlier, band)


def best_case(part: Part, scale: Scale, answers: pd.DataFrame, now: pd.Series) -> pd.Series:
    """Score unscorable answers as if everything left out were harmless: a bound, not a guess.

    Returns
    -------
    Series of float, index of `now`
        NaN where the scale has a score, or where nothing of it was answered.
    """
    items = answers[list(scale.items)].astype(float)
    asked = items[now.isna() & items.notna().any(axis=1)]
    harmless = {}
    for column in scale.items:
        codes = part.instrument.item(column).codes
        low_is_harmless = (scale.higher_is == "worse") != (column in scale.reverse)
        harmless[column] = min(codes) if low_is_harmless else max(codes)
    alone = Part(part.instrument, (scale,))
    return score(asked.fillna(harmless), alone)[_name(part, scale)].reindex(now.index)
