"""A survey's form for each platform: what it holds, and that the platform's own rules accept it."""

import csv
import io
import itertools
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

import platform_exports as sims
from form_surveys import NOT_ASKED, OWN, ROUTING, full_survey, is_asked, roster, screening
from wellbeing.errors import InputError, UsageError
from wellbeing.exporters import EXPORTERS, exporter_named, save_form, write_form
from wellbeing.forms import build_form, complete_languages, grids
from wellbeing.instruments import Text, load_instrument
from wellbeing.surveys import Condition, Option, Part, Question

NAMES = [exporter.name for exporter in EXPORTERS]
SHARED = Path(__file__).parents[1].parent / "shared"


def survey_for(name):
    return full_survey(ranking="ranking" not in exporter_named(name).lacks)


def content_of(name, langs=("zh", "en")):
    return write_form(survey_for(name), name, langs, roster()).content


def whole_form(langs=("zh", "en"), **options):
    return build_form(full_survey(**options), langs, roster())


# --- what every form holds


def test_the_consent_page_comes_first_and_where_help_is_last():
    form = whole_form()
    assert [field.name for field in form.pages[0].fields] == ["consent_statistics", "consent_contact"]
    assert form.pages[0].note.zh.startswith("这份问卷由县教育局委托")
    assert form.pages[-1].fields == ()
    assert "12356" in form.pages[-1].note.zh
    assert "12356" in form.pages[-1].note.en


def test_the_county_s_own_contacts_stand_on_the_last_page():
    form = build_form(screening(), ("zh", "en"), contacts=[Text("县辅导中心 0000", "County centre 0000")])
    assert form.pages[-1].note.zh.endswith("县辅导中心 0000")
    assert form.pages[-1].note.en.endswith("County centre 0000")


def test_words_are_those_of_the_definition():
    form = whole_form()
    phq9 = load_instrument("phq9")
    page = next(page for page in form.pages if page.id == "phq9")
    assert page.note == phq9.instructions
    assert [field.text for field in page.fields] == [item.text for item in phq9.items[:2]]
    assert [(c.code, c.label.zh) for c in page.fields[0].choices] == [
        ("0", "完全不会"),
        ("1", "好几天"),
        ("2", "一半以上天数"),
        ("3", "几乎每天"),
    ]


def test_an_instrument_without_instruction_says_what_time_it_asks_about():
    page = next(page for page in whole_form().pages if page.id == "ipaq_sf")
    assert page.note.zh == "时间范围：最近7天。"
    assert page.note.en.startswith("The following questions are about the time you spent")
    cbi = next(page for page in whole_form().pages if page.id == "cbi")
    assert (cbi.note.zh, cbi.note.en) == (None, None)


def test_every_column_of_the_survey_is_asked_once():
    survey = full_survey()
    asked = [field.name for field in whole_form().fields]
    assert sorted(asked) == sorted({*(i.column for i in survey.items), *(q.id for q in survey.questions)})


def test_what_depends_on_an_answer_stands_on_a_later_page():
    form = whole_form()
    place = {field.name: number for number, page in enumerate(form.pages) for field in page.fields}
    for field in form.routed:
        for condition in field.asked_if:
            assert all(place[column] < place[field.name] for column in condition.columns)


def test_a_school_is_chosen_where_the_roster_is_known_and_typed_in_otherwise():
    assert [c.code for c in whole_form().field("school_id").choices] == ["S001", "S002", "S003"]
    assert build_form(screening(), ("zh",)).field("school_id").choices == ()


def test_grids_hold_what_has_the_same_answers_and_is_asked_together():
    page = next(page for page in whole_form().pages if page.id == "cbi")
    assert [len(run) for run in grids(page)] == [6, 3, 4]


def test_an_instrument_whose_wording_is_not_in_the_kit_is_refused_with_the_reason():
    k10, brs = load_instrument("k10"), load_instrument("brs")
    survey = replace(screening(), parts=(Part(k10, k10.scales[:1]), Part(brs, brs.scales[:1])))
    with pytest.raises(InputError) as refused:
        write_form(survey, "xlsform", ("zh", "en"))
    assert refused.value.exit_code == 3
    message = refused.value.message("en")
    for instrument in ("k10", "brs"):
        for lang in ("zh", "en"):
            assert f"wording/{instrument}.{lang}.yaml" in message
    assert k10.licence in message


def test_a_language_without_words_is_refused():
    hse = load_instrument("hse_msit")
    survey = replace(screening(), parts=(Part(hse, hse.scales[:1]),))
    assert complete_languages(survey) == ("en",)
    write_form(survey, "redcap", ("en",))
    with pytest.raises(InputError, match=r"hse_msit\.zh\.yaml"):
        write_form(survey, "redcap", ("zh",))


