"""Turn answers into scores, bands and critical answers, by the rules the instrument's authors published.

One engine for all instruments. What it promises, whatever is missing:

- A score is made by its authors' missing rule or it is unscorable (NaN); a blank never counts as zero.
- A critical answer that was given is reported, even where the total is unscorable; one that was not given is
  ``unanswered``, never ``no``.
- Where a scale of answers coded from zero is prorated and the answers that are there reach a cutoff by themselves,
  the score reaches it too. Leaving an answer out can otherwise lower a prorated score or mean, by the published
  rule; then ``_prorated`` is true beside it, so no negative is silent about what it does not know.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from wellbeing.answer_codes import Numbers, as_numbers, coding_warnings, recode, wrong_codes
from wellbeing.answer_files import check_out, read_answers, write_scores
from wellbeing.answer_files import writable as writable
from wellbeing.errors import InputError, Problem, UsageError
from wellbeing.formulas import evaluate, names
from wellbeing.instruments import BandSet, Instrument, Item, Scale, load_instrument
from wellbeing.surveys import AnswerMap, Part, Survey
from wellbeing.texts import current_language

#: What a critical answer may be; an unanswered one is not a no.
CRITICAL = ("yes", "no", "unanswered")

#: Respondents worked on at a time: what they answered stays in the processor's cache.
_PIECE = 4096


def score(answers: pd.DataFrame, instrument: str | Instrument | Part, folder: Path | None = None) -> pd.DataFrame:
    """Score one instrument.

    Parameters
    ----------
    answers : DataFrame, shape (n_respondents, any)
        In columns ``<instrument>_<item number>``, as the respondents gave them, not yet reversed: codes as numbers
        of any type or as digits, or labels in either language; blank or NaN where missing. Columns of other
        things are left alone.
    instrument : str, Instrument or Part
        A part scores only its scales; otherwise all, without the optional ones that were not asked.
    folder : Path, optional
        Where an instrument given by its id is looked up.

    Returns
    -------
    DataFrame, shape (n_respondents, 4 per scale + critical items), index of `answers`
        ``<instrument>_<scale>`` in scale points, float64, NaN where unscorable; beside it ``_band``, the band's
        id (categorical, missing where unscorable or without bands), ``_answered``, a count, and ``_prorated``,
        bool; ``<instrument>_critical_<n>`` and ``<instrument>_watch_<n>``: yes, no or unanswered. The keys that
        were used stand in ``attrs["keys"]``.

    Raises
    ------
    InputError
        If a column is missing, doubled or unknown or a cell is no answer of its item, with every place.
    UsageError
        If the instrument is not known, or must not be scored yet.
    """
    part = _part(answers, instrument, folder)
    if part.instrument.not_scorable:
        reason = part.instrument.not_scorable.in_(current_language())
        raise UsageError("not_scorable", instrument=part.instrument.acronym, reason=reason)
    _check_columns(answers, part)
    items = part.items + _flagged(answers, part)
    scored = _Engine(part, items).run(_columns(answers, items), len(answers))
    scores = pd.DataFrame(scored, index=answers.index, copy=False)
    scores.attrs["keys"] = {part.instrument.id: part.instrument.signature}
    return scores


def score_survey(survey: Survey, answers: pd.DataFrame) -> pd.DataFrame:
    """Score all parts of a survey, side by side; the columns and errors are those of `score`, all at once."""
    frames: list[pd.DataFrame] = []
    problems: list[Problem] = []
    for part in survey.parts:
        try:
            frames.append(score(answers, part))
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)
    scores = pd.concat(frames, axis=1)
    scores.attrs["keys"] = {part.instrument.id: part.instrument.signature for part in survey.parts}
    return scores


def score_file(
    id: str,
    path: Path,
    out: Path,
    folder: Path | None = None,
    answer_map: AnswerMap | None = None,
    tell: Callable[[Problem], None] | None = None,
) -> int:
    """Score one instrument in one file and write the scores beside the file's other columns.

    An unscorable score is written as the word ``unscorable``, its band stays empty; the last column,
    ``<instrument>_key``, says by which key the row was scored. `tell` is called with each sign that the file may
    be coded otherwise than the definition (`coding_warnings`).

    Returns
    -------
    int
        The number of respondents scored.

    Raises
    ------
    InputError
        If the file is no table, a column is missing, doubled or unknown, a code stands twice or a cell is no
        answer of its item, with every place.
    UsageError
        If there is no such file or instrument, or `out` is the answers themselves or cannot be written.
    """
    instrument = load_instrument(id, folder)
    check_out(path, out)
    answers = read_answers(path, [item.column for item in instrument.items])
    try:
        coded = recode(answers, instrument, answer_map) if answer_map else answers
        scores = score(coded, instrument)
    except InputError as error:
        raise InputError([replace(problem, file=path.name) for problem in error.problems]) from None
    kept = answers[[column for column in answers.columns if not column.startswith(f"{id}_")]]
    write_scores(kept, scores, instrument, out)
    if tell:
        for warning in coding_warnings(coded, instrument):
            tell(warning)
    return len(scores)


def _part(answers: pd.DataFrame, instrument: str | Instrument | Part, folder: Path | None) -> Part:
    if isinstance(instrument, Part):
        return instrument
    if isinstance(instrument, str):
        instrument = load_instrument(instrument, folder)
    asked = tuple(s for s in instrument.scales if not s.optional or any(c in answers for c in s.items))
    return Part(instrument, asked)


def _flagged(answers: pd.DataFrame, part: Part) -> tuple[Item, ...]:
    """Give the critical items that no scale of the part needs but that were answered: a flag is never dropped."""
    columns = {c.column for c in part.instrument.critical + part.instrument.watch} - {i.column for i in part.items}
    return tuple(item for item in part.instrument.items if item.column in columns and item.column in answers)


def _check_columns(answers: pd.DataFrame, part: Part) -> None:
    prefix = f"{part.instrument.id}_"
    known = {item.column for item in part.instrument.items}
    named = [str(column) for column in answers.columns]
    mine = [column for column in named if column.startswith(prefix)]
    problems = [Problem("missing_column", column=i.column) for i in part.items if i.column not in named]
    problems += [Problem("unknown_column", column=column) for column in mine if column not in known]
    problems += [Problem("doubled_column", column=c) for c in dict.fromkeys(mine) if mine.count(c) > 1]
    if problems:
        raise InputError(problems)


def _columns(answers: pd.DataFrame, items: tuple[Item, ...]) -> list[Numbers]:
    columns, problems = [], []
    for item in items:
        numbers, found = as_numbers(answers[item.column], item)
        columns.append(numbers)
        problems += found
    if problems:
        raise InputError(sorted([*problems, *wrong_codes(columns, items)], key=lambda p: (p.row or 0, p.column or "")))
    return columns


@dataclass
class _Output:
    """Where the pieces of one scale's scores are written."""

    points: Numbers
    bands: NDArray[np.int8]
    answered: NDArray[np.int32]
    prorated: NDArray[np.bool_]


