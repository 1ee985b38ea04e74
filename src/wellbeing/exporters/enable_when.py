"""When a question of a FHIR Questionnaire is enabled.

``enableWhen`` compares one answer at a time and joins comparisons by "any" or "all", not by both. A condition such as
"two answers add up to 3" is therefore written as clauses of which all must hold and in each of which any comparison
must; each clause is a group around the questions, for an item is enabled only where the groups around it are.

References
----------
HL7 FHIR R4B and R5, Questionnaire: ``item.enableWhen``, ``item.enableBehavior``.
"""

from collections.abc import Iterable
from itertools import product
from typing import Any

from wellbeing.forms import NUMBER, Field, Form
from wellbeing.surveys import Condition

#: A comparison: field, operator, value; the value of ``exists`` is a truth.
Comparison = tuple[str, str, str | bool]
#: More groups around a question than these nobody could check by eye.
MOST_CLAUSES = 24


def clauses(field: Field, form: Form) -> list[list[Comparison]] | None:
    """Give the clauses of which all must hold for a field to be asked.

    Returns
    -------
    list of list of (str, str, str or bool) or None
        Empty where everybody is asked; None where the condition cannot be written so.
    """
    if not field.asked_if:
        return []
    ways: list[list[frozenset[Comparison]]] = []
    for condition in field.asked_if:
        found = _ways(condition, form)
        if found is None:
            return None
        ways += found
    # Each way is a list of parts that must all hold; one part of every way makes a clause.
    found_clauses = {frozenset().union(*parts) for parts in product(*ways)}
    needed = [one for one in found_clauses if not any(other < one for other in found_clauses)]
    if len(needed) > MOST_CLAUSES:
        return None
    return sorted(sorted(clause, key=str) for clause in needed)


def comparisons(clause: Iterable[Comparison], form: Form) -> list[dict[str, Any]]:
    """Write a clause as ``enableWhen``."""
    written: list[dict[str, Any]] = []
    for name, operator, value in clause:
        entry: dict[str, Any] = {"question": name, "operator": operator}
        if isinstance(value, bool):
            entry["answerBoolean"] = value
        elif form.field(name).kind == NUMBER:
            key = "answerInteger" if form.field(name).whole else "answerDecimal"
            entry[key] = int(value)
        else:
            entry["answerCoding"] = {"code": value}
        written.append(entry)
    return written


def _ways(condition: Condition, form: Form) -> list[list[frozenset[Comparison]]] | None:
    fields = [form.field(column) for column in condition.columns]
    ways: list[list[frozenset[Comparison]]] = [
        [frozenset({(field.name, "=", code)})] for field in fields for code in condition.codes
    ]
    if condition.at_least is not None:
        sums = _sums(fields, condition.at_least)
        if sums is None:
            return None
        ways += sums
    return [*ways, [_blank(field) for field in fields]]


def _sums(fields: list[Field], at_least: int) -> list[list[frozenset[Comparison]]] | None:
    """Give the least answers that add up to enough, each as the parts that must hold."""
    if any(field.kind == NUMBER for field in fields):
        # Numbers without an end cannot be listed; one alone can be compared.
        return [[frozenset({(fields[0].name, ">=", str(at_least))})]] if len(fields) == 1 else None
    points = [sorted({0, *(int(choice.code) for choice in field.choices if not choice.absent)}) for field in fields]
    enough = [answers for answers in product(*points) if sum(answers) >= at_least]
    least = [
        answers
        for answers in enough
        if not any(other != answers and all(a <= b for a, b in zip(other, answers, strict=True)) for other in enough)
    ]
    return [
        [_reaches(field, answer) for field, answer in zip(fields, answers, strict=True) if answer > 0]
        for answers in least
    ]


def _reaches(field: Field, least: int) -> frozenset[Comparison]:
    codes = [choice.code for choice in field.choices if not choice.absent]
    return frozenset((field.name, "=", code) for code in codes if int(code) >= least)


def _blank(field: Field) -> frozenset[Comparison]:
    absent = {(field.name, "=", choice.code) for choice in field.choices if choice.absent}
    return frozenset({(field.name, "exists", False), *absent})
