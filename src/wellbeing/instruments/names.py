"""What may be wrong with the names, the items' numbers and the answers of a definition.

Names become columns of files, and answers are looked up by their labels: where two things have one name, one of
them would silently stand for the other.
"""

import re
from collections.abc import Iterator, Sequence

from wellbeing.instruments.definitions import AnswerEntry, Definition, fold_label
from wellbeing.yaml_files import Key

#: What is wrong, where, and the values of the sentence that says it.
Fault = tuple[str, tuple[Key, ...], dict[str, str | int]]

_NAME = re.compile(r"[a-z][a-z0-9_]*")
#: Scales stand beside columns made of their ids, items are i1, i2 ... in formulas.
_TAKEN = re.compile(r"i[0-9]+|(critical|watch)_[0-9]+|key|.*_(band|answered|prorated)|where|min|max|and|or|not|if|else")
_NUMBER = re.compile(r"[+-]?[0-9]+(\.0+)?")
#: The largest code, and the widest range of numbers: minutes of ten weeks.
MOST_CODES = 100_000


def name_faults(definition: Definition) -> Iterator[Fault]:
    """Find names that cannot be columns or words of a formula, and entries that say nothing."""
    if not _NAME.fullmatch(definition.id):
        yield "bad_name", ("id",), {"name": definition.id}
    for section, named in (
        ("scales", [s.id for s in definition.scales]),
        ("variables", [v.name for v in definition.variables]),
    ):
        for place, name in enumerate(named):
            if not _NAME.fullmatch(name) or _TAKEN.fullmatch(name):
                yield "bad_name", (section, place, "id" if section == "scales" else "name"), {"name": name}
    known = {scale.id for scale in definition.scales}
    for place, variable in enumerate(definition.variables):
        if variable.name in known:
            yield "doubled_name", ("variables", place, "name"), {"name": variable.name}
        known.add(variable.name)
    for place, bands in enumerate(definition.bands):
        for number, level in enumerate(bands.levels):
            if not _NAME.fullmatch(level.id):
                yield "bad_name", ("bands", place, "levels", number, "id"), {"name": level.id}
    for place, item in enumerate(definition.items):
        if item.number < 1:
            yield "bad_item_number", ("items", place, "number"), {}
    if definition.minutes <= 0:
        yield "not_positive", ("minutes",), {}
    said: list[tuple[tuple[Key, ...], str | None]] = [
        (("acronym",), definition.acronym),
        (("name",), definition.name.in_("zh")),
        (("licence", "status"), definition.licence.status),
        (("licence", "source"), definition.licence.source),
    ]
    said += [(("scales", place, "name"), scale.name.in_("zh")) for place, scale in enumerate(definition.scales)]
    for route, words in said:
        if not (words or "").strip():
            yield "empty_entry", route, {}


def answer_faults(definition: Definition) -> Iterator[Fault]:
    """Find codes and labels by which one answer would be taken for another."""
    for name, answers in definition.response_sets.items():
        codes = [answer.code for answer in answers]
        for place, code in enumerate(codes):
            if code in codes[:place]:
                yield "doubled_code", ("response_sets", name, place), {"code": code}
            if abs(code) > MOST_CODES:
                yield "code_too_large", ("response_sets", name, place), {"most": MOST_CODES}
            for label in _labels(answers[place]):
                if is_other_number(label, code):
                    yield "label_is_number", ("response_sets", name, place), {"label": label, "code": code}
        for label in doubled_labels([(label, answer.code) for answer in answers for label in _labels(answer)]):
            yield "doubled_label", ("response_sets", name), {"label": label}
        if len(answers) < 2:
            yield "too_few_codes", ("response_sets", name), {}
    for name, numbers in definition.number_sets.items():
        if numbers.min >= numbers.max:
            yield "too_few_codes", ("number_sets", name), {}
        if max(abs(numbers.min), abs(numbers.max)) > MOST_CODES:
            yield "code_too_large", ("number_sets", name), {"most": MOST_CODES}
        if name in definition.response_sets:
            yield "doubled_name", ("number_sets", name), {"name": name}
    yield from _not_applicable(definition)
    for place, item in enumerate(definition.items):
        codes = sorted(answer.code for answer in definition.response_sets.get(item.response_set, ()))
        if item.reverse and codes and {codes[0] + codes[-1] - code for code in codes} != set(codes):
            yield "reverse_uneven", ("items", place), {"number": item.number}


def is_other_number(label: str, code: int) -> bool:
    """Say whether a label reads as a number that is not its own code."""
    folded = fold_label(label)
    return _NUMBER.fullmatch(folded) is not None and float(folded) != code


def doubled_labels(pairs: Sequence[tuple[str, int | None]]) -> list[str]:
    """Give the labels, folded, that stand for more than one code; None is the code of an answer that does not apply."""
    seen: dict[str, int | None] = {}
    doubled: set[str] = set()
    for label, code in pairs:
        if seen.setdefault(fold_label(label), code) != code:
            doubled.add(fold_label(label))
    return sorted(doubled)


def _labels(answer: AnswerEntry) -> list[str]:
    return [label for label in (answer.en, answer.zh, *answer.also) if label]


def _not_applicable(definition: Definition) -> Iterator[Fault]:
    for code, absent in definition.not_applicable.items():
        words = {fold_label(word) for word in (code, absent.en, absent.zh, *absent.also) if word}
        sets = {item.response_set for item in definition.items if code in item.not_applicable}
        answers = {fold_label(w) for name in sets for a in definition.response_sets.get(name, ()) for w in _labels(a)}
        for word in sorted(words):
            if word in answers or _NUMBER.fullmatch(word):
                yield "doubled_label", ("not_applicable", code), {"label": word}
