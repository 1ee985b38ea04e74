"""A study from the plan to the bundle: on made-up schools, on data of others, with everything that can be missing."""

import io
import json
import xml.etree.ElementTree as ET
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from wellbeing import wave_study as ws
from wellbeing.batch.notebooks import execute
from wellbeing.errors import UsageError
from wellbeing.models.outcome import NotEstimated
from wellbeing.paper_tables import Table, word_file

ROOT = Path(__file__).parents[1]
PANEL = ROOT.parent / "shared" / "data" / "multilevel_groups_panel"
needs_panel = pytest.mark.skipif(not PANEL.is_dir(), reason="the panel data are not beside the repository")

PLAN = {
    "question": "Does the score rise?",
    "outcome": "score",
    "wave": "wave",
    "person": "code",
    "school": "school",
    "covariates": ["sex"],
    "cutoff": 11,
    "reliability": 0.85,
    "items": ["item"],
    "link": "link",
}


def made(schools=6):
    rng = np.random.default_rng(8)
    lines = []
    for person in range(20 * schools):
        school, level = person % schools, rng.normal(10, 3)
        for wave in ("2025-autumn", "2026-spring", "2026-autumn"):
            score = level + rng.normal(0, 2) + 0.6 * (wave > "2026")
            item = int(np.clip(round(score / 4), 0, 4))
            link = "fuzzy" if person % 11 == 0 else "exact"
            lines.append((f"S{school}", f"P{person}", wave, round(score, 1), "FM"[person % 2], item, link))
            if rng.random() < 0.15:
                break
    columns = ["school", "code", "wave", "score", "sex", "item", "link"]
    rows = pd.DataFrame(lines, columns=columns).astype({"score": object})
    rows.loc[3, "score"] = "unscorable"
    rows.loc[7, "score"] = ""
    return rows


def opened(folder, rows, lang="en", **changes):
    path = folder / "rows.csv"
    rows.to_csv(path, index=False, encoding="utf-8", lineterminator="\n")
    ws.plan_study(folder / "study", lang, **{**PLAN, **changes})
    return ws.open_study(path, folder / "study", lang)


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    return opened(tmp_path_factory.mktemp("study"), made())


@pytest.fixture(scope="module")
def bundle(study, tmp_path_factory):
    folder = tmp_path_factory.mktemp("frozen")
    return ws.freeze(study, folder)


def cells(table, first):
    return next(row for row in table.rows if row[0] == first)


def test_nothing_is_lost_on_the_way_to_the_model(study):
    counts = {name: int(count) for name, count in ws.flow_table(study).rows}
    assert counts["Rows in the file"] == len(made())
    assert (counts["No score (missing)"], counts["Unscorable"]) == (1, 1)
    assert counts["Rows with a score"] == len(made()) - 2
    assert counts["In the main model"] == counts["Rows with a score"]


def test_terms_count_from_the_first_and_spring_comes_before_autumn(study):
    assert study.waves == ("2025-autumn", "2026-spring", "2026-autumn")
    assert sorted(study.rows["wave"].unique()) == [0, 1, 2]


def test_every_analysis_of_the_plan_is_there(study):
    rows = dict(ws.sensitivity_table(study).rows)
    assert len(rows) == 7
    assert "not estimated" not in rows.values()
    assert len(ws.items_table(study).rows) == 1
    assert ws.average_table(study, cases=True).rows


def test_who_changed_reliably_is_counted(tmp_path):
    # sd of the first wave 4; Sdiff = sqrt(2) x 4 x sqrt(1 - .84) = 2.263, so 4.43 points count.
    before = [6.0, 14.0, 10.0, 6.0, 14.0, 8.0, 12.0, 10.0]
    before = [10 + (score - 10) * 4 / pd.Series(before).std(ddof=1) for score in before]
    now = [before[0] + 6, before[1] - 6, before[2] + 4.4, *before[3:]]
    rows = pd.DataFrame({"code": [f"P{p}" for p in range(8)] * 2, "wave": [1] * 8 + [2] * 8, "score": before + now})
    bare = {"school": [], "covariates": [], "items": [], "link": "", "reliability": 0.84, "cutoff": 10}
    found = opened(tmp_path, rows, **bare).reliable
    assert found.to_dict() == {"rise": 1, "fall": 1, "none": 6, "new_case": 1, "recovered": 1}


