"""The whole way: a county's answers to every school's PDF, on made-up answers and on real ones."""

import csv
import io
import json
import re
import shutil
from pathlib import Path

import nbformat
import openpyxl
import pandas as pd
import pypdfium2
import pytest
from pypdf import PdfReader

from wellbeing.batch.analysis import analyse
from wellbeing.batch.manifest import file_digest
from wellbeing.batch.notebooks import execute
from wellbeing.batch.run import run
from wellbeing.cli import call
from wellbeing.disclosure.release import read_release
from wellbeing.errors import FrozenError
from wellbeing.followup import open_register
from wellbeing.importers import import_file
from wellbeing.keys import envelope
from wellbeing.keys.holders import Holder, add_holder
from wellbeing.responses import store
from wellbeing.sealed_waves import WaveFiles
from wellbeing.surveys import load_survey, read_roster
from wellbeing.synthetic import exports, make_county
from wellbeing.workspace import Workspace, unpack

pytestmark = [pytest.mark.slow]

SHARED = Path(__file__).parents[2] / "shared"
WAVE = "2026-autumn"
#: Marks in codes and times: the working zone keeps those, and nothing that is handed out may.
OF_THE_WORKING_ZONE = {exports.CANARY_CODE, "CA-NARY", exports.CANARY_TIME}


def text_of(path: Path) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(path).pages)


def import_all(workspace: Workspace, files: dict[str, Path]) -> None:
    survey, roster = load_survey(workspace, "screening"), read_roster(workspace.roster)
    for wave, export in files.items():
        responses, record = import_file(export, survey, roster)
        store(workspace, survey, wave, responses, record)


@pytest.fixture(scope="module")
def county(tmp_path_factory):
    """Eight schools with planted marks, imported and run."""
    workspace = unpack(tmp_path_factory.mktemp("way") / "county")
    planted = make_county(workspace.root, schools=8, canary=True)
    import_all(workspace, planted.exports)
    result = run(workspace, "screening", WAVE, frozen="2026-11-20")
    return workspace, planted, result


def test_every_school_has_a_run_status_and_none_failed(county):
    workspace, _, result = county
    assert len(result.schools) == 8
    assert {school["status"] for school in result.schools} <= {"done", "in_group", "withheld"}
    assert sum(school["status"] == "done" for school in result.schools) >= 2
    assert result.failed == ()
    roster = read_roster(workspace.roster)
    assert [school["school_id"] for school in result.schools] == list(roster.schools.index)


def test_every_unit_and_the_county_have_a_pdf_that_opens_in_two_readers(county):
    workspace, _, result = county
    release = read_release(workspace.released("screening", WAVE))
    units = release.units
    reporting = set(units.loc[units["level"].isin(["school", "group"]), "unit"])
    pdfs = {path.stem for path in result.output.glob("*.pdf")}
    assert pdfs == {f"{unit}_{WAVE}" for unit in reporting} | {f"county_{WAVE}"}
    for path in result.output.glob("*.pdf"):
        text = text_of(path)
        assert re.search(r"[一-鿿]{4}", text), path.name
        assert len(pypdfium2.PdfDocument(path)) >= 1
        assert "12356" in text


def test_reports_are_tagged_and_embed_their_fonts(county):
    _, _, result = county
    for path in result.output.glob("*.pdf"):
        root = PdfReader(path).trailer["/Root"]
        assert root["/MarkInfo"]["/Marked"] is True or bool(root["/MarkInfo"]["/Marked"])
        assert "/StructTreeRoot" in root
        assert str(root["/Lang"]).startswith("zh")
        assert b"pdfuaid" in root["/Metadata"].get_data()
        for page in PdfReader(path).pages:
            for font in page["/Resources"].get("/Font", {}).values():
                descriptor = font.get_object()["/DescendantFonts"][0].get_object()["/FontDescriptor"].get_object()
                assert {"/FontFile2", "/FontFile3"} & set(descriptor), path.name


