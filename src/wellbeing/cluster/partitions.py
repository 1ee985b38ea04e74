"""Score and count a wave that is larger than memory, one stored file after the other, here or on a cluster.

A partition is one file of answers as an import stored it (a county's, a school's). Whoever works on it reads it from
the storage that all share, a piece at a time, writes its scores beside it, and gives back sums: no person's row passes
the scheduler. Sums of partitions are the sums of all, so the figures are those of `wellbeing.aggregates` at once.
"""

from collections.abc import Iterable, Iterator
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wellbeing.surveys import PERSON_COLUMNS, Survey

if TYPE_CHECKING:
    import pandas as pd

    from wellbeing.aggregates import Aggregates

#: Rows of a stored file that are in memory at once.
ROWS = 100_000


def pieces(path: Path, survey: Survey, rows: int = ROWS) -> Iterator["pd.DataFrame"]:
    """Read a stored file of answers a piece at a time, with the types that `wellbeing.responses.Responses` promises."""
    import pandas as pd

    from wellbeing.answer_frames import typed

    kinds = typed(survey)
    read = pd.read_csv(path, dtype=kinds, encoding="utf-8", keep_default_na=False, na_values=[""], chunksize=rows)
    with read:
        for answers in read:
            yield answers.reindex(columns=list(survey.columns)).astype(kinds).reset_index(drop=True)


def count_partition(
    path: Path, survey: Survey, wave: str, units: "pd.DataFrame", out: Path | None = None, rows: int = ROWS
) -> "Aggregates":
    """Score one stored file and count it.

    Parameters
    ----------
    path : Path
    survey : Survey
    wave : str
    units : DataFrame
        As `wellbeing.disclosure.units.form_units` gives them, of all schools.
    out : Path, optional
        Where the scores of its persons go, as ``scores.csv`` has them; it is there whole or not at all.
    rows : int
        How many are in memory at once.

    Raises
    ------
    InputError
        If answers are no codes of their items.
    KitFault
        If somebody answered for a school that is in no unit.
    """
    import pandas as pd

    from wellbeing.aggregates import aggregate
    from wellbeing.responses import Responses
    from wellbeing.scoring import score_survey, writable

    draft = None if out is None else out.with_name(f".{out.name}.draft")
    if draft is not None:
        draft.parent.mkdir(parents=True, exist_ok=True)
        draft.unlink(missing_ok=True)
    found: list[Aggregates] = []
    for answers in pieces(path, survey, rows):
        scores = score_survey(survey, answers)
        if draft is not None:
            people = answers[[name for name in PERSON_COLUMNS if name in answers]]
            scored = pd.concat([people, writable(scores)], axis=1)
            scored.to_csv(
                draft, mode="a", header=not draft.exists(), index=False, lineterminator="\n", encoding="utf-8"
            )
        # One piece's sums, folded into those before: what is held does not grow with the file.
        found = [add_up([*found, aggregate(survey, Responses(survey.id, wave, answers), scores, units)])]
    if draft is not None and out is not None and found:
        draft.replace(out)
    return add_up(found)


def add_up(parts: Iterable["Aggregates"]) -> "Aggregates":
    """Add the figures of several partitions of one survey and one set of units.

    Raises
    ------
    ValueError
        If there are none, or they are of different units or measures.
    """
    from wellbeing.aggregates import Aggregates

    given = list(parts)
    if not given:
        raise ValueError("no partitions")
    first, *others = given
    figures, overlaps, respondents = first.figures.copy(), first.overlaps.copy(), first.respondents.copy()
    people, left_out = dict(first.people), first.left_out
    sums, crossed = ["n", "cases", "total", "squares"], ["n_one", "n_other", "n_both"]
    for part in others:
        if not part.figures[["unit", "group", "measure"]].equals(figures[["unit", "group", "measure"]]):
            raise ValueError("partitions of different units or measures")
        figures[sums] += part.figures[sums]
        overlaps[crossed] += part.overlaps[crossed]
        respondents += part.respondents
        left_out += part.left_out
        for place, n in part.people.items():
            people[place] += n
    return Aggregates(respondents, figures, first.measures, left_out, overlaps, people)


def count_wave(
    client: Any, paths: Iterable[Path], survey: Survey, wave: str, units: "pd.DataFrame", out: Path | None = None
) -> "Aggregates":
    """Score and count many stored files on a cluster whose workers share this machine's storage.

    Parameters
    ----------
    client : distributed.Client
        As `wellbeing.cluster.connecting.connected` gives it. A lost worker's files are done again by others.
    paths : iterable of Path
    survey : Survey
    wave : str
    units : DataFrame
    out : Path, optional
        A folder for the scores, one file for each of `paths`.

    Raises
    ------
    InputError, KitFault
        As `count_partition`.
    ValueError
        If there are no files.
    """
    # Its own annotations are in parts only.
    distributed: Any = import_module("distributed")
    shared = client.scatter(units, broadcast=True)
    futures = [
        client.submit(count_partition, path, survey, wave, shared, None if out is None else out / path.name, pure=False)
        for path in paths
    ]
    total: Aggregates | None = None
    # As they come, so that this side holds two at once and not one for each file.
    for future in distributed.as_completed(futures, loop=client.loop):
        part: Aggregates = future.result()
        total = part if total is None else add_up([total, part])
        future.release()
    if total is None:
        raise ValueError("no partitions")
    return total
