"""What one survey is: its instruments and questions, its waves, its schools, the policy it is released under."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, get_type_hints

from wellbeing.errors import InputError, UsageError
from wellbeing.instruments import Instrument, Item, Scale, Text, instrument_ids, load_instrument
from wellbeing.surveys.mappings import mappings_path, read_mappings
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

if TYPE_CHECKING:
    import pandas as pd

KINDS = ("kindergarten", "primary", "junior", "senior", "nine-year")

#: What every plain answer file starts with; the items follow.
PERSON_COLUMNS = (
    "school_id",
    "code",
    "submitted",
    "seconds",
    "lang",
    "sex",
    "age_band",
    "role",
    "consent_statistics",
    "consent_contact",
    "consent_version",
)

#: Files beside the surveys' definitions that are none.
_NOT_SURVEYS = {"policy", "county", "measures", "retention"}

#: Background questions by which a result may be told apart (rule R6), one at a time.
SUBGROUPS = ("sex", "age_band", "role")


@dataclass(frozen=True)
class Option:
    """One answer to a question of the survey's own; codes are words."""

    code: str
    label: Text
    also: tuple[str, ...] = ()


#: The questions that stand before all others in every form.
PERSON_QUESTIONS = ("school_id", "code", "sex", "age_band", "role", "consent_statistics", "consent_contact")

#: Kinds of question a survey may ask beside its instruments; the first two are about the respondent only.
QUESTION_KINDS = ("school", "code", "choice", "multiple", "ranking", "number", "text")


@dataclass(frozen=True)
class Condition:
    """When a question is asked: the answers to `columns` add up to `at_least`, or one of `codes` was chosen.

    An answer that is missing adds nothing; where all are missing the question is asked, to be on the safe side.
    """

    columns: tuple[str, ...]
    at_least: int | None = None
    codes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Question:
    """A question beside the instruments. `also` lists other headers that exports use for it.

    `kind` is one of `QUESTION_KINDS`. In files and frames a ``multiple`` answer is the options' codes in the
    definition's order joined by ``;``, a ``ranking`` the codes from first to last joined by ``>``, a ``number`` a
    float within `low` and `high`, a ``text`` the text with what identifies a person masked. `place` says on which side
    of the instruments the survey's own questions stand, ``before`` or ``after``.
    """

    id: str
    kind: str
    text: Text
    options: tuple[Option, ...] = ()
    also: tuple[str, ...] = ()
    required: bool = False
    low: float | None = None
    high: float | None = None
    place: str = "after"


@dataclass(frozen=True)
class Part:
    """An instrument as this survey uses it: some of its scales, and the items they need.

    `worklist` says whether its scores alone put a person on the counsellor's list; critical items always do.
    """

    instrument: Instrument
    scales: tuple[Scale, ...]
    worklist: bool = True

    @property
    def items(self) -> tuple[Item, ...]:
        wanted = {column for scale in self.scales for column in scale.items}
        return tuple(item for item in self.instrument.items if item.column in wanted)


@dataclass(frozen=True)
class AnswerMap:
    """How a file codes an instrument otherwise than its definition.

    ``codes`` maps the file's codes to the definition's, for all items; empty where they are the same.
    ``already_reversed`` are numbers of reverse-keyed items that the file holds reversed.
    """

    codes: Mapping[int, int] = field(default_factory=dict)
    already_reversed: tuple[int, ...] = ()


@dataclass(frozen=True)
class Policy:
    """The numbers of disclosure control; ``surveys/policy.yaml`` says which rule each belongs to.

    ``weaker`` names those that protect less than the kit's, each as ``name value agreed``; ``approved`` who agreed to
    them, and when.
    """

    min_respondents: int
    min_response: float
    group_below_staff: int
    group_min_schools: int
    group_pair_min_staff: int
    group_max_share: float
    compare_min_schools: int
    compare_min_respondents: int
    severe_min_respondents: int
    class_width: int
    subgroup_min: int
    mean_min_respondents: int
    mean_values: int
    sd_min_respondents: int
    sd_step: float
    response_step: int
    rest_min_respondents: int
    rest_min_units: int
    weaker: tuple[str, ...] = ()
    approved: tuple[str, ...] = ()


