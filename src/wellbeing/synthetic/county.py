"""Put a made-up county together: schools, persons over two terms, their answers, what is planted among them."""

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from wellbeing.surveys import PERSON_COLUMNS, Survey, check_wave, load_survey
from wellbeing.synthetic import exports, model
from wellbeing.synthetic.places import make_schools
from wellbeing.workspace import Workspace, kit_root

#: Crockford's alphabet: no I, L, O or U, which are misread or make words.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_CODE_LENGTH = 12

#: In sd of the states. The PHQ-9 of the planted school comes out about .8 sd higher than the county's.
_RAISED = np.array([0.9, 0.5, 0.5, 0.5, 0.5])
_REFUSES_STATISTICS, _REFUSES_CONTACT, _CHANGES_CONSENT, _LOSES_CODE = 0.025, 0.30, 0.05, 0.01
_LEAVES = 0.06
_NO_BACKGROUND = 0.01
#: Correlation of taking part in one term with taking part in the next.
_HABIT = 0.8
_FIRST_DAY = {"spring": "04-13", "autumn": "11-02", "": "06-01"}


@dataclass(frozen=True)
class Planted:
    """What a test may look for in the later wave; persons by their codes, of different schools where possible.

    Codes are without hyphens, as answers are kept; on the cards and in the export they have them.

    Attributes
    ----------
    raised_school : str
        A large school with a heavier burden in both waves.
    critical : tuple of str
        Persons who answered PHQ-9 item 9 above zero; the next two are among them.
    low_total, unscorable : str
        One whose PHQ-9 total is 1, one who answered too few items for a total.
    unanswered : str
        One who left item 9 out and is low otherwise.
    rise : str
        One whose PHQ-9 rose from 3 to 13, item 9 at zero and no severe band.
    refused_school : str
        Where somebody answered item 9 above zero and wants no contact.
    """

    raised_school: str
    critical: tuple[str, ...]
    low_total: str
    unscorable: str
    unanswered: str
    rise: str
    refused_school: str


@dataclass(frozen=True, eq=False)
class County:
    """A made-up county: what was written where, and the truth behind it.

    Attributes
    ----------
    survey : Survey
    roster : DataFrame
        One row per school, index ``school_id``: ``name``, ``town``, ``kind``, ``rural``, ``staff``.
    answers : dict of wave to DataFrame
        One row per respondent in the order of the export, columns ``survey.columns``, typed as in
        `wellbeing.responses.Responses`: what an importer must find. ``lang`` is missing, as the platform's
        file does not say it.
    exports : dict of wave to Path
    planted : Planted
    marks : tuple of str
        Substrings of everything that ``canary`` planted; empty without it.
    """

    folder: Path
    survey: Survey
    roster: pd.DataFrame
    answers: dict[str, pd.DataFrame]
    exports: dict[str, Path]
    planted: Planted
    marks: tuple[str, ...]


