"""The burden meter: what the kit itself asks of everybody over a school year, what it asks twice, and what it need not.

Every form counts: each survey in each of its waves, and the school office's record sheet. Minutes of a survey are those
of its definition, in proportion to what a role is asked.
"""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wellbeing.measures import Measures
from wellbeing.surveys import Survey
from wellbeing.texts import LANGUAGES

if TYPE_CHECKING:
    import pandas as pd

#: Who fills in the record sheet; no role of a survey.
OFFICE = "office"
#: The record sheet among the forms.
SHEET = "records"
#: Of every survey: the school can stand in the link or on the code card, so nobody need choose it. Sex, age band and
#: role could be known too, but only by telling surveys apart by person, which nobody may.
_PREFILLED = ("school_id",)


@dataclass(frozen=True, eq=False)
class Burden:
    """What is asked over a school year.

    Attributes
    ----------
    asked : DataFrame
        One row per role and form: ``role``, ``form``, ``times`` (waves a year), ``questions`` and ``minutes`` over the
        year. The role is a code of the surveys' question on it, "" for everybody of a survey that does not ask it,
        `OFFICE` for the record sheet.
    twice : DataFrame
        One row per question that two places ask in the same words: ``text_zh``, ``text_en``, ``places`` (form and
        column, in order). A survey's waves are not two places.
    prefilled : DataFrame
        One row per cell that somebody fills in although it is known: ``form``, ``column``.
    places : DataFrame
        As `twice`, of every question.
    """

    asked: "pd.DataFrame"
    twice: "pd.DataFrame"
    prefilled: "pd.DataFrame"
    places: "pd.DataFrame"

    def minutes(self, role: str) -> float:
        """Give the minutes a year that somebody of a role is asked for, by all forms together.

        Surveys name roles differently; of one that does not know this role, what the most asked of its own takes.
        """
        of_office = self.asked["form"].eq(SHEET)
        if role == OFFICE:
            return float(self.asked.loc[of_office, "minutes"].sum())
        minutes = 0.0
        for _, form in self.asked[~of_office].groupby("form", sort=False):
            own = form[form["role"].eq(role)]
            minutes += float((form if own.empty else own)["minutes"].max())
        return minutes

    @property
    def needless(self) -> "pd.DataFrame":
        """What is asked in two places, and what could be filled in beforehand: one row per question.

        Columns ``text_zh``, ``text_en``, ``places`` as in `twice`, and ``prefilled``, 1 or 0. Consent is no needless
        question: it is given to each survey by itself.
        """
        known = {f"{form}.{column}" for form, column in self.prefilled.itertuples(index=False, name=None)}
        could = [int(not known.isdisjoint(str(places).split())) for places in self.places["places"]]
        found = self.places.assign(prefilled=could)
        consent = found["places"].str.contains(".consent_", regex=False)
        twice = found["places"].isin(self.twice["places"]) & ~consent
        return found[twice | found["prefilled"].eq(1)].reset_index(drop=True)

    @property
    def roles(self) -> tuple[str, ...]:
        """The roles that surveys are answered by, in their order; the office that fills in the record sheet is none."""
        return tuple(role for role in dict.fromkeys(self.asked["role"]) if role not in ("", OFFICE))

    @property
    def most(self) -> float:
        """The minutes a year of the role that the surveys ask most of."""
        return max((self.minutes(role) for role in (*self.roles, "")), default=0.0)


def burden(surveys: Sequence[tuple[Survey, int]], measures: Measures | None = None) -> Burden:
    """Add up what is asked of each role over a school year.

    Parameters
    ----------
    surveys : sequence of (Survey, int)
        Each survey with its waves in the year.
    measures : Measures, optional
        For the record sheet.

    Returns
    -------
    Burden
    """
    import pandas as pd

    asked: list[tuple[str, str, int, int, float]] = []
    places: dict[str, list[str]] = {}
    words: dict[str, tuple[str, str]] = {}
    prefilled: list[tuple[str, str]] = []
    for survey, times in surveys:
        columns = _columns(survey)
        for role in _roles(survey):
            reached = sum(_reaches(survey, column, role) for column in columns)
            minutes = survey.minutes * reached / len(columns) * times
            asked.append((role, survey.id, times, reached * times, round(minutes, 1)))
        prefilled += [(survey.id, name) for name in _PREFILLED if name in columns]
        for column, (zh, en) in columns.items():
            key = _same(zh or en)
            words.setdefault(key, (zh, en))
            places.setdefault(key, []).append(f"{survey.id}.{column}")
    if measures is not None:
        cells = len(measures.fields)
        asked.append((OFFICE, SHEET, 1, cells, round(cells * measures.field_seconds / 60, 1)))
        for field in measures.fields:
            texts = field.text.in_(LANGUAGES[0]), field.text.in_(LANGUAGES[1])
            words.setdefault(_same(texts[0]), texts)
            places.setdefault(_same(texts[0]), []).append(f"{SHEET}.{field.id}")
    each = [(*words[key], " ".join(found)) for key, found in places.items()]
    everything = pd.DataFrame(each, columns=["text_zh", "text_en", "places"])
    return Burden(
        pd.DataFrame(asked, columns=["role", "form", "times", "questions", "minutes"]),
        everything[everything["places"].str.contains(" ", regex=False)].reset_index(drop=True),
        pd.DataFrame(prefilled, columns=["form", "column"]),
        everything,
    )


def _columns(survey: Survey) -> Mapping[str, tuple[str, str]]:
    """Give every column that somebody fills in, with its words in both languages."""
    texts = {question.id: question.text for question in survey.questions}
    texts |= {item.column: item.text for item in survey.items}
    return {column: (text.zh or "", text.en or "") for column, text in texts.items()}


def _roles(survey: Survey) -> tuple[str, ...]:
    for question in survey.questions:
        if question.id == "role":
            return tuple(option.code for option in question.options)
    return ("",)


def _reaches(survey: Survey, column: str, role: str) -> bool:
    """Say whether a role may be asked it: not where every condition wants another role. So this is an upper bound."""
    conditions = survey.routing.get(column, ())
    return not conditions or any(each.columns != ("role",) or role in each.codes for each in conditions)


def _same(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).lower().split())
