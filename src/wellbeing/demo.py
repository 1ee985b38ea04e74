"""A synthetic county, from answers to every school's PDF: what `wellbeing demo` shows."""

import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

from wellbeing.batch.analysis import analyse
from wellbeing.batch.progress import Progress
from wellbeing.batch.run import Clock, RunResult, run
from wellbeing.errors import UsageError
from wellbeing.importers import read_export
from wellbeing.importers.intake import take_in
from wellbeing.importers.records import take_in_records
from wellbeing.keys.files import new_identity_file
from wellbeing.keys.holders import Holder, add_holder
from wellbeing.measures import load_measures, looked_back_on, year_of
from wellbeing.surveys import load_survey, read_roster
from wellbeing.synthetic import make_county
from wellbeing.synthetic.opinion import SURVEY as OPINION
from wellbeing.synthetic.opinion import ask_everything, make_opinion
from wellbeing.synthetic.opinion_records import make_records
from wellbeing.synthetic.opinion_setting import review_themes, write_margins
from wellbeing.workspace import Workspace, unpack

#: Two terms; the reports are the second's. The days are fixed, so that every demo makes the same bytes.
WAVES = {"2026-spring": "2026-05-22", "2026-autumn": "2026-11-20"}
#: Two years of the opinion survey; the reports are the second's.
OPINION_WAVES = {"2025": "2025-10-26", "2026": "2026-10-25"}

_MARK = ".wellbeing-demo"

#: Of the demo's keys, and of nothing else: it is printed for everybody.
PASSPHRASE = "demo county 2026"


def make_demo(
    out: Path,
    *,
    schools: int = 60,
    lang: str = "zh",
    workers: int | None = None,
    progress: Progress | None = None,
    imported: Callable[[Workspace], object] = lambda workspace: None,
) -> dict[str, RunResult]:
    """Make a county in `out` with two terms of screening and two years of the opinion survey, and the later reports.

    Everybody's answers are imported, then each wave is released in the order in which it was closed.

    Parameters
    ----------
    out : Path
        A new folder, or one that an earlier demo made: that one is made anew.
    schools : int
    lang : str
        Language of the reports.
    workers : int, optional
    progress : Progress, optional
    imported : callable
        Called when the screening's answers are there and nothing is released yet: nobody's list waits for statistics.

    Returns
    -------
    dict of str to RunResult
        By survey: ``screening`` and ``staff_opinion``.

    Raises
    ------
    UsageError
        If `out` holds anything else.
    """
    if out.exists() and any(out.iterdir()):
        if not (out / _MARK).exists():
            raise UsageError("not_a_demo", folder=str(out))
        shutil.rmtree(out)
    out.mkdir(parents=True, exist_ok=True)
    (out / _MARK).touch()
    clock = Clock(progress or Progress())
    clock.stage("making")
    workspace = unpack(out)
    county = make_county(workspace.root, schools=schools, waves=tuple(WAVES))  # type: ignore[arg-type]
    clock.stage("importing")
    survey = load_survey(workspace, "screening")
    roster = read_roster(workspace.roster)
    for wave, export in county.exports.items():
        take_in(workspace, survey, wave, roster, read_export(export))
    imported(workspace)
    first, second = WAVES
    analyse(workspace, "screening", first, WAVES[first], False, clock.stage)
    clock.stage("importing")
    _take_in_opinion(workspace)
    before, now = OPINION_WAVES
    analyse(workspace, OPINION, before, OPINION_WAVES[before], False, clock.stage)
    spent = clock.stop()
    results = {}
    for survey_id, wave, frozen in ((OPINION, now, OPINION_WAVES[now]), ("screening", second, WAVES[second])):
        result = run(workspace, survey_id, wave, frozen=frozen, lang=lang, workers=workers, progress=progress)
        results[survey_id] = result
    for name, seconds in results["screening"].seconds.items():
        spent[name] = spent.get(name, 0.0) + seconds
    results["screening"].seconds = spent
    return results


def _take_in_opinion(workspace: Workspace) -> None:
    """Ask everything, import two years of answers and the record sheets of the year that the second looks back on."""
    ask_everything(workspace)
    roster, measures = read_roster(workspace.roster), load_measures(workspace)
    write_margins(workspace, roster)
    review_themes(workspace, min(OPINION_WAVES.values()))
    opinion = make_opinion(workspace, roster, waves=tuple(OPINION_WAVES), every_profile=False)
    year = year_of(looked_back_on(date.fromisoformat(list(OPINION_WAVES.values())[-1])))
    sheets = make_records(workspace, roster, opinion.planted, measures, year)
    if sheets:
        take_in_records(workspace, list(sheets.values()), measures, roster)
    for wave, export in opinion.exports.items():
        take_in(workspace, opinion.survey, wave, roster, read_export(export))


def demo_key(workspace: Workspace, role: str = "counsellor") -> Path:
    """Say where the demo's key file of one role lies."""
    return workspace.root / "data" / "keys" / f"demo-{role}.key.age"


def make_demo_keys(workspace: Workspace) -> None:
    """Make keys for the demo's counsellor and escrow, so that its register can be opened.

    They lie in the workspace and their passphrase is `PASSPHRASE`: in earnest neither may be.
    """
    for role in ("counsellor", "escrow"):
        public = new_identity_file(demo_key(workspace, role), PASSPHRASE)
        add_holder(workspace, Holder(f"demo {role}", role, public, min(WAVES.values())))
