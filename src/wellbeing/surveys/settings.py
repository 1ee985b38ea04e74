"""How a survey, the policy and the county are written down, and everything that can be wrong with them."""

import datetime
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from math import isfinite
from typing import Any, ClassVar, Literal, get_args

from wellbeing.errors import Problem
from wellbeing.instruments import Instrument, Item, Text
from wellbeing.missing import MissingKind
from wellbeing.surveys.answer_sets import AnswerSetEntry
from wellbeing.surveys.own_words import words_faults
from wellbeing.surveys.questions import QuestionEntry, TwoStageEntry, question_faults
from wellbeing.surveys.wording import same_text, worded
from wellbeing.yaml_files import YamlFile
from wellbeing.yaml_forms import problem_at

_FORBID: dict[str, Any] = {"extra": "forbid"}
_ID = re.compile(r"[a-z][a-z0-9_]{0,39}")

#: Numbers of the policy that are stricter when smaller; all others when larger.
_STRICTER_BELOW = frozenset({"group_max_share"})
_SHARES = frozenset({"min_response", "group_max_share"})
#: What the first page of the fullest report has room for; with more it runs over, and with forty there is no report.
#: Widths in halves of a Chinese character: one line.
MOST_CONTACTS, CONTACT_WIDTH = 4, 80


@dataclass(frozen=True)
class PartEntry:
    """One instrument of a survey, the scales it is asked for, and words for items that have none (by number)."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _FORBID
    id: str
    scales: tuple[str, ...]
    worklist: bool = True
    words: dict[int, Text] | None = None


@dataclass(frozen=True)
class RecodeEntry:
    """How a county's files code an instrument otherwise than its definition; see `wellbeing.surveys.AnswerMap`."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _FORBID
    codes: dict[int, int] = field(default_factory=dict)
    already_reversed: tuple[int, ...] = ()


@dataclass(frozen=True)
class ConsentEntry:
    """The page before the first question; a changed text needs a new version, which travels with each record."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _FORBID
    version: str
    zh: str | None = None
    en: str | None = None


@dataclass(frozen=True)
class SurveyEntry:
    """``surveys/<id>.yaml``, word for word."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _FORBID
    id: str
    title: Text
    policy: Literal["clinical", "opinion"]
    instruments: tuple[PartEntry, ...]
    questions: tuple[QuestionEntry, ...]
    consent: ConsentEntry
    help: Text
    schema: Literal[1] = 1
    minutes: float | None = None
    minutes_budget: float | None = None
    own_questions_most: int | None = None
    own_validated: Literal[False] = False
    sensitive: tuple[Literal["pay", "marriage", "hardship", "women"], ...] = ()
    answer_sets: dict[str, AnswerSetEntry] | None = None
    two_stage: dict[str, TwoStageEntry] | None = None
    headers: dict[str, tuple[str, ...]] | None = None
    labels: dict[str, dict[str, int | MissingKind]] | None = None
    recode: dict[str, RecodeEntry] | None = None
    ignore: tuple[str, ...] | None = None


@dataclass(frozen=True)
class ApproverEntry:
    """Who agreed to numbers weaker than the kit's, and on what day."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _FORBID
    name: str
    date: str | datetime.date


@dataclass(frozen=True)
class SignoffEntry:
    """How a release is signed off: by how many people, and for how many days an approval holds."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _FORBID
    approvers: int
    approval_days: int


@dataclass(frozen=True)
class PolicyEntry:
    """``surveys/policy.yaml``; which numbers there are `wellbeing.surveys.Policy` says."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _FORBID
    clinical: dict[str, int | float]
    opinion: dict[str, int | float]
    schema: Literal[1] = 1
    approved_weaker: tuple[ApproverEntry, ...] | None = None
    signoff: SignoffEntry | None = None


@dataclass(frozen=True)
class ResponderEntry:
    """Who answers the same day when somebody reports thoughts of self-harm."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _FORBID
    name: str
    phone: str
    hours: str


