"""What people read: the words of a report, and the PDF that they are set in."""

import inspect
import json
import re
from dataclasses import replace
from pathlib import Path

import nbformat
import pandas as pd
import pypdf
import pypdfium2
import pytest

from releases import ATTENTION, COUNTY, GROUPS, county_units, release_of, unit, withheld
from wellbeing import reports
from wellbeing.disclosure.release import WITHHELD, write_release
from wellbeing.errors import InputError, UsageError
from wellbeing.reports.typeset import check_glyphs
from wellbeing.workspace import kit_root

TEMPLATES = kit_root() / "reports" / "templates"
NOTEBOOKS = kit_root() / "notebooks"
LONG = "云岭自治县青云山镇红旗希望工程第二九年一贯制寄宿学校（北校区）"
NINE = [f"S{number:03d}" for number in range(11, 20)]
NAMES = {school: f"青云镇第{place}中心小学" for place, school in zip("一二三四五六七八九", NINE, strict=True)}
# Every measure of S002 stands out: the fullest first page.
STRAINED = {"phq9_total": 9.65, "gad7_total": 8.3, "who5_total": 35.0, "cbi_personal": 61.0, "cbi_work": 62.0}


@pytest.fixture(scope="module")
def release():
    # Counts that no report may show: 68 respondents of whom 7, 143 of whom 41, 46 of whom 22 (untold), 44.
    crowd = unit("S002", 143, 41, name_zh=LONG, response=55, groups=dict.fromkeys(GROUPS, (61, 23)))
    group = unit("G01", 46, 22, level="group", name_zh="青云镇小学组（9所）", schools=" ".join(NINE), response=95)
    # The widest words that a table of subgroups can hold, in every cell.
    first = unit("S001", 68, 7, groups=dict.fromkeys(GROUPS, (62, 31)))
    units = [first, replace(crowd, means=STRAINED), withheld(unit("S003", 44)), group]
    return release_of(county_units(*units, n=1803), county={**COUNTY, "school_names": NAMES})


@pytest.fixture(scope="module")
def statuses(tmp_path_factory):
    path = tmp_path_factory.mktemp("run") / "statuses.csv"
    schools = [("S001", "青云镇中心小学", "S001", "done"), ("S003", "石桥镇中心小学", "S003", "withheld")]
    schools += [(school, name, "G01", "in_group") for school, name in NAMES.items()]
    schools += [(f"S{i:03d}", f"石桥镇第{i}小学", f"S{i:03d}", "done") for i in range(100, 149)]
    rows = ["school_id,name,unit,status", *map(",".join, schools)]
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def pdfs(release, statuses, tmp_path_factory):
    """Every report in both languages."""
    made = {}
    for lang in ("zh", "en"):
        folder = tmp_path_factory.mktemp(lang)
        for name in ("S001", "S002", "S003", "G01"):
            made[name, lang] = reports.write_school_report(release, name, lang, folder, TEMPLATES)
        made["county", lang] = reports.write_county_report(release, statuses, lang, folder, TEMPLATES)
    return made


def words(content) -> str:
    """All sentences of a report, without what it was made from (versions and digests)."""
    return json.dumps({key: part for key, part in content.items() if key != "made"}, ensure_ascii=False)


def text_of(path: Path) -> str:
    # Lines of a page are broken anywhere between Chinese characters.
    return re.sub(r"\s", "", "".join(page.extract_text() for page in pypdf.PdfReader(path).pages))


REPORTS = [(name, lang) for name in ("S001", "S002", "S003", "G01") for lang in ("zh", "en")]


# The words


def test_a_result_is_a_sentence_with_the_comparison_beside_it(release):
    rows = reports.school_content(release, "S001", "zh")["results"]["rows"]
    # 7 of 68: class 5-9 of about 70; 5/72 = 6.9 %, 9/68 = 13.2 %. County 90 of 601 schools' staff: 14-16 %.
    expected = "约5%–15%的参与者处于需要关注的水平；同类学校约14%–16%。"
    assert rows[0] == {"label": "抑郁（PHQ-9）", "text": expected}


