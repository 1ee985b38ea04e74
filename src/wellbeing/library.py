"""The whole library of definitions at once: every fault of each, and every worked example worked.

Where a key and an example disagree, one of the two is wrong.
"""

import math
from pathlib import Path
from typing import Any

from wellbeing.errors import InputError, Problem
from wellbeing.instruments import Instrument, definitions_folder, instrument_ids
from wellbeing.instruments.build import build_instrument
from wellbeing.instruments.checks import check_file, read_versions
from wellbeing.instruments.definitions import key_of
from wellbeing.instruments.wording import stray_wording, with_wording
from wellbeing.yaml_files import YamlFile, read_yaml


def check_definitions(folder: Path | None = None) -> list[Problem]:
    """Find every fault of every definition in a folder and its wording, and every key changed without its version.

    Each with file and line; empty if there is none. By default the kit's own definitions.
    """
    folder = definitions_folder(folder)
    problems: list[Problem] = []
    agreed = read_versions(folder)
    for name in instrument_ids(folder):
        try:
            file = read_yaml(folder / f"{name}.yaml")
        except InputError as error:
            problems += error.problems
            continue
        definition, found = check_file(file, name)
        problems += found
        if definition and not found and name in agreed:
            version, key = agreed[name]
            if version == definition.version and key != key_of(definition):
                problems.append(Problem("key_changed", file.name, file.line("version"), "version"))
        if definition and not found:
            try:
                instrument = with_wording(build_instrument(definition, ""), folder.parent.parent / "wording")
            except InputError as error:
                problems += error.problems
            else:
                problems += wrong_examples(instrument, file)
    return problems + stray_wording(folder.parent.parent / "wording", instrument_ids(folder))


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
