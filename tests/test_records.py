"""The schools' yearly record sheet: out with its rules, back with everything that is wrong with it at once."""

import io
from datetime import date

import openpyxl
import pytest

from wellbeing.cli import call
from wellbeing.erasure import erase_wave
from wellbeing.errors import InputError, UsageError
from wellbeing.importers.days import days_of
from wellbeing.importers.records import is_record_sheet, record_files, take_in_records
from wellbeing.measures import load_measures
from wellbeing.record_store import read_records
from wellbeing.retention import due, due_lines
from wellbeing.surveys import read_roster
from wellbeing.worksheets.records import record_sheet
from wellbeing.workspace import unpack

ROSTER = (
    "school_id,name,town,kind,rural,staff\n"
    "S001,青云镇中心小学,青云镇,primary,yes,46\nS002,河东中学,河东,junior,no,90\nS003,河东幼儿园,河东,kindergarten,no,36\n"
)
YEAR = "2026-2027"


@pytest.fixture(scope="module")
def county(tmp_path_factory):
    workspace = unpack(tmp_path_factory.mktemp("records") / "county")
    workspace.roster.write_text(ROSTER, encoding="utf-8")
    return workspace


@pytest.fixture(scope="module")
def measures(county):
    return load_measures(county)


@pytest.fixture(scope="module")
def roster(county):
    return read_roster(county.roster)


@pytest.fixture
def write(tmp_path, measures, roster):
    """Fill a school's sheet as a person does: typed into the cells that are open."""

    def written(of, name=None, made_for=YEAR, /, **typed):
        book = openpyxl.load_workbook(io.BytesIO(record_sheet(measures, roster, made_for, "zh", of)))
        sheet = book.active
        rows = {sheet.cell(row, 1).value: row for row in range(1, sheet.max_row + 1)}
        for field, value in typed.items():
            sheet.cell(rows[field], 4).value = value
        path = tmp_path / (name or f"{of}.xlsx")
        book.save(path)
        return path

    return written


def found(error):
    return sorted((problem.file, problem.column, problem.what) for problem in error.value.problems)


def test_a_sheet_knows_its_school_and_takes_only_what_belongs_into_a_cell(measures, roster):
    sheet = openpyxl.load_workbook(io.BytesIO(record_sheet(measures, roster, YEAR, "zh", "S001"))).active
    rows = {sheet.cell(row, 1).value: row for row in range(1, sheet.max_row + 1)}
    assert sheet.cell(rows["school"], 4).value == "S001 青云镇中心小学"
    assert sheet.cell(rows["staff"], 4).value == "46"
    assert sheet.protection.sheet
    assert not sheet.cell(rows["checked"], 4).protection.locked
    assert sheet.cell(rows["school"], 4).protection.locked
    rules = {str(rule.sqref): rule for rule in sheet.data_validations.dataValidation}
    assert set(rules) == {f"D{rows[field.id]}" for field in measures.fields}
    assert rules[f"D{rows['checked']}"].type == "whole"
    assert rules[f"D{rows['allowance_as_listed']}"].formula1 == '"是,否,不适用"'
    assert rules[f"D{rows['talks_until']}"].formula1 == "DATE(2026,9,1)"


def test_a_sheet_for_any_school_lets_it_be_chosen_from_the_roster(measures, roster):
    book = openpyxl.load_workbook(io.BytesIO(record_sheet(measures, roster, YEAR, "zh")))
    (rule,) = [rule for rule in book.active.data_validations.dataValidation if str(rule.sqref) == "D3"]
    assert rule.formula1 == "schools!$A$1:$A$3"
    assert [cell.value for cell in book["schools"]["A"]] == ["S001 青云镇中心小学", "S002 河东中学", "S003 河东幼儿园"]


def test_the_same_sheet_has_the_same_bytes(measures, roster):
    assert record_sheet(measures, roster, YEAR, "zh", "S001") == record_sheet(measures, roster, YEAR, "zh", "S001")


