"""The scoring engine: worked examples, an independent scorer of the fact base, promises, and what it refuses."""

import csv
import math
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from wellbeing.answer_codes import coding_warnings, recode
from wellbeing.errors import InputError, UsageError
from wellbeing.formulas import evaluate
from wellbeing.instruments import instrument_ids, load_instrument
from wellbeing.scoring import score, score_file, score_survey, writable
from wellbeing.surveys import AnswerMap, Part

FACTS = Path(__file__).parents[2] / "shared" / "instruments"
SCORABLE = [name for name in instrument_ids() if not load_instrument(name).not_scorable]
NA = float("nan")


def frame(instrument, rows):
    columns = [item.column for item in load_instrument(instrument).items]
    return pd.DataFrame(rows, columns=columns)


def random_answers(instrument, n, seed, missing=0.1):
    """Answers at random; a share of respondents leaves nothing out, the others leave out more or less."""
    rng = np.random.default_rng(seed)
    items = load_instrument(instrument).items
    answers = np.column_stack([rng.choice(item.codes, n) for item in items]).astype(float)
    answers[rng.random(answers.shape) < rng.choice([0, missing, 0.4], (n, 1), p=[0.4, 0.4, 0.2])] = np.nan
    return pd.DataFrame(answers, columns=[item.column for item in items])


def problems(call, *args):
    with pytest.raises(InputError) as caught:
        call(*args)
    return [(problem.what, problem.row, problem.column) for problem in caught.value.problems]


# --- worked examples and an independent scorer ---------------------------------------------------------------------


@pytest.mark.parametrize("name", SCORABLE)
def test_worked_examples(name):
    instrument = load_instrument(name)
    answers = pd.DataFrame([dict(example.answers) for example in instrument.examples], dtype=object)
    scores = score(answers, instrument)
    for row, example in enumerate(instrument.examples):
        for column, expected in example.expect:
            found = scores[f"{name}_{column}"].iloc[row]
            if expected == "unscorable":
                assert math.isnan(found), (example.why, column)
            elif isinstance(expected, str | bool):
                assert found == expected, (example.why, column)
            else:
                assert found == pytest.approx(expected, abs=1e-9), (example.why, column)


def by_the_readme(facts, scale, answers):
    """Score one respondent by the words of the fact base's README, item by item, without the kit."""
    sets = {item["number"]: facts["response_sets"][item["response_set"]] for item in facts["items"]}
    turned = {item["number"] for item in facts["items"] if item["reverse"]}
    keyed = []
    for number in scale["items"]:
        code = answers[number]
        if code is None:
            continue
        if number in turned:
            codes = [a["code"] for a in sets[number]]
            code = min(codes) + max(codes) - code
        keyed.append(code)
    if len(keyed) < scale["min_answered"]:
        return None
    if scale["method"] == "count":
        assert scale["count_if"] == ">= 2"
        return sum(code >= 2 for code in keyed)
    points = sum(keyed) / len(keyed) if scale["method"] == "mean" else sum(keyed)
    if scale.get("prorate"):
        points = sum(keyed) * len(scale["items"]) / len(keyed)
    points *= scale.get("multiply", 1)
    if scale.get("rounding") == "half_up":
        return int(Decimal(points).quantize(Decimal(1), rounding="ROUND_HALF_UP"))
    return math.trunc(points) if scale.get("rounding") == "truncate" else points


def band_by_the_readme(facts, scale, points):
    for bands in facts["bands"]:
        if (
            bands["scale"] in {scale, "facet" if scale != "total" else ""}
            and "level_of" not in bands
            and bands["levels"]
        ):
            for level in bands["levels"]:
                low = points >= level["min"] if "min" in level else points > level.get("above", -math.inf)
                high = points <= level["max"] if "max" in level else points < level.get("below", math.inf)
                if low and high:
                    return level["id"]
    return None