def make_county(
    folder: Path,
    schools: int = 60,
    seed: int = 20261102,
    waves: tuple[str, str] = ("2026-spring", "2026-autumn"),
    canary: bool = False,
) -> County:
    """Write a made-up county's roster and the exports of two waves into a workspace.

    Writes ``data/roster.csv``, ``exports/screening-<first wave>.csv`` (GB18030) and
    ``exports/screening-<second wave>.xlsx``, both as the platform's download by option text. Same seed, same
    county, on every platform.

    Parameters
    ----------
    folder : Path
        A workspace; where it has no ``surveys/`` the kit's own definition is used.
    schools : int
        1 to 600.
    seed : int
    waves : two wave ids, the earlier first
    canary : bool
        Plant unmistakable marks in names, codes, telephone numbers, times and a free-text column
        (``marks``), for tests that nothing leaks.
    """
    places, people, felt, personal = (np.random.default_rng(s) for s in np.random.SeedSequence(seed).spawn(4))
    workspace = Workspace(folder) if (folder / "surveys").is_dir() else Workspace(kit_root())
    survey = load_survey(workspace, "screening")
    roster = make_schools(schools, places)
    raised = int((roster["staff"] - 150).abs().to_numpy().argmin())
    persons = _make_persons(roster, people)
    persons["code"] = _make_codes(len(persons), personal, canary)
    states = _make_states(persons["school"].to_numpy(), len(roster), raised, felt)
    present = _take_part(persons, _response_rates(roster, raised, people), people)
    answers = {}
    for turn, wave in enumerate(waves):
        here = np.flatnonzero(present[turn])
        codes, broken = model.leave_out(model.answer(survey, states[turn][here], felt), felt)
        answers[wave] = _fill_in(survey, roster, persons.iloc[here], codes, broken, turn, people)
    planted = _plant(survey, roster, [answers[wave] for wave in waves], raised)
    for wave in waves:
        answers[wave] = _send(answers[wave], wave, personal, canary)
    _write_roster(roster, folder / "data" / "roster.csv")
    written = {}
    for wave, ending in zip(waves, (".csv", ".xlsx"), strict=True):
        names = dict(zip(roster.index, roster["name"], strict=True))
        rows = exports.export_rows(survey, names, answers[wave], canary=canary)
        # The earlier wave is a CSV and the later one a workbook: both kinds are met.
        written[wave] = exports.write_rows(rows, folder / "exports" / f"{survey.id}-{wave}{ending}")
    marks = (exports.CANARY_NAME, exports.CANARY_CODE, "CA-NARY", exports.CANARY_PHONE, exports.CANARY_TIME)
    return County(folder, survey, roster, answers, written, planted, marks if canary else ())


def _write_roster(roster: pd.DataFrame, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["school_id", *roster.columns])
        for school_id, school in zip(roster.index, roster.to_dict("records"), strict=True):
            writer.writerow([school_id, *(school | {"rural": "yes" if school["rural"] else "no"}).values()])