@pytest.mark.parametrize("lacking", ["consent", "help"])
def test_without_a_consent_page_or_a_help_page_there_is_no_form(lacking):
    survey = replace(screening(), **{lacking: Text("有", None)})
    with pytest.raises(InputError) as refused:
        write_form(survey, "paper", ("en",))
    assert [(p.what, p.column) for p in refused.value.problems] == [("form_no_text", lacking)]


def test_words_lacking_in_a_question_are_all_told_at_once():
    odd = Question("extra", "choice", Text("问题", None), (Option("a", Text("甲", None)), Option("b", Text("乙", "B"))))
    survey = replace(screening(), questions=(*screening().questions, odd))
    with pytest.raises(InputError) as refused:
        write_form(survey, "xlsform", ("zh", "en"))
    assert [p.column for p in refused.value.problems] == ["extra", "extra.a"]


# --- what all exporters promise


@pytest.mark.parametrize("name", NAMES)
def test_the_same_form_gives_the_same_bytes(name):
    assert content_of(name) == content_of(name)


@pytest.mark.parametrize("name", [n for n in NAMES if n not in ("paper", "entry", "xlsform")])
def test_every_form_ends_with_where_help_is(name):
    before, _, after = content_of(name).decode("utf-8-sig").rpartition("12356")
    asked = [item.text.zh for item in screening().items]
    assert all(words in before for words in asked)
    assert not any(words in after for words in asked)


@pytest.mark.parametrize("name", NAMES)
def test_a_platform_with_one_language_takes_the_first_and_says_so(name):
    written = write_form(survey_for(name), name, ("en", "zh"), roster())
    one = exporter_named(name).languages == 1
    assert written.form.langs == (("en",) if one else ("en", "zh"))
    assert written.left_out == (("zh",) if one else ())


@pytest.mark.parametrize("name", NAMES)
def test_routing_that_cannot_travel_is_named(name):
    written = write_form(survey_for(name), name, ("zh",), roster())
    scored = tuple(column for column in ROUTING if column != "topics")
    unrouted = {"wenjuanxing": set(ROUTING), "tencent": set(ROUTING), "qualtrics": set(ROUTING), "paper": set(scored)}
    assert set(written.unrouted) == unrouted.get(name, set())


def test_an_unknown_form_is_a_usage_error_that_names_the_known_ones():
    with pytest.raises(UsageError, match="xlsform, limesurvey, redcap, wenjuanxing"):
        write_form(screening(), "word", ("zh",))


def test_a_kind_of_question_that_would_not_come_back_is_refused():
    with pytest.raises(InputError) as refused:
        write_form(full_survey(), "redcap", ("zh",), roster())
    assert [(p.what, p.column) for p in refused.value.problems] == [("form_kind", "wishes")]


@pytest.mark.parametrize("name", ["xlsform", "redcap", "limesurvey"])
def test_a_code_that_the_platform_cannot_hold_is_refused(name):
    odd = Question("extra", "choice", Text("题", "Q"), (Option("a b", Text("甲", "A")), Option("c", Text("乙", "B"))))
    survey = replace(screening(), questions=(*screening().questions, odd))
    with pytest.raises(InputError) as refused:
        write_form(survey, name, ("zh",))
    assert [(p.what, p.column) for p in refused.value.problems] == [("form_code", "extra")]


@pytest.mark.parametrize("name", ["wenjuanxing", "tencent"])
def test_the_same_words_twice_are_refused_where_words_are_all_that_comes_back(name):
    phq2 = load_instrument("phq2")
    survey = replace(screening(), parts=(*screening().parts, Part(phq2, phq2.scales[:1])))
    with pytest.raises(InputError) as refused:
        write_form(survey, name, ("zh",))
    assert [(p.what, p.column, p.fields["first"]) for p in refused.value.problems] == [
        ("form_same_words", "phq2_1", "phq9_1"),
        ("form_same_words", "phq2_2", "phq9_2"),
    ]
    write_form(survey, "xlsform", ("zh",))


def test_a_file_is_written_whole_or_not_at_all(tmp_path):
    written = write_form(screening(), "redcap", ("zh",))
    save_form(written, tmp_path / "form.csv")
    assert (tmp_path / "form.csv").read_bytes() == written.content
    assert [path.name for path in tmp_path.iterdir()] == ["form.csv"]
    with pytest.raises(UsageError):
        save_form(written, tmp_path)
    with pytest.raises(UsageError):
        save_form(written, tmp_path / "nowhere" / "form.csv")


# --- routing, in every language of conditions that carries it


def as_number(text: object) -> float:
    """As XPath counts: what is no number is none of any size."""
    return float(str(text)) if re.fullmatch(r"-?\d+(\.\d+)?", str(text)) else float("nan")


