"""A planted mark is found in every carrier; what cannot be read is said; a finding never quotes what it found."""

import base64
import gzip
import io
import json
import os
import struct
import tarfile
import zipfile
import zlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wellbeing.cli import call
from wellbeing.scan import Needles, needles_of, scan_folder
from wellbeing.scan.readers import Reader
from wellbeing.workspace import Workspace

CODE, NAME = "7Q4K2291XM3T", "金丝雀小明"
SENTENCE = "校长总是在会上点名批评我一个人，我真的受不了"
NEEDLES = Needles(frozenset({("code", CODE), ("name", NAME)}), frozenset({SENTENCE}))


def kinds(folder: Path, needles: Needles = NEEDLES) -> set[str]:
    return {finding.kind for finding in scan_folder(folder, needles).findings}


def places(folder: Path, kind: str) -> set[str]:
    found = scan_folder(folder, NEEDLES).findings
    return {word for finding in found if finding.kind == kind for word, _ in finding.place}


def pdf(text: str = "", operators: str = "", extra: dict[str, object] | None = None) -> bytes:
    """A page with a line of text, by a writer that leaves no time and no name."""
    import pypdf
    from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject

    writer = pypdf.PdfWriter()
    writer.metadata = None
    page = writer.add_blank_page(200, 200)
    font = DictionaryObject(
        {
            NameObject(k): NameObject(v)
            for k, v in (("/Type", "/Font"), ("/Subtype", "/Type1"), ("/BaseFont", "/Helvetica"))
        }
    )
    page[NameObject("/Resources")] = DictionaryObject(
        {NameObject("/Font"): DictionaryObject({NameObject("/F1"): font})}
    )
    content = DecodedStreamObject()
    content.set_data(f"BT /F1 12 Tf 20 100 Td ({text}) Tj ET {operators}".encode("latin-1"))
    page[NameObject("/Contents")] = writer._add_object(content.flate_encode())
    out = io.BytesIO()
    for change in (extra or {}).values():
        change(writer, page)  # type: ignore[operator]
    writer.write(out)
    return out.getvalue()


def png(*chunks: tuple[bytes, bytes]) -> bytes:
    parts = [
        (b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)),
        *chunks,
        (b"IDAT", zlib.compress(b"\0\0")),
        (b"IEND", b""),
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in parts
    )


