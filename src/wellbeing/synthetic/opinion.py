"""Made-up answers to the opinion survey, with what is true of every school planted beforehand.

A school has one of the profiles in `PROFILES`; all schools that report together have the same one, so that whatever is
told of schools or of groups has a known truth:

================  ====================  ==============================================================
profile           its record sheet says  its staff say
================  ====================  ==============================================================
``met``           everything was done    so do nearly all of them
``not_met``       little was done        so do nearly all of them
``contradiction`` everything was done    nearly all of them say that it was not
``too_few``       everything was done    they do, but so few answered that nothing may be told
``ordinary``      most was done          about two thirds of them say so
================  ====================  ==============================================================

In earlier waves every school is an ordinary one, so the ``met`` schools became better and the others worse. The persons
are drawn for this survey alone: nobody here is anybody of the screening's county.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pandas as pd

from wellbeing.disclosure.units import form_units
from wellbeing.surveys import PERSON_COLUMNS, SENSITIVE, Roster, Survey, check_wave, load_survey
from wellbeing.synthetic import exports, opinion_words
from wellbeing.synthetic.opinion_answers import BURDEN, CLIMATE, item_answers, own_answers, people_of, respondents
from wellbeing.workspace import Workspace

PROFILES = ("met", "not_met", "contradiction", "too_few", "ordinary")
SURVEY = "staff_opinion"

#: Share of those inside a question's denominator who answer favourably.
_GOOD, _BAD, _USUAL = 0.95, 0.06, 0.66
_SAYS = {"met": _GOOD, "not_met": _BAD, "contradiction": _BAD, "too_few": _GOOD, "ordinary": _USUAL}
#: Schools differ in what is usual, in standard deviations of a share.
_SPREAD = 0.06
_WRITES = {"op_open_first": 0.45, "op_open_last": 0.30}
_FIRST_DAY = "10-12"


@dataclass(frozen=True)
class PlantedRows:
    """What a test may look for in the last wave.

    Attributes
    ----------
    schools : mapping of school_id to profile
    units : mapping of reporting unit to profile
        Every unit; a group's schools have one profile.
    says : mapping of profile to share
        Of those who are inside a question's denominator, how many answer favourably. ``ordinary`` is the mean of such
        schools.
    without_record : str
        The ordinary school that sends no record sheet.
    mentions, denials : mapping of theme to count
        Respondents whose text mentions the theme; and those who name it only to deny it.
    safeguarding : str
        The school where somebody wrote `opinion_words.SAFEGUARDING`.
    phone_school : str
        Where somebody wrote a telephone number, which is masked on import.
    """

    schools: Mapping[str, str]
    units: Mapping[str, str]
    says: Mapping[str, float]
    without_record: str
    mentions: Mapping[str, int]
    denials: Mapping[str, int]
    safeguarding: str
    phone_school: str

    def units_of(self, profile: str, level: str = "school") -> tuple[str, ...]:
        """Name the units of a profile that are schools, or groups."""
        return tuple(
            unit
            for unit, planted in self.units.items()
            if planted == profile and (unit in self.schools) == (level == "school")
        )


@dataclass(frozen=True, eq=False)
class Opinion:
    """Made-up waves of the opinion survey, and the truth behind the last.

    Attributes
    ----------
    survey : Survey
    answers : dict of wave to DataFrame
        One row per respondent in the order of the export, columns ``survey.columns``, as an importer must find them
        but for what it takes from an anonymous wave (times, order) and masks.
    exports : dict of wave to Path
    planted : PlantedRows
    """

    survey: Survey
    answers: dict[str, pd.DataFrame]
    exports: dict[str, Path]
    planted: PlantedRows


def ask_everything(workspace: Workspace) -> None:
    """Switch on every sensitive block of the workspace's opinion survey.

    Raises
    ------
    ValueError
        If its definition has no ``sensitive: []`` to be changed.
    """
    path = workspace.surveys / f"{SURVEY}.yaml"
    text = path.read_text(encoding="utf-8")
    if text.count("\nsensitive: []\n") != 1:
        raise ValueError("the survey's definition has been changed: name the sensitive blocks in it")
    path.write_text(text.replace("\nsensitive: []\n", f"\nsensitive: [{', '.join(SENSITIVE)}]\n"), encoding="utf-8")


def make_opinion(
    workspace: Workspace,
    roster: Roster,
    seed: int = 20261012,
    waves: tuple[str, ...] = ("2025", "2026"),
    named: bool = False,
    every_profile: bool = True,
) -> Opinion:
    """Write the exports of the opinion survey for a county's schools, as 问卷星 downloads by option text.

    Same roster and seed, same answers, on every platform. Writes ``exports/staff_opinion-<wave>.csv`` (GB18030).

    Parameters
    ----------
    workspace : Workspace
        With the survey's definition; blocks that are switched off there are not asked.
    roster : Roster
    seed : int
    waves : tuple of wave ids, the earliest first
        The truth is that of the last.
    named : bool
        Whether the form asked for names and telephone numbers, which an anonymous one may not.
    every_profile : bool
        Whether every profile must be there; a small county has as many as it has units for.

    Raises
    ------
    ValueError
        If the county has too few reporting units for every profile that must be there.
    """
    survey = load_survey(workspace, SURVEY)
    units = form_units(roster, survey.policy)
    by_unit = _profiles(units, every_profile)
    schools = {
        str(school): by_unit[str(unit)]
        for unit, members in zip(units["unit"], units["schools"], strict=True)
        for school in str(members).split()
    }
    streams = np.random.SeedSequence(seed).spawn(len(waves))
    answers: dict[str, pd.DataFrame] = {}
    written: dict[str, Path] = {}
    told: dict[str, dict[str, int]] = {}
    places: dict[str, str] = {}
    for wave, stream in zip(waves, streams, strict=True):
        rng = np.random.default_rng(stream)
        last = wave == waves[-1]
        here = schools if last else dict.fromkeys(schools, "ordinary")
        filled, marks = _fill_in(survey, roster, here, rng)
        told, places = _write_texts(filled, here, rng)
        filled = _send(filled, check_wave(wave), rng)
        marks = marks.loc[filled.index].reset_index(drop=True)
        answers[wave] = filled.reset_index(drop=True)
        names = {str(school): str(name) for school, name in roster.schools["name"].items()}
        rows = exports.export_rows(survey, names, answers[wave], named=named, marks=marks)
        written[wave] = exports.write_rows(rows, workspace.root / "exports" / f"{SURVEY}-{wave}.csv")
    planted = PlantedRows(
        MappingProxyType(schools),
        MappingProxyType(by_unit),
        MappingProxyType(_SAYS),
        next(school for school, profile in reversed(schools.items()) if profile == "ordinary"),
        MappingProxyType(told["mentions"]),
        MappingProxyType(told["denials"]),
        places["safeguarding"],
        places["phone"],
    )
    return Opinion(survey, answers, written, planted)


def _profiles(units: pd.DataFrame, every: bool) -> dict[str, str]:
    """Give each unit a profile: of the schools that report alone one each, the largest first, and so of the groups."""
    told: dict[str, str] = {}
    for level in ("school", "group"):
        of_level = units[units["level"].eq(level)].sort_values("staff", ascending=False, kind="stable")
        planted = PROFILES[:-1] if level == "school" else ("met", "not_met", "contradiction")
        told |= dict.fromkeys(map(str, of_level["unit"]), "ordinary")
        # The largest of all is left ordinary, or the county's typical figure would be one planted school's.
        chosen = list(map(str, of_level["unit"]))[1 if level == "school" else 0 :]
        told |= dict(zip(chosen, planted, strict=False))
    missing = [profile for profile in PROFILES if profile not in told.values()]
    if missing and every:
        raise ValueError(f"too few reporting units: none is left for {', '.join(missing)}")
    return told


def _fill_in(
    survey: Survey, roster: Roster, profiles: Mapping[str, str], rng: np.random.Generator
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Make the answers of all schools, and what is known of the missing ones (`exports.export_rows`, `marks`)."""
    parts: list[pd.DataFrame] = []
    known: list[pd.DataFrame] = []
    for school, staff in roster.schools["staff"].items():
        profile = profiles[str(school)]
        count = respondents(int(staff), profile, rng)
        people = people_of(survey, str(school), int(staff), count, rng)
        says = float(np.clip(_SAYS[profile] + (rng.normal(0, _SPREAD) if profile == "ordinary" else 0), 0.02, 0.98))
        own, skipped = own_answers(survey, people, says, BURDEN[profile], rng)
        items, absent = item_answers(survey, people, CLIMATE[profile] + rng.normal(0, 0.15), rng)
        parts.append(pd.concat([people, items, own], axis=1)[list(survey.columns)])
        known.append(pd.concat([absent, skipped], axis=1))
    return pd.concat(parts, ignore_index=True), pd.concat(known, ignore_index=True)


