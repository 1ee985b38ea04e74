"""What everybody knows about a score: which bands it has, and how high and how low one person's can be.

A scale is counted in steps, one person's smallest change, from the lower end of its range. Its bands cut the steps into
segments: who needs attention without being severe, who is severe, everybody else. A person is in one segment, so every
count that is ever told of the scale is a sum of segments' people, and the sum of scores lies between what the segments
allow. The keys are public: they come from the instruments' definitions.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import gcd
from pathlib import Path

from wellbeing.attack.told import OWN_USES
from wellbeing.errors import WellbeingError
from wellbeing.instruments import Instrument, Scale, load_instrument


@dataclass(frozen=True)
class Family:
    """All measures of one scale.

    Attributes
    ----------
    id : str
    step, low : Fraction
        Score points in one step, and of the range's lower end.
    most : int
        The range's upper end in steps.
    segments : tuple of (int, int)
        Fewest and most steps of a person in each segment.
    measures : dict
        Measure to the segments whose people it counts.
    keyed : bool
        Whether the definition was found; without it counts say nothing about scores.
    counted : bool
        Whether anybody is counted; of a scale without bands the mean is told and nothing else.
    concerned : bool
        Whether how many people it tells of is itself an answer: others said that it does not concern them.
    """

    id: str
    step: Fraction
    low: Fraction
    most: int
    segments: tuple[tuple[int, int], ...]
    measures: Mapping[str, tuple[int, ...]]
    keyed: bool
    counted: bool = True
    concerned: bool = False


def families(rows: Sequence[Mapping[str, str]], told: Sequence[str], folder: Path | None) -> dict[str, Family]:
    """Put the measures of a release together by scale.

    Parameters
    ----------
    rows : sequence of mapping
        The release's table of measures.
    told : sequence of str
        Every measure that a figure is told of; one that the table does not name is a scale of its own.
    folder : Path or None
        Folder of the instruments' definitions; the kit's own where None.
    """
    by_scale: dict[str, list[Mapping[str, str]]] = {}
    for row in rows:
        scale = row.get("scale") and row.get("instrument") and row.get("use") != "named"
        of = f"{row['instrument']}_{row['scale']}" if scale else row["measure"]
        by_scale.setdefault(of, []).append(row)
    named = {row["measure"] for row in rows}
    for measure in dict.fromkeys(told):
        if measure not in named:
            by_scale.setdefault(measure, []).append({"measure": measure})
    return {scale: _family(scale, members, folder) for scale, members in by_scale.items()}


def _family(id: str, rows: Sequence[Mapping[str, str]], folder: Path | None) -> Family:
    if rows[0].get("use") in OWN_USES:
        # Who speaks for it, who speaks against it, everybody else it concerns: nobody is two of these.
        segments = tuple((0, 0) for _ in (*rows, None))
        measures = {row["measure"]: (place,) for place, row in enumerate(rows)}
        return Family(id, Fraction(1), Fraction(0), 0, segments, measures, True, concerned=True)
    found = _definition(rows[0], folder)
    if found is not None and rows[0].get("use") == "mean":
        return _alone(id, rows, *found)
    if found is not None:
        family = _keyed(id, rows, *found)
        if family is not None:
            return family
    # One item or an unknown scale. Answers from 0 or 1 up: whoever is counted has at least one step.
    low, high = (_end(rows[0].get(name, ""), default) for name, default in (("range_low", 0), ("range_high", 1)))
    whole = (high - low).denominator == 1 and low.denominator == 1
    most = int(high - low) if whole else 0
    single = len(rows) == 1 and (rows[0].get("use") == "critical" or most == 1)
    segments = ((0, 0), (1, most)) if single and most else ((0, most), (0, most))
    if len(rows) == 1:
        return Family(id, Fraction(1), low, most, segments, {rows[0]["measure"]: (1,)}, single)
    # Which of several unknown bands are parts of which cannot be told: each has people of its own and of any other.
    patterns = range(2 ** len(rows))
    return Family(
        id,
        Fraction(1),
        low,
        most,
        tuple((0, most) for _ in patterns),
        {row["measure"]: tuple(p for p in patterns if p >> place & 1) for place, row in enumerate(rows)},
        False,
    )


def _end(text: str, default: int) -> Fraction:
    try:
        return Fraction(text)
    except (ValueError, ZeroDivisionError):
        return Fraction(default)


def _definition(row: Mapping[str, str], folder: Path | None) -> tuple[Instrument, Scale] | None:
    if not row.get("instrument") or not row.get("scale"):
        return None
    try:
        instrument = load_instrument(row["instrument"], folder)
        return instrument, instrument.scale(row["scale"])
    except (WellbeingError, KeyError):  # not an instrument of this county: attacked by its counts
        return None


def _step(instrument: Instrument, scale: Scale) -> Fraction:
    apart = 0
    for column in scale.items:
        codes = instrument.item(column).codes
        apart = gcd(apart, *(code - codes[0] for code in codes))
    return apart * Fraction(str(scale.multiply)) / (len(scale.items) if scale.method == "mean" else 1)


def _alone(id: str, rows: Sequence[Mapping[str, str]], instrument: Instrument, scale: Scale) -> Family:
    """Give a scale of which the mean is told and nothing else: everybody may have any score."""
    step = _step(instrument, scale) or Fraction(1)
    low, high = (Fraction(str(end)) for end in scale.range)
    most = int((high - low) / step)
    measures: dict[str, tuple[int, ...]] = {row["measure"]: () for row in rows}
    return Family(id, step, low, most, ((0, most),), measures, True, counted=False)


def _keyed(id: str, rows: Sequence[Mapping[str, str]], instrument: Instrument, scale: Scale) -> Family | None:
    step = _step(instrument, scale)
    low, high = (Fraction(str(end)) for end in scale.range)
    if scale.bands is None or scale.method not in {"sum", "mean"} or not step or (high - low) % step:
        return None
    most = int((high - low) / step)
    bands = {row["measure"]: _bands(row, scale) for row in rows}
    if any(not chosen for chosen in bands.values()):
        return None
    patterns: dict[tuple[bool, ...], list[int]] = {}
    for steps in range(most + 1):
        band = scale.bands.band(float(low + steps * step))
        pattern = tuple(band is not None and band.id in bands[row["measure"]] for row in rows)
        patterns.setdefault(pattern, []).append(steps)
    segments = tuple((steps[0], steps[-1]) for steps in patterns.values())
    measures = {
        row["measure"]: tuple(number for number, pattern in enumerate(patterns) if pattern[place])
        for place, row in enumerate(rows)
    }
    return Family(id, step, low, most, segments, measures, True)


def _bands(row: Mapping[str, str], scale: Scale) -> frozenset[str]:
    """Give the bands that a measure counts: those it names, or those of its use."""
    assert scale.bands is not None
    for lang, comma in (("zh", "、"), ("en", ", ")):
        words = row.get(f"bands_{lang}", "")
        # A band's own name may hold a comma, so names are taken out of the words and not the words cut.
        chosen = {band.id for band in scale.bands.bands if _stands_in(getattr(band.name, lang) or "", words, comma)}
        if words and chosen:
            return frozenset(chosen)
    return frozenset(scale.severe if row.get("use") == "severe" else scale.attention)


def _stands_in(name: str, words: str, comma: str) -> bool:
    return bool(name) and f"{comma}{name}{comma}".casefold() in f"{comma}{words}{comma}".casefold()
