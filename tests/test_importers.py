import csv
import datetime as dt
import io
import re
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest
import xlwt
from hypothesis import given, settings
from hypothesis import strategies as st

from wellbeing.errors import InputError, UsageError
from wellbeing.importers import PLATFORMS, import_file, read_answers, sources, workbooks
from wellbeing.importers.findings import Stopped
from wellbeing.importers.grids import grid_of
from wellbeing.importers.names import header_name, normalise
from wellbeing.importers.sources import open_source
from wellbeing.importers.workbooks import column_letters, column_number
from wellbeing.instruments import Text
from wellbeing.personal import looks_personal
from wellbeing.surveys import AnswerMap, Roster, load_survey
from wellbeing.texts import LANGUAGES
from wellbeing.workspace import Workspace

KIT = Path(__file__).parents[1]
SHARED = KIT.parent / "shared" / "data"
EXPORTS = SHARED / "platform_exports"
SKELETONS = EXPORTS / "layout_skeletons"

needs_shared = pytest.mark.skipif(not SHARED.is_dir(), reason="the shared data are not beside the repository")

SURVEY = load_survey(Workspace(KIT), "screening")
#: PHQ-9 and GAD-7 only, as in the two-wave data.
SHORT = replace(SURVEY, parts=SURVEY.parts[:2])

# Labels in the order in which the forms list them, typed from the questionnaires, not from the definitions.
FREQUENCY = ["完全不会", "好几天", "一半以上天数", "几乎每天"]

ROSTER = Roster(
    pd.DataFrame(
        {
            "name": ["青云镇中心小学", "河口中学"],
            "town": ["青云镇", "河口镇"],
            "kind": ["primary", "junior"],
            "rural": [True, True],
            "staff": [500, 3],
            "group": ["", ""],
        },
        index=pd.Index(["S001", "S002"], name="school_id"),
    )
)

PERSON = ["青云镇中心小学", "", "女", "35岁以下", "班主任", "同意", "同意"]
PERSON_ORDINALS = ["青云镇中心小学", "", "1", "1", "1", "1", "1"]
PERSON_HEADERS = [question.text.zh for question in SURVEY.questions]


def code(number):
    """A well-formed code for each row, as a person would copy it from a card."""
    return f"ab{number:04d}-xy"


def write(path, rows, encoding="utf-8"):
    """Write rows as the file that the path's ending says."""
    if path.suffix == ".xlsx":
        book = openpyxl.Workbook()
        for row in rows:
            book.active.append(row)
        book.save(path)
    elif path.suffix == ".xls":
        book = xlwt.Workbook(encoding="utf-8")
        sheet = book.add_sheet("Sheet1")
        for at, row in enumerate(rows):
            for place, cell in enumerate(row):
                sheet.write(at, place, cell)
        book.save(str(path))
    else:
        text = io.StringIO(newline="")
        csv.writer(text).writerows(rows)
        path.write_bytes(text.getvalue().encode(encoding))
    return path


def plain_rows(number=3, survey=SURVEY, **changes):
    """A right plain file: header and `number` rows, everybody answering the first code of each item."""
    rows = [list(survey.columns)]
    for at in range(number):
        row = {"school_id": "S001", "code": code(at), "submitted": "2026-11-02 9:01:07", "seconds": "312", "lang": "zh"}
        row |= {"sex": "female", "age_band": "under_35", "role": "teacher"}
        row |= {"consent_statistics": "yes", "consent_contact": "yes", "consent_version": "1"}
        row |= {item.column: str(item.codes[0]) for item in survey.items}
        rows.append([row[name] for name in survey.columns])
    for place, value in changes.items():
        column, row = place.rsplit("__", 1)
        rows[int(row) - 1][survey.columns.index(column)] = value
    return rows


def findings_of(path, survey=SURVEY, roster=ROSTER, platform=None):
    """Everything found in a file that can be imported: severity, rule, rows."""
    imported = read_answers(path, survey, roster, platform)
    for found in imported.findings:
        for lang in LANGUAGES:
            assert found.problem.line(lang)
    return [(found.severity, found.problem.what, found.rows) for found in imported.findings]


def problems_of(path, survey=SURVEY, roster=ROSTER, platform=None):
    with pytest.raises(InputError) as caught:
        import_file(path, survey, roster, platform)
    for lang in LANGUAGES:
        assert caught.value.message(lang)
    return [(problem.what, problem.row, problem.column) for problem in caught.value.problems]


# --- real layouts


@needs_shared
def test_the_real_export_is_read_completely():
    table = grid_of(open_source(EXPORTS / "wenjuanxing" / "wjx_800_text.xls"))
    assert len(table.rows) == 800
    assert table.rows[0] == 2
    assert table.rows[-1] == 801
    assert len(table.headers[0]) == 14
    assert table.columns[8][:4] == ["男", "男", "女", "男"]
    assert all(len(column) == 800 for column in table.columns)


SKELETON_SURVEY = replace(
    SURVEY,
    parts=SURVEY.parts[:1],
    questions=(SURVEY.question("sex"),),
    headers={"phq9_8": ("动作或说话速度缓慢到别人已经察觉；或正好相反，烦躁或坐立不安",)},
    ignore=(
        "您的年龄（周岁）",
        "3、您任教的学段（可多选）",
        "您是否担任班主任？",
        "您担任班主任的年限：",
        "您还有什么想说的？",
    ),
)
PHQ9 = [f"phq9_{number}" for number in range(1, 10)]


@needs_shared
@pytest.mark.parametrize(
    ("file", "second_row", "fourth_row"),
    [
        # Read off the files by eye: 一半以上的天数 2, 完全不会 0, 几乎每天 3, 好几天 1; (空) and -2 are missing.
        ("wjx_text_utf8bom.csv", [2, 0, 0, 3, 2, 1, 1, 2, 1], [2, 2, 2, 3, 2, 1, np.nan, 3, 0]),
        ("wjx_text_gbk.csv", [0, 2, 3, 1, 1, 0, 2, 3, 1], [3, 2, 3, 2, 1, 1, np.nan, 3, 3]),
        ("wjx_codes.xlsx", [2, 3, 2, 2, 1, 1, 0, 3, 2], [0, 0, 2, 3, 0, 0, np.nan, 2, 0]),
    ],
)
def test_skeletons_give_answer_codes(file, second_row, fourth_row):
    responses, record = import_file(SKELETONS / file, SKELETON_SURVEY, ROSTER)
    answers = responses.answers
    assert len(answers) == record.rows_kept == 12
    assert answers.loc[2, PHQ9].tolist() == second_row
    np.testing.assert_array_equal(answers.loc[5, PHQ9].to_numpy(float), fourth_row)
    assert answers[PHQ9].isna().sum().sum() == 1
    assert answers.loc[2, "submitted"] == "2025-03-01T09:01:07"
    assert answers.loc[2, "seconds"] == 537
    assert record.platform == "wenjuanxing"
    assert record.personal_columns == 3  # 来源, 来源详情, 来自IP


