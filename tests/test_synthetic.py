"""The made-up county has the properties it promises; figures from the publications that its model names."""

import hashlib
import re

import numpy as np
import openpyxl
import pandas as pd
import pytest
import xlwt
from hypothesis import given, settings
from hypothesis import strategies as st

from wellbeing.importers import import_file
from wellbeing.reliability import cronbach_alpha
from wellbeing.scoring import score_survey
from wellbeing.surveys import KINDS, PERSON_COLUMNS, read_roster
from wellbeing.synthetic import export_rows, make_county, write_rows
from wellbeing.synthetic.places import make_schools

SPRING, AUTUMN = "2026-spring", "2026-autumn"
NHANES = [0.396, 0.350, 0.640, 0.767, 0.390, 0.237, 0.253, 0.153]


@pytest.fixture(scope="module")
def county(tmp_path_factory):
    return make_county(tmp_path_factory.mktemp("county"))


@pytest.fixture(scope="module")
def scores(county):
    return {wave: score_survey(county.survey, answers) for wave, answers in county.answers.items()}


@pytest.fixture(scope="module")
def canary(tmp_path_factory):
    return make_county(tmp_path_factory.mktemp("canary"), schools=3, canary=True)


def person(county, code, wave=AUTUMN):
    answers = county.answers[wave]
    return answers[answers["code"] == code].squeeze()


def phq9(answers):
    return [answers[f"phq9_{i}"] for i in range(1, 10)]


# schools


def test_sixty_schools_as_the_benchmark_county_has_them(county):
    staff = county.roster["staff"]
    assert len(staff) == 60
    assert staff.min() >= 8
    assert staff.max() <= 250
    assert staff.median() == pytest.approx(45, abs=3)
    assert county.roster["rural"].mean() > 0.7


@pytest.mark.parametrize("count", [1, 3, 9, 12, 61, 600])
def test_any_number_of_schools(count):
    schools = make_schools(count, np.random.default_rng(count))
    assert len(schools) == count
    assert schools["name"].is_unique
    assert set(schools["kind"]) <= set(KINDS)
    # Neighbouring townships follow each other: rule R2 takes the roster's order for neighbourhood.
    assert schools["town"].ne(schools["town"].shift()).sum() == schools["town"].nunique()


def test_three_schools_are_big_enough_for_reports(canary):
    counts = canary.answers[AUTUMN]["school_id"].value_counts()
    assert len(counts) == 3
    assert counts.min() >= 20
    assert (counts / canary.roster["staff"]).min() >= 0.5


def test_small_schools_share_townships_and_kinds(county):
    small = county.roster[county.roster["staff"] < 34]
    assert (small.groupby(["town", "kind"]).size() >= 3).any()
    assert (small.groupby("town").size() < 3).any()


def test_the_roster_can_be_read(county):
    schools = read_roster(county.folder / "data" / "roster.csv").schools
    assert schools["staff"].to_dict() == county.roster["staff"].to_dict()


def test_response(county):
    for answers in county.answers.values():
        response = answers["school_id"].value_counts() / county.roster["staff"]
        assert response.max() <= 1
        assert response.mean() == pytest.approx(0.75, abs=0.03)
        assert response.std() == pytest.approx(0.10, abs=0.03)
        assert 2 <= (response < 0.5).sum() <= 5


# answers


def test_depression(county, scores):
    total = scores[AUTUMN]["phq9_total"].dropna()
    assert total.mean() == pytest.approx(6.0, abs=0.5)
    assert total.std() == pytest.approx(4.8, abs=0.5)
    # 56.9 % of 1,096 Chinese teachers scored above 4.
    assert (total > 4).mean() == pytest.approx(0.569, abs=0.06)
    items = county.answers[AUTUMN].filter(regex=r"^phq9_\d$")
    assert cronbach_alpha(items) == pytest.approx(0.86, abs=0.02)
    # 2.8 % of 18,521 Chinese teachers reported self-harm or suicidal thoughts.
    assert (items["phq9_9"].dropna() > 0).mean() == pytest.approx(0.028, abs=0.012)
    # NHANES tells the items apart.
    assert np.corrcoef(items.mean().iloc[:8], NHANES)[0, 1] > 0.98


def test_anxiety(county, scores):
    total = scores[AUTUMN]["gad7_total"].dropna()
    assert (total >= 10).mean() == pytest.approx(0.177, abs=0.03)
    assert cronbach_alpha(county.answers[AUTUMN].filter(regex=r"^gad7_")) == pytest.approx(0.90, abs=0.02)


