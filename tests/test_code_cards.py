"""Code cards: the staff list with all its faults at once, cards without names, one key for all terms."""

import csv
import io
from functools import cache

import pypdfium2
import pytest
from pypdf import PdfReader

from wellbeing.cli import call
from wellbeing.code_cards import KEY_FILE, LIST_FILE, make_codes, read_staff, whose
from wellbeing.errors import InputError, UsageError
from wellbeing.keys import envelope
from wellbeing.keys.files import CodeKey
from wellbeing.pseudonyms import code_of, grouped

KEY = CodeKey("示例县", bytes(range(32)))
PASSPHRASE = "correct horse battery"


def staff_file(folder, text, encoding="utf-8"):
    path = folder / "staff.csv"
    path.write_bytes(text.encode(encoding))
    return path


LIST = "staff_id,school_id,name\n10017,S001,王小明\n10018,S001,李静\n20001,S002,张伟\n"


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (LIST, "utf-8"),
        (LIST, "utf-8-sig"),
        (LIST.replace("staff_id,school_id,name", "工号,学校代码,姓名"), "gb18030"),
        (LIST.replace(",", "\t"), "utf-8"),
        (LIST.replace("10017,", "１００１７ ,").replace("\n20001", "\n\n20001"), "utf-8"),
    ],
)
def test_a_staff_list_however_it_was_saved(tmp_path, text, encoding):
    staff = read_staff(staff_file(tmp_path, text, encoding))
    assert [(m.staff_id, m.school, m.number, m.name) for m in staff] == [
        ("10017", "S001", 1, "王小明"),
        ("10018", "S001", 2, "李静"),
        ("20001", "S002", 1, "张伟"),
    ]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", [("empty_file", None, None)]),
        ("staff_id,school_id\n", [("empty_file", None, None)]),
        ("name,age\n王,5\n", [("staff_column", 1, "staff_id"), ("staff_column", 1, "school_id")]),
        (
            "staff_id,school_id\n1,S001\n,S001\n1,\n" + "9" * 81 + ",S001\n",
            [
                ("empty_cell", 3, "staff_id"),
                ("empty_cell", 4, "school_id"),
                ("staff_id_again", 4, "staff_id"),
                ("staff_id_long", 5, "staff_id"),
            ],
        ),
        ("PK\x03\x04", [("staff_no_csv", None, None)]),
    ],
)
def test_every_fault_of_a_staff_list_at_once_and_never_a_name(tmp_path, text, found):
    with pytest.raises(InputError) as error:
        read_staff(staff_file(tmp_path, text))
    assert [(p.what, p.row, p.column) for p in error.value.problems] == found
    assert "王" not in error.value.message("zh")


def test_no_staff_list(tmp_path):
    with pytest.raises(UsageError) as error:
        read_staff(tmp_path / "gone.csv")
    assert error.value.key == "no_file"


@pytest.fixture
def quick(monkeypatch):
    monkeypatch.setattr(envelope, "lock", lambda content, passphrase: b"locked:" + passphrase.encode() + b":" + content)
    monkeypatch.setattr(envelope, "unlock", cache(lambda locked, passphrase, file: locked.split(b":", 2)[2]))


def test_cards_have_codes_and_schools_and_no_names(tmp_path, quick):
    staff = read_staff(staff_file(tmp_path, LIST))
    sheets = make_codes(staff, KEY, tmp_path / "codes", PASSPHRASE, "zh")
    assert [path.name for path in sheets] == ["cards_S001.pdf", "cards_S002.pdf"]
    texts = {}
    for path in sheets:
        texts[path.name] = "".join(page.extract_text() for page in PdfReader(path).pages)
        document = pypdfium2.PdfDocument(path)
        texts[path.name] += "".join(page.get_textpage().get_text_range() for page in document)
        for word in ("王", "李", "张", "10017", "10018", "20001"):
            assert word not in texts[path.name] + str(PdfReader(path).metadata)
    for member in staff:
        card = grouped(code_of(KEY.key, "示例县", member.staff_id))
        assert card in texts[f"cards_{member.school}.pdf"]
        assert card not in texts["cards_S002.pdf" if member.school == "S001" else "cards_S001.pdf"]
    assert "12356" in texts["cards_S001.pdf"]


def test_who_has_which_code_is_locked(tmp_path, quick):
    staff = read_staff(staff_file(tmp_path, LIST))
    make_codes(staff, KEY, tmp_path / "codes", PASSPHRASE, "zh")
    locked = (tmp_path / "codes" / LIST_FILE).read_bytes()
    assert locked.startswith(b"locked:" + PASSPHRASE.encode())
    rows = list(csv.DictReader(io.StringIO(envelope.unlock(locked, PASSPHRASE, "x").decode("utf-8"))))
    assert rows[0]["name"] == "王小明"
    assert rows[0]["code"] == grouped(code_of(KEY.key, "示例县", "10017"))


def test_whose_code_it_is(tmp_path):
    staff = read_staff(staff_file(tmp_path, LIST))
    assert whose(staff, KEY, code_of(KEY.key, "示例县", "10018")) == staff[1]
    assert whose(staff, KEY, code_of(KEY.key, "示例县", "99999")) is None


def test_the_command(tmp_path, monkeypatch, capfd, quick):
    monkeypatch.setenv("WELLBEING_LANG", "en")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("getpass.getpass", lambda prompt="", stream=None: PASSPHRASE)
    path = staff_file(tmp_path, LIST)
    out = tmp_path / "codes"
    assert call(["codes", str(path), "--out", str(out)]) == 0
    said = capfd.readouterr()
    assert "three school years" in said.out
    assert "王" not in said.out + said.err
    assert {file.name for file in out.iterdir()} == {KEY_FILE, LIST_FILE, "cards_S001.pdf", "cards_S002.pdf"}
    listed = (out / LIST_FILE).read_bytes()
    # Next term, one more person: everybody else keeps the code, though the first one changed schools.
    staff_file(tmp_path, LIST.replace("10017,S001", "10017,S002") + "20002,S002,赵敏\n")
    assert call(["codes", str(path), "--out", str(out)]) == 0

    def codes_in(locked):
        text = envelope.unlock(locked, PASSPHRASE, "x").decode("utf-8")
        return {row["staff_id"]: row["code"] for row in csv.DictReader(io.StringIO(text))}

    before, after = codes_in(listed), codes_in((out / LIST_FILE).read_bytes())
    assert {id_: after[id_] for id_ in before} == before
    assert len(set(after.values())) == 4
    capfd.readouterr()
    assert call(["codes", str(path), "--out", str(out), "--whose", after["20002"].lower()]) == 0
    assert "赵敏" in capfd.readouterr().out
    assert call(["codes", str(path), "--out", str(out), "--whose", "A-1"]) == 2
    assert call(["codes", str(path), "--out", str(tmp_path / "staff.csv")]) == 2


def test_in_the_workspace_of_the_analysis_it_says_that_this_does_not_belong_there(tmp_path, monkeypatch, capfd, quick):
    (tmp_path / "surveys").mkdir()
    (tmp_path / "surveys" / "county.yaml").write_text("name: {zh: 山县}\nbureau: {zh: 局}\n", encoding="utf-8")
    monkeypatch.setenv("WELLBEING_LANG", "en")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("getpass.getpass", lambda prompt="", stream=None: PASSPHRASE)
    assert call(["codes", str(staff_file(tmp_path, LIST)), "--out", "codes"]) == 0
    assert "counselling centre's machine" in capfd.readouterr().err