@needs_shared
def test_text_and_code_exports_agree_on_the_same_person():
    # Answer 5 is the same in all three files: the third option everywhere.
    for file in ("wjx_text_utf8bom.csv", "wjx_text_gbk.csv", "wjx_codes.xlsx"):
        responses, _ = import_file(SKELETONS / file, SKELETON_SURVEY, ROSTER)
        assert responses.answers.loc[6, PHQ9].tolist() == [2] * 9


@needs_shared
@pytest.mark.parametrize("layout", ["text", "ordinals"])
@pytest.mark.parametrize(
    ("ending", "encoding"), [(".xlsx", ""), (".xls", ""), (".csv", "gb18030"), (".csv", "utf-8"), (".csv", "utf-8-sig")]
)
def test_two_wave_data_come_back_identical(tmp_path, layout, ending, encoding):
    with (SHARED / "phq9_gad7_two_waves" / "wave1.csv").open(encoding="utf-8", newline="") as file:
        given_codes = [[int(cell) for cell in row] for row in list(csv.reader(file))[1:]]
    stems = ["过去两周，以下问题出现的频率？"] * 16
    headers = [
        f"{4 if at < 9 else 5}、{stems[at]}—{item.text.zh}" if at in (0, 9) else f"{4 if at < 9 else 5}、{item.text.zh}"
        for at, item in enumerate(SHORT.items)
    ]
    meta = ["序号", "提交答卷时间", "所用时间", "来源", "来源详情", "来自IP", "姓名", "总分"]
    rows = [[*meta, *(f"{at}、{header}：" for at, header in enumerate(PERSON_HEADERS, 1)), *headers]]
    for at, codes in enumerate(given_codes):
        person = (PERSON if layout == "text" else PERSON_ORDINALS).copy()
        person[1] = code(at)
        cells = [FREQUENCY[c] if layout == "text" else (str(c + 1) if ending == ".csv" else c + 1) for c in codes]
        own = [at + 1, "2025/3/1 9:01:07", "537秒", "微信", "N/A", "192.0.2.1(安徽-合肥)", "张三", sum(codes)]
        rows.append([*own, *person, *cells])
    path = write(tmp_path / f"wave{ending}", rows, encoding)
    responses, record = import_file(path, SHORT, ROSTER)
    columns = [item.column for item in SHORT.items]
    assert len(given_codes) == 403
    assert responses.answers[columns].to_numpy().tolist() == given_codes
    assert responses.answers["sex"].eq("female").all()
    assert record.personal_columns == 4


@pytest.mark.parametrize(("column", "ordinal", "expected"), [("who5_1", 1, 5), ("who5_1", 6, 0), ("cbi_1", 1, 100)])
def test_ordinals_follow_the_order_of_the_form(tmp_path, column, ordinal, expected):
    rows = [["序号", "提交答卷时间", "所用时间", *PERSON_HEADERS, *(item.text.zh for item in SURVEY.items)]]
    rows.append(["1", "2025/3/1 9:01:07", "41秒", *PERSON_ORDINALS, *("2" for _ in SURVEY.items)])
    rows[1][10 + [item.column for item in SURVEY.items].index(column)] = str(ordinal)
    responses, _ = import_file(write(tmp_path / "a.csv", rows), SURVEY, ROSTER)
    assert responses.answers.loc[2, column] == expected


def text_rows(**changes):
    rows = [["序号", "提交答卷时间", "所用时间", *PERSON_HEADERS, *(item.text.zh for item in SURVEY.items)]]
    rows.append(["1", "2025/3/1 9:01:07", "41秒", *PERSON, *(item.answers[0].label.zh for item in SURVEY.items)])
    for column, cell in changes.items():
        rows[1][10 + [item.column for item in SURVEY.items].index(column)] = cell
    return rows


@pytest.mark.parametrize("cell", ["(跳过)", "（空）", "-3", "-2", "", "  "])
def test_skipped_and_blank_are_missing(tmp_path, cell):
    responses, _ = import_file(write(tmp_path / "a.csv", text_rows(phq9_9=cell)), SURVEY, ROSTER)
    assert np.isnan(responses.answers.loc[2, "phq9_9"])
    assert responses.answers.loc[2, "phq9_8"] == 0


@pytest.mark.parametrize("cell", ["Nearly every day", " 几乎每天 ", "几乎每天〖一直〗", "几乎\u200b每天"])
def test_labels_of_either_language_are_known(tmp_path, cell):
    responses, _ = import_file(write(tmp_path / "a.csv", text_rows(phq9_9=cell)), SURVEY, ROSTER)
    assert responses.answers.loc[2, "phq9_9"] == 3


@pytest.mark.parametrize("key", ["phq9", "phq9_9"])
def test_a_countys_own_label_is_mapped(tmp_path, key):
    survey = replace(SURVEY, labels={key: {"天天": 3}})
    path = write(tmp_path / "a.csv", text_rows(phq9_9="天天"))
    assert import_file(path, survey, ROSTER)[0].answers.loc[2, "phq9_9"] == 3
    assert problems_of(path) == [("not_a_label", 2, "有不如死掉或用某种方式伤害自己的念头")]


def test_an_export_by_points_is_refused(tmp_path):
    rows = [["序号", "提交答卷时间", "所用时间", *PERSON_HEADERS, *(item.text.zh for item in SURVEY.items)]]
    rows.append(["1", "2025/3/1 9:01:07", "41秒", *PERSON_ORDINALS, *("0" for _ in SURVEY.items)])
    found = problems_of(write(tmp_path / "a.csv", rows))
    assert {what for what, _, _ in found} == {"not_an_ordinal"}
    assert len(found) == len(SURVEY.items)


def ordinal_rows(number):
    rows = [["序号", "提交答卷时间", "所用时间", *PERSON_HEADERS, *(item.text.zh for item in SURVEY.items)]]
    for at in range(number):
        rows.append([str(at), "2025/3/1 9:01:07", "41秒", *PERSON_ORDINALS, *("2" for _ in SURVEY.items)])
    return rows


def test_one_stray_text_does_not_turn_an_export_by_number_into_one_by_text(tmp_path):
    rows = ordinal_rows(3)
    rows[2][12] = "好几天"
    assert problems_of(write(tmp_path / "a.csv", rows)) == [("not_an_ordinal", 3, SURVEY.items[2].text.zh)]