def test_the_manifest_holds_every_file_with_its_digest(county):
    _, _, result = county
    manifest = json.loads((result.output / "manifest.json").read_text(encoding="utf-8"))
    there = {p.relative_to(result.output).as_posix() for p in result.output.rglob("*") if p.is_file()}
    assert set(manifest["files"]) == there - {"manifest.json"}
    for name, digest in manifest["files"].items():
        assert file_digest(result.output / name) == digest
    assert len(manifest["schools"]) == 8
    assert "reason" not in json.dumps(manifest)


def codes_of(planted) -> set[str]:
    """Every code of both waves, as it is kept and as it stands on the card."""
    kept = {code for answers in planted.answers.values() for code in answers["code"].dropna()}
    return kept | {"-".join(re.findall("....", code)) for code in kept}


def everything_handed_out(workspace: Workspace) -> list[Path]:
    folders = [workspace.root / "data" / "released", workspace.root / "reports" / "output"]
    return [path for folder in folders for path in folder.rglob("*") if path.is_file()]


def readable(path: Path) -> str:
    """All text of a file: raw bytes, and what two PDF readers see."""
    text = path.read_bytes().decode("utf-8", errors="ignore")
    if path.suffix == ".pdf":
        text += text_of(path)
        document = pypdfium2.PdfDocument(path)
        text += "".join(page.get_textpage().get_text_range() for page in document)
        for page in PdfReader(path).pages:
            text += page.get_contents().get_data().decode("latin-1")
        text += str(PdfReader(path).metadata)
    return text


def test_no_planted_mark_is_in_anything_handed_out(county, capfd):
    workspace, planted, _ = county
    assert planted.marks, "the county holds no marks"
    answers = pd.read_excel(planted.exports[WAVE], dtype=str, engine="openpyxl")
    flat = "".join(answers.fillna("").to_numpy().ravel())
    for mark in planted.marks:
        assert mark in flat + flat.replace("-", ""), "a mark is not in the export: the test would prove nothing"
    codes = codes_of(planted)
    assert len(codes) > 100
    files = everything_handed_out(workspace)
    assert len(files) > 20
    for path in files:
        text = readable(path)
        for mark in (*planted.marks, *codes):
            assert mark not in text, path.name
            assert mark not in str(path.relative_to(workspace.root))
    output = capfd.readouterr()
    for mark in planted.marks:
        assert mark not in output.out + output.err


def test_no_name_phone_or_address_is_kept_anywhere_in_the_workspace(county):
    workspace, planted, _ = county
    kept = [p for p in (workspace.root / "data").rglob("*") if p.is_file() and "exports" not in p.parts]
    assert kept
    for path in kept:
        text = path.read_bytes().decode("utf-8", errors="ignore")
        for mark in planted.marks:
            if mark not in OF_THE_WORKING_ZONE:
                assert mark not in text, path.name


def test_executed_notebooks_that_leave_carry_no_parameters_paths_or_times(county):
    workspace, _, result = county
    notebooks = list((result.output / "notebooks").glob("*.ipynb"))
    assert len(notebooks) == len(list(result.output.glob("*.pdf")))
    for path in notebooks:
        text = path.read_text(encoding="utf-8")
        built = nbformat.reads(text, as_version=4)
        assert set(built.metadata) == {"kernelspec"}
        assert any(cell.get("outputs") for cell in built.cells)
        for trace in ("papermill", "injected", "/tmp/", str(workspace.root), "start_time", "Traceback"):
            assert trace not in text, path.name


def test_the_log_and_the_audit_hold_no_code_and_no_answer(county):
    workspace, planted, _ = county
    working = workspace.working("screening", WAVE)
    for name in ("run.jsonl", "audit.csv"):
        text = (working / name).read_text(encoding="utf-8")
        for mark in (*planted.marks, *codes_of(planted)):
            assert mark not in text
    events = [json.loads(line) for line in (working / "run.jsonl").read_text(encoding="utf-8").splitlines()]
    assert {"scored", "released", "report_done", "run_finished"} <= {event["event"] for event in events}


