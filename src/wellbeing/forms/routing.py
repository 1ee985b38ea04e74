"""When a question is asked, written in the language of conditions of whatever carries the form.

A condition holds if the answers to its columns add up to enough, or one of its codes was chosen in one of them. An
answer that is missing, or says that the question does not apply, adds nothing; where all are missing the question is
asked, to be on the safe side (`wellbeing.surveys.Condition`).
"""

from collections.abc import Callable
from dataclasses import dataclass

from wellbeing.forms import Field, Form
from wellbeing.surveys import Condition


@dataclass(frozen=True)
class Grammar:
    """How a platform writes conditions.

    ``blank`` says that a field is not answered, or that its question does not apply; ``points`` gives its code as a
    number, 0 where that is so; ``chosen`` says that one code was chosen. Each gives a whole expression.
    """

    blank: Callable[[Field], str]
    points: Callable[[Field], str]
    chosen: Callable[[Field, str], str]
    both: str = " and "
    either: str = " or "


def condition_text(field: Field, form: Form, grammar: Grammar) -> str:
    """Write when `field` is asked; empty where everybody is asked."""
    return grammar.either.join(part for condition in field.asked_if for part in _parts(condition, form, grammar))


def _parts(condition: Condition, form: Form, grammar: Grammar) -> list[str]:
    fields = [form.field(column) for column in condition.columns]
    parts = []
    if condition.at_least is not None:
        total = " + ".join(grammar.points(field) for field in fields)
        parts.append(f"({total} >= {condition.at_least})")
    parts += [grammar.chosen(field, code) for field in fields for code in condition.codes if _offers(field, code)]
    blanks = grammar.both.join(grammar.blank(field) for field in fields)
    return [*parts, f"({blanks})" if len(fields) > 1 else blanks]


def _offers(field: Field, code: str) -> bool:
    return any(choice.code == code for choice in field.choices)