def evaluated(expression: str, answers: dict[str, object], name: str) -> bool:
    """Evaluate a platform's condition by its own rules, written here apart from the kit."""
    if not expression or expression == "1":
        return True

    def given(column):
        value = answers[column]
        return "" if value in (None, NOT_ASKED) else value

    scope: dict[str, object] = {}
    if name == "xlsform":
        text = re.sub(
            r"selected\(\$\{(\w+)\}, '([^']*)'\)", lambda m: repr(m[2] in list(given(m[1]) or [])), expression
        )
        text = re.sub(r"\$\{(\w+)\}", lambda m: repr(given(m[1])), text)
        scope = {"coalesce": lambda a, b: as_number(a) if a != "" else b, "iif": lambda c, a, b: a if c else b}
        text = text.replace("if(", "iif(")
    elif name == "redcap":
        text = re.sub(
            r"\[(\w+)\((\w+)\)\]", lambda m: repr("1" if m[2] in list(given(m[1]) or []) else "0"), expression
        )
        text = re.sub(r"\[(\w+)\]", lambda m: repr(given(m[1])), text)
        # REDCap counts with the text of a number.
        scope = {"iif": lambda c, a, b: 0.0 if c else as_number(b)}
        text = text.replace("if(", "iif(").replace("<>", "!=")
    elif name == "limesurvey":
        squeezed = {re.sub("[^A-Za-z0-9]", "", column): column for column in answers}
        text = re.sub(r"(\w+)\.NAOK", lambda m: repr(given(squeezed[re.sub("[^A-Za-z0-9]", "", m[1])])), expression)
        scope = {
            "is_empty": lambda a: a == "",
            "is_numeric": lambda a: re.fullmatch(r"-?\d+(\.\d+)?", str(a)) is not None,
            "iif": lambda c, a, b: as_number(a) if c else b,
        }
        text = text.replace("if(", "iif(")
    else:
        text = re.sub(r"\{(\w+)\} empty", lambda m: repr(given(m[1]) == ""), expression)
        text = re.sub(
            r"\{(\w+)\} contains ('[^']*'|\d+)", lambda m: repr(m[2].strip("'") in list(given(m[1]) or [])), text
        )
        numeric = lambda value: int(value) if re.fullmatch(r"\d+", str(value)) else value  # noqa: E731
        text = re.sub(r"\{(\w+)\}", lambda m: repr(numeric(given(m[1]))), text)
        # What is not needed is not added up in SurveyJS.
        scope = {"iif": lambda c, a, b: 0 if c else b}
    text = re.sub(r"(?<![<>=!])=(?!=)", "==", text)
    return bool(eval(text, {"__builtins__": {}}, scope))


def conditions_in(name, content, form):
    """Each routed field's condition as its platform's form has it, the group's where the group has it."""
    found = {}
    if name == "xlsform":
        group = ""
        for row in sims.sheet_rows(content, "survey"):
            if row["type"] == "begin_group":
                group = row["relevant"]
            found[row["name"]] = row["relevant"] or group
    elif name == "redcap":
        found = {
            row["Variable / Field Name"]: row["Branching Logic (Show field only if...)"]
            for row in sims.redcap_fields(content)
        }
    elif name == "limesurvey":
        squeezed = {re.sub("[^A-Za-z0-9]", "", field.name): field.name for field in form.fields}
        for question in sims.lime_questions(content, "zh"):
            row = question["row"]
            for part in [part for part, _ in question["parts"]] if row["type/scale"] == "F" else [""]:
                found[squeezed.get(row["name"] + part, "")] = row["relevance"]
    else:
        for page in json.loads(content)["pages"]:
            for element in page["elements"]:
                found[element["name"]] = element.get("visibleIf", page.get("visibleIf", ""))
    return found


@pytest.mark.parametrize("name", ["xlsform", "redcap", "limesurvey", "surveyjs"])
def test_routing_says_what_the_survey_says(name):
    form = build_form(survey_for(name), ("zh",), roster())
    found = conditions_in(name, content_of(name, ("zh",)), form)
    base = {field.name: None for field in form.fields}
    for first, second in itertools.product([None, "0", "1", "2", "3"], repeat=2):
        answers = base | {"phq9_1": first, "phq9_2": second}
        for item in ("phq9_3", "phq9_9"):
            assert evaluated(found[item], answers, name) == is_asked(ROUTING["phq9_3"], answers), (first, second)
    for support in (None, "yes", "no"):
        answers = base | {"support": support}
        assert evaluated(found["topics"], answers, name) == is_asked(ROUTING["topics"], answers), support
    for item in ("phq9_1", "who5_1", "sex"):
        assert evaluated(found[item], base, name)


