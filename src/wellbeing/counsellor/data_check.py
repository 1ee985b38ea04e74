"""The data check: invited, answered, incomplete, unusable and why, and what change can be judged. No codes."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wellbeing.followup.lists import WaveList
from wellbeing.followup.words import measure_name, points
from wellbeing.import_register import read_register
from wellbeing.missing import NOT_APPLICABLE, NOT_ASKED
from wellbeing.quality import SIGNS, Quality
from wellbeing.surveys import Roster, Survey, previous_wave
from wellbeing.surveys.stages import first_stage
from wellbeing.texts import say
from wellbeing.workspace import Workspace

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class DataCheck:
    """What stands in the data check: ``rows`` of item, persons and note; ``notes`` beneath; never a code."""

    rows: tuple[tuple[str, str, str], ...]
    notes: tuple[str, ...]


def check_data(
    workspace: Workspace, survey: Survey, roster: Roster, listed: WaveList, quality: Quality, school: str, lang: str
) -> DataCheck:
    """Count who was invited, who answered, what is incomplete, what was not used and why.

    Parameters
    ----------
    workspace, survey, roster
    listed : WaveList
        The wave as `wellbeing.followup.list_wave` gives it.
    quality : Quality
        Of the whole wave.
    school : str
        A ``school_id``; empty for all.
    lang : str
    """
    everybody = listed.responses.answers
    answers = everybody[everybody["school_id"] == school] if school else everybody
    scores = listed.scores.loc[answers.index]
    missing = listed.responses.missing.loc[answers.index]

    def told(entry: str, **fields: str | int) -> str:
        return say(f"counsellor.{entry}", lang, **fields)

    schools = roster.schools
    staff = int((schools.loc[[school]] if school else schools)["staff"].sum())
    share = told("answered_note", share=round(100 * len(answers) / staff))
    rows = [(told("invited"), str(staff), ""), (told("answered"), str(len(answers)), share)]
    if not len(answers):
        return DataCheck((*rows, *_not_used(workspace, survey, listed, lang)), (told("answered_none"),))
    items = [item.column for item in survey.items]
    blank = answers[items].isna() & ~missing[items].isin([NOT_ASKED, NOT_APPLICABLE])
    rows.append((told("blanks"), str(int(blank.any(axis=1).sum())), told("blanks_note")))
    rows += _unscorable(survey, answers, scores, missing, lang)
    contact = answers["consent_contact"].eq("yes").fillna(False).astype(bool)
    statistics = answers["consent_statistics"].eq("yes").fillna(False).astype(bool)
    for entry, persons in (
        ("no_statistics", ~statistics),
        ("no_contact", ~contact),
        ("no_code", contact & answers["code"].isna()),
        ("uniform", quality.respondents.loc[answers.index, list(SIGNS)].any(axis=1)),
    ):
        rows.append((told(entry), str(int(persons.sum())), told(f"{entry}_note")))
    rows += _not_used(workspace, survey, listed, lang)
    notes = (
        [*_odd(survey, answers, scores, lang), *_compared(survey, listed, lang)]
        if school
        else _compared(survey, listed, lang)
    )
    least = survey.policy.min_respondents
    if school and len(answers) < least:
        notes = [told("few", least=least), *notes]
    return DataCheck(tuple(rows), tuple(notes))


def _unscorable(
    survey: Survey, answers: "pd.DataFrame", scores: "pd.DataFrame", missing: "pd.DataFrame", lang: str
) -> list[tuple[str, str, str]]:
    rows = []
    for part in survey.parts:
        stage = first_stage(survey, part)
        columns = [item.column for item in part.items] if stage else []
        hidden = missing[columns].isin([NOT_ASKED]).any(axis=1)
        if stage:
            name = say("counsellor.stage_one", lang, acronym=part.instrument.acronym)
            note = say("counsellor.stage_one_note", lang, items=len(stage.columns), least=f"{stage.at_least:g}")
            rows.append((name, str(int(hidden.sum())), note))
        for scale in part.scales:
            measure = f"{part.instrument.id}_{scale.id}"
            short = scores[measure].isna() & ~hidden
            name = say("counsellor.unscorable", lang, measure=measure_name(survey, measure, lang))
            note = say("counsellor.unscorable_note", lang, items=len(scale.items), least=scale.min_answered)
            rows.append((name, str(int(short.sum())), note))
    return rows


def _not_used(workspace: Workspace, survey: Survey, listed: WaveList, lang: str) -> list[tuple[str, str, str]]:
    """Say which rows of the wave's files were not used, by the rule that set them aside: of all schools together."""
    files = read_register(workspace.raw(survey.id, str(listed.responses.wave)) / "files.json").values()
    aside: dict[str, int] = {}
    for file in files:
        for rule, count in file.get("set_aside", {}).items():
            aside[rule] = aside.get(rule, 0) + count
    rows = [
        (say("counsellor.unreadable_row", lang), str(count), say(f"counsellor.aside_{rule}", lang))
        for rule, count in sorted(aside.items())
    ]
    for entry, field in (("unfinished", "unfinished"), ("repeated", "duplicates")):
        count = sum(file.get(field, 0) for file in files)
        rows.append((say(f"counsellor.{entry}", lang), str(count), say(f"counsellor.{entry}_note", lang)))
    return rows


def _odd(survey: Survey, answers: "pd.DataFrame", scores: "pd.DataFrame", lang: str) -> list[str]:
    """Say what a school's answers have that is worth a thought: all at one score, all the same."""
    if len(answers) < 2:
        return []
    items = [item.column for item in survey.items]
    if len(answers[items].drop_duplicates()) == 1:
        return [say("counsellor.all_alike", lang)]
    notes = []
    for part in survey.parts:
        for scale in part.scales if part.worklist else ():
            measure = f"{part.instrument.id}_{scale.id}"
            known = scores[measure].dropna()
            best = scale.range[0] if scale.higher_is == "worse" else scale.range[1]
            if len(known) == len(scores) and known.eq(best).all():
                name = measure_name(survey, measure, lang)
                notes.append(say("counsellor.all_zero", lang, measure=name, score=points(best)))
    return notes


def _compared(survey: Survey, listed: WaveList, lang: str) -> list[str]:
    """Say whether change since last term is judged, for how many, and why not."""
    before = previous_wave(str(listed.responses.wave))
    if listed.linked is None:
        return [say("counsellor.linked_no_wave", lang, before=before)]
    if not listed.linked:
        return [say("counsellor.linked_none", lang, before=before)]
    return [say("counsellor.linked", lang, before=before, count=listed.linked), *listed.refused]
