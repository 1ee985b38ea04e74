"""Write made-up answers as a 问卷星 (wenjuanxing) download: by option text or by option number.

The layout is that of real downloads: seven columns of the platform's own, numbered questions, the stem only
in the first header of a matrix, ``(空)`` for a blank and ``(跳过)`` for a question not reached (-2 and -3 by
number). Names, telephone numbers and addresses stand in it, made up, so that a reader has to drop them.
"""

import csv
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from wellbeing.errors import KitFault
from wellbeing.surveys import Question, Survey
from wellbeing.synthetic.workbook import write_workbook
from wellbeing.texts import say

PLATFORM_COLUMNS = ("序号", "提交答卷时间", "所用时间", "来源", "来源详情", "来自IP", "总分")
FREE_TEXT = "您还有什么想说的？"
#: Substrings of everything that `canary` plants: none may turn up behind the importer, and behind the
#: counsellor's zone not even a piece of a code.
CANARY_NAME, CANARY_PHONE, CANARY_TIME = "金丝雀", "1990000", "3:33:33"
CANARY_CODE = "CANARY"
CANARY_SENTENCE = "金丝雀在井里说了一句只有她自己知道的话"

_SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"
_GIVEN = ("晓雨", "志远", "雅琴", "文博", "秀兰", "建华", "思远", "海燕", "明轩", "桂芳", "子涵", "国强", "静怡")
_SOURCES = (("微信", "N/A"), ("手机提交", "直接访问"), ("链接", "直接访问"))

#: In `marks` of `export_rows`: the form did not ask.
SKIPPED = "skipped"

Cell = str | int
_BLANK: dict[str, Cell] = {"text": "(空)", "code": -2}
_SKIPPED: dict[str, Cell] = {"text": "(跳过)", "code": -3}


def export_rows(
    survey: Survey,
    names: Mapping[str, str],
    answers: pd.DataFrame,
    by: str = "text",
    canary: bool = False,
    named: bool = True,
    marks: pd.DataFrame | None = None,
) -> list[list[Cell]]:
    """Lay out answers as the platform would.

    Parameters
    ----------
    survey : Survey
    names : mapping of school_id to the school's name, which is what respondents chose
    answers : DataFrame, one row per respondent, columns ``survey.columns``
    by : ``text`` or ``code``
        By ``code``, a choice is the number of the option in the form, from 1, not the answer code.
    canary : bool
        Plant the marks of this module in names, telephone numbers and a free text.
    named : bool
        Whether the form asked for names and telephone numbers, as forms do that should not.
    marks : DataFrame, optional
        Of the shape of the questions' and items' columns: `SKIPPED` where the form did not ask, the code of an answer
        that says that the question does not apply, else missing. Without it nothing is known of that.

    Returns
    -------
    list of rows, the header first
    """
    columns = _platform_columns(answers)
    number = 0
    for question in survey.questions:
        number += 1
        given = _own_answers(question, names, answers, by)
        columns[f"{number}、{question.text.in_('zh')}"] = _marked(given, question.id, {}, marks, by)
        if question.kind == "school" and named:
            persons = range(len(answers))
            columns[f"{number + 1}、姓名"] = [_name(i, canary) for i in persons]
            columns[f"{number + 2}、手机"] = [_phone(i, canary) for i in persons]
            number += 2
    columns |= _matrices(survey, answers, by, number, marks)
    if canary:
        last = len({header.split("、")[0] for header in columns if "、" in header}) + 1
        columns[f"{last}、{FREE_TEXT}"] = [CANARY_SENTENCE] * len(answers)
    return [list(columns), *(list(row) for row in zip(*columns.values(), strict=True))]


