"""What people write of, from texts to the release: certified like every figure, and of the county alone."""

import csv
import io
from dataclasses import replace

import pandas as pd
import pytest

import opinions
from releases import build
from wellbeing import reports
from wellbeing.attack import audit_release
from wellbeing.attack.ledgers import ledger_leaks
from wellbeing.attack.told import read_told
from wellbeing.disclosure.release import with_files, write_release
from wellbeing.errors import DisclosureError
from wellbeing.figures.released import open_release
from wellbeing.free_text.telling import Written, told_themes
from wellbeing.free_text.told import COUNTED, FILE, NO_COUNSELLOR, UNREVIEWED, How, ToldTheme, theme_bytes
from wellbeing.free_text.word_lists import load_themes
from wellbeing.instruments import Text
from wellbeing.reports.opinion_written import written_part
from wellbeing.surveys import Option, Question
from wellbeing.workspace import Workspace, kit_root

#: Of 900 respondents 200 wrote something.
WROTE = 200
PLANTED = {"workload": 61, "pay": 10, "strain": 9}


@pytest.fixture(scope="module")
def county():
    """Twelve large schools; of those who wrote, so many mention a theme as is planted."""
    themes = load_themes(Workspace(kit_root()))
    options = (Option("yes", Text("提到", "mentioned")), Option("no", Text("没有提到", "not mentioned")))
    asked = tuple(Question(f"theme_{theme}", "theme", Text(theme, theme), options) for theme in PLANTED)
    survey = opinions.part_of("op_3b_whom")
    survey = replace(survey, questions=(*survey.questions, *asked))
    schools = opinions.county(12, 5, least=70)
    people = opinions.answers(survey, schools, 6)
    places = people.sample(WROTE, random_state=7).index
    for theme, count in PLANTED.items():
        said = pd.Series(["yes"] * count + ["no"] * (WROTE - count), index=places, dtype="str")
        people[f"theme_{theme}"] = said.reindex(people.index)
    agreed = pd.DataFrame({"precision": 0.93, "recall": 0.77}, index=[theme.id for theme in themes.themes])
    how = How(COUNTED, "1 #ab12cd34", "2026-09-10", "made_up", "jieba")
    found = opinions.cleared(survey, schools, people)
    return found, Written(survey, people, how, themes, agreed, None, WROTE), survey, schools, people


def test_a_theme_is_told_from_ten_people_on_and_of_the_county_alone(county):
    found, written, *_ = county
    release = found.release
    assert found.evidence.leaks == 0
    of_themes = release.cells[release.cells["measure"].str.startswith("theme_") & release.cells["side"].ne("withheld")]
    assert of_themes[["unit", "group", "measure", "low", "high", "side"]].to_numpy().tolist() == [
        ["county", "all", "theme_workload", 60.0, 64.0, "few"],
        ["county", "all", "theme_pay", 10.0, 14.0, "few"],
    ]
    how, told = told_themes(release, written)
    assert how.wrote == pytest.approx(WROTE / len(written.answers), abs=0.025)
    by_theme = {line.theme: line for line in told}
    assert [line.theme for line in told] == [theme.id for theme in written.themes.themes]
    for theme in ("workload", "pay"):
        line = by_theme[theme]
        assert line.low <= PLANTED[theme] / WROTE <= line.high
        assert (line.precision, line.recall) == (0.95, 0.75)
    assert by_theme["strain"] == ToldTheme("strain", "压力和健康", "Strain and health")


def test_a_theme_of_a_school_is_refused(county):
    release = county[0].release
    cells = release.cells
    school = cells["measure"].eq("theme_pay") & cells["unit"].eq(release.units["unit"].iloc[0])
    cells.loc[school, ["low", "high", "side"]] = [10.0, 14.0, "few"]
    with pytest.raises(DisclosureError, match="R11"):
        build(
            "staff_opinion",
            "2026",
            "2026-12-01",
            release.county,
            release.units,
            cells,
            release.measures,
            release.policy,
        )


def test_the_next_years_themes_are_held_against_this_years(county):
    found, _, survey, schools, people = county
    # One more wrote, and of the workload: who knows that all others are the same must not learn it.
    late = people.copy()
    silent = late.index[late["theme_workload"].isna()][:4]
    for theme in PLANTED:
        late.loc[silent, f"theme_{theme}"] = "yes" if theme == "workload" else "no"
    after = opinions.cleared(survey, schools, late, wave="2027", before=(found,))
    assert after.evidence.leaks == 0
    cell = after.release.cells.set_index(["unit", "group", "measure"]).loc[("county", "all", "theme_workload")]
    # 61 and then 65: apart they would be told as 60 to 64 and 65 to 69.
    assert cell["low"] <= 60
    assert cell["high"] >= 65


def test_the_attack_reads_the_themes_and_finds_what_was_never_cleared(county, tmp_path):
    found, written, *_ = county
    how, told = told_themes(found.release, written)
    folder = tmp_path / "staff_opinion" / "2026"
    write_release(with_files(found.release, {FILE: theme_bytes(how, told)}), folder)
    read = read_told(folder)
    assert FILE not in read.unread
    assert list(ledger_leaks(read)) == []
    assert audit_release([folder], artefacts=False).leaks == ()
    rows = list(csv.reader(io.StringIO((folder / FILE).read_text(encoding="utf-8"))))
    rows[1][4:6] = ["0.31", "0.31"]
    with (folder / FILE).open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    assert [(leak.unit, leak.measure) for leak in ledger_leaks(read)] == [("county", rows[1][1])]


def test_the_report_says_what_is_told_or_why_nothing_is(county):
    found, written, *_ = county
    how, told = told_themes(found.release, written)
    table = reports.themes_table(with_files(found.release, {FILE: theme_bytes(how, told)}), "zh")
    assert table.loc["压力和健康"].tolist() == ["-", "-", "-"]
    assert table.loc["工作负担"].tolist()[1:] == ["95%", "75%"]
    untold = [ToldTheme(line.theme, line.name_zh, line.name_en) for line in told]
    for state, words in ((UNREVIEWED, "没有人审读"), (NO_COUNSELLOR, "密钥"), (COUNTED, "没有达到")):
        content = theme_bytes(How(state, "1 #ab12cd34", "2026-09-10", "own", "plain"), untold)
        part = written_part(open_release(with_files(found.release, {FILE: content})), "zh")
        assert words in part["sentence"]
        assert len(part["table"]["rows"]) == (len(told) if state == COUNTED else 0)
    assert "文字题" in written_part(open_release(found.release), "zh")["sentence"]
