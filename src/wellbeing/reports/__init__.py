"""Typeset a release: one PDF for a school or a group, one for the county, and what their notebooks show.

`school` and `county` say what stands in a report, as words; `attention` what they say of the flags, `parts` what both
share; `typeset` turns words and drawings into a PDF. Every function takes a `Release` and refuses anything else.
"""

from wellbeing.reports.attention import school_flags
from wellbeing.reports.county import county_content, county_table, status_table, write_county_report
from wellbeing.reports.parts import read_last_wave, read_release
from wellbeing.reports.school import school_content, school_figures, school_table, write_school_report

__all__ = [
    "county_content",
    "county_table",
    "read_last_wave",
    "read_release",
    "school_content",
    "school_figures",
    "school_flags",
    "school_table",
    "status_table",
    "write_county_report",
    "write_school_report",
]
