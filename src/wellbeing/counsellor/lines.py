"""One person's line on the worklist, in words: reasons, score with error, change with verdict, what to ask next."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from wellbeing.change import CRITICAL_Z, FLOORS
from wellbeing.followup import Case, Score, describe
from wellbeing.followup.words import band_name, measure_name, points, scale_of
from wellbeing.instruments import Scale
from wellbeing.pseudonyms import grouped
from wellbeing.surveys import Roster, Survey
from wellbeing.surveys.stages import first_stage
from wellbeing.texts import say

Verdict = Literal["worse", "better", "none", "unknown"]

#: Seen whatever a week has room for: the list is cut by urgency, never by capacity alone (statistics rules, 3.4).
ALWAYS = frozenset({"today", "this_week"})


@dataclass(frozen=True)
class Line:
    """One line, every part of it words.

    Attributes
    ----------
    when : str
        One of `wellbeing.followup.triage.URGENCIES`, the only part that is no words.
    code, school, reasons, last, ask : str
    scores, changes : tuple of str
        One for each scale that is told.
    """

    when: str
    code: str
    school: str
    reasons: str
    scores: tuple[str, ...]
    changes: tuple[str, ...]
    last: str
    ask: str


@dataclass(frozen=True)
class Week:
    """The list as it is worked through: nobody is in two parts, and nobody in none.

    Attributes
    ----------
    now, waiting : tuple of Case
        Not contacted yet: whom to see this week, and who comes after.
    in_touch, closed : tuple of Case
    """

    now: tuple[Case, ...]
    waiting: tuple[Case, ...]
    in_touch: tuple[Case, ...]
    closed: tuple[Case, ...]


def share_out(cases: Sequence[Case], per_week: int) -> Week:
    """Share the list out, in its order, by what a week has room for.

    Parameters
    ----------
    cases : sequence of Case
        In the order of triage.
    per_week : int
        First conversations that fit into a week. Whoever is due today or this week is among them even beyond that.
    """
    new = [case for case in cases if case.state == "to_contact"]
    now = [case for place, case in enumerate(new) if place < per_week or case.entry.when in ALWAYS]
    return Week(
        tuple(now),
        tuple(case for case in new if case not in now),
        tuple(case for case in cases if case.state not in ("to_contact", "closed")),
        tuple(case for case in cases if case.state == "closed"),
    )


def verdict(score: Score, scale: Scale) -> Verdict:
    """Judge a person's change since last term by the reliable change index; ``unknown`` where the error is not known.

    References
    ----------
    Jacobson & Truax 1991, J Consult Clin Psychol 59:12: reliable beyond 1.96 Sdiff, Sdiff = sqrt(2) SEM.
    """
    if score.change is None or score.sem is None:
        return "unknown"
    size = abs(score.change)
    if size <= CRITICAL_Z * 2**0.5 * score.sem or size < FLOORS.get(score.measure, 0.0):
        return "none"
    return "worse" if (score.change > 0) == (scale.higher_is == "worse") else "better"


def line_of(case: Case, survey: Survey, roster: Roster, lang: str, note: str = "") -> Line:
    """Write one person's line.

    Parameters
    ----------
    case : Case
    survey, roster
    lang : str
    note : str
        What was noticed about how the person answered; never a reason to move anybody.
    """
    entry = case.entry
    told = [score for score in entry.scores if _is_told(score, case, survey)]
    leading = tuple(reason for reason in entry.reasons if _leads(reason.measure, survey))
    reasons = describe(leading or entry.reasons, survey, lang)
    extra = [note] if note else []
    if not case.listed:
        extra.append(say("counsellor.note_not_listed", lang))
    if case.page:
        extra.append(say("counsellor.page_printed", lang))
    names = roster.schools["name"]
    return Line(
        entry.when,
        grouped(entry.code),
        str(names[entry.school]) if entry.school in names.index else say("counsellor.school_gone", lang),
        " ".join([reasons, *extra]),
        tuple(score_words(score, survey, lang) for score in told),
        _changes(told, survey, lang),
        _last(case, lang),
        ask_next(case, lang),
    )


def _is_told(score: Score, case: Case, survey: Survey) -> bool:
    """Tell what the list goes by, and beside it what is a reason of this person."""
    return _leads(score.measure, survey) or any(reason.measure == score.measure for reason in case.entry.reasons)


def _leads(measure: str, survey: Survey) -> bool:
    """Say whether a measure's instrument puts people on the list, or only stands beside."""
    return any(part.worklist for part in survey.parts if measure.startswith(f"{part.instrument.id}_"))