def test_one_stray_number_in_an_export_by_text_is_not_guessed(tmp_path):
    path = write(tmp_path / "a.csv", text_rows(phq9_3="2"))
    assert problems_of(path) == [("not_a_label", 2, SURVEY.items[2].text.zh)]


def test_options_may_be_labels_where_the_items_are_numbers(tmp_path):
    rows = ordinal_rows(1)
    rows[1][3:10] = [*PERSON[:2], "男", "2", *PERSON[4:]]
    responses, _ = import_file(write(tmp_path / "a.csv", rows), SURVEY, ROSTER)
    assert responses.answers.loc[2, ["sex", "age_band"]].tolist() == ["male", "from_35_to_49"]


def test_a_platform_may_be_named(tmp_path):
    rows = [row[3:] for row in ordinal_rows(1)]  # the officer removed the platform's own columns
    path = write(tmp_path / "a.csv", rows)
    assert import_file(path, SURVEY, ROSTER, "wenjuanxing")[0].answers.loc[2, "phq9_1"] == 1
    # Unnamed, the numbers under the questions may mean anything.
    assert {what for what, _, _ in problems_of(path)} == {"not_a_label", "not_an_option"}


# --- the plain file


@pytest.mark.parametrize("file", ["a.csv", "a.xlsx", "a.xls"])
def test_plain_file(tmp_path, file):
    responses, record = import_file(write(tmp_path / file, plain_rows(phq9_9__3="", phq9_1__2="3")), SURVEY, ROSTER)
    answers = responses.answers
    assert list(answers.columns) == list(SURVEY.columns)
    assert answers.index.tolist() == [2, 3, 4]
    assert np.isnan(answers.loc[3, "phq9_9"])
    assert answers.loc[2, "phq9_1"] == 3
    assert answers["code"].tolist() == ["AB0000XY", "AB0001XY", "AB0002XY"]
    assert answers["submitted"].eq("2026-11-02T09:01:07").all()
    assert (record.rows_read, record.rows_kept, record.platform) == (3, 3, "plain")
    assert record.mapping["phq9_9"] == "phq9_9"


def test_spreadsheets_write_whole_numbers_with_a_point(tmp_path):
    path = write(tmp_path / "a.csv", plain_rows(phq9_1__2="2.0"))
    assert import_file(path, SURVEY, ROSTER)[0].answers.loc[2, "phq9_1"] == 2


def test_plain_labels_are_known_too(tmp_path):
    path = write(tmp_path / "a.csv", plain_rows(phq9_1__2="几乎每天", sex__2="男", school_id__2="河口中学"))
    row = import_file(path, SURVEY, ROSTER)[0].answers.loc[2]
    assert (row["phq9_1"], row["sex"], row["school_id"]) == (3, "male", "S002")


def test_numbers_under_a_question_are_not_guessed(tmp_path):
    # Without the kit's column name 1 may be a code or the first option of some form.
    rows = plain_rows(1)
    rows[0][SURVEY.columns.index("phq9_2")] = "感到心情低落、沮丧或绝望"
    assert problems_of(write(tmp_path / "a.csv", rows)) == [("not_a_label", 2, "感到心情低落、沮丧或绝望")]


def test_missing_words_are_missing_not_empty(tmp_path):
    path = write(tmp_path / "a.csv", plain_rows(sex__2="", code__2="", consent_contact__2="no", submitted__2=""))
    row = import_file(path, SURVEY, ROSTER)[0].answers.loc[2]
    assert row[["sex", "code", "submitted"]].isna().all()


def test_contact_without_code_is_counted_not_refused(tmp_path):
    _, record = import_file(
        write(tmp_path / "a.csv", plain_rows(code__2="", code__4="", seconds__4="313")), SURVEY, ROSTER
    )
    assert record.contact_without_code == 2


def test_blank_rows_count_as_rows_and_are_left_out(tmp_path):
    rows = plain_rows(2)
    rows.insert(2, [""] * len(rows[0]))
    for file in ("a.csv", "a.xlsx"):
        responses, record = import_file(write(tmp_path / file, rows), SURVEY, ROSTER)
        assert responses.answers.index.tolist() == [2, 4]
        assert (record.rows_read, record.rows_kept, record.blank_rows) == (3, 2, 1)


def test_a_line_break_in_a_cell_is_one_row(tmp_path):
    survey = replace(SURVEY, ignore=("您还有什么想说的？",))
    rows = plain_rows(3, sex__4="?")
    for at, row in enumerate(rows):
        row.append("7、您还有什么想说的？" if at == 0 else "第一行\n第二行")
    assert problems_of(write(tmp_path / "a.csv", rows), survey) == [("not_an_option", 4, "sex")]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_encodings_and_delimiters(tmp_path, encoding, delimiter):
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter).writerows(plain_rows(school_id__2="青云镇中心小学"))
    path = tmp_path / "a.csv"
    path.write_bytes(text.getvalue().encode(encoding))
    assert import_file(path, SURVEY, ROSTER)[0].answers.loc[2, "school_id"] == "S001"


def test_the_first_sheet_that_is_not_empty_is_read(tmp_path):
    book = openpyxl.Workbook()
    sheet = book.create_sheet("答卷")
    for row in plain_rows():
        sheet.append(row)
    book.save(tmp_path / "a.xlsx")
    assert import_file(tmp_path / "a.xlsx", SURVEY, ROSTER)[1].rows_kept == 3


def test_content_decides_what_a_file_is(tmp_path):
    path = write(tmp_path / "a.xlsx", plain_rows())
    path = path.rename(tmp_path / "a.xls")
    assert import_file(path, SURVEY, ROSTER)[1].rows_kept == 3


# --- people


PERSONAL = {
    "姓名": "金丝雀",
    "您的手机号码：": "19900001234",
    "电子邮箱": "canary@example.org",
    "身份证号": "110101199003071234",
    "微信昵称": "金丝雀",
    "3、联系方式（选填）": "19900001234",
    "备用": "19900005678",
    "不明": "192.0.2.77",
}


def test_personal_columns_are_dropped_and_counted(tmp_path):
    rows = plain_rows()
    rows[0] += list(PERSONAL)
    for row in rows[1:]:
        row += list(PERSONAL.values())
    responses, record = import_file(write(tmp_path / "a.csv", rows), SURVEY, ROSTER)
    assert record.personal_columns == len(PERSONAL)
    everything = repr(record) + responses.answers.to_csv()
    assert not any(value in everything for value in PERSONAL.values())


