"""What a report costs: by the batch, by a plain loop of papermill on the same notebook, and its floor; both surveys.

Benchmarks 1 and 2. The floor is the figures and the Typst compilation alone, twice: in one warm process after the
other, and in a fork of its own for each report, as the batch makes them. No content is typeset twice by one process,
for Typst knows it again and does it in a hundredth of a second. The loop is measured on a few reports and told for
each; the batch makes all of them, medians of five, all in one run; beside the seconds by the clock stand those of the
processors, which other work on the machine changes less. ``--schools N`` for another county than one of 60. Writes
benchmarks/results/reports.json.

What a process imports once is in no figure: all are up before they are timed. That the kit imports jsonschema without
the grammar of IRIs (`engine.schemas`) and papermill's loop with it changes nothing here, for no kernel imports either.
"""

import argparse
import json
import os
import platform
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

from wellbeing.batch.render import Job, Renderers, environment, lay_out, workplace
from wellbeing.demo import make_demo
from wellbeing.disclosure.release import read_release
from wellbeing.engine.warm import cores
from wellbeing.figures import school_shares
from wellbeing.figures.funnel import school_funnel
from wellbeing.figures.released import open_release
from wellbeing.reports import parts, school_content
from wellbeing.reports.beforehand import prepare
from wellbeing.reports.opinion_rows import has_ledger
from wellbeing.reports.opinion_school import opinion_content
from wellbeing.reports.typeset import typeset
from wellbeing.workspace import Workspace

SURVEYS = {"screening": "2026-autumn", "staff_opinion": "2026"}
TIMES, LOOP = 5, 3


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


def job(survey: str, unit: str, number: int = 0) -> Job:
    """Give the job of one unit."""
    parameters = {"unit": unit, "lang": "zh", "release_folder": "release", "output_folder": "out"}
    return Job(f"{unit}/{number}", f"{unit}_{SURVEYS[survey]}", "school_report.ipynb", parameters)


def batch(workspace: Workspace, survey: str, units: list[str], workers: int) -> dict[str, dict[str, float]]:
    """Time all reports, in processes that are up; and how long those take to be up."""
    with workplace(workspace, survey, SURVEYS[survey]) as folder:
        began, before = time.perf_counter(), processors()
        with Renderers(folder, "zh", workers) as renderers:
            lay_out(folder, workspace, survey, SURVEYS[survey])
            renderers.run([job(survey, units[0])], _raise)
            ready = {
                "by_the_clock": round(time.perf_counter() - began, 2),
                "processors": round(processors() - before, 2),
            }
            made = timed(lambda: renderers.run([job(survey, unit) for unit in units], _raise), len(units))
    return {**made, "from_nothing_to_the_first": ready}


def timed(work: Callable[[], Any], reports: int) -> dict[str, dict[str, float]]:
    """Do some work a few times: seconds by the clock, and of the processors, for each report."""
    each, busy = [], []
    for _ in range(TIMES):
        before = processors()
        each.append(seconds(work) / reports)
        busy.append((processors() - before) / reports)
    return {"each": spread(each), "processors": spread(busy)}


def processors() -> float:
    """Add up the seconds of the processors that this process and all below it have used, those that ended too."""
    this = psutil.Process()
    return sum(sum(process.cpu_times()[:4]) for process in (this, *this.children(recursive=True)))


def _raise(outcome: Any) -> None:
    if outcome.error is not None:
        raise RuntimeError(outcome.error)


def loop(workspace: Workspace, survey: str, units: list[str], at_once: int) -> dict[str, dict[str, float]]:
    """Time papermill's own way for each of a few reports, in `at_once` processes, in the same environment."""
    with workplace(workspace, survey, SURVEYS[survey]) as folder:
        lay_out(folder, workspace, survey, SURVEYS[survey])
        kept = dict(os.environ)
        os.environ.update(environment(folder, "zh"))
        try:
            with ProcessPoolExecutor(at_once, mp_context=get_context("spawn")) as pool:
                list(pool.map(cold, [folder] * at_once, [survey] * at_once, units))  # the processes are up
                many = LOOP * at_once
                return timed(lambda: list(pool.map(cold, [folder] * many, [survey] * many, units)), many)
        finally:
            os.environ.clear()
            os.environ.update(kept)


