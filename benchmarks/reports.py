"""What a report costs: by the batch, by a plain loop of papermill on the same notebook, and its floor.

Benchmarks 1 and 2. The floor is the figures and the Typst compilation alone, twice: in one warm process after the
other, and in a fork of its own for each report, as the batch makes them. No content is typeset twice by one process,
for Typst knows it again and does it in a hundredth of a second. The loop is measured on a few reports and told for
each; the batch makes all of them, medians of five, all in one run; beside its seconds stand those of the processors,
which other work on the machine changes less. ``--schools N`` for another county than one of 60. Writes
benchmarks/results/reports.json.
"""

import argparse
import json
import os
import platform
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from importlib.metadata import version
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import papermill
import psutil

from wellbeing.batch.analysis import analyse
from wellbeing.batch.render import Job, Renderers, environment, lay_out, workplace
from wellbeing.disclosure.release import read_release
from wellbeing.engine.warm import cores
from wellbeing.figures import school_shares
from wellbeing.figures.funnel import school_funnel
from wellbeing.figures.released import open_release
from wellbeing.importers import import_file
from wellbeing.reports import parts, school_content
from wellbeing.reports.beforehand import prepare
from wellbeing.reports.typeset import typeset
from wellbeing.responses import store
from wellbeing.surveys import load_survey, read_roster
from wellbeing.synthetic import make_county
from wellbeing.workspace import Workspace, unpack

WAVES = {"2026-spring": "2026-05-22", "2026-autumn": "2026-11-20"}
WAVE = "2026-autumn"
TIMES, LOOP = 5, 3


def county(folder: Path, schools: int) -> Workspace:
    """Make a county and release both its terms."""
    workspace = unpack(folder / "county")
    made = make_county(workspace.root, schools=schools)
    survey, roster = load_survey(workspace, "screening"), read_roster(workspace.roster)
    for wave, frozen in WAVES.items():
        store(workspace, survey, wave, *import_file(made.exports[wave], survey, roster))
        analyse(workspace, survey.id, wave, frozen, False, lambda stage: None)
    return workspace


def spread(measured: list[float]) -> dict[str, float]:
    """Give the median and the extremes, in seconds."""
    return {
        "median": round(statistics.median(measured), 3),
        "least": round(min(measured), 3),
        "most": round(max(measured), 3),
    }


def seconds(work: Callable[[], Any]) -> float:
    """Time it."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def job(unit: str, number: int = 0) -> Job:
    """Give the job of one unit."""
    parameters = {"unit": unit, "lang": "zh", "release_folder": "release", "output_folder": "out"}
    return Job(f"{unit}/{number}", f"{unit}_{WAVE}", "school_report.ipynb", parameters)


def batch(workspace: Workspace, units: list[str], workers: int) -> dict[str, dict[str, float]]:
    """Time all reports, in processes that are up; and how long those take to be up."""
    with workplace(workspace, "screening", WAVE) as folder:
        began = time.perf_counter()
        with Renderers(folder, "zh", workers) as renderers:
            lay_out(folder, workspace, "screening", WAVE)
            renderers.run([job(units[0])], _raise)
            ready = time.perf_counter() - began
            each, busy = [], []
            for _ in range(TIMES):
                before = processors()
                each.append(seconds(lambda: renderers.run([job(unit) for unit in units], _raise)) / len(units))
                busy.append((processors() - before) / len(units))
    return {"each": spread(each), "processors": spread(busy), "from_nothing_to_the_first": {"once": round(ready, 2)}}


def processors() -> float:
    """Add up the seconds of the processors that this process and all below it have used, those that ended too."""
    this = psutil.Process()
    return sum(sum(process.cpu_times()[:4]) for process in (this, *this.children(recursive=True)))


def _raise(outcome: Any) -> None:
    if outcome.error is not None:
        raise RuntimeError(outcome.error)


def loop(workspace: Workspace, units: list[str], at_once: int) -> dict[str, float]:
    """Time papermill's own way for each of a few reports, in `at_once` processes, in the same environment."""
    with workplace(workspace, "screening", WAVE) as folder:
        lay_out(folder, workspace, "screening", WAVE)
        kept = dict(os.environ)
        os.environ.update(environment(folder, "zh"))
        try:
            with ProcessPoolExecutor(at_once, mp_context=get_context("spawn")) as pool:
                list(pool.map(cold, [folder] * at_once, units))  # the processes are up
                each = [
                    seconds(lambda: list(pool.map(cold, [folder] * LOOP * at_once, units))) / (LOOP * at_once)
                    for _ in range(TIMES)
                ]
        finally:
            os.environ.clear()
            os.environ.update(kept)
    return spread(each)


