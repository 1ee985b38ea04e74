"""A wave for research: what is read, what the codebook says, and files that come back with all that labels tell."""

import json
import math
import os
import shutil
import subprocess
from dataclasses import replace

import numpy as np
import openpyxl
import pandas as pd
import pyreadstat
import pytest

import wellbeing as wb
from releases import county_units, release_of, unit
from wellbeing.errors import UsageError
from wellbeing.missing import NOT_ASKED, REFUSED
from wellbeing.research_data.codebook import describe
from wellbeing.research_data.variables import BESIDE, MISSING_NUMBERS, numbered
from wellbeing.responses import ImportRecord, Responses, store
from wellbeing.surveys import load_survey
from wellbeing.texts import LANGUAGES
from wellbeing.workspace import unpack

WAVE = "2026-autumn"
#: PHQ-9 by hand: all ones is 9; the second leaves one item out, which the kit prorates; the third refuses two items.
ROWS = 40


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    workspace = unpack(tmp_path_factory.mktemp("research") / "county")
    workspace.roster.write_text("school_id,name,town,kind,rural,staff\nS001,一小,镇,primary,yes,60\n", encoding="utf-8")
    survey = load_survey(workspace, "screening")
    rows = []
    for place in range(ROWS):
        row = {item.column: float(min(item.codes)) for item in survey.items}
        row |= {f"phq9_{i}": 1.0 for i in range(1, 10)}
        row |= {
            "school_id": "S001",
            "code": f"CODE{place:04d}",
            "sex": "female",
            "age_band": "under_35",
            "role": "teacher",
        }
        row |= {"consent_statistics": "yes" if place < 36 else "no", "consent_contact": "no", "seconds": 300.0}
        rows.append(row | {"submitted": "2026-11-05T09:00:00", "lang": "zh"})
    rows[1]["phq9_3"] = math.nan
    for i in range(1, 10):
        rows[2][f"phq9_{i}"] = math.nan
    rows[3]["gad7_1"] = math.nan
    rows[4]["sex"] = None
    answers = pd.DataFrame(rows).reindex(columns=list(survey.columns))
    numbers = {item.column for item in survey.items} | {"seconds"}
    answers = answers.astype({name: "float64" if name in numbers else "str" for name in answers})
    kinds = Responses(survey.id, None, answers).missing.copy()
    kinds.loc[2, [f"phq9_{i}" for i in range(1, 10)]] = REFUSED
    kinds.loc[3, "gad7_1"] = NOT_ASKED
    record = ImportRecord(
        "a.csv", "a" * 64, "plain", ROWS + 6, ROWS, 1, 3, (), {}, 0, {"unknown_school": 2}, 3, unfinished=4, masked=5
    )
    store(workspace, survey, WAVE, Responses(survey.id, None, answers, kinds), record)
    return workspace


@pytest.fixture(scope="module")
def wave(workspace):
    return wb.read_wave("screening", WAVE, workspace)


def test_a_wave_comes_with_everything_in_one_line(wave):
    assert len(wave.frame) == 36
    assert wave.scores["phq9_total"].iloc[0] == 9.0
    assert math.isnan(wave.scores["phq9_total"].iloc[2])
    assert wave.scores["phq9_total_prorated"].iloc[1]
    assert list(wave.frame.columns) == [v.name for v in wave.variables] or set(wave.frame) == {
        v.name for v in wave.variables
    }
    assert not wave.quality.filter(like="code").size


def test_every_row_is_accounted_for(wave):
    flow = wave.flow.to_dict()
    assert flow == {
        "rows_read": 46, "blank_rows": 1, "repeated_rows": 3, "rows_set_aside": 2, "stored": 40, "no_consent": 4,
        "kept": 36, "unfinished": 4, "personal_columns_dropped": 3, "masked_in_texts": 5,
    }  # fmt: skip
    read, lost = flow["rows_read"], flow["blank_rows"] + flow["repeated_rows"] + flow["rows_set_aside"]
    assert read - lost == flow["stored"] == flow["kept"] + flow["no_consent"]


def test_missing_is_told_by_kind(wave):
    table = wave.missing_by_kind()
    assert table.loc["phq9_3"].to_dict() == {
        "answered": 34, "not_asked": 0, "not_answered": 1, "refused": 1, "not_applicable": 0, "unreadable": 0,
    }  # fmt: skip
    assert table.loc["gad7_1", "not_asked"] == 1


@pytest.mark.parametrize("lang", LANGUAGES)
def test_labels_stand_for_codes(wave, lang):
    labelled = wave.labelled(lang)
    item = wave.survey.items[0]
    wanted = {float(answer.code): answer.label.in_(lang) for answer in item.answers}
    assert labelled["phq9_1"].iloc[0] == wanted[1.0]
    assert labelled["phq9_1"].cat.ordered
    assert labelled["sex"].iloc[0] == {"zh": "女", "en": "Female"}[lang]
    assert pd.isna(labelled["sex"].iloc[4])


