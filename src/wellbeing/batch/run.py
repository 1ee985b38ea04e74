"""The whole way for one wave: analyse, release, then a report for every school or group, and the county's."""

import csv
import io
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wellbeing.batch.analysis import analyse
from wellbeing.batch.inspection import attack_releases, inspect_reports
from wellbeing.batch.manifest import Manifest, log, school_statuses
from wellbeing.batch.progress import Progress
from wellbeing.batch.render import Job, Outcome, Renderers, Renders, lay_out, workplace
from wellbeing.disclosure.release import Release
from wellbeing.engine.warm import cores
from wellbeing.errors import UsageError
from wellbeing.surveys import check_wave, read_roster
from wellbeing.wave_lock import wave_held
from wellbeing.whole_files import write_whole
from wellbeing.workspace import Workspace

if TYPE_CHECKING:
    import pandas as pd

#: A working directory, a language and a number of processes become what renders.
Rendering = Callable[[Path, str, int], AbstractContextManager[Renders]]


@dataclass
class RunResult:
    """What a run came to. `schools` has one run status for every school of the roster."""

    output: Path
    schools: list[dict[str, str]] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)
    made: int = 0
    kept: int = 0
    failed: tuple[str, ...] = ()


def run(
    workspace: Workspace,
    survey_id: str,
    wave: str,
    *,
    frozen: str,
    schools: Sequence[str] = (),
    lang: str = "zh",
    workers: int | None = None,
    resume: bool = False,
    progress: Progress | None = None,
    rendering: Rendering = Renderers,
) -> RunResult:
    """Do the whole way for one wave; one failing school does not stop the others.

    Parameters
    ----------
    workspace : Workspace
    survey_id, wave : str
    frozen : str
        The day on which the wave is closed, for a wave that is not released yet.
    schools : sequence of str
        Only the reports of these schools (or of their groups); the release is always the county's. All by default.
    lang : str
        Language of the reports, ``zh`` or ``en``.
    workers : int, optional
        Rendering processes; by default one for each core.
    resume : bool
        Go on from the release and the reports that are there.
    progress : Progress, optional
    rendering : callable
        What renders, made of a working directory, the language and `workers`: processes of this machine, or a cluster.

    Returns
    -------
    RunResult

    Raises
    ------
    FrozenError
        If the wave is released already and `resume` is not asked for.
    ArtefactRefused
        If the attack on the release, or the search of the finished reports, finds something.
    InputError, UsageError
        If the input cannot be used, a school is not in the roster, or another process is at this wave.
    """
    with wave_held(workspace, survey_id, check_wave(wave)):
        told = progress or Progress()
        return _run(workspace, survey_id, wave, frozen, schools, lang, workers, resume, told, rendering)


def _run(
    workspace: Workspace,
    survey_id: str,
    wave: str,
    frozen: str,
    schools: Sequence[str],
    lang: str,
    workers: int | None,
    resume: bool,
    progress: Progress,
    rendering: Rendering,
) -> RunResult:
    clock = Clock(progress)
    roster = read_roster(workspace.roster)
    if unknown := [school for school in schools if school not in roster.schools.index]:
        raise UsageError("no_school", schools=", ".join(unknown))
    # Started before the first row of a person is read: what renders has nothing of theirs, and loads meanwhile.
    with (
        workplace(workspace, survey_id, wave) as folder,
        rendering(folder, lang, workers or cores()) as renderers,
    ):
        release = analyse(workspace, survey_id, wave, frozen, resume, clock.stage)
        clock.stage("attacking")
        attack_releases(workspace, survey_id, wave)
        working = workspace.working(survey_id, wave)
        log(working, "run_started", reports=len(_reporting(release.units)))
        _log_withheld(working, release)
        output = workspace.output(survey_id, wave) / lang
        output.mkdir(parents=True, exist_ok=True)
        manifest = Manifest.read(output / "manifest.json", survey_id, wave, lang, release.digest)

        result = RunResult(output)
        lay_out(folder, workspace, survey_id, wave)
        asked = _asked(release.units, schools)
        jobs = [_school_job(unit, wave, lang) for unit in asked]
        missing = [job for job in jobs if not _there(manifest, job)]
        result.kept = len(jobs) - len(missing)
        clock.stage("reports")
        progress.expect(len(missing))

        def take(outcome: Outcome) -> None:
            if outcome.error is None:
                _take_out(folder, output, outcome.job, manifest)
                log(working, "report_done", unit=outcome.job.key)
            else:
                cell = -1 if outcome.cell is None else outcome.cell
                log(working, "report_failed", unit=outcome.job.key, error=outcome.error, cell=cell)
            progress.report(outcome)

        outcomes = renderers.run(missing, take)
        result.made = sum(outcome.error is None for outcome in outcomes)
        rendered = {job.key: _there(manifest, job) for job in map(_job_of(wave, lang), _reporting(release.units))}
        done_now = {unit: there for unit, there in rendered.items() if there or unit in {job.key for job in jobs}}
        manifest.schools = school_statuses(release.units, roster.schools["name"], done_now)
        manifest.write()
        failed = [outcome.job.key for outcome in outcomes if outcome.error is not None]

        if not schools:
            clock.stage("county")
            _write_statuses(folder / "statuses.csv", manifest.schools)
            county = Job("county", f"county_{wave}", "county_report.ipynb", _parameters(lang))
            # Always made again: its list of run statuses may have changed.
            progress.expect(1)
            failed += [o.job.key for o in renderers.run([county], take) if o.error is not None]
            manifest.write()

    clock.stage("inspecting")
    inspect_reports(workspace, survey_id, wave, output)
    result.schools = manifest.schools
    result.failed = tuple(failed)
    result.seconds = clock.stop()
    log(working, "run_finished", made=result.made, kept=result.kept, failed=len(failed))
    return result


