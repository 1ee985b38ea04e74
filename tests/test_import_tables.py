"""The file layer: any table that a program writes, and what is refused because it could be misread or do harm."""

import io
import re
import time
import zipfile

import openpyxl
import pytest
import xlwt
from hypothesis import given, settings
from hypothesis import strategies as st

from platform_files import EXPORTS, needs_exports, source_of
from wellbeing import delimited
from wellbeing.errors import InputError
from wellbeing.importers import workbooks
from wellbeing.importers.tables import open_table

ROWS = [["学校", "题目", "时间"], ["第一小学", "好几天", "2025/3/6"], ["喆堃中学", "从不", ""]]


def table(content, file="a.csv"):
    return open_table(file, content).records


def refused(content):
    with pytest.raises(InputError) as caught:
        open_table("a", content)
    assert caught.value.message("zh")
    assert caught.value.message("en")
    return [problem.what for problem in caught.value.problems]


def noticed(content):
    return [problem.what for problem in open_table("a", content).noticed]


def text(rows, mark=",", end="\r\n"):
    return end.join(mark.join(row) for row in rows) + end


def xlsx(rows, change=None):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    if change:
        change(book)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def packed(content, changes):
    """Write a packed file anew with parts changed, added or (None) left out."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        parts = {name: old.read(name) for name in old.namelist()}
        for name, change in changes.items():
            parts[name] = change(parts[name]) if callable(change) else change
        for name, part in parts.items():
            if part is not None:
                new.writestr(name, part)
    return out.getvalue()


# --- text


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_text_in_every_encoding_with_every_delimiter_and_line_end(encoding, mark, end):
    assert table(text(ROWS, mark, end).encode(encoding)) == ROWS


def test_gbk_is_part_of_gb18030():
    assert table(text(ROWS[:2]).encode("gbk")) == ROWS[:2]


def test_stray_bytes_of_a_western_export_are_read_as_windows_1252_and_told():
    rows = [["Frage", "Größe"], ["Are you a fan?", "na\xefve"], ["It's", "\u201cquoted\u201d"]]
    content = text(rows).encode("cp1252")
    assert table(content) == rows
    assert noticed(content) == ["western_encoding"]
    assert noticed(text(ROWS).encode("gb18030")) == []


@needs_exports
def test_the_two_stray_bytes_of_the_real_file_make_no_chinese_character():
    content = (EXPORTS / "surveymonkey" / "StarWars.csv").read_bytes()
    # Read as GB18030, 8C E6 is one rare character.
    assert content.count(b"\x8c\xe6") == 1
    assert "Œæ" in table(content)[0][31]
    assert noticed(content) == ["western_encoding"]


@pytest.mark.parametrize(
    ("words", "encoding"),
    [
        ("Школа,Код\nда,нет\n", "cp1251"),
        ("學校名稱,您的性別\n第一小學,男\n", "big5"),
        ("学校,コード\nはい,いいえ\n", "shift-jis"),
    ],
)
def test_other_scripts_are_asked_about_and_not_guessed(words, encoding):
    assert refused(words.encode(encoding)) == ["wrong_encoding"]


def test_bytes_that_windows_1252_does_not_know_are_not_guessed():
    assert refused(b"question,answer\nyes,abc\x81\nno,what do you think of it\n") == ["wrong_encoding"]


def test_the_delimiter_is_the_mark_that_makes_rows_of_one_width():
    # The header has more commas than semicolons.
    content = "你好,世界,再见;题二\n1;2\n3;4\n".encode()
    assert table(content) == [["你好,世界,再见", "题二"], ["1", "2"], ["3", "4"]]


def test_quoted_cells_hold_marks_line_breaks_and_quotation_marks():
    rows = [["a", "b"], ["1;2,3", 'he said "no"'], ["line\r\nbreak", "\xa0x "]]
    content = '"a","b"\r\n"1;2,3","he said ""no"""\r\n"line\r\nbreak","\xa0x "\r\n'
    assert table(content.encode()) == rows


def test_blank_lines_and_a_missing_last_line_end_change_nothing():
    assert table(b"a,b\n\n1,2\n\n") == [["a", "b"], [], ["1", "2"], []]
    assert table(b"a,b\n1,2") == [["a", "b"], ["1", "2"]]


