"""What all reports of a run have in common, done once and before the first: fonts, the release, the county's flags."""

from pathlib import Path

from wellbeing.figures import county_shares, school_shares
from wellbeing.figures.funnel import school_funnel
from wellbeing.figures.released import open_release, told
from wellbeing.flags.printed import printed_flags
from wellbeing.reports.opinion_rows import has_ledger, rows_in
from wellbeing.reports.parts import read_last_wave, read_release
from wellbeing.reports.typeset import open_fonts


def prepare(folder: Path) -> None:
    """Load the fonts, open the release, judge all its units and draw, so that a process forked later finds it done.

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
    release, last_wave = read_release(folder / "release"), read_last_wave(folder / "last_wave")
    opened = open_release(release)
    if has_ledger(opened):
        for each in (opened, last_wave):
            if each is not None and has_ledger(each):
                rows_in(open_release(each))
        return
    printed_flags(opened, last_wave)
    county_shares(opened).svg()
    # The one with the most respondents has the longest axis: whatever others draw is on it.
    units = [unit for unit in opened.units("school", "group") if told(unit["respondents"])]
    if units:
        largest = max(units, key=lambda unit: float(unit["respondents"]))
        school_shares(opened, largest["unit"]).svg()
        school_funnel(opened, largest["unit"], last_wave=last_wave).svg()
