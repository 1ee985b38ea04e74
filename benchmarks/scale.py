"""What grows with the number of schools, and what does not: counties of 60 schools, one, ten and a hundred of them.

A country is counties: each has its own roster, release, keys and folder of reports, so 600 schools are ten
counties and 6,000 a hundred. Each size is measured in a process of its own, and each county beside no other: scoring,
counting, release with certificate, attack, reports of a sample, search, manifest, memory and disk. Also one
roster of 600 and 6,000 schools for what has no need of a county: scoring and counting by partition, a folder's
manifest. Seconds are of the processor, of a county's process and its children.

``python benchmarks/scale.py`` is the whole: every report of 60 and 600 schools, a sample of 600 of 6,000. Each county
is noted in build/scale_counties.jsonl as it is done, and those that are noted are not measured again: with
``--minutes 10`` it stops before the next county, and goes on when it is started again. ``--afresh`` forgets them.
``--workers 2`` takes two counties at once, whose seconds are then those of cores that share their memory. A size's
results are written to benchmarks/results/scale.json when all its counties are there.
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
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent / "results" / "scale.json"
#: Of counties that are done: one line of JSON each.
DONE = Path(__file__).parents[1] / "build" / "scale_counties.jsonl"
SURVEY, WAVE, FROZEN = "screening", "2026-autumn", "2026-11-20"
SCHOOLS = 60
FIRST_SEED = 20261102


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


def county(seed: int, reports: int) -> dict[str, Any]:
    """Measure one county, with so many of its reports."""
    took: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory(prefix="wellbeing-scale-") as folder:
        sizes = one_county(Path(folder) / "county", FIRST_SEED + seed, reports, took)
    memory = {"analysis": peak(resource.RUSAGE_SELF), "rendering": peak(resource.RUSAGE_CHILDREN)}
    seconds = {name: round(sum(spans), 3) for name, spans in took.items()}
    return {"seed": seed, "reports": reports, "sizes": sizes, "took": seconds, "peak_MiB": memory}


def together(done: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Put counties together: sizes added up, of each stage all seconds and those of the median county."""
    stages = {}
    for name in done[0]["took"]:
        seconds = [one["took"][name] for one in done if name in one["took"]]
        stages[name] = {
            "all": round(sum(seconds), 2),
            "median_of_a_county": round(statistics.median(seconds), 3),
            "least": min(seconds),
            "most": max(seconds),
        }
    sizes = {name: sum(one["sizes"][name] for one in done) for name in done[0]["sizes"]}
    each = {
        name: round(stages[name]["all"] / max(sizes["reports_made"], 1), 3)
        for name in ("reports and the start of their process", "searching the reports")
        if name in stages
    }
    return {
        "counties": len(done),
        "sizes": sizes,
        "processor_seconds": stages,
        "processor_seconds_of_a_report": each,
        "files_in_one_folder_at_most": max(one["sizes"]["files_in_the_folder"] for one in done),
        "manifest_bytes_at_most": max(one["sizes"]["manifest_bytes"] for one in done),
        "peak_MiB": {what: max(one["peak_MiB"][what] for one in done) for what in done[0]["peak_MiB"]},
        "clock_seconds_of_counties": round(sum(one["clock"] for one in done)),
        "load_at_most": max(one["load"] for one in done),
    }


def noted() -> dict[tuple[int, int], dict[str, Any]]:
    """Read what is done, by seed and number of reports."""
    if not DONE.is_file():
        return {}
    lines = [json.loads(line) for line in DONE.read_text(encoding="utf-8").splitlines()]
    return {(one["seed"], one["reports"]): one for one in lines}


def measure_counties(number: int, reports: int, workers: int, deadline: float) -> list[dict[str, Any]] | None:
    """Measure so many counties, each once whatever this was called for; None where time is up before all are done."""
    # Spread over all; a county has fewer reports than schools.
    wanted = [(seed, min(reports // number + (seed < reports % number), SCHOOLS)) for seed in range(number)]
    found, writing = noted(), threading.Lock()

    def measure(job: tuple[int, int]) -> None:
        if time.monotonic() > deadline:
            return
        began, load = time.monotonic(), round(os.getloadavg()[0], 1)
        one = apart("county", *job)
        one |= {"clock": round(time.monotonic() - began, 1), "load": load}
        with writing:
            found[job] = one
            DONE.parent.mkdir(exist_ok=True)
            with DONE.open("a", encoding="utf-8", newline="\n") as file:
                file.write(json.dumps(one) + "\n")
            print(f"{sum(each in found for each in wanted)} of {number} counties", flush=True)

    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(measure, [job for job in wanted if job not in found]))
    return [found[job] for job in wanted] if all(job in found for job in wanted) else None


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


def main() -> int:
    """Measure, and write the figures down after each step; 1 if time was up before all was done."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--counties", type=int, nargs="*", default=[1, 10, 100])
    parser.add_argument("--partitions", type=int, nargs="*", default=[1, 10, 100])
    parser.add_argument("--reports", type=int, default=600, help="of all counties of a size together, at most")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=1e6)
    parser.add_argument("--afresh", action="store_true")
    parser.add_argument("--only", choices=["county", "partitions"])
    asked = parser.parse_args()
    if asked.only:
        (number,) = asked.counties
        print(json.dumps(county(number, asked.reports) if asked.only == "county" else partitions(number)))
        return 0
    if asked.afresh:
        DONE.unlink(missing_ok=True)
    deadline = time.monotonic() + 60 * asked.minutes
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"

    def note(what: str, number: int, found: dict[str, Any]) -> None:
        result = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.is_file() else {}
        result.setdefault(what, {})[str(number)] = found | {"machine": machine}
        RESULTS.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8", newline="\n")
        print(what, number, json.dumps(found), flush=True)

    for number in asked.partitions:
        load, began = round(os.getloadavg()[0], 1), time.monotonic()
        found = apart("partitions", number, 0)
        note("partitions", number, found | {"load_before": load, "clock_seconds": round(time.monotonic() - began)})
    for number in asked.counties:
        done = measure_counties(number, asked.reports, asked.workers, deadline)
        if done is None:
            print(f"{number} counties: time is up; start it again to go on", flush=True)
            return 1
        note("counties", number, together(done) | {"workers": asked.workers})
    return 0


if __name__ == "__main__":
    sys.exit(main())
