"""The schools' yearly record sheet: counts and days, one workbook for a school and a year, nothing attached.

Ids stand in the first column, so that a sheet is read by them and never by position; the one column that is filled in
is the only one that is not locked, and each of its cells takes its own kind alone.
"""

from collections.abc import Mapping
from copy import copy
from typing import TYPE_CHECKING, Any

from wellbeing.importers.records import (
    ID_COLUMN,
    MARKER,
    NO,
    NONE,
    NOT_HERE,
    SCHOOL,
    STAFF_CELL,
    VALUE_COLUMN,
    YEAR,
    YES,
)
from wellbeing.measures import Field, Measures, check_year
from wellbeing.surveys import Roster
from wellbeing.texts import say
from wellbeing.worksheets.sheets import fill, workbook_bytes

if TYPE_CHECKING:
    from openpyxl.worksheet.datavalidation import DataValidation

#: Most people, and yuan a year, that a cell takes.
_MOST_PEOPLE, _MOST_YUAN = 2000, 1_000_000
#: What a spreadsheet program shows of a title, and of a message.
_MOST_TITLE, _MOST_SHOWN = 32, 255
_SCHOOLS = "schools"
_WIDTHS = (20, 18, 52, 18, 46)


def record_sheet(
    measures: Measures,
    roster: Roster,
    year: str,
    lang: str,
    school: str | None = None,
    values: Mapping[str, str] | None = None,
) -> bytes:
    """Write the sheet of a school, or one in which any school of the roster may be chosen.

    Parameters
    ----------
    measures : Measures
    roster : Roster
        Tells the school's name and number of staff; without a school it makes the list to choose from.
    year : str
        The school year, ``2026-2027``.
    lang : str
        ``zh`` or ``en``.
    school : str, optional
    values : mapping, optional
        Field to what is typed into its cell; for made-up counties.

    Returns
    -------
    bytes
        An ``.xlsx``.

    Raises
    ------
    UsageError
        If the year is none.
    KeyError
        If the school is not in the roster.
    """
    from openpyxl import Workbook
    from openpyxl.styles import Alignment, Font, PatternFill, Protection

    given = values or {}
    rows = [
        [MARKER, "", say("records.title", lang, year=check_year(year)), "", say("records.how", lang)],
        [ID_COLUMN, *(say(f"records.head_{name}", lang) for name in ("measure", "field")), VALUE_COLUMN,
         say("records.head_hint", lang)],
        [SCHOOL, "", say("records.school", lang), _shown(roster, school) if school else "",
         say("records.school_hint", lang)],
        [YEAR, "", say("records.year", lang), year, ""],
        [STAFF_CELL, "", say("records.staff", lang), str(int(roster.schools["staff"][school])) if school else "",
         say("records.staff_hint", lang)],
    ]  # fmt: skip
    fields: dict[int, Field] = {}
    for measure in measures.measures:
        for place, field in enumerate(measure.record):
            name = f"{measure.row} {measure.name.text.in_(lang)}" if place == 0 else ""
            rows.append([field.id, name, field.text.in_(lang), given.get(field.id, ""), _hint(field, lang)])
            fields[len(rows)] = field
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = say("records.sheet", lang)
    fill(sheet, rows)
    top = Alignment(wrap_text=True, vertical="top")
    looks: dict[str, Any] = {}

    def look(cell: Any, name: str, **style: Any) -> None:
        """Style the first cell of a look; the others take over what came of it, for finding a style again is slow."""
        if name not in looks:
            looks[name] = cell
            for what, how in {"alignment": top, **style}.items():
                setattr(cell, what, how)
        cell._style = copy(looks[name]._style)

    open_rows = [3, *fields] if school is None else [*fields]
    to_fill = {"protection": Protection(locked=False), "fill": PatternFill("solid", fgColor="FFF8DC")}
    for number in range(1, len(rows) + 1):
        ids, names, *others = sheet[number][: len(_WIDTHS)]
        look(ids, "id", font=Font(color="999999", size=8))
        look(names, "measure", font=Font(bold=True))
        for cell in others:
            look(cell, "text")
    for number in open_rows:
        kind = fields[number].kind if number in fields else ""
        # What is typed stays what was typed: no program makes another day or number of it. But where a program must
        # see a number or a day, or its own check could not work.
        format_ = "@" if kind in ("", "held", "choice") else "yyyy-mm-dd" if kind == "date" else "General"
        look(sheet.cell(number, 4), f"filled in: {format_}", number_format=format_, **to_fill)
    for letter, width in zip("ABCDE", _WIDTHS, strict=True):
        sheet.column_dimensions[letter].width = width
    for number, field in fields.items():
        rule = _rule(field, f"D{number}", measures, year, lang)
        rule.add(f"D{number}")
        sheet.add_data_validation(rule)
    if school is None:
        names = book.create_sheet(_SCHOOLS)
        names.sheet_state = "hidden"
        fill(names, [[_shown(roster, str(id_))] for id_ in roster.schools.index])
        choice = _validation({"type": "list", "formula1": f"{_SCHOOLS}!$A$1:$A${len(roster.schools)}"})
        choice.add("D3")
        sheet.add_data_validation(choice)
    sheet.freeze_panes = "A3"
    sheet.protection.sheet = True
    return workbook_bytes(book)


def _shown(roster: Roster, school: str) -> str:
    return f"{school} {roster.schools['name'][school]}"


def _hint(field: Field, lang: str) -> str:
    kind = say(f"records.kind_{field.kind}", lang, none=NONE[lang], yes=YES[lang], no=NO[lang], na=NOT_HERE[lang])
    return " ".join(part for part in (kind, field.hint.in_(lang)) if part)


def _rule(field: Field, cell: str, measures: Measures, year: str, lang: str) -> "DataValidation":
    """Give the rule of a cell: its kind alone."""
    first, last = measures.days(year)
    told: dict[str, Any] = {}
    if field.kind == "people":
        told = {"type": "whole", "operator": "between", "formula1": "0", "formula2": str(_MOST_PEOPLE)}
    elif field.kind in ("number", "money"):
        most = _MOST_YUAN if field.kind == "money" else field.most
        told = {"type": "decimal", "operator": "between", "formula1": "0", "formula2": f"{most or 0:.0f}"}
    elif field.kind == "date":
        told = {
            "type": "date",
            "operator": "between",
            "formula1": f"DATE({first.year},{first.month},{first.day})",
            "formula2": f"DATE({last.year},{last.month},{last.day})",
        }
    elif field.kind == "choice":
        told = {"type": "list", "formula1": f'"{YES[lang]},{NO[lang]},{NOT_HERE[lang]}"'}
    else:
        # A day as text of eight characters or more, a day as the program counts it, or the word.
        told = {"type": "custom", "formula1": f'OR(ISNUMBER({cell}),LEN({cell})>=8,{cell}="{NONE[lang]}")'}
    rule = _validation(told)
    rule.promptTitle = field.text.in_(lang)[:_MOST_TITLE]
    rule.prompt = rule.error = _hint(field, lang)[:_MOST_SHOWN]
    rule.errorTitle = say("records.wrong", lang)[:_MOST_TITLE]
    return rule


def _validation(told: dict[str, Any]) -> "DataValidation":
    from openpyxl.worksheet.datavalidation import DataValidation

    return DataValidation(**told, allow_blank=True, showErrorMessage=True, showInputMessage=True)
