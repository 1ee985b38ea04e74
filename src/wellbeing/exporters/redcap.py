"""REDCap: a data dictionary of one form, which is uploaded under "Data Dictionary" and enabled as a survey.

References
----------
REDCap, Help & FAQ, "Data Dictionary" (the 18 columns), "Branching logic", "Action tags" (``@HIDDEN``, ``@DEFAULT``).
"""

import csv
import html
import io
import re
from collections.abc import Iterator

from wellbeing.exporters.exporter import Exporter
from wellbeing.exporters.words import hint_words, safe_cell
from wellbeing.forms import MULTIPLE, NUMBER, RANKING, SINGLE, TEXT, Field, Form, Page, grids
from wellbeing.forms.routing import Grammar, condition_text

COLUMNS = (
    "Variable / Field Name",
    "Form Name",
    "Section Header",
    "Field Type",
    "Field Label",
    "Choices, Calculations, OR Slider Labels",
    "Field Note",
    "Text Validation Type OR Show Slider Number",
    "Text Validation Min",
    "Text Validation Max",
    "Identifier?",
    "Branching Logic (Show field only if...)",
    "Required Field?",
    "Custom Alignment",
    "Question Number (surveys only)",
    "Matrix Group Name",
    "Matrix Ranking?",
    "Field Annotation",
)
_NAME, _FORM, _SECTION, _TYPE, _LABEL, _CHOICES, _NOTE, _CHECK, _LOW, _HIGH = COLUMNS[:10]
_BRANCHING, _REQUIRED, _MATRIX, _ANNOTATION = COLUMNS[11], COLUMNS[12], COLUMNS[15], COLUMNS[17]


def _write(form: Form) -> bytes:
    stream = io.StringIO(newline="")
    writer = csv.DictWriter(stream, COLUMNS, restval="", lineterminator="\r\n")
    writer.writeheader()
    for row in _rows(form):
        writer.writerow({name: safe_cell(text) for name, text in row.items()} | {_FORM: form.id})
    return stream.getvalue().encode("utf-8")


def _rows(form: Form) -> Iterator[dict[str, str]]:
    # REDCap wants a first field that names the record; it numbers the records itself.
    yield {_NAME: "record_id", _TYPE: "text", _LABEL: "Record ID"}
    if form.consent_version:
        version = form.consent_version.replace("'", "")
        hidden = f"@HIDDEN-SURVEY @READONLY @DEFAULT='{version}'"
        yield {_NAME: "consent_version", _TYPE: "text", _LABEL: "consent_version", _ANNOTATION: hidden}
    for page in form.pages:
        yield from _page_rows(page, form)


def _page_rows(page: Page, form: Form) -> Iterator[dict[str, str]]:
    lang = form.langs[0]
    section = _markup(getattr(page.title, lang))
    conditions = {field.asked_if for field in page.fields}
    if note := getattr(page.note, lang):
        shown = condition_text(page.fields[0], form, _GRAMMAR) if len(conditions) == 1 else ""
        yield {
            _NAME: f"note_{page.id}",
            _TYPE: "descriptive",
            _LABEL: _markup(note),
            _SECTION: section,
            _BRANCHING: shown,
        }
        section = ""
    for run in grids(page):
        grid = f"grid_{run[0].name}" if len(run) > 1 and run[0].points else ""
        for field in run:
            yield _field_row(field, form, lang) | {_SECTION: section, _MATRIX: grid}
            section = ""


def _field_row(field: Field, form: Form, lang: str) -> dict[str, str]:
    row = {
        _NAME: field.name,
        _TYPE: _type(field),
        _LABEL: _markup(getattr(field.text, lang)),
        _CHOICES: " | ".join(f"{c.code}, {_choice(getattr(c.label, lang))}" for c in field.choices),
        _NOTE: hint_words(field, lang),
        _REQUIRED: "y" if field.required else "",
        _BRANCHING: condition_text(field, form, _GRAMMAR),
    }
    if field.kind == NUMBER:
        row[_CHECK] = "integer" if field.whole else "number"
        row |= {name: f"{limit:g}" for name, limit in ((_LOW, field.low), (_HIGH, field.high)) if limit is not None}
    return row


def _type(field: Field) -> str:
    if field.kind == SINGLE:
        return "dropdown" if len(field.choices) > 20 else "radio"
    if field.kind == MULTIPLE:
        return "checkbox"
    return "notes" if field.kind == TEXT and field.name not in ("code", "school_id") else "text"


def _markup(words: str) -> str:
    """Write a text where REDCap reads HTML."""
    return html.escape(words.strip(), quote=False)


def _choice(words: str) -> str:
    # The stroke divides choices.
    return _markup(words).replace("|", "&#124;")


def _blank(field: Field) -> str:
    if field.kind == MULTIPLE:
        return "(" + " and ".join(f"[{field.name}({choice.code})] <> '1'" for choice in field.choices) + ")"
    absent = [f"[{field.name}] = '{choice.code}'" for choice in field.choices if choice.absent]
    parts = [f"[{field.name}] = ''", *absent]
    return f"({' or '.join(parts)})" if absent else parts[0]


def _points(field: Field) -> str:
    return f"if({_blank(field)}, 0, [{field.name}])"


def _chosen(field: Field, code: str) -> str:
    if field.kind == MULTIPLE:
        return f"[{field.name}({code})] = '1'"
    return f"[{field.name}] = '{code}'"


_GRAMMAR = Grammar(_blank, _points, _chosen)

EXPORTER = Exporter("redcap", ".csv", _write, codes=re.compile(r"[A-Za-z0-9_]+"), lacks=frozenset({RANKING}))