def cold(folder: Path, unit: str) -> None:
    """Run one notebook as papermill does."""
    given = job(unit)
    papermill.execute_notebook(
        folder / "notebooks" / given.notebook, None, given.parameters, progress_bar=False, cwd=folder
    )


def floor(workspace: Workspace, units: list[str], folder: Path) -> dict[str, dict[str, float]]:
    """Time the figures and the compilation of each report, in a process that has everything open."""
    for name in ("release", "templates"):
        source = workspace.released("screening", WAVE) if name == "release" else workspace.templates
        shutil.copytree(source, folder / name)
    prepare(folder)
    release = parts.read_release(folder / "release")
    opened = open_release(release)
    words = {unit: school_content(opened, unit, "zh") for unit in units}

    def one(unit: str) -> None:
        content = words[unit]
        content["shares"]["svg"] = school_shares(opened, unit, "zh").svg()
        content["chance"]["svg"] = school_funnel(opened, unit, "zh").svg()
        typeset(folder / "templates" / "school_report.typ", content, release.frozen)

    # The first report of a process makes it warm, and is not counted.
    warm = [in_a_fork(units, one, 1) for _ in range(TIMES)]
    forked = [sum(in_a_fork([unit], one, 0) for unit in units) / len(units) for _ in range(TIMES)]
    return {"one_warm_process": spread(warm), "a_fork_for_each": spread(forked)}


def in_a_fork(units: list[str], one: Callable[[str], None], uncounted: int) -> float:
    """Do the work of some units in a fork, and give the seconds of each but the first few."""
    here, there = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            for unit in units[:uncounted]:
                one(unit)
            counted = units[uncounted:]
            taken = seconds(lambda: [one(unit) for unit in counted]) / len(counted)
            os.write(there, str(taken).encode("ascii"))
        finally:
            os._exit(0)
    os.close(there)
    with os.fdopen(here, encoding="ascii") as told:
        taken_text = told.read()
    os.waitpid(child, 0)
    return float(taken_text)


def main() -> None:
    """Measure and write the figures down."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--schools", type=int, default=60)
    schools = parser.parse_args().schools
    load = [round(value, 1) for value in os.getloadavg()]
    with tempfile.TemporaryDirectory() as folder:
        workspace = county(Path(folder), schools)
        release = read_release(workspace.released("screening", WAVE))
        told = release.units[release.units["level"].isin(["school", "group"])]
        units = [str(unit) for unit in told["unit"]]
        made = batch(workspace, units, cores())
        one = batch(workspace, units, 1)
        cold = {"one": loop(workspace, units, 1), "two": loop(workspace, units, 2)}
        (Path(folder) / "floor").mkdir()
        least = floor(workspace, units, Path(folder) / "floor")
    each = made["each"]["median"]
    result = {
        "reports": len(units),
        "seconds_for_each_report": {
            f"batch_{cores()}_workers": made,
            "batch_1_worker": one,
            "papermill_loop": cold["one"],
            "papermill_two_processes": cold["two"],
            "floor_figures_and_typst": least,
        },
        "times_faster_than_the_loop": round(cold["one"]["median"] / each, 1),
        "times_faster_than_two_processes": round(cold["two"]["median"] / each, 1),
        "times_the_floor_on_one_core": {
            name: round(one["each"]["median"] / found["median"], 2) for name, found in least.items()
        },
        "load_before": load,
        "cores": cores(),
        "python": platform.python_version(),
        "versions": {name: version(name) for name in ("papermill", "nbclient", "ipykernel", "matplotlib", "typst")},
    }
    out = Path(__file__).parent / "results" / "reports.json"
    out.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
