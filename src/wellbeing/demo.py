"""A synthetic county, from answers to every school's PDF: what `wellbeing demo` shows."""

import shutil
from collections.abc import Callable
from pathlib import Path

from wellbeing.batch.analysis import analyse
from wellbeing.batch.progress import Progress
from wellbeing.batch.run import Clock, RunResult, run
from wellbeing.errors import UsageError
from wellbeing.importers import read_export
from wellbeing.importers.intake import take_in
from wellbeing.keys.files import new_identity_file
from wellbeing.keys.holders import Holder, add_holder
from wellbeing.surveys import load_survey, read_roster
from wellbeing.synthetic import make_county
from wellbeing.workspace import Workspace, unpack

#: Two terms; the reports are the second's. The days are fixed, so that every demo makes the same bytes.
WAVES = {"2026-spring": "2026-05-22", "2026-autumn": "2026-11-20"}

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
) -> RunResult:
    """Make a county in `out`, import two terms, release both, and make the second term's reports.

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
        Called when the answers are there and before anything is released: nobody's list waits for statistics.

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
    before = clock.stop()
    result = run(workspace, "screening", second, frozen=WAVES[second], lang=lang, workers=workers, progress=progress)
    for name, seconds in result.seconds.items():
        before[name] = before.get(name, 0.0) + seconds
    result.seconds = before
    return result


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