def test_there_is_no_such_variable(wave):
    with pytest.raises(UsageError):
        wave.variable("phq9_99")


def test_codes_become_numbers_without_a_clash():
    assert numbered({"1": None, "2": None, "dk": None, "na": None}) == {"1": 1, "2": 2, "dk": BESIDE, "na": BESIDE + 1}
    assert numbered({"female": None, "male": None}) == {"female": 1, "male": 2}
    assert numbered({"90": None, "91": None, "dk": None}) == {"90": 90, "91": 91, "dk": 92}
    assert numbered({"1": None, "01": None}) == {"1": 1, "01": 2}


def test_the_codebook_counts_what_is_there(wave):
    described = {one.variable.name: one for one in describe(wave)}
    item = described["phq9_3"]
    assert item.n == 34
    assert dict(item.counts) == {0.0: 0, 1.0: 34, 2.0: 0, 3.0: 0}
    assert sorted(item.missing) == [("not_answered", 1), ("refused", 1)]
    assert (item.mean, item.sd, item.low, item.high) == (1.0, 0.0, 1.0, 1.0)
    total = described["phq9_total"]
    assert total.n == 35
    assert total.missing == (("unscorable", 1),)
    assert dict(described["sex"].counts) == {"female": 35, "male": 0}
    assert not described["code"].counts


def test_the_codebook_is_a_page_and_a_workbook_in_the_working_zone(wave, workspace):
    page, book = wb.write_codebook(wave)
    assert page.parent == workspace.working("screening", WAVE) / "research"
    text = page.read_text(encoding="utf-8")
    for part in wave.survey.parts:
        assert part.instrument.digest in text
        assert part.instrument.version in text
    assert wave.survey.items[0].text.zh in text
    assert wave.survey.items[0].text.en in text
    assert "CODE0001" not in text  # no row of anybody
    sheets = openpyxl.load_workbook(book, read_only=True)
    rows = list(sheets.worksheets[0].iter_rows(values_only=True))
    at = {row[0]: row for row in rows}
    assert at["phq9_3"][6] == 34
    assert len(rows) == 1 + len(wave.variables)


@pytest.mark.parametrize("zone", ["data/released/x", "data/confidential", "reports/output"])
def test_rows_of_people_do_not_go_where_things_are_handed_out(wave, workspace, zone):
    for write in (lambda folder: wb.write_data(wave, "csv", folder), lambda folder: wb.write_codebook(wave, folder)):
        with pytest.raises(UsageError) as refused:
            write(workspace.root / zone)
        assert refused.value.key == "not_a_research_folder"


def test_spss_has_the_values_labels_and_kinds_of_missing(wave, tmp_path):
    (path,) = wb.write_data(wave, "sav", tmp_path)
    frame, meta = pyreadstat.read_sav(path, user_missing=True)
    assert frame["phq9_1"].iloc[0] == 1.0
    assert frame["phq9_3"].iloc[[1, 2]].tolist() == [MISSING_NUMBERS["not_answered"], MISSING_NUMBERS["refused"]]
    assert frame["gad7_1"].iloc[3] == MISSING_NUMBERS["not_asked"]
    assert frame["phq9_total"].iloc[2] == MISSING_NUMBERS["unscorable"]
    assert meta.variable_value_labels["phq9_1"][3.0] == wave.survey.items[0].answers[3].label.zh
    assert meta.column_names_to_labels["phq9_1"] == wave.survey.items[0].text.zh
    assert meta.variable_value_labels["phq9_3"][MISSING_NUMBERS["refused"]] == "拒绝回答"
    plain, _ = pyreadstat.read_sav(path)  # SPSS itself leaves user-missing out
    pd.testing.assert_series_equal(plain["phq9_3"], wave.answers["phq9_3"].reset_index(drop=True), check_names=False)
    assert plain["sex"].iloc[0] == 1
    assert meta.variable_value_labels["sex"] == {1.0: "女", 2.0: "男"}
    assert math.isnan(plain["phq9_total"].iloc[2])


def test_stata_has_them_too(wave, tmp_path):
    (path,) = wb.write_data(wave, "dta", tmp_path, "en")
    frame, meta = pyreadstat.read_dta(path, user_missing=True)
    assert frame["phq9_3"].iloc[1:3].tolist() == ["b", "c"]  # not_answered, refused
    assert frame["phq9_1"].iloc[0] == 1.0
    labels = meta.variable_value_labels["phq9_3"]
    assert labels["c"] == "refused"
    assert labels[1] == wave.survey.items[2].answers[1].label.en
    plain, _ = pyreadstat.read_dta(path)
    np.testing.assert_array_equal(plain["gad7_total"], wave.scores["gad7_total"])