def cold(folder: Path, survey: str, unit: str) -> None:
    """Run one notebook as papermill does."""
    given = job(survey, unit)
    papermill.execute_notebook(
        folder / "notebooks" / given.notebook, None, given.parameters, progress_bar=False, cwd=folder
    )


def floor(workspace: Workspace, survey: str, units: list[str], folder: Path) -> dict[str, dict[str, dict[str, float]]]:
    """Time the figures and the compilation of each report, in a process that has everything open."""
    lay_out(folder, workspace, survey, SURVEYS[survey])
    prepare(folder)
    release, last = parts.read_release(folder / "release"), parts.read_last_wave(folder / "last_wave")
    opened = open_release(release)
    before = None if last is None else open_release(last)
    if has_ledger(opened):
        template, words = "opinion_school.typ", {unit: opinion_content(opened, unit, "zh", before) for unit in units}
    else:
        template, words = "school_report.typ", {unit: school_content(opened, unit, "zh", before) for unit in units}

    def one(unit: str) -> None:
        content = words[unit]
        if "shares" in content:  # the opinion survey's report has no drawings
            content["shares"]["svg"] = school_shares(opened, unit, "zh").svg()
            content["chance"]["svg"] = school_funnel(opened, unit, "zh", before).svg()
        typeset(folder / "templates" / template, content, release.frozen)

    # The first report of a process makes it warm, and is not counted.
    warm = [in_a_fork(units, one, 1) for _ in range(TIMES)]
    forked = [[in_a_fork([unit], one, 0) for unit in units] for _ in range(TIMES)]
    return {
        "one_warm_process": {"each": spread([work for work, _ in warm])},
        "a_fork_for_each": {
            "each": spread([sum(work for work, _ in times) / len(units) for times in forked]),
            "processors": spread([sum(busy for _, busy in times) / len(units) for times in forked]),
        },
    }


def in_a_fork(units: list[str], one: Callable[[str], None], uncounted: int) -> tuple[float, float]:
    """Do the work of some units in a fork: the seconds of each but the first few, and all that the fork has used."""
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
    used = os.wait4(child, 0)[2]
    return float(taken_text), used.ru_utime + used.ru_stime


def of_survey(workspace: Workspace, survey: str, folder: Path) -> dict[str, Any]:
    """Measure the reports of one survey in every way."""
    release = read_release(workspace.released(survey, SURVEYS[survey]))
    told = release.units[release.units["level"].isin(["school", "group"])]
    units = [str(unit) for unit in told["unit"]]
    made, one = (batch(workspace, survey, units, workers) for workers in (cores(), 1))
    least = floor(workspace, survey, units, folder)
    alone, two = (loop(workspace, survey, units, at_once) for at_once in (1, 2))
    each, forked = made["each"]["median"], least["a_fork_for_each"]
    return {
        "reports": len(units),
        "seconds_for_each_report": {
            f"batch_{cores()}_workers": made,
            "batch_1_worker": one,
            "papermill_loop": alone,
            "papermill_two_processes": two,
            "floor_figures_and_typst": least,
        },
        "times_faster_than_the_loop": round(alone["each"]["median"] / each, 1),
        "times_faster_than_two_processes": round(two["each"]["median"] / each, 1),
        "times_the_floor_on_one_core": {
            name: round(one["each"]["median"] / found["each"]["median"], 2) for name, found in least.items()
        },
        "times_the_floor_of_the_processors": round(one["processors"]["median"] / forked["processors"]["median"], 2),
    }


def main() -> None:
    """Measure and write the figures down."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--schools", type=int, default=60)
    schools = parser.parse_args().schools
    load = [round(value, 1) for value in os.getloadavg()]
    with tempfile.TemporaryDirectory() as made:
        # Both surveys with the wave before each, and every report once.
        make_demo(Path(made) / "county", schools=schools)
        workspace = Workspace(Path(made) / "county")
        found = {}
        for survey in SURVEYS:
            (Path(made) / survey).mkdir()
            found[survey] = of_survey(workspace, survey, Path(made) / survey)
    result = {
        "schools": schools,
        **found,
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