def test_a_telephone_number_is_no_code(tmp_path):
    path = write(tmp_path / "a.csv", plain_rows(code__2="199-0000-1234", code__3="11010119900307123X"))
    assert findings_of(path) == [("aside", "bad_code", (2, 3))]


@pytest.mark.parametrize("cell", ["金丝雀", "19900001234", "canary@example.org", "=1+1", "{0}"])
def test_a_message_never_repeats_a_cell(tmp_path, cell):
    changes = {f"{column}__2": cell for column in SURVEY.columns}
    with pytest.raises(InputError) as caught:
        import_file(write(tmp_path / "a.csv", plain_rows(**changes)), SURVEY, ROSTER)
    for lang in LANGUAGES:
        assert cell not in caught.value.message(lang, most=1000)
    assert cell not in repr(caught.value.problems)


def test_a_header_that_looks_personal_is_shown_by_its_letter(tmp_path):
    rows = plain_rows(1)
    rows[0].append("19900001234 打不通")
    rows[1].append("x")
    assert problems_of(write(tmp_path / "a.csv", rows)) == [("extra_header", None, column_letters(len(SURVEY.columns)))]


# --- what can be wrong with a file


@pytest.mark.parametrize(
    ("content", "what"),
    [
        pytest.param(b"", "empty_file", id="empty"),
        pytest.param(b"\r\n \r\n", "empty_file", id="only blanks"),
        pytest.param(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\x00\x01", "not_a_table", id="a PDF"),
        pytest.param(b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "not_a_table", id="a picture"),
        pytest.param(b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01", "not_a_table", id="a photograph"),
        pytest.param(b"PK\x03\x04 and nothing more", "not_a_table", id="a torn archive"),
        pytest.param(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "not_a_table", id="a torn xls"),
        pytest.param(b"<html><table></table></html>", "not_a_table", id="a web page"),
        pytest.param("一段话。\n另一段话。\n".encode(), "not_a_table", id="prose"),
        pytest.param("学校,编码\n甲,乙\n".encode("utf-16-le"), "wrong_encoding", id="UTF-16 without its mark"),
        pytest.param("学校,编码\n".encode() + b"\xff\xff,a\n", "wrong_encoding", id="neither encoding"),
        pytest.param("学校名称,参与编码\n甲乙丙丁,一二三".encode()[:-1], "wrong_encoding", id="cut inside a character"),
        pytest.param("学校,编码\n".encode("gb18030") + b"\x80\xff,a\n", "wrong_encoding", id="broken GB18030"),
        pytest.param("学校,编码\n".encode(), "no_data_row", id="a header alone"),
        pytest.param('学校,编码\n甲,"乙\n丙,丁\n'.encode(), "broken_quotes", id="cut inside quotation marks"),
        pytest.param("学校,编码\n甲,乙\n丙\n".encode(), "cells_do_not_fit", id="cut inside a row"),
        pytest.param("学校,编码\n甲,乙,丙\n".encode(), "cells_do_not_fit", id="too many cells"),
        pytest.param("甲,乙\n1,2\n".encode(), "wrong_survey", id="another survey"),
        pytest.param("\ufeff<html><td>1,2</td></html>".encode(), "not_a_table", id="a web page with a mark"),
        pytest.param("<html><td>1,2</td></html>".encode("utf-16"), "not_a_table", id="a web page in UTF-16"),
        pytest.param(b'[{"a":1,"b":2}]\n', "not_a_table", id="JSON"),
        pytest.param(b"a,b\n" + b"c,d\n" * 100_000 + b"\x00,e\n", "not_a_table", id="a NUL far down"),
        pytest.param("心理筛查\n学校,编码\n甲,乙\n".encode(), "title_above_header", id="a title above the header"),
    ],
)
def test_what_is_no_table(tmp_path, content, what):
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    assert [found for found, _, _ in problems_of(path)] == [what]


def test_all_rows_that_do_not_fit_are_named(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("学校,编码\n甲\n甲,乙\n甲,乙,丙\n", encoding="utf-8")
    assert problems_of(path) == [("cells_do_not_fit", 2, None), ("cells_do_not_fit", 4, None)]


@pytest.mark.parametrize("at", ["the last column", "another column"])
def test_a_quotation_mark_never_swallows_a_row(tmp_path, at):
    # A mark that opens in one row and closes in the same column of the next leaves a row of the right length.
    lines = [",".join(row) for row in plain_rows(4)]
    if at == "the last column":
        lines[2] += '"x'
        lines[2] = lines[2].replace(lines[2].rsplit(",", 1)[1], '"x')
        lines[4] = lines[4].rsplit(",", 1)[0] + ',x"'
    else:
        for row in (2, 3):
            cells = lines[row].split(",")
            cells[5] = '"x' if row == 2 else 'x"'
            lines[row] = ",".join(cells)
    path = tmp_path / "a.csv"
    path.write_text("\n".join(lines), encoding="utf-8")
    assert problems_of(path) == [("broken_quotes", 3, None)]


def test_the_delimiter_is_not_sought_inside_quotation_marks(tmp_path):
    # The quoted header holds more commas than the header has semicolons.
    rows = plain_rows(2)
    remark = "a," * 60
    for at, row in enumerate(rows):
        row.append(remark if at == 0 else "x")
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=";", quoting=csv.QUOTE_ALL).writerows(rows)
    path = tmp_path / "a.csv"
    path.write_text(text.getvalue(), encoding="utf-8", newline="")
    assert import_file(path, replace(SURVEY, ignore=(remark,)), ROSTER)[1].rows_kept == 2


def test_the_line_that_tells_a_spreadsheet_program_the_delimiter_is_no_row(tmp_path):
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=";").writerows(plain_rows(2, sex__3="?"))
    path = tmp_path / "a.csv"
    path.write_text("sep=;\r\n" + text.getvalue(), encoding="utf-8", newline="")
    assert problems_of(path) == [("not_an_option", 3, "sex")]


def test_a_cell_of_any_length_is_read(tmp_path):
    survey = replace(SURVEY, ignore=("您还有什么想说的？",))
    rows = plain_rows(2)
    for at, row in enumerate(rows):
        row.append("您还有什么想说的？" if at == 0 else "x" * 1_000_000)
    assert import_file(write(tmp_path / "a.csv", rows), survey, ROSTER)[1].rows_kept == 2


def test_a_folder_is_no_file(tmp_path):
    assert problems_of(tmp_path) == [("is_a_folder", None, None)]


def test_a_device_is_no_file():
    null = Path("/dev/null")
    if not null.exists():
        pytest.skip("this system has no /dev/null")
    assert [what for what, _, _ in problems_of(null)] == ["not_a_table"]


@pytest.mark.parametrize("method", ["read_bytes", "is_dir", "stat"])
def test_a_file_that_may_not_be_opened(tmp_path, monkeypatch, method):
    path = write(tmp_path / "a.csv", plain_rows(1))

    def refuse(self, *_, **__):
        raise PermissionError

    monkeypatch.setattr(Path, method, refuse)
    with pytest.raises(UsageError) as caught:
        grid_of(open_source(path))
    assert caught.value.key == "cannot_open"


def test_a_name_too_long_is_said_and_not_a_fault(tmp_path):
    with pytest.raises(UsageError) as caught:
        open_source(tmp_path / ("x" * 5000))
    assert len(caught.value.message("en")) < 400


def test_a_file_name_that_is_no_text_can_be_written_down(tmp_path, monkeypatch):
    # As Linux gives the name of a file from an old archive whose names are in GBK.
    path = write(tmp_path / "a.csv", plain_rows(1))
    monkeypatch.setattr(type(path), "name", property(lambda self: "\udcd1\udca7.csv"))
    assert open_source(path).file.encode("utf-8") == b"??.csv"


def test_no_such_file_or_platform(tmp_path):
    with pytest.raises(UsageError) as caught:
        import_file(tmp_path / "a.csv", SURVEY, ROSTER)
    assert caught.value.key == "no_file"
    with pytest.raises(UsageError) as caught:
        import_file(tmp_path / "a.csv", SURVEY, ROSTER, "surveymonster")
    assert "wenjuanxing" in caught.value.message("en")


@pytest.mark.parametrize("ending", [".xlsx", ".xls"])
def test_a_workbook_cut_anywhere_is_refused(tmp_path, ending, capfd):
    whole = write(tmp_path / f"whole{ending}", plain_rows(60)).read_bytes()
    path = tmp_path / f"cut{ending}"
    for end in [
        *range(8, len(whole) - 1, max(1, len(whole) // 60)),
        len(whole) - 600,
        len(whole) - 100,
        len(whole) - 30,
    ]:
        path.write_bytes(whole[:end])
        assert [what for what, _, _ in problems_of(path)] == ["not_a_table"], end
    # The reader's own faults would print a traceback.
    assert capfd.readouterr().err == ""


@needs_shared
def test_the_real_xls_cut_anywhere_is_refused(tmp_path, capfd):
    whole = (EXPORTS / "wenjuanxing" / "wjx_800_text.xls").read_bytes()
    path = tmp_path / "cut.xls"
    for end in [*range(600, len(whole) - 600, 5000), *range(len(whole) - 4096, len(whole) - 512, 512)]:
        path.write_bytes(whole[:end])
        with pytest.raises(InputError):
            grid_of(open_source(path))
    assert capfd.readouterr().err == ""


def test_a_workbook_with_a_password_is_named_as_such(tmp_path):
    path = tmp_path / "a.xlsx"
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1000) + "EncryptedPackage".encode("utf-16-le"))
    assert problems_of(path) == [("protected", None, None)]


def test_missing_unknown_and_doubled_columns_all_at_once(tmp_path):
    rows = plain_rows(2)
    gone = SURVEY.columns.index("gad7_7")
    for at, row in enumerate(rows):
        del row[gone]
        row += ["phq9_9", "您对食堂满意吗？"] if at == 0 else ["0", "满意"]
    assert problems_of(write(tmp_path / "a.csv", rows)) == [
        ("doubled_question", None, "phq9_9"),
        ("unknown_header", None, "您对食堂满意吗？"),
        ("missing_question", None, "gad7_7"),
    ]


def test_the_line_to_write_for_an_unknown_column_works(tmp_path):
    rows = plain_rows(2)
    for at, row in enumerate(rows):
        row.append("7、您对食堂满意吗？" if at == 0 else "满意")
    path = write(tmp_path / "a.csv", rows)
    with pytest.raises(InputError) as caught:
        import_file(path, SURVEY, ROSTER)
    assert 'ignore: ["7、您对食堂满意吗？"]' in caught.value.message("zh")
    _, record = import_file(path, replace(SURVEY, ignore=("7、您对食堂满意吗？",)), ROSTER)
    assert record.ignored == ("7、您对食堂满意吗？",)


def test_a_file_without_consent_is_refused(tmp_path):
    rows = [
        [cell for cell, name in zip(row, SURVEY.columns, strict=True) if "consent" not in name] for row in plain_rows()
    ]
    assert problems_of(write(tmp_path / "a.csv", rows)) == [
        ("missing_question", None, "consent_statistics"),
        ("missing_question", None, "consent_contact"),
    ]


def test_one_header_for_two_items_is_not_guessed(tmp_path):
    first, second = SURVEY.items[0], SURVEY.items[9]
    phq, gad, *others = SURVEY.parts
    twin = replace(gad.instrument, items=(replace(second, text=Text(zh=first.text.zh)), *gad.instrument.items[1:]))
    survey = replace(SURVEY, parts=(phq, replace(gad, instrument=twin), *others))
    rows = plain_rows(1, phq9_1__2="完全不会")
    rows[0][SURVEY.columns.index("phq9_1")] = first.text.zh
    found = problems_of(write(tmp_path / "a.csv", rows), survey)
    assert ("ambiguous_header", None, first.text.zh) in found
    survey = replace(survey, headers={"phq9_1": (first.text.zh,)})
    assert import_file(tmp_path / "a.csv", survey, ROSTER)[0].answers.loc[2, "phq9_1"] == 0


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        pytest.param({"phq9_8__3": "4"}, ("unknown_code", 3, "phq9_8"), id="code out of range"),
        pytest.param({"phq9_8__3": "-3"}, ("unknown_code", 3, "phq9_8"), id="another platform's missing code"),
        pytest.param({"phq9_8__3": "1.5"}, ("unknown_code", 3, "phq9_8"), id="a fraction"),
        pytest.param({"cbi_1__3": "1"}, ("unknown_code", 3, "cbi_1"), id="a place for a code"),
        pytest.param({"phq9_8__3": "常常"}, ("unknown_code", 3, "phq9_8"), id="unknown text"),
        pytest.param({"phq9_8__3": "2026-01-02"}, ("date_for_answer", 3, "phq9_8"), id="a date"),
        pytest.param({"phq9_8__3": "1月2日"}, ("date_for_answer", 3, "phq9_8"), id="a date in Chinese"),
        pytest.param({"phq9_8__3": "#N/A"}, ("formula_error", 3, "phq9_8"), id="a failed formula"),
        pytest.param({"sex__3": "第三"}, ("not_an_option", 3, "sex"), id="unknown option"),
        pytest.param({"consent_contact__3": "也许"}, ("not_an_option", 3, "consent_contact"), id="unclear consent"),
    ],
)
def test_a_wrong_cell_is_found_where_it_is(tmp_path, changes, found):
    assert problems_of(write(tmp_path / "a.csv", plain_rows(**changes))) == [found]


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        pytest.param({"school_id__3": "S009"}, ("unknown_school", (3,)), id="a school not in the roster"),
        pytest.param({"school_id__3": "青云镇小学"}, ("unknown_school", (3,)), id="nearly a school's name"),
        pytest.param({"school_id__3": ""}, ("no_school", (3,)), id="no school"),
        pytest.param({"code__3": "ABC"}, ("bad_code", (3,)), id="code too short"),
        pytest.param({"code__3": "王小明老师"}, ("bad_code", (3,)), id="a name for a code"),
        pytest.param(
            {"consent_statistics__3": "no", "consent_contact__3": ""}, ("row_no_consent", (3,)), id="no consent"
        ),
        pytest.param(
            {"code__4": "AB 0000 XY", "phq9_9__4": "1"}, ("code_twice", (2, 4)), id="two people with one code"
        ),
    ],
)
def test_what_is_wrong_with_one_row_sets_that_row_aside(tmp_path, changes, found):
    path = write(tmp_path / "a.csv", plain_rows(**changes))
    assert findings_of(path) == [("aside", *found)]
    responses, record = import_file(path, SURVEY, ROSTER)
    assert responses.answers.index.tolist() == [row for row in (2, 3, 4) if row not in found[1]]
    assert record.set_aside == {found[0]: len(found[1])}


