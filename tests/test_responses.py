import json
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wellbeing.errors import FrozenError, InputError, UsageError
from wellbeing.missing import MISSING_KINDS, kinds_of
from wellbeing.responses import ImportRecord, Responses, canonical_code, consenting, frame_of, read_responses, store
from wellbeing.surveys import load_survey
from wellbeing.workspace import Workspace

SURVEY = load_survey(Workspace(Path(__file__).parents[1]), "screening")
WAVE = "2026-autumn"
MARK = "金丝雀"


@pytest.fixture
def workspace(tmp_path):
    (tmp_path / "surveys").mkdir()
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "roster.csv").write_text(
        "school_id,name,town,kind,rural,staff\nS001,甲校,镇,primary,yes,3\nS002,乙校,镇,primary,yes,50\n",
        encoding="utf-8",
    )
    return Workspace(tmp_path)


def responses_of(codes, school="S002", statistics=None, contact=None, **items):
    length = len(codes)
    columns = {
        "school_id": [school] * length,
        "code": list(codes),
        "consent_statistics": statistics or ["yes"] * length,
        "consent_contact": contact or ["yes"] * length,
    }
    columns |= {name: [value] * length for name, value in items.items()}
    return Responses(SURVEY.id, None, frame_of(columns, SURVEY, list(range(2, length + 2))))


def record_of(file="a.csv", digest="d1", rows=1):
    return ImportRecord(file, digest, "plain", rows, rows, 0, 2, (), {"题目": "phq9_1"}, 0)


def put(workspace, responses, file="a.csv", digest="d1"):
    return store(workspace, SURVEY, WAVE, responses, record_of(file, digest, len(responses.answers)))


def everything(workspace):
    return {path.relative_to(workspace.root): path.read_bytes() for path in workspace.root.rglob("*") if path.is_file()}


def test_what_is_stored_is_read_back(workspace):
    responses = responses_of(["AAAA1", None], phq9_1=3.0, cbi_1=75.0, seconds=312.5, submitted="2026-11-02T09:01:07")
    put(workspace, responses)
    read = read_responses(SURVEY, WAVE, workspace)
    assert (read.survey, read.wave) == ("screening", WAVE)
    pd.testing.assert_frame_equal(read.answers, responses.answers.reset_index(drop=True))
    assert read.answers["phq9_2"].isna().all()


CELLS = st.one_of(st.none(), st.sampled_from(["NA", "NULL", "nan", "0012", "A,B", 'a"b', "1e5", "甲\n乙"]))


@given(st.lists(st.tuples(CELLS, st.one_of(st.none(), st.sampled_from([0.0, 1.0, 2.0, 3.0]))), min_size=1, max_size=8))
@settings(max_examples=20, deadline=None)
def test_any_answers_come_back_as_they_were(tmp_path_factory, cells):
    root = tmp_path_factory.mktemp("county")
    (root / "surveys").mkdir()
    (root / "data").mkdir()
    (root / "data" / "roster.csv").write_text(
        "school_id,name,town,kind,rural,staff\nS002,乙校,镇,primary,yes,50\n", encoding="utf-8"
    )
    columns = {
        "school_id": ["S002"] * len(cells),
        "role": [word for word, _ in cells],
        "phq9_9": [number for _, number in cells],
    }
    answers = frame_of(columns, SURVEY, list(range(2, len(cells) + 2)))
    put(Workspace(root), Responses(SURVEY.id, None, answers))
    pd.testing.assert_frame_equal(read_responses(SURVEY, WAVE, Workspace(root)).answers, answers.reset_index(drop=True))


def test_another_file_adds_and_the_same_name_replaces(workspace):
    first = put(workspace, responses_of(["AAAA1", "AAAA2"]), "school_a.csv", "d1")
    second = put(workspace, responses_of(["BBBB1"]), "school_b.csv", "d2")
    assert (first.replaced, second.replaced, second.wave_rows) == (False, False, 3)
    third = put(workspace, responses_of(["AAAA2", "AAAA3", "AAAA4"], phq9_1=1.0), "school_a.csv", "d3")
    assert (third.replaced, third.files, third.wave_rows) == (True, ("school_a.csv", "school_b.csv"), 4)
    answers = read_responses(SURVEY, WAVE, workspace).answers
    assert answers["code"].tolist() == ["AAAA2", "AAAA3", "AAAA4", "BBBB1"]
    assert len(list((workspace.working("screening", WAVE) / "answers").iterdir())) == 2


def test_the_same_file_again_changes_nothing(workspace):
    put(workspace, responses_of(["AAAA1"]))
    before = everything(workspace)
    assert put(workspace, responses_of(["AAAA1"])).replaced
    assert everything(workspace) == before


