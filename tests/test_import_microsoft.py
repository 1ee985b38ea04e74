import datetime as dt
import io

import openpyxl
import pytest

from platform_files import column, needs_exports, real, source_of, uses
from wellbeing.importers.exports import ANSWER, END, LABELS, LANGUAGE, PERSONAL, START
from wellbeing.importers.exports import PLATFORM as BOOKKEEPING
from wellbeing.importers.microsoft import PLATFORM

EN = ["ID", "Start time", "Completion time", "Email", "Name", "Last modified time"]
ZH = ["ID", "开始时间", "完成时间", "电子邮件", "名称", "上次修改时间"]


def workbook(rows):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return source_of(out.getvalue(), "form.xlsx")


def filled(*answers, day=2):
    start = dt.datetime(2026, 11, day, 8, 0, 1)
    return [day, start, start + dt.timedelta(seconds=390), "anonymous", "", None, *answers]


@needs_exports
def test_the_layout_with_its_dates_and_odd_headers():
    source = real("layout_skeletons", "microsoft_forms.xlsx")
    assert PLATFORM.recognises(source)
    export = PLATFORM.read(source)
    assert export.rows == [2, 3, 4]
    assert uses(export, START) == ["Start time"]
    assert column(export, "Start time").cells == ["2024-09-02T08:00:01", "2024-09-02T08:04:10", "2024-09-03T21:15:00"]
    assert uses(export, END) == ["Completion time"]
    assert column(export, "Completion time").cells[0] == "2024-09-02T08:06:31"
    assert uses(export, PERSONAL) == ["Email", "Name"]
    assert uses(export, BOOKKEEPING) == ["ID", "Last modified time"]
    assert column(export, "学校\xa0").cells == ["第一小学", "第一小学", "第二中学"]
    subjects = column(export, "您任教的学科\n(可多选)")
    assert (subjects.separator, subjects.cells) == (";", ["语文;数学;", "英语;", "数学;其他;"])
    assert column(export, "过去两周内，我感到快乐、心情舒畅").cells == ["大部分时间", "所有时间", "有时候"]


@pytest.mark.parametrize("own", [EN, ZH])
def test_its_own_columns_in_each_language(own):
    source = workbook([[*own, "学校"], filled("一小")])
    assert PLATFORM.recognises(source)
    export = PLATFORM.read(source)
    assert column(export, own[1]).cells == ["2026-11-02T08:00:01"]
    assert column(export, own[2]).cells == ["2026-11-02T08:06:31"]
    assert uses(export, PERSONAL) == own[3:5]
    assert uses(export, ANSWER) == ["学校"]


def test_languages_by_their_names():
    rows = [[*EN, "Language", "学校"]]
    for at, name in enumerate(["English (United States)\u200e", "中文(中国)\u200e", "简体中文", "zh-cn", "Klingon"]):
        rows.append(filled(name, "一小", day=at + 1))
    export = PLATFORM.read(workbook(rows))
    assert column(export, "Language").use == LANGUAGE
    assert column(export, "Language").cells == ["en", "zh-CN", "zh-CN", "zh-CN", ""]
    assert column(export, "Language").unreadable == (4,)


def test_a_quizs_points_and_remarks_are_no_answers():
    header = [*EN, "Total points", "Quiz feedback", "学校\xa0", "Points - 学校\xa0", "Feedback - 学校", "Points - x"]
    export = PLATFORM.read(workbook([header, filled(5, "", "一小", 1, "", "七")]))
    assert uses(export, BOOKKEEPING)[2:] == ["Total points", "Quiz feedback", "Points - 学校\xa0", "Feedback - 学校"]
    # A question of its own, for there is none that it speaks of.
    assert uses(export, ANSWER) == ["学校\xa0", "Points - x"]


def test_saved_as_csv_by_a_spreadsheet_program():
    rows = [
        [*EN, "学校"],
        ["1", "9/22/26 8:00:01", "9/22/26 8:06:31", "anonymous", "", "", "a"],
        ["2", "9/3/26 8:00:01", "9/30/26 8:06:31", "anonymous", "", "", "b"],
    ]
    export = PLATFORM.read(source_of(rows))
    assert column(export, "Completion time").cells == ["2026-09-22T08:06:31", "2026-09-30T08:06:31"]
    assert column(export, "学校").coding == LABELS


def test_other_tables_are_not_taken_for_it():
    assert not PLATFORM.recognises(source_of([["ID", "Start time", "q"], ["1", "2", "3"]]))
    assert not PLATFORM.recognises(source_of([["开始时间", "完成时间", "q"], ["1", "2", "3"]]))