@pytest.mark.skipif(not FACTS.exists(), reason="the fact base is not beside the repository")
@pytest.mark.parametrize("name", SCORABLE)
def test_random_answers_score_as_the_fact_base_says(name):
    facts = yaml.safe_load((FACTS / f"{name}.yaml").read_text(encoding="utf-8"))
    answers = random_answers(name, 400, seed=20261123)
    scores = score(answers, name)
    numbers = [item["number"] for item in facts["items"]]
    for row, codes in enumerate(answers.to_numpy()):
        given = {n: None if math.isnan(code) else int(code) for n, code in zip(numbers, codes, strict=True)}
        for scale in facts["scales"]:
            if scale["method"] == "formula":
                continue
            expected = by_the_readme(facts, scale, given)
            found = scores[f"{name}_{scale['id']}"].iloc[row]
            band = scores[f"{name}_{scale['id']}_band"].iloc[row]
            assert scores[f"{name}_{scale['id']}_answered"].iloc[row] == sum(
                given[n] is not None for n in scale["items"]
            )
            if expected is None:
                assert math.isnan(found)
                assert pd.isna(band)
            else:
                assert found == pytest.approx(expected, abs=1e-9)
                wanted = band_by_the_readme(facts, scale["id"], expected)
                assert (None if pd.isna(band) else band) == wanted


def ipaq_by_the_protocol(answers):
    """MET-minutes, category and daily minutes of one respondent, step by step from the IPAQ protocol."""
    days, minutes = list(answers[0:6:2]), list(answers[1:6:2])
    for place in range(3):
        if days[place] == 0:
            minutes[place] = 0
    if any(value is None for value in days + minutes):
        return None
    for place in range(3):
        if minutes[place] < 10:
            days[place] = minutes[place] = 0
    if sum(minutes) > 960:
        return None
    minutes = [min(value, 180) for value in minutes]
    # In tenths of a MET, so that the limits of the categories are met exactly.
    tenths = [met * d * m for met, d, m in zip((80, 40, 33), days, minutes, strict=True)]
    met = sum(tenths) / 10
    lively = sum(d for d, m in zip(days[1:], minutes[1:], strict=True) if m >= 30)
    category = "low"
    if (days[0] >= 3 and minutes[0] >= 20) or lively >= 5 or (sum(days) >= 5 and met >= 600):
        category = "moderate"
    if (days[0] >= 3 and met >= 1500) or (sum(days) >= 7 and met >= 3000):
        category = "high"
    return [*(part / 10 for part in tenths), met, sum(d * m for d, m in zip(days, minutes, strict=True)) / 7], category


minutes_a_day = st.one_of(st.none(), st.sampled_from([0, 9, 10, 19, 20, 29, 30, 179, 180, 181, 320, 321, 1440]))


@given(st.lists(st.tuples(st.one_of(st.none(), st.integers(0, 7)), minutes_a_day), min_size=3, max_size=3))
@settings(max_examples=80, deadline=None)
def test_ipaq_by_its_protocol(pairs):
    answers = [value for pair in pairs for value in pair]
    scores = score(frame("ipaq_sf", [[*answers, 60]]).astype(object), "ipaq_sf").iloc[0]
    names = [f"ipaq_sf_{scale}" for scale in ("vigorous", "moderate", "walking", "total", "daily_minutes")]
    expected = ipaq_by_the_protocol(answers)
    if expected is None:
        assert scores[names].isna().all()
        assert pd.isna(scores["ipaq_sf_category_band"])
    else:
        assert scores[names].tolist() == pytest.approx(expected[0])
        assert scores["ipaq_sf_category_band"] == expected[1]
    assert scores["ipaq_sf_sitting"] == 60


# --- the frame -----------------------------------------------------------------------------------------------------


def test_columns_and_their_kinds():
    scores = score(random_answers("phq9", 20, 1), "phq9")
    assert list(scores.columns) == [
        *(f"phq9_total{end}" for end in ("", "_band", "_answered", "_prorated")),
        *(f"phq9_phq8{end}" for end in ("", "_band", "_answered", "_prorated")),
        "phq9_critical_9",
    ]
    assert scores["phq9_total"].dtype == np.float64
    assert scores["phq9_total_prorated"].dtype == bool
    assert scores["phq9_phq8_band"].isna().all()