@pytest.mark.parametrize(
    ("changes", "column"),
    [
        pytest.param({"submitted__3": "昨天"}, "submitted", id="no time"),
        pytest.param({"submitted__3": "2026-13-02"}, "submitted", id="no month"),
        pytest.param({"seconds__3": "很久"}, "seconds", id="no seconds"),
    ],
)
def test_what_is_wrong_with_a_filling_is_noticed_and_costs_nobody_their_answers(tmp_path, changes, column):
    path = write(tmp_path / "a.csv", plain_rows(**changes))
    imported = read_answers(path, SURVEY, ROSTER)
    assert [(found.severity, found.rows) for found in imported.findings] == [("notice", (3,))]
    assert imported.record.rows_kept == 3
    assert imported.responses.answers[column].isna().tolist() == [False, True, False]


def test_the_same_fault_in_many_rows_is_said_once(tmp_path, monkeypatch):
    changes = {f"phq9_8__{row}": "常常" for row in (3, 5, 6)}
    path = write(tmp_path / "a.csv", plain_rows(6, **changes))
    assert problems_of(path) == [("unknown_code", 3, "phq9_8")]
    monkeypatch.setenv("WELLBEING_LANG", "en")
    with pytest.raises(InputError) as caught:
        import_file(path, SURVEY, ROSTER)
    assert "row 3, column phq9_8" in caught.value.message()
    assert "the same again in row 5, 6" in caught.value.message()


