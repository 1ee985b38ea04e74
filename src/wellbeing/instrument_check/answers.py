"""One scale's answers, keyed and counted: from a file of answers, or from the waves of a survey."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from wellbeing.errors import InputError, Problem, UsageError
from wellbeing.instruments import Instrument, Scale, load_instrument

if TYPE_CHECKING:
    import pandas as pd

    from wellbeing.workspace import Workspace

#: What answers of waves may be grouped by beside the survey's own columns.
WAVE, KIND = "wave", "kind"


@dataclass(frozen=True, eq=False)
class KeyedAnswers:
    """Answers of one scale, every item turned so that more means more of what the scale measures.

    Attributes
    ----------
    instrument : Instrument
    scale : Scale
    everything : DataFrame, shape (n_respondents, n_items of the instrument that were asked)
        Answer codes, reverse-keyed items turned; NaN where missing.
    groups : Series or None, index of `everything`
        What is compared: a wave, a language, a kind of school; NaN where not told.
    rows, refused : int
        Rows read, and of these left out because consent does not cover statistics.
    signs : tuple of Problem
        Signs that a file is coded otherwise than the definition.
    """

    instrument: Instrument
    scale: Scale
    everything: "pd.DataFrame"
    groups: "pd.Series | None"
    rows: int
    refused: int
    signs: tuple[Problem, ...]

    @property
    def items(self) -> "pd.DataFrame":
        """The scale's items."""
        return self.everything[list(self.scale.items)]

    @property
    def codes(self) -> dict[str, tuple[float, float]]:
        """Lowest and highest code of each item; turning an item leaves them as they are."""
        return {item.column: (min(item.codes), max(item.codes)) for item in self.instrument.items}


def chosen_scale(instrument: Instrument, scale: str) -> Scale:
    """Give the scale by its id, or the only one that everybody is asked.

    Raises
    ------
    UsageError
        If there is no such scale, or none was named and there are several.
    """
    usual = [one for one in instrument.scales if not one.optional]
    if not scale and len(usual) == 1:
        return usual[0]
    known = {one.id: one for one in instrument.scales}
    if scale not in known:
        raise UsageError("choose_scale", instrument=instrument.acronym, known=", ".join(known))
    return known[scale]


def answers_of_file(path: Path, instrument: str, scale: str = "", by: str = "") -> KeyedAnswers:
    """Read a plain table of answers in columns ``<instrument>_<item number>``, as the respondents gave them.

    Parameters
    ----------
    path : Path
    instrument, scale : str
        Ids; without a scale the only one.
    by : str
        Column to group by; empty for none.

    Raises
    ------
    InputError
        If the file is no table, a column is missing, or a cell is no answer of its item, with every place.
    UsageError
        If there is no such file, instrument or scale.
    """
    from wellbeing.answer_codes import coding_warnings
    from wellbeing.answer_files import read_answers

    definition = load_instrument(instrument)
    chosen = chosen_scale(definition, scale)
    table = read_answers(path, [item.column for item in definition.items])
    if by and by not in table:
        raise InputError([Problem("missing_column", path.name, column=by)])
    try:
        keyed = _keyed(table, definition, chosen)
    except InputError as error:
        raise InputError([replace(problem, file=path.name) for problem in error.problems]) from None
    signs = tuple(replace(sign, file=path.name) for sign in coding_warnings(table, definition))
    groups = _groups(table[by]) if by else None
    return KeyedAnswers(definition, chosen, keyed, groups, len(table), 0, signs)


def answers_of_waves(
    survey: str,
    waves: Sequence[str],
    instrument: str,
    scale: str = "",
    by: str = "",
    workspace: "Workspace | None" = None,
) -> KeyedAnswers:
    """Read the imported waves of a survey, respondents whose consent covers statistics only.

    Parameters
    ----------
    survey : str
    waves : sequence of str
    instrument, scale : str
    by : str
        ``wave``, ``kind`` of school, or a column of the survey such as ``lang``; empty for none.
    workspace : Workspace, optional
        The one that the current folder lies in, by default.

    Raises
    ------
    UsageError
        If there is no such survey, wave, instrument, scale or column, or if several waves were not scored by one
        definition of the instrument, as far as their releases tell.
    """
    import pandas as pd

    from wellbeing.responses import consenting, read_responses
    from wellbeing.surveys import load_survey, read_roster
    from wellbeing.workspace import Workspace

    place = workspace or Workspace.find()
    definition = load_survey(place, survey)
    parts = {part.instrument.id: part.instrument for part in definition.parts}
    if instrument not in parts:
        raise UsageError("not_in_survey", survey=survey, instrument=instrument[:40], known=", ".join(parts))
    if by and by not in {WAVE, KIND, *definition.columns}:
        raise UsageError("no_such_group", by=by[:40], known=", ".join((WAVE, KIND, *definition.columns)))
    if not waves:
        raise UsageError("no_wave_named", survey=survey)
    if len(waves) > 1:
        _check_definitions(place, survey, waves, parts[instrument])
    frames, rows, refused = [], 0, 0
    for wave in waves:
        kept, left_out = consenting(read_responses(definition, wave, place), "statistics")
        frames.append(kept.answers.assign(**{WAVE: wave}))
        rows, refused = rows + len(kept.answers) + left_out, refused + left_out
    answers = pd.concat(frames, ignore_index=True)
    answers[KIND] = answers["school_id"].map(read_roster(place.roster).schools["kind"])
    chosen = chosen_scale(parts[instrument], scale)
    groups = _groups(answers[by]) if by else None
    return KeyedAnswers(
        parts[instrument], chosen, _keyed(answers, parts[instrument], chosen), groups, rows, refused, ()
    )


def _check_definitions(workspace: "Workspace", survey: str, waves: Sequence[str], instrument: Instrument) -> None:
    """Refuse waves of another definition: a release keeps the digest of what its wave was scored by."""
    for wave in waves:
        path = workspace.released(survey, wave) / "measures.csv"
        if not path.is_file():
            continue
        with path.open(encoding="utf-8", newline="") as file:
            known = {row["instrument"]: row for row in csv.DictReader(file)}
        then = known.get(instrument.id)
        if then is not None and then["digest"] != instrument.digest:
            raise UsageError(
                "other_definition",
                wave=wave,
                instrument=instrument.acronym,
                before=then["version"],
                now=instrument.version,
            )


def _groups(column: "pd.Series") -> "pd.Series":
    words = column.astype("str").str.strip()
    return words.where(column.notna() & words.ne(""))


def _keyed(table: "pd.DataFrame", instrument: Instrument, scale: Scale) -> "pd.DataFrame":
    """Read every item that was asked as numbers and turn the reverse-keyed ones."""
    import pandas as pd

    from wellbeing.answer_codes import as_numbers, keyed, wrong_codes

    problems = [Problem("missing_column", column=column) for column in scale.items if column not in table]
    asked = [item for item in instrument.items if item.column in table]
    columns = []
    for item in asked:
        numbers, found = as_numbers(table[item.column], item)
        columns.append(numbers)
        problems += found
    problems += wrong_codes(columns, asked)
    if problems:
        raise InputError(problems)
    read = pd.DataFrame(dict(zip([item.column for item in asked], columns, strict=True)), index=table.index)
    return keyed(read, instrument, list(read.columns))