def test_the_index_of_the_answers_is_kept():
    answers = random_answers("gad7", 5, 1).set_axis(list("vwxyz"))
    assert list(score(answers, "gad7").index) == list("vwxyz")


def test_scores_say_by_which_key_they_were_made():
    scores = score(random_answers("gad7", 5, 1), "gad7")
    assert scores.attrs["keys"] == {"gad7": load_instrument("gad7").signature}
    assert load_instrument("gad7").signature.startswith("gad7 1.0.0 ")


def test_nobody_answered_at_all():
    assert len(score(random_answers("phq9", 0, 1), "phq9")) == 0


def test_optional_scales_that_were_not_asked_are_left_out():
    answers = random_answers("cbi", 10, 1)[[f"cbi_{number}" for number in range(1, 14)]]
    assert not [column for column in score(answers, "cbi") if column.startswith("cbi_client")]


def test_a_part_scores_its_scales_only():
    phq9 = load_instrument("phq9")
    part = Part(phq9, (phq9.scale("phq8"),))
    answers = random_answers("phq9", 10, 1).drop(columns="phq9_9")
    assert [c for c in score(answers, part) if not c.startswith("phq9_phq8")] == []


def test_a_formula_finds_what_it_stands_on():
    scl90 = load_instrument("scl90")
    answers = random_answers("scl90", 30, 1)
    alone = score(answers, Part(scl90, (scl90.scale("psdi"), scl90.scale("screen"))))
    whole = score(answers, scl90)
    pd.testing.assert_frame_equal(alone, whole[list(alone.columns)])


def test_a_survey_is_scored_side_by_side():
    parts = tuple(Part(load_instrument(n), load_instrument(n).scales[:1]) for n in ("phq9", "gad7"))
    answers = pd.concat([random_answers("phq9", 10, 1), random_answers("gad7", 10, 2)], axis=1)
    scores = score_survey(SimpleNamespace(parts=parts), answers)
    assert {"phq9_total", "gad7_total", "phq9_critical_9"} <= set(scores.columns)
    assert set(scores.attrs["keys"]) == {"phq9", "gad7"}


def test_bands_for_groups_are_never_given_to_a_person():
    scores = score(random_answers("hse_msit", 50, 1), "hse_msit")
    assert scores.filter(like="_band").isna().all().all()
    bands = load_instrument("hse_msit").scale("demands").group_bands
    assert bands.unconfirmed
    # 2.9387 is the 20th percentile of 136 organisations: below is urgent, on it improve
    assert bands.band(2.93).id == "urgent"
    assert bands.band(2.9387).id == "improve"


def test_enps_of_a_group_is_the_mean_of_its_persons():
    # 100 * (2 promoters - 3 detractors) / 7 answered; one did not answer
    scores = score(frame("enps", [[10], [9], [8], [7], [6], [0], [3], [NA]]), "enps")
    assert scores["enps_group"].mean() == pytest.approx(100 * (2 - 3) / 7)


@pytest.mark.parametrize("name", ["eri16", "talis_stress", "coss"])
def test_what_must_not_be_scored_yet_is_refused_with_the_reason(name, monkeypatch):
    monkeypatch.setenv("WELLBEING_LANG", "en")
    reason = load_instrument(name).not_scorable.en
    with pytest.raises(UsageError) as caught:
        score(random_answers(name, 3, 1) if name == "eri16" else pd.DataFrame(index=range(3)), name)
    assert reason in str(caught.value)


# --- what answers may look like ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "kind", ["int8", "uint8", "int16", "int64", "uint64", "float16", "float32", "float64", "Int8", "Int64", "Float64"]
)
def test_any_number_type(kind):
    answers = frame("phq9", [[3, 2, 2, 1, 0, 1, 1, 0, 0]]).astype(kind)
    assert score(answers, "phq9")["phq9_total"].tolist() == [10]


