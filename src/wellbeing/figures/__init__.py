"""Draw a release: `released` reads its figures, `shares` draws shares, `funnel` how far chance takes them.

What is drawn for a report takes a `Release` only. `funnel` is imported by its own name: it needs the flags, which
read releases by `released`.
"""

from wellbeing.figures.shares import Chart, county_shares, school_shares

__all__ = ["Chart", "county_shares", "school_shares"]