@given(
    st.lists(
        st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=5), min_size=3, max_size=3),
        min_size=1,
        max_size=6,
    ),
    st.sampled_from(["utf-8-sig", "utf-16"]),
)
def test_what_is_written_comes_back(rows, encoding):
    # The header is plain, so that nothing is a web page or a line that tells the delimiter.
    rows = [["q1", "q2", "q3"], *rows]
    lines = [",".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in rows]
    assert table(("\r\n".join(lines) + "\r\n").encode(encoding)) == rows


def test_text_read_in_pieces_is_the_same_as_text_read_at_once(monkeypatch):
    monkeypatch.setattr(delimited, "_LOOK", 7)
    content = text([["甲", "b"], *([f'"{n}\r\n"', "\r"] for n in range(30))], end="\r\n").encode()
    whole = delimited.split(content.decode())
    assert delimited.split_bytes(content, "utf-8") == whole


def test_a_text_of_too_many_cells_is_refused(monkeypatch):
    monkeypatch.setattr(delimited, "MOST_CELLS", 100)
    assert refused(b"a,b\n" * 51) == ["too_many_cells"]
    assert len(table(b"a,b\n" * 50)) == 50


# --- workbooks


def test_a_workbook_gives_what_a_spreadsheet_shows():
    rows = [["a", "b", None, "d"], [1, 2.5, None, "x\ny"], [None] * 4, [True, 12345678901234567, "'0", None]]
    assert table(xlsx(rows)) == [
        ["a", "b", "", "d"],
        ["1", "2.5", "", "x\ny"],
        ["", "", "", ""],
        ["TRUE", "1.234567890123457e+16", "'0", ""],
    ]


def test_blank_columns_on_the_left_stay():
    records = table(xlsx([[None, None], [None, None, "a", "b"], [None, None, "1", "2"]]))
    assert records == [[""] * 4, ["", "", "a", "b"], ["", "", "1", "2"]]


def ods(body, styles="", manifest=""):
    names = {
        "office": "urn:oasis:names:tc:opendocument:xmlns:office:1.0",
        "style": "urn:oasis:names:tc:opendocument:xmlns:style:1.0",
        "table": "urn:oasis:names:tc:opendocument:xmlns:table:1.0",
        "text": "urn:oasis:names:tc:opendocument:xmlns:text:1.0",
        "calcext": "urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0",
    }
    spaces = " ".join(f'xmlns:{name}="{space}"' for name, space in names.items())
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        package.writestr(
            "META-INF/manifest.xml",
            '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
            f'<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/>{manifest}'
            "</manifest:manifest>",
        )
        package.writestr(
            "content.xml",
            f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {spaces}>'
            f"<office:automatic-styles>{styles}</office:automatic-styles>"
            f"<office:body><office:spreadsheet>{body}</office:spreadsheet></office:body></office:document-content>",
        )
    return out.getvalue()


def ods_row(*cells, times=1):
    made = "".join(
        f'<table:table-cell office:value-type="string"><text:p>{cell}</text:p></table:table-cell>' if cell else cell
        for cell in cells
    )
    return f'<table:table-row table:number-rows-repeated="{times}">{made}</table:table-row>'


def ods_table(*rows, name="S1", style="ta1"):
    return f'<table:table table:name="{name}" table:style-name="{style}">{"".join(rows)}</table:table>'


def test_an_opendocument_sheet_is_read_and_its_repeated_blanks_cost_nothing():
    blank = '<table:table-cell table:number-columns-repeated="16384"/>'
    end = f'<table:table-row table:number-rows-repeated="1048000">{blank}</table:table-row>'
    number = '<table:table-row><table:table-cell office:value-type="float" office:value="2"/></table:table-row>'
    assert table(ods(ods_table(ods_row("学校", "题目"), number, end))) == [["学校", "题目"], ["2", ""]]


def test_in_opendocument_too_a_failed_formula_is_no_blank_and_merged_cells_are_refused():
    failed = (
        '<table:table-row><table:table-cell table:formula="of:=NA()" office:value-type="string" '
        'office:string-value="" calcext:value-type="error"><text:p>#N/A</text:p></table:table-cell></table:table-row>'
    )
    content = ods(ods_table(ods_row("a", "b"), failed))
    assert table(content)[1] == ["#VALUE!", ""]
    assert noticed(content) == ["formulas_as_calculated"]
    merged = ods_row("a", "b").replace("<table:table-cell ", '<table:table-cell table:number-rows-spanned="2" ', 1)
    assert refused(ods(ods_table(merged))) == ["merged_cells"]


