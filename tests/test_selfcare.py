"""The self-care sheet for everybody: one page, where there is help, and nothing of anybody."""

import pypdfium2
import pytest

from wellbeing.cli import call
from wellbeing.instruments import Text
from wellbeing.worksheets.selfcare import selfcare_content, selfcare_sheet
from wellbeing.workspace import unpack


def words_of(pdf):
    document = pypdfium2.PdfDocument(pdf)
    return len(document), "".join(page.get_textpage().get_text_range() for page in document)


@pytest.mark.parametrize(("lang", "danger"), [("zh", "马上打 12356"), ("en", "Call 12356 at once")])
def test_it_is_one_page_that_says_where_help_is(lang, danger):
    contact = Text("县教师心理辅导室：0000-0000000", "The county's counselling room: 0000-0000000")
    pages, words = words_of(selfcare_sheet([contact], lang))
    assert pages == 1
    for wanted in (danger, "110", "120", "0000-0000000"):
        assert wanted in words


def test_both_languages_say_as_much():
    def counted(lang):
        content = selfcare_content([], lang)
        return [len(part["items"]) for part in (*content["parts"], content["help"])]

    assert counted("zh") == counted("en") == [4, 4, 3, 3, 3]


def test_the_command_writes_it_and_takes_nothing_of_a_platform(tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(unpack(tmp_path / "county").root)
    monkeypatch.delenv("WELLBEING_LANG", raising=False)
    out = tmp_path / "sheet.pdf"
    assert call(["forms", "selfcare", "--out", str(out)]) == 0
    assert "每人一份" in capfd.readouterr().out
    assert out.read_bytes() == selfcare_sheet([], "zh")
    assert call(["forms", "selfcare", "--to", "paper", "--out", str(out)]) == 2
    assert "不写 --to" in capfd.readouterr().err
    assert call(["forms", "selfcare", "--out", str(tmp_path / "nowhere" / "x.pdf")]) == 2
