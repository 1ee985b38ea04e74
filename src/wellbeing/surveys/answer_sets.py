"""Answers that several questions share, what speaks for the school among them, and which questions are asked at all.

A question names its set (``set: agreement``) or has ``options`` of its own. `favourable`, `unfavourable` and `outside`
come with the set or stand beside the options. Questions of a ``sensitive`` block are part of the survey only where its
definition switches the block on.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from wellbeing.errors import Problem
from wellbeing.surveys.questions import OptionEntry, QuestionEntry, option_faults
from wellbeing.yaml_files import YamlFile
from wellbeing.yaml_forms import problem_at

#: A row of the county's measures: its number, with a letter where a measure has parts, or a Roman numeral.
_ROW = re.compile(r"[1-9][0-9]?[a-z]?|I{1,3}")
_JUDGED = ("favourable", "unfavourable", "outside")


@dataclass(frozen=True)
class AnswerSetEntry:
    """Options, and which of them speak for the school, against it, or of something else."""

    __pydantic_config__: ClassVar[dict[str, Any]] = {"extra": "forbid"}
    options: tuple[OptionEntry, ...]
    favourable: tuple[str, ...] = ()
    unfavourable: tuple[str, ...] = ()
    outside: tuple[str, ...] = ()


def with_sets(
    file: YamlFile, questions: tuple[QuestionEntry, ...], sets: Mapping[str, AnswerSetEntry]
) -> tuple[tuple[QuestionEntry, ...], list[Problem]]:
    """Put the options of its set in the place of each name of one.

    Returns
    -------
    tuple of QuestionEntry, list of Problem
        The questions as if each had its options written out; names of sets that there are not, a set beside options of
        the question's own, a set that nobody uses.
    """
    whole, problems = [], []
    for place, question in enumerate(questions):
        if question.set is None:
            whole.append(question)
            continue
        given = [name for name in ("options", *_JUDGED) if getattr(question, name)]
        problems += [problem_at(file, "set_and_own", "questions", place, name) for name in given]
        if question.set not in sets:
            known = ", ".join(sets) or "-"
            problems.append(problem_at(file, "unknown_answer_set", "questions", place, "set", known=known))
            continue
        shared = sets[question.set]
        whole.append(replace(question, **{name: getattr(shared, name) for name in ("options", *_JUDGED)}))
    used = {question.set for question in questions}
    problems += [problem_at(file, "unused_answer_set", "answer_sets", name) for name in sets if name not in used]
    return tuple(whole), problems


def set_faults(file: YamlFile, sets: Mapping[str, AnswerSetEntry]) -> Iterator[Problem]:
    """Find what contradicts itself in the shared answers."""
    for name, shared in sets.items():
        yield from option_faults(file, shared.options, ("answer_sets", name), "choice")
        yield from _judged_faults(file, shared, ("answer_sets", name))


def judgement_faults(file: YamlFile, questions: tuple[QuestionEntry, ...]) -> Iterator[Problem]:
    """Find rows that are none, and codes that are judged and are no answers; sets are looked at by `set_faults`."""
    for place, question in enumerate(questions):
        route = ("questions", place)
        if question.row is not None and not _ROW.fullmatch(question.row):
            yield problem_at(file, "bad_row", *route, "row")
        if question.set is not None:
            continue
        given = [name for name in _JUDGED if getattr(question, name)]
        # Of several answers to one question some may speak for the school and some against it.
        fitting = {"choice": _JUDGED, "multiple": ("outside",)}.get(question.kind, ())
        needless = [name for name in given if name not in fitting]
        for name in needless:
            yield problem_at(file, "needless_entry", *route, name, kind=question.kind)
        if not needless:
            yield from _judged_faults(file, question, route)


def _judged_faults(
    file: YamlFile, judged: AnswerSetEntry | QuestionEntry, route: tuple[str | int, ...]
) -> Iterator[Problem]:
    known = [option.code for option in judged.options]
    seen: set[str] = set()
    for name in _JUDGED:
        for at, code in enumerate(getattr(judged, name)):
            if code not in known:
                yield problem_at(file, "condition_code", *route, name, at, known=", ".join(known) or "-")
            elif code in seen:
                yield problem_at(file, "stands_twice", *route, name, at)
            seen.add(code)
    if known and set(known) <= set(judged.outside):
        yield problem_at(file, "all_outside", *route, "outside")
    elif bool(judged.favourable) != bool(judged.unfavourable):
        yield problem_at(file, "half_judged", *route)


def asked(question: QuestionEntry, switched_on: tuple[str, ...]) -> bool:
    """Say whether a question is part of the survey: not sensitive, or of a block that is switched on."""
    return question.sensitive is None or question.sensitive in switched_on


def switched_off_faults(
    file: YamlFile, questions: tuple[QuestionEntry, ...], switched_on: tuple[str, ...]
) -> Iterator[Problem]:
    """Find questions whose condition stands on a question that is switched off: nobody's answer could decide it."""
    absent = {question.id for question in questions if not asked(question, switched_on)}
    for place, question in enumerate(questions):
        if question.id in absent:
            continue
        for at, condition in enumerate(question.show_if):
            for spot, column in enumerate(condition.columns):
                if column in absent:
                    yield problem_at(file, "condition_switched_off", "questions", place, "show_if", at, "columns", spot)
