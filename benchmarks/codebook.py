"""How long does the codebook of a large wave take? 12,000 people, more than 150 columns.

Run ``python benchmarks/codebook.py``; it writes ``benchmarks/results/codebook.json``. Named beside it is what a
researcher does by hand: pandas' ``describe`` and ``value_counts`` for every column, without a page or a workbook.
"""

import json
import math
import os
import platform
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import numpy as np
import pandas as pd

import wellbeing as wb
from wellbeing.instruments import load_instrument
from wellbeing.responses import ImportRecord, Responses, store
from wellbeing.surveys import load_survey
from wellbeing.workspace import unpack

PEOPLE = 12_000
INSTRUMENTS = ("phq9", "gad7", "who5", "cbi", "dass21", "pss10", "uwes9", "copsoq3_core")
RUNS = 5


def main() -> None:
    """Make the wave, time the codebook and the bare counts, and write the figures down."""
    with tempfile.TemporaryDirectory() as folder:
        workspace = unpack(Path(folder) / "county")
        workspace.roster.write_text(
            f"school_id,name,town,kind,rural,staff\nS001,一小,镇,primary,yes,{PEOPLE}\n", encoding="utf-8"
        )
        path = workspace.surveys / "screening.yaml"
        text = path.read_text(encoding="utf-8")
        start, end = text.index("instruments:\n"), text.index("\n# The page before")
        listed = "".join(f"  - {{id: {name}, scales: [{_scales(name)}]}}\n" for name in INSTRUMENTS)
        path.write_text(f"{text[:start]}instruments:\n{listed}{text[end:]}", encoding="utf-8")
        survey = load_survey(workspace, "screening")
        _store(workspace, survey)
        wave = wb.read_wave("screening", "2026-autumn", workspace)
        codebook, bare = [], []
        for _ in range(RUNS):
            since = time.process_time()
            wb.write_codebook(wave)
            codebook.append(time.process_time() - since)
            since = time.process_time()
            frame = wave.frame
            for name in frame:
                frame[name].describe()
                frame[name].value_counts()
            bare.append(time.process_time() - since)
        shape = [len(frame), len(frame.columns)]
    result = {
        "what": "codebook (HTML and xlsx) of one wave, CPU seconds",
        "shape": shape,
        "runs": RUNS,
        "codebook_seconds": {
            "median": round(median(codebook), 2),
            "spread": [round(min(codebook), 2), round(max(codebook), 2)],
        },
        "describe_and_value_counts_seconds": {"median": round(median(bare), 2)},
        "ratio": round(median(codebook) / median(bare), 2),
        "machine": {"python": platform.python_version(), "cores": os.cpu_count(), "pandas": pd.__version__},
    }
    target = Path(__file__).parent / "results" / "codebook.json"
    target.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    sys.stdout.write(json.dumps(result, indent=1, ensure_ascii=False) + "\n")


def _scales(name: str) -> str:
    return ", ".join(scale.id for scale in load_instrument(name).scales if not scale.optional)


def _store(workspace: object, survey: object) -> None:
    rng = np.random.default_rng(20261123)
    columns = {}
    for item in survey.items:  # type: ignore[attr-defined]
        given = rng.choice(np.array(item.codes, dtype=float), PEOPLE)
        given[rng.random(PEOPLE) < 0.03] = math.nan
        columns[item.column] = given
    answers = pd.DataFrame(columns)
    answers["school_id"] = "S001"
    answers["code"] = [f"CODE{place:06d}" for place in range(PEOPLE)]
    answers["sex"] = rng.choice(["female", "male"], PEOPLE)
    answers["consent_statistics"] = "yes"
    answers["consent_contact"] = "no"
    answers["seconds"] = rng.uniform(200, 900, PEOPLE).round()
    answers["submitted"] = "2026-11-05T09:00:00"
    answers = answers.reindex(columns=list(survey.columns))  # type: ignore[attr-defined]
    words = [name for name in answers if name not in columns and name != "seconds"]
    answers = answers.astype(dict.fromkeys(words, "str"))
    record = ImportRecord("wave.csv", "0" * 64, "plain", PEOPLE, PEOPLE, 0, 0, (), {}, 0)
    store(workspace, survey, "2026-autumn", Responses("screening", None, answers), record)  # type: ignore[arg-type]


if __name__ == "__main__":
    main()