def test_wellbeing(county, scores):
    assert scores[AUTUMN]["who5_total"].mean() == pytest.approx(51, abs=2)
    assert cronbach_alpha(county.answers[AUTUMN].filter(regex=r"^who5_")) == pytest.approx(0.85, abs=0.03)
    means = county.answers[AUTUMN].filter(regex=r"^who5_").mean()
    assert means.tolist() == pytest.approx([2.80, 2.54, 2.56, 2.37, 2.47], abs=0.12)


@pytest.mark.parametrize(
    ("scale", "mean", "sd", "alpha", "items"),
    [("personal", 41.3, 18.7, 0.906, range(1, 7)), ("work", 41.2, 15.9, 0.765, range(7, 14))],
)
def test_burnout(county, scores, scale, mean, sd, alpha, items):
    points = scores[AUTUMN][f"cbi_{scale}"].dropna()
    assert points.mean() == pytest.approx(mean, abs=1.5)
    assert points.std() == pytest.approx(sd, abs=1.2)
    keyed = county.answers[AUTUMN][[f"cbi_{i}" for i in items]].copy()
    if scale == "work":
        keyed["cbi_13"] = 100 - keyed["cbi_13"]
    assert cronbach_alpha(keyed) == pytest.approx(alpha, abs=0.03)


@pytest.mark.parametrize(
    ("one", "other", "r"),
    [
        ("phq9_total", "gad7_total", 0.70),
        ("phq9_total", "who5_total", -0.60),
        ("phq9_total", "cbi_personal", 0.55),
        ("phq9_total", "cbi_work", 0.50),
    ],
)
def test_correlations(scores, one, other, r):
    assert scores[AUTUMN][one].corr(scores[AUTUMN][other]) == pytest.approx(r, abs=0.05)


def intraclass(scores, school):
    """ICC(1) by one-way analysis of variance with groups of unequal size."""
    groups = scores.groupby(school)
    n, k, sizes = len(scores), groups.ngroups, groups.size()
    within = ((scores - groups.transform("mean")) ** 2).sum() / (n - k)
    between = (sizes * (groups.mean() - scores.mean()) ** 2).sum() / (k - 1)
    size = (n - (sizes**2).sum() / n) / (k - 1)
    return (between - within) / (between + (size - 1) * within)


def test_schools_differ_as_icc_02(county, scores):
    found = []
    for wave, answers in county.answers.items():
        others = answers["school_id"] != county.planted.raised_school
        for measure in ("phq9_total", "gad7_total", "who5_total", "cbi_personal", "cbi_work"):
            points = scores[wave].loc[others, measure].dropna()
            found.append(intraclass(points, answers.loc[points.index, "school_id"]))
    # A little less than the states' .02, as a score holds noise.
    assert np.mean(found) == pytest.approx(0.017, abs=0.010)


def test_missing_and_broken_off(county):
    items = county.answers[AUTUMN][[item.column for item in county.survey.items]].isna()
    broken = items.iloc[:, -3:].all(axis=1)
    assert items[~broken].to_numpy().mean() == pytest.approx(0.015, abs=0.002)
    assert 0.005 < broken.mean() < 0.02


def test_consent(county):
    answers = county.answers[AUTUMN]
    assert 0.01 < (answers["consent_statistics"] == "no").mean() < 0.04
    refused = answers["consent_contact"] == "no"
    assert refused.mean() == pytest.approx(0.30, abs=0.04)
    assert answers.loc[refused, "code"].isna().all()
    assert 0 < answers.loc[~refused, "code"].isna().mean() < 0.03


def test_two_terms(county, scores):
    before, now = county.answers[SPRING], county.answers[AUTUMN]
    both = set(before["code"].dropna()) & set(now["code"].dropna())
    assert len(both) / now["code"].notna().sum() > 0.7
    assert set(now["code"].dropna()) - both
    assert set(before["code"].dropna()) - both
    totals = [scores[wave]["phq9_total"].set_axis(county.answers[wave]["code"]) for wave in (SPRING, AUTUMN)]
    linked = pd.concat([total[total.index.isin(both)] for total in totals], axis=1, keys=["before", "now"]).dropna()
    # A latent stability of .65 and an alpha of .86 leave about .56.
    assert linked.corr().iloc[0, 1] == pytest.approx(0.56, abs=0.06)


def test_a_person_stays_the_same(county):
    kept = ["code", "school_id", "consent_statistics"]
    before, now = (county.answers[wave].dropna(subset="code")[kept].set_index("code") for wave in (SPRING, AUTUMN))
    both = before.index.intersection(now.index)
    assert before.loc[both].equals(now.loc[both])


