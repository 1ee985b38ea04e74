"""What no release may hold, whoever made it: looked at when one is built, and when one is read."""

from typing import TYPE_CHECKING

from wellbeing.errors import DisclosureError
from wellbeing.surveys import Policy

if TYPE_CHECKING:
    import pandas as pd


def check_cells(cells: "pd.DataFrame", policy: Policy) -> None:
    """Refuse cells that leave fewer counts possible than the policy asks, or tell more than they may.

    Raises
    ------
    DisclosureError
        Naming the first such cell's unit and measure; never its figures.
    """
    told = cells["side"].ne("withheld")
    # The untold class reaches from `low` to n - low. Its `high` is n // 2, so n is at least twice that.
    counts = (cells["high"] - cells["low"]) * cells["side"].eq("untold").map({True: 2, False: 1}) + 1
    narrow = told & ~(counts >= policy.class_width)
    leaking = ~told & cells[["low", "high", "mean_low", "mean_high", "sd"]].notna().any(axis=1)
    leaking |= told & ~(cells["mean_low"].isna() | (cells["mean_low"] < cells["mean_high"]))
    leaking |= cells["sd"].notna() & cells["mean_low"].isna()
    unknown = ~cells["side"].isin(["few", "many", "untold", "withheld"])
    bad = cells[narrow | leaking | unknown]
    if not bad.empty:
        unit, measure = bad.iloc[0][["unit", "measure"]]
        raise DisclosureError(
            f"{unit}, {measure}: a class of fewer than {policy.class_width} counts. "
            "Build releases with `clear.release()`; do not edit the cells of one."
        )


def check_scope(units: "pd.DataFrame", cells: "pd.DataFrame", measures: "pd.DataFrame", policy: Policy) -> None:
    """Refuse figures of a unit that may not report (R1), or of the county alone told elsewhere (R4, R10).

    Raises
    ------
    DisclosureError
        Naming the unit; never its figures.
    """
    silent = units.loc[units["respondents"].isna(), "unit"]
    odd = units[
        (units["respondents"] % 5 > 0) | (units["response"] % policy.response_step > 0) | (units["response"] > 95)
    ]
    told = cells[cells["side"].ne("withheld")]
    of_county = measures.loc[measures["use"].ne("attention"), "measure"]
    county = units.loc[units["level"].eq("county"), "unit"]
    elsewhere = cells["measure"].isin(of_county) & ~(cells["unit"].isin(county) & cells["group"].eq("all"))
    for rule, bad in (
        ("R1: figures of a unit without a report", told[told["unit"].isin(silent) | ~told["unit"].isin(units["unit"])]),
        ("R4: severe or critical answers are told of the whole county only", cells[elsewhere]),
        ("R10: respondents and response are told to 5 and to the policy's step", odd),
    ):
        if not bad.empty:
            raise DisclosureError(f"{bad.iloc[0]['unit']}: {rule}. Build releases with `clear.release()`.")