@pytest.mark.parametrize(
    "given",
    [
        3,
        3.0,
        "3",
        " 3 ",
        "3.0",
        "３",
        Decimal(3),
        np.int8(3),
        np.float32(3),
        "几乎每天",
        "Nearly every day",
        "nearly EVERY day",
    ],
)
def test_one_answer_in_many_forms(given):
    answers = frame("phq9", [[given, 0, 0, 0, 0, 0, 0, 0, 0]]).astype(object)
    assert score(answers, "phq9")["phq9_total"].tolist() == [3]


@pytest.mark.parametrize("blank", [None, NA, pd.NA, "", "  ", "　"])
def test_a_blank_is_missing(blank):
    answers = frame("phq9", [[3, 3, 3, 3, 3, 3, 3, 3, blank]]).astype(object)
    assert score(answers, "phq9")[["phq9_total", "phq9_total_answered"]].iloc[0].tolist() == [27, 8]


@pytest.mark.parametrize(
    "given",
    [4, -1, 1.5, 0.1, 2.0000001, 1e300, math.inf, -math.inf, "4", "-1", "1.5", "x", "NA", "nan", "1,5", "1e0", "--1",
     True, False, Decimal("0.5"), 1j, (1,), [1], pd.Timestamp("2026-01-01"), "不知道"],
)  # fmt: skip
def test_what_is_no_answer_is_refused_with_its_place(given):
    answers = frame("phq9", [[0] * 9, [0] * 9]).astype(object)
    answers["phq9_5"] = pd.Series([0, given], dtype=object)
    assert problems(score, answers, "phq9") == [("not_a_code", 3, "phq9_5")]


def test_numbers_out_of_range_in_a_number_column():
    answers = frame("phq9", [[0] * 9, [7] + [0] * 8, [0] * 8 + [1.5]])
    assert problems(score, answers, "phq9") == [("not_a_code", 3, "phq9_1"), ("not_a_code", 4, "phq9_9")]


def test_a_code_between_two_codes_is_no_code():
    assert problems(score, frame("cbi", [[30] + [0] * 18]), "cbi") == [("not_a_code", 2, "cbi_1")]


def test_no_problem_repeats_an_answer():
    answers = frame("phq9", [["我很难过"] + ["0"] * 8])
    with pytest.raises(InputError) as caught:
        score(answers, "phq9")
    assert "难过" not in caught.value.message("zh") + caught.value.message("en") + repr(caught.value.problems)


def test_a_column_of_truths_or_dates_is_refused():
    answers = random_answers("srq20", 3, 1, missing=0)
    wrong = answers.assign(srq20_1=[True, False, True], srq20_2=pd.Timestamp("2026-01-01"))
    assert {column for _, _, column in problems(score, wrong, "srq20")} == {"srq20_1", "srq20_2"}


def test_columns_that_are_missing_unknown_or_doubled():
    answers = frame("gad7", [[0] * 7])
    assert problems(score, answers.drop(columns="gad7_3"), "gad7") == [("missing_column", None, "gad7_3")]
    assert problems(score, answers.assign(gad7_8=0), "gad7") == [("unknown_column", None, "gad7_8")]
    doubled = pd.concat([answers, answers[["gad7_2"]]], axis=1)
    assert problems(score, doubled, "gad7") == [("doubled_column", None, "gad7_2")]
    assert score(answers.assign(phq9_99=8, note="x"), "gad7")["gad7_total"].tolist() == [0]


def test_an_optional_scale_asked_in_part_is_refused():
    answers = frame("cbi", [[0] * 19]).drop(columns="cbi_19")
    assert problems(score, answers, "cbi") == [("missing_column", None, "cbi_19")]


def test_not_applicable_is_missing_in_words_and_in_code():
    answers = frame("copsoq3_core", [[50] * 32] * 3).astype(object)
    answers["copsoq3_core_19"] = ["no_supervisor", "我没有主管", "I do not have a superior"]
    assert score(answers, "copsoq3_core")["copsoq3_core_support_from_supervisor"].isna().all()
    answers["copsoq3_core_1"] = "no_supervisor"
    assert len(problems(score, answers, "copsoq3_core")) == 3