def test_names_that_a_computer_holds_for_one_are_one_file(workspace):
    put(workspace, responses_of(["AAAA1"]), "Caf\u00e9.csv", "d1")
    assert put(workspace, responses_of(["AAAA1"]), "cafe\u0301.CSV", "d2").replaced


def test_the_import_says_whether_it_added_or_replaced(workspace):
    stored = put(workspace, responses_of(["AAAA1"]))
    assert "已加入" in record_of().lines(stored, "zh")[0]
    stored = put(workspace, responses_of(["AAAA1", "AAAA2"]))
    record = replace(
        record_of(rows=9), rows_kept=2, blank_rows=1, set_aside={"bad_code": 3}, duplicates=3, contact_without_code=1
    )
    said = record.lines(stored, "zh")
    assert "替换" in said[0]
    assert said[1] == "读入 9 行 = 采用 2 + 暂放 3 + 重复 3 + 空行 1。"
    assert len(said) == 4  # personal columns, nobody to reach


def test_rows_that_do_not_add_up_are_no_record():
    with pytest.raises(ValueError, match="accounted"):
        replace(record_of(rows=9), rows_kept=8)


KINDS = [*MISSING_KINDS, None]


@given(st.lists(st.tuples(st.sampled_from(KINDS), st.sampled_from(KINDS)), min_size=1, max_size=8))
@settings(max_examples=20, deadline=None)
def test_every_kind_of_missing_answer_comes_back(tmp_path_factory, kinds):
    root = tmp_path_factory.mktemp("county")
    (root / "surveys").mkdir()
    (root / "data").mkdir()
    (root / "data" / "roster.csv").write_text(
        "school_id,name,town,kind,rural,staff\nS002,乙校,镇,primary,yes,50\n", encoding="utf-8"
    )
    given_columns = {
        name: [1.0 if row[at] is None else None for row in kinds] for at, name in enumerate(("phq9_1", "phq9_9"))
    }
    responses = responses_of([None] * len(kinds))
    answers = responses.answers.assign(
        **{name: pd.Series(values, responses.answers.index, "float64") for name, values in given_columns.items()}
    )
    frame = kinds_of(answers[[item.column for item in SURVEY.items]])
    for at, name in enumerate(given_columns):
        frame[name] = pd.Categorical([row[at] for row in kinds], categories=list(MISSING_KINDS))
    put(Workspace(root), Responses(SURVEY.id, None, answers, frame))
    read = read_responses(SURVEY, WAVE, Workspace(root))
    for at, name in enumerate(given_columns):
        assert read.missing[name].astype(object).where(read.missing[name].notna(), None).tolist() == [
            row[at] for row in kinds
        ]
    assert set(read.missing["gad7_1"]) == {"not_answered"}


def test_answers_of_an_older_import_are_missing_because_not_answered(workspace):
    put(workspace, responses_of(["AAAA1"], phq9_1=0.0))
    register = workspace.raw("screening", WAVE) / "files.json"
    entry = json.loads(register.read_text(encoding="utf-8"))
    gone = entry["files"][0].pop("missing")
    register.write_text(json.dumps(entry), encoding="utf-8")
    (workspace.working("screening", WAVE) / "missing" / gone).unlink()
    missing = read_responses(SURVEY, WAVE, workspace).missing
    assert missing["phq9_1"].isna().all()
    assert missing["phq9_2"].tolist() == ["not_answered"]


def test_kinds_that_were_changed_by_hand_are_not_read(workspace):
    put(workspace, responses_of(["AAAA1"]))
    (path,) = (workspace.working("screening", WAVE) / "missing").iterdir()
    path.write_bytes(path.read_bytes() + b"0,phq9_1,refused\n")
    with pytest.raises(InputError) as caught:
        read_responses(SURVEY, WAVE, workspace)
    assert [problem.what for problem in caught.value.problems] == ["answers_changed"]


def test_kinds_go_with_the_respondents_who_consent():
    responses = responses_of(["AAAA1", "AAAA2"], statistics=["no", "yes"])
    kinds = responses.missing.assign(phq9_1=pd.Categorical(["refused", "not_asked"], categories=list(MISSING_KINDS)))
    kept, left_out = consenting(Responses("screening", None, responses.answers, kinds), "statistics")
    assert (kept.missing["phq9_1"].tolist(), left_out) == (["not_asked"], 1)