def test_a_released_wave_is_frozen_and_the_message_says_the_way_out(county):
    workspace, planted, _ = county
    with pytest.raises(FrozenError, match="--resume"):
        run(workspace, "screening", WAVE, frozen="2026-11-21")
    survey, roster = load_survey(workspace, "screening"), read_roster(workspace.roster)
    responses, record = import_file(planted.exports[WAVE], survey, roster)
    before = (workspace.raw("screening", WAVE) / "files.json").read_bytes()
    with pytest.raises(FrozenError, match="2026-autumn"):
        store(workspace, survey, WAVE, responses, record)
    assert (workspace.raw("screening", WAVE) / "files.json").read_bytes() == before


def test_no_answer_lies_plain_in_the_working_zone_after_a_run(county):
    files = WaveFiles(county[0], "screening", WAVE)
    stored = [files.read(path).decode("utf-8") for path in files.tables("answers/*.csv")]
    lines = [line for text in stored for line in text.splitlines()[1:]]
    codes = {cells["code"] for text in stored for cells in csv.DictReader(io.StringIO(text))} - {""}
    assert len(codes) > 50
    for path in files.folder.rglob("*"):
        content = path.read_bytes() if path.is_file() else b""
        assert not [line for line in lines if line.encode("utf-8") in content], path.name
        assert not [code for code in codes if code.encode("utf-8") in content], path.name


def copied(county, tmp_path) -> Workspace:
    workspace = Workspace(tmp_path / "county")
    shutil.copytree(county[0].root, workspace.root)
    return workspace


def test_resume_makes_what_is_missing_or_tampered_with_and_the_same_bytes(county, tmp_path):
    workspace = copied(county, tmp_path)
    output = workspace.output("screening", WAVE) / "zh"
    before = {path.name: path.read_bytes() for path in output.glob("*.pdf")}
    missing, tampered = sorted(name for name in before if name.startswith("S"))[:2]
    (output / missing).unlink()
    (output / tampered).write_bytes(before[tampered] + b"%")
    result = run(workspace, "screening", WAVE, frozen="2026-12-24", resume=True)
    assert (result.made, result.kept) == (2, len(before) - 3)
    assert {path.name: path.read_bytes() for path in output.glob("*.pdf")} == before


def test_one_failing_school_does_not_stop_the_others(county, tmp_path, monkeypatch, capfd):
    workspace = copied(county, tmp_path)
    path = workspace.notebooks / "school_report.ipynb"
    notebook = nbformat.read(path, as_version=4)
    victim, other = [s["unit"] for s in county[2].schools if s["status"] == "done"][:2]
    # The two have to be made again; what is there of the others is kept.
    output = workspace.output("screening", WAVE) / "zh"
    for unit in (victim, other):
        (output / f"{unit}_{WAVE}.pdf").unlink()
    poison = f'if unit == "{victim}":\n    raise ValueError("金丝雀 7Q4K-2291-AAAA")'
    notebook.cells.append(nbformat.v4.new_code_cell(poison, id="poison"))
    nbformat.write(notebook, path)
    monkeypatch.chdir(workspace.root)
    monkeypatch.setenv("WELLBEING_LANG", "en")
    assert call(["run", "screening", "--wave", WAVE, "--resume"]) == 5
    said = capfd.readouterr()
    assert victim in said.err
    assert "--resume" in said.err
    assert "金丝雀" not in said.out + said.err
    assert "Traceback" not in said.err
    manifest = json.loads((output / "manifest.json").read_text(encoding="utf-8"))
    failed = [school["unit"] for school in manifest["schools"] if school["status"] == "failed"]
    assert failed == [victim]
    assert not (output / f"{victim}_{WAVE}.pdf").exists()
    assert (output / f"{other}_{WAVE}.pdf").exists()
    assert len(list(output.glob("*.pdf"))) == len(list(county[2].output.glob("*.pdf"))) - 1
    log = (workspace.working("screening", WAVE) / "run.jsonl").read_text(encoding="utf-8")
    assert "ValueError" in log
    assert "金丝雀" not in log


