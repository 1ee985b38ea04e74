"""What must never be silently wrong in a score: answers taken for others, files destroyed, keys that contradict."""

import csv
import os
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from wellbeing.cli import call
from wellbeing.errors import InputError, UsageError
from wellbeing.formulas import FormulaError, parse
from wellbeing.instruments import Answer, Text, definitions_folder, load_instrument
from wellbeing.instruments.cards import card
from wellbeing.library import check_definitions
from wellbeing.scoring import score, score_file
from wellbeing.surveys import Part
from wellbeing.yaml_files import read_yaml

GAD7 = [f"gad7_{n}" for n in range(1, 8)]
HEADER = ["school_id", "code", *GAD7]


def gad7(first):
    return pd.DataFrame({column: pd.Series([first if column == "gad7_1" else 0], dtype=object) for column in GAD7})


def table(path, rows, encoding="utf-8"):
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file).writerows(rows)
    return path


def found(work, *arguments):
    with pytest.raises(InputError) as caught:
        work(*arguments)
    return [(problem.what, problem.row, problem.column) for problem in caught.value.problems]


# --- answers ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "value",
    [
        pytest.param("②", id="circled: it may be the second answer, whose code is 1"),
        pytest.param("²", id="superscript"),
        pytest.param("٢", id="digit of another script"),
        pytest.param("0 2", id="two digits with a blank between"),
        pytest.param("1e0", id="exponent"),
        pytest.param(10**400, id="more than a float holds"),
        pytest.param(Decimal("1.0000000000000000000001"), id="a fraction that a float would lose"),
        pytest.param(Decimal("Infinity"), id="infinity"),
        pytest.param((1, [2]), id="no scalar, cannot be hashed"),
        pytest.param(np.bool_(True), id="truth"),
        pytest.param(b"1", id="bytes"),
    ],
)
def test_what_only_looks_like_a_code_is_named_with_its_place(value):
    assert found(score, gad7(value), "gad7") == [("not_a_code", 2, "gad7_1")]


@pytest.mark.parametrize(
    "value", ["2", "２", "2.0", "２．０", " 2 ", "\u30002", Decimal(2), np.uint8(2), "一半以上天数"]
)
def test_a_code_is_read_however_it_is_written(value):
    assert score(gad7(value), "gad7")["gad7_total"].tolist() == [2]


@pytest.mark.parametrize("dtype", ["datetime64[ns]", "boolean", "Int64", "string", "category", "float64", "object"])
def test_a_column_nobody_answered_is_missing_whatever_its_type(dtype):
    answers = pd.DataFrame(dict.fromkeys(GAD7, 1), index=range(3))
    answers["gad7_1"] = pd.Series([None] * 3, dtype=dtype)
    assert score(answers, "gad7")["gad7_total_answered"].tolist() == [6, 6, 6]


def test_two_digits_with_a_blank_between_are_no_number_where_numbers_are_the_answers():
    assert found(score, pd.DataFrame({"enps_1": ["1 0"]}), "enps") == [("not_a_code", 2, "enps_1")]


def test_a_number_between_uneven_codes_is_no_code():
    # Codes 0, 1, 2, 4: 3 lies within their ends and on their steps.
    phq2 = load_instrument("phq2")
    answers = (Answer(0, Text(en="a")), Answer(1, Text(en="b")), Answer(2, Text(en="c")), Answer(4, Text(en="d")))
    uneven = replace(phq2, items=tuple(replace(item, answers=answers) for item in phq2.items))
    assert score(pd.DataFrame({"phq2_1": [4, 2], "phq2_2": [0, 1]}), uneven)["phq2_total"].tolist() == [4, 3]
    assert found(score, pd.DataFrame({"phq2_1": [4, 3], "phq2_2": [0, 1]}), uneven) == [("not_a_code", 3, "phq2_1")]


def test_item_9_is_reported_where_it_was_answered_though_the_part_scores_only_phq8():
    phq9 = load_instrument("phq9")
    part = Part(phq9, (phq9.scale("phq8"),))
    answers = pd.DataFrame({f"phq9_{n}": [0, 0, 0] for n in range(1, 10)}, dtype="Int64")
    answers["phq9_9"] = pd.array([2, 0, None], dtype="Int64")
    scores = score(answers, part)
    assert scores["phq9_phq8"].tolist() == [0, 0, 0]
    assert scores["phq9_critical_9"].tolist() == ["yes", "no", "unanswered"]
    assert "phq9_critical_9" not in score(answers.drop(columns="phq9_9"), part)


