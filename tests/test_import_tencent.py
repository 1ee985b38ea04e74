from platform_files import as_csv, column, source_of, uses
from wellbeing.importers.exports import (
    END,
    JOINED,
    LABELS,
    LANGUAGE,
    ORDINALS,
    PERSONAL,
    SECONDS,
    START,
    UNCLEAR,
)
from wellbeing.importers.exports import PLATFORM as BOOKKEEPING
from wellbeing.importers.tencent import PLATFORM

# Own columns, times and quotation marks as in template/questionaire.csv of a public reader of these files; questions
# and options as in the column names that another one renames.
BEFORE = ["编号", "开始答题时间", "结束答题时间", "答题时长"]
AFTER = ["语言", "清洗数据结果", "智能清洗数据无效概率", "地理位置国家和地区", "地理位置省", "地理位置市"]
AFTER += ["用户类型", "用户标识", "昵称", "自定义字段", "IP", "UA", "Referrer", "中奖时间", "中奖金额", "审核状态"]
WHERE = "21.你通常在以下哪些场合使用上海话？"
OVER = "22.过去两周"
QUESTIONS = [
    "1.你的性别是？",
    "2.年龄",
    "3.你来自于：_填空1",
    "3.你来自于：_填空2",
    f"{WHERE}:与家人交流",
    f"{WHERE}:与朋友交流",
    f"{WHERE}:基本不用",
    f"{OVER}:做事没有兴趣",
    f"{OVER}:心情低落",
]


def text_rows():
    def after(lang):
        return [
            lang,
            "有效",
            "0.1",
            "中国",
            "上海",
            "上海",
            "微信",
            "o1",
            "小王",
            "",
            "192.0.2.1",
            "Mozilla",
            "",
            "",
            "",
            "",
        ]

    return [
        [*BEFORE, *QUESTIONS, *AFTER, ""],
        [
            *["1", "02-Feb-2021 20:26:58", "02-Feb-2021 20:27:09", "11"],
            *["A.男", "30", "上海", "浦东", "A.与家人交流", "B.与朋友交流", "", "A.完全不会", "D.几乎每天"],
            *after("简体中文"),
            "",
        ],
        [
            *["2", "2022/3/7 20:20", "2022/3/7 20:26", "1分11秒"],
            *["B.女", "41", "", "", "", "", "C.基本不用", "B.好几天", "A.完全不会"],
            *after("English"),
            "",
        ],
    ]


def read(rows, encoding="utf-8-sig"):
    return PLATFORM.read(source_of(as_csv(rows).encode(encoding)))


def test_what_the_platform_tells_about_the_filling():
    source = source_of(as_csv(text_rows()).encode("gb18030"))
    assert PLATFORM.recognises(source)
    export = PLATFORM.read(source)
    assert export.rows == [2, 3]
    assert column(export, "开始答题时间").use == START
    assert column(export, "开始答题时间").cells == ["2021-02-02T20:26:58", "2022-03-07T20:20:00"]
    assert column(export, "结束答题时间").use == END
    assert (column(export, "答题时长").use, column(export, "答题时长").cells) == (SECONDS, ["11", "71"])
    assert (column(export, "语言").use, column(export, "语言").cells) == (LANGUAGE, ["zh-CN", "en"])
    assert {"IP", "昵称", "用户标识", "地理位置省", "自定义字段", "UA"} <= set(uses(export, PERSONAL))
    assert "编号" in uses(export, BOOKKEEPING)
    # The comma at the end of the lines makes no column.
    assert all(each.names[0] for each in export.columns)


def test_letters_before_options_are_taken_off():
    export = read(text_rows())
    assert column(export, "1.你的性别是？").cells == ["男", "女"]
    assert column(export, "1.你的性别是？").coding == LABELS
    assert column(export, "2.年龄").cells == ["30", "41"]


def test_a_letter_that_belongs_to_the_answer_stays():
    rows = text_rows()
    place = rows[0].index("1.你的性别是？")
    for first, second in [("A.男", "女"), ("A.男", "A.女"), ("A.男", "B.男")]:
        rows[1][place], rows[2][place] = first, second
        assert column(read(rows), "1.你的性别是？").cells == [first, second]


def test_several_answers_come_from_a_column_an_option():
    several = column(read(text_rows()), WHERE)
    assert several.cells == [f"与家人交流{JOINED}与朋友交流", "基本不用"]
    assert several.separator == JOINED
    assert several.place == 8


def test_a_matrix_keeps_its_rows_with_their_stem():
    export = read(text_rows())
    rows = column(export, "心情低落")
    assert rows.names == (f"{OVER}:心情低落", "过去两周 - 心情低落", "心情低落")
    assert rows.cells == ["几乎每天", "完全不会"]
    assert rows.also_in is None


def test_blanks_to_fill_in_go_by_their_question():
    export = read(text_rows())
    assert column(export, "3.你来自于：").cells == ["上海", ""]
    assert column(export, "3.你来自于：_填空2").cells == ["浦东", ""]


def coded_rows():
    rows = text_rows()
    start, end = len(BEFORE), len(BEFORE) + len(QUESTIONS)
    rows[1][start:end] = ["1", "30", "", "", "1", "1", "0", "1", "4"]
    rows[2][start:end] = ["2", "41", "", "", "0", "0", "1", "2", "1"]
    return rows


def test_by_number_an_option_is_its_place_in_the_form():
    export = read(coded_rows())
    assert column(export, "1.你的性别是？").coding == ORDINALS
    assert column(export, WHERE).cells == [f"与家人交流{JOINED}与朋友交流", "基本不用"]
    matrix = column(export, "过去两周 - 心情低落")
    assert (matrix.cells, matrix.coding) == (["4", "1"], ORDINALS)


def test_answers_of_a_matrix_that_could_be_ticks_are_offered_both_ways():
    rows = coded_rows()
    for place in (-len(AFTER) - 2, -len(AFTER) - 3):
        rows[1][place] = rows[2][place] = "1"
    export = read(rows)
    whole = column(export, OVER)
    assert whole.also_in == whole.place == 11
    assert column(export, "心情低落").cells == ["1", "1"]
    assert column(export, "心情低落").also_in == 11


def test_a_question_that_nobody_answered_is_offered_both_ways():
    rows = text_rows()
    for place in range(8, 11):
        rows[1][place] = rows[2][place] = ""
    export = read(rows)
    assert column(export, WHERE).cells == ["", ""]
    assert column(export, f"{WHERE}:基本不用").cells == ["", ""]


def test_other_tables_are_not_taken_for_it():
    assert not PLATFORM.recognises(source_of([["编号", "答题时长", "1.甲"], ["1", "2", "3"]]))
    assert not PLATFORM.recognises(source_of(b"\x00\x01"))


def test_names_of_the_kit_over_numbers_are_unclear():
    rows = [["编号", "开始答题时间", "结束答题时间", "1.感觉疲倦", "PHQ9_2"]]
    rows += [[str(at), "2026/11/02 09:00:00", "2026/11/02 09:05:00", "2", "1"] for at in (1, 2)]
    export = PLATFORM.read(source_of(rows))
    assert (column(export, "1.感觉疲倦").coding, column(export, "PHQ9_2").coding) == (ORDINALS, UNCLEAR)