@dataclass(frozen=True)
class Survey:
    """One survey definition.

    `headers`, `labels` and `ignore` say how a county's exports word things, `recode` how they code an instrument. A
    label stands for a code, or for one of the kinds of missing answer (``refused``, ``unreadable`` ...). `headers` and
    `ignore` hold what was confirmed in ``surveys/mappings/`` too.
    """

    id: str
    title: Text
    clinical: bool
    minutes: float
    parts: tuple[Part, ...]
    questions: tuple[Question, ...]
    policy: Policy
    headers: dict[str, tuple[str, ...]]
    labels: Mapping[str, Mapping[str, int | str]]
    ignore: tuple[str, ...]
    recode: Mapping[str, AnswerMap] = field(default_factory=dict)
    #: Column to the conditions of which one must hold for it to be asked; a column that is not there is always asked.
    routing: Mapping[str, tuple[Condition, ...]] = field(default_factory=dict)
    #: The page before the first question (privacy rules, 7.7), its version, and the page after the last one: where
    #: help is, for everybody.
    consent: Text = field(default_factory=Text)
    consent_version: str = ""
    help: Text = field(default_factory=Text)

    @property
    def items(self) -> tuple[Item, ...]:
        return tuple(item for part in self.parts for item in part.items)

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns of a plain answer file of this survey, in order."""
        return PERSON_COLUMNS + tuple(item.column for item in self.items) + tuple(q.id for q in self.own_questions)

    @property
    def person_questions(self) -> tuple[Question, ...]:
        """Questions about the respondent and the consents, which stand before all others, in order."""
        return tuple(question for question in self.questions if question.id in PERSON_COLUMNS)

    @property
    def own_questions(self) -> tuple[Question, ...]:
        """Questions beside the instruments and beside those about the respondent, in order."""
        return tuple(question for question in self.questions if question.id not in PERSON_COLUMNS)

    def question(self, id: str) -> Question:
        """Give one of the survey's own questions; KeyError if there is none."""
        for question in self.questions:
            if question.id == id:
                return question
        raise KeyError(id)


@dataclass(frozen=True)
class Responder:
    """Who answers the same day when somebody reports thoughts of self-harm."""

    name: str
    phone: str
    hours: str


@dataclass(frozen=True)
class County:
    """The county's name on the reports, the contacts it adds to the national ones, who answers the same day."""

    name: Text
    bureau: Text
    contacts: tuple[Text, ...]
    responder: Responder | None = None


@dataclass(frozen=True)
class Roster:
    """The schools of the county; never a list of staff.

    ``schools`` has one row per school, indexed by ``school_id``: ``name``, ``town``, ``kind``, ``rural``
    (bool), ``staff`` (int) and ``group`` (str, empty where the roster fixes none).
    """

    schools: "pd.DataFrame"


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
    problems = list(survey_faults(file, entry, id, instrument_ids(folder)))
    if problems:
        raise InputError(problems)
    instruments = {part.id: load_instrument(part.id, folder) for part in entry.instruments}
    problems = [*part_faults(file, entry, instruments), *recode_faults(file, entry, instruments)]
    if problems:
        raise InputError(problems)
    parts = tuple(
        Part(instruments[part.id], tuple(map(instruments[part.id].scale, part.scales)), part.worklist)
        for part in entry.instruments
    )
    items = {part.instrument.id: part.items for part in parts}
    problems = list(routing_faults(file, entry.questions, entry.two_stage or {}, items))
    if problems:
        raise InputError(problems)
    survey = Survey(
        entry.id,
        entry.title,
        entry.policy == "clinical",
        entry.minutes,
        parts,
        tuple(map(_question, entry.questions)),
        load_policy(workspace, entry.policy),
        entry.headers or {},
        entry.labels or {},
        entry.ignore or (),
        {name: AnswerMap(recode.codes, recode.already_reversed) for name, recode in (entry.recode or {}).items()},
        _routing(entry, items),
        Text(entry.consent.zh, entry.consent.en),
        entry.consent.version,
        entry.help,
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
    return Question(entry.id, entry.kind, text, options, entry.also, entry.required, entry.low, entry.high, place)


def _routing(entry: SurveyEntry, items: Mapping[str, tuple[Item, ...]]) -> dict[str, tuple[Condition, ...]]:
    routing = {
        question.id: tuple(Condition(each.columns, each.at_least, each.codes) for each in question.show_if)
        for question in entry.questions
        if question.show_if
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