def test_a_formula_that_leaves_its_range_scores_nobody():
    cantril = load_instrument("cantril")
    wrong = replace(cantril.scales[0], method="formula", formula="i1 * 2")
    answers = pd.DataFrame({"cantril_1": [1, 6]})
    assert found(score, answers, replace(cantril, scales=(wrong,))) == [("score_outside_range", None, "cantril_now")]


# --- files -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("link", [None, os.link, os.symlink])
def test_the_answers_are_never_overwritten_by_their_scores(tmp_path, link):
    path = table(tmp_path / "in.csv", [HEADER, ["S1", "A1", *"0000000"]])
    out = tmp_path / "folder" / ".." / "in.csv" if link is None else tmp_path / "other.csv"
    (tmp_path / "folder").mkdir()
    if link:
        try:
            link(path, out)
        except OSError:
            pytest.skip("this file system makes no such links")
    before = path.read_bytes()
    with pytest.raises(UsageError) as caught:
        score_file("gad7", path, out)
    assert caught.value.key == "out_is_input"
    assert path.read_bytes() == before


@pytest.mark.parametrize(("out", "key"), [("no/out.csv", "no_out_folder"), ("folder", "out_is_folder")])
def test_an_output_that_cannot_be_is_said_before_the_work(tmp_path, out, key):
    path = table(tmp_path / "in.csv", [HEADER, ["S1", "A1", *"0000000"]])
    (tmp_path / "folder").mkdir()
    with pytest.raises(UsageError) as caught:
        score_file("gad7", path, tmp_path / out)
    assert caught.value.key == key


def test_a_missing_file_and_a_folder_are_the_users_mistake(tmp_path, capsys):
    assert call(["score", "gad7", str(tmp_path / "no.csv"), "--out", str(tmp_path / "out.csv")]) == 2
    assert call(["score", "gad7", str(tmp_path), "--out", str(tmp_path / "out.csv")]) == 3
    assert "no.csv" in capsys.readouterr().err


@pytest.mark.parametrize("start", [b"PK\x03\x04", b"\xd0\xcf\x11\xe0"])
def test_a_spreadsheet_is_told_to_be_saved_as_csv(tmp_path, start):
    path = tmp_path / "in.xlsx"
    path.write_bytes(start + bytes(range(128)))
    assert found(score_file, "gad7", path, tmp_path / "out.csv") == [("csv_only", None, None)]


def test_a_file_without_header_does_not_put_the_first_answers_into_a_message(tmp_path):
    path = table(tmp_path / "in.csv", [["王小明", "王小明", *"3313331"], ["S1", "A1", *"0000000"]])
    with pytest.raises(InputError) as caught:
        score_file("gad7", path, tmp_path / "out.csv")
    assert {(problem.what, problem.column) for problem in caught.value.problems} == {
        ("missing_column", c) for c in GAD7
    }
    assert "王小明" not in caught.value.message("zh")


def test_columns_without_a_name_are_named_by_their_place(tmp_path):
    path = table(tmp_path / "in.csv", [["", "", *GAD7], ["S1", "A1", *"0000000"]])
    assert found(score_file, "gad7", path, tmp_path / "out.csv") == [
        ("column_without_name", 1, "1"),
        ("column_without_name", 1, "2"),
    ]


def test_a_last_respondent_who_answered_nothing_is_a_row_where_there_are_only_answers(tmp_path):
    path = table(tmp_path / "in.csv", [GAD7, [*"0000000"], [""] * 7])
    assert score_file("gad7", path, tmp_path / "out.csv") == 2
    assert (tmp_path / "out.csv").read_text(encoding="utf-8").splitlines()[-1].startswith("unscorable,,0,False")


def test_empty_cells_below_a_table_of_people_are_nobody(tmp_path):
    path = table(tmp_path / "in.csv", [HEADER, ["S1", "A1", *"0000000"], [""] * 9, [""] * 9])
    assert score_file("gad7", path, tmp_path / "out.csv") == 1


def test_the_command_says_that_a_file_looks_shifted(tmp_path, capsys):
    # 40 people coded 1 to 3, as a file that starts at 1 would be: every code exists, so only the look tells.
    rows = [["S1", f"A{n}", *(str(1 + (n + i) % 3) for i in range(7))] for n in range(40)]
    path = table(tmp_path / "in.csv", [HEADER, *rows])
    told = []
    score_file("gad7", path, tmp_path / "out.csv", tell=told.append)
    assert ("looks_shifted", "gad7_total") in [(sign.what, sign.column) for sign in told]
    assert call(["score", "gad7", str(path), "--out", str(tmp_path / "out.csv")]) == 0
    assert "gad7_total" in capsys.readouterr().err


