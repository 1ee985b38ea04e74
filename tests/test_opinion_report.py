"""What the opinion survey's reports say of made-up schools whose truth is planted, in words and on the page."""

import csv
import io

import pandas as pd
import pytest
from pypdf import PdfReader

from releases import build
from test_ledger_states import SCHOOLS, YEAR, everybody_answers, filled, opinion
from wellbeing import reports
from wellbeing.attack.ledgers import ledger_leaks
from wellbeing.attack.told import read_told
from wellbeing.disclosure.release import Release, with_files, write_release
from wellbeing.figures.released import open_release
from wellbeing.ledger import BURDEN_FILE, FILE, ROW_COLUMNS, ROWS_FILE, ledger_of
from wellbeing.ledger.build import build_ledger
from wellbeing.ledger.compare import question_bytes
from wellbeing.ledger.questions import FILE as QUESTIONS
from wellbeing.ledger.questions import questions_of
from wellbeing.measures import ROWS, load_measures
from wellbeing.opinion_statistics.importance import FILE as IMPORTANCE
from wellbeing.record_store import Records
from wellbeing.reports.opinion_priorities import matters
from wellbeing.reports.opinion_rows import chance_words, question_label, rows_in
from wellbeing.surveys import Roster
from wellbeing.workspace import Workspace, kit_root

TEMPLATES = kit_root() / "reports" / "templates"
#: The year before. Now S1 did everything and its staff say so, S2 did nothing, S3 says that it did and its staff say
#: that it did not; of S5 too few answered.
USUAL = dict.fromkeys(("S2", "S3", "S4", "G01", "county"), 0.66) | {"S1": 0.2, "S5": None}


@pytest.fixture(scope="module")
def measures():
    return load_measures(Workspace(kit_root()))


def _names(measures):
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(ROW_COLUMNS)
    for m in measures.measures:
        texts = [text for part in (m.name, m.obliges, m.figure) for text in (part.zh, part.en)]
        writer.writerow([m.row, "", *texts, m.told])
        writer.writerows([m.row, e.id, e.zh, e.en, "", "", "", "", m.told_of(e)] for e in m.evidence)
    return out.getvalue().encode("utf-8")


def whole(measures, release, last=None):
    """A release with the files that go with it."""
    names = {"school_names": {school: school for school in SCHOOLS}}
    parts = (release.units, release.cells, release.measures, release.policy)
    release = build(release.survey, release.wave, release.frozen, release.county | names, *parts)
    table = pd.DataFrame({"staff": list(SCHOOLS.values())}, index=pd.Index(SCHOOLS, name="school_id"))
    roster = Roster(table.assign(name=list(SCHOOLS), town="镇", kind="primary", rural=True, group=""))
    records = Records(YEAR, {s: filled(measures, staff, good=s != "S2") for s, staff in SCHOOLS.items()})
    inside = everybody_answers(measures)
    ledger = build_ledger(release, records, measures, roster, inside)
    burden = b"role,form,times,questions,minutes\nleader,staff_opinion,1,77,15.0\noffice,records,1,43,43.0\n"
    questions = question_bytes(release, measures, inside.inside, frozenset(), last)
    files = {FILE: ledger.to_bytes(), ROWS_FILE: _names(measures), BURDEN_FILE: burden, QUESTIONS: questions}
    return with_files(release, files)


@pytest.fixture(scope="module")
def release(measures):
    return whole(measures, opinion(measures), opinion(measures, USUAL))


@pytest.fixture(scope="module")
def statuses(tmp_path_factory):
    path = tmp_path_factory.mktemp("statuses") / "statuses.csv"
    units = {"S6": "G01", "S7": "G01", "S8": "G01"}
    # Not by their ids: the roster's order is kept, whatever it is.
    lines = [f"{s},{s},{units.get(s, s)},{'in_group' if s in units else 'done'}" for s in reversed(SCHOOLS)]
    path.write_text("\n".join(["school_id,name,unit,status", *lines]) + "\n", encoding="utf-8")
    return path