@pytest.mark.parametrize("name", [n for n in SCORABLE if {"zh", "en"} <= set(load_instrument(n).languages)])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_labels_of_either_language_give_the_same_score(name, lang):
    instrument = load_instrument(name)
    codes = random_answers(name, 60, 7)
    words = codes.astype(object)
    for item in instrument.items:
        labels = {answer.code: getattr(answer.label, lang) for answer in item.answers}
        words[item.column] = [labels.get(code, code) if code == code else None for code in codes[item.column]]
    pd.testing.assert_frame_equal(score(words, name), score(codes, name))


def test_other_labels_of_the_fact_base_are_known():
    words = frame(
        "gad7", [["Not at all sure", "完全没有", "有几天", "一半以上的天数", "超过一周", "7天以上", "好几天"]]
    )
    assert score(words, "gad7")["gad7_total"].tolist() == [0 + 0 + 1 + 2 + 2 + 2 + 1]


# --- other codes ---------------------------------------------------------------------------------------------------


def test_a_file_coded_one_to_four_is_one_problem():
    answers = random_answers("phq9", 50, 1) + 1
    assert problems(score, answers, "phq9") == [("codes_shifted", None, "phq9")]
    recoded = recode(answers, load_instrument("phq9"), AnswerMap({1: 0, 2: 1, 3: 2, 4: 3}))
    pd.testing.assert_frame_equal(score(recoded, "phq9"), score(answers - 1, "phq9"))


def test_a_code_that_the_map_lacks_is_a_problem():
    answers = frame("phq9", [[1, 2, 3, 4, 1, 1, 1, 1, 5]])
    map_ = AnswerMap({1: 0, 2: 1, 3: 2, 4: 3})
    assert problems(recode, answers, load_instrument("phq9"), map_) == [("not_a_code", 2, "phq9_9")]


def test_a_label_is_never_mapped():
    # A label says what was chosen, whatever numbers the file uses; 3 is a code of the file and stands for 2.
    answers = frame("phq9", [["几乎每天", "3", 3, "4", *[1] * 5]]).astype(object)
    recoded = recode(answers, load_instrument("phq9"), AnswerMap({1: 0, 2: 1, 3: 2, 4: 3}))
    assert recoded.iloc[0].tolist() == [3, 2, 2, 3, 0, 0, 0, 0, 0]


def test_a_label_is_never_turned_back():
    # PSS-10 item 4 is reverse-keyed: in the file "Never" is what was chosen, while 4 stands for 4 - 4 = 0
    answers = frame("pss10", [[0, 0, 0, "Never", 4, 0, 0, 0, 0, 0]]).astype(object)
    recoded = recode(answers, load_instrument("pss10"), AnswerMap({}, (4, 5)))
    assert recoded[["pss10_4", "pss10_5"]].iloc[0].tolist() == [0, 0]


def test_only_a_reverse_keyed_item_can_be_reversed_already():
    assert problems(recode, frame("pss10", [[0] * 10]), load_instrument("pss10"), AnswerMap({}, (1,))) == [
        ("recode_not_reversed", None, None)
    ]


@given(
    st.integers(0, 2**32 - 1),
    st.sampled_from([n for n in SCORABLE if any(i.reverse for i in load_instrument(n).items)]),
)
@settings(max_examples=30)
def test_reversing_twice_is_the_identity(seed, name):
    instrument = load_instrument(name)
    answers = random_answers(name, 20, seed)
    turned = AnswerMap({}, tuple(item.number for item in instrument.items if item.reverse))
    pd.testing.assert_frame_equal(recode(recode(answers, instrument, turned), instrument, turned), answers)


