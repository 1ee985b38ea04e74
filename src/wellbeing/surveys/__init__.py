"""What one survey is: its instruments and questions, its waves, its schools, the policy it is released under."""

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import get_type_hints

from wellbeing.errors import InputError, UsageError
from wellbeing.instruments import Item, Text, instrument_ids, load_instrument
from wellbeing.surveys.answer_sets import asked, judgement_faults, set_faults, switched_off_faults, with_sets
from wellbeing.surveys.definitions import (
    KINDS,
    NOTHING,
    PERSON_COLUMNS,
    PERSON_QUESTIONS,
    QUESTION_KINDS,
    SENSITIVE,
    SUBGROUPS,
    AnswerMap,
    Condition,
    County,
    Option,
    Part,
    Policy,
    Question,
    Responder,
    Roster,
    Survey,
)
from wellbeing.surveys.mappings import mappings_path, read_mappings
from wellbeing.surveys.minutes import survey_minutes
from wellbeing.surveys.own_words import with_words
from wellbeing.surveys.questions import QuestionEntry, routing_faults
from wellbeing.surveys.settings import (
    CountyEntry,
    PolicyEntry,
    SurveyEntry,
    approved,
    county_faults,
    is_weaker,
    part_faults,
    policy_faults,
    recode_faults,
    survey_faults,
    wording_faults,
)
from wellbeing.workspace import Workspace, kit_root
from wellbeing.yaml_forms import problem_at, read_form

__all__ = [
    "KINDS",
    "NOTHING",
    "PERSON_COLUMNS",
    "PERSON_QUESTIONS",
    "QUESTION_KINDS",
    "SENSITIVE",
    "SUBGROUPS",
    "AnswerMap",
    "Condition",
    "County",
    "Option",
    "Part",
    "Policy",
    "Question",
    "Responder",
    "Roster",
    "Survey",
    "check_wave",
    "load_county",
    "load_policy",
    "load_survey",
    "previous_wave",
    "read_roster",
    "school_year",
]

#: Files beside the surveys' definitions that are none.
_NOT_SURVEYS = {"policy", "county", "measures", "retention", "themes", "safeguarding"}


def check_wave(wave: str) -> str:
    """Return `wave` if it is a wave id: ``2026-autumn``, ``2027-spring`` or ``2026``.

    Raises
    ------
    UsageError
        If it is not; a wave names folders, so nothing else may pass.
    """
    if not re.fullmatch(r"[12][0-9]{3}(-(spring|autumn))?", wave):
        raise UsageError("bad_wave", wave=wave[:40])
    return wave


def school_year(wave: str) -> str:
    """Give the school year of a wave, ``2026-2027`` for ``2026-autumn`` and ``2027-spring``."""
    year = int(check_wave(wave)[:4])
    first = year - 1 if wave.endswith("spring") else year
    return f"{first}-{first + 1}"


def previous_wave(wave: str) -> str:
    """Give the wave before: the last term's for a term, the last year's for a year."""
    year = int(check_wave(wave)[:4])
    if wave.endswith("autumn"):
        return f"{year}-spring"
    if wave.endswith("spring"):
        return f"{year - 1}-autumn"
    return str(year - 1)


def load_policy(workspace: Workspace, kind: str) -> Policy:
    """Read the numbers for ``clinical`` or ``opinion`` surveys from ``surveys/policy.yaml``.

    Raises
    ------
    InputError
        If a number is missing, unknown, impossible, or weaker than the one the kit comes with without two approvers.
    """
    file, entry = read_form(workspace.surveys / "policy.yaml", PolicyEntry)
    _, agreed = read_form(kit_root() / "surveys" / "policy.yaml", PolicyEntry)
    numbers = {name: type_ for name, type_ in get_type_hints(Policy).items() if type_ in (int, float)}
    problems = list(policy_faults(file, entry, agreed, numbers))
    if problems:
        raise InputError(problems)
    values, floors = getattr(entry, kind), getattr(agreed, kind)
    weaker = [name for name in values if is_weaker(name, values[name], floors[name])]
    told = tuple(f"{name} {values[name]:g} {floors[name]:g}" for name in weaker)
    return Policy(**values, weaker=told, approved=approved(entry) if told else ())


def load_county(workspace: Workspace) -> County:
    """Read ``surveys/county.yaml``.

    Raises
    ------
    InputError
        With every fault of it.
    """
    file, entry = read_form(workspace.surveys / "county.yaml", CountyEntry)
    problems = list(county_faults(file, entry))
    if problems:
        raise InputError(problems)
    named = entry.same_day_responder
    responder = Responder(named.name, named.phone, named.hours) if named else None
    return County(entry.name, entry.bureau, entry.contacts or (), responder)