@pytest.mark.parametrize("times", [("1000000", "1"), ("1", "16384"), ("5000", "5000")])
def test_an_opendocument_sheet_that_repeats_a_cell_without_end_is_refused(times):
    row = ods_row("x" * 400, times=int(times[0]))
    row = row.replace("<table:table-cell ", f'<table:table-cell table:number-columns-repeated="{times[1]}" ')
    bomb = ods(ods_table(row * (1 if times[0] != "1" else 700)))
    started = time.monotonic()
    assert refused(bomb) == ["workbook_too_large"]
    assert time.monotonic() - started < 5


def test_a_locked_opendocument_file_is_named_as_such():
    assert refused(ods(ods_table(ods_row("a")), manifest="<manifest:encryption-data/>")) == ["protected"]


@pytest.mark.parametrize("kind", ["xlsx", "xls", "ods"])
def test_hidden_sheets_are_not_read_and_told(kind):
    assert noticed(hidden(kind, "甲")) == ["hidden_sheets"]
    assert table(hidden(kind, "甲"))[0] == ["甲", "b"]
    assert refused(hidden(kind, None)) == ["only_hidden_sheets"]


def hidden(kind, word):
    if kind == "ods":
        styles = (
            '<style:style style:name="ta2" style:family="table"><style:table-properties table:display="false"/>'
            "</style:style>"
        )
        shown = ods_table(ods_row(word, "b")) if word else ods_table()
        return ods(shown + ods_table(ods_row("secret"), name="S2", style="ta2"), styles)
    out = io.BytesIO()
    if kind == "xlsx":
        book = openpyxl.Workbook()
        if word:
            book.active.append([word, "b"])
        other = book.create_sheet("x")
        other["A1"] = "secret"
        other.sheet_state = "veryHidden"
    else:
        book = xlwt.Workbook()
        sheet = book.add_sheet("a")
        if word:
            sheet.write(0, 0, word)
            sheet.write(0, 1, "b")
        other = book.add_sheet("b")
        other.write(0, 0, "secret")
        other.visibility = 1
    book.save(out)
    return out.getvalue()


def test_macros_are_not_run_and_told():
    assert noticed(packed(xlsx(ROWS), {"xl/vbaProject.bin": b"\xd0\xcf\x11\xe0" * 100})) == ["macros_not_run"]


def test_links_to_other_files_are_not_followed_and_told():
    link = b'<externalLink xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"/>'
    content = packed(xlsx(ROWS), {"xl/externalLinks/externalLink1.xml": link})
    assert noticed(content) == ["links_not_followed"]
    assert table(content) == ROWS


def test_the_result_of_a_formula_is_read_and_told():
    def calculated(sheet):
        return sheet.replace(b"<f>1+1</f><v></v>", b"<f>1+1</f><v>2</v>").replace(
            b"<f>1+1</f><v />", b"<f>1+1</f><v>2</v>"
        )

    content = packed(xlsx([["a", "b"], ["=1+1", "x"]]), {"xl/worksheets/sheet1.xml": calculated})
    assert table(content) == [["a", "b"], ["2", "x"]]
    assert noticed(content) == ["formulas_as_calculated"]
    # openpyxl writes formulas that were never calculated.
    assert table(xlsx([["a", "b"], ["=1+1", "x"]])) == [["a", "b"], ["#VALUE!", "x"]]


def test_an_xls_formula_that_failed_is_no_blank_and_a_link_is_told():
    book = xlwt.Workbook()
    sheet = book.add_sheet("a")
    for place, cell in enumerate("ab"):
        sheet.write(0, place, cell)
    sheet.write(1, 0, xlwt.Formula("1/0"))
    sheet.write(1, 1, "x")
    out = io.BytesIO()
    book.save(out)
    assert noticed(out.getvalue()) == ["formulas_as_calculated"]


def test_a_packed_folder_is_no_table():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as package:
        package.writestr("answers.csv", "a,b\n1,2\n")
    assert refused(out.getvalue()) == ["packed_files"]


# --- what would fill the memory


def test_a_zip_bomb_is_refused_before_it_is_unpacked():
    bomb = packed(xlsx(ROWS), {"xl/media/image1.png": b"\0" * 50_000_000})
    assert len(bomb) < 100_000
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(workbooks, "MOST_UNPACKED", 40_000_000)
        assert refused(bomb) == ["workbook_too_large"]
    assert table(bomb) == ROWS


