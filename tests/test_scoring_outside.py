"""The scores of data that nobody in this project wrote, against the figures their READMEs state.

C in those READMEs: computed with R psych 2.2.9 and survey 4.1; P: published by the source.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from wellbeing.answer_codes import coding_warnings, recode
from wellbeing.errors import InputError
from wellbeing.instruments import load_instrument
from wellbeing.scoring import score
from wellbeing.surveys import AnswerMap

DATA = Path(__file__).parents[2] / "shared" / "data"
pytestmark = pytest.mark.skipif(not DATA.exists(), reason="the shared data are not beside the repository")


def columns(instrument, n):
    return [f"{instrument}_{number}" for number in range(1, n + 1)]


def tally(bands):
    return bands.value_counts(sort=False).tolist()


@pytest.fixture(scope="module")
def nhanes():
    table = pd.read_csv(DATA / "nhanes_phq9_2017" / "nhanes_phq9_2017.csv")
    answers = table[[f"DPQ0{item}0" for item in range(1, 10)]].set_axis(columns("phq9", 9), axis=1)
    return table, answers, score(answers, "phq9")


def test_nhanes_complete_rows(nhanes):
    _, _, scores = nhanes
    complete = scores[scores["phq9_total_answered"] == 9]
    assert len(complete) == 3280
    assert complete["phq9_total"].mean() == pytest.approx(3.2314, abs=5e-5)
    assert complete["phq9_total"].std() == pytest.approx(4.2233, abs=5e-5)
    assert tally(complete["phq9_total_band"]) == [2451, 529, 196, 76, 28]
    assert not complete["phq9_total_prorated"].any()


def test_nhanes_prorated_before_rounding(nhanes):
    # The README prorates without rounding; the published rule says nothing of rounding, the kit rounds half up once.
    _, answers, scores = nhanes
    given = scores["phq9_total_answered"]
    unrounded = (answers.mean(axis=1) * 9).where(given >= 7)
    assert scores["phq9_total"].notna().sum() == unrounded.notna().sum() == 3292
    assert unrounded.mean() == pytest.approx(3.2382, abs=5e-5)
    assert (scores["phq9_total"] - unrounded).abs().max() <= 0.5
    assert scores["phq9_total_prorated"].sum() == 3292 - 3280


def test_nhanes_prevalence(nhanes):
    _, _, scores = nhanes
    scored = scores["phq9_total"].dropna()
    assert (scored >= 10).mean() * 100 == pytest.approx(9.174, abs=5e-4)


def test_nhanes_weighted(nhanes):
    # The weighted figures are of the source's own rule: at most three missing, each counted as 0.
    table, _, scores = nhanes
    scored = table["phq9_score"].notna()
    weight = table.loc[scored, "WTMEC2YR"]
    positive = scores.loc[scored, "phq9_total"] >= 10
    rule = table.loc[scored, "phq9_score"]
    assert np.average(rule >= 10, weights=weight) * 100 == pytest.approx(8.161, abs=5e-4)
    assert np.average(rule, weights=weight) == pytest.approx(3.0855, abs=5e-5)
    # Only respondents with missing answers may differ between that rule and the published one.
    whole = scores.loc[scored, "phq9_total_answered"] == 9
    assert (scores.loc[scored, "phq9_total"] == rule)[whole].all()
    assert (positive == (rule >= 10))[whole].all()


def test_nhanes_unscorable_and_partly_answered(nhanes):
    _, _, scores = nhanes
    answered = scores["phq9_total_answered"]
    assert (answered == 0).sum() == 247
    assert answered.between(1, 8).sum() == 16
    assert (answered == 6).sum() == 1
    assert (answered == 1).sum() == 3
    assert scores["phq9_total"].isna().sum() == 3543 - 3292
    assert (scores.loc[answered == 0, "phq9_critical_9"] == "unanswered").all()


@pytest.fixture(scope="module")
def students():
    table = pd.read_csv(DATA / "ukm_students_phq9_gad7_pss10" / "Psychological_aspects.csv", encoding="utf-8-sig")
    phq9 = table[[f"D{i}" for i in range(1, 10)]].set_axis(columns("phq9", 9), axis=1)
    gad7 = table[[f"A{i}" for i in range(1, 8)]].set_axis(columns("gad7", 7), axis=1)
    pss10 = table[[f"S{i}" for i in range(1, 11)]].set_axis(columns("pss10", 10), axis=1)
    return pd.concat([phq9, gad7, pss10], axis=1)


@pytest.mark.parametrize(
    ("instrument", "mean", "sd", "bands"),
    [
        ("phq9", 8.8251, 6.1725, [61, 82, 43, 18, 19]),
        ("gad7", 5.7489, 5.4093, [115, 64, 26, 18]),
        ("pss10", 15.3991, 7.0024, [79, 137, 7]),
    ],
)
def test_students(students, instrument, mean, sd, bands):
    scores = score(students, instrument)
    assert len(scores) == 223
    assert scores[f"{instrument}_total"].mean() == pytest.approx(mean, abs=5e-5)
    assert scores[f"{instrument}_total"].std() == pytest.approx(sd, abs=5e-5)
    assert tally(scores[f"{instrument}_total_band"]) == bands


def test_students_correlations(students):
    totals = pd.concat([score(students, name)[f"{name}_total"] for name in ("phq9", "gad7", "pss10")], axis=1)
    found = totals.corr().to_numpy()[[0, 0, 1], [1, 2, 2]]
    assert found == pytest.approx([0.8294, 0.5317, 0.5500], abs=5e-5)


DASS_BANDS = {
    "Depression": [1115, 458, 869, 882, 1676],
    "Anxiety": [1228, 355, 892, 746, 1779],
    "Stress": [1519, 592, 1121, 1057, 711],
}
DASS21 = [22, 2, 3, 4, 42, 6, 41, 12, 40, 10, 39, 8, 26, 35, 28, 31, 17, 18, 25, 20, 38]
SHIFTED = AnswerMap({1: 0, 2: 1, 3: 2, 4: 3})


@pytest.fixture(scope="module")
def dass():
    table = pd.read_csv(DATA / "dass42_openpsychometrics" / "dass42.csv")
    stored = {int(name[4:].split("_")[0]): name for name in table.columns if name.startswith("dass") and "_" in name}
    return table, stored


def test_dass21_from_the_long_form(dass):
    table, stored = dass
    answers = table[[stored[number] for number in DASS21]].set_axis(columns("dass21", 21), axis=1)
    scores = score(recode(answers, load_instrument("dass21"), SHIFTED), "dass21")
    names = ["dass21_depression", "dass21_anxiety", "dass21_stress"]
    assert scores[names].mean().tolist() == pytest.approx([20.8140, 16.8552, 19.9388], abs=5e-5)
    assert scores[names].std().tolist() == pytest.approx([12.2494, 10.8808, 10.5459], abs=5e-5)


def test_dass42_bands_by_the_cutoffs_of_dass21(dass):
    # The full scale has the cutoffs of DASS-21 after doubling, so the bands of the definition band its sums.
    table, stored = dass
    scales = {"Depression": "D", "Anxiety": "A", "Stress": "S"}
    instrument = load_instrument("dass21")
    for name, letter in scales.items():
        items = table[[column for column in stored.values() if column.endswith(f"_{letter}")]]
        assert items.shape[1] == 14
        total = (items - 1).sum(axis=1)
        assert (table[name] - 14 == total).all()
        bands = instrument.scale(name.lower()).bands
        found = total.map(lambda points, bands=bands: bands.band(points).id).value_counts()
        assert [found[band.id] for band in bands.bands] == DASS_BANDS[name]


def test_dass_stored_codes_are_refused_as_shifted(dass):
    table, stored = dass
    answers = table[[stored[number] for number in DASS21]].set_axis(columns("dass21", 21), axis=1)
    with pytest.raises(InputError) as caught:
        score(answers, "dass21")
    assert [problem.what for problem in caught.value.problems] == ["codes_shifted"]


@pytest.fixture(scope="module")
def cesd():
    table = pd.read_csv(DATA / "cesd_promis_depression" / "cesd_promis.csv")
    return table[[f"CESD{i}" for i in range(1, 21)]].set_axis(columns("cesd20", 20), axis=1)


def test_cesd_with_its_answer_map(cesd):
    instrument = load_instrument("cesd20")
    scores = score(recode(cesd, instrument, AnswerMap({1: 0, 2: 1, 3: 2, 4: 3}, (4, 8, 12, 16))), instrument)
    total = scores["cesd20_total"]
    assert total.notna().sum() == 740
    assert total.mean() == pytest.approx(10.5905, abs=5e-5)
    assert total.std() == pytest.approx(11.1585, abs=5e-5)
    assert (scores["cesd20_total_band"] == "at_risk").sum() == 180


def test_cesd_items_that_were_reversed_already_are_noticed(cesd):
    instrument = load_instrument("cesd20")
    warnings = coding_warnings(recode(cesd, instrument, SHIFTED), instrument)
    reversed_already = {warning.column for warning in warnings if warning.what == "looks_reversed"}
    assert reversed_already == {"cesd20_4", "cesd20_8", "cesd20_12", "cesd20_16"}


def test_rightly_coded_data_give_no_warning(students, cesd):
    instrument = load_instrument("cesd20")
    right = recode(cesd, instrument, AnswerMap({1: 0, 2: 1, 3: 2, 4: 3}, (4, 8, 12, 16)))
    assert coding_warnings(right, instrument) == []
    for name in ("phq9", "gad7", "pss10"):
        assert coding_warnings(students, load_instrument(name)) == []


BFI = {
    "agreeableness": ("A", 2709, 4.6435, 0.9005),
    "conscientiousness": ("C", 2707, 4.2618, 0.9540),
    "extraversion": ("E", 2713, 4.1446, 1.0604),
    "neuroticism": ("N", 2694, 3.1639, 1.1949),
    "openness": ("O", 2726, 4.5944, 0.8072),
}
BFI_REVERSED = {"A1", "C4", "C5", "E1", "E2", "O2", "O5"}


def test_bfi_reverse_keys(tmp_path):
    # A definition that is written here and thrown away: the engine on an instrument it has never seen.
    items = [f"{letter}{number}" for letter in "ACENO" for number in range(1, 6)]
    lines = [
        "schema: 1",
        "id: bfi",
        "version: 1.0.0",
        "acronym: BFI",
        "name: {en: bfi}",
        "domain: opinion",
        "construct: {en: personality}",
        "recall: {en: none}",
        "minutes: 3",
        "response_sets:",
        "  agree: [" + ", ".join(f"{{code: {code}}}" for code in range(1, 7)) + "]",
        "items:",
        *(
            f"- {{number: {place}, response_set: agree, reverse: {str(item in BFI_REVERSED).lower()}}}"
            for place, item in enumerate(items, 1)
        ),
        "scales:",
    ]
    for name, (letter, *_) in BFI.items():
        numbers = [place for place, item in enumerate(items, 1) if item[0] == letter]
        lines.append(
            f"- {{id: {name}, name: {{en: {name}}}, items: {numbers}, method: mean, range: [1, 6], "
            "higher_is: neutral, min_answered: 5}"
        )
    lines += [
        "missing: {rule: complete_required, status: none_published}",
        "licence: {status: test, reproduction_allowed: false, wording_in_file: false, source: psychTools}",
        "citations: []",
        "status: key_only",
    ]
    (tmp_path / "bfi.yaml").write_text("\n".join(lines), encoding="utf-8")
    table = pd.read_csv(DATA / "bfi_reverse_keys" / "bfi.csv")
    scores = score(table[items].set_axis(columns("bfi", 25), axis=1), "bfi", tmp_path)
    for name, (_, complete, mean, sd) in BFI.items():
        points = scores[f"bfi_{name}"].dropna()
        assert len(points) == complete
        assert points.mean() == pytest.approx(mean, abs=5e-5)
        assert points.std() == pytest.approx(sd, abs=5e-5)


@pytest.mark.parametrize(
    ("instrument", "wave", "mean", "sd", "bands"),
    [
        ("phq9", 1, 7.4789, 5.9635, [158, 125, 63, 36, 21]),
        ("phq9", 2, 6.2878, 5.6995, [190, 119, 53, 28, 13]),
        ("gad7", 1, 6.2060, 4.9560, [179, 131, 56, 37]),
        ("gad7", 2, 5.1588, 4.7168, [221, 107, 53, 22]),
    ],
)
def test_two_waves(instrument, wave, mean, sd, bands):
    table = pd.read_csv(DATA / "phq9_gad7_two_waves" / f"wave{wave}.csv")
    table.columns = [name.lower().replace("phq", "phq9_").replace("gad", "gad7_") for name in table.columns]
    scores = score(table, instrument)
    assert scores[f"{instrument}_total"].mean() == pytest.approx(mean, abs=5e-5)
    assert scores[f"{instrument}_total"].std() == pytest.approx(sd, abs=5e-5)
    assert tally(scores[f"{instrument}_total_band"]) == bands