def write_rows(rows: list[list[Cell]], path: Path) -> Path:
    """Write rows as ``.xlsx``, or as ``.csv`` in GB18030 as the platform does.

    Raises
    ------
    KitFault
        For any other ending.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".csv":
        with path.open("w", encoding="gb18030", newline="") as file:
            csv.writer(file).writerows(rows)
    elif path.suffix == ".xlsx":
        write_workbook(rows, path)
    else:
        raise KitFault(f"made-up answers are written as .xlsx or .csv, not {path.suffix}")
    return path


def _platform_columns(answers: pd.DataFrame) -> dict[str, list[Cell]]:
    sent = pd.to_datetime(answers["submitted"])
    sources = [_SOURCES[i % len(_SOURCES)] for i in range(len(answers))]
    # Addresses of the block that is reserved for documentation: nobody's.
    addresses = [f"192.0.2.{i % 254 + 1}(安徽-合肥)" for i in range(len(answers))]
    totals = answers.filter(regex=r"_\d+$").sum(axis=1)
    cells: tuple[list[Cell], ...] = (
        list(range(1, len(answers) + 1)),
        [f"{t.year}/{t.month}/{t.day} {t.hour}:{t.minute:02d}:{t.second:02d}" for t in sent],
        [f"{int(seconds)}秒" for seconds in answers["seconds"]],
        [source for source, _ in sources],
        [detail for _, detail in sources],
        [*addresses],
        [int(total) for total in totals],
    )
    return dict(zip(PLATFORM_COLUMNS, cells, strict=True))


def _own_answers(question: Question, names: Mapping[str, str], answers: pd.DataFrame, by: str) -> list[Cell]:
    given: list[Any] = answers[question.id].tolist()
    if question.kind == "school":
        return [names[school] for school in given]
    if question.kind == "code":
        # In fours, as on the card; people type it as they see it.
        return [_BLANK[by] if pd.isna(code) else "-".join((code[:4], code[4:8], code[8:])) for code in given]
    if not question.options:
        return [_BLANK[by] if pd.isna(words) else words for words in given]
    shown: dict[str, Cell] = {
        option.code: place + 1 if by == "code" else option.label.in_("zh")
        for place, option in enumerate(question.options)
    }
    if question.kind == "multiple":
        chosen = [[] if pd.isna(codes) else [str(shown[code]) for code in codes.split(";")] for codes in given]
        return ["┋".join(labels) or _BLANK[by] for labels in chosen]
    return [shown.get(code, _BLANK[by]) for code in given]


def _marked(
    cells: list[Cell], column: str, absent: Mapping[str, Cell], marks: pd.DataFrame | None, by: str
) -> list[Cell]:
    """Put in the place of blanks what is known of them: not asked, or an answer that says it does not apply."""
    if marks is None or column not in marks:
        return cells
    shown = {SKIPPED: _SKIPPED[by], **absent}
    return [shown.get(mark, cell) for cell, mark in zip(cells, marks[column], strict=True)]


def _matrices(
    survey: Survey, answers: pd.DataFrame, by: str, number: int, marks: pd.DataFrame | None
) -> dict[str, list[Cell]]:
    """Lay out the items; neighbours of one instrument with the same answers make one matrix question."""
    codes = answers[[item.column for item in survey.items]]
    # Whatever is blank from some item to the end was not reached.
    unreached = codes.isna().iloc[:, ::-1].cummin(axis=1).iloc[:, ::-1]
    columns: dict[str, list[Cell]] = {}
    for part in survey.parts:
        before: object = None
        for item in part.items:
            stem = ""
            if item.answers != before:
                number += 1
                stem = (part.instrument.instructions.zh or say("synthetic.matrix_stem", "zh")) + "—"
            before = item.answers
            shown: dict[float, Cell] = {
                answer.code: place + 1 if by == "code" else answer.label.in_("zh")
                for place, answer in enumerate(item.answers)
            }
            given: list[float] = codes[item.column].tolist()
            cells: list[Cell] = [
                (_SKIPPED[by] if lost else _BLANK[by]) if math.isnan(code) else shown[code]
                for code, lost in zip(given, unreached[item.column], strict=True)
            ]
            absent: dict[str, Cell] = {
                none.code: len(item.answers) + place if by == "code" else none.label.in_("zh")
                for place, none in enumerate(item.not_applicable, 1)
            }
            columns[f"{number}、{stem}{item.text.in_('zh')}"] = _marked(cells, item.column, absent, marks, by)
    return columns


def _name(place: int, canary: bool) -> str:
    if canary:
        return f"{CANARY_NAME}{place:04d}"
    return _SURNAMES[place * 7 % len(_SURNAMES)] + _GIVEN[place * 5 % len(_GIVEN)]


def _phone(place: int, canary: bool) -> str:
    # No mobile number in China begins with 12, so nobody has one of these.
    return f"{CANARY_PHONE}{place % 10000:04d}" if canary else f"12{place:09d}"
