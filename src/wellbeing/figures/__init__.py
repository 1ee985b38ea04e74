"""Draw a release. `released` reads its figures, `shares` draws shares; both take a `Release` only."""

from wellbeing.figures.shares import Chart, county_shares, school_shares

__all__ = ["Chart", "county_shares", "school_shares"]