@pytest.mark.parametrize("name", ["xlsform", "redcap", "limesurvey", "surveyjs"])
def test_routing_counts_an_answer_that_does_not_apply_as_none(name):
    routing = {"remark": (Condition(("copsoq3_core_17", "copsoq3_core_18"), at_least=100),)}
    survey = replace(survey_for(name), routing=routing)
    form = build_form(survey, ("zh",), roster())
    codes = [choice.code for choice in form.field("copsoq3_core_17").choices]
    assert [code for code in codes if code.startswith("no_")]
    content = write_form(survey, name, ("zh",), roster()).content
    known = sims.short_codes_of(content, form)["copsoq3_core_17"] if name == "limesurvey" else {}
    found = conditions_in(name, content, form)["remark"]
    base = {field.name: None for field in form.fields}
    for first, second in itertools.product([None, *codes], repeat=2):
        answers = base | {"copsoq3_core_17": first, "copsoq3_core_18": second}
        told = {column: known.get(value, value) for column, value in answers.items()}
        assert evaluated(found, told, name) == is_asked(routing["remark"], answers), (first, second)


@pytest.mark.parametrize("name", ["xlsform", "redcap", "limesurvey", "surveyjs"])
def test_routing_on_one_of_several_answers(name):
    routing = {"remark": (Condition(("topics",), codes=("pupils", "parents")),)}
    survey = replace(survey_for(name), routing=routing)
    form = build_form(survey, ("zh",), roster())
    found = conditions_in(name, write_form(survey, name, ("zh",), roster()).content, form)["remark"]
    base = {field.name: None for field in form.fields}
    for chosen in (None, ["hours"], ["pupils"], ["hours", "parents"]):
        answers = base | {"topics": chosen}
        if name == "limesurvey":
            options = {
                f"topics_{code}": "Y" if code in (chosen or []) else None for code in ("hours", "pupils", "parents")
            }
            assert evaluated(found, answers | options, name) == is_asked(routing["remark"], answers), chosen
        else:
            assert evaluated(found, answers, name) == is_asked(routing["remark"], answers), chosen


# --- XLSForm


def pyxform_xml(content: bytes) -> str:
    from pyxform.xls2xform import convert

    result = convert(xlsform=io.BytesIO(content), validate=False, file_type=".xlsx")
    assert not [warning for warning in result.warnings if "language" not in warning], result.warnings
    return result.xform


def test_xlsform_is_accepted_by_pyxform_with_both_languages_in_it():
    xml = pyxform_xml(content_of("xlsform"))
    assert re.findall(r'<translation[^>]*lang="([^"]*)"', xml) == ["中文 (zh)", "English (en)"]
    for words in (
        "做事时提不起劲或没有兴趣",
        "Little interest or pleasure in doing things",
        "几乎每天",
        "Nearly every day",
    ):
        assert words in xml
    assert 'required="true()"' in xml
    assert "jr:requiredMsg" in xml
    assert "jr:constraintMsg" in xml
    assert "12356" in xml


def test_xlsform_limits_numbers_and_says_so_in_both_languages():
    rows = {row["name"]: row for row in sims.sheet_rows(content_of("xlsform"), "survey")}
    assert rows["weekly_hours"]["type"] == "decimal"
    assert rows["weekly_hours"]["constraint"] == ". >= 0 and . <= 100"
    assert rows["weekly_hours"]["constraint_message::English (en)"] == "Please enter a number from 0 to 100."
    assert rows["ipaq_sf_2"]["type"] == "integer"
    assert rows["ipaq_sf_2"]["constraint_message::中文 (zh)"] == "请填写0到1440之间的整数。"
    assert rows["phq9_1"]["required"] == ""
    assert rows["school_id"]["required"] == "yes"


def test_xlsform_asks_for_nothing_about_the_device():
    kinds = {row["type"].split(" ")[0] for row in sims.sheet_rows(content_of("xlsform"), "survey")}
    assert kinds <= {
        "start", "end", "calculate", "begin_group", "end_group", "note",
        "select_one", "select_multiple", "rank", "integer", "decimal", "text",
    }  # fmt: skip


def test_xlsform_in_one_language():
    xml = pyxform_xml(content_of("xlsform", ("en",)))
    assert "Little interest or pleasure" in xml
    assert "做事时提不起劲" not in xml


# --- LimeSurvey


def test_limesurvey_has_the_columns_of_a_structure_file():
    real = SHARED / "data" / "platform_exports" / "limesurvey" / "survey_structure_en_nl.tsv"
    if not real.exists():
        pytest.skip("the real structure file is not beside the repository")
    known = real.read_text(encoding="utf-8-sig").splitlines()[0].split("\t")
    header = content_of("limesurvey").decode("utf-8-sig").splitlines()[0].split("\t")
    assert set(header) <= set(known)
    assert header[:14] == known[:14]


