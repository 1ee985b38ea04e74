"""Work a definition's own examples: where the key and an example disagree, one of the two is wrong."""

import math
from typing import Any

from wellbeing.errors import InputError, Problem
from wellbeing.instruments import Instrument
from wellbeing.yaml_files import YamlFile


def wrong_examples(instrument: Instrument, file: YamlFile) -> list[Problem]:
    """Score each worked example and name what comes out otherwise than it says.

    Parameters
    ----------
    instrument : Instrument
        Whose examples are worked; one that is not scorable has none that could be.
    file : YamlFile
        Its definition, for the lines.

    Returns
    -------
    list of Problem
        ``example_column`` and ``example_differs``, and whatever an example's answers are refused for.
    """
    if instrument.not_scorable or not instrument.examples:
        return []
    # Imported when used: numpy and pandas, which loading a definition does without.
    import pandas as pd

    from wellbeing.scoring import score

    answers = pd.DataFrame([dict(example.answers) for example in instrument.examples], dtype=object)
    try:
        scores = score(answers, instrument)
    except InputError as error:
        return [_at(file, (p.row or 2) - 2, p.what, p.column, p.fields) for p in error.problems]
    problems = []
    for place, example in enumerate(instrument.examples):
        for name, expected in example.expect:
            column = f"{instrument.id}_{name}"
            if column not in scores:
                problems.append(_at(file, place, "example_column", None, {"name": name}))
            elif not _agree(scores[column].iloc[place], expected):
                problems.append(_at(file, place, "example_differs", None, {"name": name, "number": place + 1}))
    return problems


def _at(file: YamlFile, place: int, what: str, column: str | None, fields: dict[str, str | int]) -> Problem:
    return Problem(what, file.name, file.line("examples", place), column, fields)


def _agree(value: Any, expected: float | bool | str) -> bool:
    if expected == "unscorable":
        return isinstance(value, float) and math.isnan(value)
    if isinstance(expected, str | bool):
        return bool(value == expected)
    return not isinstance(value, str) and math.isclose(value, expected, rel_tol=0, abs_tol=1e-9)