class Clock:
    """Time the stages, and pass their names on."""

    def __init__(self, progress: Progress) -> None:
        self.progress = progress
        self.seconds: dict[str, float] = {}
        self.current = ""
        self.since = time.monotonic()

    def stage(self, name: str) -> None:
        """Begin a stage; the one before ends."""
        self.stop()
        self.current, self.since = name, time.monotonic()
        self.progress.stage(name)

    def stop(self) -> dict[str, float]:
        """End the last stage and give the seconds of each."""
        if self.current:
            self.seconds[self.current] = self.seconds.get(self.current, 0.0) + time.monotonic() - self.since
            self.current = ""
        return self.seconds


def _reporting(units: "pd.DataFrame") -> list[str]:
    return [str(unit) for unit in units.loc[units["level"].isin(["school", "group"]), "unit"]]


def _asked(units: "pd.DataFrame", schools: Sequence[str]) -> list[str]:
    reporting = units[units["level"].isin(["school", "group"])]
    if not schools:
        return [str(unit) for unit in reporting["unit"]]
    wanted = set(schools)
    return [str(u["unit"]) for u in reporting.to_dict("records") if wanted & set(str(u["schools"]).split())]


def _parameters(lang: str) -> dict[str, Any]:
    return {"lang": lang, "release_folder": "release", "output_folder": "out"}


def _school_job(unit: str, wave: str, lang: str) -> Job:
    return Job(unit, f"{unit}_{wave}", "school_report.ipynb", {"unit": unit, **_parameters(lang)})


def _job_of(wave: str, lang: str) -> Callable[[str], Job]:
    return lambda unit: _school_job(unit, wave, lang)


def _files(job: Job) -> tuple[str, str]:
    return f"{job.name}.pdf", f"notebooks/{job.name}.ipynb"


def _there(manifest: Manifest, job: Job) -> bool:
    return all(manifest.holds(name) for name in _files(job))


def _take_out(folder: Path, output: Path, job: Job, manifest: Manifest) -> None:
    for name in _files(job):
        made = folder / "out" / Path(name).name
        write_whole(output / name, made.read_bytes())
        manifest.add(name)


def _write_statuses(path: Path, schools: list[dict[str, str]]) -> None:
    content = io.StringIO(newline="")
    table = csv.DictWriter(content, ["school_id", "name", "unit", "status"], lineterminator="\n")
    table.writeheader()
    table.writerows(schools)
    write_whole(path, content.getvalue().encode("utf-8"))


def _log_withheld(working: Path, release: Release) -> None:
    units = release.units
    for unit in units[units["level"].isin(["school", "group"]) & units["respondents"].isna()]["unit"]:
        log(working, "unit_withheld", unit=str(unit), rule="R1")