def test_all_faults_of_a_file_are_said_at_once(tmp_path):
    rows = plain_rows(3, phq9_1__2="9", gad7_1__3="x", sex__4="y", code__4="!", school_id__2="S009")
    for at, row in enumerate(rows):
        row.append("多余" if at == 0 else "z")
    found = {what for what, _, _ in problems_of(write(tmp_path / "a.csv", rows))}
    assert found == {"extra_header", "unknown_code", "not_an_option"}
    with pytest.raises(Stopped) as caught:
        import_file(tmp_path / "a.csv", SURVEY, ROSTER)
    everything = {(found.severity, found.problem.what) for found in caught.value.findings}
    assert everything >= {("aside", "bad_code"), ("aside", "unknown_school"), ("stop", "unknown_code")}


def test_more_answers_than_staff(tmp_path):
    rows = plain_rows(4, **{f"school_id__{row}": "S002" for row in range(2, 6)})
    assert problems_of(write(tmp_path / "a.csv", rows)) == [("more_answers_than_staff", None, "school_id")]
    assert import_file(write(tmp_path / "b.csv", rows[:4]), SURVEY, ROSTER)[1].rows_kept == 3


@pytest.mark.parametrize(
    ("cell", "what"),
    [("#DIV/0!", "formula_error"), ("=1/0", "formula_error"), (dt.datetime(2026, 1, 2), "date_for_answer")],
)
def test_spreadsheet_faults_in_xlsx(tmp_path, cell, what):
    book = openpyxl.Workbook()
    for row in plain_rows(3):
        book.active.append(row)
    place = SURVEY.columns.index("phq9_9") + 1
    book.active.cell(4, place).value = cell
    book.save(tmp_path / "a.xlsx")
    assert problems_of(tmp_path / "a.xlsx") == [(what, 4, "phq9_9")]


def test_a_failed_formula_in_xls(tmp_path):
    book = xlwt.Workbook()
    sheet = book.add_sheet("Sheet1")
    place = SURVEY.columns.index("phq9_9")
    for at, row in enumerate(plain_rows(3)):
        for column, cell in enumerate(row):
            if (at, column) != (3, place):
                sheet.write(at, column, cell)
    sheet.row(3).set_cell_error(place, "#DIV/0!")
    book.save(str(tmp_path / "a.xls"))
    assert problems_of(tmp_path / "a.xls") == [("formula_error", 4, "phq9_9")]


def test_times_from_a_spreadsheet(tmp_path):
    path = write(tmp_path / "a.xlsx", plain_rows(1, submitted__2=dt.datetime(2026, 11, 2, 9, 1, 7)))
    assert import_file(path, SURVEY, ROSTER)[0].answers.loc[2, "submitted"] == "2026-11-02T09:01:07"


# --- workbooks


def workbook(path, rows, change):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    change(book)
    book.save(path)
    return path


def test_two_sheets_with_content_are_not_guessed(tmp_path):
    def add(book):
        sheet = book.create_sheet("二")
        for row in plain_rows(2):
            sheet.append(row)

    path = workbook(tmp_path / "a.xlsx", plain_rows(3), add)
    assert problems_of(path) == [("several_sheets", None, None)]


def test_a_hidden_sheet_is_not_read(tmp_path):
    def hide(book):
        sheet = book.create_sheet("二")
        for row in plain_rows(2):
            sheet.append(row)
        book.worksheets[0].sheet_state = "hidden"
        book.active = 1

    path = workbook(tmp_path / "a.xlsx", plain_rows(3, phq9_1__2="3"), hide)
    assert import_file(path, SURVEY, ROSTER)[0].answers["phq9_1"].tolist() == [0, 0]