@dataclass(frozen=True)
class CountyEntry:
    """``surveys/county.yaml``."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _FORBID
    name: Text
    bureau: Text
    schema: Literal[1] = 1
    contacts: tuple[Text, ...] | None = field(default=None)
    same_day_responder: ResponderEntry | None = None


def survey_faults(file: YamlFile, entry: SurveyEntry, id: str, known: tuple[str, ...]) -> Iterator[Problem]:
    """Find what contradicts itself in a survey; its instruments are looked at by name only."""
    if entry.id != id or not _ID.fullmatch(entry.id):
        yield problem_at(file, "definition_id", "id", name=f"{id}.yaml")
    if not worded(entry.title):
        yield problem_at(file, "no_text", "title")
    for name in ("minutes", "minutes_budget", "own_questions_most"):
        number = getattr(entry, name)
        if number is not None and not (isfinite(number) and number > 0):
            yield problem_at(file, "policy_number", name)
    if not entry.instruments:
        yield problem_at(file, "no_entries", "instruments")
    for place, part in enumerate(entry.instruments):
        if part.id not in known:
            yield problem_at(file, "survey_unknown_instrument", "instruments", place, "id", known=", ".join(known))
        if part.id in [earlier.id for earlier in entry.instruments[:place]]:
            yield problem_at(file, "stands_twice", "instruments", place, "id")
        if not part.scales:
            yield problem_at(file, "no_entries", "instruments", place, "scales")
    yield from question_faults(file, entry.questions, entry.policy == "clinical")
    if not entry.consent.version.strip():
        yield problem_at(file, "empty_entry", "consent", "version")
    for name, text in (("consent", Text(entry.consent.zh, entry.consent.en)), ("help", entry.help)):
        if not worded(text):
            yield problem_at(file, "no_text", name)


def part_faults(file: YamlFile, entry: SurveyEntry, parts: Mapping[str, Instrument]) -> Iterator[Problem]:
    """Find scales that an instrument does not have, and words for it that may not be given."""
    for place, part in enumerate(entry.instruments):
        scales = {scale.id: scale for scale in parts[part.id].scales}
        for at, name in enumerate(part.scales):
            route = ("instruments", place, "scales", at)
            if name not in scales:
                yield problem_at(file, "survey_unknown_scale", *route, known=", ".join(scales))
            if name in part.scales[:at]:
                yield problem_at(file, "stands_twice", *route)
        yield from words_faults(file, place, part.words, parts[part.id])


def wording_faults(
    file: YamlFile, entry: SurveyEntry, items: Mapping[str, Item], columns: tuple[str, ...]
) -> Iterator[Problem]:
    """Find faults of ``headers``, ``labels`` and ``ignore``; a mapping that never takes effect is one."""
    meant: dict[str, str] = {}
    for column, texts in (entry.headers or {}).items():
        if column not in columns:
            yield problem_at(file, "survey_unknown_column", "headers", column)
        for place, text in enumerate(texts):
            if not text.strip():
                yield problem_at(file, "no_text", "headers", column, place)
            elif meant.setdefault(same_text(text), column) != column:
                yield problem_at(file, "header_for_two", "headers", column, place, other=meant[same_text(text)])
    instruments = {column.rpartition("_")[0] for column in items}
    for key, labels in (entry.labels or {}).items():
        concerned = [item for column, item in items.items() if key in (column, column.rpartition("_")[0])]
        question = next((question for question in entry.questions if question.id == key), None)
        if not concerned and question is None:
            known = ", ".join(sorted(instruments))
            yield problem_at(file, "labels_unknown", "labels", key, known=known)
            continue
        for label, code in labels.items():
            if not label.strip():
                yield problem_at(file, "no_text", "labels", key)
            elif question is not None:
                # Other words for an option stand beside the option, under `also`.
                options = {same_text(t) for o in question.options for t in (o.code, o.zh, o.en, *o.also) if t}
                if not isinstance(code, str):
                    yield problem_at(file, "label_code", "labels", key, label, known=", ".join(get_args(MissingKind)))
                elif same_text(label) in options:
                    yield problem_at(file, "label_contradicts", "labels", key, label)
            elif not isinstance(code, str) and not any(code in item.codes for item in concerned):
                known = ", ".join(str(code) for code in concerned[0].codes[:20])
                yield problem_at(file, "label_code", "labels", key, label, known=known)
            elif any(_means(item, label) not in (None, code) for item in concerned):
                yield problem_at(file, "label_contradicts", "labels", key, label)
    own = {same_text(text) for question in entry.questions for text in (question.id, question.zh, question.en) if text}
    own |= {same_text(text) for item in items.values() for text in (item.column, item.text.zh, item.text.en) if text}
    for place, text in enumerate(entry.ignore or ()):
        if same_text(text) in own or same_text(text) in meant:
            yield problem_at(file, "ignores_own", "ignore", place)


def _means(item: Item, label: str) -> int | None:
    """Give the code that a label already has by the instrument's definition."""
    for answer in item.answers:
        texts = (answer.label.zh, answer.label.en, *answer.also)
        if same_text(label) in {same_text(text) for text in texts if text}:
            return answer.code
    return None