def test_a_sheet_without_an_end_to_its_text_is_refused():
    def long(sheet):
        return sheet.replace(b"</sheetData>", b" " * 5_000_000 + b"</sheetData>")

    assert refused(packed(xlsx(ROWS), {"xl/worksheets/sheet1.xml": long})) == ["workbook_too_large"]


def repeated(times, length, cell=b'<c r="A%d" t="s"><v>0</v></c>'):
    """Make a workbook in which many cells refer to one shared text."""
    cells = b"".join(b'<row r="%d">%b</row>' % (at, cell % at) for at in range(1, times + 1))

    def many(sheet):
        return re.sub(rb"<sheetData>.*</sheetData>", b"<sheetData>" + cells + b"</sheetData>", sheet, flags=re.DOTALL)

    space = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    shared = b'<sst xmlns="%b"><si><t>%b</t></si></sst>' % (space, b"x" * length)
    return packed(xlsx(ROWS), {"xl/worksheets/sheet1.xml": many, "xl/sharedStrings.xml": shared})


@pytest.mark.parametrize("cell", [b'<c r="A%d" t="s"><v>0</v></c>', b"<c r = 'A%d' t = 's' ><v >0</v></c>"])
def test_a_long_text_repeated_in_many_cells_is_refused(cell):
    # 30,000 characters in 20,000 cells are 600 MB in memory and a few kilobytes on disk.
    bomb = repeated(20_000, 30_000, cell)
    assert len(bomb) < 200_000
    started = time.monotonic()
    assert refused(bomb) == ["workbook_too_large"]
    assert time.monotonic() - started < 5
    assert table(repeated(3, 30_000, cell)) == [["x" * 30_000]] * 3


@pytest.mark.parametrize("place", ["ZZ99999", "XFD1048576", "CV100001"])
@pytest.mark.parametrize("written", [b"%b", b"rows without their places"])
def test_a_cell_far_from_the_others_is_refused(place, written):
    content = xlsx(ROWS, lambda book: book.active.__setitem__(place, "x"))
    if written != b"%b":
        content = packed(content, {"xl/worksheets/sheet1.xml": lambda sheet: re.sub(rb'<row r="\d+"', b"<row", sheet)})
    assert refused(content) == ["workbook_too_large"]


def test_two_thousand_columns_are_read():
    rows = [[f"q{at}" for at in range(2000)], *([str(at % 5) for at in range(2000)] for _ in range(20))]
    assert table(xlsx(rows)) == rows
    assert table(text(rows).encode()) == rows


def test_equal_cells_are_kept_once():
    records = table(text([["题目甲", "题目乙"], *(["一半以上的天数", "几乎每天"] for _ in range(100))]).encode())
    assert len({id(row[0]) for row in records[1:]}) == 1
    book = table(xlsx(records))
    assert len({id(row[0]) for row in book[1:]}) == 1


# --- whatever the bytes


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_a_workbook_with_changed_bytes_is_a_table_or_a_problem(data):
    whole = data.draw(st.sampled_from(WHOLE))
    content = bytearray(whole)
    for _ in range(data.draw(st.integers(1, 6))):
        content[data.draw(st.integers(8, len(content) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(8, len(content)))
    try:
        records = open_table("a", bytes(content[:cut])).records
    except InputError as error:
        said = error.message("zh")
    else:
        said = "a table"
        assert all(isinstance(cell, str) for record in records for cell in record)
    assert said


def _whole():
    book = xlwt.Workbook()
    sheet = book.add_sheet("a")
    for at, row in enumerate(ROWS * 5):
        for place, cell in enumerate(row):
            sheet.write(at, place, cell)
    out = io.BytesIO()
    book.save(out)
    return [out.getvalue(), xlsx(ROWS * 5), ods(ods_table(ods_row("a", "b"), ods_row("1", "2")))]


WHOLE = _whole()


def test_a_file_is_opened_once_for_all_platforms(monkeypatch):
    from wellbeing.importers import PLATFORMS, tables

    opened = []
    real = tables.open_table

    def counting(file, content):
        opened.append(file)
        return real(file, content)

    monkeypatch.setattr(tables, "open_table", counting)
    for content in (b"\xff\xff\x00", text(ROWS).encode()):
        opened.clear()
        source = source_of(content)
        assert not any(platform.recognises(source) for platform in PLATFORMS)
        assert len(opened) == 1