def test_the_answers_of_a_good_school_are_better_and_of_a_bad_one_worse(release):
    good, bad = (reports.opinion_content(release, unit, "zh") for unit in ("S1", "S2"))
    assert any("需求管理档案" in item or "谈心谈话" in item for item in good["better"]["items"])
    assert good["worse"]["items"] == bad["better"]["items"] == ["没有能说得准的。"]
    assert "沟通交流平台" in "".join(bad["worse"]["items"])
    # 95 of 100 inside a class of five among 50: from 45 of 50 up.
    whom = next(line for line in questions_of(release).to_dict("records") if line["measure"] == "op_3b_whom")
    assert (whom["unit"], whom["high"], whom["verdict"]) == ("S1", 1.0, "better")
    assert whom["low"] == pytest.approx(44 / 48, abs=0.04)


def test_better_is_what_the_ledger_calls_better(release):
    """The ledger judges a row by its first question; both must say the same of it."""
    rows = {(s["unit"], s["row"]): s["better"] for s in ledger_of(release).states.to_dict("records")}
    found = questions_of(release)
    for line in found[found["measure"].isin(["op_3b_whom", "op_8a_days", "op_i_real"])].to_dict("records"):
        if line["better"] == line["better"]:
            assert line["better"] == pytest.approx(rows[line["unit"], line["row"]], abs=0.0011)


def test_word_against_deed_is_told_where_it_differs_and_only_there(release):
    contents = {unit: reports.opinion_content(release, unit, "zh") for unit in ("S1", "S2", "S3")}
    assert {unit: content["glance"]["marked"] for unit, content in contents.items()} == {
        "S1": False,
        "S2": False,
        "S3": True,
    }
    assert "谈心谈话" in contents["S3"]["glance"]["against"]
    table = contents["S3"]["rows"]["table"]
    talks = table["rows"][ROWS.index("3c")]
    assert talks[-1] == "95%以上"
    assert chance_words(0.974, "en") == "95% or more"
    assert chance_words(0.03, "en") == "5% or less"
    assert chance_words(0.52, "en") == "about 50%"
    assert chance_words(float("nan"), "en") == "-"


@pytest.mark.parametrize("unit", ["S1", "S2", "S3", "S4", "S5", "G01"])
def test_three_things_are_chosen_that_a_school_can_change_not_met_first(release, unit):
    first = reports.first_table(release, unit, "zh")
    assert len(first) == 3
    # Pay, inspections, campus entries, screenings and supervision are not a school's alone to change.
    others = ["2", "13a", "13b", "9b", "II", "III"]
    assert not {load_measures(Workspace(kit_root())).measure(row).name.zh for row in others} & set(first.index)
    states = ledger_of(release).states
    of_unit = states[states["unit"].eq(unit)].set_index("row")["state"]
    if (of_unit.drop(others) == "not_met").sum() >= 3:
        assert set(first["状态"]) == {"未落实"}


@pytest.fixture(scope="module")
def weighed(release):
    """With what counts: talks much, exercise little, and nothing else is known."""
    lines = ["measure,importance,from,to", "op_3c_talk,0.40,0.35,0.45", "op_8a_days,0.05,0.00,0.10"]
    return with_files(release, {IMPORTANCE: "\n".join([*lines, ""]).encode()})


def test_what_is_much_needed_and_counts_much_comes_first(weighed, release, statuses):
    # S2 held no talks and its staff say so: much needed. The lines are the county's medians over both questions.
    bad, good = (matters(open_release(weighed), unit) for unit in ("S2", "S1"))
    assert bad.importance_line == pytest.approx((0.40 + 0.05) / 2)
    assert bad.points.set_index("question")["quadrant"]["op_3c_talk"] == "first"
    assert good.points.set_index("question")["quadrant"]["op_3c_talk"] == "keep"
    said = reports.opinion_content(weighed, "S2", "zh")["matters"]["items"]
    assert any(item.startswith("需要大、关系密切，先抓：") and "谈" in item for item in said)
    assert reports.first_table(weighed, "S2", "zh").index[0] == "谈心谈话"
    assert matters(open_release(release), "S2") is None
    for content in (reports.opinion_content(release, "S2", "zh"), reports.opinion_content(weighed, "S5", "zh")):
        assert content["matters"]["items"] == ["没有可以公布的结果。"]
    # Of the county no answer is a single school's: it is told by what is typical.
    assert len(reports.county_opinion(weighed, statuses, "zh")["matters"]["items"]) >= 1


