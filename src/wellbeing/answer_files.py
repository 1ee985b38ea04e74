"""The files of ``wellbeing score``: a plain table of answers in, the same table with scores out."""

import csv
import io
from collections.abc import Collection
from pathlib import Path

import numpy as np
import pandas as pd

from wellbeing.errors import InputError, Problem, UsageError
from wellbeing.instruments import Instrument

#: How a spreadsheet begins: the new format is a zip archive, the old one a compound document.
_SPREADSHEET = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")


def check_out(path: Path, out: Path) -> None:
    """Refuse an output that would destroy the answers or has no place to stand.

    Raises
    ------
    UsageError
        If `out` is the file of the answers, by whatever name, a folder, or in a folder that is not there.
    """
    if out.resolve() == path.resolve() or (out.exists() and path.exists() and out.samefile(path)):
        raise UsageError("out_is_input", path=str(out))
    if out.is_dir():
        raise UsageError("out_is_folder", path=str(out))
    if not out.parent.is_dir():
        raise UsageError("no_out_folder", path=str(out.parent))


def read_answers(path: Path, wanted: Collection[str] = ()) -> pd.DataFrame:
    """Read a table of answers as text, and say everything wrong with its shape at once.

    Parameters
    ----------
    path : Path
        A CSV file in UTF-8 or GB18030.
    wanted : collection of str
        Answer columns. If the first row names none of them it may be somebody's answers instead of a header, so
        none of it becomes a column or stands in a message.

    Raises
    ------
    InputError
        If it is no table, a header stands twice or is empty, a row is cut short or too long, or a respondent's
        ``code`` stands twice.
    UsageError
        If the file is not there or cannot be opened.
    """
    name = path.name
    try:
        rows = list(csv.reader(io.StringIO(_text(path), newline=""), strict=True))
    except csv.Error:
        raise InputError([Problem("not_a_table", name)]) from None
    while rows and not rows[-1]:
        rows.pop()
    if len(rows) < 2:
        raise InputError([Problem("empty_file", name)])
    header, body = [title.strip() for title in rows[0]], rows[1:]
    if wanted and not set(header) & set(wanted):
        return pd.DataFrame(index=range(len(body)))
    if set(header) - set(wanted):
        # Spreadsheets leave rows of empty cells at the end. Where there are only answers such a row is somebody's.
        while body and not any(body[-1]):
            body.pop()
    problems = _shape(name, header, body)
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


def writable(scores: pd.DataFrame) -> pd.DataFrame:
    """Turn scores into what stands in a file: the word ``unscorable`` for NaN, whole numbers without a point."""
    written = scores.copy()
    for column in scores.columns:
        if f"{column}_answered" in scores.columns:
            points = scores[column].to_numpy()
            written[column] = ["unscorable" if np.isnan(value) else f"{value + 0.0:.10g}" for value in points]
    return written


def write_scores(kept: pd.DataFrame, scores: pd.DataFrame, instrument: Instrument, out: Path) -> None:
    """Write the columns that were kept, the scores behind them and the key that made them.

    Raises
    ------
    UsageError
        If the file cannot be written; one that stood there before is left as it was.
    """
    written = pd.concat([kept, writable(scores)], axis=1)
    written[f"{instrument.id}_key"] = f"{instrument.version} {instrument.key[:12]}"
    draft = out.with_name(f"{out.name}.part")
    try:
        written.to_csv(draft, index=False, encoding="utf-8", lineterminator="\n")
        draft.replace(out)
    except OSError:
        draft.unlink(missing_ok=True)
        raise UsageError("cannot_write", path=str(out)) from None


def _text(path: Path) -> str:
    if path.is_dir():
        raise InputError([Problem("is_a_folder", path.name)])
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise UsageError("no_file", path=str(path)) from None
    except OSError:
        raise UsageError("cannot_open", path=str(path)) from None
    if data.startswith(_SPREADSHEET):
        raise InputError([Problem("csv_only", path.name)])
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise InputError([Problem("not_a_table", path.name)])


def _shape(name: str, header: list[str], body: list[list[str]]) -> list[Problem]:
    problems = [
        Problem("doubled_column", name, 1, title)
        for title in dict.fromkeys(header)
        if title and header.count(title) > 1
    ]
    if header.count("") > 1:
        unnamed = [place for place, title in enumerate(header) if not title]
        problems += [Problem("column_without_name", name, 1, str(place + 1)) for place in unnamed]
    problems += [
        Problem("row_length", name, place + 2, None, {"found": len(row), "wanted": len(header)})
        for place, row in enumerate(body)
        if len(row) != len(header)
    ]
    return problems
