"""Read ``data/margins.csv``: how many of the county's staff there are of each sex, age band and role."""

import re
from pathlib import Path

from wellbeing.delimited import NotATable, decode, split
from wellbeing.errors import InputError, Problem, UsageError
from wellbeing.surveys import Survey

_COLUMNS = ("variable", "level", "count")
_COUNT = re.compile(r"([1-9]\d{0,6})(?:\.0+)?")


def read_margins(path: Path, survey: Survey) -> dict[str, dict[str, int]]:
    """Read the county's margins.

    Parameters
    ----------
    path : Path
        Columns ``variable`` (``sex``, ``age_band``, ``role``), ``level`` (an answer's code in the survey), ``count``.
    survey : Survey

    Returns
    -------
    dict of variable to (dict of level to count)
        Empty where there is no such file: the county's figures stay unweighted.

    Raises
    ------
    InputError
        With every fault: an unknown variable or level, one that is missing or stands twice, no whole number, variables
        that add up to different numbers of staff.
    UsageError
        If the file may not be opened.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return {}
    except OSError:
        raise UsageError("cannot_open", path=path.name) from None
    rows = _rows(content, path.name)
    known = {
        question.id: [option.code for option in question.options]
        for question in survey.person_questions
        if question.id in ("sex", "age_band", "role")
    }
    problems: list[Problem] = []
    margins: dict[str, dict[str, int]] = {}
    for row, cells in rows.items():
        variable, level, count = (cells[name] for name in _COLUMNS)
        if variable not in known:
            problems.append(Problem("margin_variable", path.name, row, "variable", {"known": ", ".join(known)}))
            continue
        if level not in known[variable]:
            problems.append(Problem("margin_level", path.name, row, "level", {"known": ", ".join(known[variable])}))
        elif level in margins.get(variable, {}):
            problems.append(Problem("stands_twice", path.name, row, "level"))
        number = _COUNT.fullmatch(count)
        if number is None:
            problems.append(Problem("margin_count", path.name, row, "count"))
        margins.setdefault(variable, {}).setdefault(level, int(number[1]) if number else 0)
    for variable, counts in margins.items():
        if lacking := [level for level in known[variable] if level not in counts]:
            fields: dict[str, str | int] = {"variable": variable, "levels": ", ".join(lacking)}
            problems.append(Problem("margin_lacking", path.name, None, None, fields))
    if not problems and len({sum(counts.values()) for counts in margins.values()}) > 1:
        problems.append(Problem("margin_totals", path.name))
    if problems:
        raise InputError(problems)
    return margins


def _rows(content: bytes, file: str) -> dict[int, dict[str, str]]:
    if not content.strip():
        raise InputError([Problem("empty_file", file)])
    try:
        records = split(decode(content))
    except NotATable as reason:
        raise InputError([Problem(reason.what, file, reason.row, reason.column, reason.fields)]) from None
    filled = {place: [cell.strip() for cell in cells] for place, cells in enumerate(records, 1)}
    filled = {place: cells for place, cells in filled.items() if any(cells)}
    first = min(filled, default=0)
    header = [cell.lower() for cell in filled.pop(first, [])]
    problems = [Problem("missing_column", file, column=name) for name in _COLUMNS if name not in header]
    problems += [Problem("doubled_column", file, first, name) for name in _COLUMNS if header.count(name) > 1]
    if problems:
        raise InputError(problems)
    if not filled:
        raise InputError([Problem("empty_file", file)])
    found = {}
    for row, cells in filled.items():
        if len(cells) < len(header) or any(cells[len(header) :]):
            problems.append(Problem("row_length", file, row, None, {"found": len(cells), "wanted": len(header)}))
        found[row] = dict(zip(header, cells, strict=False))
    if problems:
        raise InputError(problems)
    return found
