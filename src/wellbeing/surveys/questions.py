"""How the questions beside the instruments are written down, when they are asked, and what can be wrong with that.

A question about the respondent has one of the ids in `KIND_OF` and stands before everything else; any other id is a
question of the survey's own, asked before or after the instruments (``place``). ``show_if`` lists the conditions of
which one must hold for a question to be asked; ``two_stage`` says the same of all but the first items of an
instrument.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any, ClassVar, Literal

from wellbeing.errors import Problem
from wellbeing.instruments import Item, Text
from wellbeing.personal import header_kind
from wellbeing.surveys.wording import same_text, worded
from wellbeing.yaml_files import YamlFile
from wellbeing.yaml_forms import problem_at

_FORBID: dict[str, Any] = {"extra": "forbid"}
_ID = re.compile(r"[a-z][a-z0-9_]{0,39}")

#: The questions about the respondent, and the kind of each.
KIND_OF = {"school_id": "school", "code": "code"} | dict.fromkeys(
    ("sex", "age_band", "role", "consent_statistics", "consent_contact"), "choice"
)
#: What the platform tells about a filling has a column too, but is no question.
_TAKEN = frozenset({"submitted", "seconds", "lang", "consent_version", "row", "wave", "survey"})
_CONSENTS = ("consent_statistics", "consent_contact")
_CHOSEN = frozenset({"choice", "multiple", "ranking"})
#: These stand between options, and between texts of one cell.
_SEPARATORS = re.compile(r"[;>\x1f┋→]")


@dataclass(frozen=True)
class OptionEntry:
    """One answer to a question beside the instruments."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _FORBID
    code: str
    zh: str | None = None
    en: str | None = None
    also: tuple[str, ...] = ()


@dataclass(frozen=True)
class ConditionEntry:
    """The answers to `columns` add up to `at_least`, or one of `codes` was chosen in one of them."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _FORBID
    columns: tuple[str, ...]
    at_least: int | None = None
    codes: tuple[str, ...] = ()


@dataclass(frozen=True)
class QuestionEntry:
    """One question beside the instruments."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _FORBID
    id: str
    kind: Literal["school", "code", "choice", "multiple", "ranking", "number", "text"]
    zh: str | None = None
    en: str | None = None
    required: bool = False
    also: tuple[str, ...] = ()
    options: tuple[OptionEntry, ...] = ()
    low: float | None = None
    high: float | None = None
    place: Literal["before", "after"] | None = None
    show_if: tuple[ConditionEntry, ...] = ()
    set: str | None = None
    row: str | None = None
    favourable: tuple[str, ...] = ()
    unfavourable: tuple[str, ...] = ()
    outside: tuple[str, ...] = ()
    sensitive: Literal["pay", "marriage", "hardship", "women"] | None = None
    section: Text | None = None