def test_the_record_holds_digest_mapping_and_counts_but_no_answer(workspace):
    put(workspace, responses_of(["AAAA1"], school="S001", phq9_1=3.0), f"{MARK}.csv")
    listing = json.loads((workspace.raw("screening", WAVE) / "files.json").read_text(encoding="utf-8"))
    (entry,) = listing["files"]
    assert (entry["sha256"], entry["mapping"], entry["rows_kept"]) == ("d1", {"题目": "phq9_1"}, 1)
    assert "AAAA1" not in json.dumps(listing)
    # A file that a person named after herself names nothing here.
    assert not any(MARK in path.name for path in workspace.root.rglob("*"))


def refused(workspace, responses, file="b.csv", digest="d2"):
    before = everything(workspace)
    with pytest.raises(InputError) as caught:
        put(workspace, responses, file, digest)
    assert everything(workspace) == before
    assert caught.value.message("zh")
    assert caught.value.message("en")
    return [(problem.what, problem.row, problem.column) for problem in caught.value.problems]


def test_a_code_in_two_files_is_refused_and_nothing_written(workspace):
    put(workspace, responses_of(["AAAA1", None, "AAAA3"]))
    found = refused(workspace, responses_of(["BBBB1", None, "AAAA3", "AAAA1"]))
    assert found == [("code_in_other_file", 4, "code")]


def test_answers_without_a_code_repeat_nobody(workspace):
    put(workspace, responses_of([None]))
    assert put(workspace, responses_of([None]), "b.csv", "d2").wave_rows == 2


def test_the_very_same_file_under_another_name_is_refused(workspace):
    put(workspace, responses_of([None, None]))
    assert refused(workspace, responses_of([None, None]), "copy.csv", "d1") == [("same_file_twice", None, None)]


def test_more_answers_than_staff_over_several_files(workspace):
    put(workspace, responses_of(["AAAA1", "AAAA2"], school="S001"))
    found = refused(workspace, responses_of(["BBBB1", "BBBB2"], school="S001"))
    assert found == [("more_answers_than_staff", None, "school_id")]
    put(workspace, responses_of(["BBBB1"], school="S001"), "b.csv", "d2")


def test_replacing_a_file_does_not_count_its_old_answers(workspace):
    put(workspace, responses_of(["AAAA1", "AAAA2"], school="S001"))
    assert put(workspace, responses_of(["AAAA1", "AAAA3", "AAAA4"], school="S001"), "a.csv", "d2").wave_rows == 3


def test_a_released_wave_is_frozen(workspace):
    put(workspace, responses_of(["AAAA1"]))
    workspace.released("screening", WAVE).mkdir(parents=True)
    before = everything(workspace)
    for file in ("a.csv", "b.csv"):
        with pytest.raises(FrozenError) as caught:
            put(workspace, responses_of(["BBBB1"]), file, "d2")
        assert "下一批次" in caught.value.message("zh")
        assert "next wave" in caught.value.message("en")
    assert everything(workspace) == before


def test_nothing_is_half_written(workspace, monkeypatch):
    put(workspace, responses_of(["AAAA1"]))
    real = os.replace
    before = everything(workspace)

    def fail(source, target):
        if Path(target).name == "files.json":
            raise OSError("no space left")
        real(source, target)

    monkeypatch.setattr(Path, "replace", lambda self, target: fail(self, target))
    with pytest.raises(UsageError) as caught:
        put(workspace, responses_of(["BBBB1", "BBBB2"]), "a.csv", "d2")
    assert caught.value.key == "cannot_write"
    assert everything(workspace) == before


def test_a_wave_without_answers(workspace):
    with pytest.raises(UsageError) as caught:
        read_responses(SURVEY, WAVE, workspace)
    assert WAVE in caught.value.message("zh")
    with pytest.raises(UsageError):
        read_responses(SURVEY, "../other", workspace)


def test_answers_that_are_gone_are_named(workspace):
    put(workspace, responses_of(["AAAA1"]))
    (path,) = (workspace.working("screening", WAVE) / "answers").iterdir()
    path.unlink()
    with pytest.raises(InputError, match=path.name):
        read_responses(SURVEY, WAVE, workspace)


def stored_answers(workspace):
    return sorted((workspace.working("screening", WAVE) / "answers").iterdir())


def test_answers_changed_after_the_import_are_not_read(workspace):
    # A spreadsheet program that opens and saves the file may turn 0012 into 12.
    put(workspace, responses_of(["AAAA1"], phq9_1=0.0))
    (path,) = stored_answers(workspace)
    path.write_bytes(path.read_bytes().replace(b"AAAA1", b"AAAA2"))
    with pytest.raises(InputError) as caught:
        read_responses(SURVEY, WAVE, workspace)
    assert [problem.what for problem in caught.value.problems] == ["answers_changed"]


