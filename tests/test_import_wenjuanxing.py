import struct
from collections import Counter

import pytest

from platform_files import EXPORTS, column, needs_exports, raw_rows, real, source_of, uses
from wellbeing.importers.exports import (
    ANSWER,
    END,
    JOINED,
    LABELS,
    NOT_ANSWERED,
    NOT_ASKED,
    ORDINALS,
    PERSONAL,
    SECONDS,
    START,
    UNCLEAR,
)
from wellbeing.importers.exports import PLATFORM as BOOKKEEPING
from wellbeing.importers.wenjuanxing import PLATFORM

OWN = ["序号", "提交答卷时间", "所用时间", "来源", "来源详情", "来自IP", "总分"]
STEM = "在过去的两周里，您生活中有多少天出现以下的症状？"


def row(number, *answers):
    return [
        str(number),
        f"2025/3/{number} 0:13:26",
        f"{number}分4秒",
        "微信",
        "N/A",
        "192.0.2.1(安徽-合肥)",
        "3",
        *answers,
    ]


def shared_texts(content):
    """Count, column by column, how often the cells of an .xls refer to each of its shared texts ([MS-XLS] LabelSst)."""
    start = content.index(b"\x09\x08\x10\x00\x00\x06\x10\x00")
    counts = {}
    while start + 4 <= len(content):
        kind, length = struct.unpack_from("<HH", content, start)
        if kind == 0x00FD:
            line, place, _, text = struct.unpack_from("<HHHI", content, start + 4)
            if line:
                counts.setdefault(place, Counter())[text] += 1
        elif kind == 0x000A:
            break
        start += 4 + length
    return counts


@needs_exports
def test_the_real_download_by_text():
    export = PLATFORM.read(real("wenjuanxing", "wjx_800_text.xls"))
    assert len(export.rows) == 800
    assert (export.rows[0], export.rows[-1], export.blank_rows) == (2, 801, 0)
    assert uses(export, BOOKKEEPING) == ["序号"]
    assert uses(export, PERSONAL) == ["来源", "来源详情", "来自IP"]
    # The publisher emptied these five.
    assert set(column(export, "提交答卷时间").cells) == set(column(export, "所用时间").cells) == {""}
    assert len(uses(export, ANSWER)) == 8
    assert column(export, "3、性别 ").cells[:4] == ["男", "男", "女", "男"]
    counted = shared_texts((EXPORTS / "wenjuanxing" / "wjx_800_text.xls").read_bytes())
    for each in export.columns[6:]:
        expected = sorted(counted[each.place].values())
        if each.place == 7:
            # One text of 手机价格 stands twice among the shared ones.
            expected = sorted([*expected[1:-1], expected[0] + expected[-1]])
        assert sorted(Counter(each.cells).values()) == expected
    hobbies = column(export, "6、兴趣爱好")
    assert hobbies.separator == "┋"
    assert hobbies.cells[0].split("┋") == ["运动", "影视", "购物"]
    assert all(each.coding == LABELS for each in export.columns if each.use == ANSWER)
    assert any("〖" in cell for each in export.columns for cell in each.cells)


@needs_exports
@pytest.mark.parametrize(("file", "encoding"), [("wjx_text_utf8bom.csv", "utf-8-sig"), ("wjx_text_gbk.csv", "gb18030")])
def test_the_layout_by_text_in_both_encodings(file, encoding):
    rows = raw_rows("layout_skeletons", file, encoding=encoding)
    export = PLATFORM.read(real("layout_skeletons", file))
    assert len(export.rows) == 12
    for place, header in enumerate(rows[0]):
        each = export.columns[place]
        assert each.names[0] == header
        if each.use == ANSWER:
            assert each.cells == [cells[place] for cells in rows[1:]]
            assert each.coding == LABELS
    assert column(export, "提交答卷时间").use == END
    assert column(export, "提交答卷时间").cells[0] == "2025-03-01T09:01:07"
    assert column(export, "所用时间").cells[:5] == ["537", "41", "1830", "12", "264"]
    assert column(export, "所用时间").use == SECONDS
    assert uses(export, BOOKKEEPING) == ["序号", "总分"]
    skipped = column(export, "6、您担任班主任的年限：")
    assert skipped.missing["(跳过)"] == NOT_ASKED
    assert skipped.missing["(空)"] == NOT_ANSWERED
    assert Counter(skipped.cells)["(跳过)"] == sum(cells[20] == "(跳过)" for cells in rows[1:]) > 0


