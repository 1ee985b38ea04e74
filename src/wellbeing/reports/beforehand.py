"""What all reports of a run have in common, done once and before the first: fonts, the release, the county's flags."""

from pathlib import Path

from wellbeing.figures.funnel import Panel, draw
from wellbeing.flags.printed import printed_flags
from wellbeing.reports.parts import read_last_wave, read_release
from wellbeing.reports.typeset import open_fonts


def prepare(folder: Path) -> None:
    """Load the fonts, open the release and judge all its units, so that a process forked later finds it done.

    Nothing of a result is kept by a name or a path: a release is known by its bytes.

    Parameters
    ----------
    folder : Path
        With ``templates``, ``release`` and, where there is one, ``last_wave``.

    Raises
    ------
    InputError
        If a file of a release is missing or was changed.
    """
    open_fonts(folder / "templates")
    draw((Panel("心理健康 0123456789%", 0.2, ()),))
    printed_flags(read_release(folder / "release"), read_last_wave(folder / "last_wave"))