# codes


def test_no_code_twice(county):
    for answers in county.answers.values():
        assert answers["code"].dropna().is_unique


def test_codes_have_a_check_character(county):
    alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

    def luhn(code):
        total = 0
        for place, sign in enumerate(reversed(code)):
            value = alphabet.index(sign) * (1 + place % 2)
            total += value // 32 + value % 32
        return total % 32

    codes = county.answers[AUTUMN]["code"].dropna()
    assert codes.str.fullmatch(f"[{alphabet}]{{12}}").all()
    assert {luhn(code) for code in codes} == {0}
    slips = [("1" if code[4] == "0" else "0").join([code[:4], code[5:]]) for code in codes if code[4] in "01"]
    assert slips
    assert all(luhn(code) != 0 for code in slips)


# what is planted


def test_the_raised_school(county, scores):
    answers, total = county.answers[AUTUMN], scores[AUTUMN]["phq9_total"]
    there = answers["school_id"] == county.planted.raised_school
    assert there.sum() >= 80
    assert (total[there].mean() - total[~there].mean()) / total[~there].std() == pytest.approx(0.8, abs=0.2)


def test_the_critical_persons(county):
    persons = [person(county, code) for code in county.planted.critical]
    assert len(persons) >= 6
    assert all(p["phq9_9"] > 0 and p["consent_contact"] == "yes" for p in persons)
    assert len({p["school_id"] for p in persons}) == len(persons)


def test_low_total(county):
    assert phq9(person(county, county.planted.low_total)) == [0] * 8 + [1]


def test_unscorable(county):
    answers = phq9(person(county, county.planted.unscorable))
    assert np.isnan(answers).sum() > 2
    assert answers[8] > 0


def test_unanswered(county):
    answers = phq9(person(county, county.planted.unanswered))
    assert np.isnan(answers).tolist() == [False] * 8 + [True]
    assert sum(answers[:8]) < 10


def test_rise(county):
    code = county.planted.rise
    assert sum(phq9(person(county, code, SPRING))) == 3
    assert sum(phq9(person(county, code))) == 13
    assert person(county, code)["phq9_9"] == 0


def test_refused(county):
    answers = county.answers[AUTUMN]
    there = answers[(answers["school_id"] == county.planted.refused_school) & (answers["consent_contact"] == "no")]
    assert (there["phq9_9"] > 0).any()


# files


def test_same_seed_same_answers(tmp_path):
    one, two = (make_county(tmp_path / name, schools=4, seed=5) for name in "ab")
    other = make_county(tmp_path / "c", schools=4, seed=6)
    for wave in (SPRING, AUTUMN):
        pd.testing.assert_frame_equal(one.answers[wave], two.answers[wave])
        assert not one.answers[wave].equals(other.answers[wave])
    assert one.exports[SPRING].read_bytes() == two.exports[SPRING].read_bytes()
    assert one.planted == two.planted


def test_the_seed_means_the_same_everywhere(county):
    # Written down once: a change of this digest is a change of every county that anybody has made.
    text = county.answers[AUTUMN].drop(columns="consent_version").to_csv(index=False, lineterminator="\n")
    assert hashlib.sha256(text.encode()).hexdigest()[:16] == "c955ea1790ea0027"


def who_agreed(answers):
    """The answers that may be read: those of people who agreed to something."""
    agreed = answers["consent_statistics"].eq("yes") | answers["consent_contact"].eq("yes")
    return answers[agreed].reset_index(drop=True)


@pytest.mark.parametrize("wave", [SPRING, AUTUMN])
def test_the_importer_finds_the_truth(county, wave):
    roster = read_roster(county.folder / "data" / "roster.csv")
    responses, record = import_file(county.exports[wave], county.survey, roster)
    expected = who_agreed(county.answers[wave])
    assert record.set_aside == {"row_no_consent": len(county.answers[wave]) - len(expected)}
    pd.testing.assert_frame_equal(responses.answers.reset_index(drop=True), expected, check_index_type=False)


def save_xls(rows, path):
    book = xlwt.Workbook(encoding="utf-8")
    sheet = book.add_sheet("Sheet1")
    for y, row in enumerate(rows):
        for x, cell in enumerate(row):
            sheet.write(y, x, cell)
    book.save(str(path))
    return path


