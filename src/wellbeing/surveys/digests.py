"""Is it the same question as last year? A digest of everything on which its answers depend.

Two waves may be compared on a measure only where its questions were the same: their words in both languages, the
answers in their order, who was asked, and which answers count for what. What merely helps to read files, other
headers and labels, is no part of it.
"""

import hashlib
import json
import unicodedata
from collections.abc import Mapping
from typing import Any

from wellbeing.instruments import Item, Text
from wellbeing.surveys.definitions import Question, Survey

#: Why there is no trend; the words stand in texts/opinion_survey.yaml as ``trend_<reason>``.
CHANGED, NEW = "changed", "new"


def question_digests(survey: Survey) -> dict[str, str]:
    """Give the digest of every question and item that the survey asks, by its column.

    Returns
    -------
    dict of str to str
        64 hexadecimal digits (SHA-256). The questions about the respondent are among them, for results are told by
        them.
    """
    told = {question.id: _question(question) for question in survey.questions}
    told |= {item.column: _item(item) for item in survey.items}
    return {column: _digest([what, _conditions(survey, column)]) for column, what in told.items()}


def measure_digests(survey: Survey) -> dict[str, str]:
    """Give the digest of every measure that a release may tell.

    Returns
    -------
    dict of str to str
        A measure is a question of the survey's own by its id, one answer of a question with several by
        ``<id>=<code>``, a scale by ``<instrument>_<scale>``. The digest of a scale holds its items, how they are
        turned and added up, and how many must be answered.
    """
    digests = question_digests(survey)
    told: dict[str, str] = {}
    for question in survey.own_questions:
        told[question.id] = digests[question.id]
        if question.kind == "multiple":
            told |= {f"{question.id}={option.code}": digests[question.id] for option in question.options}
    for part in survey.parts:
        for scale in part.scales:
            rule: list[Any] = [scale.method, scale.min_answered, list(scale.reverse), part.instrument.version]
            items = [digests[column] for column in scale.items]
            told[f"{part.instrument.id}_{scale.id}"] = _digest([rule, items])
    return told


def untold_trends(last: Mapping[str, str], now: Mapping[str, str]) -> dict[str, str]:
    """Name the measures of this wave that cannot be compared with the last one, and why.

    Parameters
    ----------
    last, now : mapping of str to str
        `measure_digests` of the two waves.

    Returns
    -------
    dict of str to str
        Measure to `CHANGED` or `NEW`; a measure that is not there was asked in the same way.
    """
    return {
        measure: CHANGED if measure in last else NEW for measure, digest in now.items() if last.get(measure) != digest
    }


def _question(question: Question) -> list[Any]:
    options = [[option.code, *_words(option.label)] for option in question.options]
    judged = [sorted(codes) for codes in (question.favourable, question.unfavourable, question.outside)]
    return [question.kind, *_words(question.text), options, judged, question.low, question.high]


def _item(item: Item) -> list[Any]:
    options = [[str(answer.code), *_words(answer.label)] for answer in item.answers]
    options += [[absent.code, *_words(absent.label)] for absent in item.not_applicable]
    return ["item", *_words(item.text), options, list(item.limits or ())]


def _conditions(survey: Survey, column: str) -> list[Any]:
    return [[list(c.columns), c.at_least, list(c.codes)] for c in survey.routing.get(column, ())]


def _words(text: Text) -> list[str]:
    """Bring words into one form: width, blanks and line ends are not the question."""
    return ["".join(unicodedata.normalize("NFKC", words or "").split()) for words in (text.zh, text.en)]


def _digest(content: Any) -> str:
    return hashlib.sha256(json.dumps(content, ensure_ascii=False).encode("utf-8")).hexdigest()
