from collections import Counter

from platform_files import column, column_at, needs_exports, raw_rows, real, source_of, uses
from wellbeing.importers.exports import ANSWER, END, JOINED, LABELS, PERSONAL, START, UNCLEAR
from wellbeing.importers.exports import PLATFORM as BOOKKEEPING
from wellbeing.importers.surveymonkey import PLATFORM

OWN = ["Respondent ID", "Collector ID", "Date Created", "Date Modified", "IP Address", "Email Address"]
OWN += ["First Name", "Last Name", "Custom Data 1"]


def made(first, second, *rows, own=OWN):
    head = [[*own, *first], [*([""] * len(own)), *second]]
    body = [
        [
            str(114000000000 + at),
            "4500",
            f"11/2{at}/2026 8:00:01 AM",
            f"11/2{at}/2026 8:06:31 PM",
            "192.0.2.1",
            *([""] * 4),
        ]
        for at in range(len(rows))
    ]
    return source_of([*head, *([*told, *row] for told, row in zip(body, rows, strict=True))])


@needs_exports
def test_the_real_file():
    rows = raw_rows("surveymonkey", "StarWars.csv", encoding="cp1252")
    source = real("surveymonkey", "StarWars.csv")
    assert PLATFORM.recognises(source)
    export = PLATFORM.read(source)
    body = rows[2:]
    assert len(export.rows) == len(body) == 1186
    assert (export.rows[0], export.rows[-1]) == (3, 1188)
    assert uses(export, BOOKKEEPING) == ["RespondentID"]
    assert column(export, "RespondentID").cells[0] == "3292879998"
    seen = column(export, "Have you seen any of the 6 films in the Star Wars franchise?")
    assert Counter(seen.cells) == Counter(row[1] for row in body)
    assert seen.cells.count("Yes") == 936
    for place in range(29, 38):
        assert column_at(export, place).cells == [row[place] for row in body]


@needs_exports
def test_the_real_files_ticks_are_one_question():
    rows = raw_rows("surveymonkey", "StarWars.csv", encoding="cp1252")
    export = PLATFORM.read(real("surveymonkey", "StarWars.csv"))
    films = next(each for each in export.columns if each.names[0].startswith("Which of the following Star Wars films"))
    assert films.separator == JOINED
    assert [cell.split(JOINED) if cell else [] for cell in films.cells] == [
        [cell for cell in row[3:9] if cell] for row in rows[2:]
    ]


@needs_exports
def test_the_real_files_ranks_are_one_question_and_its_columns():
    rows = raw_rows("surveymonkey", "StarWars.csv", encoding="cp1252")
    export = PLATFORM.read(real("surveymonkey", "StarWars.csv"))
    ranking = next(each for each in export.columns if each.separator == JOINED and each.place == 9)
    films = rows[1][9:15]
    for row, cell in zip(rows[2:], ranking.cells, strict=True):
        ranked = [film for _, film in sorted((rank, film) for rank, film in zip(row[9:15], films, strict=True) if rank)]
        assert (cell.split(JOINED) if cell else []) == ranked
    assert [column_at(export, place).also_in for place in range(9, 15)] == [9] * 6
    assert column_at(export, 9).cells[0] == "3"


@needs_exports
def test_the_real_files_matrix_goes_by_its_rows():
    rows = raw_rows("surveymonkey", "StarWars.csv", encoding="cp1252")
    export = PLATFORM.read(real("surveymonkey", "StarWars.csv"))
    stem = rows[0][15]
    yoda = column(export, "Yoda")
    assert yoda.names == (f"{stem} - Yoda", "Yoda")
    assert Counter(yoda.cells) == Counter(row[28] for row in rows[2:])
    assert (yoda.place, yoda.coding, yoda.also_in) == (28, LABELS, None)


def test_what_it_tells_about_the_filling_and_the_person():
    export = PLATFORM.read(made(["学校"], ["Response"], ["一小"], ["二小"]))
    assert column(export, "Date Created").use == START
    assert column(export, "Date Created").cells == ["2026-11-20T08:00:01", "2026-11-21T08:00:01"]
    assert column(export, "Date Modified").use == END
    assert column(export, "Date Modified").cells == ["2026-11-20T20:06:31", "2026-11-21T20:06:31"]
    assert uses(export, PERSONAL) == OWN[4:]
    assert uses(export, ANSWER) == ["学校"]


def test_an_others_text_is_no_answer_of_the_question():
    first, second = (
        ["您的岗位", "", "可多选", "", ""],
        ["Response", "其他（请注明）", "家人", "同事", "Other (please specify)"],
    )
    export = PLATFORM.read(made(first, second, ["教师", "", "家人", "", "医生"], ["", "门卫", "家人", "同事", ""]))
    assert column(export, "您的岗位").cells == ["教师", ""]
    assert column(export, "您的岗位 - 其他（请注明）").cells == ["", "门卫"]
    assert column(export, "可多选").cells == ["家人", f"家人{JOINED}同事"]
    assert column(export, "可多选 - Other (please specify)").cells == ["医生", ""]


def test_an_other_that_is_only_ticked_is_an_option():
    second = ["家人", "同事", "Other (please specify)"]
    export = PLATFORM.read(made(["可多选", "", ""], second, ["家人", "", "Other (please specify)"], ["", "同事", ""]))
    assert column(export, "可多选").cells == [f"家人{JOINED}Other (please specify)", "同事"]


def test_condensed_several_answers_stand_in_one_cell():
    export = PLATFORM.read(made(["可多选"], ["Response"], ["家人, 同事"]))
    assert (column(export, "可多选").cells, column(export, "可多选").separator) == (["家人, 同事"], ", ")


def test_numbers_may_be_places_or_weights():
    first, second = ["过去两周", "", "学校"], ["没有兴趣", "心情低落", "Response"]
    export = PLATFORM.read(made(first, second, ["1", "1", "一小"], ["4", "2", "二小"]))
    assert column(export, "没有兴趣").coding == UNCLEAR
    assert column(export, "学校").coding == LABELS


def test_a_matrix_of_one_row_and_a_text():
    first, second = ["总的来说", "还有什么想说的？"], ["我的心情", "Open-Ended Response"]
    export = PLATFORM.read(made(first, second, ["很好", "没有"]))
    assert column(export, "总的来说 - 我的心情").cells == ["很好"]
    assert column(export, "还有什么想说的？").cells == ["没有"]


def test_other_tables_are_not_taken_for_it():
    assert not PLATFORM.recognises(source_of([["Respondent ID", "q"], ["1", "2"]]))
    assert not PLATFORM.recognises(source_of([["q", "r"], ["", "Response"], ["1", "2"]]))
    assert not PLATFORM.recognises(source_of([["Respondent ID", "q"]]))


def test_its_own_columns_as_variables_and_in_chinese():
    variables = [name.lower().replace(" ", "_") for name in OWN[:-1]] + ["custom_1"]
    chinese = [
        "受访者 ID",
        "收集器 ID",
        "创建日期",
        "修改日期",
        "IP 地址",
        "电子邮件地址",
        "名字",
        "姓氏",
        "自定义数据 1",
    ]
    for names in (variables, chinese):
        source = made(["学校"], ["Response"], ["一小"], own=names)
        assert PLATFORM.recognises(source)
        export = PLATFORM.read(source)
        assert uses(export, ANSWER) == ["学校"]
        assert uses(export, PERSONAL) == names[4:]
        assert column(export, names[3]).use == END


def test_a_question_about_something_custom_is_a_question():
    assert uses(PLATFORM.read(made(["Custom made?"], ["Response"], ["Yes"])), ANSWER) == ["Custom made?"]