class _Engine:
    """The key of one part made ready: which rows of a piece make which scale."""

    def __init__(self, part: Part, items: tuple[Item, ...]) -> None:
        self.part = part
        self.items = items
        self.place = {item.column: place for place, item in enumerate(self.items)}
        codes = [item.codes for item in self.items]
        self.low = np.array([min(c) for c in codes], dtype=np.float64)
        self.high = np.array([max(c) for c in codes], dtype=np.float64)
        self.unit = np.array([_unit(c) for c in codes], dtype=np.float64)
        self.uneven = [(place, c) for place, c in enumerate(codes) if len(c) * _unit(c) != max(c) - min(c) + _unit(c)]
        turned = [place for place, item in enumerate(self.items) if item.reverse]
        self.turned = np.array(turned, dtype=np.intp)
        self.ends = (self.low + self.high)[self.turned, None]
        self.scales = _with_needed(part)
        self.rows = {scale.id: _rows([self.place[c] for c in scale.items]) for scale in self.scales}
        formulas = [scale.formula for scale in self.scales if scale.formula]
        self.variables = part.instrument.variables if formulas else ()
        critical = [("critical", c) for c in part.instrument.critical]
        watch = [("watch", c) for c in part.instrument.watch]
        self.asked = [(kind, c) for kind, c in critical + watch if c.column in self.place]

    def run(self, columns: list[Numbers], n: int) -> dict[str, Any]:
        outputs = {
            scale.id: _Output(np.empty(n), np.full(n, -1, np.int8), np.empty(n, np.int32), np.empty(n, np.bool_))
            for scale in self.part.scales
        }
        asked = [np.empty(n, dtype=np.int8) for _ in self.asked]
        for start in range(0, n, _PIECE):
            piece = slice(start, min(start + _PIECE, n))
            codes = np.empty((len(columns), piece.stop - piece.start))
            for place, column in enumerate(columns):
                codes[place] = column[piece]
            given = self._given(codes)
            if given is None:
                raise InputError(wrong_codes(columns, self.items))
            for (_, critical), answer in zip(self.asked, asked, strict=True):
                code = codes[self.place[critical.column]]
                answer[piece] = np.where(code >= critical.at_least, 0, np.where(code == code, 1, 2))
            codes[self.turned] = self.ends - codes[self.turned]
            self._score(codes, given, piece, outputs)
        return self._named(outputs, asked)

    def _given(self, codes: Numbers) -> NDArray[np.bool_] | None:
        """Say which answers are there; None if any is no code of its item."""
        steps = (codes - self.low[:, None]) / self.unit[:, None] if (self.unit != 1).any() else codes
        given = np.rint(steps) == steps
        fraction = np.count_nonzero(given) + np.count_nonzero(np.isnan(codes)) != given.size
        with np.errstate(invalid="ignore"):
            outside = (np.fmin.reduce(codes, axis=1) < self.low) | (np.fmax.reduce(codes, axis=1) > self.high)
        if fraction or outside.any():
            return None
        wrong = any((given[place] & ~np.isin(codes[place], listed)).any() for place, listed in self.uneven)
        return None if wrong else given

    def _score(self, codes: Numbers, given: NDArray[np.bool_], piece: slice, outputs: dict[str, _Output]) -> None:
        filled = np.where(given, codes, 0.0)
        ticks = given.view(np.uint8)
        values: dict[str, Numbers] = {}
        if self.variables:
            values |= {f"i{item.number}": codes[place] for place, item in enumerate(self.items)}
            for name, formula in self.variables:
                if names(formula) <= values.keys():
                    values[name] = evaluate(formula, values)
        elif any(scale.formula for scale in self.scales):
            values |= {f"i{item.number}": codes[place] for place, item in enumerate(self.items)}
        for scale in self.scales:
            rows = self.rows[scale.id]
            answered = ticks[rows].sum(axis=0, dtype=np.uint16)
            points = _points(scale, codes[rows] if scale.count_at_least is not None else filled[rows], answered, values)
            values[scale.id] = points
            if scale.formula and not _within(points, scale.range):
                raise InputError([Problem("score_outside_range", column=f"{self.part.instrument.id}_{scale.id}")])
            if scale.id in outputs:
                output = outputs[scale.id]
                output.points[piece] = points
                output.answered[piece] = answered
                if scale.prorate or scale.method == "mean":
                    np.logical_and(answered < len(scale.items), points == points, out=output.prorated[piece])
                else:
                    output.prorated[piece] = False
                if scale.bands:
                    output.bands[piece] = _bands(points, scale.bands)

    def _named(self, outputs: dict[str, _Output], asked: list[NDArray[np.int8]]) -> dict[str, Any]:
        prefix = self.part.instrument.id
        named: dict[str, Any] = {}
        for scale in self.part.scales:
            output, name = outputs[scale.id], f"{prefix}_{scale.id}"
            bands = pd.Index([band.id for band in scale.bands.bands] if scale.bands else [], dtype="str")
            named[name] = output.points
            named[f"{name}_band"] = pd.Categorical.from_codes(output.bands, bands, ordered=True)
            named[f"{name}_answered"] = output.answered
            named[f"{name}_prorated"] = output.prorated
        for (kind, critical), answer in zip(self.asked, asked, strict=True):
            number = critical.column.rsplit("_", 1)[1]
            named[f"{prefix}_{kind}_{number}"] = pd.Categorical.from_codes(answer, pd.Index(CRITICAL, dtype="str"))
        return named


