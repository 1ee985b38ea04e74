"""All readers against what hands, programs and enemies do to files: an export or a clear problem, nothing else."""

import io
import json
import random
import subprocess
import sys
import zipfile
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from platform_files import EXPORTS, as_csv, damaged, needs_exports, real
from wellbeing.errors import InputError, UsageError
from wellbeing.importers import PLATFORMS, read_export

#: Which platform's each real file is, by folder; a survey's structure is its platform's too, and refused by name.
OWNERS = {
    "wenjuanxing": "wenjuanxing",
    "google_forms": "google",
    "surveymonkey": "surveymonkey",
    "spss": "spss",
    "limesurvey": "limesurvey",
    "redcap": "redcap",
    "kobotoolbox": "kobo",
    "qualtrics": "qualtrics",
}
BY_FILE = {
    "microsoft_forms.xlsx": "microsoft",
    "wjx_codes.xlsx": "wenjuanxing",
    "wjx_text_gbk.csv": "wenjuanxing",
    "wjx_text_utf8bom.csv": "wenjuanxing",
    # Tables beside the exports, and a layout that the plain reader takes.
    "coded_open_columns.csv": None,
    "survey_998192_answer_labels.csv": None,
    "survey_998192_columns.csv": None,
    "arm.csv": None,
    "event.csv": None,
}
#: Files that hold no answers.
STRUCTURES = {"survey.lss", "survey_structure_en_nl.tsv", "dictionary.csv", "xlsform_choice_filter.xlsx"}

FILES = sorted(str(path.relative_to(EXPORTS)) for path in EXPORTS.rglob("*") if path.is_file() and path.suffix != ".md")

LAYOUTS = {
    "wenjuanxing": [
        [
            "序号",
            "提交答卷时间",
            "所用时间",
            "来源",
            "来源详情",
            "来自IP",
            "总分",
            "1、您的性别：",
            "2、症状—没有兴趣",
            "2、心情低落",
        ],
        ["1", "2025/3/1 9:01:07", "537秒", "微信", "N/A", "192.0.2.1(安徽-合肥)", "12", "女", "好几天", "(空)"],
        ["2", "2025/3/2 9:01:07", "53秒", "微信", "N/A", "192.0.2.2(安徽-合肥)", "9", "男┋女", "(跳过)", "其他〖x〗"],
    ],
    "tencent": [
        ["编号", "开始答题时间", "结束答题时间", "答题时长", "1.性别", "2.多选:甲", "2.多选:乙", "IP", ""],
        ["1", "2025/3/1 9:01", "2025/3/1 9:05", "240", "A.男", "A.甲", "", "192.0.2.1", ""],
        ["2", "02-Feb-2021 20:26:58", "02-Feb-2021 20:27:09", "11", "B.女", "A.甲", "B.乙", "192.0.2.2", ""],
    ],
    "microsoft": [
        ["ID", "Start time", "Completion time", "Email", "Name", "学校\xa0", "学科\n(可多选)"],
        ["1", "9/22/26 8:00:01", "9/22/26 8:06:31", "anonymous", "", "一小", "语文;数学;"],
        ["2", "9/3/26 8:00:01", "9/30/26 8:06:31", "anonymous", "", "二小", "英语;"],
    ],
    "surveymonkey": [
        ["Respondent ID", "Date Created", "请排序", "", "可多选", "", "学校"],
        ["", "", "甲", "乙", "家人", "同事", "Response"],
        ["114000000001", "11/20/2026 8:00:01 AM", "1", "2", "家人", "", "一小"],
        ["114000000002", "11/21/2026 8:00:01 PM", "2", "1", "家人", "同事", "二小"],
    ],
    "google": [
        ["Timestamp", "Email Address", "症状 [没有兴趣]", "症状 [心情低落]", "可多选", "Score"],
        ["8/7/2020 12:02", "a@example.org", "好几天", "从不", "甲, 乙", "8 / 10"],
        ["13/07/2020 10:07:32", "b@example.org", "从不", "从不", "甲", "9 / 10"],
    ],
    "limesurvey": [
        ["id", "submitdate", "lastpage", "startlanguage", "phq9[1]", "phq9[2]", "q2[SQ001]", "q2[SQ002]"],
        ["1", "2026-11-02 09:01:07", "3", "zh-Hans", "0", "1", "Y", ""],
        ["2", "", "1", "en", "3", "", "", "Y"],
    ],
    "redcap": [
        ["record_id", "redcap_event_name", "phq9_1", "race___1", "race___2", "phq9_complete"],
        ["1", "baseline_arm_1", "0", "1", "0", "2"],
        ["2", "baseline_arm_1", "3", "0", "0", "0"],
    ],
    "kobo": [
        ["start", "end", "g/phq9_1", "help", "help/a", "help/b", "_id", "_uuid", "_submission_time", "_index"],
        [
            "2026-11-02T08:55:01+08:00",
            "2026-11-02T09:01:07+08:00",
            "0",
            "a b",
            "1",
            "1",
            "11",
            "u",
            "2026-11-02T01:01:09",
            "1",
        ],
    ],
    "qualtrics": [
        ["StartDate", "EndDate", "Status", "Finished", "ResponseId", "Q1", "Q2_1", "Q2_2"],
        ["Start Date", "End Date", "Response Type", "Finished", "Response ID", "性别", "多选 - 甲", "多选 - 乙"],
        [
            f'{{"ImportId":"{name}"}}'
            for name in ("startDate", "endDate", "status", "finished", "_recordId", "Q1", "Q2", "Q3")
        ],
        ["2026-11-02 09:01:07", "2026-11-02 09:05:07", "IP Address", "True", "R_1", "男", "甲", ""],
    ],
    "plain": [
        ["school_id", "code", "submitted", "seconds", "lang", "phq9_1"],
        ["S001", "7Q4K2291", "2026-11-02 09:01:07", "390", "zh", "2"],
    ],
}