def test_the_whole_run_gives_the_same_bytes_again(county, tmp_path):
    source, planted, result = county
    workspace = unpack(tmp_path / "county")
    shutil.copy(source.roster, workspace.roster)
    import_all(workspace, {WAVE: planted.exports[WAVE]})
    again = run(workspace, "screening", WAVE, frozen="2026-11-20", workers=1)
    names = {p.relative_to(result.output) for p in result.output.rglob("*") if p.is_file()}
    assert {p.relative_to(again.output) for p in again.output.rglob("*") if p.is_file()} == names
    for name in names:
        assert (again.output / name).read_bytes() == (result.output / name).read_bytes(), name


def test_english_reports_come_beside_the_chinese_ones_and_without_a_key_it_is_said_that_nobody_is_on_a_list(
    county, tmp_path, monkeypatch, capfd
):
    workspace = copied(county, tmp_path)
    monkeypatch.chdir(workspace.root)
    monkeypatch.setenv("WELLBEING_LANG", "en")
    school = next(s["school_id"] for s in county[2].schools if s["status"] == "done")
    chinese = {path.name for path in county[2].output.glob("*.pdf")}
    assert call(["run", "screening", "--wave", WAVE, "--resume", "--lang", "en", "--school", school]) == 0
    # before the statistics and after them
    assert capfd.readouterr().err.count("nobody's list now") == 2
    assert not list((workspace.root / "data" / "confidential").rglob("*.age"))
    output = workspace.output("screening", WAVE)
    assert {path.name for path in (output / "en").glob("*.pdf")} == {f"{school}_{WAVE}.pdf"}
    assert {path.name for path in (output / "zh").glob("*.pdf")} == chinese
    report = output / "en" / f"{school}_{WAVE}.pdf"
    assert "screening" in text_of(report).lower()
    assert str(PdfReader(report).trailer["/Root"]["/Lang"]).startswith("en")


# ---------------------------------------------------------------- real answers

#: The fixed rule by which the 403 people are dealt to schools: so many rows, in file order, to each.
SIZES = {"S001": 20, "S002": 25, "S003": 35, "S004": 45, "S005": 53, "S006": 60, "S007": 75, "S008": 90}
NAMES = [
    "东林镇中心小学",
    "东林镇初级中学",
    "西河镇中心小学",
    "西河镇初级中学",
    "北山学校",
    "县第一小学",
    "县第二小学",
    "县实验中学",
]


def real_workspace(folder: Path) -> Workspace:
    """A county whose screening asks PHQ-9 and GAD-7 only, as the 403 people were asked."""
    workspace = unpack(folder)
    definition = workspace.surveys / "screening.yaml"
    text = definition.read_text(encoding="utf-8")
    who5, cbi = (
        "  - {id: who5, scales: [total], worklist: false}\n",
        "  - {id: cbi, scales: [personal, work], worklist: false}\n",
    )
    for line in (who5, cbi):
        assert line in text
        text = text.replace(line, "")
    definition.write_text(text, encoding="utf-8")
    kinds = ["primary", "junior", "primary", "junior", "nine-year", "primary", "primary", "junior"]
    with workspace.roster.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["school_id", "name", "town", "kind", "rural", "staff"])
        for (school, size), name, kind in zip(SIZES.items(), NAMES, kinds, strict=True):
            rows.writerow([school, name, name[:3], kind, "yes", round(size / 0.75)])
    return workspace