def test_answers_that_are_gone_can_be_imported_again_one_file_after_the_other(workspace):
    put(workspace, responses_of(["AAAA1"]), "a.csv", "d1")
    put(workspace, responses_of(["BBBB1"]), "b.csv", "d2")
    for path in stored_answers(workspace):
        path.unlink()
    assert put(workspace, responses_of(["AAAA1"]), "a.csv", "d1").replaced
    with pytest.raises(InputError):
        read_responses(SURVEY, WAVE, workspace)
    put(workspace, responses_of(["BBBB1"]), "b.csv", "d2")
    assert read_responses(SURVEY, WAVE, workspace).answers["code"].tolist() == ["AAAA1", "BBBB1"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        '{"files": 3}',
        '{"files": [3]}',
        '{"files": [{"file": "a"}]}',
        '{"files": [{"file": "a", "sha256": "b", "answers": "../../x"}]}',
    ],
)
def test_a_broken_record_of_imports_is_named(workspace, text):
    put(workspace, responses_of(["AAAA1"]))
    register = workspace.raw("screening", WAVE) / "files.json"
    register.write_text(text, encoding="utf-8")
    assert refused(workspace, responses_of(["BBBB1"])) == [("register_broken", None, None)]
    with pytest.raises(InputError, match=r"files\.json"):
        read_responses(SURVEY, WAVE, workspace)


@pytest.mark.parametrize("zone", ["raw", "working"])
def test_a_workspace_that_cannot_be_written(workspace, zone):
    (workspace.root / "data" / zone).write_text("no folder", encoding="utf-8")
    before = everything(workspace)
    with pytest.raises(UsageError) as caught:
        put(workspace, responses_of(["AAAA1"]))
    assert caught.value.key == "cannot_write"
    assert everything(workspace) == before


def test_answers_without_a_code_in_two_files_are_found_by_their_time(workspace):
    timed = {"submitted": "2026-11-02T09:01:07", "phq9_1": 2.0}
    put(workspace, responses_of([None], **timed))
    assert refused(workspace, responses_of([None], **timed)) == [("row_in_other_file", 2, None)]
    put(workspace, responses_of([None], **timed | {"phq9_1": 1.0}), "b.csv", "d2")


def test_a_day_alone_tells_nobody_apart(workspace):
    dated = {"submitted": "2026-11-02T00:00:00"}
    put(workspace, responses_of([None], **dated))
    assert put(workspace, responses_of([None], **dated), "b.csv", "d2").wave_rows == 2


@pytest.mark.parametrize(("purpose", "codes"), [("statistics", ["AAAA1", "AAAA2"]), ("contact", ["AAAA1", "AAAA3"])])
def test_only_consent_for_the_purpose_counts(purpose, codes):
    responses = responses_of(
        ["AAAA1", "AAAA2", "AAAA3", "AAAA4"],
        statistics=["yes", "yes", "no", None],
        contact=["yes", None, "yes", "no"],
    )
    kept, left_out = consenting(responses, purpose)
    assert kept.answers["code"].tolist() == codes
    assert left_out == 2
    assert kept.answers.index.tolist() == responses.answers.index[responses.answers["code"].isin(codes)].tolist()


def test_no_answer_about_consent_is_no_consent():
    nobody = Responses(SURVEY.id, None, frame_of({"code": ["AAAA1"]}, SURVEY))
    assert consenting(nobody, "statistics")[1] == 1
    assert consenting(nobody, "contact")[1] == 1
    with pytest.raises(ValueError, match="statistics, contact"):
        consenting(nobody, "research")


@pytest.mark.parametrize("text", ["7q4k-2291-xm3t", " 7Q4K 2291 XM3T ", "７Ｑ４Ｋ–2291—XM3T", "7Q4K2291XM3T"])
def test_one_code_however_it_is_written(text):
    assert canonical_code(text) == "7Q4K2291XM3T"


@pytest.mark.parametrize("text", ["", "ABC", "王小明老师", "AB_CD", "A" * 33, "a@b.cn"])
def test_what_is_no_code(text):
    assert canonical_code(text) is None


def test_a_frame_holds_numbers_and_words_and_one_kind_of_missing():
    answers = frame_of({"phq9_1": [3, None], "sex": ["female", None]}, SURVEY)
    assert list(answers.columns) == list(SURVEY.columns)
    assert answers["phq9_1"].dtype == np.float64
    assert answers["code"].dtype == answers["sex"].dtype == "str"
    assert answers.isna().sum().to_dict()["phq9_1"] == 1
    assert answers["sex"].isna().tolist() == [False, True]
