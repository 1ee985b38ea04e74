"""Before a run says done: attack all that was ever released, and search what is about to be handed out.

What protects and what attacks are written apart, so that one mistake is not made twice. Where either finds something,
the reports are taken away from where they would be handed out.
"""

import shutil
from pathlib import Path

from wellbeing.attack import Known, audit_release
from wellbeing.attack.printed import printed_leaks
from wellbeing.attack.told import read_told
from wellbeing.batch.manifest import log
from wellbeing.disclosure.ledger import answered, answered_by_group
from wellbeing.errors import ArtefactRefused
from wellbeing.scan import needles_of, scan_folder
from wellbeing.workspace import Workspace


def attack_releases(workspace: Workspace, survey: str, wave: str) -> None:
    """Attack a wave's release beside all others of its survey, knowing exactly how many answered, and of which group.

    Raises
    ------
    ArtefactRefused
        If something hidden can be worked out.
    """
    new = workspace.released(survey, wave)
    others = sorted(path for path in new.parent.iterdir() if path.is_dir() and path != new)
    known = Known(answered_by_group(workspace, survey, wave), answered=answered(workspace, survey, wave))
    result = audit_release([new, *others], known, artefacts=False)
    narrowest = -1 if result.narrowest is None else result.narrowest
    working = workspace.working(survey, wave)
    log(working, "audited", figures=result.figures, leaks=len(result.leaks), narrowest=narrowest)
    if result.leaks:
        raise ArtefactRefused("attack_found", survey=survey, wave=wave, count=len(result.leaks))


def inspect_reports(workspace: Workspace, survey: str, wave: str, finished: Path) -> None:
    """Search a folder of finished reports, and hold every number in them against the release.

    Raises
    ------
    ArtefactRefused
        If anything about a person or of this machine is in one of them, or a number that was not released. The folder
        is in the working zone then.
    """
    result = scan_folder(finished, needles_of(workspace))
    working = workspace.working(survey, wave)
    kinds = {finding.kind for finding in result.findings}
    log(working, "scanned", files=result.files, findings=len(result.findings))
    printed = printed_leaks(read_told(workspace.released(survey, wave)), result.pages)
    count = len(result.findings) + len(printed.leaks)
    log(working, "numbers_read", files=printed.artefacts, numbers=printed.numbers, leaks=len(printed.leaks))
    if not count:
        return
    refused = working / "refused" / finished.name
    shutil.rmtree(refused, ignore_errors=True)
    refused.parent.mkdir(parents=True, exist_ok=True)
    shutil.move(finished, refused)
    shown = ", ".join(sorted(kinds | {leak.kind for leak in printed.leaks}))
    place = refused.relative_to(workspace.root).as_posix()
    raise ArtefactRefused("scan_found", count=count, kinds=shown, folder=place)
