"""LimeSurvey: the survey structure as tab-separated text, which "Import survey" takes as ``.txt``.

A question's code holds letters and digits only, so ``phq9_3`` is row 3 of the array ``phq9``; that is also how an
export names it. An answer's code has at most five letters or digits: where the kit's is longer the answer gets a short
one, and exports must tell the full answers.

References
----------
LimeSurvey manual, "Tab Separated Value survey structure", "Question types", "ExpressionScript - Presentation".
"""

import csv
import html
import io
import re
from collections.abc import Iterator, Mapping

from wellbeing.errors import InputError, Problem
from wellbeing.exporters.exporter import Exporter
from wellbeing.exporters.words import hint_words, safe_cell
from wellbeing.forms import MULTIPLE, NUMBER, RANKING, SINGLE, Field, Form, Page, grids
from wellbeing.forms.routing import Grammar, condition_text
from wellbeing.texts import say

_COLUMNS = (
    "id",
    "related_id",
    "class",
    "type/scale",
    "name",
    "relevance",
    "text",
    "help",
    "language",
    "validation",
    "mandatory",
    "other",
    "default",
    "same_default",
    "max_num_value_n",
    "min_num_value_n",
    "num_value_int_only",
    "hide_tip",
)
_CODES = {"zh": "zh-Hans", "en": "en"}
#: What is kept of a person is what the person answers, and when. They come before every text: LimeSurvey looks at the
#: first thousand bytes to tell the encoding, and a Chinese character that is cut there would mislead it.
_SETTINGS = {
    "format": "G",
    "anonymized": "Y",
    "datestamp": "Y",
    "savetimings": "Y",
    "ipaddr": "N",
    "refurl": "N",
    "usecookie": "N",
    "allowsave": "N",
    "allowprev": "Y",
    "printanswers": "N",
    "publicstatistics": "N",
    "publicgraphs": "N",
    "listpublic": "N",
    "assessments": "N",
    "showwelcome": "N",
    "shownoanswer": "N",
    "showxquestions": "N",
    "showgroupinfo": "N",
    "showqnumcode": "X",
    "alloweditaftercompletion": "N",
    "showprogress": "Y",
    "allowregister": "N",
    "autoredirect": "N",
    "sendconfirmation": "N",
    "tokenanswerspersistence": "N",
    "usecaptcha": "N",
    "bounceprocessing": "N",
    "questionindex": "0",
    "navigationdelay": "0",
    "nokeyboard": "N",
}
_LONGEST_NAME = 20
_SHORT = re.compile(r"[A-Za-z0-9]{1,5}")
_TYPES = {SINGLE: "L", MULTIPLE: "M", RANKING: "R", NUMBER: "N"}
_TYPED_IN_A_LINE = frozenset({"code", "school_id"})


def _write(form: Form) -> bytes:
    if problems := list(_name_faults(form)):
        raise InputError(problems)
    stream = io.StringIO(newline="")
    writer = csv.DictWriter(stream, _COLUMNS, restval="", delimiter="\t", lineterminator="\r\n")
    writer.writeheader()
    base, *others = (_CODES[lang] for lang in form.langs)
    settings = {"language": base, "additional_languages": " ".join(others)} | _SETTINGS
    for name, value in settings.items():
        writer.writerow({"class": "S", "name": name, "text": value})
    for lang in form.langs:
        for name, text in _language_settings(form, lang).items():
            writer.writerow({"class": "SL", "name": name, "text": text, "language": _CODES[lang]})
    for lang in form.langs:
        for row in _rows(form, lang):
            writer.writerow({name: safe_cell(text) for name, text in row.items()} | {"language": _CODES[lang]})
    return ("\ufeff" + stream.getvalue()).encode("utf-8")


def _name_faults(form: Form) -> Iterator[Problem]:
    """Find fields that LimeSurvey could not name, or would give the name of another."""
    first: dict[str, str] = {}
    for field in form.fields:
        name = _squeezed(field.name)
        if len(name) > _LONGEST_NAME or first.setdefault(name, field.name) != field.name:
            fields: dict[str, str | int] = {"platform": "limesurvey", "most": _LONGEST_NAME, "name": name}
            yield Problem("form_name", f"{form.id}.yaml", None, field.name, fields)


def _language_settings(form: Form, lang: str) -> dict[str, str]:
    return {
        "surveyls_title": _markup(getattr(form.title, lang)),
        "surveyls_description": say("forms.minutes", lang, minutes=f"{form.minutes:g}"),
        "surveyls_endtext": _markup(getattr(form.pages[-1].note, lang)),
    }


def _rows(form: Form, lang: str) -> Iterator[dict[str, str]]:
    """Give the rows of one language; those of another differ in their words alone."""
    stems = _array_stems(form)
    grammar = _grammar(stems)
    number = 0
    for page_number, page in enumerate(form.pages, 1):
        title, note = (_markup(getattr(text, lang) or "") for text in (page.title, page.note))
        # The number in "type/scale" holds the group's languages together.
        number_of_group = str(page_number)
        yield {
            "id": number_of_group,
            "class": "G",
            "type/scale": number_of_group,
            "name": title,
            "relevance": "1",
        }
        runs = list(grids(page))
        if any(getattr(page.note, each) for each in form.langs) and not (runs and runs[0][0].name in stems):
            number += 1
            yield _question(number, "X", f"note{_squeezed(page.id)}", note, _page_condition(page, form, grammar))
            note = ""
        for run in runs:
            relevance = condition_text(run[0], form, grammar)
            if stem := stems.get(run[0].name):
                number += 1
                # An instruction is the array's own text.
                yield _question(number, "F", _squeezed(stem), note or title, relevance)
                yield from _array_rows(run, number, lang)
                number += len(run)
                note = ""
                continue
            for field in run:
                number += 1
                yield from _single(field, number, relevance, lang)
                number += len(field.choices) if field.kind == MULTIPLE else 0