@needs_exports
def test_the_layout_by_number():
    export = PLATFORM.read(real("layout_skeletons", "wjx_codes.xlsx"))
    answers = [each for each in export.columns if each.use == ANSWER]
    assert len(export.rows) == 12
    assert len(answers) == 15
    assert {each.coding for each in answers} == {ORDINALS}
    assert column(export, "3、您任教的学段（可多选）").cells[:3] == ["2", "1┋2", "3"]
    years = column(export, "6、您担任班主任的年限：")
    assert years.cells[:3] == ["2", "3", "-3"]
    assert (years.missing["-3"], years.missing["-2"]) == (NOT_ASKED, NOT_ANSWERED)


@needs_exports
@pytest.mark.parametrize("file", ["wjx_text_utf8bom.csv", "wjx_codes.xlsx"])
def test_a_matrix_questions_rows_go_by_their_stem_too(file):
    export = PLATFORM.read(real("layout_skeletons", file))
    first = column(export, "做事时提不起劲或没有兴趣")
    assert first.names[0] == f"4、{STEM}—做事时提不起劲或没有兴趣"
    last = column(export, "4、有不如死掉或用某种方式伤害自己的念头")
    assert last.names[1] == f"4、{STEM}—有不如死掉或用某种方式伤害自己的念头"
    assert len([each for each in export.columns if any(STEM in name for name in each.names)]) == 9
    # The next question has another number and no stem.
    assert column(export, "5、您是否担任班主任？").names == ("5、您是否担任班主任？",)


def test_a_ranking_has_arrows_between_its_options():
    header = [*OWN, "1、请排序", "2、可多选", "3、说明"]
    rows = [header, row(1, "甲→乙→丙", "甲┋乙", "从甲→乙"), row(2, "乙→甲", "丙", "┋")]
    export = PLATFORM.read(source_of(rows))
    assert column(export, "1、请排序").separator == "→"
    assert column(export, "2、可多选").separator == "┋"


def test_names_of_the_kit_over_numbers_are_unclear():
    export = PLATFORM.read(source_of([[*OWN, "phq9_1", "PHQ9_2"], row(1, "1", "2"), row(2, "3", "1")]))
    assert {each.coding for each in export.columns if each.use == ANSWER} == {UNCLEAR}


def test_a_stray_text_in_a_file_of_numbers_does_not_turn_it_into_one_of_labels():
    rows = [[*OWN, "1、甲", "2、乙"], row(1, "1", "2"), row(2, "好几天", "1"), row(3, "", "(空)")]
    assert column(PLATFORM.read(source_of(rows)), "1、甲").coding == ORDINALS


def test_times_and_durations_that_cannot_be_read_are_named():
    rows = [[*OWN, "1、甲"], row(1, "是"), row(2, "是")]
    rows[1][1], rows[2][2] = "昨天", "很久"
    export = PLATFORM.read(source_of(rows))
    assert column(export, "提交答卷时间").unreadable == (0,)
    assert column(export, "提交答卷时间").cells == ["", "2025-03-02T00:13:26"]
    assert column(export, "所用时间").cells == ["64", ""]
    assert column(export, "所用时间").unreadable == (1,)


# Headers and cells as reportgen, whose example the real file is, takes them apart.
OLDER = [
    [*OWN, "1、性别", "第2题(家人)", "第2题(同事)", "第3题(没有兴趣)", "第3题(心情低落)", "第4题(甲)", "第4题(乙)"],
    row(1, "1", "1", "0", "4", "1", "2", "1"),
    row(2, "2", "1", "1", "2", "2", "1", "2"),
    row(3, "2", "-3", "-3", "3", "3", "-3", "-3"),
]


def test_older_downloads_by_number_have_a_column_an_option():
    export = PLATFORM.read(source_of(OLDER))
    several = column(export, "第2题")
    assert several.cells == ["家人", f"家人{JOINED}同事", "-3"]
    assert (several.separator, several.missing["-3"]) == (JOINED, NOT_ASKED)
    assert column(export, "家人").also_in == several.place == 8


def test_older_downloads_by_number_have_a_column_a_rank_and_a_row():
    export = PLATFORM.read(source_of(OLDER))
    assert column(export, "第4题").cells == [f"乙{JOINED}甲", f"甲{JOINED}乙", "-3"]
    matrix = column(export, "心情低落")
    assert matrix.names == ("第3题(心情低落)", "心情低落")
    assert (matrix.cells, matrix.coding, matrix.also_in) == (["1", "2", "3"], ORDINALS, None)


def test_it_may_tell_when_a_filling_began():
    header = ["序号", "开始答题时间", *OWN[1:], "1、甲"]
    told = row(1, "是")
    export = PLATFORM.read(source_of([header, [told[0], "2025/3/1 0:12:22", *told[1:]]]))
    began = column(export, "开始答题时间")
    assert (began.use, began.cells) == (START, ["2025-03-01T00:12:22"])