# --- definitions -----------------------------------------------------------------------------------------------------


class Written(yaml.SafeDumper):
    """Writes everything out, without the aliases that a definition may not have."""

    def ignore_aliases(self, data):
        return True


def checked(tmp_path, change):
    """Give the problems of PHQ-2 (two items, one scale, codes 0 to 3) after a change to it."""
    folder = tmp_path / "surveys" / "instruments"
    folder.mkdir(parents=True)
    content = yaml.safe_load((definitions_folder() / "phq2.yaml").read_text(encoding="utf-8"))
    change(content)
    (folder / "phq2.yaml").write_text(
        yaml.dump(content, Dumper=Written, allow_unicode=True, sort_keys=False), encoding="utf-8"
    )
    problems = check_definitions(folder)
    for problem in problems:
        assert problem.file == "phq2.yaml"
        assert problem.line("zh")
        assert problem.line("en")
    return {problem.what for problem in problems}


def rename(content, name):
    content["scales"][0]["id"] = content["bands"][0]["scale"] = name
    content["examples"], content["attention"], content["severe"] = [], {}, {}


def add(content, **entries):
    content["scales"].append(content["scales"][0] | entries)


def answers(content):
    return content["response_sets"]["frequency"]


CRITICAL = {"at_least": 1, "meaning": {"en": "x"}}


@pytest.mark.parametrize(
    ("change", "what"),
    [
        pytest.param(lambda c: rename(c, "1"), "bad_name", id="a score named as an answer column"),
        pytest.param(lambda c: rename(c, "i1"), "bad_name", id="a score named as an item in formulas"),
        pytest.param(lambda c: rename(c, "../x"), "bad_name", id="a path as name"),
        pytest.param(lambda c: add(c, id="total_band"), "bad_name", id="a score over another's band"),
        pytest.param(lambda c: add(c, id="critical_1"), "bad_name", id="a score over a flag"),
        pytest.param(
            lambda c: c.update(variables=[{"name": "total", "formula": "i1"}]), "doubled_name", id="variable and scale"
        ),
        pytest.param(lambda c: c["bands"][0]["levels"][0].update(id="a b"), "bad_name", id="band with a blank"),
        pytest.param(
            lambda c: c.update(critical_items=[{"item": 1, **CRITICAL}, {"item": 1, **CRITICAL, "at_least": 2}]),
            "doubled_item",
            id="two thresholds for one flag, of which the last would count",
        ),
        pytest.param(lambda c: c["licence"].update(status=" "), "empty_entry", id="blank licence"),
        pytest.param(lambda c: c["licence"].update(source=""), "empty_entry", id="licence read nowhere"),
        pytest.param(lambda c: c.update(name={}), "empty_entry", id="no name"),
        pytest.param(lambda c: c.update(minutes=-1), "not_positive", id="less than no time"),
        pytest.param(lambda c: c.update(minutes=float("nan")), "definition_type", id="no number"),
        pytest.param(lambda c: c["scales"][0].update(range=[0, float("inf")]), "definition_type", id="endless range"),
        pytest.param(lambda c: c["items"][0].update(number=0), "bad_item_number", id="item 0"),
        pytest.param(lambda c: answers(c)[0].update(zh="3"), "label_is_number", id="label that is another's code"),
        pytest.param(lambda c: answers(c)[3].update(code=10**30), "code_too_large", id="huge code"),
        pytest.param(
            lambda c: c.update(number_sets={"n": {"min": 0, "max": 10**9}}), "code_too_large", id="endless numbers"
        ),
        pytest.param(
            lambda c: (answers(c)[3].update(code=4), c["items"][0].update(reverse=True)), "reverse_uneven", id="uneven"
        ),
        pytest.param(
            lambda c: (
                c.update(not_applicable={"none": {"en": "Several days"}}),
                c["items"][0].update(not_applicable=["none"]),
            ),
            "doubled_label",
            id="an answer that would be missing",
        ),
        pytest.param(lambda c: c.update(attention={"nothing": []}), "band_unknown_scale", id="attention to nothing"),
        pytest.param(lambda c: c.update(version="①.0.0"), "definition_version", id="version in odd digits"),
        pytest.param(
            lambda c: c["scales"][0].update(method="formula", formula="6 / 2"), "bad_formula", id="same for everybody"
        ),
        pytest.param(
            lambda c: c["scales"][0].update(method="formula", formula="-" * 1500 + "i1"), "bad_formula", id="deep"
        ),
        pytest.param(lambda c: c["examples"][0]["expect"].update(total=5.5), "example_differs", id="wrong example"),
        pytest.param(lambda c: c["examples"][0]["expect"].update(totl=1), "example_column", id="example of nothing"),
        pytest.param(lambda c: c["items"][1].update(reverse=True), "example_differs", id="a reverse key too many"),
    ],
)
def test_a_definition_that_would_score_silently_wrong_is_refused(tmp_path, change, what):
    assert what in checked(tmp_path, change)