@pytest.mark.parametrize("ending", [".xlsx", ".xls"])
def test_merged_cells_are_refused_where_they_begin(tmp_path, ending):
    path = tmp_path / f"a{ending}"
    rows = plain_rows(3)
    if ending == ".xlsx":
        workbook(path, rows, lambda book: book.active.merge_cells("K3:K4"))
    else:
        book = xlwt.Workbook()
        sheet = book.add_sheet("Sheet1")
        for at, row in enumerate(rows):
            for place, cell in enumerate(row):
                if (place, at) not in {(10, 2), (10, 3)}:
                    sheet.write(at, place, cell)
        sheet.write_merge(2, 3, 10, 10, "0")
        book.save(str(path))
    assert problems_of(path) == [("merged_cells", 3, "K")]


@pytest.mark.parametrize("number", [12345678901234567, 12345678901234567890])
def test_a_code_that_a_spreadsheet_rounded_is_no_code(tmp_path, number):
    # A spreadsheet keeps 15 digits; the rest are no longer those on the card.
    path = write(tmp_path / "a.xlsx", plain_rows(2, code__3=number))
    assert findings_of(path) == [("aside", "bad_code", (3,))]


def test_a_code_of_fifteen_digits_is_kept(tmp_path):
    path = write(tmp_path / "a.xlsx", plain_rows(1, code__2=123456789012345))
    assert import_file(path, SURVEY, ROSTER)[0].answers.loc[2, "code"] == "123456789012345"


def repack(path, change):
    """Write an .xlsx anew with the first sheet's XML changed."""
    with zipfile.ZipFile(path) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        for name, part in parts.items():
            package.writestr(name, change(part) if name.endswith("sheet1.xml") else part)
    return path


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda xml: xml.replace(b't="e"', b"t='e'"), id="single quotation marks"),
        pytest.param(lambda xml: re.sub(rb'<c r="[A-Z]+[0-9]+"', b"<c", xml), id="cells without their place"),
        pytest.param(
            lambda xml: re.sub(rb"<(/?)([a-zA-Z])", rb"<\1x:\2", xml).replace(b"xmlns=", b"xmlns:x="), id="a prefix"
        ),
    ],
)
def test_a_failed_formula_is_found_however_it_is_written(tmp_path, change):
    rows = plain_rows(3, phq9_9__3="#N/A")
    path = repack(workbook(tmp_path / "a.xlsx", rows, lambda book: None), change)
    assert problems_of(path) == [("formula_error", 3, "phq9_9")]


def test_a_header_far_away_over_nothing_costs_nobody_their_answers(tmp_path):
    path = workbook(tmp_path / "a.xlsx", plain_rows(2), lambda book: book.active.__setitem__("XFD1", " x"))
    assert import_file(path, SURVEY, ROSTER)[1].rows_kept == 2


@pytest.mark.parametrize("place", ["XFD1048576", "A1048576"])
def test_a_stray_cell_far_away_does_not_fill_the_memory(tmp_path, place):
    path = workbook(tmp_path / "a.xlsx", plain_rows(2), lambda book: book.active.__setitem__(place, " x"))
    assert len(problems_of(path)) >= 1


def test_a_stray_format_far_away_harms_nothing(tmp_path):
    def colour(book):
        book.active["ZZ1048576"].fill = openpyxl.styles.PatternFill("solid", fgColor="FFFF00")

    path = workbook(tmp_path / "a.xlsx", plain_rows(2), colour)
    assert import_file(path, SURVEY, ROSTER)[1].rows_kept == 2


def test_a_workbook_that_unpacks_to_too_much_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(workbooks, "MOST_UNPACKED", 1_000_000)
    path = write(tmp_path / "a.xlsx", plain_rows(2))
    repack(path, lambda xml: xml.replace(b"</sheetData>", b" " * 2_000_000 + b"</sheetData>"))
    assert path.stat().st_size < 100_000
    assert problems_of(path) == [("workbook_too_large", None, None)]


def test_a_file_too_large_is_not_even_read(tmp_path, monkeypatch):
    monkeypatch.setattr(sources, "MOST_BYTES", 100)
    assert problems_of(write(tmp_path / "a.csv", plain_rows(2))) == [("file_too_large", None, None)]


# --- what must not be read as something else


def test_the_kits_names_over_a_platforms_numbers_are_not_guessed(tmp_path):
    # 1 under phq9_1 may be the code 1 or the first option, which is code 0.
    rows = plain_rows(2)
    for at, row in enumerate(rows):
        row[:] = ["1" if name[-1].isdigit() and at else cell for name, cell in zip(SURVEY.columns, row, strict=True)]
        row += ["提交答卷时间", "所用时间"] if at == 0 else ["2026/11/2 9:01:07", "300秒"]
    gone = {SURVEY.columns.index(name) for name in ("submitted", "seconds")}
    rows = [[cell for place, cell in enumerate(row) if place not in gone] for row in rows]
    assert problems_of(write(tmp_path / "a.csv", rows)) == [("numbers_unclear", None, None)]


def test_a_place_in_the_forms_list_of_schools_is_no_school_id(tmp_path):
    roster = Roster(ROSTER.schools.set_index(pd.Index(["1", "2"], name="school_id")))
    rows = ordinal_rows(1)
    path = write(tmp_path / "a.csv", rows)
    assert import_file(path, SURVEY, roster)[0].answers.loc[2, "school_id"] == "1"
    rows[1][3] = "2"
    assert ("aside", "unknown_school", (2,)) in findings_of(write(path, rows), roster=roster)


@pytest.mark.parametrize(
    ("column", "header"), [("code", "Postal-Code"), ("code", "地区-编码"), ("phq9_1", "旧-phq9_1")]
)
def test_the_end_of_a_header_is_no_short_name(tmp_path, column, header):
    rows = plain_rows(1)
    rows[0][SURVEY.columns.index(column)] = header
    assert problems_of(write(tmp_path / "a.csv", rows)) == [
        ("unknown_header", None, header),
        ("missing_question", None, column),
    ]


def test_an_answer_in_brackets_alone_is_not_blank(tmp_path):
    path = write(tmp_path / "a.csv", text_rows(phq9_9="〖几乎每天〗"))
    assert [what for what, _, _ in problems_of(path)] == ["not_a_label"]


def test_a_row_pasted_twice_is_found_without_a_code(tmp_path):
    path = write(tmp_path / "a.csv", plain_rows(3, code__2="", code__4=""))
    assert findings_of(path) == [("notice", "whole_row_again", (4,))]
    assert import_file(path, SURVEY, ROSTER)[1].duplicates == 1


