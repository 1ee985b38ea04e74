"""Open answers: danger first and sealed, names out, themes by respondent, what may be told, how well it is done."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registers import SCHOOLS, make_keyed
from wellbeing.audit_log import log_file
from wellbeing.checks import check_workspace
from wellbeing.cli import call
from wellbeing.disclosure.units import form_units
from wellbeing.errors import InputError, UsageError
from wellbeing.free_text import wave as wave_module
from wellbeing.free_text import words as words_module
from wellbeing.free_text.agreement import agreement, made_up_sample, read_sample
from wellbeing.free_text.masking import without_names
from wellbeing.free_text.reading import theme_list, theme_review
from wellbeing.free_text.safeguarding import (
    UNPLACED,
    Found,
    dangerous,
    read_sentences,
    screen,
    screen_wave,
    send,
)
from wellbeing.free_text.telling import asked_of_texts, share_range, themes_by_unit
from wellbeing.free_text.themes import mentions, said_of
from wellbeing.free_text.told import How, ToldTheme, read_themes, theme_bytes
from wellbeing.free_text.wave import written_in
from wellbeing.free_text.word_lists import load_safeguarding, load_themes
from wellbeing.free_text.words import cut
from wellbeing.responses import Responses
from wellbeing.surveys import Roster, load_survey, read_roster
from wellbeing.synthetic.opinion import SURVEY, ask_everything, make_opinion
from wellbeing.synthetic.opinion_setting import review_themes
from wellbeing.synthetic.opinion_words import DENIALS, MENTIONS, SAFEGUARDING
from wellbeing.synthetic.places import make_schools
from wellbeing.workspace import Workspace, unpack

KIT = Path(__file__).parents[1]
WITH_AND_WITHOUT = pytest.mark.parametrize("plain", [False, True], ids=["jieba", "without jieba"])


@pytest.fixture(scope="module")
def themes():
    return load_themes(Workspace(KIT))


@pytest.fixture(scope="module")
def danger():
    return load_safeguarding(Workspace(KIT))


# --- the word lists


def changed(folder, name, old, new):
    path = folder / "surveys" / name
    path.parent.mkdir(exist_ok=True)
    text = (KIT / "surveys" / name).read_text(encoding="utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), encoding="utf-8")
    return Workspace(folder)


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("id: pay", "id: workload", "stands_twice"),
        ("工资, 待遇", "工资, 工资", "stands_twice"),
        ("工资, 待遇", "钱, 待遇", "word_short"),
        ("  - id: pay", "  - ids: pay", "settings_lack"),
    ],
)
def test_a_list_of_themes_edited_wrongly(tmp_path, old, new, what):
    workspace = changed(tmp_path, "themes.yaml", old, new)
    with pytest.raises(InputError) as caught:
        load_themes(workspace)
    assert what in [problem.what for problem in caught.value.problems]
    assert all(problem.row for problem in caught.value.problems)


def test_a_county_adds_words_of_danger_and_cannot_take_any_away(tmp_path, danger):
    (tmp_path / "surveys").mkdir()
    own = "schema: 1\nversion: '2'\nkinds:\n  - {id: ours, words: [喝敌敌畏]}\n"
    (tmp_path / "surveys" / "safeguarding.yaml").write_text(own, encoding="utf-8")
    words = load_safeguarding(Workspace(tmp_path)).words
    assert set(danger.words) < set(words)
    assert "喝敌敌畏" in words


def test_check_names_a_broken_list(tmp_path):
    workspace = unpack(tmp_path / "county")
    path = workspace.surveys / "safeguarding.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("[自杀,", "[死,"), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        list(check_workspace(workspace))
    assert "word_short" in [problem.what for problem in caught.value.problems]


def test_the_lists_are_no_surveys():
    with pytest.raises(UsageError) as caught:
        load_survey(Workspace(KIT), "nothing")
    assert "themes" not in caught.value.message("en")
    assert "safeguarding" not in caught.value.message("en")


# --- danger first


@pytest.mark.parametrize(
    "text",
    [
        SAFEGUARDING,
        "没有想过自杀。",  # a negation changes nothing
        "真的不想 活 了",
        "不，想，活了",
        "ＳＵＩＣＩＤＥ is on my mind",
        "我想\u200b死",
        "有人体罚学生。",
        "他一直对我性骚扰",
    ],
)
def test_words_of_danger_are_found_however_they_are_written(text, danger):
    sentences, rest = dangerous(text, danger)
    assert "".join(sentences) == text.strip()
    assert rest == ""


def test_only_the_sentence_is_taken_and_the_rest_is_left(danger):
    sentences, rest = dangerous("工资太低。活着没有意思！食堂也不好。", danger)
    assert sentences == ("活着没有意思！",)
    assert rest == "工资太低。食堂也不好。"


def test_a_word_over_two_sentences_is_found(danger):
    assert dangerous("我真的不想。活了。好的。", danger) == (("我真的不想。活了。",), "好的。")


@settings(max_examples=30, deadline=None)
@given(st.text(alphabet="工资低。！\n 好的食堂不", max_size=40))
def test_what_holds_no_danger_stays_as_it_is(danger, text):
    assert dangerous(text, danger) == ((), text)


def test_nothing_of_everyday_trouble_is_taken_for_danger(danger, themes):
    # Of 200 made-up answers without danger the list may send none: a flood of sentences is one that nobody reads.
    taken = [text for text in made_up_sample(themes)["text"] if dangerous(text, danger)[0]]
    assert taken == []


@pytest.fixture(scope="module")
def keyed(tmp_path_factory):
    own = {"one": ("counsellor", ("S001",)), "lead": ("counsellor", ()), "escrow": ("escrow", ())}
    return make_keyed(tmp_path_factory.mktemp("sealed") / "county", **own)


@pytest.fixture(scope="module")
def sent(keyed):
    survey, roster = load_survey(keyed.workspace, SURVEY), read_roster(keyed.workspace.roster)
    answers = pd.DataFrame(
        {
            "school_id": ["S001", "S002", "S001", None],
            "op_open_first": ["工资太低。", None, SAFEGUARDING, None],
            "op_open_last": [None, "食堂不好。有人体罚学生。", "没有", "不想活了。"],
        },
        dtype="str",
    )
    told, rest = screen_wave(keyed.workspace, survey, "2026", roster, answers)
    return keyed.workspace, told, rest


def test_the_sentences_reach_the_schools_counsellor_and_no_other(sent, keyed):
    workspace, told, _ = sent
    assert told.files == len(SCHOOLS) + 1
    everything = (Found(None, "不想活了。"), Found("S001", SAFEGUARDING), Found("S002", "有人体罚学生。"))
    assert read_sentences(workspace, SURVEY, "2026", keyed.opens("lead")) == everything
    assert read_sentences(workspace, SURVEY, "2026", keyed.opens("one")) == everything[1:2]


def test_the_rest_of_the_texts_is_for_the_themes(sent):
    _, _, rest = sent
    told = rest.astype(object).where(rest.notna(), None).to_numpy().tolist()
    assert told == [["工资太低。", None], [None, "食堂不好。"], [None, "没有"], [None, None]]


def test_files_tell_nothing_by_their_names_sizes_or_contents(sent):
    workspace, _, _ = sent
    folder = workspace.confidential(SURVEY, "2026") / "sentences"
    files = sorted(folder.iterdir())
    assert [path.stem for path in files] == sorted([UNPLACED, *SCHOOLS])
    # Padded to steps of 64 KiB; age adds a random line and one for each recipient, whoever is in the file.
    assert {path.stat().st_size // 65_536 for path in files} == {1}
    assert all(path.stat().st_size % 65_536 < 1024 for path in files)
    for path in workspace.root.rglob("*"):
        if path.is_file() and "surveys" not in path.parts:
            content = path.read_bytes()
            assert not any(word.encode() in content for word in ("活着没有意思", "体罚", "不想活")), path.name


def test_the_log_says_that_it_was_done_and_not_what(sent):
    workspace, _, _ = sent
    line = log_file(workspace).read_text(encoding="utf-8").splitlines()[-1]
    assert '"sentences_written"' in line
    assert '"files":4' in line.replace(" ", "")


def test_a_counsellor_reads_them_on_her_screen(sent, keyed, monkeypatch, capsys):
    workspace, _, _ = sent
    monkeypatch.chdir(workspace.root)
    monkeypatch.setattr("wellbeing.cli.sentences.unlock", lambda path: keyed.opens("lead")[0])
    arguments = ["followup", "sentences", "--survey", SURVEY, "--wave", "2026"]
    assert call([*arguments, "--identity", "x.age"]) == 0
    out = capsys.readouterr().out
    assert f"学校S001：{SAFEGUARDING}" in out
    assert "（学校不明）：不想活了。" in out
    assert call(arguments) == 2  # without her key


def test_a_damaged_or_exchanged_file_is_named_and_a_stranger_reads_nothing(sent, keyed, tmp_path):
    from wellbeing.keys import envelope

    workspace, _, _ = sent
    stranger = envelope.identity_of(envelope.new_identity()[0])
    with pytest.raises(InputError) as caught:
        read_sentences(workspace, SURVEY, "2026", [stranger])
    assert [problem.what for problem in caught.value.problems] == ["sealed_wrong_key"]
    with pytest.raises(UsageError):
        read_sentences(workspace, SURVEY, "2025", keyed.opens("lead"))
    folder = workspace.confidential(SURVEY, "2026") / "sentences"
    kept = {path: path.read_bytes() for path in folder.iterdir()}
    try:
        (folder / "S002.age").write_bytes(kept[folder / "S003.age"])
        with pytest.raises(InputError) as caught:
            read_sentences(workspace, SURVEY, "2026", keyed.opens("lead"))
        assert [problem.what for problem in caught.value.problems] == ["sealed_misplaced"]
    finally:
        for path, content in kept.items():
            path.write_bytes(content)


def test_without_a_counsellor_nothing_is_done(tmp_path):
    keyed = make_keyed(tmp_path / "county", escrow=("escrow", ()))
    survey, roster = load_survey(keyed.workspace, SURVEY), read_roster(keyed.workspace.roster)
    with pytest.raises(UsageError) as caught:
        send(keyed.workspace, survey, "2026", roster, ())
    assert caught.value.key == "no_counsellor_key"
    assert not keyed.workspace.confidential(SURVEY, "2026").exists()


# --- names


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("欧阳小明老师和王校长吵架", "〔人名〕老师和〔人名〕校长吵架"),
        ("城关第一小学的食堂不好，一小没有暖气", "〔学校〕的食堂不好，〔学校〕没有暖气"),
        ("任何老师都感谢老师们", "任何老师都感谢老师们"),
        ("打我电话13800001234", "打我电话〔号码〕"),
    ],
)
def test_names_are_taken_out(text, kept):
    assert without_names(text, ["欧阳小明", "明"], ["城关第一小学", "一小"]) == kept


# --- themes


@WITH_AND_WITHOUT
@pytest.mark.parametrize(
    ("text", "told"),
    [
        pytest.param("没有压力。", {"strain": "denied"}, id="the document's own example"),
        pytest.param("压力很大", {"strain": "mentioned"}, id="a mention"),
        pytest.param("没有什么太大的压力", {"strain": "denied"}, id="stop words do not count among the three"),
        pytest.param("没有。压力很大", {"strain": "mentioned"}, id="a negation ends with its clause"),
        pytest.param("没有减轻工作量", {"workload": "mentioned"}, id="what is denied is the cure"),
        pytest.param("希望没有加班", {"workload": "mentioned"}, id="wished away"),
        pytest.param("冬天没有暖气", {"facilities": "mentioned"}, id="something is lacking"),
        pytest.param("工作量不大", {"workload": "denied"}, id="denied afterwards"),
        pytest.param("不得不加班", {"workload": "mentioned"}, id="no negation though it holds its sign"),
        pytest.param("没有压力，但是压力后来很大", {"strain": "mentioned"}, id="a mention goes before a denial"),
        pytest.param("今天天气好", {}, id="nothing"),
    ],
)
def test_what_a_text_says(themes, text, told, plain):
    assert said_of(text, themes, plain) == told


def test_a_word_across_the_border_of_two_others_is_none(themes):
    # 体检|查出: to find "检查" there would be to find an inspection in a medical check.
    assert "".join(cut("体检查出结节", themes.dictionary)) == "体检查出结节"
    assert "workload" not in said_of("体检查出问题", themes)


@WITH_AND_WITHOUT
@settings(max_examples=25, deadline=None)
@given(st.text(max_size=40))
def test_cut_words_make_up_the_text_again(themes, plain, text):
    assert "".join(cut(text, themes.dictionary, plain)) == text


def test_without_jieba_the_same_function_answers(themes, monkeypatch):
    monkeypatch.setattr(words_module, "has_segmenter", lambda: False)
    assert said_of("食堂的菜很贵", themes) == {"facilities": "mentioned"}


def test_respondents_are_counted_not_words(themes):
    texts = pd.DataFrame(
        {"a": ["加班加班加班", None, None, "没有加班"], "b": ["填表", None, "工资低", "加班多"]}, index=[3, 4, 5, 6]
    )
    told = mentions(texts, themes)
    assert told.index.tolist() == [3, 5, 6]
    assert told["workload"].tolist() == [True, False, True]
    assert told["pay"].tolist() == [False, True, False]


@WITH_AND_WITHOUT
def test_the_planted_sentences_are_understood(themes, plain):
    for theme, sentences in MENTIONS.items():
        assert [said_of(text, themes, plain) for text in sentences] == [{theme: "mentioned"}] * len(sentences)
    for theme, sentences in DENIALS.items():
        assert [said_of(text, themes, plain) for text in sentences] == [{theme: "denied"}] * len(sentences)


# --- how well


@pytest.fixture(scope="module")
def measured(themes):
    return agreement(made_up_sample(themes), themes)


def test_precision_and_recall_by_hand(themes):
    sample = pd.DataFrame({"text": ["加班多", "开会多", "累", "没事"]})
    for theme in themes.themes:
        sample[theme.id] = False
    sample["workload"] = [True, False, True, False]
    found = agreement(sample, themes).loc["workload"]
    assert (found["coded"], found["found"], found["both"]) == (2, 2, 1)
    assert (found["precision"], found["recall"], found["reported"]) == (0.5, 0.5, False)


def test_the_sample_has_two_hundred_answers_with_every_theme(themes):
    sample = made_up_sample(themes)
    assert len(sample) == 200
    assert sample["text"].is_unique
    assert (sample[[theme.id for theme in themes.themes]].sum() >= 15).all()


def test_every_theme_reaches_its_precision_and_most_are_found(measured):
    assert measured["reported"].all()
    assert measured["both"].sum() / measured["coded"].sum() > 0.75


@WITH_AND_WITHOUT
def test_the_documents_table_is_what_is_measured(themes, plain):
    table = (KIT / "docs" / "opinion_methods.md").read_text(encoding="utf-8")
    for theme, row in agreement(made_up_sample(themes), themes, plain).iterrows():
        told = re.search(rf"^\| {theme} \|(.*)\|$", table, flags=re.M)
        cells = [cell.strip() for cell in told[1].split("|")]
        # coded; found, precision and recall with jieba; the same without
        assert cells[0] == str(row["coded"])
        wanted = [str(row["found"]), f"{row['precision']:.2f}", f"{row['recall']:.2f}"]
        assert (cells[4:] if plain else cells[1:4]) == wanted


@pytest.mark.parametrize(
    ("content", "what"),
    [
        ("text,theme\na,b\n", "missing_column"),
        ("text,themes\n" + "工资低,pay\n" * 199, "sample_short"),
        ("text,themes\n" + "工资低,pay\n" * 200 + "x,money\n", "unknown_theme"),
        ("text,themes\n" + "工资低,pay\n" * 200 + ",pay\n", "empty_cell"),
    ],
)
def test_a_countys_own_sample_with_a_fault(tmp_path, themes, content, what):
    path = tmp_path / "coded.csv"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_sample(path, themes)
    assert [problem.what for problem in caught.value.problems] == [what]
    assert "工资" not in caught.value.message("zh")


def test_a_countys_own_sample(tmp_path, themes):
    path = tmp_path / "coded.csv"
    path.write_bytes(b"\xef\xbb\xbf" + ("text,themes\n" + '"工资低，加班多",pay;workload\n' * 200).encode())
    assert agreement(read_sample(path, themes), themes).loc["pay", "precision"] == 1.0


# --- what is told


@pytest.mark.parametrize(
    ("places", "reported", "asked"),
    [
        pytest.param(5, True, True, id="five units"),
        pytest.param(4, True, False, id="four units"),
        pytest.param(9, False, False, id="precision under .7"),
    ],
)
def test_a_theme_of_enough_units_that_is_counted_well_enough_becomes_a_question(themes, places, reported, asked):
    pay = replace(themes, themes=tuple(theme for theme in themes.themes if theme.id == "pay"))
    answers = pd.DataFrame({"op_open_last": pd.Series(["x"] * 40 + [None] * 10, dtype="str")}, index=range(100, 150))
    named = pd.DataFrame({"pay": [n % 2 == 0 for n in range(40)]}, index=answers.index[:40])
    units = pd.Series([f"U{n // 2 % places if n % 2 == 0 else n}" for n in range(50)], index=answers.index)
    agreed = pd.DataFrame({"reported": [reported]}, index=["pay"])
    survey = load_survey(Workspace(KIT), SURVEY)
    found, told = asked_of_texts(survey, answers, named, units, pay, agreed)
    assert [question.id for question in found.questions[len(survey.questions) :]] == (["theme_pay"] if asked else [])
    if asked:
        # Whoever wrote nothing is no answer, and neither for nor against.
        assert told["theme_pay"].tolist()[:2] == ["yes", "no"]
        assert told["theme_pay"].isna().sum() == 10


@pytest.mark.parametrize(
    ("low", "high", "side", "expected"),
    [
        # About 100 respondents (98 to 102) of whom about half (47.5 to 52.5 %) wrote: 47 to 53 people.
        pytest.param(10, 14, "few", (0.18, 0.30), id="10 of 53 to 14 of 47"),
        pytest.param(10, 14, "many", (0.70, 0.82), id="all but so many"),
        pytest.param(20, 22, "untold", (0.37, 0.63), id="20 of 53 to 33 of 53"),
    ],
)
def test_a_class_leaves_a_range_of_shares_of_those_who_wrote(low, high, side, expected):
    assert share_range(low, high, side, 100, 0.5) == pytest.approx(expected)
    assert share_range(low, high, side, 100, 0.0) is None


def test_the_file_of_themes_comes_back_and_holds_one_mark_for_what_is_withheld():
    how = How("counted", "1 #ab12cd34", "2026-09-10", "own", "jieba", 0.35)
    told = (ToldTheme("pay", "工资待遇", "Pay", 0.18, 0.30, 0.95, 0.8), ToldTheme("strain", "压力和健康", "Strain"))
    content = theme_bytes(how, told)
    assert content.decode().splitlines()[1:] == [
        "county,pay,工资待遇,Pay,0.18,0.30,0.95,0.80,counted,1 #ab12cd34,2026-09-10,own,jieba,0.35",
        "county,strain,压力和健康,Strain,-,-,-,-,counted,1 #ab12cd34,2026-09-10,own,jieba,0.35",
    ]
    assert read_themes(content) == (how, told)
    lines = content.split(b"\n")
    for broken in (
        b"",
        b"theme,side\n",
        lines[0],
        content.replace(b"0.18", b"x"),
        content.replace(b"0.18", b"1.80"),
        content.replace(b"0.95", b"-"),
        content.replace(b"counted", b"guessed"),
        content.replace(b"jieba", b"plain", 1),
        b"\xff",
    ):
        with pytest.raises(InputError):
            read_themes(broken)


def test_a_list_counts_as_read_only_as_it_was_read(tmp_path, themes):
    assert themes.reviewed_on == ""
    assert themes.mark in theme_review(Workspace(KIT), "zh")
    line = f"version: '1'\nreviewed: {{day: '2026-09-10', mark: '{themes.mark}'}}"
    read = changed(tmp_path, "themes.yaml", "version: '1'", line)
    assert load_themes(read).reviewed_on == "2026-09-10"
    assert "2026-09-10" in theme_review(read, "zh")
    path = tmp_path / "surveys" / "themes.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("工资, 待遇", "工资, 薪资, 待遇"), encoding="utf-8")
    assert load_themes(read).reviewed_on == ""
    assert load_themes(read).mark in theme_review(read, "en")
    path.write_text(path.read_text(encoding="utf-8").replace("2026-09-10", "10.9.2026"), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load_themes(read)
    assert [problem.what for problem in caught.value.problems] == ["record_not_date"]
    assert theme_list(Workspace(KIT), "zh").loc["工资待遇"].iloc[0].startswith("工资、待遇")


def test_what_few_answers_of_the_sample_hold_is_not_measured(themes):
    texts = ["工资低"] * 9 + ["加班多"] * 10 + ["很好"] * 181
    sample = pd.DataFrame({"text": pd.Series(texts, dtype="str")}).assign(
        **{theme.id: [theme.id == "pay"] * 9 + [theme.id == "workload"] * 10 + [False] * 181 for theme in themes.themes}
    )
    measured = agreement(sample, themes)
    assert measured.loc[["pay", "workload"], "precision"].tolist() == [1.0, 1.0]
    assert measured.loc[["pay", "workload"], "reported"].tolist() == [False, True]


def test_units_are_compared_by_the_model_of_the_flags():
    named = pd.DataFrame({"pay": [True] * 3 + [False] * 0 + [True, False] * 60, "none": [False] * 123})
    units = pd.Series(["small"] * 3 + [f"U{n % 6}" for n in range(120)])
    told = themes_by_unit(named, units).set_index(["theme", "unit"])
    assert set(told.index.get_level_values("theme")) == {"pay"}
    # Three of three is no hundred per cent.
    assert 0.5 < told.loc[("pay", "small"), "share"] < 0.85


# --- the whole way on a made-up county


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    workspace = unpack(tmp_path_factory.mktemp("made") / "county")
    ask_everything(workspace)
    roster = Roster(make_schools(24, np.random.default_rng(3)).assign(group=""))
    return roster, make_opinion(workspace, roster, waves=("2026",))


def test_every_planted_mention_is_counted_and_every_denial_is_not(made, themes, danger):
    roster, opinion = made
    answers = opinion.answers["2026"]
    agreed = answers[answers["consent_statistics"].eq("yes")]
    found, rest = screen(agreed[["op_open_first", "op_open_last"]], agreed["school_id"], danger)
    assert found == (Found(opinion.planted.safeguarding, SAFEGUARDING),)
    masked = rest.map(lambda text: without_names(text, (), roster.schools["name"]), na_action="ignore")
    told = mentions(masked, themes)
    planted = {theme.id: opinion.planted.mentions.get(theme.id, 0) for theme in themes.themes}
    assert told.sum().to_dict() == planted


def test_texts_are_counted_by_a_list_that_was_read_and_only_where_a_counsellor_is(made, tmp_path, monkeypatch, danger):
    roster, opinion = made
    workspace, units = Workspace(tmp_path), form_units(roster, opinion.survey.policy)
    responses = Responses(SURVEY, "2026", opinion.answers["2026"])

    def written():
        return written_in(workspace, opinion.survey, "2026", roster, units, responses)

    assert written().how.state == "unreviewed"
    review_themes(workspace, "2026-09-10")
    assert written().how.state == "no_counsellor"
    assert written().survey == opinion.survey
    nothing = replace(opinion.survey, questions=())
    assert written_in(workspace, nothing, "2026", roster, units, responses).how.state == "not_asked"
    texts = [question.id for question in opinion.survey.own_questions if question.kind == "text"]
    monkeypatch.setattr(
        wave_module,
        "screen_wave",
        lambda _, survey, wave, roster, answers: (None, screen(answers[texts], answers["school_id"], danger)[1]),
    )
    counted = written()
    assert (counted.how.state, counted.how.sample, counted.how.reviewed) == ("counted", "made_up", "2026-09-10")
    asked = [question.id for question in counted.survey.questions if question.kind == "theme"]
    assert "theme_workload" in asked
    said = counted.answers["theme_workload"]
    assert said.eq("yes").sum() == opinion.planted.mentions["workload"]
    # Whoever did not agree to statistics, or wrote nothing, is not counted.
    assert said.notna().sum() == counted.wrote
    assert said[~responses.answers["consent_statistics"].eq("yes")].isna().all()
    sample = workspace.working(SURVEY, "2026") / "themes_coded.csv"
    sample.parent.mkdir(parents=True)
    sample.write_text("text,themes\n" + "工资低,pay\n" * 200, encoding="utf-8")
    own = written()
    assert own.how.sample == "own"
    # Of the sample only pay is measured.
    assert [question.id for question in own.survey.questions if question.kind == "theme"] == ["theme_pay"]


def test_two_hundred_answers_are_drawn_to_be_coded_without_names_or_danger(made, tmp_path, monkeypatch):
    roster, opinion = made
    workspace = Workspace(tmp_path)
    answers = opinion.answers["2026"].copy()
    answers["op_open_first"] = answers["op_open_first"].mask(np.arange(len(answers)) == 0, "=HYPERLINK(1)王老师说好")
    answers.loc[answers.index[0], "consent_statistics"] = "yes"
    monkeypatch.setattr(wave_module, "load_survey", lambda *_: opinion.survey)
    monkeypatch.setattr(wave_module, "read_roster", lambda _: roster)
    monkeypatch.setattr(wave_module, "read_responses", lambda *_: Responses(SURVEY, "2026", answers))
    monkeypatch.setattr(wave_module.random.Random, "sample", lambda _, texts, count: sorted(texts)[:count])
    workspace.working(SURVEY, "2026").mkdir(parents=True)
    text = wave_module.draw_theme_sample(workspace, "2026").read_text(encoding="utf-8-sig")
    assert len(text.splitlines()) == 201
    assert SAFEGUARDING[:6] not in text
    # No formula for a spreadsheet, and no surname before a title.
    assert "\n =HYPERLINK(1)〔人名〕老师说好," in text
    monkeypatch.setattr(wave_module, "read_responses", lambda *_: Responses(SURVEY, "2026", answers.head(100)))
    with pytest.raises(UsageError) as caught:
        wave_module.draw_theme_sample(workspace, "2026")
    assert caught.value.key == "sample_too_few"


@pytest.mark.slow
def test_on_import_the_sentences_are_sealed_or_it_is_said_that_nobody_looks(made, tmp_path, monkeypatch, capsys):
    from wellbeing.keys import envelope
    from wellbeing.keys.holders import Holder, add_holder

    roster, opinion = made
    workspace = unpack(tmp_path / "county")
    ask_everything(workspace)
    rural = roster.schools["rural"].map({True: "yes", False: "no"})
    workspace.roster.write_text(roster.schools.assign(rural=rural).to_csv(), encoding="utf-8")
    monkeypatch.chdir(workspace.root)
    command = ["import", str(opinion.exports["2026"]), "--survey", SURVEY, "--wave", "2026"]
    assert call(command) == 0
    assert "无人能看到" in capsys.readouterr().err
    secret, public = envelope.new_identity()
    add_holder(workspace, Holder("lead", "counsellor", public, "2026-01-01"))
    assert call(command) == 0
    told = capsys.readouterr()
    assert "无人能看到" not in told.err
    assert SAFEGUARDING[:6] not in told.out + told.err
    found = read_sentences(workspace, SURVEY, "2026", [envelope.identity_of(secret)])
    assert found == (Found(opinion.planted.safeguarding, SAFEGUARDING),)