def load_survey(workspace: Workspace, id: str) -> Survey:
    """Load ``surveys/<id>.yaml`` with its instruments, its policy, and the confirmed mappings of its exports.

    Raises
    ------
    UsageError
        If there is no such survey in the workspace.
    InputError
        If a definition cannot be used, with every fault.
    """
    known = sorted({path.stem for path in workspace.surveys.glob("*.yaml") if path.is_file()} - _NOT_SURVEYS)
    if id not in known:
        raise UsageError("no_survey", survey=id[:40], known=", ".join(known))
    folder = workspace.surveys / "instruments"
    file, entry = read_form(workspace.surveys / f"{id}.yaml", SurveyEntry)
    sets = entry.answer_sets or {}
    whole, problems = with_sets(file, entry.questions, sets)
    problems += [*set_faults(file, sets), *judgement_faults(file, entry.questions)]
    problems += survey_faults(file, entry, id, instrument_ids(folder))
    if problems:
        raise InputError(problems)
    entry = replace(entry, questions=whole)
    instruments = {part.id: load_instrument(part.id, folder) for part in entry.instruments}
    problems = [*part_faults(file, entry, instruments), *recode_faults(file, entry, instruments)]
    if problems:
        raise InputError(problems)
    instruments = {part.id: with_words(instruments[part.id], part.words) for part in entry.instruments}
    parts = tuple(
        Part(instruments[part.id], tuple(map(instruments[part.id].scale, part.scales)), part.worklist)
        for part in entry.instruments
    )
    items = {part.instrument.id: part.items for part in parts}
    problems = list(routing_faults(file, entry.questions, entry.two_stage or {}, items))
    problems += switched_off_faults(file, entry.questions, entry.sensitive)
    if problems:
        raise InputError(problems)
    questions = tuple(_question(question) for question in entry.questions if asked(question, entry.sensitive))
    survey = Survey(
        entry.id,
        entry.title,
        entry.policy == "clinical",
        entry.minutes or survey_minutes(parts, questions, entry.consent.zh or entry.consent.en or ""),
        parts,
        questions,
        load_policy(workspace, entry.policy),
        entry.headers or {},
        entry.labels or {},
        entry.ignore or (),
        {name: AnswerMap(recode.codes, recode.already_reversed) for name, recode in (entry.recode or {}).items()},
        _routing(entry, items),
        Text(entry.consent.zh, entry.consent.en),
        entry.consent.version,
        entry.help,
        entry.sensitive,
        entry.minutes_budget,
        entry.own_questions_most,
        entry.own_validated,
    )
    problems = list(wording_faults(file, entry, {item.column: item for item in survey.items}, survey.columns))
    problems += [
        problem_at(file, "needs_clinical", "policy", instrument=part.instrument.id)
        for part in parts
        if part.instrument.critical and not survey.clinical
    ]
    problems += [
        problem_at(file, "opinion_code", "questions", place)
        for place, question in enumerate(entry.questions)
        if question.id == "code" and not survey.clinical
    ]
    if problems:
        raise InputError(problems)
    mapped = read_mappings(mappings_path(workspace, id), survey)
    headers = {**dict.fromkeys(mapped.headers, ()), **survey.headers}
    headers = {column: (*texts, *mapped.headers.get(column, ())) for column, texts in headers.items()}
    return replace(survey, headers=headers, ignore=(*survey.ignore, *mapped.ignore))


def _question(entry: QuestionEntry) -> Question:
    options = tuple(Option(option.code, Text(option.zh, option.en), option.also) for option in entry.options)
    text = Text(entry.zh, entry.en)
    place = entry.place or ("before" if entry.id in PERSON_COLUMNS else "after")
    return Question(
        entry.id,
        entry.kind,
        text,
        options,
        entry.also,
        entry.required,
        entry.low,
        entry.high,
        place,
        entry.row,
        entry.favourable,
        entry.unfavourable,
        entry.outside,
        entry.sensitive,
        entry.section,
    )


def _routing(entry: SurveyEntry, items: Mapping[str, tuple[Item, ...]]) -> dict[str, tuple[Condition, ...]]:
    routing = {
        question.id: tuple(Condition(each.columns, each.at_least, each.codes) for each in question.show_if)
        for question in entry.questions
        if question.show_if and asked(question, entry.sensitive)
    }
    for name, stages in (entry.two_stage or {}).items():
        first = tuple(item.column for item in items[name] if item.number in stages.first)
        rest = [item.column for item in items[name] if item.column not in first]
        routing |= dict.fromkeys(rest, (Condition(first, stages.at_least),))
    return routing


def read_roster(path: Path) -> Roster:
    """Read ``data/roster.csv`` and check every cell of it.

    Raises
    ------
    UsageError
        If there is no roster yet.
    InputError
        With every fault of the file: a missing or doubled column, a row cut short, a doubled school, a kind that
        is none of `KINDS`, a number of staff that is not a whole number above zero.
    """
    from wellbeing.surveys.rosters import read_schools

    return Roster(read_schools(path, KINDS))
