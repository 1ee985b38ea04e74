"""How long does an export take, beside pandas reading the same file bare? 100,000 answers of 60 questions.

The survey is the screening with choice questions added up to 60; the file is made up, in the kit's own layout, one
answer in a hundred missing, as CSV and as a workbook. Each reading runs in a process of its own, so that its peak
memory is its own. Run ``python benchmarks/importing.py``; it writes ``benchmarks/results/importing.json`` and ``.md``.
"""

import csv
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from time import perf_counter, process_time

import numpy as np

from wellbeing.importers import read_export
from wellbeing.importers.reading import interpret
from wellbeing.instruments import Text
from wellbeing.surveys import Option, Question, Roster, Survey, load_survey, read_roster
from wellbeing.workspace import Workspace

RESULTS = Path(__file__).parent / "results"
ROWS, ASKED, SCHOOLS, REPEATS = 100_000, 60, 600, 3
MOST_SECONDS, MOST_MIB = 30, 1024


def survey() -> Survey:
    """Give the screening, with questions of its own up to `ASKED`."""
    screening = load_survey(Workspace(Path(__file__).parents[1]), "screening")
    options = tuple(Option(code, Text(f"选项{code}", f"Option {code}")) for code in "abcde")
    own = tuple(
        Question(f"own_question_{at}", "choice", Text(f"自设问题{at}", f"Own question {at}"), options)
        for at in range(ASKED - len(screening.items))
    )
    return replace(screening, questions=(*screening.questions, *own))


def rows(asked: Survey) -> Iterator[list[str]]:
    """Give the header and the rows of the file."""
    rng = np.random.default_rng(20261102)
    codes = [[str(code) for code in item.codes] for item in asked.items] + [list("abcde")] * len(asked.own_questions)
    people = {"sex": ["female", "male"], "age_band": ["under_35", "from_50"], "role": ["teacher", "other"]}
    drawn = [np.where(rng.random(ROWS) < 0.01, "", rng.choice(given, ROWS)) for given in codes]
    yield list(asked.columns)
    for at in range(ROWS):
        person = [
            f"S{at % SCHOOLS:04d}",
            f"P{at:07d}Q",
            f"2026-11-02T{at % 24:02d}:{at % 60:02d}:07",
            str(60 + at % 900),
        ]
        person += ["zh", *(given[at % 2] for given in people.values()), "yes", "yes", "1"]
        yield person + [column[at] for column in drawn]


def write_files(folder: Path) -> None:
    """Write the roster and both files."""
    import openpyxl

    lines = ["school_id,name,town,kind,rural,staff"]
    lines += [f"S{at:04d},学校{at},镇{at % 40},primary,yes,{ROWS // SCHOOLS + 30}" for at in range(SCHOOLS)]
    (folder / "roster.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("answers")
    with (folder / "answers.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        for row in rows(survey()):
            writer.writerow(row)
            sheet.append([int(cell) if cell.isdigit() else cell or None for cell in row])
    book.save(folder / "answers.xlsx")


def peak_mib() -> float:
    """Give the most memory that this process ever held."""
    try:
        import resource
    except ImportError:  # Windows has no such module; the figure is then left out.
        return float("nan")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1 << 20) if sys.platform == "darwin" else peak / 1024


def read_with(reader: str, path: Path, roster: Roster) -> dict[str, float]:
    """Read the file once and say how long it took and what memory it needed."""
    import pandas as pd

    asked = survey()
    start, used = perf_counter(), process_time()
    if reader == "kit":
        imported = interpret(read_export(path), asked, roster)
        count = len(imported.responses.answers)
    elif path.suffix == ".csv":
        count = len(pd.read_csv(path, encoding="utf-8"))
    else:
        count = len(pd.read_excel(path, engine="calamine"))
    seconds, used = perf_counter() - start, process_time() - used
    if count != ROWS:
        raise SystemExit(f"{reader} read {count} rows of {ROWS}")
    return {"seconds": seconds, "cpu_seconds": used, "peak_mib": peak_mib()}


def main() -> None:
    """Measure both readers on both files and write the results; fail where the kit is too slow or too large."""
    if len(sys.argv) == 4:
        _, reader, file, roster = sys.argv
        print(json.dumps(read_with(reader, Path(file), read_roster(Path(roster)))))
        return
    found: dict[str, dict[str, float]] = {}
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        write_files(folder)
        sizes = {file: (folder / file).stat().st_size / 1e6 for file in ("answers.csv", "answers.xlsx")}
        for file in sizes:
            for reader in ("kit", "pandas"):
                command = [sys.executable, __file__, reader, str(folder / file), str(folder / "roster.csv")]
                runs = [json.loads(subprocess.check_output(command, text=True)) for _ in range(REPEATS)]
                found[f"{reader} {file}"] = {
                    "seconds": sorted(run["seconds"] for run in runs)[REPEATS // 2],
                    "cpu_seconds": sorted(run["cpu_seconds"] for run in runs)[REPEATS // 2],
                    "peak_mib": max(run["peak_mib"] for run in runs),
                }
    machine = f"{os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}"
    RESULTS.mkdir(exist_ok=True)
    report = {"machine": machine, "rows": ROWS, "questions": ASKED, "megabytes": sizes, "found": found}
    (RESULTS / "importing.json").write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    lines = [
        f"# Importing {ROWS:,} answers of {ASKED} questions",
        "",
        f"`python benchmarks/importing.py`; {machine}; median of {REPEATS}, each in a process of its own. pandas reads",
        "the same file bare: no label, code, school, consent or person is looked at. Both use one thread: where the",
        "clock shows more than the processor, the machine was doing something else. Peak memory includes the",
        "interpreter and the libraries.",
        "",
        "| file | MB | kit, s | of CPU | pandas, s | of CPU | ratio of CPU | kit, MiB | pandas, MiB |",
        "|---|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for file, size in sizes.items():
        kit, bare = found[f"kit {file}"], found[f"pandas {file}"]
        lines.append(
            f"| {file} | {size:.0f} | {kit['seconds']:.1f} | {kit['cpu_seconds']:.1f} | {bare['seconds']:.1f} "
            f"| {bare['cpu_seconds']:.1f} | {kit['cpu_seconds'] / bare['cpu_seconds']:.1f} "
            f"| {kit['peak_mib']:.0f} | {bare['peak_mib']:.0f} |"
        )
    (RESULTS / "importing.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines))
    for file in sizes:
        kit = found[f"kit {file}"]
        # Of the processor: both read with one thread, and a busy machine says nothing about either.
        if kit["cpu_seconds"] > MOST_SECONDS or kit["peak_mib"] > MOST_MIB:
            raise SystemExit(f"{file}: more than {MOST_SECONDS} s or {MOST_MIB} MiB")


if __name__ == "__main__":
    main()