def test_what_is_told_by_groups_only_is_nothing_to_begin_with(release):
    for unit in ("S1", "S4"):
        assert not {"仪式教育", "探访慰问", "女教职工关爱"} & set(reports.first_table(release, unit, "zh").index)


def test_every_school_gets_the_same_parts_and_rows_also_where_nothing_may_be_told(release):
    told, untold = (reports.opinion_content(release, unit, "zh") for unit in ("S1", "S5"))
    assert list(told) == list(untold)
    for content in (told, untold):
        assert [row[0].split(" ")[0] for row in content["rows"]["table"]["rows"]] == list(ROWS)
        assert len(content["answered"]["table"]["rows"]) == 3
    assert [fact["value"] for fact in untold["who"]["facts"]] == ["-", "-"]
    assert untold["better"]["items"] == untold["worse"]["items"] == ["没有能说得准的。"]
    assert set(reports.measures_table(release, "S5", "zh")["状态"][:9]) == {"无法判断"}


def test_a_change_is_named_where_the_classes_lie_apart(release, measures):
    change = questions_of(release).set_index(["unit", "measure"])["change"]
    # From two thirds to nearly nobody; and where nothing changed, nothing is said.
    assert change["S2", "op_3c_talk"] == "lower"
    assert change["S1", "op_3c_talk"] == "higher"
    assert change["S4", "op_3c_talk"] == "no_clear_change"
    assert "变差了" in "".join(reports.opinion_content(release, "S2", "zh")["change"]["items"])
    # So many that nobody would read them one by one: by measure, with how many questions of it.
    worse = reports.opinion_content(release, "S2", "zh")["change"]["items"][0]
    assert "沟通交流平台（4题）" in worse
    assert len(worse) < 300
    untouched = whole(measures, opinion(measures))
    assert set(questions_of(untouched)["change"]) == {""}
    assert "没有可以相比" in reports.opinion_content(untouched, "S2", "zh")["change"]["items"][0]


def test_between_another_question_and_this_one_no_change_is_told(measures):
    last = opinion(measures, USUAL)
    asked = last.measures
    asked.loc[asked["measure"].eq("op_3c_talk"), "digest"] = "1"
    other = build("staff_opinion", "2025", "2025-10-20", last.county, last.units, last.cells, asked, last.policy)
    found = questions_of(whole(measures, opinion(measures), other)).set_index(["unit", "measure"])["change"]
    assert found["S2", "op_3c_talk"] == ""
    assert found["S2", "op_3b_whom"] == "lower"


def test_on_the_page_a_changed_question_has_no_trend_and_the_reason_is_said(measures, tmp_path):
    last = opinion(measures, USUAL)
    asked = last.measures
    asked.loc[asked["measure"].eq("op_3c_talk"), "digest"] = "1"
    other = build("staff_opinion", "2025", "2025-10-20", last.county, last.units, last.cells, asked, last.policy)
    now = whole(measures, opinion(measures), other)
    pdf = reports.write_school_report(now, "S2", "zh", tmp_path, TEMPLATES, other)
    text = "".join("".join(page.extract_text().split()) for page in PdfReader(pdf).pages)
    changed = text.partition("和去年比有什么变化？")[2].partition("哪些事最要紧")[0]
    worse = changed.partition("变差了：")[2].partition("。")[0]
    # From two thirds to nearly nobody in every question; but of talks something else was asked last year.
    assert worse.count("、") > 5
    assert "题目和去年不同，不能比较：" in changed
    named = changed.partition("题目和去年不同，不能比较：")[2].partition("。")[0]
    talk = next(line for line in rows_in(open_release(now)).questions["S2"] if line["measure"] == "op_3c_talk")
    label = question_label(open_release(now), rows_in(open_release(now)), talk, "zh")
    assert named == "".join(label.split())
    assert named not in worse


