"""XLSForm, for KoboToolbox and ODK: a workbook with the sheets survey, choices and settings.

References
----------
XLSForm.org reference; ODK documentation, "Form logic" (``coalesce``, ``selected``), "Form question types" (``rank``).
"""

import hashlib
import re
from collections.abc import Iterator

from wellbeing.exporters.exporter import Exporter
from wellbeing.exporters.words import hint_words, limit_words
from wellbeing.forms import MULTIPLE, NUMBER, RANKING, SINGLE, Field, Form, Page
from wellbeing.forms.routing import Grammar, condition_text
from wellbeing.texts import say
from wellbeing.worksheets.sheets import fill, workbook_bytes

_LANGUAGES = {"zh": "中文 (zh)", "en": "English (en)"}
_TYPES = {SINGLE: "select_one", MULTIPLE: "select_multiple", RANKING: "rank"}
#: Columns of the sheet "survey"; the first of them come once a language.
_TRANSLATED = ("label", "hint", "required_message", "constraint_message")
_PLAIN = ("type", "name", "required", "relevant", "constraint", "appearance", "calculation")


def _write(form: Form) -> bytes:
    from openpyxl import Workbook

    lists = _lists(form)
    survey = [_header(form, _PLAIN, _TRANSLATED), *(_cells(row, form) for row in _rows(form, lists))]
    choices = [["list_name", "name", *(f"label::{_LANGUAGES[lang]}" for lang in form.langs)]]
    for name, field in {name: form.field(field) for field, name in reversed(lists.items())}.items():
        choices += [
            [name, choice.code, *(_text(getattr(choice.label, lang)) for lang in form.langs)]
            for choice in field.choices
        ]
    first = form.langs[0]
    version = hashlib.sha256(repr(form).encode()).hexdigest()[:12]
    settings = [
        ["form_title", "form_id", "version", "default_language", "style"],
        [getattr(form.title, first), form.id, version, _LANGUAGES[first], "pages"],
    ]
    book = Workbook()
    book.remove(book.worksheets[0])
    for title, rows in (("survey", survey), ("choices", choices), ("settings", settings)):
        fill(book.create_sheet(title), rows)
    return workbook_bytes(book)


def _header(form: Form, plain: tuple[str, ...], translated: tuple[str, ...]) -> list[str]:
    return [*plain, *(f"{name}::{_LANGUAGES[lang]}" for name in translated for lang in form.langs)]


def _cells(row: dict[str, str], form: Form) -> list[str]:
    return [
        *(row.get(name, "") for name in _PLAIN),
        *(row.get(f"{name}.{lang}", "") for name in _TRANSLATED for lang in form.langs),
    ]


def _lists(form: Form) -> dict[str, str]:
    """Name the list of answers of each field that has one; the same answers are one list."""
    names: dict[tuple[object, ...], str] = {}
    return {
        field.name: names.setdefault(field.choices, f"answers_{field.name}") for field in form.fields if field.choices
    }


def _rows(form: Form, lists: dict[str, str]) -> Iterator[dict[str, str]]:
    yield {"type": "start", "name": "start"}
    yield {"type": "end", "name": "end"}
    if form.consent_version:
        version = form.consent_version.replace("'", "")
        yield {"type": "calculate", "name": "consent_version", "calculation": f"'{version}'"}
    for page in form.pages:
        yield from _page_rows(page, form, lists)


def _page_rows(page: Page, form: Form, lists: dict[str, str]) -> Iterator[dict[str, str]]:
    conditions = {field.asked_if for field in page.fields}
    whole = condition_text(page.fields[0], form, _GRAMMAR) if len(conditions) == 1 else ""
    group = {"type": "begin_group", "name": f"page_{page.id}", "appearance": "field-list", "relevant": whole}
    yield group | {f"label.{lang}": _text(getattr(page.title, lang)) for lang in form.langs}
    if any(getattr(page.note, lang) for lang in form.langs):
        note = {"type": "note", "name": f"note_{page.id}"}
        yield note | {f"label.{lang}": _text(getattr(page.note, lang) or "-") for lang in form.langs}
    for field in page.fields:
        relevant = "" if whole else condition_text(field, form, _GRAMMAR)
        yield _field_row(field, form, lists) | {"relevant": relevant}
    yield {"type": "end_group", "name": f"page_{page.id}"}


def _field_row(field: Field, form: Form, lists: dict[str, str]) -> dict[str, str]:
    row = {"type": _type(field, lists), "name": field.name}
    if field.kind == SINGLE and len(field.choices) > 20:
        row["appearance"] = "minimal autocomplete"
    if field.kind == NUMBER:
        limits = [(">=", field.low), ("<=", field.high)]
        row["constraint"] = " and ".join(f". {sign} {limit:g}" for sign, limit in limits if limit is not None)
    for lang in form.langs:
        row[f"label.{lang}"] = _text(getattr(field.text, lang))
        row[f"hint.{lang}"] = hint_words(field, lang)
        if field.required:
            row["required"] = "yes"
            row[f"required_message.{lang}"] = say("forms.required", lang)
        if row.get("constraint"):
            row[f"constraint_message.{lang}"] = limit_words(field, lang)
    return row


def _type(field: Field, lists: dict[str, str]) -> str:
    if field.choices:
        return f"{_TYPES[field.kind]} {lists[field.name]}"
    return ("integer" if field.whole else "decimal") if field.kind == NUMBER else "text"


def _text(words: str) -> str:
    # "${" names a question in an XLSForm; nobody means that in a sentence.
    return words.replace("${", "$ {").strip()


def _blank(field: Field) -> str:
    absent = [f"${{{field.name}}} = '{choice.code}'" for choice in field.choices if choice.absent]
    parts = [f"${{{field.name}}} = ''", *absent]
    return f"({' or '.join(parts)})" if absent else parts[0]


def _points(field: Field) -> str:
    given = f"coalesce(${{{field.name}}}, 0)"
    absent = any(choice.absent for choice in field.choices)
    return f"if({_blank(field)}, 0, {given})" if absent else given


def _chosen(field: Field, code: str) -> str:
    if field.kind == SINGLE:
        return f"${{{field.name}}} = '{code}'"
    return f"selected(${{{field.name}}}, '{code}')"


_GRAMMAR = Grammar(_blank, _points, _chosen)

EXPORTER = Exporter("xlsform", ".xlsx", _write, languages=2, codes=re.compile(r"[A-Za-z0-9_.-]+"))
