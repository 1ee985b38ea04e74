"""What grows with the number of schools, and what does not: counties of 60 schools, one, ten and a hundred of them.

A country is counties: each has its own roster, release, keys and folder of reports, so 600 schools are ten
counties and 6,000 a hundred. Each size is measured in a process of its own, and each county beside no other: scoring,
counting, release with certificate, attack, reports of a sample, search, manifest, memory and disk. Also one
roster of 600 and 6,000 schools for what has no need of a county: scoring and counting by partition, a folder's
manifest. Seconds are of the processor, of this process and its children.

``python benchmarks/scale.py --counties 1 10 --reports 12`` takes minutes; ``--counties 1 10 100 --reports 600`` is the
whole and takes hours of a core. Writes benchmarks/results/scale.json after each step.
"""

import argparse
import json
import os
import platform
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent / "results" / "scale.json"
SURVEY, WAVE, FROZEN = "screening", "2026-autumn", "2026-11-20"
SCHOOLS = 60


def processor() -> float:
    """Give the seconds that this process and its ended children had of a processor."""
    own, theirs = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + theirs.ru_utime + theirs.ru_stime


def peak(who: int) -> int:
    """Give the most memory that a process held, in MiB."""
    return round(resource.getrusage(who).ru_maxrss / 1024)


def spent(took: dict[str, list[float]], name: str, work: Callable[[], Any]) -> Any:
    """Do something and note what it cost."""
    began = processor()
    found = work()
    took.setdefault(name, []).append(round(processor() - began, 3))
    return found


def one_county(folder: Path, seed: int, reports: int, took: dict[str, list[float]]) -> dict[str, int]:
    """Take a county from its answers to its searched reports; give its sizes."""
    import pandas as pd

    from wellbeing.batch.analysis import analyse
    from wellbeing.batch.inspection import attack_releases, inspect_reports
    from wellbeing.batch.manifest import Manifest
    from wellbeing.batch.render import Job, Renderers, lay_out, workplace
    from wellbeing.importers import import_file
    from wellbeing.responses import store
    from wellbeing.surveys import load_survey, read_roster
    from wellbeing.synthetic import make_county
    from wellbeing.workspace import unpack

    workspace = unpack(folder)
    made = make_county(workspace.root, schools=SCHOOLS, seed=seed)
    survey, roster = load_survey(workspace, SURVEY), read_roster(workspace.roster)
    store(workspace, survey, WAVE, *import_file(made.exports[WAVE], survey, roster))
    began: list[float] = []
    names: list[str] = []

    def stage(name: str) -> None:
        began.append(processor())
        names.append(name)

    release = analyse(workspace, SURVEY, WAVE, FROZEN, False, stage)
    began.append(processor())
    for name, start, end in zip(names, began, began[1:], strict=False):
        took.setdefault(name, []).append(round(end - start, 3))
    spent(took, "attacking", lambda: attack_releases(workspace, SURVEY, WAVE))
    told = release.units[release.units["level"].isin(["school", "group"])]["unit"]
    units = [str(unit) for unit in told][:reports]
    output = workspace.output(SURVEY, WAVE) / "zh"
    (output / "notebooks").mkdir(parents=True)
    manifest = Manifest.read(output / "manifest.json", SURVEY, WAVE, "zh", release.digest)
    given = {"lang": "zh", "release_folder": "release", "output_folder": "out"}
    jobs = [Job(unit, f"{unit}_{WAVE}", "school_report.ipynb", {"unit": unit, **given}) for unit in units]
    if jobs:
        start = processor()
        with workplace(workspace, SURVEY, WAVE) as place:
            with Renderers(place, "zh", 1) as renderers:
                lay_out(place, workspace, SURVEY, WAVE)
                outcomes = renderers.run(jobs, lambda outcome: None)
            took.setdefault("reports and the start of their process", []).append(round(processor() - start, 3))
            if failed := [outcome.error for outcome in outcomes if outcome.error]:
                raise RuntimeError(f"{len(failed)} reports failed, the first with {failed[0]}")
            for job in jobs:
                shutil.copyfile(place / "out" / f"{job.name}.pdf", output / f"{job.name}.pdf")
                shutil.copyfile(place / "out" / f"{job.name}.ipynb", output / "notebooks" / f"{job.name}.ipynb")
                manifest.add(f"{job.name}.pdf")
                manifest.add(f"notebooks/{job.name}.ipynb")
        manifest.write()
        spent(took, "searching the reports", lambda: inspect_reports(workspace, SURVEY, WAVE, output))
    files = [path for path in output.rglob("*") if path.is_file()]
    released = sum(path.stat().st_size for path in workspace.released(SURVEY, WAVE).rglob("*") if path.is_file())
    return {
        "schools": len(roster.schools),
        "staff": int(pd.Series(roster.schools["staff"]).sum()),
        "respondents": len(made.answers[WAVE]),
        "reports_due": len(told),
        "reports_made": len(units),
        "report_bytes": sum(path.stat().st_size for path in files if path.suffix in (".pdf", ".ipynb")),
        "release_bytes": released,
        "files_in_the_folder": len(list(output.iterdir())),
        "manifest_bytes": (output / "manifest.json").stat().st_size if jobs else 0,
    }