def test_a_whole_scale_without_its_lowest_code_looks_shifted():
    rng = np.random.default_rng(1)
    trait = rng.integers(1, 4, (200, 1))
    answers = frame("phq9", np.clip(trait + rng.integers(-1, 2, (200, 9)), 1, 3))
    assert [w.what for w in coding_warnings(answers, load_instrument("phq9"))] == ["looks_shifted"]


# --- promises ------------------------------------------------------------------------------------------------------


@given(st.integers(0, 2**32 - 1), st.sampled_from(SCORABLE))
@settings(max_examples=60, deadline=None)
def test_leaving_an_answer_out_never_makes_a_silent_negative(seed, name):
    instrument = load_instrument(name)
    before = random_answers(name, 60, seed, missing=0.05)
    rng = np.random.default_rng(seed)
    removed = rng.integers(0, before.shape[1], len(before))[:, None] == np.arange(before.shape[1])
    after = before.mask(removed)
    was, now = score(before, name), score(after, name)
    for scale in instrument.scales:
        if scale.attention:
            column = f"{name}_{scale.id}"
            lost = was[f"{column}_band"].isin(scale.attention) & ~now[f"{column}_band"].isin(scale.attention)
            assert (now[column].isna() | now[f"{column}_prorated"])[lost].all()
    for kind, critical in [("critical", c) for c in instrument.critical] + [("watch", c) for c in instrument.watch]:
        column = f"{name}_{kind}_{critical.column.rsplit('_', 1)[1]}"
        assert now.loc[was[column] == "yes", column].isin(["yes", "unanswered"]).all()
        assert (now[column] == "unanswered").eq(after[critical.column].isna()).all()


@given(st.integers(0, 2**32 - 1), st.sampled_from(["phq9", "gad7", "dass21"]))
@settings(max_examples=30, deadline=None)
def test_answers_that_reach_the_cutoff_by_themselves_stay_positive(seed, name):
    instrument = load_instrument(name)
    answers = random_answers(name, 80, seed, missing=0.15)
    scores = score(answers, name)
    for scale in instrument.scales:
        if scale.attention:
            cutoff = min(band.low for band in scale.bands.bands if band.id in scale.attention)
            reached = answers[list(scale.items)].sum(axis=1) * scale.multiply >= cutoff
            scorable = scores[f"{name}_{scale.id}"].notna()
            assert scores.loc[reached & scorable, f"{name}_{scale.id}_band"].isin(scale.attention).all()


@given(st.integers(0, 2**32 - 1), st.sampled_from(SCORABLE))
@settings(max_examples=40, deadline=None)
def test_the_order_of_respondents_and_columns_does_not_matter(seed, name):
    answers = random_answers(name, 40, seed)
    rng = np.random.default_rng(seed)
    people, items = rng.permutation(len(answers)), rng.permutation(answers.shape[1])
    scores = score(answers, name)
    pd.testing.assert_frame_equal(score(answers.iloc[people, items], name), scores.iloc[people])


@given(st.integers(0, 2**32 - 1), st.sampled_from(SCORABLE))
@settings(max_examples=40, deadline=None)
def test_a_score_lies_in_its_range_and_in_one_band(seed, name):
    scores = score(random_answers(name, 60, seed), name)
    for scale in load_instrument(name).scales:
        points = scores[f"{name}_{scale.id}"].dropna()
        assert points.between(*scale.range).all()
        for bands in scale.band_sets:
            for value in points if bands.bands else ():
                assert sum(band.holds(value) for band in bands.bands) == 1
        if scale.bands:
            found = scores[f"{name}_{scale.id}_band"].dropna()
            assert found.tolist() == [scale.bands.band(value).id for value in points]


@pytest.mark.parametrize("name", SCORABLE)
def test_scoring_in_pieces_equals_scoring_whole(name):
    # More respondents than the engine takes at a time, cut at an odd place.
    answers = random_answers(name, 9001, 3)
    pieces = pd.concat([score(answers.iloc[:4567], name), score(answers.iloc[4567:], name)])
    pd.testing.assert_frame_equal(pieces, score(answers, name))


