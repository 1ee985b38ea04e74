"""How well the counting agrees with people who read the same answers: precision and recall of each theme."""

import csv
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from wellbeing.errors import InputError, Problem, UsageError
from wellbeing.free_text.themes import mentions
from wellbeing.free_text.word_lists import Themes

if TYPE_CHECKING:
    import pandas as pd

#: A theme of which fewer of the counted answers are right is not reported.
LEAST_PRECISION = 0.7
#: In fewer answers, coded or counted, precision and recall of a theme are not measured.
LEAST_SEEN = 10
#: Answers that somebody has to have read before a county's own sample counts.
LEAST_CODED = 200
_COLUMNS = ("text", "themes")


def made_up_sample(themes: Themes) -> "pd.DataFrame":
    """Give the kit's own sample: 200 answers that nobody gave, written and coded by the kit's authors.

    It shows what the word list can and cannot do, and is no evidence for a county's own staff: a county codes 200 of
    its own answers (`read_sample`).
    """
    path = files("wellbeing.free_text").joinpath("made_up_sample.csv")
    return _sample(path.read_text(encoding="utf-8"), "made_up_sample.csv", themes)


def read_sample(path: Path, themes: Themes) -> "pd.DataFrame":
    """Read a sample that the county coded by hand; its place is the working zone.

    Parameters
    ----------
    path : Path
        Columns ``text`` and ``themes``, the ids of themes joined by ``;``, empty where there is none.
    themes : Themes

    Returns
    -------
    DataFrame
        ``text``, and a column of bool for each theme.

    Raises
    ------
    InputError
        With every fault: a missing column, an unknown theme, an empty text, fewer than 200 answers.
    UsageError
        If it cannot be opened.
    """
    try:
        content = path.read_bytes().decode("utf-8-sig")
    except OSError:
        raise UsageError("cannot_open", path=path.name) from None
    except UnicodeDecodeError:
        raise InputError([Problem("wrong_encoding", path.name)]) from None
    return _sample(content, path.name, themes)


def _sample(content: str, name: str, themes: Themes) -> "pd.DataFrame":
    import pandas as pd

    rows = list(csv.reader(content.splitlines(keepends=True)))
    header = rows[0] if rows else []
    problems = [Problem("missing_column", name, column=column) for column in _COLUMNS if column not in header]
    if problems:
        raise InputError(problems)
    known = [theme.id for theme in themes.themes]
    texts, coded = [], []
    for place, row in enumerate(rows[1:], 2):
        cells = dict(zip(header, row, strict=False))
        text, codes = cells.get("text", "").strip(), [c for c in cells.get("themes", "").split(";") if c]
        if not text:
            problems.append(Problem("empty_cell", name, place, "text"))
        if not set(codes) <= set(known):
            problems.append(Problem("unknown_theme", name, place, "themes", {"known": ", ".join(known)}))
        texts.append(text)
        coded.append([theme in codes for theme in known])
    if len(texts) < LEAST_CODED:
        problems.append(Problem("sample_short", name, fields={"least": LEAST_CODED, "found": len(texts)}))
    if problems:
        raise InputError(problems)
    sample = pd.DataFrame(coded, columns=known, dtype=bool)
    sample.insert(0, "text", pd.Series(texts, dtype="str"))
    return sample


def agreement(sample: "pd.DataFrame", themes: Themes, plain: bool = False) -> "pd.DataFrame":
    """Hold the counting against a hand-coded sample.

    Parameters
    ----------
    sample : DataFrame
        Of `made_up_sample` or `read_sample`.
    themes : Themes
    plain : bool
        Whether to do without jieba although it is there.

    Returns
    -------
    DataFrame, index of theme ids
        ``coded``, ``found``, ``both``: answers; ``precision`` = both / found, ``recall`` = both / coded, NaN of none;
        ``reported``: whether precision reaches .7, measured on 10 answers or more.
    """
    import numpy as np
    import pandas as pd

    counted = mentions(sample[["text"]], themes, plain)
    rows = []
    for theme in themes.themes:
        coded, found = sample[theme.id].to_numpy(), counted[theme.id].to_numpy()
        both = int((coded & found).sum())
        precision = both / found.sum() if found.any() else np.nan
        recall = both / coded.sum() if coded.any() else np.nan
        seen = min(int(coded.sum()), int(found.sum())) >= LEAST_SEEN
        reported = seen and bool(precision >= LEAST_PRECISION)
        rows.append((int(coded.sum()), int(found.sum()), both, precision, recall, reported))
    columns = ["coded", "found", "both", "precision", "recall", "reported"]
    return pd.DataFrame(rows, columns=columns, index=pd.Index([theme.id for theme in themes.themes], name="theme"))