def counties(number: int, reports: int) -> dict[str, Any]:
    """Measure so many counties one after the other; reports are made of a sample spread over them."""
    took: dict[str, list[float]] = {}
    sizes: dict[str, int] = {}
    for seed in range(number):
        share = reports // number + (seed < reports % number)
        with tempfile.TemporaryDirectory(prefix="wellbeing-scale-") as folder:
            for name, value in one_county(Path(folder) / "county", 20261102 + seed, share, took).items():
                sizes[name] = sizes.get(name, 0) + value
    stages = {
        name: {
            "all": round(sum(seconds), 2),
            "median_of_a_county": round(statistics.median(seconds), 3),
            "least": min(seconds),
            "most": max(seconds),
        }
        for name, seconds in took.items()
    }
    memory = {"analysis": peak(resource.RUSAGE_SELF), "rendering": peak(resource.RUSAGE_CHILDREN)}
    return {"counties": number, "sizes": sizes, "processor_seconds": stages, "peak_MiB": memory}


def partitions(number: int) -> dict[str, Any]:
    """Score and count so many counties' stored answers by partition, and write a manifest of their reports."""
    import pandas as pd

    from wellbeing.answer_frames import answer_bytes
    from wellbeing.batch.manifest import Manifest
    from wellbeing.cluster.partitions import add_up, count_partition
    from wellbeing.surveys import load_survey
    from wellbeing.synthetic import make_county
    from wellbeing.workspace import unpack

    took: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory(prefix="wellbeing-scale-") as folder:
        workspace = unpack(Path(folder) / "county")
        made = make_county(workspace.root, schools=SCHOOLS)
        survey, answers = load_survey(workspace, SURVEY), made.answers[WAVE].reset_index(drop=True)
        schools = list(made.roster.index)
        units = pd.concat(
            [
                pd.DataFrame({"unit": [f"{c}-{s}" for s in schools], "schools": [f"{c}-{s}" for s in schools]})
                for c in range(number)
            ],
            ignore_index=True,
        )
        totals: list[Any] = []
        for county in range(number):
            path = Path(folder) / "answers.csv"
            path.write_bytes(answer_bytes(answers.assign(school_id=f"{county}-" + answers["school_id"]), survey))
            part = spent(
                took,
                "scoring and counting a partition",
                lambda path=path: count_partition(path, survey, WAVE, units, Path(folder) / "s.csv"),
            )
            totals = [spent(took, "adding it", lambda part=part, totals=totals: add_up([*totals, part]))]
        reports = number * 35
        place = Path(folder) / "reports"
        place.mkdir()
        manifest = Manifest(place / "manifest.json", SURVEY, WAVE, "zh", "0" * 64)
        for report in range(reports):
            manifest.files[f"{report:06d}_{WAVE}.pdf"] = manifest.files[f"notebooks/{report:06d}.ipynb"] = "0" * 64
        spent(took, "writing one manifest of all", manifest.write)
        size = (place / "manifest.json").stat().st_size
    stages = {
        name: {"all": round(sum(seconds), 2), "median": round(statistics.median(seconds), 3)}
        for name, seconds in took.items()
    }
    return {
        "schools": number * SCHOOLS,
        "respondents": number * len(answers),
        "processor_seconds": stages,
        "peak_MiB": peak(resource.RUSAGE_SELF),
        "one_manifest": {"reports": reports, "bytes": size},
    }


def apart(what: str, number: int, reports: int) -> Any:
    """Measure in a process of its own."""
    command = [sys.executable, __file__, "--only", what, "--counties", str(number), "--reports", str(reports)]
    ended = subprocess.run(command, stdout=subprocess.PIPE, check=True, encoding="utf-8")
    return json.loads(ended.stdout.splitlines()[-1])


def main() -> None:
    """Measure, and write the figures down after each step."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--counties", type=int, nargs="+", default=[1, 10])
    parser.add_argument("--partitions", type=int, nargs="*", default=[1, 10, 100])
    parser.add_argument("--reports", type=int, default=12)
    parser.add_argument("--only", choices=["counties", "partitions"])
    asked = parser.parse_args()
    if asked.only:
        (number,) = asked.counties
        print(json.dumps(counties(number, asked.reports) if asked.only == "counties" else partitions(number)))
        return
    result = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.is_file() else {}
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    for what, numbers in (("partitions", asked.partitions), ("counties", asked.counties)):
        for number in numbers:
            load = round(os.getloadavg()[0], 1)
            began = time.monotonic()
            found = apart(what, number, asked.reports)
            clock = round(time.monotonic() - began)
            found |= {"load_before": load, "seconds_on_the_clock": clock, "machine": machine}
            result.setdefault(what, {})[str(number)] = found
            RESULTS.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8", newline="\n")
            print(what, number, json.dumps(found))


if __name__ == "__main__":
    main()