def test_parquet_keeps_numbers_labels_and_reasons(wave, tmp_path):
    parquet = pytest.importorskip("pyarrow.parquet")
    (path,) = wb.write_data(wave, "parquet", tmp_path)
    table = parquet.read_table(path)
    assert table.schema.field("phq9_1").metadata[b"label"].decode() == wave.survey.items[0].text.zh
    frame = table.to_pandas()
    np.testing.assert_array_equal(frame["phq9_3"], wave.answers["phq9_3"])
    assert frame["phq9_3_missing"].iloc[2] == "refused"


def test_the_csv_package_describes_itself(wave, tmp_path):
    answers, package, script = wb.write_data(wave, "csv", tmp_path)
    told = json.loads(package.read_text(encoding="utf-8"))
    fields = {field["name"]: field for field in told["resources"][0]["schema"]["fields"]}
    frame = pd.read_csv(answers)
    assert list(frame) == list(fields)
    np.testing.assert_array_equal(frame["phq9_3"], wave.answers["phq9_3"])
    assert frame["phq9_3_missing"].iloc[2] == "refused"
    assert fields["phq9_1"]["categories"][0] == {"value": 0, "label": wave.survey.items[0].answers[0].label.zh}
    assert told["flow"]["no_consent"] == 4
    assert script.name == "read.R"


@pytest.mark.skipif(shutil.which("Rscript") is None, reason="no R on this machine")
def test_r_reads_the_package_with_its_labels(wave, tmp_path):
    _, _, script = wb.write_data(wave, "csv", tmp_path, "en")
    ask = (
        'source("read.R", encoding = "UTF-8"); stopifnot(nrow(answers) == 36, answers$phq9_1[1] == 1, '
        'is.na(answers$phq9_3[2]), levels(answers$sex)[1] == "Female", attr(answers$phq9_1, "labels")[[4]] == 3)'
    )
    subprocess.run(["Rscript", "-e", ask], cwd=script.parent, check=True, env=os.environ | {"LANG": "C.UTF-8"})


def test_another_format_is_refused_by_name(wave, tmp_path):
    with pytest.raises(UsageError) as refused:
        wb.write_data(wave, "docx", tmp_path)
    assert "sav" in str(refused.value)


def test_several_answers_become_a_column_each_and_texts_stay_behind(workspace, tmp_path):
    opinion = load_survey(workspace, "staff_opinion")
    several = next(question for question in opinion.own_questions if question.kind == "multiple")
    first, second = (option.code for option in several.options[:2])
    texts = [question.id for question in opinion.own_questions if question.kind == "text"]
    answers = pd.DataFrame({"school_id": ["S001"] * 3, "consent_statistics": ["yes"] * 3})
    answers[several.id] = [f"{first};{second}", first, None]
    for name in texts:
        answers[name] = "请不要写出来"
    answers = answers.reindex(columns=list(opinion.columns))
    numbers = {item.column for item in opinion.items} | {"seconds"}
    numbers |= {question.id for question in opinion.own_questions if question.kind == "number"}
    answers = answers.astype({name: "float64" if name in numbers else "str" for name in answers})
    record = ImportRecord("o.csv", "b" * 64, "plain", 3, 3, 0, 0, (), {}, 0)
    store(workspace, opinion, "2026", Responses(opinion.id, None, answers), record)
    wave = wb.read_wave("staff_opinion", "2026", workspace)
    (path,) = wb.write_data(wave, "sav", tmp_path)
    frame, meta = pyreadstat.read_sav(path, user_missing=True)
    chosen = sorted(frame[f"{several.id}__{second}"])
    assert chosen == [MISSING_NUMBERS["not_answered"], 0.0, 1.0]
    assert not {*texts} & {*frame}
    assert "请不要写出来" not in path.read_bytes().decode("utf-8", "ignore")
    assert several.options[0].label.zh in meta.column_names_to_labels[f"{several.id}__{first}"]


def test_public_use_takes_a_release_and_nothing_else(wave, tmp_path):
    release = release_of([unit("S001", 60), *county_units()])
    written = wb.write_public_use(release, tmp_path / "public")
    told = json.loads((tmp_path / "public" / "datapackage.json").read_text(encoding="utf-8"))
    assert told["release"] == release.digest
    assert {path.name for path in written} == {*release.files(), "datapackage.json"}
    for wrong in (wave, wave.frame, wave.scores, {"cells": release.cells}):
        with pytest.raises(TypeError):
            wb.write_public_use(wrong, tmp_path / "no")
    assert not (tmp_path / "no").exists()


def test_a_wave_without_answers_is_said(workspace):
    with pytest.raises(UsageError) as refused:
        wb.read_wave("screening", "2031-autumn", workspace)
    assert refused.value.key == "no_answers"


def test_nobody_at_all_can_be_described(wave):
    nobody = replace(
        wave,
        answers=wave.answers[:0], scores=wave.scores[:0], quality=wave.quality[:0], missing=wave.missing[:0],
    )  # fmt: skip
    assert all(one.n == 0 for one in describe(nobody))