def recognised(source):
    return [platform.name for platform in PLATFORMS if platform.name != "plain" and platform.recognises(source)]


def is_sound(path):
    """Read a file as a user would; say whether it was read."""
    try:
        export = read_export(path)
    except (InputError, UsageError) as error:
        said = (error.message("zh"), error.message("en"))
    else:
        said = None
    if said is not None:
        assert all(said)
        return False
    assert len(set(export.rows)) == len(export.rows)
    for column in export.columns:
        assert column.names
        assert len(column.cells) == len(export.rows)
        assert all(type(cell) is str for cell in column.cells)
        assert all(0 <= at < len(export.rows) for at in column.unreadable)
    return True


# --- whose file it is


@needs_exports
@pytest.mark.parametrize("file", FILES)
def test_every_real_file_is_recognised_by_its_platform_and_no_other(file):
    path = Path(file)
    owner = BY_FILE[path.name] if path.name in BY_FILE else OWNERS[path.parts[0]]
    assert recognised(real(*path.parts)) == ([owner] if owner else [])


@needs_exports
@pytest.mark.parametrize("file", [file for file in FILES if not file.endswith(".sav")])
def test_every_real_file_that_holds_answers_is_read(file):
    path = EXPORTS / file
    if path.name in STRUCTURES:
        with pytest.raises(InputError) as caught:
            read_export(path)
        assert [problem.what for problem in caught.value.problems] == ["form_not_answers"]
    else:
        assert is_sound(path)


