"""How many people a figure was told of, and how many came and went since an earlier wave: what colleagues know.

Who answers without a code may be the same in both waves. As many of them as there can be are held for the same: the
fewer come and go, the more two waves tell together.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from wellbeing.aggregates import UNKNOWN
from wellbeing.disclosure.plan import ALL

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

#: In the place of a measure: all people, whatever of them has a score.
EVERYBODY = "everybody"

PEOPLE_COLUMNS = ("measure", "unit", "group", "n", "came", "left")


def count_people(
    before: "pd.DataFrame | None",
    now: "pd.DataFrame",
    names: Mapping[str, frozenset[str]],
    questions: Mapping[str, Sequence[str]],
    measures: Mapping[str, str],
) -> "pd.DataFrame":
    """Count who is in each figure now, who of them was not before, and who was before and is not now.

    Parameters
    ----------
    before, now : DataFrame
        One row per respondent who agrees to statistics: ``school_id``, ``code`` (missing where there is none), the
        background questions, and the columns named by `measures`: numbers, NaN where there is no score; or ``yes``
        and ``no``. None: there is nothing before to count by.
    names : mapping of str to frozenset of str
        The schools of every unit, part and the county. A respondent who moved from one to another left the one and
        came to the other.
    questions : mapping of str to sequence of str
        The codes of each background question.
    measures : mapping of str to str
        Measure to its column.

    Returns
    -------
    DataFrame, columns `PEOPLE_COLUMNS`
        A row per measure, unit and group; every school has rows too, for all its people together. Measure `EVERYBODY`
        counts people, whether or not they have a score. ``came`` and ``left`` are -1 where `before` is None.
    """
    import numpy as np
    import pandas as pd

    levels: list[dict[str, frozenset[str]]] = []
    schools = {school: frozenset([school]) for school in sorted(set().union(*names.values()))}
    # Units, parts and the county overlap; each level has every school at most once.
    for name, members in names.items():
        free = (level for level in levels if not any(members & other for other in level.values()))
        level = next(free, None)
        if level is None:
            levels.append({name: members})
        else:
            level[name] = members
    then = now.iloc[:0] if before is None else before
    pairs = _paired(then, now)
    groups = [(ALL, "", "")] + [
        (f"{question}={code}", question, code) for question, codes in questions.items() for code in (*codes, UNKNOWN)
    ]
    told = before is not None
    rows: dict[str, list[Any]] = {column: [] for column in PEOPLE_COLUMNS}
    sides = [_Side(side, measures.values()) for side in (then, now)]
    alone = {name: own for name, own in schools.items() if name not in names}
    for turn, level in enumerate([*levels, alone] if alone else levels):
        home = {school: place for place, members in enumerate(level.values()) for school in members}
        homes = [side.homes(home) for side in sides]
        same = homes[0][pairs[0]] == homes[1][pairs[1]]
        for group, question, code in groups if turn < len(levels) else groups[:1]:
            inside = [
                side.said(question, code, questions.get(question, ())) & (at >= 0)
                for side, at in zip(sides, homes, strict=True)
            ]
            for measure, column in {EVERYBODY: EVERYBODY, **measures}.items():
                here = [side.scored[column] & ins for side, ins in zip(sides, inside, strict=True)]
                size = len(level)
                many = [np.bincount(at[who], minlength=size) for at, who in zip(homes, here, strict=True)]
                unnamed = [
                    np.bincount(at[who & ~side.coded], minlength=size)
                    for side, at, who in zip(sides, homes, here, strict=True)
                ]
                both = here[0][pairs[0]] & here[1][pairs[1]] & same
                stayed = np.bincount(homes[1][pairs[1]][both], minlength=size) + np.minimum(*unnamed)
                rows["measure"] += [measure] * size
                rows["unit"] += list(level)
                rows["group"] += [group] * size
                rows["n"] += many[1].tolist()
                rows["came"] += (many[1] - stayed).tolist() if told else [-1] * size
                rows["left"] += (many[0] - stayed).tolist() if told else [-1] * size
    return pd.DataFrame(rows)


class _Side:
    """One wave's respondents: who of them has a code, and who a score."""

    def __init__(self, people: "pd.DataFrame", columns: Iterable[str]) -> None:
        self.people = people
        self.coded = _coded(people)
        self.scored: dict[str, Any] = {column: people[column].notna().to_numpy(dtype=bool) for column in columns}
        self.scored[EVERYBODY] = people["school_id"].notna().to_numpy(dtype=bool)
        self.kept: dict[tuple[str, str], Any] = {}

    def homes(self, home: Mapping[str, int]) -> Any:
        """Give the place of everybody's unit, -1 where there is none."""
        return self.people["school_id"].map(home).fillna(-1).to_numpy(dtype=int)

    def said(self, question: str, code: str, codes: Sequence[str]) -> Any:
        """Say who is in a group; everybody where there is no question."""
        import numpy as np

        if not question:
            return np.ones(len(self.people), dtype=bool)
        if (question, code) not in self.kept:
            answers = self.people[question]
            found = ~answers.isin(list(codes)) if code == UNKNOWN else answers.eq(code).fillna(False)
            self.kept[question, code] = found.to_numpy(dtype=bool)
        return self.kept[question, code]


def _coded(people: "pd.DataFrame") -> "np.ndarray":
    found: np.ndarray = (people["code"].notna() & people["code"].ne("")).to_numpy(dtype=bool)
    return found


def _paired(then: "pd.DataFrame", now: "pd.DataFrame") -> "tuple[np.ndarray, np.ndarray]":
    """Give the places, before and now, of those who are there with the same code."""
    import numpy as np
    import pandas as pd

    first = pd.Series(np.arange(len(then)), index=then["code"].to_numpy())[_coded(then)]
    second = pd.Series(np.arange(len(now)), index=now["code"].to_numpy())[_coded(now)]
    both = first.index.intersection(second.index)
    return first.loc[both].to_numpy(dtype=int), second.loc[both].to_numpy(dtype=int)


def figures_of(scored: "pd.DataFrame", measures: Mapping[str, str]) -> "pd.DataFrame":
    """Take the columns of measures out of a wave's scores, NaN or missing where there is neither score nor answer."""
    import pandas as pd

    found = scored.copy()
    for column in set(measures.values()):
        values = found[column].astype("object")
        words = values.isin(["yes", "no"])
        numbers = pd.to_numeric(values, errors="coerce")
        found[column] = numbers.where(~words, 1.0)
    return found