def test_answers_are_not_changed():
    answers = random_answers("cbi", 50, 1)
    before = answers.copy(deep=True)
    score(answers, "cbi")
    pd.testing.assert_frame_equal(answers, before)


@given(st.floats(-5, 5) | st.just(NA), st.floats(-5, 5) | st.just(NA))
def test_what_is_unknown_stays_unknown_in_a_formula(one, other):
    values = {"a": np.array([one]), "b": np.array([other])}
    known = not (math.isnan(one) or math.isnan(other))
    assert math.isnan(evaluate("a + b", values)[0]) != known
    either = evaluate("a > 1 or b > 1", values)[0]
    both = evaluate("a > 1 and b > 1", values)[0]
    assert either == 1 if one > 1 or other > 1 else (math.isnan(either) or known)
    assert both == 0 if one <= 1 or other <= 1 else (math.isnan(both) or known)
    assert math.isnan(evaluate("a / (b - b)", values)[0])


# --- files ---------------------------------------------------------------------------------------------------------


def write(path, rows, encoding="utf-8"):
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file).writerows(rows)
    return path


HEADER = ["school_id", "code", *(f"gad7_{n}" for n in range(1, 8))]


def test_a_file_is_scored_beside_its_other_columns(tmp_path):
    path = write(
        tmp_path / "in.csv",
        [
            HEADER,
            ["S1", "A1", *"2222211"],
            ["S1", "A2", "好几天", *("0" * 6)],
            ["S2", "", "3", "3", "3", "3", "", "", ""],
        ],
        "utf-8-sig",
    )
    assert score_file("gad7", path, tmp_path / "out.csv") == 3
    with (tmp_path / "out.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0])[:4] == ["school_id", "code", "gad7_total", "gad7_total_band"]
    assert [row["gad7_total"] for row in rows] == ["12", "1", "unscorable"]
    assert [row["gad7_total_band"] for row in rows] == ["moderate", "minimal", ""]
    assert {row["gad7_key"] for row in rows} == {load_instrument("gad7").signature.removeprefix("gad7 ")}


def test_a_gb18030_file_is_read(tmp_path):
    path = write(tmp_path / "in.csv", [HEADER, ["一中", "A1", *["几乎每天"] * 7]], "gb18030")
    score_file("gad7", path, tmp_path / "out.csv")
    assert "一中,A1,21,severe" in (tmp_path / "out.csv").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        pytest.param([HEADER], [("empty_file", None, None)], id="only a header"),
        pytest.param([[*HEADER, "gad7_1"], ["S1", "A", *"00000000"]], [("doubled_column", 1, "gad7_1")], id="doubled"),
        pytest.param([HEADER, ["S1", "A", "0"]], [("row_length", 2, None)], id="cut short"),
        pytest.param(
            [HEADER, ["S1", "A", *"0000000"], ["S1", "A", *"0000000"]], [("repeats_row", 3, "code")], id="twice"
        ),
        pytest.param([HEADER[:-1], ["S1", "A", *"000000"]], [("missing_column", None, "gad7_7")], id="no column"),
        pytest.param([HEADER, ["S1", "A", *"0000009"]], [("not_a_code", 2, "gad7_7")], id="no code"),
    ],
)
def test_faults_of_a_file_are_named_with_their_place(tmp_path, rows, expected):
    path = write(tmp_path / "in.csv", rows)
    assert problems(score_file, "gad7", path, tmp_path / "out.csv") == expected
    assert not (tmp_path / "out.csv").exists()


def test_a_file_that_is_no_text_is_no_table(tmp_path):
    path = tmp_path / "in.csv"
    path.write_bytes(b"\xff\xfe\x00\x00\x80\x81")
    assert problems(score_file, "gad7", path, tmp_path / "out.csv") == [("not_a_table", None, None)]


def test_a_score_is_never_written_as_a_blank_or_a_zero_where_it_is_unscorable():
    scores = score(frame("gad7", [[0] * 7, [NA] * 7]), "gad7")
    assert writable(scores)["gad7_total"].tolist() == ["0", "unscorable"]