def test_what_is_typed_comes_back_and_none_is_not_missing(county, measures, roster, write):
    path = write(
        "S001", congress_held="无", event_autumn=date(2026, 10, 15), talked_staff=31, allowance_as_listed="是",
        pay_average="86,500".replace(",", ""), training_hours=72.5,
    )  # fmt: skip
    taken = take_in_records(county, [path], measures, roster)
    assert (taken.year, taken.schools, taken.lacking) == (YEAR, ("S001",), ("S002", "S003"))
    records = read_records(county, YEAR)
    values = {name: records.value("S001", name) for name in ("congress_held", "event_autumn", "talked_staff")}
    assert values == {"congress_held": "none", "event_autumn": "2026-10-15", "talked_staff": "31"}
    assert records.value("S001", "training_hours") == "72.5"
    assert records.value("S001", "checked") == ""
    assert records.value("S002", "talked_staff") == ""


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("2026-03-05", [date(2026, 3, 5)]),
        ("2026/3/5", [date(2026, 3, 5)]),
        ("2026.3.5", [date(2026, 3, 5)]),
        ("2026年3月5日", [date(2026, 3, 5)]),
        ("２０２６年３月５日", [date(2026, 3, 5)]),
        ("20260305", [date(2026, 3, 5)]),
        ("25/3/2026", [date(2026, 3, 25)]),
        ("5/5/2026", [date(2026, 5, 5)]),
        ("5/3/2026", [date(2026, 3, 5), date(2026, 5, 3)]),
        ("2026-02-30", []),
        ("三月五日", []),
        ("26-3-5", []),
    ],
)
def test_a_day_is_read_in_every_style_that_has_one_meaning(text, days):
    assert sorted(days_of(text)) == days


def test_dates_in_three_styles_are_one_day_and_an_unclear_one_is_refused(county, measures, roster, write):
    path = write("S003", congress_held="2026/10/15", event_autumn="2026年10月15日", plan_made="20261015")
    take_in_records(county, [path], measures, roster)
    values = read_records(county, YEAR).schools["S003"]
    assert {values[name] for name in ("congress_held", "event_autumn", "plan_made")} == {"2026-10-15"}
    unclear = write("S003", congress_held="5/3/2027", plan_made="2025-10-15", women_event="春天")
    with pytest.raises(InputError) as error:
        take_in_records(county, [unclear], measures, roster)
    assert found(error) == [
        ("S003.xlsx", "congress_held", "record_date_unclear"),
        ("S003.xlsx", "plan_made", "record_date_outside"),
        ("S003.xlsx", "women_event", "record_not_held"),
    ]


def test_every_fault_of_every_sheet_is_told_at_once_and_nothing_is_kept(county, measures, roster, write):
    wrong = write(
        "S002", talked_staff=91, checked="三十", selfcare_given=12.5, allowance_as_listed="也许",
        pay_months_late=13, party_members=10, talked_members=11, help_granted=2,
    )  # fmt: skip
    other = write("S001", "second.xlsx", trained="46人")
    before = read_records(county, YEAR)
    with pytest.raises(InputError) as error:
        take_in_records(county, [wrong, other], measures, roster)
    assert found(error) == [
        ("S002.xlsx", "allowance_as_listed", "record_not_choice"),
        ("S002.xlsx", "checked", "record_not_number"),
        ("S002.xlsx", "help_granted", "record_of_missing"),
        ("S002.xlsx", "pay_months_late", "record_too_large"),
        ("S002.xlsx", "selfcare_given", "record_not_whole"),
        ("S002.xlsx", "talked_members", "record_more_than"),
        ("S002.xlsx", "talked_staff", "record_more_than_staff"),
        ("second.xlsx", "trained", "record_not_number"),
    ]
    assert read_records(county, YEAR) == before
    said = error.value.message("zh") + error.value.message("en")
    assert not any(typed in said for typed in ("三十", "也许", "46人"))


def test_two_sheets_of_one_school_are_refused_together_and_one_after_the_other(county, measures, roster, write):
    first, second = write("S002", "a.xlsx", checked=80), write("S002", "b.xlsx", checked=81)
    with pytest.raises(InputError) as error:
        take_in_records(county, [first, second], measures, roster)
    assert found(error) == [("b.xlsx", "school", "record_twice")]
    take_in_records(county, [first], measures, roster)
    with pytest.raises(InputError) as error:
        take_in_records(county, [second], measures, roster)
    assert found(error) == [("b.xlsx", "school", "record_twice")]
    # Under the same name it is a correction.
    take_in_records(county, [write("S002", "a.xlsx", checked=82)], measures, roster)
    assert read_records(county, YEAR).value("S002", "checked") == "82"


@pytest.mark.parametrize(
    ("typed", "fault"),
    [
        ({"school": None}, ("school", "record_no_school")),
        ({"school": "S999 不在名册的学校"}, ("school", "record_school_unknown")),
        ({"year": "2026"}, ("year", "record_year")),
        ({"staff": 47}, ("staff", "record_staff")),
    ],
)
def test_a_sheet_without_its_school_or_year_or_of_another_staff_is_refused(
    county, measures, roster, write, typed, fault
):
    with pytest.raises(InputError) as error:
        take_in_records(county, [write("S001", "odd.xlsx", **typed)], measures, roster)
    assert found(error) == [("odd.xlsx", *fault)]