@pytest.mark.parametrize("name", LAYOUTS)
def test_the_made_up_layouts_are_whole(name, tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(as_csv(LAYOUTS[name]), encoding="utf-8", newline="")
    export = read_export(path)
    assert export.platform == name
    assert len(export.rows) == {"qualtrics": 1, "kobo": 1, "plain": 1}.get(name, 2)


@pytest.mark.parametrize("name", LAYOUTS)
def test_a_reader_that_is_told_reads_any_table_or_says_why_not(name, tmp_path):
    path = tmp_path / "a.csv"
    for rows in LAYOUTS.values():
        path.write_text(as_csv(rows), encoding="utf-8", newline="")
        try:
            assert read_export(path, name).platform == name
        except InputError as error:
            said = error.message("zh")
            assert said


# --- damaged


@given(st.sampled_from(sorted(LAYOUTS)), st.integers(0, 2**32 - 1))
@settings(max_examples=250, deadline=None)
def test_damaged_layouts_are_exports_or_problems(tmp_path_factory, name, seed):
    path = tmp_path_factory.getbasetemp() / "damaged.csv"
    path.write_bytes(damaged(LAYOUTS[name], seed))
    is_sound(path)


@needs_exports
@given(st.sampled_from([file for file in FILES if not file.endswith(".sav")]), st.integers(0, 2**32 - 1))
@settings(max_examples=60, deadline=None)
def test_damaged_real_files_are_exports_or_problems(tmp_path_factory, file, seed):
    chance = random.Random(seed)
    content = bytearray((EXPORTS / file).read_bytes()[:200_000])
    for _ in range(chance.randint(1, 8)):
        at = chance.randrange(len(content))
        kind = chance.randrange(4)
        if kind == 0:
            content[at] = chance.randrange(256)
        elif kind == 1:
            del content[at : at + chance.randint(1, 40)]
        elif kind == 2:
            content[at:at] = chance.choice([b'"', b"\r\n", b",,,", b"\x00", b"\xff\xfe", b"<", "好".encode("gb18030")])
        else:
            del content[chance.randint(1, len(content)) :]
        if not content:
            break
    path = tmp_path_factory.getbasetemp() / "damaged"
    path.write_bytes(content)
    is_sound(path)


@given(st.sampled_from(sorted(LAYOUTS)), st.integers(0, 2**32 - 1))
@settings(max_examples=40, deadline=None)
def test_workbooks_with_formulas_dates_and_odd_cells_are_exports_or_problems(tmp_path_factory, name, seed):
    chance = random.Random(seed)
    book = openpyxl.Workbook()
    for row in LAYOUTS[name]:
        book.active.append(row)
    junk = ["=1/0", "=SUM(A1:A3)", "='[other.xlsx]S'!A1", True, 1e300, -0.0, 45537.33, "#N/A", "　", "x" * 40_000, None]
    for _ in range(chance.randint(1, 5)):
        cell = book.active.cell(chance.randint(1, 5), chance.randint(1, 12))
        value = chance.choice(junk)
        cell.value = value[:32_767] if isinstance(value, str) else value
    path = tmp_path_factory.getbasetemp() / "odd.xlsx"
    book.save(path)
    is_sound(path)


@pytest.mark.parametrize("name", LAYOUTS)
def test_two_thousand_columns(name, tmp_path):
    head = len(LAYOUTS[name]) - {"wenjuanxing": 2, "kobo": 1, "qualtrics": 1, "plain": 1}.get(name, 2)
    rows = [list(row) for row in LAYOUTS[name]]
    for at, row in enumerate(rows):
        row += [f"{place}、题{place}" if at < head else str(place % 5) for place in range(2000 - len(row))]
    path = tmp_path / "a.csv"
    path.write_text(as_csv(rows), encoding="utf-8", newline="")
    assert read_export(path).platform == name


# --- within bounds


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").is_file(), reason="only Linux tells a process's largest memory so")
def test_bombs_are_refused_within_a_gigabyte_and_seconds(tmp_path):
    bombs = make_bombs(tmp_path)
    script = (
        "import json, re, sys, time\n"
        "from pathlib import Path\n"
        "from wellbeing.errors import InputError\n"
        "from wellbeing.importers import read_export\n"
        "for name in sys.argv[1:]:\n"
        "    begun = time.monotonic()\n"
        "    try:\n"
        "        read_export(Path(name))\n"
        "        found = None\n"
        "    except InputError as error:\n"
        "        found = error.problems[0].what\n"
        "    most = int(re.search(r'VmHWM:\\s+(\\d+)', Path('/proc/self/status').read_text())[1]) // 1024\n"
        "    print(json.dumps([Path(name).name, found, time.monotonic() - begun, most]))\n"
    )
    command = [sys.executable, "-c", script, *map(str, bombs)]
    done = subprocess.run(command, capture_output=True, timeout=300, check=True)
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert {name: what for name, what, _, _ in told} == {path.name: what for path, what in bombs.items()}
    assert max(taken for _, _, taken, _ in told) < 60
    assert max(most for _, _, _, most in told) < 1024
    # Nothing is left beside the files, and nobody saw a traceback.
    assert {path.name for path in tmp_path.iterdir()} == {path.name for path in bombs}
    assert done.stderr == b""


def make_bombs(folder):
    """Write small files that would grow, each with the problem that it has to be."""
    book = openpyxl.Workbook()
    for row in LAYOUTS["wenjuanxing"]:
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    bombs = {}

    def pack(name, what, *parts, before=b""):
        """Put other contents into the sheet, part by part: together they would fill the test's memory too."""
        path = folder / name
        sheet = "xl/worksheets/sheet1.xml"
        with zipfile.ZipFile(out) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
            for each in set(old.namelist()) - {sheet}:
                new.writestr(each, old.read(each))
            with new.open(sheet, "w") as stream:
                space = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
                stream.write(before + b'<worksheet xmlns="%b"><sheetData>' % space)
                for part, times in parts:
                    for at in range(1, times + 1):
                        stream.write(part.replace(b"#", b"%d" % at))
                stream.write(b"</sheetData></worksheet>")
        assert path.stat().st_size < 3_000_000
        bombs[path] = what

    def write(name, what, content):
        (folder / name).write_bytes(content)
        bombs[folder / name] = what

    pack("spaces.xlsx", "workbook_too_large", (b" " * 1_000_000, 30))
    pack("far.xlsx", "workbook_too_large", (b'<row r="#"><c r="XFD#"><v>1</v></c></row>', 20_000))
    text = b'<row r="#"><c r="A#" t="inlineStr"><is><t>' + b"x" * 30_000 + b"</t></is></c></row>"
    pack("texts.xlsx", "workbook_too_large", (text, 11_000))
    names = b"".join(b'<!ENTITY %c "%b">' % (98 + at, b"&%c;" % (97 + at) * 10) for at in range(8))
    entities = b'<!DOCTYPE x [<!ENTITY a "%b">%b]>' % (b"x" * 1000, names)
    cell = b'<row r="1"><c r="A1"><f>1</f><v>&i;</v></c></row>'
    pack("entities.xlsx", "not_a_table", (cell, 1), before=entities)
    write("many.csv", "too_many_cells", b"a,b\n" + b"," * 12_000_000 + b"\n")
    write("one_line.csv", "broken_quotes", b'a;b\n"' + b"x" * 30_000_000)
    return bombs