def test_limesurvey_rows_keep_its_rules():
    rows = sims.lime_rows(content_of("limesurvey"))
    by_lang = {lang: [r for r in rows if r["language"] == lang and r["class"] in "GQSQA"] for lang in ("zh-Hans", "en")}
    shape = {
        lang: [(r["class"], r["type/scale"], r["name"] if r["class"] != "G" else "", r["id"]) for r in found]
        for lang, found in by_lang.items()
    }
    # The other language has the same rows in the same order.
    assert shape["zh-Hans"] == shape["en"]
    questions = [row for row in by_lang["en"] if row["class"] == "Q"]
    names = [row["name"] for row in questions]
    assert len(names) == len(set(names))
    assert all(re.fullmatch(r"[A-Za-z][A-Za-z0-9]{0,19}", name) for name in names)
    assert all(re.fullmatch(r"[A-Za-z0-9]{1,5}", row["name"]) for row in by_lang["en"] if row["class"] == "A")
    assert all(re.fullmatch(r"[A-Za-z0-9]{1,20}", row["name"]) for row in by_lang["en"] if row["class"] == "SQ")
    ids = [row["id"] for row in by_lang["en"] if row["class"] in ("Q", "SQ")]
    assert len(ids) == len(set(ids))
    settings = {row["name"]: row["text"] for row in rows if row["class"] == "S"}
    assert (settings["language"], settings["additional_languages"]) == ("zh-Hans", "en")
    assert (settings["ipaddr"], settings["refurl"], settings["anonymized"]) == ("N", "N", "Y")


def test_limesurvey_can_tell_the_encoding_from_the_first_thousand_bytes():
    # It looks at no more; a Chinese character that is cut there would be taken for another encoding.
    head = content_of("limesurvey")[:1000]
    assert head.startswith(b"\xef\xbb\xbf")
    assert head[3:].isascii()


def test_limesurvey_groups_of_both_languages_have_one_number():
    groups = [row for row in sims.lime_rows(content_of("limesurvey")) if row["class"] == "G"]
    numbers = {lang: [g["type/scale"] for g in groups if g["language"] == lang] for lang in ("zh-Hans", "en")}
    assert numbers["zh-Hans"] == numbers["en"] == [str(n) for n in range(1, len(numbers["en"]) + 1)]


def test_limesurvey_names_items_as_rows_of_their_instrument():
    array = next(q for q in sims.lime_questions(content_of("limesurvey"), "zh") if q["row"]["name"] == "phq9")
    assert array["row"]["type/scale"] == "F"
    assert array["parts"][0] == ("1", "做事时提不起劲或没有兴趣")
    assert array["answers"] == [("0", "完全不会"), ("1", "好几天"), ("2", "一半以上天数"), ("3", "几乎每天")]


def test_limesurvey_text_is_no_markup_and_no_expression():
    odd = Question("extra", "text", Text("小于 < 大于 {phq9_1}", "a < b {phq9_1}"))
    survey = replace(screening(), questions=(*screening().questions, odd))
    question = sims.lime_questions(write_form(survey, "limesurvey", ("en",)).content, "en")[-2]
    assert question["row"]["text"] == "a &lt; b &#123;phq9_1&#125;"


def test_limesurvey_refuses_names_that_become_another_s():
    names = ("long_day", "longday", "a_very_long_name_for_a_question")
    odd = [Question(name, "text", Text("题", "Q")) for name in names]
    survey = replace(screening(), questions=(*screening().questions, *odd))
    with pytest.raises(InputError) as refused:
        write_form(survey, "limesurvey", ("zh",))
    assert [(p.what, p.column) for p in refused.value.problems] == [
        ("form_name", "longday"),
        ("form_name", "a_very_long_name_for_a_question"),
    ]


# --- REDCap


def test_redcap_has_the_eighteen_columns_of_a_data_dictionary():
    real = SHARED / "data" / "platform_exports" / "redcap" / "simple" / "dictionary.csv"
    if not real.exists():
        pytest.skip("the real data dictionary is not beside the repository")
    with real.open(encoding="utf-8", newline="") as stream:
        known = next(csv.reader(stream))
    assert list(sims.redcap_fields(content_of("redcap"))[0]) == known
    assert len(known) == 18


