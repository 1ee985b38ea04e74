"""What may be told of the themes: of the county alone, and only what enough people in enough places wrote."""

from typing import TYPE_CHECKING

from wellbeing.disclosure.classes import about, share_class
from wellbeing.free_text.told import ToldTheme
from wellbeing.opinion_statistics.pooling import pooled_shares

if TYPE_CHECKING:
    import pandas as pd

#: R11: a theme is told from so many people in so many reporting units.
LEAST_PEOPLE, LEAST_UNITS = 10, 5


def tell_themes(
    mentions: "pd.DataFrame", units: "pd.Series", agreed: "pd.DataFrame", class_width: int = 5
) -> tuple[ToldTheme, ...]:
    """Give every theme's line for the county.

    Parameters
    ----------
    mentions : DataFrame of bool, one row per respondent who wrote something
        Of `wellbeing.free_text.themes.mentions`; of those who agreed to statistics.
    units : Series, index at least that of `mentions`
        The reporting unit of each.
    agreed : DataFrame
        Of `wellbeing.free_text.agreement.agreement`: themes of too little precision are withheld.
    class_width : int
        Of the policy (R5).

    References
    ----------
    The kit's notes on statistics, section 8; privacy rules R5, R11, R12.
    """
    where = units.reindex(mentions.index)
    wrote = len(mentions)
    told = []
    for theme in mentions.columns:
        named = mentions[theme]
        people, places = int(named.sum()), int(where[named].nunique())
        enough = people >= LEAST_PEOPLE and places >= LEAST_UNITS and wrote + 1 >= class_width
        if not (enough and theme in agreed.index and bool(agreed.loc[theme, "reported"])):
            told.append(ToldTheme(str(theme), "withheld"))
            continue
        low, high, side = share_class(people, wrote, class_width)
        if side == "untold":
            # Its upper end is half of those who wrote, who are told to the nearest five only.
            high = about(wrote) // 2
        told.append(ToldTheme(str(theme), side, low, max(low, high), about(wrote)))
    return tuple(told)


def themes_by_unit(mentions: "pd.DataFrame", units: "pd.Series") -> "pd.DataFrame":
    """Compare units by theme with the model of the flags, without states or colours; for the working zone alone.

    Returns
    -------
    DataFrame
        One row per theme and unit: ``theme, unit, wrote, share, low, high`` (drawn in towards the county, 95 %),
        ``typical``. A theme that nobody mentions is left out.
    """
    import pandas as pd

    where = units.reindex(mentions.index)
    parts = []
    for theme in mentions.columns:
        grouped = mentions[theme].groupby(where)
        people, wrote = grouped.sum(), grouped.size()
        if not people.sum():
            continue
        pooled = pooled_shares(people, wrote)
        parts.append(
            pd.DataFrame(
                {
                    "theme": theme,
                    "unit": people.index.astype("str"),
                    "wrote": wrote.to_numpy(),
                    "share": pooled.mean,
                    "low": pooled.low,
                    "high": pooled.high,
                    "typical": pooled.typical.value,
                }
            )
        )
    columns = ["theme", "unit", "wrote", "share", "low", "high", "typical"]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)