def test_paragraphs_take_their_numbers_from_the_models(study):
    text = ws.results(study).text
    line = study.model.fixed.loc["wave"]
    assert f"{line['estimate']:.2f} [{line['low']:.2f}, {line['high']:.2f}]" in text
    assert study.plan.digest[:12] in ws.methods(study).text


def test_a_bundle_is_made_again_byte_by_byte_and_what_was_changed_is_found(bundle, tmp_path):
    path, changed = tmp_path / "rows.csv", tmp_path / "changed.zip"
    made().to_csv(path, index=False, encoding="utf-8", lineterminator="\n")
    with zipfile.ZipFile(bundle) as old, zipfile.ZipFile(changed, "w") as new:
        for name in old.namelist():
            content = old.read(name) + (b" " if name == "results/mixed.csv" else b"")
            if name == "manifest.json":
                content = json.dumps(json.loads(content) | {"numpy": "0.1"}).encode()
            new.writestr(name, content)
    found = ws.rerun(changed, path, "en")
    assert [name for name, verdict in found.rows if verdict != "the same"] == ["mixed.csv"]
    # Word and two paragraphs, fourteen tables twice, four plots twice and the funnel.
    assert len(found.rows) == 3 + 28 + 9
    assert [note for note in found.notes if not note.startswith("code")] == [
        f"numpy: 0.1 when frozen, {np.__version__} now."
    ]


def test_a_bundle_is_made_again_from_its_own_data_only(bundle, tmp_path):
    path = tmp_path / "rows.csv"
    path.write_bytes(b"school,code\n")
    with pytest.raises(UsageError):
        ws.rerun(bundle, path, "en")
    with pytest.raises(UsageError):
        ws.rerun(path, path, "en")


def test_no_person_is_in_a_bundle(bundle):
    with zipfile.ZipFile(bundle) as packed:
        texts = [packed.read(name) for name in packed.namelist()]
    assert not any(code.encode() in text for code in ("P17,", ">P17<", "P17\n") for text in texts)


def test_word_reads_the_tables(bundle):
    with zipfile.ZipFile(bundle) as packed:
        paper = zipfile.ZipFile(io.BytesIO(packed.read("results/paper.docx")))
    assert paper.testzip() is None
    name = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
    document = ET.fromstring(paper.read("word/document.xml"))
    tables = document.findall(f".//{name}tbl")
    assert len(tables) == 14
    for table in tables:
        columns = len(table.findall(f"{name}tblGrid/{name}gridCol"))
        assert all(len(row.findall(f"{name}tc")) == columns for row in table.findall(f"{name}tr"))
    types = ET.fromstring(paper.read("[Content_Types].xml"))
    named = {part.get("PartName") for part in types if part.get("PartName")}
    assert named <= {f"/{part}" for part in paper.namelist()}


def test_a_cell_may_hold_anything():
    table = Table("50% & more_", ("a", "b"), (("<x>", "1 & 2"), ('"q", r', "−3²")), ("note_1",))
    assert r"50\% \& more\_" in table.latex()
    assert r"\textless{}x\textgreater{} & 1 \& 2 \\" in table.latex()
    assert table.csv().decode("utf-8-sig").splitlines()[2] == '"""q"", r",−3²'
    assert "&lt;x&gt;" in table._repr_html_()
    assert b"&lt;x&gt;" in zipfile.ZipFile(io.BytesIO(word_file((table,)))).read("word/document.xml")
    with pytest.raises(ValueError, match="as many cells"):
        Table("t", ("a", "b"), (("1",),))


# What is missing has a name, everywhere


def all_tables(study):
    made_ = [
        ws.flow_table,
        ws.descriptive_table,
        ws.mixed_table,
        ws.average_table,
        ws.change_table,
        ws.items_table,
        ws.reliable_table,
    ]
    made_ += [ws.retention_table, ws.leaving_table, ws.sensitivity_table, ws.deviation_table, ws.plan_table]
    tables = [make(study) for make in made_]
    tables += [ws.average_table(study, cases=True), ws.retention_table(study, by_school=True)]
    for draw in (ws.trajectory_plot, ws.raincloud_plot, ws.forest_plot, ws.funnel_plot, ws.likert_plot):
        plot = draw(study)
        assert plot.words() if isinstance(plot, NotEstimated) else plot.alt
    ws.methods(study)
    return {table.title: table for table in tables} | {"results": ws.results(study)}