def test_redcap_fields_keep_its_rules():
    fields = sims.redcap_fields(content_of("redcap"))
    names = [row["Variable / Field Name"] for row in fields]
    assert names[0] == "record_id"
    assert len(names) == len(set(names))
    assert all(re.fullmatch(r"[a-z][a-z0-9_]{0,99}", name) for name in names)
    rows = dict(zip(names, fields, strict=True))
    assert rows["phq9_1"]["Choices, Calculations, OR Slider Labels"] == (
        "0, 完全不会 | 1, 好几天 | 2, 一半以上天数 | 3, 几乎每天"
    )
    assert rows["topics"]["Field Type"] == "checkbox"
    assert (
        rows["weekly_hours"]["Text Validation Type OR Show Slider Number"],
        rows["weekly_hours"]["Text Validation Max"],
    ) == ("number", "100")
    assert rows["school_id"]["Required Field?"] == "y"
    matrices = {}
    for row in fields:
        if row["Matrix Group Name"]:
            matrices.setdefault(row["Matrix Group Name"], []).append(row)
    assert all(
        len({row["Choices, Calculations, OR Slider Labels"] for row in group}) == 1 for group in matrices.values()
    )


def test_redcap_holds_no_choice_that_divides_another():
    odd = Question(
        "extra", "choice", Text("题", "Q"), (Option("a", Text("甲|乙", "A|B")), Option("c", Text("丙", "C")))
    )
    survey = replace(screening(), questions=(*screening().questions, odd))
    row = sims.redcap_fields(write_form(survey, "redcap", ("en",)).content)[-2]
    assert sims.redcap_choices(row) == [("a", "A|B"), ("c", "C")]


# --- 问卷星 and 腾讯问卷


@pytest.mark.parametrize("name", ["wenjuanxing", "tencent"])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_text_forms_hold_every_question_once(name, lang):
    form = build_form(full_survey(), (lang,), roster())
    columns = sims.text_columns(content_of(name, (lang,)), form, lang)
    assert [field.name for _, _, field, _ in columns] == [field.name for field in form.fields]
    for question, _, field, _ in columns:
        labels = [getattr(choice.label, lang) for choice in field.choices]
        assert [option.replace("\u00a0", " ") for option in question["options"]] == labels


def test_text_forms_use_a_matrix_where_answers_have_no_blanks():
    kinds = {q["kind"] for q in sims.text_questions(content_of("wenjuanxing", ("zh",)))}
    assert kinds == {"单选题", "多选题", "排序题", "填空题", "矩阵单选题"}
    english = {q["kind"] for q in sims.text_questions(content_of("wenjuanxing", ("en",)))}
    assert "矩阵单选题" not in english


def test_tencent_says_what_must_be_answered():
    text = content_of("tencent", ("zh",)).decode("utf-8")
    assert "您所在的学校[单选题][必答]" in text
    assert "您的性别[单选题][选答]" in text


@pytest.mark.parametrize("name", ["wenjuanxing", "tencent"])
def test_brackets_in_words_are_no_marks(name):
    odd = Question("extra", "text", Text("意见[多选题]", "Say [PageBreak]"))
    survey = replace(screening(), questions=(*screening().questions, odd))
    questions = sims.text_questions(write_form(survey, name, ("zh",)).content)
    assert questions[-1]["title"] == "意见［多选题］"


# --- Qualtrics


def test_qualtrics_text_is_in_the_advanced_format():
    content = content_of("qualtrics", ("zh",))
    assert content.startswith(b"[[AdvancedFormat]]")
    questions = {q["id"]: q for q in sims.qualtrics_questions(content)}
    assert list(questions) == [field.name for field in whole_form(("zh",)).fields]
    assert questions["phq9_1"]["kind"] == "MC:SingleAnswer:Vertical"
    assert questions["phq9_1"]["choices"][0] == ["0", "完全不会"]
    assert questions["topics"]["kind"] == "MC:MultipleAnswer:Vertical"
    assert [code for code, _ in questions["topics"]["choices"]] == ["1", "2", "3"]
    # The answer that does not apply has a number that no answer that counts has.
    codes = [code for code, _ in questions["copsoq3_core_17"]["choices"]]
    assert len(codes) == len(set(codes))
    assert all(re.fullmatch(r"\d+", code) for q in questions.values() for code, _ in q["choices"])


def test_qualtrics_words_are_no_marks():
    odd = Question("extra", "text", Text("题", "Say [[PageBreak]] or <b>"))
    survey = replace(screening(), questions=(*screening().questions, odd))
    text = write_form(survey, "qualtrics", ("en",)).content.decode("utf-8")
    assert "[[PageBreak]]" not in text
    assert "Say [ [PageBreak] ] or &lt;b>" in text


# --- FHIR


def fhir_items(item):
    yield item
    for inner in item.get("item", []):
        yield from fhir_items(inner)