def policy_faults(
    file: YamlFile, entry: PolicyEntry, agreed: PolicyEntry, types: Mapping[str, type]
) -> Iterator[Problem]:
    """Find numbers that are missing, unknown, impossible, or weaker than those the kit comes with.

    Privacy rules, section 4: a run may only be stricter; a weaker number needs two named approvers.
    """
    agreed_to = approved(entry)
    if entry.approved_weaker is not None and not agreed_to:
        yield problem_at(file, "approvers", "approved_weaker")
    for kind in ("clinical", "opinion"):
        values: dict[str, int | float] = getattr(entry, kind)
        floors: dict[str, int | float] = getattr(agreed, kind)
        for name in sorted(types.keys() - values.keys()):
            yield Problem("policy_missing", file.name, file.line(kind), f"{kind}.{name}")
        for name, value in values.items():
            if name not in types:
                yield problem_at(file, "policy_unknown", kind, name)
            elif not isfinite(value) or value <= 0 or (types[name] is int and type(value) is not int):
                yield problem_at(file, "policy_number", kind, name)
            elif name in _SHARES and value > 1:
                yield problem_at(file, "not_a_share", kind, name)
            elif not agreed_to and is_weaker(name, value, floors[name]):
                yield problem_at(file, "policy_weaker", kind, name, agreed=f"{floors[name]:g}")


def is_weaker(name: str, value: float, agreed: float) -> bool:
    """Say whether a number of the policy protects less than the kit's."""
    return value > agreed if name in _STRICTER_BELOW else value < agreed


def approved(entry: PolicyEntry) -> tuple[str, ...]:
    """Give the names and days of those who agreed to weaker numbers; nothing unless there are two different people."""
    names, words = set(), []
    for approver in entry.approved_weaker or ():
        try:
            day = datetime.date.fromisoformat(str(approver.date))
        except ValueError:
            return ()
        if not approver.name.strip():
            return ()
        names.add(same_text(approver.name))
        words.append(f"{approver.name.strip()} {day.isoformat()}")
    return tuple(words) if len(names) >= 2 else ()


def _halves(text: str) -> int:
    """Give the width of a text in halves of a Chinese character."""
    return sum(1 + (unicodedata.east_asian_width(sign) in "WFA") for sign in text)


def county_faults(file: YamlFile, entry: CountyEntry) -> Iterator[Problem]:
    """Find names and contacts without words, and more contacts than a first page holds."""
    for name in ("name", "bureau"):
        if not worded(getattr(entry, name)):
            yield problem_at(file, "no_text", name)
    for place, contact in enumerate(entry.contacts or ()):
        if not worded(contact):
            yield problem_at(file, "no_text", "contacts", place)
        elif max(map(_halves, (contact.zh or "", contact.en or ""))) > CONTACT_WIDTH:
            yield problem_at(file, "contact_long", "contacts", place, most=CONTACT_WIDTH // 2, latin=CONTACT_WIDTH)
    if len(entry.contacts or ()) > MOST_CONTACTS:
        yield problem_at(file, "contacts_many", "contacts", most=MOST_CONTACTS)
    for name, text in vars(entry.same_day_responder).items() if entry.same_day_responder else ():
        if not text.strip():
            yield problem_at(file, "empty_entry", "same_day_responder", name)


def recode_faults(file: YamlFile, entry: SurveyEntry, instruments: Mapping[str, Instrument]) -> Iterator[Problem]:
    """Find faults of ``recode``: an instrument that is not asked, a code or an item that the instrument has not."""
    for name, recode in (entry.recode or {}).items():
        instrument = instruments.get(name)
        if instrument is None:
            yield problem_at(file, "recode_unknown", "recode", name, known=", ".join(instruments))
            continue
        codes = {code for item in instrument.items for code in item.codes}
        known = ", ".join(map(str, sorted(codes)))
        for given, code in recode.codes.items():
            if code not in codes:
                yield problem_at(file, "recode_code", "recode", name, "codes", given, known=known)
        if len(set(recode.codes.values())) < len(recode.codes):
            yield problem_at(file, "recode_merges", "recode", name, "codes")
        turned = {item.number for item in instrument.items if item.reverse}
        for number in recode.already_reversed:
            if number not in turned:
                yield problem_at(
                    file, "recode_not_reversed", "recode", name, "already_reversed", instrument=name, number=number
                )