def write_wjx(path: Path, survey, people: pd.DataFrame, schools: list[str]) -> None:
    """Write real answers as a 问卷星 export by option text."""
    labels = {item.column: {a.code: a.label.zh for a in item.answers} for item in survey.items}
    asked = list(survey.questions)
    heads = ["序号", "提交答卷时间", "所用时间", "来源", "来源详情", "来自IP", "总分"]
    heads += [f"{k}、{question.text.zh}" for k, question in enumerate(asked, 1)]
    first = None
    for item in survey.items:
        stem = item.column.rsplit("_", 1)[0]
        number = 8 if stem == "phq9" else 9
        heads.append(f"{number}、{item.text.zh}" if stem == first else f"{number}、请选择—{item.text.zh}")
        first = stem
    book = openpyxl.Workbook()
    book.active.append(heads)
    for i, (row, school) in enumerate(zip(people.to_dict("records"), schools, strict=True)):
        meta = [
            i + 1,
            f"2026/11/{1 + i % 20} 9:{i % 60:02}:07",
            f"{200 + i}秒",
            "微信",
            "N/A",
            "192.0.2.1(安徽-合肥)",
            0,
        ]
        # The 403 were not asked for sex, age and role: skipped, and so missing, never a value of their own.
        own = [school, f"A{i:05}", "(跳过)", "(跳过)", "(跳过)", "同意", "同意"]
        book.active.append(meta + own + [labels[item.column][row[item.column]] for item in survey.items])
    book.save(path)


@pytest.fixture(scope="module")
def real(tmp_path_factory):
    folder = SHARED / "data" / "phq9_gad7_two_waves"
    if not folder.is_dir():
        pytest.skip("the real answers are not on this machine (../shared)")
    workspace = real_workspace(tmp_path_factory.mktemp("real") / "county")
    survey, roster = load_survey(workspace, "screening"), read_roster(workspace.roster)
    schools = [NAMES[k] for k, size in enumerate(SIZES.values()) for _ in range(size)]
    columns = [item.column for item in survey.items]
    for wave, name in (("2026-spring", "wave1.csv"), (WAVE, "wave2.csv")):
        people = pd.read_csv(folder / name)
        people.columns = columns
        write_wjx(tmp := workspace.root / f"{wave}.xlsx", survey, people, schools)
        responses, record = import_file(tmp, survey, roster)
        store(workspace, survey, wave, responses, record)
    # The first wave is released, the second goes the whole way: reports are what takes the time.
    analyse(workspace, "screening", "2026-spring", "2026-05-20", False, lambda _: None)
    result = run(workspace, "screening", WAVE, frozen="2026-11-20")
    return workspace, result


def county_cell(workspace: Workspace, wave: str, measure: str) -> pd.Series:
    cells = read_release(workspace.released("screening", wave)).cells
    return cells[cells["unit"].eq("county") & cells["group"].eq("all") & cells["measure"].eq(measure)].iloc[0]


def scores_of(workspace, wave):
    """The scores by code, which are sealed once a wave is released."""
    files = WaveFiles(workspace, "screening", wave)
    return pd.read_csv(io.BytesIO(files.read(files.folder / "scores.csv")))


@pytest.mark.parametrize(
    ("wave", "measure", "mean", "cases"),
    [
        # the README of the data: means, and bands from 10 upwards
        ("2026-spring", "phq9_total", 7.4789, 63 + 36 + 21),
        ("2026-spring", "gad7_total", 6.2060, 56 + 37),
        (WAVE, "phq9_total", 6.2878, 53 + 28 + 13),
        (WAVE, "gad7_total", 5.1588, 53 + 22),
    ],
)
def test_real_answers_come_out_as_published(real, wave, measure, mean, cases):
    workspace, _ = real
    scores = scores_of(workspace, wave)
    assert len(scores) == 403
    assert scores[measure].astype(float).mean() == pytest.approx(mean, abs=5e-5)
    assert (scores[measure].astype(float) >= 10).sum() == cases
    cell = county_cell(workspace, wave, measure)
    assert cell["low"] <= min(cases, 403 - cases) <= cell["high"]
    assert cell["mean_low"] <= mean <= cell["mean_high"]