@pytest.mark.parametrize("release", ["r4b", "r5"])
def test_fhir_questionnaire_is_valid(release):
    content = json.loads(content_of(f"fhir-{release}"))
    if release == "r5":
        from fhir.resources.questionnaire import Questionnaire
    else:
        from fhir.resources.R4B.questionnaire import Questionnaire
    Questionnaire.model_validate(content)
    items = [item for top in content["item"] for item in fhir_items(top)]
    ids = [item["linkId"] for item in items]
    assert len(ids) == len(set(ids))
    assert {field.name for field in whole_form().fields} <= set(ids)
    phq9 = next(item for item in items if item["linkId"] == "phq9_9")
    assert phq9["type"] == {"r4b": "choice", "r5": "coding"}[release]
    assert [option["valueCoding"]["code"] for option in phq9["answerOption"]] == ["0", "1", "2", "3"]
    weights = [option["valueCoding"]["extension"][0]["valueDecimal"] for option in phq9["answerOption"]]
    assert weights == [0, 1, 2, 3]
    told = json.dumps(phq9, ensure_ascii=False)
    assert "有不如死掉或用某种方式伤害自己的念头" in told
    assert "Thoughts that you would be better off dead" in told


@pytest.mark.parametrize("release", ["r4b", "r5"])
def test_fhir_enables_what_the_survey_asks(release):
    content = json.loads(content_of(f"fhir-{release}", ("zh",)))
    form = whole_form(("zh",))
    base = {field.name: None for field in form.fields}

    def holds(when, answers):
        value = answers[when["question"]]
        if when["operator"] == "exists":
            return (value is not None) == when["answerBoolean"]
        assert when["operator"] == "="
        return value == when["answerCoding"]["code"]

    def enabled(link, answers):
        def walk(item, on):
            if "enableWhen" in item:
                rule = any if item.get("enableBehavior", "any") == "any" else all
                on = on and rule(holds(when, answers) for when in item["enableWhen"])
            if item["linkId"] == link:
                found.append(on)
            for inner in item.get("item", []):
                walk(inner, on)

        found: list[bool] = []
        for top in content["item"]:
            walk(top, True)
        return found[0]

    for first, second in itertools.product([None, "0", "1", "2", "3"], repeat=2):
        answers = base | {"gad7_1": first, "gad7_2": second}
        assert enabled("gad7_3", answers) == is_asked(ROUTING["gad7_3"], answers), (first, second)
    for support in (None, "yes", "no"):
        answers = base | {"support": support}
        assert enabled("topics", answers) == is_asked(ROUTING["topics"], answers)
    assert enabled("phq9_1", base)


def test_fhir_leaves_a_sum_of_free_numbers_open_and_says_so():
    routing = {
        "remark": (Condition(("weekly_hours", "ipaq_sf_2"), at_least=100),),
        "wishes": (Condition(("weekly_hours",), at_least=60),),
    }
    written = write_form(replace(full_survey(), routing=routing), "fhir-r5", ("zh",), roster())
    assert written.unrouted == ("remark",)
    items = [item for top in json.loads(written.content)["item"] for item in fhir_items(top)]
    when = next(item for item in items if item["linkId"].startswith("when_wishes"))["enableWhen"]
    assert {(w["operator"], w.get("answerDecimal"), w.get("answerBoolean")) for w in when} == {
        (">=", 60, None),
        ("exists", None, False),
    }


# --- SurveyJS


def test_surveyjs_holds_both_languages():
    content = json.loads(content_of("surveyjs"))
    assert content["locale"] == "zh-cn"
    elements = {element["name"]: element for page in content["pages"] for element in page["elements"]}
    assert elements["phq9_1"]["title"] == {
        "default": "做事时提不起劲或没有兴趣",
        "zh-cn": "做事时提不起劲或没有兴趣",
        "en": "Little interest or pleasure in doing things",
    }
    assert [choice["value"] for choice in elements["phq9_1"]["choices"]] == [0, 1, 2, 3]
    assert elements["weekly_hours"]["validators"][0]["maxValue"] == 100
    assert elements["topics"]["type"] == "checkbox"
    assert elements["school_id"]["isRequired"] is True
    assert content["pages"][0]["name"] == "page_consent"
    assert content["pages"][-1]["name"] == "page_help"


# --- paper and the sheet to type it into


def pdf_pages(content: bytes) -> list[str]:
    import pypdf

    reader = pypdf.PdfReader(io.BytesIO(content))
    for page in reader.pages:
        assert [round(float(side)) for side in page.mediabox[2:]] == [595, 842]  # A4 in points
    return [page.extract_text() for page in reader.pages]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_paper_bears_the_code_and_nothing_else_about_the_person(lang):
    survey = full_survey()
    pages = pdf_pages(write_form(survey, "paper", (lang,), roster()).content)
    text = re.sub(r"\s", "", "".join(pages))
    for name in ("school_id", "sex", "age_band", "role"):
        assert re.sub(r"\s", "", getattr(survey.question(name).text, lang)) not in text
    assert re.sub(r"\s", "", getattr(survey.question("code").text, lang)) not in re.sub(r"\s", "", pages[0])
    assert re.sub(r"\s", "", getattr(survey.question("code").text, lang)) in text
    for item in survey.items:
        assert re.sub(r"\s", "", getattr(item.text, lang)) in text
    assert "12356" in pages[-1]
    assert not any(re.sub(r"\s", "", getattr(item.text, lang)) in re.sub(r"\s", "", pages[-1]) for item in survey.items)