def test_a_merge_key_is_refused_as_an_alias_is(tmp_path):
    path = tmp_path / "any.yaml"
    path.write_text("a: {<<: {reverse: true}, number: 1}\n", encoding="utf-8")
    assert found(read_yaml, path) == [("yaml_alias", 1, None)]


@pytest.mark.parametrize("formula", ["5", "1 > 0", "-" * 1500 + "i1", "i1" + " + i1" * 300, "[" * 90 + "i1" + "]" * 90])
def test_a_formula_without_names_or_too_deep_is_refused(formula):
    with pytest.raises(FormulaError):
        parse(formula)


def test_a_sum_of_all_items_of_the_longest_questionnaire_is_not_too_deep():
    parse(" + ".join(f"i{n}" for n in range(1, 91)))


def test_a_threshold_that_the_project_chose_is_shown_as_unconfirmed():
    lines = [line for line in card(load_instrument("scl90"), "zh").splitlines() if "第 59 题" in line]
    assert lines
    assert all("【未证实】" in line for line in lines)


# --- wording ---------------------------------------------------------------------------------------------------------


def worded(tmp_path, change, name="k10.zh.yaml"):
    folder = tmp_path / "surveys" / "instruments"
    folder.mkdir(parents=True)
    (folder / "k10.yaml").write_bytes((definitions_folder() / "k10.yaml").read_bytes())
    content = {
        "instrument": "k10",
        "lang": "zh",
        "source": "自拟",
        "answers": {
            "frequency": {code: f"选项{letter}" for code, letter in zip(range(1, 6), "甲乙丙丁戊", strict=True)}
        },
        "items": {number: f"第{number}题" for number in range(1, 11)},
    }
    change(content)
    (tmp_path / "wording").mkdir()
    (tmp_path / "wording" / name).write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    return [(problem.what, problem.file) for problem in check_definitions(folder)]


@pytest.mark.parametrize(
    ("change", "what"),
    [
        pytest.param(lambda c: c["answers"]["frequency"].update({5: "选项乙"}), "doubled_label", id="two codes"),
        pytest.param(lambda c: c["answers"]["frequency"].update({6: "选项己"}), "wording_unknown", id="one too many"),
        pytest.param(lambda c: c.update(instructions="Please answer"), "wording_language", id="instructions"),
        pytest.param(lambda c: c.update(itmes={1: "题"}), "definition_unknown", id="misspelt"),
    ],
)
def test_wording_by_which_an_answer_would_be_taken_for_another_is_refused(tmp_path, change, what):
    assert worded(tmp_path, change) == [(what, "k10.zh.yaml")]


@pytest.mark.parametrize("name", ["k10.fr.yaml", "k100.zh.yaml", "k10.zh.yml"])
def test_a_wording_file_that_nothing_reads_is_named(tmp_path, name):
    assert worded(tmp_path, lambda content: None, name) == [("wording_stray", name)]


def test_sound_wording_has_no_fault(tmp_path):
    assert worded(tmp_path, lambda content: None) == []


def test_labels_that_are_numbers_of_other_codes_are_refused(tmp_path):
    path = Path(tmp_path / "wording")
    path.mkdir()
    labels = {code: str(6 - code) for code in range(1, 6)}
    content = {"instrument": "k10", "lang": "en", "source": "own", "answers": {"frequency": labels}}
    content["items"] = dict.fromkeys(range(1, 11), "words")
    (path / "k10.en.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")
    folder = tmp_path / "surveys" / "instruments"
    folder.mkdir(parents=True)
    (folder / "k10.yaml").write_bytes((definitions_folder() / "k10.yaml").read_bytes())
    assert {problem.what for problem in check_definitions(folder)} == {"label_is_number"}