@pytest.mark.parametrize("time", ["", "2026-11-02"])
def test_two_people_may_answer_the_same(tmp_path, time):
    rows = plain_rows(2, code__2="", code__3="", submitted__2=time, submitted__3=time)
    assert import_file(write(tmp_path / "a.csv", rows), SURVEY, ROSTER)[1].rows_kept == 2


def test_a_header_cannot_rewrite_the_line_it_is_shown_on(tmp_path):
    rows = plain_rows(1)
    rows[0].append("好\u202e吗\x9b31m")
    rows[1].append("x")
    assert problems_of(write(tmp_path / "a.csv", rows)) == [("extra_header", None, "好吗31m")]


# --- headers


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("4、感觉疲倦", "感觉疲倦"),
        ("4. 感觉疲倦？", "感觉疲倦"),
        ("Q4感觉疲倦：", "感觉疲倦"),
        ("Q4. Feeling tired", "Feeling tired"),
        ("12、 感觉\n疲倦（必填）", "感觉疲倦"),
        ("(3) 感觉疲倦*", "感觉疲倦"),
        ("３、感觉疲倦", "感觉疲倦"),
        ("phq9_4", "phq9_4"),
        ("3.5分以上", "3.5分以上"),
        ("35岁以下", "35岁以下"),
        ("您的参与编码（见编码卡）", "您的参与编码(见编码卡)"),
    ],
)
def test_header_name(header, name):
    assert header_name(header) == name


@pytest.mark.parametrize(
    "header",
    [
        "5、过去两周—感觉疲倦或没有活力",
        "过去两周 - 5) 感觉疲倦或没有活力：",
        "Q5 过去–两周—感觉疲倦或没有活力？",
        "5、过去两周：感觉疲倦或没有活力",
        "5.过去两周:您有多少天:感觉疲倦或没有活力",
    ],
)
def test_the_row_of_a_matrix_question_is_matched(tmp_path, header):
    rows = plain_rows(1, phq9_4__2="好几天")
    rows[0][SURVEY.columns.index("phq9_4")] = header
    _, record = import_file(write(tmp_path / "a.csv", rows), SURVEY, ROSTER)
    assert record.mapping[header] == "phq9_4"


def test_every_wording_of_the_survey_is_matched_in_any_order(tmp_path):
    for lang in LANGUAGES:
        texts = {question.id: question.text.in_(lang) for question in SURVEY.questions}
        texts |= {item.column: item.text.in_(lang) for item in SURVEY.items}
        cells = {item.column: item.answers[-1].label.in_(lang) for item in SURVEY.items}
        cells |= dict(zip(texts, PERSON, strict=False))
        order = list(reversed(texts))
        rows = [[f"{at}、{texts[name]}" for at, name in enumerate(order, 1)], [cells[name] for name in order]]
        responses, _ = import_file(write(tmp_path / f"{lang}.csv", rows), SURVEY, ROSTER)
        assert responses.answers.loc[2, [item.column for item in SURVEY.items]].tolist() == [
            item.answers[-1].code for item in SURVEY.items
        ]


@given(st.text())
@settings(max_examples=300, deadline=None)
def test_normalising_twice_changes_nothing(text):
    assert normalise(normalise(text)) == normalise(text)
    assert header_name(text) == "" or normalise(header_name(text)) == header_name(text)


@given(st.integers(0, 16383))
def test_letters_of_a_column_are_its_number(position):
    assert column_number(column_letters(position)) == position


def test_letters_of_known_columns():
    assert [column_letters(at) for at in (0, 25, 26, 701, 702)] == ["A", "Z", "AA", "ZZ", "AAA"]


@pytest.mark.parametrize(
    "text", ["19900001234", "+86 199-0000-1234", "11010119900307123X", "192.0.2.1(安徽-合肥)", "a@b.cn"]
)
def test_personal_looking(text):
    assert looks_personal(text)


@pytest.mark.parametrize("text", ["7Q4K-2291-XM3T", "2026-11-02", "3", "537秒", "青云镇中心小学", "110101"])
def test_not_personal_looking(text):
    assert not looks_personal(text)


def test_the_platforms_known():
    assert [platform.name for platform in PLATFORMS][-1] == "plain"


# --- whatever the bytes


@given(st.binary(max_size=400), st.sampled_from([b"", b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"\xff\xfe"]))
@settings(max_examples=300, deadline=None)
def test_any_bytes_are_a_table_or_a_problem(tmp_path_factory, content, start):
    path = tmp_path_factory.getbasetemp() / "any.csv"
    path.write_bytes(start + content)
    try:
        table = grid_of(open_source(path))
    except InputError as error:
        message = error.message("zh")
    else:
        message = "a table"
        assert all(len(column) == len(table.rows) for column in table.columns)
    assert message


# --- recode: files that code an instrument otherwise


def test_a_file_coded_one_to_four_is_turned_by_the_surveys_recode(tmp_path):
    survey = replace(SHORT, recode={"phq9": AnswerMap({1: 0, 2: 1, 3: 2, 4: 3})})
    rows = plain_rows(1, survey, **{f"phq9_{i}__2": value for i, value in zip(range(1, 10), "123412341", strict=True)})
    responses, _ = import_file(write(tmp_path / "a.csv", rows), survey, ROSTER)
    assert responses.answers.filter(like="phq9").iloc[0].tolist() == [0, 1, 2, 3, 0, 1, 2, 3, 0]
    assert responses.answers.filter(like="gad7").iloc[0].tolist() == [0] * 7


def test_a_code_that_recode_does_not_name_is_a_problem(tmp_path):
    survey = replace(SHORT, recode={"phq9": AnswerMap({1: 0, 2: 1, 3: 2, 4: 3})})
    with pytest.raises(InputError) as caught:
        import_file(write(tmp_path / "a.csv", plain_rows(1, survey, phq9_3__2="0")), survey, ROSTER)
    assert {problem.column for problem in caught.value.problems} >= {"phq9_3"}
    assert {problem.what for problem in caught.value.problems} == {"unknown_code"}


def test_an_item_that_the_file_holds_reversed_is_turned_back(tmp_path):
    # CBI item 13 is reverse-keyed: "always enough energy" is 100 as answered, 0 as stored reversed
    survey = replace(SURVEY, recode={"cbi": AnswerMap(already_reversed=(13,))})
    responses, _ = import_file(write(tmp_path / "a.csv", plain_rows(1, survey, cbi_13__2="0")), survey, ROSTER)
    assert responses.answers["cbi_13"].tolist() == [100]
    assert responses.answers["cbi_12"].tolist() == [100]  # plain_rows gives everybody the first code
