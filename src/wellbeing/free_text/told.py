"""The county's themes as they are told: a class for each, or nothing. All that a report reads of what people wrote."""

import csv
import io
from dataclasses import dataclass

from wellbeing.errors import InputError, Problem

#: In files, whatever is not told and for whatever reason (R12).
WITHHELD = "-"
_COLUMNS = ("theme", "side", "low", "high", "about")


@dataclass(frozen=True)
class ToldTheme:
    """One theme's line: a class of those who wrote something, or nothing.

    ``low`` and ``high`` are counts of the smaller side that stay possible, ``side`` is ``few``, ``many`` or ``untold``,
    or ``withheld``, when the numbers are None. ``about`` is how many wrote something, to the nearest five; the same in
    every line that tells anything.
    """

    theme: str
    side: str
    low: int | None = None
    high: int | None = None
    about: int | None = None

    def __post_init__(self) -> None:
        numbers = (self.low, self.high, self.about)
        if self.side not in ("few", "many", "untold", "withheld"):
            raise ValueError("a side is few, many, untold or withheld")
        if (self.side == "withheld") != (numbers == (None, None, None)) or (None in numbers and any(numbers)):
            raise ValueError("a theme is told whole or withheld")

    @property
    def shares(self) -> tuple[float, float] | None:
        """The range of shares that stays possible, 0 to 1, of about how many wrote; None where it is withheld."""
        if self.low is None or self.high is None or not self.about:
            return None
        ends = {
            "few": (self.low, self.high),
            "many": (self.about - self.high, self.about - self.low),
            "untold": (self.low, self.about - self.low),
        }[self.side]
        low, high = (min(max(end / self.about, 0.0), 1.0) for end in ends)
        return low, high


def theme_bytes(told: tuple[ToldTheme, ...]) -> bytes:
    """Write the lines as a file that goes with a release."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for line in told:
        numbers = [WITHHELD if number is None else number for number in (line.low, line.high, line.about)]
        writer.writerow([line.theme, line.side, *numbers])
    return out.getvalue().encode("utf-8")


def read_themes(content: bytes, file: str = "themes.csv") -> tuple[ToldTheme, ...]:
    """Read what `theme_bytes` wrote.

    Raises
    ------
    InputError
        If it is no such file.
    """
    try:
        rows = list(csv.reader(content.decode("utf-8").splitlines()))
        if tuple(rows[0]) != _COLUMNS:
            raise ValueError
        return tuple(
            ToldTheme(theme, side, *(None if number == WITHHELD else int(number) for number in numbers))
            for theme, side, *numbers in rows[1:]
        )
    except (ValueError, IndexError, TypeError):
        raise InputError([Problem("themes_damaged", file)]) from None
