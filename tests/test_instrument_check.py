"""The researchers' check of an instrument: from a file or from imported waves, one question a call."""

import json
import math
from pathlib import Path

import nbformat
import numpy as np
import pandas as pd
import pytest

import wellbeing as wb
from wellbeing.errors import InputError, UsageError
from wellbeing.importers import import_file
from wellbeing.instrument_check import answers_of_file, answers_of_waves
from wellbeing.instrument_check.shown import probability, share, told
from wellbeing.responses import read_responses, store
from wellbeing.surveys import load_survey, read_roster
from wellbeing.synthetic import make_county
from wellbeing.workspace import unpack

ROOT = Path(__file__).parents[1]
SHARED = ROOT.parent / "shared"
NOTEBOOK = ROOT / "notebooks" / "instrument_check.ipynb"
needs_shared = pytest.mark.skipif(not SHARED.is_dir(), reason="the shared data is not beside the repository")


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    """PSS-10 of 120 made-up people as they answered it: 4, 5, 7 and 8 the other way round; three of them incomplete."""
    rng = np.random.default_rng(10)
    latent = rng.normal(size=(120, 1)) + rng.normal(size=(120, 10)) * 0.8
    codes = pd.DataFrame(np.digitize(latent, [-1.2, -0.4, 0.4, 1.2]), columns=[f"pss10_{n}" for n in range(1, 11)])
    for number in (4, 5, 7, 8):
        codes[f"pss10_{number}"] = 4 - codes[f"pss10_{number}"]
    answers = codes.astype("Int64").assign(lang=np.where(np.arange(120) % 2, "zh", "en"))
    answers.loc[[3, 4, 5], "pss10_1"] = pd.NA
    answers.loc[7, "lang"] = ""
    path = tmp_path_factory.mktemp("check") / "pss.csv"
    answers.to_csv(path, index=False)
    return path


def test_reverse_keyed_items_are_turned(file):
    keyed = answers_of_file(file, "pss10", by="lang")
    as_given = pd.read_csv(file)
    assert (keyed.items["pss10_4"] == 4 - as_given["pss10_4"]).all()
    assert (keyed.items["pss10_2"] == as_given["pss10_2"]).all()
    assert keyed.codes["pss10_4"] == (0, 4)
    assert keyed.groups.isna().sum() == 1
    assert wb.check_instrument("pss10", file).consistency().sentences == ()


def test_the_flow_adds_up(file):
    counts = wb.check_instrument("pss10", file, by="lang", lang="en").flow().table["people"]
    assert counts["answer sheets read"] == 120
    assert counts["answered all"] + counts["answered some"] + counts["answered none of the scale's items"] == 120
    assert (counts["answered some"], counts["answered all, group not told"]) == (3, 1)


def test_every_question_is_answered_with_words(file):
    check = wb.check_instrument("pss10", file, by="lang", lang="zh")
    pieces = [check.flow(), check.consistency(), check.items(), check.omegas(20), check.structure()]
    pieces += [check.functioning(), check.without_differing(), check.invariance(), check.means(True)]
    for piece in pieces:
        assert "nan" not in piece._repr_html_().lower()
    svg = check.curves().svg()
    assert svg.startswith("<?xml")
    assert "<!--" not in svg


def test_another_program_comes_to_the_same_alpha(file):
    pingouin = pytest.importorskip("pingouin")
    check = wb.check_instrument("pss10", file, lang="en")
    kit, other = check.beside(pingouin.cronbach_alpha).table.iloc[:, 0]
    assert kit.split()[0] == other.split()[0]
    assert "not installed" in check.beside(None).sentences[0]


def test_another_program_is_not_asked_what_cannot_be_told(file, tmp_path):
    answers = pd.read_csv(file)
    answers["pss10_1"] = 2
    answers.to_csv(tmp_path / "constant.csv", index=False)
    check = wb.check_instrument("pss10", tmp_path / "constant.csv", lang="en")

    def never(**_):
        raise AssertionError("asked")

    assert check.beside(never).table is None


def test_without_groups_the_comparisons_say_so(file):
    check = wb.check_instrument("pss10", file, lang="en")
    for piece in (check.functioning(), check.without_differing(), check.invariance(), check.means()):
        assert piece.table is None
        assert piece.sentences[0].startswith("No groups were named")


