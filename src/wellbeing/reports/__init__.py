"""Typeset a release: one PDF for a school or a group, one for the county, and what their notebooks show.

`school` and `county` say what stands in a report, as words; `parts` holds what both share; `typeset` turns words and
drawings into a PDF. Every function takes a `Release` and refuses anything else.
"""

from wellbeing.reports.county import county_content, county_table, status_table, write_county_report
from wellbeing.reports.parts import read_release
from wellbeing.reports.school import school_content, school_figures, school_table, write_school_report

__all__ = [
    "county_content",
    "county_table",
    "read_release",
    "school_content",
    "school_figures",
    "school_table",
    "status_table",
    "write_county_report",
    "write_school_report",
]