def test_sheets_of_two_years_are_not_taken_in_together(county, measures, roster, write):
    with pytest.raises(InputError) as error:
        take_in_records(county, [write("S001", "x.xlsx"), write("S003", "y.xlsx", "2025-2026")], measures, roster)
    assert found(error) == [("y.xlsx", "year", "record_years")]


def test_a_row_that_is_gone_or_strange_is_told(county, measures, roster, write):
    path = write("S001", "gone.xlsx")
    book = openpyxl.load_workbook(path)
    sheet = book.active
    rows = {sheet.cell(row, 1).value: row for row in range(1, sheet.max_row + 1)}
    sheet.cell(rows["checked"], 1).value = "checkd"
    sheet.cell(rows["trained"], 1).value = "forms"
    book.save(path)
    with pytest.raises(InputError) as error:
        take_in_records(county, [path], measures, roster)
    assert found(error) == [
        ("gone.xlsx", "checked", "record_lacks"),
        ("gone.xlsx", "id", "record_unknown"),
        ("gone.xlsx", "id", "repeats_row"),
        ("gone.xlsx", "trained", "record_lacks"),
    ]


def test_a_part_is_never_more_than_its_whole_of_events_and_of_talks_too(county, measures, roster, write):
    path = write(
        "S001", "parts.xlsx", inspections=3, inspections_listed=4, entries=2, entries_listed=2, forms_twice=1,
        party_members=20, talked_members=12, middle_managers=6, talked_middle=6, talked_staff=10,
    )  # fmt: skip
    with pytest.raises(InputError) as error:
        take_in_records(county, [path], measures, roster)
    assert found(error) == [
        ("parts.xlsx", "forms_twice", "record_of_missing"),
        ("parts.xlsx", "inspections_listed", "record_more_than"),
        # Everybody talked with counts once among all of them.
        ("parts.xlsx", "talked_members", "record_more_than"),
    ]


def test_a_day_that_is_still_to_come_was_not_held_and_an_hour_beside_a_day_is_nothing(county, measures, roster, write):
    path = write(
        "S001", "early.xlsx", event_autumn="2027-10-15", plan_made="2026-12-01", congress_held="2026-10-15 9:30"
    )
    with pytest.raises(InputError) as error:
        take_in_records(county, [path], measures, roster, date(2026, 11, 30))
    assert found(error) == [
        ("early.xlsx", "event_autumn", "record_date_outside"),
        ("early.xlsx", "plan_made", "record_date_to_come"),
    ]


@pytest.mark.parametrize(
    ("typed", "fault"),
    [
        ({"checked": "=40+1"}, "record_not_number"),
        ({"checked": -3}, "record_not_number"),
        ({"checked": "85%"}, "record_not_number"),
        ({"checked": "1e1"}, "record_not_number"),
        ({"checked": "inf"}, "record_not_number"),
        ({"checked": "#N/A"}, "record_not_number"),
        ({"checked": "无"}, "record_not_number"),
        ({"pay_average": "98,000"}, "record_not_number"),
        ({"allowance_as_listed": True}, "record_not_choice"),
        ({"congress_held": "2026-10-01、2026-11-02"}, "record_not_held"),
        ({"congress_held": "2026年10月"}, "record_not_held"),
        ({"congress_held": 46310}, "record_not_held"),
        # The code of one school beside the name of another: nobody knows which is meant.
        ({"school": "S003 河东中学", "staff": None}, "record_school_unknown"),
    ],
)
def test_what_is_typed_into_a_wrong_cell_is_never_guessed(county, measures, roster, write, typed, fault):
    before = read_records(county, YEAR)
    with pytest.raises(InputError) as error:
        take_in_records(county, [write("S001", "typed.xlsx", **typed)], measures, roster)
    assert [problem.what for problem in error.value.problems] == [fault]
    assert read_records(county, YEAR) == before


def test_a_sheet_that_was_spoilt_is_still_known_for_one(county, measures, roster, write):
    path = write("S001", "merged.xlsx")
    book = openpyxl.load_workbook(path)
    book.active.merge_cells("D10:E10")
    book.save(path)
    assert is_record_sheet(path)
    with pytest.raises(InputError) as error:
        take_in_records(county, [path], measures, roster)
    assert [problem.what for problem in error.value.problems] == ["merged_cells"]
    path.write_bytes(path.read_bytes()[:3000])
    assert not is_record_sheet(path)