def test_a_refused_comparison_is_told_and_not_raised(file, tmp_path):
    answers = pd.read_csv(file)
    # One language uses three items quite differently: the loadings cannot be equal.
    for item in ("pss10_1", "pss10_2", "pss10_3"):
        answers.loc[answers["lang"] == "zh", item] = 4 - answers[item]
    path = tmp_path / "shifted.csv"
    answers.to_csv(path, index=False)
    check = wb.check_instrument("pss10", path, by="lang", lang="en")
    refused, insisted = check.means(), check.means(insist=True)
    assert refused.table is None
    assert "insist=True" in refused.sentences[0]
    assert insisted.table.index.tolist() == ["en", "zh"]
    assert insisted.sentences[0].startswith("Note: ")


def test_figures_that_were_not_estimated_are_words():
    assert told(math.nan, lang="en") == "not estimated"
    assert told(-0.0001, lang="en") == "0.000"
    assert probability(1e-9) == "< 0.001"
    assert probability(math.nan, "en") == "not estimated"
    assert share(0.155) == "16%"
    assert share(math.nan, "zh") == "未能估计"


def test_a_file_with_wrong_cells_is_refused_with_every_place(file, tmp_path):
    answers = pd.read_csv(file).astype("str")
    answers.loc[0, "pss10_3"] = "9"
    answers.loc[1, "pss10_5"] = "often"
    path = tmp_path / "wrong.csv"
    answers.to_csv(path, index=False)
    with pytest.raises(InputError) as refused:
        answers_of_file(path, "pss10")
    assert sorted((p.file, p.row, p.column) for p in refused.value.problems) == [
        ("wrong.csv", 2, "pss10_3"),
        ("wrong.csv", 3, "pss10_5"),
    ]


def test_a_group_that_is_no_column_is_refused(file):
    with pytest.raises(InputError):
        answers_of_file(file, "pss10", by="kind")


def test_of_several_scales_one_must_be_named(file):
    with pytest.raises(UsageError, match="depression"):
        answers_of_file(file, "dass21")


# --- imported waves


@pytest.fixture(scope="module")
def county(tmp_path_factory):
    workspace = unpack(tmp_path_factory.mktemp("measured") / "county")
    exports = make_county(workspace.root, schools=3).exports
    survey = load_survey(workspace, "screening")
    for wave, export in exports.items():
        store(workspace, survey, wave, *import_file(export, survey, read_roster(workspace.roster)))
    return workspace, survey, tuple(exports)


def test_waves_are_read_with_consent_only_and_grouped_by_kind_or_wave(county):
    workspace, survey, waves = county
    by_wave = answers_of_waves("screening", waves, "phq9", by="wave", workspace=workspace)
    stored = pd.concat([read_responses(survey, wave, workspace).answers for wave in waves], ignore_index=True)
    agreed = stored["consent_statistics"].eq("yes")
    assert (by_wave.rows, by_wave.refused) == (len(stored), int((~agreed).sum()))
    assert len(by_wave.items) == agreed.sum()
    assert by_wave.items["phq9_9"].tolist() == pytest.approx(stored.loc[agreed, "phq9_9"].tolist(), nan_ok=True)
    assert set(by_wave.groups.dropna()) == set(waves)
    by_kind = answers_of_waves("screening", waves[:1], "phq9", by="kind", workspace=workspace)
    kinds = read_roster(workspace.roster).schools["kind"]
    assert set(by_kind.groups) <= set(kinds)


@pytest.mark.parametrize(
    "wrong",
    [
        {"instrument": "pss10"},
        {"by": "height"},
        {"waves": ()},
        {"scale": "nine"},
        {"survey": "nothing"},
        {"waves": ("2020-spring",)},
    ],
)
def test_what_there_is_not_is_refused(county, wrong):
    workspace, _, waves = county
    asked = {"survey": "screening", "waves": waves, "instrument": "phq9", "workspace": workspace} | wrong
    with pytest.raises(UsageError):
        answers_of_waves(**asked)


@pytest.mark.parametrize(
    ("digest", "waves", "refused"), [("another", 2, True), ("another", 1, False), ("own", 2, False)]
)
def test_waves_of_two_definitions_are_not_taken_together(county, digest, waves, refused):
    workspace, survey, known = county
    phq9 = next(part.instrument for part in survey.parts if part.instrument.id == "phq9")
    released = workspace.released("screening", known[0]) / "measures.csv"
    released.parent.mkdir(parents=True, exist_ok=True)
    kept = phq9.digest if digest == "own" else "0" * 64
    released.write_text(f"instrument,version,digest\nphq9,1.0,{kept}\n", encoding="utf-8")
    try:
        if refused:
            with pytest.raises(UsageError, match=known[0]):
                answers_of_waves("screening", known[:waves], "phq9", workspace=workspace)
        else:
            assert len(answers_of_waves("screening", known[:waves], "phq9", workspace=workspace).items)
    finally:
        released.unlink()


