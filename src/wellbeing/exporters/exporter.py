"""What all exporters have in common: what each can carry, and what it refuses."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from wellbeing.errors import Problem
from wellbeing.forms import Form
from wellbeing.surveys.wording import same_text


@dataclass(frozen=True)
class Exporter:
    """One platform's form.

    Attributes
    ----------
    name, ending : str
        As after ``--to``, and how such a file's name ends.
    write : callable
        `Form` to the file's bytes; the same bytes for the same form.
    languages : int
        How many languages one form holds.
    unrouted : callable
        `Form` to the names of the fields that everybody is asked though the survey routes them, because the platform's
        form cannot say so.
    by_text : bool
        Whether questions come back by their words alone, so that two of the same words could not be told apart.
    codes : pattern or None
        What the code of an answer must look like; None where any text will do.
    lacks : frozenset of str
        Kinds of field that the platform cannot ask so that the answers come back.
    """

    name: str
    ending: str
    write: Callable[[Form], bytes]
    languages: int = 1
    unrouted: Callable[[Form], tuple[str, ...]] = lambda form: ()
    by_text: bool = False
    codes: re.Pattern[str] | None = None
    lacks: frozenset[str] = frozenset()


def all_routed(form: Form) -> tuple[str, ...]:
    """Name every field that is not for everybody: for a platform that carries no conditions at all."""
    return tuple(field.name for field in form.routed)


def form_faults(form: Form, exporter: Exporter) -> Iterator[Problem]:
    """Find what a platform cannot carry without harm to the answers."""
    file = f"{form.id}.yaml"
    for field in form.fields:
        if field.kind in exporter.lacks:
            yield Problem("form_kind", file, None, field.name, {"kind": field.kind, "platform": exporter.name})
        for choice in field.choices:
            if exporter.codes and not exporter.codes.fullmatch(choice.code):
                yield Problem("form_code", file, None, field.name, {"code": choice.code, "platform": exporter.name})
    if exporter.by_text:
        lang = form.langs[0]
        first: dict[str, str] = {}
        for field in form.fields:
            words = same_text(getattr(field.text, lang))
            if words in first:
                fields: dict[str, str | int] = {"first": first[words], "platform": exporter.name}
                yield Problem("form_same_words", file, None, field.name, fields)
            first.setdefault(words, field.name)