def test_what_was_said_last_year_stands_beside_what_is_said_now(measures, release):
    before = whole(measures, opinion(measures, USUAL))
    said = reports.opinion_content(release, "S2", "zh", before)["answered"]["table"]["rows"]
    assert all("下降" in row[2] or "没有明显变化" in row[2] or row[2] == "-" for row in said)
    # What was done the school writes in itself.
    assert [row[3] for row in said] == ["", "", ""]


@pytest.mark.parametrize(("lang", "words"), [("zh", "未经检验"), ("en", "not validated")])
def test_own_questions_are_marked_as_not_validated_wherever_they_are_shown(release, statuses, lang, words):
    school, county = reports.opinion_content(release, "S1", lang), reports.county_opinion(release, statuses, lang)
    for table in (school["rows"]["table"], county["rows"]["table"]):
        assert words in table["header"][3]
    assert words in school["needs"]["sentence"]
    assert words in school["answered"]["changed"]
    for sentence in (school["compared"], county["questions"]["sentence"]):
        assert {"zh": "没有经过", "en": "not validated"}[lang] in sentence


def test_the_county_sees_every_school_and_row_in_the_rosters_order(release, statuses):
    matrix = reports.county_opinion(release, statuses, "zh")["matrix"]
    assert [row["names"][0] for row in matrix["rows"]] == list(reversed(SCHOOLS))
    assert matrix["ids"] == list(ROWS)
    states = {row["names"][0]: row["states"] for row in matrix["rows"]}
    assert all(len(row) == len(ROWS) for row in states.values())
    # The schools of a group share its states.
    assert states["S6"] == states["S7"] == states["S8"]
    assert states["S2"][ROWS.index("3c")] == "not_met"
    assert states["S1"][ROWS.index("3c")] == "met"


def test_rows_of_concern_name_schools_that_do_well_and_never_those_that_do_not(release, statuses):
    concern = reports.county_opinion(release, statuses, "zh")["concern"]["table"]["rows"]
    talks = next(row for row in concern if row[0].startswith("3c "))
    assert talks[2] == "2"  # S2 and S3
    assert "S2" not in talks[4]
    assert "S3" not in talks[4]
    assert "S1" in talks[4]


def test_the_county_names_where_word_and_deed_differ(release, statuses):
    against = reports.county_opinion(release, statuses, "zh")["against"]["items"]
    talks = next(item for item in against if item.startswith("谈心谈话："))
    assert "S3" in talks
    assert not {"S1", "S2"} & set(talks.removeprefix("谈心谈话：").split("、"))


@pytest.mark.parametrize(("unit", "lang"), [("S3", "zh"), ("S5", "en")])
def test_a_school_gets_two_to_four_pages(release, unit, lang, tmp_path):
    pdf = reports.write_school_report(release, unit, lang, tmp_path, TEMPLATES).read_bytes()
    assert 2 <= len(PdfReader(io.BytesIO(pdf)).pages) <= 4


def test_the_county_gets_a_page_to_sign(release, statuses, tmp_path):
    pdf = reports.write_county_report(release, statuses, "zh", tmp_path, TEMPLATES).read_bytes()
    last = "".join(PdfReader(io.BytesIO(pdf)).pages[-1].extract_text().split())
    assert "签发页" in last
    assert release.digest[:12] in last


def test_the_attack_finds_a_range_beside_a_release_that_is_narrower_than_a_class(release, tmp_path):
    folder = tmp_path / "staff_opinion" / "2026"
    write_release(release, folder)
    assert list(ledger_leaks(read_told(folder))) == []
    lines = list(csv.DictReader(io.StringIO((folder / QUESTIONS).read_text(encoding="utf-8"))))
    lines[0] |= {"low": "0.500", "high": "0.520"}
    with (folder / QUESTIONS).open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, lines[0])
        table.writeheader()
        table.writerows(lines)
    # About 50 answered: two hundredths of at most 52 leave two counts.
    assert [(leak.unit, leak.values) for leak in ledger_leaks(read_told(folder))] == [(lines[0]["unit"], 2)]  # noqa: PD011


def test_nothing_but_a_release_is_drawn(release):
    class Alike(dict):
        pass

    for write in (reports.write_opinion_report, reports.opinion_content, reports.measures_table, reports.first_table):
        with pytest.raises(TypeError):
            write(Alike(), "S1")
    assert isinstance(release, Release)