# --- the notebook


@needs_shared
@pytest.mark.slow
def test_the_notebook_runs_by_papermill_on_two_waves_of_403_people(tmp_path):
    import papermill

    waves = [pd.read_csv(SHARED / "data" / "phq9_gad7_two_waves" / f"wave{n}.csv").assign(wave=n) for n in (1, 2)]
    both = pd.concat(waves).rename(columns={f"PHQ{n}": f"phq9_{n}" for n in range(1, 10)})
    both.filter(regex="^phq9|wave").to_csv(tmp_path / "phq9.csv", index=False)
    given = {"file": str(tmp_path / "phq9.csv"), "instrument": "phq9", "by": "wave", "draws": 100, "lang": "en"}
    done = papermill.execute_notebook(str(NOTEBOOK), None, given, progress_bar=False, cwd=str(tmp_path))
    shown = "".join(
        out["data"].get("text/html", "") for cell in done.cells for out in cell.get("outputs", []) if "data" in out
    )
    streams = [out for cell in done.cells for out in cell.get("outputs", []) if out["output_type"] != "execute_result"]
    assert streams == []
    # lavaan's chi-squares of the three levels, and the README's means.
    for figure in ("412.17", "425.76", "438.92", "7.48", "6.29", "scalar invariance holds"):
        assert figure in shown


@needs_shared
def test_the_notebooks_cells_run_on_5000_people(tmp_path):
    long = pd.read_csv(SHARED / "data" / "dass42_openpsychometrics" / "dass42.csv")
    columns = {int(name[4:].split("_")[0]): name for name in long if name.startswith("dass") and "_" in name}
    kept = [22, 2, 3, 4, 42, 6, 41, 12, 40, 10, 39, 8, 26, 35, 28, 31, 17, 18, 25, 20, 38]
    items = pd.DataFrame({f"dass21_{place}": long[columns[old]] - 1 for place, old in enumerate(kept, 1)})
    items.assign(native=long["engnat"]).to_csv(tmp_path / "dass21.csv", index=False)
    check = wb.check_instrument("dass21", tmp_path / "dass21.csv", scale="stress", by="native", lang="en")
    # R psych, DASS-21 stress: alpha .8541, mean 19.9388 and SD 10.5459 of the doubled sum.
    told_figures = check.consistency().table["figure"]
    assert told_figures.iloc[1].startswith("0.854 [")
    assert (told_figures["mean of the items' sum"], told_figures["sd of the items' sum"]) == ("9.97", "5.27")
    models = check.structure().table
    # lavaan: three correlated factors 2896.26 with 186, bifactor 1964.85 with 168 degrees of freedom.
    assert models.loc["a factor for each scale, correlated (all items)", ["chi2", "df"]].tolist() == ["2896.26", "186"]
    assert models["chi2"].iloc[-1] == "1964.85"


@pytest.mark.slow
def test_the_notebook_runs_without_a_word_of_complaint(file, tmp_path):
    import papermill

    given = {"file": str(file), "instrument": "pss10", "by": "lang", "draws": 20}
    done = papermill.execute_notebook(str(NOTEBOOK), None, given, progress_bar=False, cwd=str(tmp_path))
    outputs = [out for cell in done.cells for out in cell.get("outputs", [])]
    assert {out["output_type"] for out in outputs} == {"execute_result"}


def test_the_notebook_asks_every_question_once():
    cells = [cell.source for cell in nbformat.read(NOTEBOOK, as_version=4).cells if cell.cell_type == "code"]
    asked = [line for cell in cells[1:] for line in cell.splitlines() if line.startswith("check.")]
    names = ["flow", "consistency", "beside", "items", "omegas", "curves", "structure", "functioning"]
    assert [line.split(".")[1].split("(")[0] for line in asked] == [*names, "without_differing", "invariance", "means"]
    assert json.loads(NOTEBOOK.read_text(encoding="utf-8"))["nbformat"] == 4