def test_numbers_of_respondents_and_response_are_rounded(release):
    facts = reports.school_content(release, "S001", "zh")["who"]["facts"]
    assert [fact["value"] for fact in facts] == ["约70人", "约75%"]


def test_the_top_class_of_response_is_open(release):
    assert reports.school_content(release, "G01", "zh")["who"]["facts"][1]["value"] == "95%或以上"


def test_an_untold_class_lies_in_the_middle(release):
    # 22 of 46: class 20-23 of the smaller side; about 45, 20/47 = 42.6 %.
    text = reports.school_content(release, "G01", "zh")["results"]["rows"][0]["text"]
    assert text.startswith("约40%–60%的")


def test_a_mean_is_an_interval_with_its_scale(release):
    table = reports.school_content(release, "S001", "zh")["means"]["table"]
    # 5 sums of 68 people: 5/68 = 0.074, so a width of 0.1; WHO-5 20/68 = 0.29, so 0.5.
    assert table["rows"][0] == ["抑郁（PHQ-9）", "0–27分，越高越重", "中度、中重度、重度", "5.2–5.3", "5.2–5.3"]
    assert table["rows"][2][1:] == ["0–100分，越高越好", "幸福感偏低，建议进一步评估抑郁", "52.0–52.5", "52.0–52.1"]


def test_a_withheld_unit_has_the_same_parts_and_rows_and_a_dash_for_every_figure(release):
    told, untold = (reports.school_content(release, name, "zh") for name in ("S001", "S003"))
    assert told.keys() == untold.keys()
    assert [row["label"] for row in told["results"]["rows"]] == [row["label"] for row in untold["results"]["rows"]]
    assert [fact["value"] for fact in untold["who"]["facts"]] == [WITHHELD, WITHHELD]
    assert all(row["text"].startswith(WITHHELD) for row in untold["results"]["rows"])
    assert {row[3] for row in untold["means"]["table"]["rows"]} == {WITHHELD}
    assert [row[0] for row in untold["groups"]["table"]["rows"]] == [row[0] for row in told["groups"]["table"]["rows"]]
    assert {cell for row in untold["groups"]["table"]["rows"] for cell in row[1:]} == {WITHHELD}
    assert untold["attention"]["items"][0].startswith("无法判断")


def test_no_reason_is_given_for_a_dash(release):
    # Rule R12: the rules of publication are the same words in every report; nothing is said of this unit.
    told, untold = (reports.school_content(release, name, "zh") for name in ("S001", "S003"))
    assert told["made"] == untold["made"]
    assert told["limits"] == untold["limits"]


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("name", ["S001", "S002", "S003", "G01"])
def test_no_true_count_is_said(release, name, lang):
    said = words(reports.school_content(release, name, lang))
    # Whole numbers that stand alone: no end of a range, no mean, no per cent.
    numbers = set(re.findall(r"(?<![\d.–-])\d+(?![\d.%–])", said))
    # Respondents and cases of every unit and of the subgroups, as they were put in.
    assert not numbers & {"68", "143", "46", "44", "61", "601", "1803", "7", "41", "22", "23", "31", "62", "90", "270"}


def test_no_share_has_a_decimal(release):
    for name in ("S001", "S002", "G01"):
        assert not re.search(r"\d\.\d+%", words(reports.school_content(release, name, "zh")))


def test_no_other_school_is_named(release):
    assert "石桥" not in words(reports.school_content(release, "S001", "zh"))
    assert LONG not in words(reports.school_content(release, "S001", "zh"))


