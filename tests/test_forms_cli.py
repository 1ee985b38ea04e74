"""`wellbeing forms` as a user meets it: one file, one message, the reason where there is none."""

import re

import pytest

from wellbeing.cli import call
from wellbeing.exporters import EXPORTERS
from wellbeing.instruments import load_instrument
from wellbeing.workspace import unpack

ROSTER = (
    "school_id,name,town,kind,rural,staff\nS001,青云镇中心小学,青云镇,primary,yes,46\nS002,河东中学,河东,junior,no,90\n"
)


@pytest.fixture
def county(tmp_path, monkeypatch):
    workspace = unpack(tmp_path / "county")
    (workspace.root / "data" / "roster.csv").write_text(ROSTER, encoding="utf-8")
    monkeypatch.chdir(workspace.root)
    monkeypatch.delenv("WELLBEING_LANG", raising=False)
    return workspace


@pytest.mark.parametrize("exporter", EXPORTERS, ids=lambda exporter: exporter.name)
def test_every_form_is_written_with_what_its_user_must_know(county, capfd, exporter):
    out = county.root / f"form{exporter.ending}"
    assert call(["forms", "screening", "--to", exporter.name, "--out", str(out), "--lang", "zh,en"]) == 0
    assert out.stat().st_size > 1000
    said = capfd.readouterr().out
    assert str(out) in said
    # A further line for each: where it goes, and what it cannot carry.
    assert len(said.strip().splitlines()) >= 2
    assert ("只能有一种语言" in said) == (exporter.languages == 1)


def test_without_a_language_the_form_has_all_that_are_complete(county, capfd):
    assert call(["forms", "screening", "--to", "xlsform", "--out", "form.xlsx"]) == 0
    assert "语言 zh, en" in capfd.readouterr().out
    assert call(["forms", "screening", "--to", "redcap", "--out", "form.csv"]) == 0
    said = capfd.readouterr().out
    assert "语言 zh" in said
    assert "只能有一种语言" not in said


def test_messages_are_english_where_asked(county, capfd, monkeypatch):
    monkeypatch.setenv("WELLBEING_LANG", "en")
    assert call(["forms", "screening", "--to", "paper", "--out", "form.pdf", "--lang", "en"]) == 0
    said = capfd.readouterr().out
    assert "no school, sex, age band or role" in said
    assert not re.search(r"[\u4e00-\u9fff]", said)


def test_without_a_roster_the_school_is_typed_in_and_that_is_said(county, capfd):
    (county.root / "data" / "roster.csv").unlink()
    assert call(["forms", "screening", "--to", "redcap", "--out", "form.csv"]) == 0
    assert "data/roster.csv" in capfd.readouterr().out
    assert "青云镇中心小学" not in (county.root / "form.csv").read_text(encoding="utf-8")


def test_the_county_s_contacts_stand_on_the_last_page(county):
    path = county.surveys / "county.yaml"
    text = re.sub(r"(?m)^contacts:.*(\n[ -].*)*", "", path.read_text(encoding="utf-8"))
    path.write_text(text + "\ncontacts:\n- {zh: 县辅导中心值班电话, en: County centre}\n", encoding="utf-8")
    assert call(["forms", "screening", "--to", "wenjuanxing", "--out", "form.txt"]) == 0
    assert (county.root / "form.txt").read_text(encoding="utf-8").rstrip().endswith("县辅导中心值班电话[段落说明]")


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["screening", "--to", "word", "--out", "x"], 2, "xlsform"),
        (["screening", "--to", "xlsform"], 2, "--out"),
        (["screening", "--to", "xlsform", "--out", "x", "--lang", "de"], 2, "zh or en"),
        (["screening", "--to", "xlsform", "--out", "x", "--lang", ""], 2, "zh or en"),
        (["nothing", "--to", "xlsform", "--out", "x"], 2, "screening"),
        (["screening", "--to", "xlsform", "--out", "nowhere/x.xlsx"], 2, "nowhere"),
        (["screening", "--to", "xlsform", "--out", "data"], 2, "data"),
    ],
)
def test_a_wrong_call_is_said_in_one_message(county, monkeypatch, capfd, arguments, code, said):
    monkeypatch.setenv("WELLBEING_LANG", "en")
    assert call(["forms", *arguments]) == code
    output = capfd.readouterr()
    assert said in output.err
    assert "fault in the kit" not in output.err
    assert "Traceback" not in output.out + output.err


def test_an_instrument_without_wording_is_refused_until_its_wording_is_supplied(county, capfd):
    path = county.surveys / "screening.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("- {id: gad7, scales: [total]}", "- {id: k6, scales: [total]}"), encoding="utf-8")
    arguments = ["forms", "screening", "--to", "qualtrics", "--out", "form.txt", "--lang", "zh"]
    assert call(arguments) == 3
    assert "wording/k6.zh.yaml" in capfd.readouterr().err
    assert not (county.root / "form.txt").exists()
    words = (
        "instrument: k6\nlang: zh\nsource: 测试\nanswers:\n  frequency: {0: 从不, 1: 很少, 2: 有时, 3: 常常, 4: 总是}\n"
    )
    words += "items: {" + ", ".join(f"{n}: 第{n}题的文字" for n in range(1, 7)) + "}\n"
    (county.root / "wording").mkdir()
    (county.root / "wording" / "k6.zh.yaml").write_text(words, encoding="utf-8")
    # A new call of the command reads the definitions anew; here it is the same process.
    load_instrument.cache_clear()
    assert call(arguments) == 0
    assert "第6题的文字" in (county.root / "form.txt").read_text(encoding="utf-8")


def test_help_names_every_form(capfd):
    assert call(["forms", "--help"]) == 0
    said = re.sub(r"[\s│]", "", capfd.readouterr().out)
    assert all(exporter.name in said for exporter in EXPORTERS)
