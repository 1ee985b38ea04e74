"""Where a researcher's files may lie: they hold a row per person, or true counts, and are handed to nobody."""

from pathlib import Path
from typing import TYPE_CHECKING

from wellbeing.errors import UsageError

if TYPE_CHECKING:
    from wellbeing.research_data.waves import Wave


def inner_folder(wave: "Wave", folder: Path | str | None) -> Path:
    """Give the folder to write to, made if it is not there: the wave's own in the working zone by default.

    Raises
    ------
    UsageError
        If it lies among what is handed out: the released zone, the reports, the confidential zone, or in git.
    """
    root = wave.workspace.root
    place = (
        Path(folder).resolve() if folder is not None else wave.workspace.working(wave.survey.id, wave.id) / "research"
    )
    for closed in (root / "data" / "released", root / "data" / "confidential", root / "reports", root / "surveys"):
        if place.is_relative_to(closed.resolve()):
            raise UsageError("not_a_research_folder", folder=place.name)
    place.mkdir(parents=True, exist_ok=True)
    return place