def zipped(*members: tuple[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            archive.writestr(zipfile.ZipInfo(name), data)
    return out.getvalue()


def test_clean_files_of_every_kind_have_no_finding(tmp_path):
    (tmp_path / "report.pdf").write_bytes(pdf("about 45"))
    (tmp_path / "figure.png").write_bytes(png())
    (tmp_path / "table.csv").write_text("unit,low\nS1,5\n", "utf-8")
    (tmp_path / "all.zip").write_bytes(zipped(("a.txt", "清楚".encode())))
    (tmp_path / "made.json").write_text(json.dumps({"sha256": "13912345678" * 5 + "abc", "day": "2026-11-20"}), "utf-8")
    result = scan_folder(tmp_path, NEEDLES)
    assert result.findings == ()
    assert result.files == 5


# PDF: content leak carriers of the privacy rules, 10.

WHITE = f"1 1 1 rg BT /F1 12 Tf 20 50 Td ({CODE}) Tj ET"
INVISIBLE = f"BT 3 Tr /F1 12 Tf 20 50 Td ({CODE}) Tj ET"
OFF_PAGE = f"BT /F1 12 Tf -900 -900 Td ({CODE}) Tj ET"
CLIPPED = f"q 0 0 1 1 re W n BT /F1 12 Tf 20 50 Td ({CODE}) Tj ET Q"
KERNED = "BT /F1 12 Tf 20 50 Td [(7Q4K) -20 (2291) -20 (XM3T)] TJ ET"


@pytest.mark.parametrize(
    "operators",
    [WHITE, INVISIBLE, OFF_PAGE, CLIPPED, KERNED],
    ids=["white", "invisible", "off the page", "clipped", "kerned"],
)
def test_text_that_is_not_seen(tmp_path, operators):
    (tmp_path / "a.pdf").write_bytes(pdf("about 45", operators))
    assert "code" in kinds(tmp_path)


def test_a_path_of_a_drawing_inside_a_string_is_read(tmp_path):
    # The reader leaves drawn paths out before it reads a page; a code among them must stay.
    (tmp_path / "a.pdf").write_bytes(
        pdf("about 45", f"1 2 m 3 4 l S BT /F1 9 Tf 20 50 Td (1 2 m {CODE} 3 4 l) Tj ET 5 6 l S")
    )
    assert "page" in places(tmp_path, "code")


@pytest.mark.parametrize(
    "operators",
    [
        f"% a comment\nBT /F1 9 Tf 9 9 Td ({CODE}) Tj ET",
        f"BT /F1 9 Tf 9 9 Td (((((({CODE})))))) Tj ET",
        f"BI /W 1 /H 1 /BPC 8 /CS /G ID x EI BT /F1 9 Tf 9 9 Td ({CODE}) Tj ET",
    ],
    ids=["a comment", "brackets", "a picture"],
)
def test_a_page_that_is_written_oddly_is_read_by_both_readers(operators):
    from wellbeing.scan.pdf import page_texts

    texts = [text for _, text in page_texts(pdf("about 45", operators))]
    assert len(texts) == 2
    assert all(CODE in text for text in texts)


def _info(writer, page):
    writer.add_metadata({"/Author": NAME})


def _attachment(writer, page):
    writer.add_attachment("data.csv", f"code\n{CODE}\n".encode())


def _annotation(writer, page):
    from pypdf.annotations import FreeText

    writer.add_annotation(0, FreeText(text=NAME, rect=(0, 0, 10, 10)))


def _form_value(writer, page):
    from pypdf.generic import ArrayObject, DictionaryObject, NameObject, TextStringObject

    field = DictionaryObject(
        {
            NameObject("/FT"): NameObject("/Tx"),
            NameObject("/T"): TextStringObject("q1"),
            NameObject("/V"): TextStringObject(CODE),
        }
    )
    form = DictionaryObject({NameObject("/Fields"): ArrayObject([writer._add_object(field)])})
    writer._root_object[NameObject("/AcroForm")] = writer._add_object(form)


def _xmp(writer, page):
    from pypdf.generic import DecodedStreamObject, NameObject

    stream = DecodedStreamObject()
    stream.set_data(f"<x:xmpmeta><dc:creator>{NAME}</dc:creator></x:xmpmeta>".encode())
    stream[NameObject("/Type")] = NameObject("/Metadata")
    writer._root_object[NameObject("/Metadata")] = writer._add_object(stream)


def _unused_stream(writer, page):
    from pypdf.generic import DecodedStreamObject

    stream = DecodedStreamObject()
    stream.set_data(f"BT ({CODE}) Tj ET".encode())
    writer._add_object(stream.flate_encode())


def _unused_string(writer, page):
    from pypdf.generic import DictionaryObject, NameObject, TextStringObject

    writer._add_object(DictionaryObject({NameObject("/Note"): TextStringObject(NAME)}))


@pytest.mark.parametrize("plant", [_info, _attachment, _annotation, _form_value, _xmp, _unused_stream, _unused_string])
def test_what_stands_beside_the_pages_of_a_pdf(tmp_path, plant):
    (tmp_path / "a.pdf").write_bytes(pdf("about 45", extra={"plant": plant}))
    assert {"code", "name"} & kinds(tmp_path)


def test_an_earlier_revision(tmp_path):
    import pypdf
    from pypdf.generic import DecodedStreamObject, NameObject

    reader = pypdf.PdfReader(io.BytesIO(pdf(CODE)))
    writer = pypdf.PdfWriter(reader, incremental=True)
    clean = DecodedStreamObject()
    clean.set_data(b"BT /F1 12 Tf 20 100 Td (about 45) Tj ET")
    writer.pages[0][NameObject("/Contents")] = writer._add_object(clean)
    out = io.BytesIO()
    writer.write(out)
    (tmp_path / "a.pdf").write_bytes(out.getvalue())
    assert CODE not in pypdf.PdfReader(io.BytesIO(out.getvalue())).pages[0].extract_text()
    assert {"code", "revision"} <= kinds(tmp_path)
    assert "revision" in places(tmp_path, "code")


def test_bytes_behind_the_end(tmp_path):
    (tmp_path / "a.pdf").write_bytes(pdf("about 45") + b"\n" + NAME.encode("utf-16-le"))
    assert {"name", "after_end"} <= kinds(tmp_path)


def test_a_pdf_that_cannot_be_read_is_said(tmp_path):
    import pypdf

    writer = pypdf.PdfWriter(io.BytesIO(pdf(CODE)))
    writer.encrypt("secret", algorithm="AES-256")
    writer.write(tmp_path / "locked.pdf")
    (tmp_path / "broken.pdf").write_bytes(b"%PDF-1.7\nnothing\n")
    result = scan_folder(tmp_path, NEEDLES)
    assert {finding.file for finding in result.findings if finding.kind == "unread"} == {"broken.pdf", "locked.pdf"}


def test_pages_that_were_searched_need_not_be_read_again(tmp_path):
    from wellbeing.scan.pdf import page_texts

    (tmp_path / "a.pdf").write_bytes(pdf("about 45"))
    (tmp_path / "note.txt").write_text("about 45", encoding="utf-8")
    (tmp_path / "broken.pdf").write_bytes(b"%PDF-1.7\nnothing\n")
    pages = scan_folder(tmp_path, NEEDLES).pages
    assert pages == {tmp_path / "a.pdf": list(page_texts(pdf("about 45")))}
    assert "about 45" in pages[tmp_path / "a.pdf"][0][1]


@pytest.mark.parametrize("last", [b"\r", b"\n", b"\r\n"], ids=["return", "newline", "both"])
@pytest.mark.parametrize("line_end", [b"", b"\n", b"\r\n"], ids=["none", "unix", "dos"])
def test_a_stream_whose_checksum_ends_like_a_line_is_whole(tmp_path, last, line_end):
    # One report of two hundred has such a stream: RFC 1950 ends it with its sum, and a PDF sets a line end behind it.
    words = (bytes([letter]) * count for letter in range(65, 91) for count in range(1, 300))
    packed = next(data for data in map(zlib.compress, words) if data.endswith(last))
    body = b"4 0 obj<</Length %d/Filter/FlateDecode>>stream\n" % len(packed) + packed + line_end + b"endstream endobj\n"
    whole = pdf("about 45")
    at = whole.rindex(b"startxref")
    (tmp_path / "a.pdf").write_bytes(whole[:at] + body + whole[at:])
    assert "unread" not in kinds(tmp_path)


def test_bytes_behind_a_packed_stream_are_read(tmp_path):
    whole = pdf("about 45")
    at = whole.rindex(b"startxref")
    hidden = zlib.compress(b"q Q") + NAME.encode()
    body = b"9 0 obj<</Filter/FlateDecode>>stream\n" + hidden + b"\nendstream endobj\n"
    (tmp_path / "a.pdf").write_bytes(whole[:at] + body + whole[at:])
    assert "name" in kinds(tmp_path)


# 11, 12, 14, 15: other carriers.

NOTEBOOK = {
    "nbformat": 4,
    "metadata": {"papermill": {"parameters": {"unit": "S1"}}},
    "cells": [{"cell_type": "code", "metadata": {}, "source": ["1 + 1"], "outputs": [{"text": ["2"]}]}],
}


def _notebook(**change):
    return json.dumps(NOTEBOOK | change, ensure_ascii=False).encode()


def _workbook():
    import openpyxl
    from openpyxl.comments import Comment
    from openpyxl.workbook.defined_name import DefinedName

    book = openpyxl.Workbook()
    book.active["A1"] = "about 45"
    hidden = book.create_sheet("working")
    hidden.sheet_state = "veryHidden"
    hidden["B2"] = CODE
    book.active["A1"].comment = Comment(NAME, "someone")
    book.defined_names["old"] = DefinedName("old", attr_text=f'"{CODE}"')
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _tar():
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        member = tarfile.TarInfo("a.txt")
        member.size = len(CODE)
        archive.addfile(member, io.BytesIO(CODE.encode()))
    return out.getvalue()


CARRIERS = {
    "text": CODE.encode(),
    "hyphens and small letters": b"code 7q4k-2291-xm3t",
    "full width": "７Ｑ４Ｋ２２９１ＸＭ３Ｔ".encode(),
    "UTF-16": NAME.encode("utf-16"),
    "GB18030": f"姓名：{NAME}，年级：五年级".encode("gb18030"),
    "invisible blanks": "7Q4K\u200b2291\u2060XM3T".encode(),
    "SVG comment": f"<svg><!-- {NAME} --><path d='M 1 2'/></svg>".encode(),
    "tags between": b"<r><t>7Q4K</t><t>2291</t><t>XM3T</t></r>",
    "HTML references": b"<p>&#37329;&#19997;&#38592;&#23567;&#26126;</p>",
    "JSON escapes": json.dumps({"a": NAME}).encode(),
    "an address": b"?name=%E9%87%91%E4%B8%9D%E9%9B%80%E5%B0%8F%E6%98%8E",
    "notebook parameters": _notebook(metadata={"papermill": {"parameters": {"code": CODE}}}),
    "notebook output": _notebook(cells=[{"outputs": [{"data": {"text/html": ["<td>7Q4K", "2291XM3T</td>"]}}]}]),
    "picture in a notebook": _notebook(
        cells=[
            {
                "outputs": [
                    {"data": {"image/png": base64.b64encode(png((b"tEXt", b"Comment\0" + CODE.encode()))).decode()}}
                ]
            }
        ]
    ),
    "YAML": f"a: {CODE}\n".encode(),
    "workbook": _workbook(),
    "PNG text": png((b"tEXt", b"Comment\0" + CODE.encode())),
    "packed PNG text": png((b"zTXt", b"Comment\0\0" + zlib.compress(CODE.encode()))),
    "international PNG text": png((b"iTXt", b"Comment\0\1\0zh\0\0" + zlib.compress(NAME.encode()))),
    "PNG's camera data": png((b"eXIf", b"MM\0*\0\0\0\x08" + CODE.encode())),
    "behind a picture": png() + CODE.encode(),
    "JPEG comment": b"\xff\xd8\xff\xfe\x00\x0e" + CODE.encode() + b"\xff\xda\x00\x02\0\0\xff\xd9",
    "archive": zipped(("a/b.txt", CODE.encode())),
    "archive in an archive": zipped(("inner.zip", zipped(("a.txt", CODE.encode())))),
    "name in an archive": zipped((f"{CODE}.txt", b"")),
    "gzip": gzip.compress(CODE.encode(), mtime=0),
    "tar": _tar(),
    "unknown bytes": b"\x00\x01\x02" + CODE.encode() + b"\xff\xfe",
}


@pytest.mark.parametrize("content", CARRIERS.values(), ids=CARRIERS.keys())
def test_a_mark_in_every_carrier(tmp_path, content):
    (tmp_path / "a.dat").write_bytes(content)
    result = scan_folder(tmp_path, NEEDLES)
    assert {"code", "name"} & {finding.kind for finding in result.findings}
    assert CODE not in repr(result)
    assert NAME not in repr(result)


#: So many that they are not looked for one by one.
MANY = Needles(
    NEEDLES.marks | {("code", f"{number:05}QWERTYU") for number in range(400)},
    NEEDLES.sentences | {f"第{number}个人写了另外一句很长的话，和别人的都不一样" for number in range(40)},
)


def test_among_many_needles_all_are_found_in_every_carrier(tmp_path):
    for number, content in enumerate(CARRIERS.values()):
        (tmp_path / f"{number}.dat").write_bytes(content)
    assert scan_folder(tmp_path, MANY).findings == scan_folder(tmp_path, NEEDLES).findings


@pytest.mark.parametrize("offset", [0, 1])
@pytest.mark.parametrize(
    ("text", "encoding", "kind"),
    [
        (SENTENCE, "utf-16-le", "sentence"),
        (SENTENCE, "gb18030", "sentence"),
        (SENTENCE, "utf-8", "sentence"),
        (NAME, "utf-16-le", "name"),
        ("７Ｑ４Ｋ２２９１ＸＭ３Ｔ", "utf-16-le", "code"),
        ("7q4k-2291-xm3t", "utf-16-be", "code"),
    ],
)
def test_a_needle_among_bytes_that_are_no_text(tmp_path, text, encoding, kind, offset):
    # As a font is; NUL keeps the bytes from being taken for text.
    noise = bytes(range(256)) * 8
    (tmp_path / "a.dat").write_bytes(noise + bytes(offset) + text.encode(encoding) + b"\0\0" + noise)
    assert kind in kinds(tmp_path, MANY)


def test_all_hiding_places_of_a_workbook(tmp_path):
    (tmp_path / "a.xlsx").write_bytes(_workbook())
    found = scan_folder(tmp_path, NEEDLES).findings
    assert len({finding.place for finding in found if finding.kind == "code"}) >= 2
    assert "name" in {finding.kind for finding in found}


def test_a_quotation_of_twelve_characters(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text(f"有人说“{SENTENCE[3:15]}”。", "utf-8")
    assert kinds(tmp_path) == {"sentence"}
    path.write_text(f"有人说“{SENTENCE[3:14]}”。", "utf-8")
    assert kinds(tmp_path) == set()


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("电话13900000001。", "number"),
        ("+86 139 0000 0001", "number"),
        ("139-0000-0001", "number"),
        # GB 11643's own example of a number with its check character
        ("11010519491231002X", "number"),
        ("a@example.org", "mail"),
        ("/home/someone/data", "path"),
        (r"C:\Users\someone", "path"),
        ('"C:\\\\Users\\\\someone"', "path"),
        ("2026-11-02T07:11:01", "time"),
        ("2026/11/2 7:11:01", "time"),
        ("D:20261102071101Z", "time"),
        ("20261102T071101", "time"),
    ],
)
def test_what_never_belongs_into_an_artefact(tmp_path, text, kind):
    (tmp_path / "a.txt").write_text(text, "utf-8")
    assert kinds(tmp_path, Needles()) == {kind}


@pytest.mark.parametrize(
    "text",
    [
        "0.13900000001",
        "139000000012",
        "Q 138 3188 2906 551",
        "110105194912310021",
        "2026-11-20T00:00:00Z",
        "D:20261120000000Z",
        "5d13900000001e",
        "1:2",
    ],
)
def test_what_only_looks_like_it(tmp_path, text):
    (tmp_path / "a.txt").write_text(text, "utf-8")
    assert kinds(tmp_path, Needles()) == set()


def test_names_of_files_and_folders(tmp_path):
    folder = tmp_path / NAME
    folder.mkdir()
    (folder / f"{CODE}.txt").write_text("x", "utf-8")
    result = scan_folder(tmp_path, NEEDLES)
    assert {(finding.file, finding.kind) for finding in result.findings} == {("#1", "name"), ("#1/#1", "code")}
    assert NAME not in repr(result)


@pytest.mark.parametrize("name", [".ipynb_checkpoints/a.txt", "__pycache__/a.txt", "a.tmp", ".DS_Store", "a~"])
def test_what_programs_leave_behind(tmp_path, name):
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("x", "utf-8")
    assert kinds(tmp_path) == {"hidden"}


@pytest.mark.parametrize(
    "content",
    [
        b"SQLite format 3\0" + bytes(20),
        b"\x00\x01\x02\x03",
        b"PK\x03\x04 cut off",
        b"\xff\xd8\xff\xe0",
        b"\x89PNG\r\n\x1a\n",
        b"\x1f\x8bnothing",
    ],
)
def test_what_cannot_be_read_is_said(tmp_path, content):
    (tmp_path / "a.csv").write_bytes(content)
    assert "unread" in kinds(tmp_path)


def test_archives_are_bounded(tmp_path):
    deep = b"x"
    for _ in range(12):
        deep = zipped(("a.zip", deep))
    (tmp_path / "deep.zip").write_bytes(deep)
    (tmp_path / "wide.zip").write_bytes(zipped(*((f"{number}.bin", bytes(200 * 2**20)) for number in range(3))))
    result = scan_folder(tmp_path, NEEDLES)
    assert {finding.file for finding in result.findings if finding.kind == "unread"} == {"deep.zip", "wide.zip"}


@pytest.mark.skipif(os.name != "posix", reason="making a link needs a right on Windows")
def test_a_link_is_not_followed(tmp_path):
    (tmp_path / "a").symlink_to("/etc/hostname")
    assert kinds(tmp_path) == {"link"}


def test_many_files_are_searched_like_few(tmp_path):
    for number in range(30):
        (tmp_path / f"{number:02}.txt").write_text(CODE if number == 17 else "about 45", "utf-8")
    result = scan_folder(tmp_path, NEEDLES)
    assert [(finding.file, finding.kind) for finding in result.findings] == [("17.txt", "code")]
    assert result.files == 30
    assert result.bytes == 29 * len("about 45") + len(CODE)


def test_needles_come_from_the_workspace(tmp_path):
    answers = tmp_path / "data" / "working" / "screening" / "2026-autumn" / "answers"
    answers.mkdir(parents=True)
    (tmp_path / "surveys").mkdir()
    lines = [
        "school_id,code,submitted,sex,phq9_1,comment",
        f"S1,{CODE},2026-11-02T07:11:01,female,1,{SENTENCE}",
        "S1,,,male,,",
    ]
    (answers / "a.csv").write_text("\n".join(lines) + "\n", "utf-8")
    needles = needles_of(Workspace(tmp_path), "screening", "2026-autumn")
    assert ("code", CODE) in needles.marks
    assert ("path", str(tmp_path.resolve())) in needles.marks
    assert needles.sentences == {SENTENCE}
    out = tmp_path / "reports"
    out.mkdir()
    (out / "a.txt").write_text(f"{CODE} {SENTENCE} {tmp_path.resolve()}", "utf-8")
    assert kinds(out, needles) >= {"code", "sentence", "path"}


def test_short_codes_count_as_whole_words_only(tmp_path):
    needles = Needles(frozenset({("code", "AB12")}))
    path = tmp_path / "a.txt"
    path.write_text("CAB123", "utf-8")
    assert kinds(tmp_path, needles) == set()
    path.write_text("code ab12.", "utf-8")
    assert kinds(tmp_path, needles) == {"code"}


def test_the_countys_own_contacts_may_stand_there(tmp_path):
    needles = Needles(allowed=("13900000001",))
    (tmp_path / "a.txt").write_text("心理中心 13900000001", "utf-8")
    assert kinds(tmp_path, needles) == set()


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(sorted(CARRIERS)), st.integers(0, 4000), st.integers(0, 255), st.booleans())
def test_damaged_files_are_read_or_said_never_an_error(carrier, at, byte, cut):
    content = bytearray(CARRIERS[carrier])
    at %= len(content)
    content[at] = byte
    for thing in Reader().read((), bytes(content[:at] if cut else content)):
        assert thing.place is not None


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.text("ABCDEFGHJKMNPQRSTVWXYZ0123456789", min_size=12, max_size=12), min_size=40, max_size=60, unique=True
    ),
    st.data(),
)
def test_many_codes_are_found_like_few(codes, data):
    needles = Needles(frozenset(("code", code) for code in codes))
    hidden = data.draw(st.sampled_from(codes))
    around = data.draw(st.text("xyz 0123456789", max_size=30))
    assert needles.kinds_in(f"{around}{hidden}{around}", raw=True) == {"code"}
    # Not one of them without its last place; an exclamation mark keeps the next text from completing it.
    assert needles.kinds_in(f"{hidden[:-1]}!{around}", raw=True) == set()


def test_the_command_refuses_and_quotes_nothing(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("WELLBEING_LANG", "en")
    clean = tmp_path / "clean"
    clean.mkdir()
    (clean / "a.txt").write_text("about 45", "utf-8")
    assert call(["scan", str(clean)]) == 0
    (clean / "b.txt").write_text("13900000001", "utf-8")
    assert call(["scan", str(clean)]) == 4
    out = capsys.readouterr().out
    assert "b.txt" in out
    assert "13900000001" not in out
    assert call(["scan", str(tmp_path / "nothing")]) == 2