def _within(points: Numbers, ends: tuple[float, float]) -> bool:
    # Sums and means are checked when they are loaded; what a formula can give shows only in its scores.
    return not ((points < ends[0] - 1e-9) | (points > ends[1] + 1e-9)).any()


def _unit(codes: tuple[int, ...]) -> int:
    """Give the step between codes: 25 for 0, 25 ... 100."""
    return int(np.gcd.reduce(np.diff(sorted(codes))))


def _rows(places: list[int]) -> slice | NDArray[np.intp]:
    """A slice where the items stand side by side, for it copies nothing."""
    if places == list(range(places[0], places[0] + len(places))):
        return slice(places[0], places[0] + len(places))
    return np.array(places, dtype=np.intp)


def _with_needed(part: Part) -> tuple[Scale, ...]:
    """Give the part's scales and those that their formulas stand on, in the definition's order."""
    scales = {scale.id: scale for scale in part.instrument.scales}
    wanted = {scale.id for scale in part.scales}
    for scale in reversed(part.instrument.scales):
        if scale.id in wanted:
            wanted |= {name for text in (scale.formula, scale.valid) if text for name in names(text) if name in scales}
    return tuple(scale for scale in part.instrument.scales if scale.id in wanted)


def _points(scale: Scale, items: Numbers, answered: NDArray[np.uint16], values: dict[str, Numbers]) -> Numbers:
    """Work one scale out for a piece: the method, then the factor, then the rounding, then who is unscorable."""
    count = answered.astype(np.float64)
    if scale.method == "formula":
        points = np.array(evaluate(scale.formula or "", values))
    elif scale.count_at_least is not None:
        points = np.count_nonzero(items >= scale.count_at_least, axis=0).astype(np.float64)
    else:
        points = items.sum(axis=0)
        with np.errstate(invalid="ignore", divide="ignore"):
            if scale.method == "mean":
                points /= count
            elif scale.prorate:
                # Multiplied before it is divided, so that a half is exactly a half before it is rounded up.
                points *= len(scale.items)
                points /= count
    if scale.multiply != 1:
        points *= scale.multiply
    if scale.rounding == "half_up":
        # Half up, as on paper: 4.5 scores 5. np.round sends halves to even, another band.
        points = np.floor(points + 0.5)
    elif scale.rounding == "truncate":
        points = np.floor(points)
    unscorable = answered < scale.min_answered
    if scale.valid:
        unscorable |= evaluate(scale.valid, values) != 1
    points[unscorable] = np.nan
    return points


def _bands(points: Numbers, bands: BandSet) -> NDArray[np.int8]:
    """Give each score's band by its place: the number of bands whose lower end it has passed."""
    place = np.full(len(points), -1, dtype=np.int8)
    for band in bands.bands:
        # The order and the gaplessness of bands are checked when a definition is loaded.
        passed = points > band.low if band.low_open else points >= band.low
        place += passed.view(np.int8)
    return place
