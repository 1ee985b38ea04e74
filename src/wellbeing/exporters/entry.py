"""The sheet into which paper answers are typed: one row a form, and nothing but what may stand there.

Its header row is that of the kit's plain answer file, so the sheet is read as it is. Each column takes its own codes
alone; what they mean is shown when a cell is chosen.
"""

from typing import TYPE_CHECKING, Any

from wellbeing.exporters.exporter import Exporter
from wellbeing.exporters.words import limit_words
from wellbeing.forms import MULTIPLE, NUMBER, RANKING, SINGLE, TEXT, Field, Form, paper_numbers
from wellbeing.texts import say
from wellbeing.worksheets.sheets import fill, workbook_bytes

if TYPE_CHECKING:
    from openpyxl.worksheet.datavalidation import DataValidation

#: Rows that are prepared; more than the largest school has staff.
ROWS = 2000
#: A list of codes longer than this does not fit into a rule and stands in a sheet of its own.
_MOST_IN_RULE = 250
#: What a spreadsheet program shows of a title, and of a message.
_MOST_TITLE, _MOST_SHOWN = 32, 255
_LISTS = "lists"


def columns_of(form: Form) -> tuple[str, ...]:
    """Name the columns of the sheet: what the plain answer file starts with as far as paper tells it, then the rest."""
    asked = [field.name for field in form.fields]
    first = [name for name in ("school_id", "code") if name in asked]
    version = ["consent_version"] if form.consent_version else []
    consents = [name for name in asked if name.startswith("consent_")]
    rest = [name for name in asked if name not in (*first, *consents)]
    return (*first, "submitted", "lang", *consents, *version, *rest)


def _write(form: Form) -> bytes:
    from openpyxl import Workbook
    from openpyxl.styles import Alignment, Font
    from openpyxl.utils import get_column_letter

    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = "answers"
    columns = columns_of(form)
    fill(sheet, [columns])
    sheet.freeze_panes = "A2"
    lists = book.create_sheet(_LISTS)
    # The importer reads the one sheet that is shown.
    lists.sheet_state = "hidden"
    long_lists = 0
    for place, name in enumerate(columns, 1):
        letter = get_column_letter(place)
        head = sheet.cell(1, place)
        head.font, head.alignment = Font(bold=True), Alignment(horizontal="center")
        sheet.column_dimensions[letter].width = max(9, len(name) + 2)
        field = next((field for field in form.fields if field.name == name), None)
        codes = _codes(name, field, form)
        source = ""
        if codes and len(",".join(codes)) <= _MOST_IN_RULE and "," not in "".join(codes):
            source = '"{}"'.format(",".join(codes))
        elif codes:
            long_lists += 1
            for row, code in enumerate(codes, 1):
                cell = lists.cell(row, long_lists)
                cell.value = code
                cell.data_type = "s"
            column = get_column_letter(long_lists)
            source = f"{_LISTS}!${column}$1:${column}${len(codes)}"
        if name == "submitted":
            sheet.column_dimensions[letter].number_format = "yyyy-mm-dd"
        elif not (field and (field.points or field.kind == NUMBER)):
            # A code such as 007 or 1-2 stays what was typed.
            sheet.column_dimensions[letter].number_format = "@"
        rule = _rule(name, field, source, form)
        rule.add(f"{letter}2:{letter}{ROWS + 1}")
        sheet.add_data_validation(rule)
    return workbook_bytes(book)


def _codes(name: str, field: Field | None, form: Form) -> list[str]:
    if name == "lang":
        return list(form.langs)
    if name == "consent_version":
        return [form.consent_version]
    return [choice.code for choice in field.choices] if field and field.kind == SINGLE else []


def _rule(name: str, field: Field | None, source: str, form: Form) -> "DataValidation":
    from openpyxl.worksheet.datavalidation import DataValidation

    lang = form.langs[0]
    told: dict[str, Any] = {"allow_blank": True, "showInputMessage": True}
    if source:
        told |= {"type": "list", "formula1": source}
    elif name == "submitted":
        # Days since 1900, as a spreadsheet counts them: from 2000 on.
        told |= {"type": "date", "operator": "greaterThan", "formula1": "36526"}
    elif field and field.kind == NUMBER:
        told |= _limits(field)
    elif field and field.kind == TEXT:
        told |= {"type": "textLength", "operator": "lessThanOrEqual", "formula1": "5000"}
    number = paper_numbers(form).get(name)
    title = getattr(field.text, lang) if field else say("forms.entry_title", lang)
    title = f"{number}. {title}" if number else title
    rule = DataValidation(**told, showErrorMessage=told.get("type") is not None)
    rule.promptTitle = _cut(title, _MOST_TITLE)
    rule.prompt = _cut(_message(name, field, lang), _MOST_SHOWN)
    rule.errorTitle = _cut(say("forms.entry_wrong", lang), _MOST_TITLE)
    rule.error = rule.prompt
    return rule


def _limits(field: Field) -> dict[str, str]:
    kind = "whole" if field.whole else "decimal"
    low, high = (None if limit is None else f"{limit:g}" for limit in (field.low, field.high))
    if low is not None and high is not None:
        return {"type": kind, "operator": "between", "formula1": low, "formula2": high}
    if low is not None:
        return {"type": kind, "operator": "greaterThanOrEqual", "formula1": low}
    if high is not None:
        return {"type": kind, "operator": "lessThanOrEqual", "formula1": high}
    return {"type": kind, "operator": "greaterThan", "formula1": "-1E+15"}


def _message(name: str, field: Field | None, lang: str) -> str:
    if field is None:
        key = {"submitted": "entry_date", "lang": "entry_lang", "consent_version": "entry_version"}[name]
        return say(f"forms.{key}", lang)
    if name == "code":
        return say("forms.entry_code", lang)
    if field.kind == NUMBER:
        return limit_words(field, lang)
    if field.kind == TEXT:
        return say("forms.entry_text", lang)
    codes = "  ".join(f"{choice.code} {getattr(choice.label, lang)}" for choice in field.choices)
    key = {MULTIPLE: "entry_several", RANKING: "entry_order"}.get(field.kind, "entry_codes")
    return say(f"forms.{key}", lang, codes=codes)


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


EXPORTER = Exporter("entry", ".xlsx", _write)
