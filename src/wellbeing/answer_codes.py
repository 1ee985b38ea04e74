"""Turn what stands in an answer column into codes: numbers of any kind, digits, labels in either language.

Nothing is coerced. What is neither a code nor a label of its item is a problem with a place; a blank is missing.
"""

import re
from collections.abc import Sequence
from decimal import Decimal
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from wellbeing.errors import InputError, Problem
from wellbeing.instruments import Instrument, Item
from wellbeing.instruments.definitions import fold_label
from wellbeing.surveys import AnswerMap

Numbers = NDArray[np.float64]

_DIGITS = re.compile(r"[+-]?[0-9]{1,9}(\.0+)?")
#: Digits as a Chinese keyboard types them. Other signs that Unicode counts as digits are none: a circled 2 may be
#: the second answer, whose code is 1.
_NARROW = str.maketrans("０１２３４５６７８９．＋－", "0123456789.+-")
#: Below so many answers to an item nothing is said about how it seems to be coded.
_ENOUGH = 30


def recode(answers: pd.DataFrame, instrument: Instrument, answer_map: AnswerMap) -> pd.DataFrame:
    """Bring answers to the codes of the definition, each as the respondent gave it.

    Parameters
    ----------
    answers : DataFrame, shape (n_respondents, any)
        The instrument's columns as the file codes them; other columns are left alone.
    instrument : Instrument
        Whose codes are wanted.
    answer_map : AnswerMap
        What the survey definition says about the file. CES-D data, for example, are often stored 1 to 4 with
        the positive items reversed: ``AnswerMap({1: 0, 2: 1, 3: 2, 4: 3}, (4, 8, 12, 16))``.

    Returns
    -------
    DataFrame, shape and index of `answers`
        Codes as float64, NaN where missing.

    Raises
    ------
    InputError
        If a cell is no code of the map, or the map names an item that is not reverse-keyed.
    """
    turned = {item.number for item in instrument.items if item.reverse}
    problems = [
        Problem("recode_not_reversed", fields={"instrument": instrument.id, "number": number})
        for number in answer_map.already_reversed
        if number not in turned
    ]
    recoded = answers.copy()
    for item in instrument.items:
        if item.column in answers:
            recoded[item.column], found = as_numbers(answers[item.column], item, answer_map)
            problems += found
    if problems:
        raise InputError(problems)
    return recoded


def as_numbers(
    given: "pd.Series[Any]", item: Item, answer_map: AnswerMap | None = None
) -> tuple[Numbers, list[Problem]]:
    """Read one column as numbers, NaN where missing; whether they are codes of the item is not asked here.

    Parameters
    ----------
    given : Series, shape (n_respondents,)
        Numbers of any type, digits, labels in either language.
    item : Item
        Whose labels are looked for.
    answer_map : AnswerMap, optional
        Applied to numbers and digits. A label says what the respondent chose and is never mapped.

    Returns
    -------
    numbers : array, shape (n_respondents,)
        A view of `given` where that holds float64 already.
    problems : list of Problem
        One for each cell that is neither number nor label, or no code of the map.
    """
    kind = given.dtype
    if isinstance(kind, pd.CategoricalDtype):
        given = given.astype(object)
    elif pd.api.types.is_bool_dtype(kind):
        return _none_of_it(given, item)
    elif pd.api.types.is_integer_dtype(kind) or pd.api.types.is_float_dtype(kind):
        numbers = given.to_numpy(dtype=np.float64, na_value=np.nan)
        return _mapped(numbers, item, answer_map) if answer_map else (numbers, [])
    elif not (kind == np.dtype(object) or isinstance(kind, pd.StringDtype)):
        return _none_of_it(given, item)
    places, values = pd.factorize(given) if isinstance(kind, pd.StringDtype) else _different(given)
    read = [_number(value, item, answer_map) for value in values]
    table = np.array([np.nan if number is None else number for number in read] + [np.nan])
    wrong = np.isin(places, [place for place, number in enumerate(read) if number is None])
    return table[places], [_not_a_code(int(place), item.column) for place in np.flatnonzero(wrong)]


def _none_of_it(given: "pd.Series[Any]", item: Item) -> tuple[Numbers, list[Problem]]:
    # Where nobody answered, the type that a reader gave the empty column says nothing.
    problems = [] if given.isna().all() else [Problem("not_a_code", column=item.column)]
    return np.full(len(given), np.nan), problems


def _different(given: "pd.Series[Any]") -> tuple[NDArray[np.intp], list[Any]]:
    """List the different values of a column of objects, so that each is read once, and where each stands.

    To a dict 1, 1.0 and True are one key, and so they are to `pandas.factorize`; here the type tells them apart.
    """
    values: list[Any] = []
    known: dict[tuple[type, Any], int] = {}
    places = np.empty(len(given), dtype=np.intp)
    for row, value in enumerate(given.array):
        key = (type(value), value)
        try:
            hash(key)
        except TypeError:
            key = (type(value), id(value))
        if key not in known:
            known[key] = len(values)
            values.append(value)
        places[row] = known[key]
    return places, values


def _mapped(numbers: Numbers, item: Item, answer_map: AnswerMap) -> tuple[Numbers, list[Problem]]:
    codes = numbers.copy()
    if answer_map.codes:
        codes = np.full(len(numbers), np.nan)
        for stored, meant in answer_map.codes.items():
            codes[numbers == stored] = meant
    wrong = np.isnan(codes) & ~np.isnan(numbers)
    if item.reverse and item.number in answer_map.already_reversed:
        codes = min(item.codes) + max(item.codes) - codes
    return codes, [_not_a_code(int(place), item.column) for place in np.flatnonzero(wrong)]