def _write_texts(
    answers: pd.DataFrame, profiles: Mapping[str, str], rng: np.random.Generator
) -> tuple[dict[str, dict[str, int]], dict[str, str]]:
    """Let some people write something, in place; count who mentions and who denies a theme, once a person."""
    mentions: dict[str, set[int]] = {theme: set() for theme in opinion_words.MENTIONS}
    denials: dict[str, set[int]] = {theme: set() for theme in opinion_words.DENIALS}
    said = [(theme, text, False) for theme, texts in opinion_words.MENTIONS.items() for text in texts]
    said += [(theme, text, True) for theme, texts in opinion_words.DENIALS.items() for text in texts]
    said += [("", text, False) for text in opinion_words.REST]
    agreed = answers["consent_statistics"].eq("yes").to_numpy()
    for column, share in _WRITES.items():
        texts: list[str | None] = [None] * len(answers)
        for person in np.flatnonzero((rng.random(len(answers)) < share) & agreed):
            theme, text, denied = said[int(rng.integers(len(said)))]
            texts[person] = text
            if theme:
                (denials if denied else mentions)[theme].add(int(person))
        answers[column] = pd.Series(texts, index=answers.index, dtype=object)
    # Somebody is in danger, somebody leaves a number: both in ordinary schools, both said at the end of the form.
    ordinary = answers["school_id"].map(profiles).eq("ordinary").to_numpy()
    free = np.flatnonzero(answers["op_open_last"].isna().to_numpy() & ordinary & agreed)
    danger, caller = int(free[0]), int(free[-1])
    answers.loc[danger, "op_open_last"] = opinion_words.SAFEGUARDING
    answers.loc[caller, "op_open_last"] = opinion_words.WITH_PHONE
    mentions["facilities"].add(caller)
    counted = {
        "mentions": {theme: len(people) for theme, people in mentions.items()},
        "denials": {theme: len(people - mentions[theme]) for theme, people in denials.items()},
    }
    where = answers["school_id"]
    return counted, {"safeguarding": str(where[danger]), "phone": str(where[caller])}


def _send(answers: pd.DataFrame, wave: str, rng: np.random.Generator) -> pd.DataFrame:
    """Let the answers arrive within two weeks, in that order; the index says which row each was."""
    start = pd.Timestamp(f"{wave[:4]}-{_FIRST_DAY}")
    days, seconds = rng.integers(0, 14, len(answers)), rng.integers(7 * 3600, 22 * 3600, len(answers))
    sent = start + pd.to_timedelta(days, unit="D") + pd.to_timedelta(seconds, unit="s")
    order = np.argsort(sent.to_numpy(), kind="stable")
    sorted_ = answers.assign(submitted=sent.strftime("%Y-%m-%dT%H:%M:%S")).iloc[order]
    texts = {
        str(column): sorted_[column].astype("str").where(sorted_[column].notna())
        for column in sorted_
        if column in set(PERSON_COLUMNS) - {"seconds"} or not pd.api.types.is_float_dtype(sorted_[column])
    }
    return sorted_.assign(**{column: texts[column] for column in texts if column != "seconds"})
