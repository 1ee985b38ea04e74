"""The files of ``wellbeing score``: a plain table of answers in, the same table with scores out."""

import csv
import io
from pathlib import Path

import pandas as pd

from wellbeing.errors import InputError, Problem
from wellbeing.instruments import Instrument
from wellbeing.scoring import writable


def read_answers(path: Path) -> pd.DataFrame:
    """Read a table of answers as text, and say everything wrong with its shape at once.

    Raises
    ------
    InputError
        If it is no table, a header stands twice or is empty, a row is cut short or too long, or a respondent's
        ``code`` stands twice.
    """
    name = path.name
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            text = path.read_bytes().decode("gb18030")
        except UnicodeDecodeError:
            raise InputError([Problem("not_a_table", name)]) from None
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error:
        raise InputError([Problem("not_a_table", name)]) from None
    while rows and not any(rows[-1]):
        rows.pop()
    if len(rows) < 2:
        raise InputError([Problem("empty_file", name)])
    header, body = [title.strip() for title in rows[0]], rows[1:]
    problems = [Problem("doubled_column", name, 1, title) for title in dict.fromkeys(header) if header.count(title) > 1]
    problems += [
        Problem("row_length", name, place + 2, None, {"found": len(row), "wanted": len(header)})
        for place, row in enumerate(body)
        if len(row) != len(header)
    ]
    if problems:
        raise InputError(problems)
    answers = pd.DataFrame(body, columns=header, dtype="str")
    if "code" in answers:
        first: dict[str, int] = {}
        for place, code in enumerate(answers["code"].str.strip()):
            if code and code in first:
                problems.append(Problem("repeats_row", name, place + 2, "code", {"first": first[code]}))
            first.setdefault(code, place + 2)
    if problems:
        raise InputError(problems)
    return answers


def write_scores(kept: pd.DataFrame, scores: pd.DataFrame, instrument: Instrument, out: Path) -> None:
    """Write the columns that were kept, the scores behind them and the key that made them."""
    written = pd.concat([kept, writable(scores)], axis=1)
    written[f"{instrument.id}_key"] = f"{instrument.version} {instrument.key[:12]}"
    written.to_csv(out, index=False, encoding="utf-8", lineterminator="\n")
