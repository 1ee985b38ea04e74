"""What all reports of a run have in common, done once and before the first: fonts, the release, the county's flags."""

from pathlib import Path

from wellbeing.figures.funnel import school_funnel
from wellbeing.figures.released import open_release, told
from wellbeing.reports.by_survey import school_figures, school_flags, school_table
from wellbeing.reports.opinion_rows import has_ledger
from wellbeing.reports.opinion_school import opinion_content
from wellbeing.reports.parts import read_last_wave, read_release
from wellbeing.reports.school import school_content
from wellbeing.reports.typeset import open_fonts
from wellbeing.texts import LANGUAGES


def prepare(folder: Path) -> None:
    """Load the fonts, open the release, judge all its units and word a report: a process forked later finds it done.

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
    before = None if last_wave is None else open_release(last_wave)
    units = [unit for unit in opened.units("school", "group") if told(unit["respondents"])]
    if not units:
        return
    # The one with the most respondents has the longest axis: whatever others draw is on it. What its report says is
    # thrown away; what stays is what all have in common, the county's flags first of all.
    unit = max(units, key=lambda row: float(row["respondents"]))["unit"]
    for lang in LANGUAGES:
        for shown in (school_table, school_figures):
            shown(opened, unit, lang)
        school_flags(opened, unit, lang, before).to_html()
        if has_ledger(opened):
            opinion_content(opened, unit, lang, before)
        else:
            school_content(opened, unit, lang, before)
            school_funnel(opened, unit, lang, before).svg()