LACKING = {
    "one school": (lambda rows: rows.assign(school="S1"), {}),
    "one wave": (lambda rows: rows[rows["wave"] == "2025-autumn"], {}),
    "no codes": (lambda rows: rows, {"person": ""}),
    "no schools": (lambda rows: rows, {"school": []}),
    "nothing but scores": (
        lambda rows: rows,
        {"person": "", "school": [], "wave": "", "items": [], "link": "", "reliability": None},
    ),
    "everybody alike": (lambda rows: rows.assign(score="7", item="2"), {}),
    "no score at all": (lambda rows: rows.assign(score=""), {}),
    "three rows": (lambda rows: rows.iloc[:3], {}),
    "nobody left": (lambda rows: rows[rows.groupby("code")["wave"].transform("size") == 3], {}),
    "a covariate that is the wave": (lambda rows: rows.assign(sex=rows["wave"]), {}),
    "a group all missing": (lambda rows: rows.assign(score=rows["score"].mask(rows["school"] == "S2", "")), {}),
}


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("lack", LACKING)
def test_what_is_lacking_is_said_and_nothing_breaks(lack, tmp_path):
    spoil, changes = LACKING[lack]
    study = opened(tmp_path, spoil(made(schools=4)), **changes)
    for table in all_tables(study).values():
        shown = table._repr_html_()
        assert "nan" not in shown.lower().replace("finance", "")
        assert "inf<" not in shown


def test_one_school_is_left_out_of_the_model_and_told(tmp_path):
    study = opened(tmp_path, made(schools=1))
    assert study.model.schools == 0
    assert any("one school only" in note for note in ws.mixed_table(study).notes)
    assert ws.deviation_table(study).rows


@pytest.mark.parametrize(
    ("changes", "word"),
    [({"outcome": "total"}, "total"), ({"covariates": ["age"]}, "age"), ({"outcome": "sex"}, "sex")],
)
def test_a_column_that_will_not_do_is_named(tmp_path, changes, word):
    with pytest.raises(UsageError, match=word):
        opened(tmp_path, made(schools=2), **changes)


def test_a_file_that_is_not_there_is_told_after_the_plan(tmp_path):
    with pytest.raises(UsageError):
        ws.open_study(tmp_path / "rows.csv", tmp_path)
    ws.plan_study(tmp_path, "en", **PLAN)
    for name in ("", tmp_path / "rows.csv"):
        with pytest.raises(UsageError):
            ws.open_study(name, tmp_path)


# Data of others


@needs_panel
def test_the_panels_figures_are_its_readmes(tmp_path):
    ws.plan_study(tmp_path, "en", question="?", outcome="JSAT", wave="TIME", person="SUBNUM", school=["BTN", "COMPANY"])
    study = ws.open_study(PANEL / "univbct.csv", tmp_path, "en")
    described = [row[1:5] for row in ws.descriptive_table(study).rows]
    # n, gaps of 495, mean, sd of JOBSAT in each wave.
    assert described == [("468", "27", "3.24", "0.98"), ("465", "30", "3.25", "0.94"), ("463", "32", "3.34", "0.86")]
    assert study.model.schools == 43


@needs_panel
def test_the_99_groups_are_their_readmes(tmp_path):
    ws.plan_study(tmp_path, "en", question="?", outcome="LEAD", school="GRP")
    study = ws.open_study(PANEL / "bh1996.csv", tmp_path, "en")
    assert ws.descriptive_table(study).rows[0][1:5] == ("7382", "0", "2.89", "0.77")
    assert study.model.schools == 99


@pytest.mark.slow
def test_the_notebook_runs_from_the_plan_to_the_bundle(tmp_path):
    path = tmp_path / "rows.csv"
    made().to_csv(path, index=False, encoding="utf-8", lineterminator="\n")
    given = {**PLAN, "school": ["school"], "data": str(path), "folder": str(tmp_path / "study"), "higher_is": "worse"}
    given |= {"label": "", "exclusions": "", "seed": 1, "lang": "zh"}
    done = execute(ROOT / "notebooks" / "wave_analysis.ipynb", given, tmp_path)
    outputs = [output for cell in done.cells if cell.cell_type == "code" for output in cell.outputs]
    assert not [output for output in outputs if output.output_type in ("error", "stream")]
    assert "相同" in outputs[-1].data["text/html"]
    assert "不同" not in outputs[-1].data["text/html"]
    assert (tmp_path / "study" / "bundle.zip").exists()