def _array_stems(form: Form) -> dict[str, str]:
    """Give the fields that stand in an array, each with the stem of its name, which is the array's code.

    Of several runs with the same stem the first is the array; a code may not stand twice.
    """
    stems: dict[str, str] = {}
    for page in form.pages:
        for run in grids(page):
            stem = run[0].name.rpartition("_")[0]
            if len(run) > 1 and run[0].points and stem not in stems.values():
                stems |= {field.name: stem for field in run}
    return stems


def _question(number: int, kind: str, name: str, text: str, relevance: str) -> dict[str, str]:
    return {
        "id": str(number),
        "class": "Q",
        "type/scale": kind,
        "name": name,
        "relevance": relevance or "1",
        "text": text,
        "mandatory": "N",
        "other": "N",
    }


def _array_rows(run: tuple[Field, ...], number: int, lang: str) -> Iterator[dict[str, str]]:
    for place, field in enumerate(run, 1):
        yield _part(number + place, field.name.rpartition("_")[2], getattr(field.text, lang))
    yield from _answers(run[0], number, lang)


def _single(field: Field, number: int, relevance: str, lang: str) -> Iterator[dict[str, str]]:
    kind = _TYPES.get(field.kind, "S" if field.name in _TYPED_IN_A_LINE else "T")
    if kind == "L" and len(field.choices) > 20:
        kind = "!"
    row = _question(number, kind, _squeezed(field.name), _markup(getattr(field.text, lang)), relevance)
    row["help"] = hint_words(field, lang)
    row["mandatory"] = "Y" if field.required else "N"
    if field.kind == NUMBER:
        limits = {"min_num_value_n": field.low, "max_num_value_n": field.high}
        row |= {name: f"{limit:g}" for name, limit in limits.items() if limit is not None}
        row["num_value_int_only"] = "1" if field.whole else "0"
    yield row
    if field.kind == MULTIPLE:
        for place, choice in enumerate(field.choices, 1):
            yield _part(number + place, _squeezed(choice.code), getattr(choice.label, lang))
    else:
        yield from _answers(field, number, lang)


def _part(number: int, name: str, words: str) -> dict[str, str]:
    return {
        "id": str(number),
        "class": "SQ",
        "type/scale": "0",
        "name": name,
        "relevance": "1",
        "text": _markup(words),
    }


def _answers(field: Field, number: int, lang: str) -> Iterator[dict[str, str]]:
    codes = short_codes(field)
    for choice in field.choices:
        yield {
            "id": str(number),
            "class": "A",
            "type/scale": "0",
            "name": codes[choice.code],
            "text": _markup(getattr(choice.label, lang)),
        }


def short_codes(field: Field) -> dict[str, str]:
    """Give the codes that LimeSurvey can hold for a field's answers: the kit's own where they are short enough."""
    kept = {choice.code for choice in field.choices if _SHORT.fullmatch(choice.code)}
    free = (f"A{number}" for number in range(1, 10_000) if f"A{number}" not in kept)
    return {choice.code: choice.code if choice.code in kept else next(free) for choice in field.choices}


def _page_condition(page: Page, form: Form, grammar: Grammar) -> str:
    """Say when a page's note is shown: with its questions where all of them are asked together, else always."""
    if len({field.asked_if for field in page.fields}) != 1:
        return ""
    return condition_text(page.fields[0], form, grammar)


def _squeezed(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9]", "", name)


def _markup(words: str) -> str:
    """Write a text where LimeSurvey reads HTML and, in braces, expressions."""
    text = html.escape(words.strip(), quote=False).replace("{", "&#123;").replace("}", "&#125;")
    return "<br />".join(text.splitlines())


def _grammar(stems: Mapping[str, str]) -> Grammar:
    def value(field: Field) -> str:
        row = field.name.rpartition("_")[2]
        stem = stems.get(field.name)
        return f"{_squeezed(stem)}_{row}.NAOK" if stem else f"{_squeezed(field.name)}.NAOK"

    def blank(field: Field) -> str:
        if field.kind == MULTIPLE:
            return "(" + " and ".join(f"is_empty({option(field, c.code)})" for c in field.choices) + ")"
        if field.kind == RANKING:
            return f"is_empty({_squeezed(field.name)}_1.NAOK)"
        codes = short_codes(field)
        absent = [f'{value(field)} == "{codes[choice.code]}"' for choice in field.choices if choice.absent]
        return f"({' or '.join([f'is_empty({value(field)})', *absent])})" if absent else f"is_empty({value(field)})"

    def option(field: Field, code: str) -> str:
        return f"{_squeezed(field.name)}_{_squeezed(code)}.NAOK"

    def points(field: Field) -> str:
        return f"if(is_numeric({value(field)}), {value(field)}, 0)"

    def chosen(field: Field, code: str) -> str:
        if field.kind == MULTIPLE:
            return f'{option(field, code)} == "Y"'
        short = short_codes(field)[code]
        if field.kind == RANKING:
            ranks = range(1, len(field.choices) + 1)
            return "(" + " or ".join(f'{_squeezed(field.name)}_{rank}.NAOK == "{short}"' for rank in ranks) + ")"
        return f'{value(field)} == "{short}"'

    return Grammar(blank, points, chosen)


EXPORTER = Exporter("limesurvey", ".txt", _write, languages=2, codes=re.compile(r"[A-Za-z0-9_-]+"))
