"""The county's themes as they are told: a range of shares for each, or nothing. A report reads no more of any text.

It goes with the opinion survey's release as ``themes.csv``; `wellbeing.free_text.telling` makes it.
"""

import csv
import io
from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields

from wellbeing.disclosure.release import Release, check_seal
from wellbeing.errors import InputError, Problem

FILE = "themes.csv"
#: In files, whatever is not told and for whatever reason (R12).
WITHHELD = "-"
#: Why no theme at all is told: nothing stands against it; no question asked for it; nobody has read the word list; no
#: counsellor could be sent what tells of danger.
COUNTED, NOT_ASKED, UNREVIEWED, NO_COUNSELLOR = "counted", "not_asked", "unreviewed", "no_counsellor"
STATES = (COUNTED, NOT_ASKED, UNREVIEWED, NO_COUNSELLOR)
#: What the measured agreement stands on: answers of the county that it coded by hand, or the kit's made-up ones.
OWN_SAMPLE, MADE_UP = "own", "made_up"


@dataclass(frozen=True)
class How:
    """How the themes were counted, the same for all of them.

    ``list`` is the word list's version and mark, ``reviewed`` the day on which a person read it. ``sample``:
    `OWN_SAMPLE` or `MADE_UP`. ``cut``: ``jieba``, or ``plain`` without it. ``wrote``: the share of the county's
    respondents who wrote something, to 5 points.
    """

    state: str
    list: str = ""
    reviewed: str = ""
    sample: str = ""
    cut: str = ""
    wrote: float | None = None

    def __post_init__(self) -> None:
        if self.state not in STATES:
            raise ValueError("not a state of the counting of themes")


@dataclass(frozen=True)
class ToldTheme:
    """One theme's line; ``low`` and ``high`` are the range of shares, 0 to 1, of those who wrote something.

    All numbers are None where the theme is withheld. ``precision`` and ``recall`` are measured on the sample, to 5
    points.
    """

    theme: str
    name_zh: str
    name_en: str
    low: float | None = None
    high: float | None = None
    precision: float | None = None
    recall: float | None = None

    def __post_init__(self) -> None:
        numbers = (self.low, self.high, self.precision, self.recall)
        if None in numbers and any(number is not None for number in numbers):
            raise ValueError("a theme is told whole or withheld")


_THEME = tuple(each.name for each in fields(ToldTheme))
_HOW = tuple(each.name for each in fields(How))
#: `unit` is always the county: so that whoever reads all files of a release finds in each of whom it tells.
COLUMNS = ("unit", *_THEME, *_HOW)


def theme_bytes(how: How, themes: Sequence[ToldTheme]) -> bytes:
    """Write the file that goes with a release."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for line in themes:
        writer.writerow(["county", *map(_written, (*astuple(line), *astuple(how)))])
    return out.getvalue().encode("utf-8")


def _written(value: str | float | None) -> str:
    return WITHHELD if value is None else value if isinstance(value, str) else f"{value:.2f}"


def read_themes(content: bytes, file: str = FILE) -> tuple[How, tuple[ToldTheme, ...]]:
    """Read what `theme_bytes` wrote.

    Raises
    ------
    InputError
        If it is no such file.
    """
    try:
        rows = list(csv.reader(content.decode("utf-8").splitlines()))
        if tuple(rows[0]) != COLUMNS or len(rows) < 2 or any(len(row) != len(COLUMNS) for row in rows):
            raise ValueError
        lines = [dict(zip(COLUMNS, row, strict=True)) for row in rows[1:]]
        ((state, named, reviewed, sample, cut, wrote),) = {tuple(line[name] for name in _HOW) for line in lines}
        told = [
            ToldTheme(line["theme"], line["name_zh"], line["name_en"], *(_number(line[name]) for name in _THEME[3:]))
            for line in lines
        ]
        return How(state, named, reviewed, sample, cut, _number(wrote)), tuple(told)
    except (ValueError, IndexError, TypeError):
        raise InputError([Problem("themes_damaged", file)]) from None


def _number(text: str) -> float | None:
    if text == WITHHELD:
        return None
    number = float(text)
    if not 0 <= number <= 1:
        raise ValueError
    return number


def themes_of(release: Release) -> tuple[How, tuple[ToldTheme, ...]] | None:
    """Give what a release tells of the open answers; None where nothing of them goes with it.

    Raises
    ------
    InputError
        If the file is none such.
    TypeError
        If it is no release.
    """
    content = check_seal(release).more.get(FILE)
    return None if content is None else read_themes(content)
