"""Typeset a release: one PDF for a school or a group, one for the county, and what their notebooks show.

`school` and `county` say what stands in a report, as words, `opinion_school` and `opinion_county` in the opinion
survey's (its parts in `opinion_county_parts`, its tables in `opinion_tables`); `by_survey` takes the one that a release
asks for, so that one notebook serves both. `attention` says what the flags do, `parts` has what reports share;
`typeset` turns words and drawings into a PDF. Every function takes a `Release` and refuses anything else.
"""

from wellbeing.reports.by_survey import (
    county_table,
    school_figures,
    school_flags,
    school_table,
    write_county_report,
    write_school_report,
)
from wellbeing.reports.county import county_content, status_table
from wellbeing.reports.opinion_county import county_opinion, write_county_opinion
from wellbeing.reports.opinion_school import opinion_content, write_opinion_report
from wellbeing.reports.opinion_tables import (
    against_table,
    burden_table,
    concern_table,
    first_table,
    measures_table,
    questions_table,
    scales_table,
    state_matrix,
    themes_table,
)
from wellbeing.reports.parts import read_last_wave, read_release
from wellbeing.reports.school import school_content

__all__ = [
    "against_table",
    "burden_table",
    "concern_table",
    "county_content",
    "county_opinion",
    "county_table",
    "first_table",
    "measures_table",
    "opinion_content",
    "questions_table",
    "read_last_wave",
    "read_release",
    "scales_table",
    "school_content",
    "school_figures",
    "school_flags",
    "school_table",
    "state_matrix",
    "status_table",
    "themes_table",
    "write_county_opinion",
    "write_county_report",
    "write_opinion_report",
    "write_school_report",
]