def test_real_answers_give_eight_run_statuses_and_every_report(real):
    _, result = real
    assert len(result.schools) == 8
    assert {school["status"] for school in result.schools} <= {"done", "in_group", "withheld"}
    # rule R2: 20 of 27 staff is below 34, so that school cannot report alone
    assert next(s for s in result.schools if s["school_id"] == "S001")["status"] != "done"
    assert sum(school["status"] == "done" for school in result.schools) >= 5
    assert result.failed == ()


def test_every_class_holds_the_true_count_and_leaves_five_possible(real):
    """Counted again from the score files, apart from the code that made the release."""
    workspace, _ = real
    checked = 0
    for wave in ("2026-spring", WAVE):
        scores = scores_of(workspace, wave)
        release = read_release(workspace.released("screening", wave))
        schools = {unit["unit"]: unit["schools"].split() for unit in release.units.to_dict("records")}
        cells = release.cells
        told = cells[cells["side"].ne("withheld") & cells["group"].eq("all") & cells["measure"].str.endswith("_total")]
        for cell in told.to_dict("records"):
            points = scores.loc[scores["school_id"].isin(schools[cell["unit"]]), cell["measure"]].astype(float)
            n, cases = len(points), int((points >= 10).sum())
            sides = {"few": [True], "many": [False], "untold": [True, False]}[cell["side"]]
            possible = {
                c for c in range(n + 1) for few in sides if cell["low"] <= (c if few else n - c) <= cell["high"]
            }
            assert cases in possible
            assert len(possible) >= 5
            if cell["mean_low"] == cell["mean_low"]:
                assert cell["mean_low"] <= points.mean() <= cell["mean_high"]
                sums = [t for t in range(27 * n + 1) if cell["mean_low"] <= t / n < cell["mean_high"]]
                assert len(sums) >= 5
            checked += 1
    assert checked > 30


def test_the_counsellors_notebook_runs_without_a_key_and_names_nobody(county, tmp_path):
    workspace, planted, _ = county
    parameters = {"wave": WAVE, "school": "", "file": "", "survey": "screening", "lang": "zh", "per_week": 8}
    done = execute(workspace.notebooks / "screening.ipynb", parameters, workspace.root)
    shown = json.dumps([cell.get("outputs", []) for cell in done.cells], ensure_ascii=False)
    assert "Traceback" not in shown
    assert "应答教职工" in shown
    assert "测量误差约" in shown
    assert not any(code in shown.replace("-", "") for code in codes_of(planted))
    assert "12356" in json.dumps([cell.source for cell in done.cells], ensure_ascii=False)


def test_the_command_line_keeps_the_lists_sealed_in_the_confidential_zone(county, tmp_path, monkeypatch):
    workspace = copied(county, tmp_path)
    monkeypatch.chdir(workspace.root)
    secret, public = envelope.new_identity()
    add_holder(workspace, Holder("counsellor", "counsellor", public, "2026-11-20"))
    school = county[2].schools[0]["school_id"]
    assert call(["run", "screening", "--wave", WAVE, "--resume", "--school", school]) == 0
    folder = workspace.confidential("screening", WAVE)
    assert sorted(path.stem for path in folder.glob("*.age")) == [school["school_id"] for school in county[2].schools]
    codes = codes_of(county[1])
    for path in folder.rglob("*"):
        if path.is_file():
            assert not any(code.encode() in path.read_bytes() for code in codes), path.name
    survey = load_survey(workspace, "screening")
    register = open_register(workspace, survey, WAVE, [envelope.identity_of(secret)])
    today = {case.entry.code for case in register.cases() if case.entry.when == "today"}
    assert set(county[1].planted.critical) <= today
