"""What may be told of the themes: of the county alone, and only what enough people in enough places wrote.

A theme that passes becomes a question that nobody was asked, "mentions it" of those who wrote something, and goes the
way of every figure: it is classed, held against everything that was ever told, and certified (`wellbeing.disclosure`).
What stands in ``themes.csv`` is worked out from that class.
"""

from dataclasses import dataclass, replace
from math import ceil, floor, nan
from typing import TYPE_CHECKING

from wellbeing.aggregates import THEME
from wellbeing.disclosure.release import Release
from wellbeing.free_text.told import How, ToldTheme
from wellbeing.free_text.word_lists import Theme, Themes
from wellbeing.instruments import Text
from wellbeing.ledger.likelihood import INSIDE_STEP
from wellbeing.ledger.staff import inside_shares
from wellbeing.opinion_statistics.pooling import pooled_shares
from wellbeing.surveys import Option, Question, Survey

if TYPE_CHECKING:
    import pandas as pd

#: R11: a theme is told from so many people in so many reporting units. The people are seen to where it is classed.
LEAST_UNITS = 5
#: How far the respondents, told to the nearest five, may be from the number there is.
_OFF = 2
_YES, _NO = "yes", "no"


@dataclass(frozen=True, eq=False)
class Written:
    """What of a wave's open answers goes on to be counted.

    Attributes
    ----------
    survey : Survey
        With a question for each theme that may be told, if its class allows.
    answers : DataFrame
        As they were, with a column for each of these questions.
    how : How
    themes : Themes or None
        None where no question asks for a text.
    agreed : DataFrame or None
        Of `wellbeing.free_text.agreement.agreement`; None where nothing was counted.
    by_unit : DataFrame or None
        `themes_by_unit`, for the working zone.
    wrote : int
        Respondents who agreed to statistics and wrote something; it is told to nobody.
    """

    survey: Survey
    answers: "pd.DataFrame"
    how: How
    themes: Themes | None = None
    agreed: "pd.DataFrame | None" = None
    by_unit: "pd.DataFrame | None" = None
    wrote: int = 0


def measure_of(theme: Theme) -> str:
    """Name the measure that a theme is counted as."""
    return f"theme_{theme.id}"


def asked_of_texts(
    survey: Survey,
    answers: "pd.DataFrame",
    mentions: "pd.DataFrame",
    units: "pd.Series",
    themes: Themes,
    agreed: "pd.DataFrame",
) -> tuple[Survey, "pd.DataFrame"]:
    """Add a question for every theme that enough units wrote of and that is counted well enough, and its answers.

    Parameters
    ----------
    survey : Survey
    answers : DataFrame
        Of everybody whose answers were kept.
    mentions : DataFrame of bool, one row per respondent who agreed to statistics and wrote something
        Of `wellbeing.free_text.themes.mentions`; its index is within that of `answers`.
    units : Series, index at least that of `mentions`
        The reporting unit of each.
    themes : Themes
    agreed : DataFrame
        Of `wellbeing.free_text.agreement.agreement`: themes of too little precision are left out.

    References
    ----------
    The kit's notes on statistics, section 8; privacy rules R5, R11, R12.
    """
    where = units.reindex(mentions.index)
    told = [
        theme
        for theme in themes.themes
        if bool(agreed.loc[theme.id, "reported"]) and int(where[mentions[theme.id]].nunique()) >= LEAST_UNITS
    ]
    said = {
        measure_of(theme): mentions[theme.id].map({True: _YES, False: _NO}).astype("str").reindex(answers.index)
        for theme in told
    }
    questions = tuple(_question(theme, themes) for theme in told)
    return replace(survey, questions=(*survey.questions, *questions)), answers.assign(**said)


def _question(theme: Theme, themes: Themes) -> Question:
    """Make the question; counted by other words it is another one, and then nothing is held against last year's."""
    return Question(
        measure_of(theme),
        THEME,
        Text(f"{theme.zh}（词表 {themes.mark}）", f"{theme.en} (list {themes.mark})"),
        (Option(_YES, Text("提到", "mentioned")), Option(_NO, Text("没有提到", "not mentioned"))),
    )


def told_themes(release: Release, written: Written) -> tuple[How, tuple[ToldTheme, ...]]:
    """Say every theme of the list as the release tells it: a range of shares of those who wrote something.

    Parameters
    ----------
    release : Release
        With the themes' measures.
    written : Written
    """
    units = release.units
    about = units.loc[units["level"].eq("county"), "respondents"]
    respondents = 0 if about.isna().all() else int(about.iloc[0])
    # The share of writers is told to the same steps as that of those whom a question concerns, and never nearer.
    wrote = inside_shares(respondents, {"wrote": written.wrote}).get("wrote")
    cells = release.cells[release.cells["unit"].eq("county") & release.cells["group"].eq("all")]
    classes: dict[str, tuple[float, float, str]] = {
        measure: (low, high, side)
        for measure, low, high, side in cells[["measure", "low", "high", "side"]].itertuples(index=False, name=None)
    }
    measured: dict[str, tuple[float, float]] = {}
    if written.agreed is not None:
        columns = written.agreed[["precision", "recall"]].itertuples(name=None)
        measured = {theme: (precision, recall) for theme, precision, recall in columns}
    told = []
    for theme in written.themes.themes if written.themes else ():
        low, high, side = classes.get(measure_of(theme), (nan, nan, "withheld"))
        shares = None
        if wrote is not None and side != "withheld":
            shares = share_range(int(low), int(high), side, respondents, wrote)
        line = ToldTheme(theme.id, theme.zh, theme.en)
        if shares is not None and theme.id in measured:
            precision, recall = map(_points, measured[theme.id])
            line = replace(line, low=shares[0], high=shares[1], precision=precision, recall=recall)
        told.append(line)
    return replace(written.how, wrote=wrote), tuple(told)


def _points(share: float) -> float:
    """Give a share to 5 points: how many answers of a sample hold a theme is a count, and is not told."""
    return floor(20 * share + 0.5) / 20


def share_range(low: int, high: int, side: str, respondents: int, wrote: float) -> tuple[float, float] | None:
    """Give the range of shares, 0 to 1 in hundredths, that a class leaves of those who wrote something.

    Parameters
    ----------
    low, high : int
        The class of the smaller side.
    side : str
        ``few``, ``many`` or ``untold``.
    respondents : int
        To the nearest five.
    wrote : float
        The share of them who wrote something, to 5 points.

    Returns
    -------
    tuple of float or None
        Rounded outwards; None where nobody may have written.
    """
    fewest = ceil((respondents - _OFF) * (wrote - INSIDE_STEP / 2))
    most = floor((respondents + _OFF) * min(wrote + INSIDE_STEP / 2, 1.0))
    if fewest < 1:
        return None
    least, greatest = low / most, 1 - low / most if side == "untold" else high / fewest
    ends = (1 - greatest, 1 - least) if side == "many" else (least, greatest)
    return max(floor(100 * ends[0]) / 100, 0.0), min(ceil(100 * ends[1]) / 100, 1.0)


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