def _make_persons(roster: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Invent the staff of both terms, one row each; ``since`` and ``until`` say in which terms they are there."""
    staff = roster["staff"].to_numpy()
    school = np.repeat(np.arange(len(roster)), staff)
    leaves = rng.random(len(school)) < _LEAVES
    # Everyone who leaves is replaced, so a school keeps its number of staff.
    home = np.concatenate([school, school[leaves]])
    count = len(home)
    refuses = rng.random(count) < _REFUSES_CONTACT
    return pd.DataFrame(
        {
            "school": home,
            "since": np.repeat([0, 1], [len(school), int(leaves.sum())]),
            "until": np.concatenate([np.where(leaves, 0, 1), np.ones(int(leaves.sum()), dtype=int)]),
            "sex": np.where(rng.random(count) < 0.68, "female", "male"),
            "age_band": np.array(["under_35", "from_35_to_49", "from_50"])[
                np.searchsorted([0.38, 0.80], rng.random(count))
            ],
            "role": np.array(["class_teacher", "teacher", "other"])[np.searchsorted([0.32, 0.82], rng.random(count))],
            "consent_statistics": np.where(rng.random(count) < _REFUSES_STATISTICS, "no", "yes"),
            "contact_first": np.where(refuses, "no", "yes"),
            "contact_second": np.where(refuses ^ (rng.random(count) < _CHANGES_CONSENT), "no", "yes"),
            "loses_code": rng.random(count) < _LOSES_CODE,
        }
    )


def _luhn(values: NDArray[np.int64]) -> NDArray[np.int64]:
    """Sum up codes for the check (Luhn's, with 32 signs): 0 modulo 32 for a code without a slip."""
    doubled = values[:, -2::-2] * 2
    total: NDArray[np.int64] = (doubled // 32 + doubled % 32).sum(axis=1) + values[:, ::-2].sum(axis=1)
    return total % 32


def _make_codes(count: int, rng: np.random.Generator, canary: bool) -> list[str]:
    """Draw codes like ``7Q4K2291XM3T``, all different; the last sign checks the others."""
    values = np.zeros((0, _CODE_LENGTH), dtype=np.int64)
    while len(values) < count:
        drawn = rng.integers(0, 32, (count - len(values), _CODE_LENGTH))
        solved = _CODE_LENGTH - 1
        if canary:
            drawn[:, -len(exports.CANARY_CODE) :] = [ALPHABET.index(sign) for sign in exports.CANARY_CODE]
            solved = 1  # the ending is the mark, so an earlier sign makes the check come out
        drawn[:, solved] = 0
        # Positions counted from the right decide what is doubled; neither 11 nor 1 of 0..11 is.
        drawn[:, solved] = -_luhn(drawn) % 32
        values = np.concatenate([values, drawn])
        _, first = np.unique(values, axis=0, return_index=True)
        values = values[np.sort(first)]
    return ["".join(ALPHABET[sign] for sign in row) for row in values]


def _make_states(
    school: NDArray[np.int64], schools: int, raised: int, rng: np.random.Generator
) -> tuple[model.Floats, model.Floats]:
    """Draw everybody's states in both terms; a school's share in their variance is the ICC."""
    person = model.correlated(len(school), rng)
    place = model.correlated(schools, rng)
    persons = (person, model.later(person, model.STABILITY, rng))
    places = (place, model.later(place, model.SCHOOL_STABILITY, rng))
    terms = []
    for own, shared in zip(persons, places, strict=True):
        # The planted school has no luck of its own, so that its burden is the planted one.
        shared[raised] = 0
        states = np.sqrt(1 - model.ICC) * own + np.sqrt(model.ICC) * shared[school]
        terms.append(states + np.where(school[:, None] == raised, _RAISED * model.WORSE, 0.0))
    return terms[0], terms[1]


def _response_rates(roster: pd.DataFrame, raised: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Draw each school's rate for both terms: about 75 % with sd 10 points, one in twenty below 50 %."""
    count = len(roster)
    base = rng.normal(0.765, 0.07, count)
    # No large one, or the whole county's response would hang on it.
    middling = np.flatnonzero(roster["staff"].to_numpy() < 100)
    low = rng.permutation(middling)[: count // 20]
    base[low] = rng.uniform(0.35, 0.46, len(low))
    # A county of a few schools is there to show reports, not their absence.
    least = 0.60 if count < 10 else 0.30
    base[raised] = 0.80
    return np.clip(base[None, :] + rng.normal(0, 0.02, (2, count)), least, 0.97)


def _take_part(
    persons: pd.DataFrame, rates: NDArray[np.float64], rng: np.random.Generator
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Say who answers in each term: exactly the school's rate, mostly the same persons again."""
    habit = rng.standard_normal(len(persons))
    wish = (habit, _HABIT * habit + np.sqrt(1 - _HABIT**2) * rng.standard_normal(len(persons)))
    terms = []
    for turn in (0, 1):
        there = (persons["since"] <= turn) & (persons["until"] >= turn)
        ranked = pd.Series(wish[turn]).where(there).groupby(persons["school"]).rank(ascending=False)
        staff = there.groupby(persons["school"]).transform("sum")
        wanted = np.maximum(1, np.round(rates[turn][persons["school"]] * staff))
        terms.append((there & (ranked <= wanted)).to_numpy())
    return terms[0], terms[1]


def _fill_in(
    survey: Survey,
    roster: pd.DataFrame,
    persons: pd.DataFrame,
    codes: model.Floats,
    broken: NDArray[np.bool_],
    turn: int,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Make the plain answers of one wave, one row per respondent, index the person; times come later."""
    answers = pd.DataFrame(index=persons.index)
    answers["school_id"] = roster.index.to_numpy()[persons["school"]]
    contact = persons["contact_second" if turn else "contact_first"]
    answers["code"] = persons["code"].where((contact == "yes") & ~persons["loses_code"], "")
    answers["submitted"] = ""
    seconds = np.exp(rng.normal(np.log(60 * survey.minutes), 0.45, len(persons)))
    answers["seconds"] = np.round(np.where(broken, seconds * 0.4, seconds))
    answers["lang"] = ""
    for background in ("sex", "age_band", "role"):
        answers[background] = persons[background].where(rng.random(len(persons)) >= _NO_BACKGROUND, "")
    answers["consent_statistics"] = persons["consent_statistics"]
    answers["consent_contact"] = contact
    answers["consent_version"] = survey.consent_version
    items = pd.DataFrame(codes, index=persons.index, columns=[item.column for item in survey.items])
    return pd.concat([answers, items], axis=1)[list(survey.columns)]


def _send(answers: pd.DataFrame, wave: str, rng: np.random.Generator, canary: bool) -> pd.DataFrame:
    """Let the answers arrive within twelve days in working hours, and put them in that order."""
    term = check_wave(wave)[5:]
    start = pd.Timestamp(f"{wave[:4]}-{_FIRST_DAY[term]}")
    days, seconds = rng.integers(0, 12, len(answers)), rng.integers(7 * 3600, 22 * 3600, len(answers))
    if canary:
        seconds[:] = 3 * 3600 + 33 * 60 + 33
    sent = start + pd.to_timedelta(days, unit="D") + pd.to_timedelta(seconds, unit="s")
    order = np.argsort(sent.to_numpy(), kind="stable")
    answers = answers.assign(submitted=sent.strftime("%Y-%m-%dT%H:%M:%S")).iloc[order].reset_index(drop=True)
    words = [column for column in PERSON_COLUMNS if column != "seconds"]
    return answers.assign(**{word: answers[word].astype("str").where(answers[word] != "") for word in words})


def _plant(survey: Survey, roster: pd.DataFrame, terms: list[pd.DataFrame], raised: int) -> Planted:
    """Change the answers of a few persons, in place, into what tests and the demo look for."""
    before, now = terms
    both = now.index.intersection(before.index)
    willing = both[(now.loc[both, "code"] != "") & (before.loc[both, "code"] != "")]
    unwilling = now.index[now["consent_contact"] == "no"]
    others = [school for place, school in enumerate(roster.index) if place != raised] or list(roster.index)

    def choose(pool: pd.Index, count: int, turn: int) -> list[int]:
        """Take `count` persons of different schools, from the `turn`-th school on, round and round."""
        homes = now.loc[pool, "school_id"]
        waiting = {school: list(homes.index[homes == school]) for school in others}
        chosen: list[int] = []
        while len(chosen) < count and any(waiting.values()):
            school = others[turn % len(others)]
            turn += 1
            if waiting[school]:
                chosen.append(waiting[school].pop(0))
        return chosen

    phq9 = [item.column for item in survey.items if item.column.startswith("phq9_")]
    gad7 = [item.column for item in survey.items if item.column.startswith("gad7_")]
    persons = choose(willing, 8, 0)
    patterns: list[tuple[float, ...]] = [
        (0, 0, 0, 0, 0, 0, 0, 0, 1),
        (1, 1, np.nan, np.nan, np.nan, np.nan, np.nan, 0, 2),
        *[(2.0, 2, 1, 1, 1, 1, 1, 0, 1)] * 4,
        (1, 1, 1, 1, 0, 0, 0, 0, np.nan),
        (2, 2, 2, 2, 2, 1, 1, 1, 0),
    ]
    for person, pattern in zip(persons, patterns, strict=True):
        now.loc[person, phq9] = pattern
        now.loc[person, gad7] = 0
    before.loc[persons[7], phq9] = [1, 0, 1, 1, 0, 0, 0, 0, 0]
    before.loc[persons[7], gad7] = 0
    refused = choose(unwilling, 1, len(persons))[0]
    now.loc[refused, phq9] = [1, 1, 1, 1, 1, 1, 1, 1, 2]
    codes = now.loc[persons, "code"].tolist()
    return Planted(
        raised_school=str(roster.index[raised]),
        critical=tuple(codes[:6]),
        low_total=codes[0],
        unscorable=codes[1],
        unanswered=codes[6],
        rise=codes[7],
        refused_school=str(now.loc[refused, "school_id"]),
    )