def test_severe_bands_and_critical_items_are_the_countys_only(release, statuses):
    school, county = reports.school_content(release, "S001", "zh"), reports.county_content(release, statuses, "zh")
    assert "伤害自己的念头" not in words(school)
    assert any("伤害自己的念头" in row["label"] for row in county["results"]["rows"])
    assert any(row["label"].endswith("重度") for row in county["results"]["rows"])


def test_a_groups_report_names_all_its_schools(release):
    members = reports.school_content(release, "G01", "zh")["members"]
    assert all(name in members for name in NAMES.values())


def test_help_is_for_everybody(release, statuses):
    for name in ("S001", "S003"):
        lines = "".join(reports.school_content(release, name, "zh")["help"]["items"])
        assert all(number in lines for number in ("12356", "110", "120"))
        assert "县教师心理辅导中心" in lines


def test_what_stands_out_is_said_with_its_figures(release):
    attention = reports.school_content(release, "S002", "zh")["attention"]
    # A mean of 9.65 against 5.2 elsewhere; of the wellbeing index, where low is the strain, 35 against 52.
    assert attention["items"][0].startswith(
        "很可能明显高于全县的一般学校（把握至少八成）：抑郁（PHQ-9）平均9.6–9.7分；"
    )
    assert attention["items"][1] == "很可能明显低于全县的一般学校（把握至少八成）：幸福感指数（WHO-5）平均35.0–35.2分。"
    assert attention["marked"]


def test_an_instrument_not_fully_verified_says_so(release):
    lines = reports.school_content(release, "S001", "zh")["limits"]["items"]
    assert any("台湾" in line and "CBI" in line for line in lines)


def test_the_keys_and_the_policy_are_named(release):
    made = "".join(reports.school_content(release, "S001", "zh")["made"]["items"])
    assert "PHQ-9 1.0.0" in made
    assert "2026-11-20" in made
    assert release.digest[:12] in made


def test_the_content_can_be_written_as_json(release, statuses):
    for content in (reports.school_content(release, "S001", "en"), reports.county_content(release, statuses, "en")):
        assert json.loads(json.dumps(content)) == content


def test_the_table_of_a_notebook_holds_words(release):
    table = reports.school_table(release, "S003", "zh")
    assert table.shape == (len(ATTENTION), 4)
    assert table.iloc[0].tolist() == [WITHHELD, WITHHELD, "约14%–16%", "5.2–5.3"]


# The county's report


def test_every_school_has_a_row_in_the_order_of_the_roster(release, statuses):
    table = reports.status_table(release, statuses, "zh")
    assert len(table) == 60
    assert table.index[:3].tolist() == ["青云镇中心小学", "石桥镇中心小学", "青云镇第一中心小学"]
    assert table.iloc[0].tolist() == ["单独", "已完成", "约75%"]
    assert table.iloc[1].tolist() == ["单独", "不公布", WITHHELD]
    assert table.iloc[2].tolist() == ["青云镇小学组（9所）", "在学校组中", "95%或以上"]


def test_the_county_report_holds_no_schools_results(release, statuses):
    # S002 alone has a PHQ-9 mean of 9.65.
    assert "9.6" not in words(reports.county_content(release, statuses, "zh"))