def test_of_a_folder_every_workbook_is_read_whatever_its_ending_says(tmp_path):
    for name in ("A.XLSX", "b.xls", "c.et", "~$d.xlsx", ".~e.xlsx", "roster.csv", "f.docx"):
        (tmp_path / name).write_bytes(b"x")
    (tmp_path / "g.xlsx").mkdir()
    assert [path.name for path in record_files([tmp_path])] == ["A.XLSX", "b.xls", "c.et"]


def test_a_changed_stored_record_is_noticed(tmp_path, write, measures, roster):
    workspace = unpack(tmp_path / "own")
    workspace.roster.write_text(ROSTER, encoding="utf-8")
    take_in_records(workspace, [write("S001", checked=40)], measures, roster)
    (stored,) = (workspace.root / "data" / "working").rglob("S001.csv")
    stored.write_text("field,value\nchecked\n", encoding="utf-8")
    with pytest.raises(InputError) as error:
        read_records(workspace, YEAR)
    assert [problem.what for problem in error.value.problems] == ["record_broken"]


def test_records_are_kept_for_three_school_years_and_then_erased_with_a_receipt(tmp_path, measures, roster, write):
    workspace = unpack(tmp_path / "own")
    workspace.roster.write_text(ROSTER, encoding="utf-8")
    for year, name in (("2022-2023", "a.xlsx"), ("2023-2024", "b.xlsx")):
        take_in_records(workspace, [write("S001", name, year, checked=40)], measures, roster)
    (workspace.root / "data" / "working" / "records" / "year-old").mkdir()
    # The year ended on 31 August 2023; 36 months later, less a day, nothing is due.
    assert due(workspace, date(2026, 8, 31)) == ()
    assert [(one.survey, one.wave, one.what) for one in due(workspace, date(2026, 9, 1))] == [
        ("records", "2022-2023", "records")
    ]
    assert "erase --wave 2022-2023 --survey records" in next(due_lines(workspace, date(2026, 9, 1)))
    receipt = erase_wave(workspace, "2022-2023", "2026-09-01", "records")
    assert receipt.places == [("records", "2022-2023", "records")]
    assert "学校年度记录" in receipt.path.read_text(encoding="utf-8")
    assert read_records(workspace, "2022-2023").schools == {}
    assert read_records(workspace, "2023-2024").value("S001", "checked") == "40"
    for year in ("2022-2023", "2026-autumn", "../raw"):
        with pytest.raises(UsageError):
            erase_wave(workspace, year, "2026-09-01", "records")


def test_the_command_line_writes_sheets_and_takes_a_folder_of_them_back(tmp_path, monkeypatch, capfd):
    workspace = unpack(tmp_path / "own")
    workspace.roster.write_text(ROSTER, encoding="utf-8")
    monkeypatch.chdir(workspace.root)
    monkeypatch.delenv("WELLBEING_LANG", raising=False)
    assert call(["forms", "records", "--out", str(tmp_path / "one.xlsx"), "--year", YEAR]) == 0
    assert "2026-2027" in capfd.readouterr().out
    assert call(["forms", "records", "--out", str(tmp_path / "out"), "--year", YEAR]) == 0
    assert "3所学校" in capfd.readouterr().out
    sheets = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert sheets == [f"records_S00{n}_{YEAR}.xlsx" for n in (1, 2, 3)]
    assert call(["import", str(tmp_path / "out" / sheets[0])]) == 0
    assert "河东中学、河东幼儿园" in capfd.readouterr().out
    assert call(["import", str(tmp_path / "out")]) == 0
    assert "名册中的学校都有了记录表" in capfd.readouterr().out
    # The sheet in which nobody chose a school.
    assert call(["import", str(tmp_path / "one.xlsx")]) == 3
    assert "没有填学校" in capfd.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["forms", "records", "--to", "paper", "--out", "x.xlsx"], "不写 --to"),
        (["forms", "records", "--out", "x.xlsx", "--year", "2026"], "不是学年"),
        (["forms", "records", "--out", "nowhere/x.xlsx"], "nowhere"),
        (["forms", "screening", "--out", "x.xlsx"], "缺少 --to"),
        (["forms", "screening", "--to", "entry", "--out", "x.xlsx", "--year", YEAR], "--year"),
        (["import", "export.csv"], "--survey"),
        (["import", "a.csv", "b.csv", "--survey", "screening", "--wave", "2026-autumn"], "一次只能导入一个"),
        (["import", "data"], "没有找到记录表"),
    ],
)
def test_a_command_that_cannot_work_says_why(county, monkeypatch, capfd, arguments, said):
    monkeypatch.chdir(county.root)
    monkeypatch.delenv("WELLBEING_LANG", raising=False)
    assert call(arguments) == 2
    assert said in capfd.readouterr().err