@dataclass(frozen=True)
class TwoStageEntry:
    """The items with these numbers are asked of everybody, the others where these add up to `at_least`."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _FORBID
    first: tuple[int, ...]
    at_least: int


def question_faults(file: YamlFile, questions: Sequence[QuestionEntry], clinical: bool) -> Iterator[Problem]:
    """Find what contradicts itself in the questions, each looked at alone."""
    ids = [question.id for question in questions]
    needed = ["school_id", "consent_statistics", *(["consent_contact"] if clinical else [])]
    for name in needed:
        if name not in ids:
            yield problem_at(file, "question_lacking", "questions", name=name)
    for place, question in enumerate(questions):
        route = ("questions", place)
        if question.id in KIND_OF:
            if question.kind != KIND_OF[question.id]:
                yield problem_at(file, "definition_word", *route, "kind", known=KIND_OF[question.id])
            if question.place is not None or question.show_if:
                yield problem_at(file, "question_of_everybody", *route, "place" if question.place else "show_if")
        elif not _ID.fullmatch(question.id) or question.id in _TAKEN or question.kind in ("school", "code"):
            yield problem_at(file, "bad_question_id", *route, "id", known=", ".join(KIND_OF))
        elif any(header_kind(text) for text in (question.id, question.zh, question.en, *question.also) if text):
            yield problem_at(file, "question_personal", *route)
        if question.id in ids[:place]:
            yield problem_at(file, "stands_twice", *route, "id")
        if not worded(Text(zh=question.zh, en=question.en)):
            yield problem_at(file, "no_text", *route)
        if question.id == "school_id" and not question.required:
            yield problem_at(file, "school_required", *route, "required")
        if question.kind in _CHOSEN:
            if question.set is None:
                yield from option_faults(file, question.options, route, question.kind, question.id in _CONSENTS)
        elif question.options:
            yield problem_at(file, "needless_entry", *route, "options", kind=question.kind)
        yield from _limit_faults(file, question, place)


def _limit_faults(file: YamlFile, question: QuestionEntry, place: int) -> Iterator[Problem]:
    given = {name: value for name in ("low", "high") if (value := getattr(question, name)) is not None}
    if question.kind != "number":
        for name in given:
            yield problem_at(file, "needless_entry", "questions", place, name, kind=question.kind)
    elif not all(map(isfinite, given.values())) or (len(given) == 2 and given["low"] >= given["high"]):
        yield problem_at(file, "bad_limits", "questions", place, "low" if "low" in given else "high")


def option_faults(
    file: YamlFile, options: Sequence[OptionEntry], at: tuple[str | int, ...], kind: str, consent: bool = False
) -> Iterator[Problem]:
    """Find what contradicts itself in the answers of one question, or in those that several share."""
    codes = [option.code for option in options]
    if len(codes) < 2:
        yield problem_at(file, "no_entries", *at, "options")
    elif consent and sorted(codes) != ["no", "yes"]:
        yield problem_at(file, "consent_codes", *at, "options")
    meant: dict[str, str] = {}
    for place, option in enumerate(options):
        route = (*at, "options", place)
        if not option.code.strip() or option.code in codes[:place]:
            yield problem_at(file, "stands_twice", *route, "code")
        elif kind in ("multiple", "ranking") and _SEPARATORS.search(option.code):
            yield problem_at(file, "separator_in_code", *route, "code")
        if not worded(Text(zh=option.zh, en=option.en)):
            yield problem_at(file, "no_text", *route)
        for text in (option.code, option.zh, option.en, *option.also):
            if text and meant.setdefault(same_text(text), option.code) != option.code:
                yield problem_at(file, "doubled_label", *route, label=text)


def routing_faults(
    file: YamlFile,
    questions: Sequence[QuestionEntry],
    two_stage: Mapping[str, TwoStageEntry],
    items: Mapping[str, Sequence[Item]],
) -> Iterator[Problem]:
    """Find faults of ``show_if`` and ``two_stage``.

    A condition may stand only on what was asked before, or nobody could be asked by it.

    Parameters
    ----------
    file : YamlFile
    questions : sequence of QuestionEntry
        In the file's order.
    two_stage : mapping
        Instrument to its stages.
    items : mapping
        Instrument to its items as the survey asks them, in order.
    """
    columns = {item.column: item for part in items.values() for item in part}
    order = [question.id for question in questions if question.id in KIND_OF]
    order += [question.id for question in questions if question.id not in KIND_OF and question.place == "before"]
    order += list(columns)
    order += [question.id for question in questions if question.id not in order]
    by_id = {question.id: question for question in questions}
    for place, question in enumerate(questions):
        if question.id in columns:
            yield problem_at(file, "bad_question_id", "questions", place, "id", known=", ".join(KIND_OF))
            continue
        for at, condition in enumerate(question.show_if):
            route = ("questions", place, "show_if", at)
            if not condition.columns or (condition.at_least is None) == (not condition.codes):
                yield problem_at(file, "condition_form", *route)
                continue
            for spot, column in enumerate(condition.columns):
                if column not in order:
                    yield problem_at(file, "survey_unknown_column", *route, "columns", spot)
                elif order.index(column) >= order.index(question.id):
                    yield problem_at(file, "condition_later", *route, "columns", spot)
                else:
                    yield from _answer_faults(file, route, spot, condition, columns.get(column) or by_id[column])
    for name, stages in two_stage.items():
        yield from _stage_faults(file, name, stages, items)


def _answer_faults(
    file: YamlFile, route: tuple[str | int, ...], spot: int, condition: ConditionEntry, asked: Item | QuestionEntry
) -> Iterator[Problem]:
    if condition.at_least is not None:
        if not (isinstance(asked, Item) or asked.kind == "number"):
            yield problem_at(file, "condition_sum", *route, "columns", spot)
        return
    if isinstance(asked, Item):
        known = [str(code) for code in asked.codes] if not asked.limits else []
    else:
        known = [option.code for option in asked.options]
    for place, code in enumerate(condition.codes):
        if code not in known:
            yield problem_at(file, "condition_code", *route, "codes", place, known=", ".join(known) or "-")


def _stage_faults(
    file: YamlFile, name: str, stages: TwoStageEntry, items: Mapping[str, Sequence[Item]]
) -> Iterator[Problem]:
    if name not in items:
        yield problem_at(file, "recode_unknown", "two_stage", name, known=", ".join(items))
        return
    leading = items[name][: len(stages.first)]
    if not stages.first or len(stages.first) >= len(items[name]):
        yield problem_at(file, "stage_items", "two_stage", name, "first")
    elif sorted(stages.first) != sorted(item.number for item in leading):
        # What comes later in the form cannot decide about what came before.
        yield problem_at(file, "stage_items", "two_stage", name, "first")
    elif not 1 <= stages.at_least <= sum(max(item.codes) for item in leading):
        most = sum(max(item.codes) for item in leading)
        yield problem_at(file, "stage_sum", "two_stage", name, "at_least", most=most)