def test_a_file_of_statuses_with_faults_is_refused_with_all_of_them(release, tmp_path):
    path = tmp_path / "statuses.csv"
    path.write_text("school_id,name,unit,status\nS001,甲,S001,fine\nS002,乙,S002,\n", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        reports.status_table(release, path)
    assert [(problem.row, problem.column) for problem in caught.value.problems] == [(2, "status"), (3, "status")]


# The fence


def _takes_release():
    functions = [getattr(reports, name) for name in reports.__all__]
    return [f for f in functions if "release" in inspect.signature(f).parameters]


@pytest.mark.parametrize("function", _takes_release(), ids=lambda f: f.__name__)
@pytest.mark.parametrize("wrong", [pd.DataFrame({"unit": ["S001"]}), {"unit": "S001"}, None], ids=type)
def test_only_a_release_is_typeset(function, wrong):
    needed = [p for p in inspect.signature(function).parameters.values() if p.default is inspect.Parameter.empty]
    with pytest.raises(TypeError):
        function(wrong, *("S001" for _ in needed[1:]))


def test_every_public_function_but_the_reader_takes_a_release():
    assert {f.__name__ for f in _takes_release()} == set(reports.__all__) - {"read_release", "read_last_wave"}


@pytest.mark.parametrize("name", ["", "S999", "county", "C-primary"])
def test_only_a_reporting_unit_gets_a_report(release, name, tmp_path):
    with pytest.raises(UsageError):
        reports.write_school_report(release, name, "zh", tmp_path, TEMPLATES)
    assert list(tmp_path.iterdir()) == []


# The PDF


def test_reports_are_named_after_unit_and_wave_and_nothing_else_is_written(pdfs):
    names = sorted(path.name for path in pdfs["S001", "zh"].parent.iterdir())
    assert names == [f"{name}_2026-autumn.pdf" for name in ("G01", "S001", "S002", "S003", "county")]


def test_the_pdf_says_what_the_content_says(release, pdfs):
    content, text = reports.school_content(release, "S001", "zh"), text_of(pdfs["S001", "zh"])
    sentences = [row["text"] for row in content["results"]["rows"]]
    for part in ("next", "help", "limits", "attention"):
        sentences += content[part]["items"]
    for sentence in sentences:
        assert re.sub(r"\s", "", sentence) in text


@pytest.mark.parametrize(("name", "lang"), REPORTS)
def test_every_school_report_has_the_same_three_pages_in_two_readers(pdfs, name, lang):
    assert len(pypdf.PdfReader(pdfs[name, lang]).pages) == 3
    with pypdfium2.PdfDocument(pdfs[name, lang]) as document:
        assert len(document) == 3


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_county_report_of_60_schools_has_five_pages(pdfs, lang):
    assert len(pypdf.PdfReader(pdfs["county", lang]).pages) == 5


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_page_is_used(pdfs, lang):
    for name in ("S001", "S002", "county"):
        for page in pypdf.PdfReader(pdfs[name, lang]).pages:
            assert len(page.extract_text()) > 200


def test_the_pdf_is_tagged_titled_and_dated_and_names_no_author(pdfs):
    reader = pypdf.PdfReader(pdfs["S001", "zh"])
    catalog = reader.trailer["/Root"]
    assert catalog["/MarkInfo"]["/Marked"]
    assert catalog["/Lang"] == "zh-CN"
    assert reader.metadata.title == "青云镇中心小学：学校报告，2026年秋季学期"
    assert reader.metadata.creation_date.isoformat().startswith("2026-11-20T00:00")
    assert reader.metadata.author is None
    assert b"pdfuaid:part" in catalog["/Metadata"].get_data()


def test_all_fonts_are_embedded(pdfs):
    for page in pypdf.PdfReader(pdfs["S002", "zh"]).pages:
        fonts = page["/Resources"]["/Font"].values()
        for font in fonts:
            descriptor = font.get_object()["/DescendantFonts"][0].get_object()["/FontDescriptor"]
            assert re.search("NotoS(ans|erif)SC", descriptor["/FontName"])
            assert {"/FontFile2", "/FontFile3"} & set(descriptor)


def test_the_chart_has_words_for_who_cannot_see_it(pdfs, release):
    assert reports.school_content(release, "S001", "zh")["shares"]["alt"] in _alts(pdfs["S001", "zh"])


def _alts(path):
    reader = pypdf.PdfReader(path)
    found = []
    pending = [reader.trailer["/Root"]["/StructTreeRoot"]]
    while pending:
        node = pending.pop().get_object()
        if isinstance(node, list):
            pending += [kid for kid in node if not isinstance(kid, int)]
        elif isinstance(node, dict):
            if "/Alt" in node:
                found.append(str(node["/Alt"]))
            if "/K" in node and not isinstance(node["/K"], int):
                pending.append(node["/K"])
    return found


def test_the_same_release_gives_the_same_bytes(release, pdfs, tmp_path):
    again = reports.write_school_report(release, "S001", "zh", tmp_path, TEMPLATES)
    assert again.read_bytes() == pdfs["S001", "zh"].read_bytes()


def test_a_release_read_back_gives_the_same_bytes(release, pdfs, tmp_path):
    write_release(release, tmp_path / "release")
    read = reports.read_release(str(tmp_path / "release"))
    again = reports.write_school_report(read, "G01", "zh", tmp_path / "out", TEMPLATES)
    assert again.read_bytes() == pdfs["G01", "zh"].read_bytes()


def test_no_true_count_is_in_the_pdf(pdfs):
    text = text_of(pdfs["S001", "zh"]).split("依据与版本")[0]
    assert "68" not in text


def test_a_character_that_the_font_lacks_is_an_error():
    with pytest.raises(InputError) as caught:
        check_glyphs("青云镇\U00031000")
    assert caught.value.problems[0].fields == {"characters": "U+31000"}


def test_a_missing_template_is_said(release, tmp_path):
    with pytest.raises(UsageError, match="school_report"):
        reports.write_school_report(release, "S001", "zh", tmp_path, tmp_path)


# The notebooks


@pytest.mark.parametrize("name", ["school_report.ipynb", "county_report.ipynb"])
def test_a_notebook_is_committed_without_outputs(name):
    notebook = nbformat.read(NOTEBOOKS / name, as_version=4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert all(cell.outputs == [] and cell.execution_count is None for cell in code)
    assert [cell.id for cell in notebook.cells] == [f"cell-{place}" for place in range(len(notebook.cells))]
    assert sum("parameters" in cell.metadata.get("tags", ()) for cell in code) == 1


@pytest.mark.parametrize("name", ["school_report.ipynb", "county_report.ipynb"])
def test_a_notebook_of_the_released_zone_imports_nothing_but_the_kit(name):
    notebook = nbformat.read(NOTEBOOKS / name, as_version=4)
    code = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "code")
    assert re.findall(r"^\s*(?:import|from)\s+(.*)$", code, flags=re.MULTILINE) == ["wellbeing as wb"]


# The flags


@pytest.fixture(scope="module")
def county_of_many():
    """Twelve ordinary schools, one that is strained, and the wave before."""
    ordinary = [unit(f"S{i:03d}", 45 + 5 * (i % 7), 7 + i % 3) for i in range(100, 112)]
    crowd = replace(unit("S002", 143, 41, response=55), means=STRAINED)
    now = release_of(county_units(unit("S001", 68, 9), crowd, withheld(unit("S003", 44)), *ordinary))
    before = release_of(county_units(unit("S001", 68, 9), crowd, *ordinary), wave="2026-spring", frozen="2026-05-22")
    return now, before


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_state_is_said_in_the_notes_own_words(county_of_many, lang):
    now, before = county_of_many
    items = reports.school_content(now, "S001", lang, before)["attention"]["items"]
    said = {"zh": "没有比全县的一般学校差的迹象：", "en": "No sign of an excess over the county's typical school: "}
    more = {"zh": "这不等于没有问题。", "en": "That does not mean that there is no problem."}
    assert items[0].startswith(said[lang])
    assert items[0].endswith(more[lang])


def test_the_tipping_point_stands_beside_a_flag_and_nowhere_else(county_of_many):
    now, before = county_of_many
    flagged = reports.school_content(now, "S002", "zh", before)["chance"]["items"]
    assert any("没有作答的人，平均分（或需要关注的比例）要是这样" in item for item in flagged)
    quiet = reports.school_content(now, "S001", "zh", before)["chance"]["items"]
    assert not any("没有作答" in item for item in quiet)


def test_a_report_says_whether_last_wave_was_looked_at(county_of_many):
    now, before = county_of_many
    assert "还结合了上一次的结果（只算一半）" in reports.school_content(now, "S001", "zh", before)["chance"]["items"][0]
    assert "只用了这一次的结果" in reports.school_content(now, "S001", "zh")["chance"]["items"][0]


def test_a_report_says_why_last_wave_was_not_looked_at(county_of_many):
    _, before = county_of_many
    # There was no such group last term.
    group = unit("G01", 60, 8, level="group", schools=" ".join(NINE))
    moved = release_of(county_units(unit("S001", 68, 9), group), county={**COUNTY, "school_names": NAMES})
    items = reports.school_content(moved, "G01", "zh", before)["chance"]["items"]
    assert "这里的学校与上一次不同，没有和上一次一起看。" in items


def test_a_schools_own_states_are_all_that_its_notebook_shows(county_of_many):
    now, before = county_of_many
    table = reports.school_flags(now, "S002", "zh", before)
    assert table.shape == (len(ATTENTION), 2)
    assert table.iloc[0].tolist() == ["很可能明显差于一般学校", "平均分"]
    assert reports.school_flags(now, "S003", "zh", before).iloc[0].tolist() == [WITHHELD, WITHHELD]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_county_is_told_numbers_of_reports_as_classes(county_of_many, statuses, lang):
    now, before = county_of_many
    flags = reports.county_content(now, statuses, lang, before)["flags"]
    # One red of fourteen; which one is not said, and no class is finer than five.
    assert {row[1] for row in flags["table"]["rows"]} == {"0–4"}
    assert all(re.fullmatch(r"\d+–\d+", cell) for row in flags["table"]["rows"] for cell in row[1:])
    assert not any(name in json.dumps(flags, ensure_ascii=False) for name in ("S002", LONG))


def test_the_expected_number_of_wrong_reds_is_rounded_up(county_of_many, statuses):
    now, before = county_of_many
    # Never nought: that would tell that there is no red at all.
    foot = reports.county_content(now, statuses, "zh", before)["flags"]["items"][0]
    assert foot == "在所有“很可能明显差于一般学校”的判断中，预计判断错的不超过1个。"


def test_the_sentence_on_the_simulation_comes_from_the_committed_figures(county_of_many, statuses):
    from wellbeing.flags.behaviour import behaviour

    now, _ = county_of_many
    found = behaviour()["scenarios"]["six_20_40"]["rules"]["means"]
    sentence = reports.county_content(now, statuses, "en")["flags"]["items"][-1]
    for band in ("20-39", "40-79", "80-10000"):
        assert f"{round(100 * found[f'red {band}'])}%" in sentence


def test_a_county_without_a_report_has_no_states(statuses):
    only = release_of(county_units(withheld(unit("S001", 68))))
    flags = reports.county_content(only, statuses, "zh")["flags"]
    assert {cell for row in flags["table"]["rows"] for cell in row[1:]} == {WITHHELD}
    assert flags["items"][0] == "还没有可以判断的报告。"


def test_no_red_is_drawn_for_a_school_or_for_people(pdfs, release):
    # The palette is blue, orange and grey; red would be a verdict.
    svg = reports.school_content(release, "S002", "zh")
    assert "svg" not in svg["chance"]
    from wellbeing.figures.funnel import school_funnel

    colours = set(re.findall(r"#[0-9a-f]{6}", school_funnel(release, "S002", "zh").svg().lower()))
    assert colours <= {"#0072b2", "#e69f00", "#222222", "#c8c8c8", "#ffffff", "#000000"}


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_fullest_report_with_last_wave_has_three_pages(county_of_many, lang, tmp_path):
    now, before = county_of_many
    path = reports.write_school_report(now, "S002", lang, tmp_path, TEMPLATES, before)
    assert len(pypdf.PdfReader(path).pages) == 3