def test_paper_of_an_anonymous_survey_has_no_field_for_a_code():
    survey = replace(screening(), questions=tuple(q for q in screening().questions if q.id != "code"))
    pages = pdf_pages(write_form(survey, "paper", ("zh",)).content)
    assert "编码卡" not in "".join(pages[1:])


def test_paper_says_who_is_asked_where_it_depends_on_a_tick():
    survey = replace(full_survey(), routing={"topics": ROUTING["topics"]})
    text = re.sub(r"\s", "", "".join(pdf_pages(write_form(survey, "paper", ("zh",), roster()).content)))
    number = next(
        n for n, name in enumerate(["consent_statistics", "consent_contact", "support"], 1) if name == "support"
    )
    assert f"（上面第{number}题选了“需要”才回答）" in text


def test_the_entry_sheet_has_the_plain_file_s_header_and_rules_for_each_column():
    from openpyxl import load_workbook

    book = load_workbook(io.BytesIO(content_of("entry", ("zh",))))
    sheet = book["answers"]
    header = [cell.value for cell in sheet[1]]
    survey = full_survey()
    assert set(header) == set(survey.columns) - {"seconds"}
    assert sheet.max_row == 1
    rules = {str(rule.sqref).split(":")[0][:-1]: rule for rule in sheet.data_validations.dataValidation}
    letters = {cell.value: cell.column_letter for cell in sheet[1]}
    assert rules[letters["phq9_1"]].formula1 == '"0,1,2,3"'
    assert rules[letters["phq9_1"]].promptTitle.endswith("做事时提不起劲或没有兴趣")
    assert "3 几乎每天" in rules[letters["phq9_1"]].prompt
    assert rules[letters["cbi_1"]].formula1 == '"100,75,50,25,0"'
    hours = rules[letters["weekly_hours"]]
    assert (hours.type, hours.operator, hours.formula1, hours.formula2) == ("decimal", "between", "0", "100")
    assert rules[letters["submitted"]].type == "date"
    assert all(rule.showErrorMessage for name, rule in rules.items() if rule.type)
    assert all(len(rule.promptTitle) <= 32 and len(rule.prompt) <= 255 for rule in rules.values())


def test_the_entry_sheet_lists_many_schools_in_a_hidden_sheet():
    import pandas as pd
    from openpyxl import load_workbook

    from wellbeing.surveys import Roster

    one = roster().schools.iloc[:1]
    many = Roster(pd.concat([one] * 90).set_axis([f"S{n:03d}" for n in range(90)]))
    book = load_workbook(io.BytesIO(write_form(screening(), "entry", ("zh",), many).content))
    assert book["lists"].sheet_state == "hidden"
    assert [cell.value for cell in book["lists"]["A"]] == list(many.schools.index)
    rule = next(r for r in book["answers"].data_validations.dataValidation if str(r.sqref).startswith("A2"))
    assert rule.formula1 == "lists!$A$1:$A$90"


@pytest.mark.parametrize("name", ["xlsform", "entry"])
def test_a_text_that_looks_like_a_formula_stays_a_text(name):
    from openpyxl import load_workbook

    odd = Question(
        "extra", "choice", Text("=1+1", "=1+1"), (Option("a", Text("=cmd|x", "=cmd|x")), Option("b", Text("乙", "B")))
    )
    survey = replace(screening(), questions=(*screening().questions, odd))
    book = load_workbook(io.BytesIO(write_form(survey, name, ("zh",)).content))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert all(cell.data_type != "f" for cell in cells)


@pytest.mark.parametrize("name", ["redcap", "limesurvey"])
def test_a_text_that_looks_like_a_formula_does_not_begin_a_cell(name):
    odd = Question("extra", "text", Text("=1+1", "=HYPERLINK()"))
    survey = replace(screening(), questions=(*screening().questions, odd))
    text = write_form(survey, name, ("en",)).content.decode("utf-8-sig")
    cells = [
        cell
        for row in csv.reader(io.StringIO(text, newline=""), delimiter="," if name == "redcap" else "\t")
        for cell in row
    ]
    assert " =HYPERLINK()" in cells
    assert not [cell for cell in cells if cell.startswith(("=", "+", "@"))]


def test_own_questions_of_the_tests_cover_every_kind():
    assert {question.kind for question in OWN} == {"choice", "multiple", "ranking", "number", "text"}