def keyed(answers: pd.DataFrame, instrument: Instrument, columns: Sequence[str]) -> pd.DataFrame:
    """Give items as their scale counts them: a reverse-keyed one has its highest code where it had its lowest.

    Parameters
    ----------
    answers : DataFrame, shape (n_respondents, any)
        Codes of the definition, as the respondents gave them.
    instrument : Instrument
    columns : sequence of str
        Items of it that are in `answers`.

    Returns
    -------
    DataFrame, shape (n_respondents, n_columns), index of `answers`
        float64, NaN where missing.

    Raises
    ------
    KeyError
        If `answers` lacks one of them.
    """
    items = answers[list(columns)].astype("float64")
    for column in columns:
        item = instrument.item(column)
        if item.reverse:
            items[column] = min(item.codes) + max(item.codes) - items[column]
    return items


def wrong_codes(columns: Sequence[Numbers], items: Sequence[Item]) -> list[Problem]:
    """Name every number that is no code of its item; or, if a whole file is shifted by one, that one thing."""
    for shift in (1, -1):
        if _all_shifted(columns, items, shift):
            low, high = min(items[0].codes), max(items[0].codes)
            fields: dict[str, str | int] = {"low": low + shift, "high": high + shift, "min": low, "max": high}
            return [Problem("codes_shifted", column=items[0].column.rsplit("_", 1)[0], fields=fields)]
    problems = []
    for column, item in zip(columns, items, strict=True):
        wrong = ~np.isnan(column) & ~np.isin(column, item.codes)
        problems += [_not_a_code(int(place), item.column) for place in np.flatnonzero(wrong)]
    return problems


def coding_warnings(answers: pd.DataFrame, instrument: Instrument) -> list[Problem]:
    """Find signs that a file is coded otherwise than the definition, though every cell is a code of it.

    An item whose answers, turned as the key says, run against the rest of its scale (a negative item-rest
    correlation) may be stored reversed; a scale whose lowest code nobody used while the highest is common may be
    shifted. Signs only: what they mean a person has to decide, and says so in the survey's ``recode:``.

    Parameters
    ----------
    answers : DataFrame, shape (n_respondents, any)
        Columns of `instrument`, as `wellbeing.scoring.score` takes them; columns that are not there are left out.
    instrument : Instrument
        Whose key is held against them.

    Returns
    -------
    list of Problem
        ``looks_reversed`` and ``looks_shifted``, each with its column; empty with fewer than 30 complete rows.
    """
    warnings = []
    for scale in instrument.scales:
        items = [instrument.item(column) for column in scale.items if column in answers]
        if len(items) < 3 or scale.method not in {"sum", "mean"} or scale.optional:
            continue
        codes = np.column_stack([as_numbers(answers[item.column], item)[0] for item in items])
        codes = codes[~np.isnan(codes).any(axis=1)]
        if len(codes) < _ENOUGH:
            continue
        if all(codes.min() > min(i.codes) for i in items) and any(codes.max() >= max(i.codes) for i in items):
            warnings.append(Problem("looks_shifted", column=f"{instrument.id}_{scale.id}"))
        ends = np.array([min(item.codes) + max(item.codes) if item.reverse else 0 for item in items])
        keyed = np.where(ends > 0, ends - codes, codes) if ends.any() else codes
        total = keyed.sum(axis=1)
        for place, item in enumerate(items):
            rest = total - keyed[:, place]
            # Two standard errors below none, or every weak item of a small file would be named.
            if (
                np.ptp(keyed[:, place])
                and np.ptp(rest)
                and np.corrcoef(keyed[:, place], rest)[0, 1] < -2 / len(rest) ** 0.5
            ):
                what = "looks_reversed" if item.reverse else "runs_against"
                warnings.append(Problem(what, column=item.column))
    seen: dict[tuple[str, str | None], Problem] = {(w.what, w.column): w for w in warnings}
    return list(seen.values())


def _all_shifted(columns: Sequence[Numbers], items: Sequence[Item], shift: int) -> bool:
    if any(item.limits for item in items):
        return False
    off = False
    for column, item in zip(columns, items, strict=True):
        used = np.unique(column[~np.isnan(column)])
        if not np.isin(used, [code + shift for code in item.codes]).all():
            return False
        off |= not np.isin(used, item.codes).all()
    return off and sum(int((~np.isnan(column)).sum()) for column in columns) >= _ENOUGH


def _not_a_code(place: int, column: str) -> Problem:
    # Row 1 of a file is its header.
    return Problem("not_a_code", "", place + 2, column)


@cache
def _words(item: Item) -> dict[str, float]:
    words = {
        fold_label(label): float(answer.code)
        for answer in item.answers
        for label in (answer.label.zh, answer.label.en, *answer.also)
        if label and not item.limits
    }
    for absent in item.not_applicable:
        for label in (absent.code, absent.label.zh, absent.label.en, *absent.also):
            if label:
                words[fold_label(label)] = np.nan
    return words


def _number(value: Any, item: Item, answer_map: AnswerMap | None) -> float | None:
    """Read one cell: its number, NaN if blank or not applicable, None if it is neither number nor label."""
    if value is None or value is pd.NA or value is pd.NaT:
        return np.nan
    number = None
    if isinstance(value, Decimal):
        if value.is_nan():
            return np.nan
        number = float(value) if value == value.to_integral_value() else None
    elif isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool):
        try:
            number = float(value)
        except OverflowError:
            return None
    elif isinstance(value, str):
        text = value.strip().translate(_NARROW)
        if not text:
            return np.nan
        if not _DIGITS.fullmatch(text):
            word = fold_label(text)
            return None if _DIGITS.fullmatch(word) else _words(item).get(word)
        number = float(text)
    if number is None or answer_map is None:
        return number
    mapped, problems = _mapped(np.array([number]), item, answer_map)
    return None if problems else float(mapped[0])