@pytest.mark.parametrize("by", ["text", "code"])
@pytest.mark.parametrize("ending", [".xlsx", ".csv", ".xls"])
def test_every_kind_of_file_says_the_same(canary, tmp_path, by, ending):
    expected = canary.answers[SPRING]
    rows = export_rows(canary.survey, canary.roster["name"].to_dict(), expected, by=by)
    path = tmp_path / f"answers{ending}"
    save_xls(rows, path) if ending == ".xls" else write_rows(rows, path)
    roster = read_roster(canary.folder / "data" / "roster.csv")
    responses, _ = import_file(path, canary.survey, roster)
    read = responses.answers.reset_index(drop=True)
    pd.testing.assert_frame_equal(read, who_agreed(expected), check_index_type=False)


def test_the_layout_is_the_platforms(county):
    header = next(openpyxl.load_workbook(county.exports[AUTUMN], read_only=True).active.iter_rows(values_only=True))
    assert header[:8] == ("序号", "提交答卷时间", "所用时间", "来源", "来源详情", "来自IP", "总分", "1、您所在的学校")
    assert "2、姓名" in header
    assert "3、手机" in header
    rows_of_first_matrix = [h for h in header if h.startswith("10、")]
    assert len(rows_of_first_matrix) == 9
    assert rows_of_first_matrix[0].endswith("—做事时提不起劲或没有兴趣")
    assert rows_of_first_matrix[1] == "10、感到心情低落、沮丧或绝望"


def test_nobodys_telephone(county):
    # No mobile number begins with 12.
    text = county.exports[SPRING].read_text(encoding="gb18030")
    assert re.search(r",12\d{9},", text)
    assert not re.search(r",1[3-9]\d{9},", text)


def test_canary_marks_everything_personal(canary):
    rows = pd.read_csv(canary.exports[SPRING], encoding="gb18030", dtype=str)
    personal = [next(c for c in rows if word in c) for word in ("姓名", "手机", "想说的", "提交")]
    for column in personal:
        assert rows[column].map(lambda cell: any(mark in cell for mark in canary.marks)).all()
    codes = canary.answers[SPRING]["code"].dropna()
    assert codes.map(lambda code: any(mark in code for mark in canary.marks)).all()
    assert codes.is_unique


def test_the_importer_drops_the_canary(canary):
    roster = read_roster(canary.folder / "data" / "roster.csv")
    for wave, path in canary.exports.items():
        responses, _ = import_file(path, canary.survey, roster)
        # The code and the time belong to the answers; they must not get past the counsellor's zone.
        kept = responses.answers.drop(columns=["code", "submitted"]).to_csv()
        assert not any(mark in kept for mark in canary.marks)
        assert len(responses.answers) == len(who_agreed(canary.answers[wave]))


def test_no_canary_unless_asked(county):
    text = county.exports[SPRING].read_text(encoding="gb18030")
    assert county.marks == ()
    assert "金丝雀" not in text
    assert "CA-NARY" not in text


@given(schools=st.integers(1, 25), seed=st.integers(0, 2**32))
@settings(max_examples=5, deadline=None)
def test_holds_for_every_county(tmp_path_factory, schools, seed):
    county = make_county(tmp_path_factory.mktemp("any"), schools=schools, seed=seed)
    for answers in county.answers.values():
        assert list(answers.columns) == list(county.survey.columns)
        counts = answers["school_id"].value_counts().reindex(county.roster.index, fill_value=0)
        assert (counts <= county.roster["staff"]).all()
        assert answers["code"].dropna().is_unique
        for item in county.survey.items:
            assert set(answers[item.column].dropna()) <= set(item.codes)
    planted = county.planted
    codes = [*planted.critical, planted.unanswered, planted.rise]
    assert len(set(codes)) == 8
    assert set(codes) <= set(county.answers[AUTUMN]["code"].dropna())
    assert set(PERSON_COLUMNS) <= set(county.answers[AUTUMN])


def test_a_workbook_is_what_two_readers_read_and_the_same_bytes(tmp_path):
    import openpyxl
    import python_calamine

    rows = [["1、“您”&<我>", " 空格 ", "多行\n文字"], [1, "2026/5/8 9:03:07", -3], [12.5, None, "1e5"]]
    one, other = (write_rows(rows, tmp_path / name) for name in ("one.xlsx", "other.xlsx"))
    assert one.read_bytes() == other.read_bytes()
    assert [[cell.value for cell in row] for row in openpyxl.load_workbook(one).active.rows] == rows
    assert python_calamine.load_workbook(one).get_sheet_by_index(0).to_python() == [*rows[:2], [12.5, "", "1e5"]]