def score_words(score: Score, survey: Survey, lang: str) -> str:
    """Say a score with its measurement error, band and number of answers; unscorable is never 0."""
    _, scale = scale_of(survey, score.measure)
    name, items = _short_name(survey, score.measure, lang), len(scale.items)
    if score.score is None:
        entry = "score_stage_one" if _stopped_at_first(score, survey) else "score_unscorable"
        if entry == "score_stage_one":
            return say("counsellor.score_stage_one", lang, name=name)
        return say("counsellor.score_unscorable", lang, name=name, answered=score.answered, items=items)
    error = (
        say("counsellor.error_unknown", lang)
        if score.sem is None
        else say("counsellor.error", lang, points=points(CRITICAL_Z * score.sem))
    )
    band = band_name(scale, score.band, lang) if score.band else say("counsellor.no_band", lang)
    fields: dict[str, str | int] = {"name": name, "score": points(score.score), "error": error, "band": band}
    fields |= {"answered": score.answered, "items": items}
    if score.prorated:
        return say("counsellor.score_prorated", lang, **fields)
    return say("counsellor.score", lang, **fields)


def _changes(told: Sequence[Score], survey: Survey, lang: str) -> tuple[str, ...]:
    """Say the changes one by one; once, where nothing of last term is known."""
    if all(score.change is None for score in told):
        return (say("counsellor.change_nothing", lang),)
    return tuple(change_words(score, survey, lang) for score in told)


def change_words(score: Score, survey: Survey, lang: str) -> str:
    """Say the change since last term and what is to be thought of it."""
    _, scale = scale_of(survey, score.measure)
    name = _short_name(survey, score.measure, lang)
    if score.change is None:
        return say("counsellor.change_none", lang, name=name)
    judged = say(f"counsellor.verdict_{verdict(score, scale)}", lang)
    return say("counsellor.change", lang, name=name, change=f"{round(score.change, 1):+g}", verdict=judged)


def _short_name(survey: Survey, measure: str, lang: str) -> str:
    """Name a scale by its questionnaire where that is enough to tell it: a line has little room."""
    for part in survey.parts:
        if measure.startswith(f"{part.instrument.id}_") and len(part.scales) == 1:
            return part.instrument.acronym
    return measure_name(survey, measure, lang)


def _stopped_at_first(score: Score, survey: Survey) -> bool:
    for part in survey.parts:
        stage = first_stage(survey, part)
        if stage and score.measure.startswith(f"{part.instrument.id}_"):
            return score.answered == len(stage.columns)
    return False


def _last(case: Case, lang: str) -> str:
    """Say what was recorded last: this term's state, else what is known of earlier terms."""
    if case.contacts:
        last = case.contacts[-1]
        return say("counsellor.last_state", lang, state=say(f"followup.state_{last.state}", lang), day=last.on)
    if case.earlier:
        wave, last = case.earlier[-1]
        state = say(f"followup.state_{last.state}", lang)
        return say("counsellor.history", lang, wave=wave, state=state, day=last.on)
    return say("counsellor.last_never", lang)


def history(case: Case, lang: str) -> tuple[str, ...]:
    """Say everything that was recorded about a person, terms ago first."""
    told = [(wave, contact) for wave, contact in case.earlier] + [("", contact) for contact in case.contacts]
    lines = []
    for wave, contact in told:
        state = say(f"followup.state_{contact.state}", lang)
        if wave:
            lines.append(say("counsellor.history", lang, wave=wave, state=state, day=contact.on))
        else:
            lines.append(say("counsellor.last_state", lang, state=state, day=contact.on))
    return tuple(lines) or (say("counsellor.last_never", lang),)


def ask_next(case: Case, lang: str) -> str:
    """Say what to talk about first, by where the case stands and why the person is on the list."""
    keys = {reason.key for reason in case.entry.reasons}
    by_reason = (
        ("critical", "ask_critical"),
        ("critical_unanswered", "ask_item_again"),
        ("lower_bound", "ask_missing"),
        ("rise_above", "ask_worse"),
        ("rise_below", "ask_worse"),
        ("again", "ask_again"),
    )
    if case.state != "to_contact":
        return say(f"counsellor.ask_{case.state}", lang)
    for key, entry in by_reason:
        if key in keys:
            return say(f"counsellor.{entry}", lang)
    return say("counsellor.ask_open", lang)
