"""What no release may hold, whoever made it: looked at when one is built, and when one is read."""

from typing import TYPE_CHECKING

from wellbeing.errors import DisclosureError
from wellbeing.surveys import Policy

if TYPE_CHECKING:
    import pandas as pd

#: Measures that are told of the whole county only, and those of opinion surveys.
COUNTY_USES = ("severe", "critical", "unfavourable")
OPINION_USES = ("favourable", "named", "unfavourable", "mean", "theme")


def check_cells(cells: "pd.DataFrame", policy: Policy) -> None:
    """Refuse cells that leave fewer counts possible than the policy asks, or tell more than they may.

    Raises
    ------
    DisclosureError
        Naming the first such cell's unit and measure; never its figures.
    """
    told = cells["side"].ne("withheld")
    alone = cells["side"].eq("mean")
    # The untold class reaches from `low` to n - low. Its `high` is n // 2, so n is at least twice that.
    counts = (cells["high"] - cells["low"]) * cells["side"].eq("untold").map({True: 2, False: 1}) + 1
    narrow = told & ~alone & ~(counts >= policy.class_width)
    leaking = ~told & cells[["low", "high", "mean_low", "mean_high", "sd"]].notna().any(axis=1)
    leaking |= told & ~(cells["mean_low"].isna() | (cells["mean_low"] < cells["mean_high"]))
    leaking |= cells["sd"].notna() & cells["mean_low"].isna()
    # A mean that stands alone has nothing beside it; an interval there must be.
    leaking |= alone & (cells["mean_low"].isna() | cells[["low", "high", "sd"]].notna().any(axis=1))
    unknown = ~cells["side"].isin(["few", "many", "untold", "mean", "withheld"])
    bad = cells[narrow | leaking | unknown]
    if not bad.empty:
        unit, measure = bad.iloc[0][["unit", "measure"]]
        raise DisclosureError(
            f"{unit}, {measure}: a class of fewer than {policy.class_width} counts. "
            "Build releases with `clear.release()`; do not edit the cells of one."
        )


def check_scope(units: "pd.DataFrame", cells: "pd.DataFrame", measures: "pd.DataFrame", policy: Policy) -> None:
    """Refuse figures of a unit that may not report (R1), or of the county alone told elsewhere (R4, R6, R10).

    Severe, critical and unfavourable answers, and the themes of open ones, are the whole county's; of an opinion
    survey, which has means that stand alone or questions of its own, every subgroup is.

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
    of_county = measures.loc[measures["use"].isin(COUNTY_USES), "measure"]
    of_opinion = measures.loc[measures["use"].isin(OPINION_USES), "measure"]
    means = measures.loc[measures["use"].eq("mean"), "measure"]
    county = units.loc[units["level"].eq("county"), "unit"]
    elsewhere = cells["measure"].isin(of_county) & ~(cells["unit"].isin(county) & cells["group"].eq("all"))
    inside = told["measure"].isin(of_opinion) & ~told["unit"].isin(county) & told["group"].ne("all")
    themes = measures.loc[measures["use"].eq("theme"), "measure"]
    written = told["measure"].isin(themes) & ~(told["unit"].isin(county) & told["group"].eq("all"))
    mixed = told["measure"].isin(means) != told["side"].eq("mean")
    for rule, bad in (
        ("R1: figures of a unit without a report", told[told["unit"].isin(silent) | ~told["unit"].isin(units["unit"])]),
        ("R4: severe, critical or unfavourable answers are told of the whole county only", cells[elsewhere]),
        ("R6: opinions are told by subgroup for the county only", told[inside]),
        ("R11: what people write of is told of the whole county only", told[written]),
        ("R7: a scale without bands has a mean and no class", told[mixed]),
        ("R10: respondents and response are told to 5 and to the policy's step", odd),
    ):
        if not bad.empty:
            raise DisclosureError(f"{bad.iloc[0]['unit']}: {rule}. Build releases with `clear.release()`.")
